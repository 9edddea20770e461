"""What persons ask of their record, and how long it is kept: wire models of subject requests and retention."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

PERSON = "14100000-0001-8000-a000-000000000000"


class Kind(StrEnum):
    """Hak yang diminta (which right, UU 27/2022 art. 6-7)."""

    ACCESS = "access"
    CORRECTION = "correction"


class Outcome(StrEnum):
    """Jawaban atas permintaan (how it was answered)."""

    FULFILLED = "fulfilled"
    PARTLY = "partly"
    DECLINED = "declined"


class NewSubjectRequest(BaseModel):
    """Permintaan seseorang atas catatannya (a data subject request)."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"person": PERSON, "kind": "access", "detail": "Minta salinan seluruh catatan saya"}]
        },
    )

    person: str = Field(description="Id orang atau Patient (person or Patient id)", max_length=64)
    kind: Kind
    detail: str = Field(min_length=3, max_length=2000, description="Apa yang diminta, dengan kata orangnya (in words)")
    received_at: datetime | None = Field(
        None, description="Kapan diterima, bila bukan sekarang; jam 3x24 mulai di sini (when received)"
    )


class NewAnswer(BaseModel):
    """Jawaban (answer)."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"outcome": "fulfilled", "note": "Salinan diserahkan kepada orangnya"}]},
    )

    outcome: Outcome
    note: str = Field(min_length=3, max_length=2000, description="Apa yang dilakukan, atau mengapa ditolak (note)")
    amended: list[Annotated[str, Field(pattern=r"^[A-Z][A-Za-z]+/[A-Za-z0-9.-]{1,64}$")]] = Field(
        default=[],
        max_length=200,
        description="Untuk koreksi: sumber daya yang sudah diperbaiki sebagai versi baru (amended resources)",
        examples=[[]],
    )


class SubjectRequest(BaseModel):
    """Permintaan dengan jamnya (a request and its clock)."""

    id: str
    person_id: str
    kind: Kind
    detail: str
    facility: str | None
    recorded_by: str
    received_at: datetime
    due_at: datetime
    overdue: bool
    hours_left: float | None = Field(description="Sisa jam; negatif bila terlambat; null bila sudah dijawab")
    outcome: Outcome | None
    note: str | None
    amended: list[str]
    answered_by: str | None
    answered_at: datetime | None


class SubjectRequests(BaseModel):
    """Permintaan, yang paling mendesak dahulu (the most urgent first)."""

    items: list[SubjectRequest]
    overdue: int = Field(description="Jumlah yang terlambat di cakupan ini (overdue in all)")
    next: str | None


class RetentionYear(BaseModel):
    """Yang masa simpannya berakhir pada satu tahun (whose time ended in a year)."""

    year: int
    persons: int
    resources: int


class Retention(BaseModel):
    """Masa simpan rekam medis: hanya laporan, tidak ada yang dihapus (reported, nothing is erased)."""

    at: date
    years: int = Field(description="Lama simpan sejak kunjungan terakhir (years from the last visit)")
    rule: str
    persons: int = Field(description="Orang yang masa simpannya sudah lewat (persons past it)")
    resources: int
    by_year: list[RetentionYear]
