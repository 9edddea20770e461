"""What facilities chose to tell BPJS: codes for ours, where a referral goes, and the referrals that went along."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Column, DateTime, Identity, Index
from sqlalchemy import func as sql
from sqlmodel import Field

from services.coverage.tables.base import Base


class Choice(Base, table=True):
    """One choice, ever made: of several for the same the one that begins last holds, of these the last made.

    `theirs` null takes it back. Rows are added, never changed: who chose what, and when, stays.
    """

    __tablename__ = "bpjs_choice"
    __table_args__ = (Index("bpjs_choice_facility", "facility", "kind"),)
    number: int = Field(sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    facility: str
    kind: str
    ours: str
    theirs: str | None = None
    since: date | None = None
    by: str
    at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False, server_default=sql.now()))


class ReferralTarget(Base, table=True):
    """What a person chose for one referral: the day, subspecialist and means or a special need; SRBK's area."""

    __tablename__ = "referral_target"
    referral_id: str = Field(primary_key=True)
    facility: str
    day: date | None = None
    subspecialist: str | None = None
    means: str | None = None
    special: str | None = None
    note: str | None = None
    area: str | None = None
    by: str
    at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False, server_default=sql.now()))


class ReferralDelivery(Base, table=True):
    """A referral that goes along with a visit's delivery, and what of BPJS' numbers referrals has been handed."""

    __tablename__ = "referral_delivery"
    encounter: str = Field(primary_key=True)
    referral_id: str = Field(index=True)
    sender: str
    estimated: date
    """tglEstRujuk."""
    handed: str | None = None
    """The noKunjungan that referrals holds."""
    due_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False, server_default=sql.now()))
    tried: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    because: str | None = None
