"""What a sender still has open of a person who is at another facility by now."""

from datetime import date, datetime

from pydantic import BaseModel, Field

from services.records.contract.trail import Words


class LeftOpen(BaseModel):
    """Satu kunjungan atau episode yang masih terbuka di faskes pengirim (a visit or an episode left open)."""

    type: str = Field(description="Encounter atau EpisodeOfCare", examples=["Encounter"])
    id: str
    status: str = Field(examples=["in-progress"])
    begun_on: date | None = Field(description="Mulai (begun)")
    person_id: str
    referral: str = Field(description="Id rujukan (referral)")
    to_facility: str
    to_name: str
    away_since: datetime = Field(description="Sejak kapan pasien di faskes lain (since when)")
    state: str = Field(description="Keadaan rujukan (the referral's state)", examples=["in-care"])
    outcome: str | None = Field(description="Hasil akhir rujukan (how it ended)", examples=["admitted"])
    sentence: Words


class LeftOpenList(BaseModel):
    """Yang masih terbuka, terbaru dahulu (the latest first)."""

    items: list[LeftOpen]
    more: bool = Field(description="Masih ada yang lain; tutup yang ini dahulu (there are others)")
