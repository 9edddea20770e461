"""The record in short, as it went along with a referral when it was sent."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field


class SummaryPatient(BaseModel):
    """Siapa pasiennya (who it is)."""

    name: str | None = None
    nik: str | None = None
    birth_date: str | None = None
    gender: str | None = Field(default=None, description="male, female, other, unknown (FHIR)")


class SummaryEntry(BaseModel):
    """Satu hal: kode, kata, hari, nilai (one thing)."""

    system: str | None = None
    code: str | None = None
    display: str
    date: str | None = Field(default=None, description="Hari (day), YYYY-MM-DD")
    value: str | None = None


class Summary(BaseModel):
    """Resume rekam saat dirujuk: sama bagi pengirim dan penerima, juga sesudah leg berikutnya (the record's summary at
    sending, the same to both sides)."""

    taken_at: datetime
    patient: SummaryPatient | None = None
    allergies: list[SummaryEntry] = Field(default=[], description="Alergi (allergies)")
    problems: list[SummaryEntry] = Field(default=[], description="Masalah aktif (active problems)")
    medicines: list[SummaryEntry] = Field(default=[], description="Obat saat ini (current medicines)")
    vitals: list[SummaryEntry] = Field(default=[], description="Tanda vital terakhir (last vital signs)")
    lab: list[SummaryEntry] = Field(default=[], description="Hasil lab terakhir (last laboratory results)")
    pregnancy: list[SummaryEntry] = Field(default=[], description="Kehamilan (pregnancy)")
    immunizations: list[SummaryEntry] = Field(default=[], description="Imunisasi anak (a child's immunisations)")
    withheld: bool | None = Field(
        default=None,
        description="Ada yang ditahan atas kehendak pasien, sifat pekanya, atau perjanjian; null: belum boleh diketahui"
        " penanya (something is withheld; null: not for the asker to know yet)",
    )


class LeftOpen(BaseModel):
    """Kunjungan atau episode pengirim yang masih terbuka padahal pasien sudah di tempat lain (left open)."""

    type: str = Field(examples=["Encounter"])
    id: str
    status: str
    sentence: dict[str, Any] = Field(description="Penjelasan, id dan en (in words)")
