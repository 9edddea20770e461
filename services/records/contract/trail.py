"""What a person is told of who looked at the record: wire models of the access report."""

from datetime import date, datetime

from pydantic import BaseModel, Field


class Words(BaseModel):
    """Satu kalimat dalam dua bahasa (one sentence in two languages)."""

    id: str
    en: str


class Look(BaseModel):
    """Satu akses (one access)."""

    at: datetime
    service: str = Field(description="Layanan yang mencatatnya (which service logged it)", examples=["records"])
    facility: str | None
    facility_name: str
    actor: str = Field(description="Akun atau aplikasi (account or application)")
    role: str
    action: str = Field(examples=["read"])
    what: str = Field(examples=["Observation"])
    resources: list[str] = Field(description="Apa saja yang tampil (which things were shown)")
    purpose: str = Field(examples=["TREAT"])
    outcome: str = Field(examples=["allowed"])
    refused: bool
    break_glass: bool
    sentence: Words


class Counts(BaseModel):
    """Jumlah akses; `refused` dan `break_glass` termasuk di dalamnya (counts)."""

    accesses: int = 0
    refused: int = 0
    break_glass: int = 0


class FacilityLooks(Counts):
    """Akses per faskes (by facility)."""

    facility: str | None
    facility_name: str
    first: datetime
    last: datetime


class DayLooks(Counts):
    """Akses per hari (by local day)."""

    day: date


class Way(BaseModel):
    """Satu rujukan orang ini: dari mana, ke mana, bagaimana akhirnya (a referral of this person)."""

    referral: str
    opened_at: datetime
    closed_at: datetime | None
    from_facility: str
    from_name: str
    to_facility: str
    to_name: str
    state: str
    outcome: str | None
    sentence: Words


class Report(BaseModel):
    """Siapa membaca catatan satu orang (who read this record)."""

    person: str
    since: date | None = Field(description="Awal rentang yang diminta; null: sejak awal (from)")
    until: date | None = Field(description="Akhir rentang yang diminta; null: sampai kini (until)")
    made_at: datetime
    complete: bool = Field(description="Benar bila semua layanan menjawab (every service answered)")
    unreachable: list[str] = Field(description="Layanan yang tidak menjawab; jejaknya belum termasuk (missing)")
    totals: Counts
    facilities: list[FacilityLooks]
    days: list[DayLooks]
    referrals: list[Way] = Field(description="Siapa merujuk orang ini ke mana (who referred this person where)")
    entries: list[Look]
    next: datetime | None = Field(description="Isi `before` untuk halaman berikutnya (next page)")
