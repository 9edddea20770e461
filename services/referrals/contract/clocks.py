"""The clock rules on the wire: one line of a version, and a version of the whole list."""

from datetime import date, datetime, timedelta
from enum import StrEnum

from pydantic import BaseModel, Field

from services.referrals.contract.words import Alarm


class Stretch(StrEnum):
    """Masa yang dijaga jam: keadaan rujukan, atau tindak lanjut di faskes asal (what the clock watches)."""

    DRAFT = "draft"
    SENT = "sent"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    REDIRECTED = "redirected"
    EXPIRED = "expired"
    DEPARTED = "departed"
    ARRIVED = "arrived"
    IN_CARE = "in-care"
    FOLLOW_UP = "follow-up"


class Mark(StrEnum):
    """Yang ditandai pada jam: batas waktu, atau satu alarm (the limit, or an alarm)."""

    DUE = "due"
    REMIND = Alarm.REMIND.value
    EXPIRE = Alarm.EXPIRE.value
    ESCALATE = Alarm.ESCALATE.value


class ClockRule(BaseModel):
    """Satu baris aturan waktu (one line of the clock rules)."""

    state: Stretch = Field(description="Keadaan (state)", examples=["sent"])
    urgency: str = Field(description="routine, urgent, emergency atau all", examples=["emergency"])
    what: Mark = Field(description="due, remind, expire atau escalate", examples=["expire"])
    after: timedelta = Field(description="Sejak keadaan dimulai (since the state began)", examples=["PT15M"])
    repeat: timedelta | None = Field(description="Alarm terakhir berulang tiap (the last repeats every)")
    source: str = Field(description="Dasar (source)", examples=["SRBK"])


class ClockVersion(BaseModel):
    """Aturan waktu rujukan yang berlaku pada suatu hari (the clock rules that hold on a day)."""

    number: int = Field(description="0: bawaan produk (the product's own)", examples=[1])
    valid_from: date | None = Field(description="Berlaku sejak; kosong: sejak awal (first day)")
    loaded_at: datetime | None
    loaded_by: str | None = Field(description="Akun (account)")
    rules: list[ClockRule]


class ClockVersions(ClockVersion):
    """Versi yang berlaku, dan semua versi yang pernah dimuat (the version that holds, and all there were)."""

    class Loaded(BaseModel):
        """Satu versi yang pernah dimuat (a version that was loaded)."""

        number: int
        valid_from: date
        loaded_at: datetime
        loaded_by: str

    history: list[Loaded] = Field(description="Terbaru dahulu; yang termuat kemudian menang (newest first)")
