"""What a closed referral asks of the home facility."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Column, Index, SmallInteger, text
from sqlmodel import Field

from services.referrals.tables.base import Base, moment

_OPEN, _DONE = text("done_at IS NULL"), text("done_at IS NOT NULL")


class FollowUp(Base, table=True):
    """The follow-up of one referral: whose, why (`cause`), by when, and how it was done. The person is the referral's.

    `opened_on` and `done_on` are local days; an open one has a clock. `done_by`: an account, or the visit that did it.
    `named`: the receiver named another facility than the sender.
    """

    __tablename__ = "follow_up"
    __table_args__ = (
        CheckConstraint("(done_at IS NULL) = (ring_at IS NOT NULL)", name="follow_up_open_has_clock"),
        CheckConstraint("(done_at IS NULL) = (done_on IS NULL)", name="follow_up_done_has_day"),
        CheckConstraint("(done_at IS NULL) = (how IS NULL)", name="follow_up_done_says_how"),
        Index("follow_up_open", "facility", "due", "referral_id", postgresql_where=_OPEN),
        Index("follow_up_done", "facility", "done_on", "referral_id", postgresql_where=_DONE),
        Index("follow_up_due", "due", "referral_id"),
        Index("follow_up_rings", "ring_at", postgresql_where=_OPEN),
    )
    referral_id: str = Field(primary_key=True)
    facility: str
    from_facility: str
    cause: str
    due: date
    opened_at: datetime = Field(sa_column=moment())
    opened_on: date
    ring_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    rung: int = Field(default=0, sa_column=Column(SmallInteger, nullable=False, server_default=text("0")))
    reminded_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    escalated_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    done_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    done_on: date | None = None
    done_by: str | None = None
    how: str | None = None
    note: str | None = None
    named: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    version: int = Field(default=1, sa_column_kwargs={"server_default": text("1")})
