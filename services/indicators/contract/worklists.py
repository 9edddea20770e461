"""Worklists: who is due, late, lost."""

from datetime import date
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from services.indicators.contract.due import DueOf
from services.indicators.contract.outcomes import Outcome, OutcomeShown
from services.indicators.contract.units import Who


class LineState(StrEnum):
    """How somebody stands on the list."""

    LOST = "lost"
    LATE = "late"
    DUE = "due"


class Line(BaseModel):
    """Satu orang di daftar, dengan semua yang ditunggu menurut semua standar (one person of the list)."""

    person_id: str
    who: Who | None = Field(None, description="Hanya bila diminta dengan `names=true` (only when asked for)")
    village: str | None = Field(examples=["1410011001"])
    sex: str | None
    age_months: int | None = Field(description="Umur dalam bulan penuh (completed months)")
    state: LineState | None = Field(
        description="lost: putus layanan, late: ada yang terlewat, due: waktunya sekarang; null: tidak ada"
    )
    closes: date | None = Field(description="Tenggat terdekat (the nearest deadline)")
    last_contact: date | None = Field(description="Catatan terakhir yang boleh Anda lihat (last record you may see)")
    standards: list[DueOf]
    outcome: OutcomeShown | None = Field(description="Hasil terakhir telepon atau kunjungan (last outcome)")


class Counts(BaseModel):
    """Banyaknya orang menurut keadaan (persons by state); refused, claimed: tidak di daftar, tetap dalam angka."""

    lost: int
    late: int
    due: int
    resting: int
    refused: int
    claimed: int


class Worklist(BaseModel):
    """Satu halaman daftar, yang paling mendesak dahulu (a page of the list, the most urgent first)."""

    as_of: date
    counts: Counts | None = Field(description="Untuk puskesmas, faskesnya sendiri, dan Dinkes (persons by state)")
    items: list[Line]
    next: str | None = Field(None, description="Isi parameter `after` untuk halaman berikutnya (next page)")


class PersonList(Line):
    """Satu orang dengan riwayat dihubunginya (one person, with every outcome)."""

    outcomes: list[Outcome]


class Claim(Outcome):
    """Yang katanya pindah atau meninggal, belum dibetulkan di rekam (said to have moved or died)."""

    who: Who | None = None
    village: str | None


class Claims(BaseModel):
    """Satu halaman (a page of claims, the oldest first)."""

    items: list[Claim]
    next: str | None = None


class Verdict(StrEnum):
    """What the keeper of the record says to a claim."""

    CORRECTED = "corrected"
    REJECTED = "rejected"


class ClaimAnswer(BaseModel):
    """Jawaban pengelola rekam (the keeper's answer)."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"verdict": "rejected"}]})

    verdict: Verdict = Field(description="corrected: rekam sudah dibetulkan; rejected: ternyata tidak benar")
