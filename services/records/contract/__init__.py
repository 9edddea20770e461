"""What the record says to the outside beside FHIR: merges of persons."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from services.records.contract.payer import (
    ToldAllergy,
    ToldDiagnosis,
    ToldMedicine,
    ToldPractitioner,
    ToldProcedure,
    VisitTold,
)

__all__ = [
    "MERGE",
    "MOVED",
    "Merge",
    "MergeChanged",
    "Merges",
    "MovedResource",
    "NewMerge",
    "ToldAllergy",
    "ToldDiagnosis",
    "ToldMedicine",
    "ToldPractitioner",
    "ToldProcedure",
    "Undo",
    "VisitTold",
]

MERGE = "merge"
"""Event type: two persons are one (kind `created`), or two again (`deleted`). `id` is the merge's, `data` a
`MergeChanged`.

What moved is announced once more after it (kind `moved`), each resource under the person it now belongs to."""
MOVED = "moved"
"""Event kind: the thing stands as it stood, its version unchanged, but its person (or its mother's) is another one."""


class MergeChanged(BaseModel):
    """`data` of a `merge` event. `persons` are both, so that a follower applies it after the events of both."""

    survivor: str
    other: str
    persons: list[str]


class NewMerge(BaseModel):
    """Penggabungan dua orang yang ternyata satu (two persons that are one)."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "survivor": "14100000-0001-8000-a000-000000000000",
                    "other": "14100000-0004-8000-a000-000000000000",
                    "reason": "NIK baru diketahui; nama, tanggal lahir, dan alamat sama",
                }
            ]
        },
    )
    survivor: str = Field(
        min_length=1, max_length=64, description="Id orang (person_id) yang tetap dipakai (the person that stays)"
    )
    other: str = Field(
        min_length=1, max_length=64, description="Id orang yang digabungkan ke dalamnya (the person that is joined)"
    )
    reason: str = Field(
        min_length=5, max_length=500, description="Mengapa keduanya satu orang; tanpa nama dan NIK (why; no names)"
    )


class Undo(BaseModel):
    """Alasan membatalkan penggabungan (why a merge is undone)."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"reason": "Ternyata dua orang kembar"}]})
    reason: str = Field(min_length=5, max_length=500)


class MovedResource(BaseModel):
    """Sumber daya yang berpindah orang (a resource that changed its person)."""

    type: str
    id: str


class Merge(BaseModel):
    """Satu penggabungan, masih berlaku atau sudah dibatalkan (a merge, standing or undone)."""

    merge_id: str
    state: Literal["merged", "undone"]
    survivor: str
    other: str
    survivor_patient: str
    other_patient: str
    reason: str
    by: str = Field(description="Akun yang menggabungkan (account)")
    facility: str | None
    at: datetime
    undone_at: datetime | None = None
    undone_by: str | None = None
    undo_reason: str | None = None
    moved: dict[str, int] = Field(description="Berapa sumber daya per jenis yang berpindah (how many, by type)")
    resources: list[MovedResource] = Field(
        default=[], description="Sumber daya yang berpindah; hanya pada satu penggabungan (only when one is asked for)"
    )
    to_check: list[str] = Field(
        default=[],
        description="Patient yang diubah selama tergabung dan perlu diperiksa petugas setelah dibatalkan "
        "(Patients changed while merged, to be looked at after the undo)",
    )


class Merges(BaseModel):
    """Daftar penggabungan, terbaru dulu (merges, newest first)."""

    merges: list[Merge]
    next: str | None = Field(description="Penanda halaman berikut (page mark)")
