"""The figures of referrals: what is counted, the formulas in words, the wire models."""

from datetime import date
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, Field


class Measure(StrEnum):
    """Apa yang dihitung (what is counted). Closed list; each number opens to its list under this word."""

    SENT = "sent"
    DECIDED = "decided"
    ANSWERED = "answered"
    IN_TIME = "in_time"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    REDIRECTED = "redirected"
    EXPIRED = "expired"
    ARRIVED = "arrived"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"
    CLOSED = "closed"
    BACK_REFERRED = "back_referred"
    FOLLOW_UPS = "follow_ups"
    FOLLOWED_IN_TIME = "followed_in_time"
    OPEN = "open"
    OVERDUE = "overdue"
    VERTICAL = "vertical"
    NON_SPECIALIST = "non_specialist"


class By(StrEnum):
    """Rincian (breakdown)."""

    SENDER = "sender"
    RECEIVER = "receiver"
    DIAGNOSIS = "diagnosis"
    CHAPTER = "chapter"
    URGENCY = "urgency"
    KIND = "kind"
    STATE = "state"
    OUTCOME = "outcome"
    WEEK = "week"
    MONTH = "month"


Unit = Literal["referrals", "askings"]
"""What is counted: each referral once, or once for each facility asked on each leg."""


class Formula(BaseModel):
    """Satu angka: artinya dan rumusnya dengan kata-kata (one figure in words)."""

    name: str
    id: str = Field(description="Bahasa Indonesia")
    en: str = Field(description="English")
    source: str | None = Field(None, description="Peraturan atau rujukan (regulation)")


class Numbers(BaseModel):
    """Angka satu baris; rumusnya di `/v1/referrals/figures/formulas`. Kosong: tidak ada penyebut, atau ditahan karena
    kurang dari 5 (one row's figures; null when there is no denominator, or withheld because fewer than 5)."""

    sent: int | None
    decided: int | None
    answered: int | None
    response_median_minutes: float | None
    response_p90_minutes: float | None
    in_time: int | None
    in_time_share: float | None
    accepted: int | None
    acceptance_share: float | None
    declined: int | None
    declined_share: float | None
    redirected: int | None
    redirected_share: float | None
    expired: int | None
    expired_share: float | None
    arrived: int | None
    arrival_share: float | None
    cancelled: int | None
    no_show: int | None
    closed: int | None
    closed_share: float | None
    back_referred: int | None
    back_referred_share: float | None
    follow_ups: int | None
    followed_in_time: int | None
    followed_in_time_share: float | None
    open: int | None
    overdue: int | None
    vertical: int | None
    non_specialist: int | None
    non_specialist_share: float | None


class FigureRow(Numbers):
    """Satu baris rincian (one row of the breakdown)."""

    code: str
    name: str | None
    link: str | None = Field(
        description="Daftar di balik angka `sent`; ganti `figure` untuk angka lain. Kosong bila penanya tidak boleh "
        "membukanya (the list behind the number; null when the asker may not open it)"
    )


class Figures(BaseModel):
    """Angka rujukan suatu masa, keadaan saat ini (figures of a period, as they stand now)."""

    since: date
    until: date
    by: By
    counts: Unit = Field(
        description="referrals: tiap rujukan sekali; askings: sekali tiap faskes yang ditanya pada tiap pengiriman "
        "(each referral once, or once per facility asked on each leg)"
    )
    all: Numbers
    link: str | None = Field(description="Daftar di balik angka `sent` (the list behind the number)")
    rows: list[FigureRow]
    withheld: int = Field(description="Banyaknya rincian yang digabung karena kurang dari 5 (small rows merged)")
