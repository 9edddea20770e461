"""JKN coverage of the district (UHC), and people with a right to SPM services but without active JKN."""

from datetime import date, datetime
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from services.indicators.contract.units import Who
from services.indicators.contract.words import Words


class UhcBy(StrEnum):
    """Menurut apa cakupan dirinci (what coverage is broken down by)."""

    VILLAGE = "village"
    PUSKESMAS = "puskesmas"
    SEGMENT = "segment"


class UhcNumbers(BaseModel):
    """Tiga bagian cakupan; kosong bila penduduk belum dimuat atau ditahan (three shares; null: unknown or withheld)."""

    population: int | None = Field(description="Penduduk yang dimuat (population)", examples=[206000])
    population_year: int | None = Field(None, examples=[2026])
    registered: int | None = Field(description="Terdaftar: aktif dan tidak aktif (registered)", examples=[201880])
    active: int | None = Field(examples=[165000])
    inactive: int | None = Field(examples=[36880])
    not_found: int | None = Field(description="BPJS tidak menemukannya (not found at BPJS)", examples=[120])
    unknown: int | None = Field(description="Penduduk dalam catatan tanpa pernyataan (nobody has asked)", examples=[80])
    registered_of_population: float | None = Field(description="Terdaftar ÷ penduduk, persen", examples=[98.0])
    active_of_registered: float | None = Field(description="Aktif ÷ terdaftar, persen", examples=[81.73])
    active_of_population: float | None = Field(description="Aktif ÷ penduduk, persen", examples=[80.1])
    suppressed: bool = Field(False, description="Kurang dari 5, ditahan (withheld)")


class UhcRow(UhcNumbers):
    """Cakupan satu tempat atau segmen (one place or segment)."""

    code: str
    name: str | None


class UhcListed(BaseModel):
    """Jumlah menurut daftar peserta FKTP bulan itu (by the facilities' monthly lists)."""

    month: str
    facilities: int = Field(description="FKTP yang daftarnya sudah diterima (facilities with a list)")
    members: int
    active: int | None


class Uhc(BaseModel):
    """Cakupan JKN kabupaten pada satu hari (the district's JKN coverage on a day)."""

    on: date
    by: UhcBy
    total: UhcNumbers
    outside: UhcNumbers = Field(description="Yang tinggal di luar kabupaten, tidak dihitung (living elsewhere)")
    reaches: bool | None = Field(description="Kedua ambang tercapai; kosong bila tidak diketahui (both thresholds)")
    registered_threshold: float = Field(examples=[98])
    active_threshold: float = Field(examples=[80])
    source: str
    formula: Words
    listed: UhcListed | None = Field(description="Sebagai pembanding (for comparison)")
    rows: list[UhcRow]


class GapState(StrEnum):
    """Keadaan kepesertaan yang menjadi celah (what JKN says of a person without active membership)."""

    INACTIVE = "inactive"
    NOT_FOUND = "not_found"
    UNKNOWN = "unknown"


class GapBy(StrEnum):
    """Menurut apa celah dirinci (what gaps are broken down by)."""

    VILLAGE = "village"
    PUSKESMAS = "puskesmas"
    SERVICE = "service"


class GapNumbers(BaseModel):
    """Orang yang berhak atas layanan SPM tanpa JKN aktif (people without active JKN; each counts once in a row)."""

    inactive: int | None = Field(examples=[31])
    not_found: int | None = Field(examples=[4])
    unknown: int | None = Field(examples=[212])
    gap: int | None = Field(description="Jumlah ketiganya (all three)", examples=[247])
    eligible: int | None = Field(description="Semua yang berhak (all who are eligible)", examples=[4100])
    suppressed: bool = False


class GapRow(GapNumbers):
    """Celah satu tempat atau layanan (gaps of a place or service)."""

    code: str
    name: str | None
    link: str | None = Field(description="Daftarnya, bila Anda boleh (the list, if you may open it)")


class Gaps(BaseModel):
    """Celah JKN di antara sasaran SPM, menurut kedudukan sekarang (gaps by current standings)."""

    on: date
    year: int
    by: GapBy
    total: GapNumbers
    rows: list[GapRow]


class GapPerson(BaseModel):
    """Satu orang tanpa JKN aktif (one person without active JKN)."""

    person_id: str
    who: Who | None = Field(None, description="Hanya bila diminta dengan `names=true` (only when asked for)")
    village: str | None
    sex: str | None
    state: GapState
    checked_on: date | None = Field(description="Kapan JKN menyatakannya; kosong = belum pernah (when stated)")
    services: list[str] = Field(description="Layanan SPM yang menjadi haknya (SPM services)", examples=[["spm-08"]])
    proposal: str | None = Field(description="Keadaan usulan PBI-nya bila ada (its PBI proposal)")


class GapPage(BaseModel):
    """Satu halaman daftar celah (a page of the gap list)."""

    items: list[GapPerson]
    withheld: int | None = Field(description="Yang tidak boleh Anda lihat (those you may not see)")
    next: str | None = None


class Proposed(BaseModel):
    """Orang yang diusulkan menjadi PBI (people to propose)."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"persons": ["14100000-0002-8000-a000-000000000000"]}]}
    )

    persons: list[str] = Field(min_length=1, max_length=500, description="Nomor orang dari daftar celah (person ids)")


class NotProposed(BaseModel):
    """Yang tidak diusulkan, dan sebabnya (who was not proposed, and why)."""

    person_id: str
    code: Literal["already", "not-in-the-list"]
    why: Words


class Proposals(BaseModel):
    """Hasil pengusulan (what came of proposing)."""

    made: int
    not_made: list[NotProposed]


class ProposalState(StrEnum):
    """Keadaan usulan PBI (where a proposal stands)."""

    PROPOSED = "proposed"
    EXPORTED = "exported"
    ACTIVE = "active"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class PbiShown(BaseModel):
    """Satu usulan PBI (one proposal)."""

    id: str
    person_id: str
    who: Who | None = None
    state: ProposalState
    village: str | None
    found: GapState = Field(description="Keadaan JKN saat diusulkan (what JKN said then)")
    proposed_at: datetime
    exported_at: datetime | None
    decided_at: datetime | None
    payer: str | None = Field(description="Segmen setelah aktif (segment once active)", examples=["22"])
    reason: str | None


class PbiPage(BaseModel):
    """Satu halaman usulan PBI (a page of proposals)."""

    items: list[PbiShown]
    next: str | None = None


class PbiRefused(BaseModel):
    """Mengapa usulan ditolak (why a proposal was refused)."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"reason": "Tidak ada dalam DTSEN"}]})

    reason: str = Field(min_length=3, max_length=300)
