"""Whom a referral asked, leg by leg."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from services.referrals.tables.base import Base, moment


class Leg(Base, table=True):
    """One facility asked on one leg: when, until when it may answer by the clock, what it answered first and last.

    Follows the history (`rules/legs`); figures and past answer times read it instead of the steps.
    """

    __tablename__ = "leg"
    __table_args__ = (
        CheckConstraint("answer IN ('accepted', 'declined', 'redirected', 'expired')", name="leg_answer_is_known"),
        Index("leg_asked", "asked_at"),
        Index("leg_of", "facility", "asked_at"),
    )
    referral_id: str = Field(primary_key=True)
    leg: int = Field(primary_key=True)
    facility: str = Field(primary_key=True)
    asked_at: datetime = Field(sa_column=moment())
    until: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    answered_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    answer: str | None = None
