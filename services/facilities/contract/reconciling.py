"""Reconciliation of another system's list of facilities with ours."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, Field

from services.facilities.contract.proposals import Difference, Value
from services.kernel.ids import FacilityCode

RECONCILIATION, ALIAS = "reconciliation", "alias"
"""Event types: a list was compared (the subject is the run's id); an id of another system became, or is no longer, one
of ours (the subject is `system/value`)."""


class Found(StrEnum):
    """What the comparison found of a row."""

    SAME = "same"
    CHANGED = "changed"
    NEW = "new"
    GONE = "gone"
    PROBABLE = "probable"
    REFUSED = "refused"


class Decision(StrEnum):
    """What is done with a row."""

    TAKE = "take"
    KEEP = "keep"
    SAME = "same"
    CREATE = "create"
    CLOSE = "close"
    DIFFERENT = "different"


class Evidence(BaseModel):
    """Satu petunjuk (one clue): agree, close or disagree, and how many bits (log2 of the odds) it is worth."""

    field: str = Field(examples=["name"])
    outcome: str = Field(examples=["agree"])
    bits: float


class Why(BaseModel):
    """Alasan dalam dua bahasa (a reason in both languages)."""

    id: str
    en: str
    column: str | None = None


class Row(BaseModel):
    """Satu baris hasil (one row of the result)."""

    number: int = Field(description="Nomor baris hasil (row)")
    line: int | None = Field(description="Baris di berkas mereka; null = hanya ada pada kita (line in their file)")
    ref: str | None = Field(description="Nomor mereka (their id)")
    found: Found = Field(description="Hasil (what was found)")
    facility: FacilityCode | None = Field(description="Faskes kita (ours)")
    facility_version: int | None = Field(description="Versinya ketika dibandingkan (its version when compared)")
    theirs: dict[str, Value] = Field(description="Isian mereka dalam kolom kita (their cells in our columns)")
    diff: list[Difference] = Field(description="Kita dan mereka, per isian (ours and theirs, per field)")
    score: float | None = Field(description="Kemungkinan satu tempat (probability of one place)")
    evidence: list[Evidence]
    why: Why | None = Field(description="Mengapa ditolak atau perlu dilihat (why refused, or to be looked at)")
    decision: Decision | None
    decided_at: datetime | None
    decided_by: str | None
    reason: str | None


class Run(BaseModel):
    """Satu pembandingan daftar (one comparison of a list)."""

    id: str
    source: str = Field(description="Sistem atau daftar asal (their system)", examples=["msi"])
    area: str | None = Field(description="Lengkap untuk wilayah ini; null = tidak mengaku lengkap (complete for)")
    kinds: list[str]
    rows: int
    seconds: float = Field(description="Lama membandingkan (seconds it took)")
    made_at: datetime
    made_by: str
    compared_at: datetime
    ignored: list[str] = Field(description="Tajuk yang tidak dipakai (headings not used)")


class RunDetail(Run):
    """Dengan jumlah per hasil (with counts)."""

    counts: dict[str, int] = Field(description="Banyaknya per hasil (rows by what was found)")
    decided: dict[str, int] = Field(description="Banyaknya per keputusan (rows by decision)")


class Declined(BaseModel):
    """Baris yang tidak dapat dikerjakan, dan mengapa (a row that could not be done, and why)."""

    number: int
    field: str | None = None
    reason: Why
    since: list[dict[str, Any]] = Field(
        default_factory=list, description="Yang terjadi sesudahnya (what was done to it since)"
    )


class Done(BaseModel):
    """Hasil keputusan banyak baris (what a bulk decision or undo did)."""

    dry_run: bool
    done: int
    rows: list[int] = Field(description="Baris yang dikerjakan (rows done)")
    declined: list[Declined]


class Alias(BaseModel):
    """Dua nomor satu faskes (two ids of one facility)."""

    system: str = Field(examples=["msi"])
    value: str = Field(examples=["1000991001"])
    other_system: str = Field(examples=["simpul"])
    other_value: str = Field(examples=["P1410010101"])
    facility: FacilityCode | None = Field(None, description="Faskes kita yang dimaksud (ours)")
    made_at: datetime
    made_by: str
