"""The ageing list: how many open referrals wait, where, in which state, and for how long past their time."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field


class PastDue(BaseModel):
    """Jumlah menurut lama lewat batas waktu (counts by the time past due)."""

    in_time: int = Field(0, description="Belum lewat batas (not yet due)")
    under_1h: int = 0
    under_6h: int = 0
    under_1d: int = 0
    under_3d: int = 0
    under_7d: int = 0
    over_7d: int = 0


class AgeingState(PastDue):
    """Rujukan terbuka dalam satu keadaan (the open ones in one state)."""

    state: str
    open: int
    escalated: int = Field(description="Sudah pada dinas (the office has them)")
    oldest_due_at: datetime
    oldest_opened_at: datetime
    list: str | None = Field(
        description="Alamat daftarnya; tambah overdue=true untuk yang terlambat (where to look at them)",
        examples=["/v1/referrals?state=sent&box=outbox"],
    )


class AgeingFacility(PastDue):
    """Rujukan terbuka satu faskes menurut keadaannya (one facility's open referrals by state)."""

    facility: str
    name: str | None
    open: int
    overdue: int
    escalated: int
    oldest_due_at: datetime
    states: list[AgeingState]


class Ageing(BaseModel):
    """Umur rujukan terbuka (the ageing list)."""

    by: Literal["sender", "receiver", "owner"]
    at: datetime
    all: PastDue
    open: int
    overdue: int
    escalated: int
    facilities: list[AgeingFacility] = Field(description="Yang paling banyak terlambat dahulu (most overdue first)")
