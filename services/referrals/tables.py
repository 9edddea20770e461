"""The schema of the referrals service. SQLModel is used for tables and migrations only; queries are plain SQL."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Column, Computed, DateTime, Index, SmallInteger, text
from sqlalchemy import func as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from services.kernel.tables import add_kernel_tables


class Base(SQLModel, registry=registry()):
    """The service's own metadata."""


add_kernel_tables(Base.metadata)


def _moment(*, nullable: bool = False) -> Column[datetime]:
    return Column(DateTime(timezone=True), nullable=nullable)


_OPEN, _ENDED = text("closed_at IS NULL"), text("closed_at IS NOT NULL")
_ONLY = text("closed_at IS NULL AND NOT doubled")
_ENDS = "'declined', 'cancelled', 'no-show', 'closed'"


class Referral(Base, table=True):
    """One referral as it stands. What it owes to the rules the database holds too: open ones have a due time, ended
    ones have none, closed ones have an outcome, and all have an owner.

    `rank` orders urgency. The open indexes serve the boxes (most urgent, then oldest), the ended ones the archive.
    """

    __tablename__ = "referral"
    __table_args__ = (
        CheckConstraint(f"(state IN ({_ENDS})) = (closed_at IS NOT NULL)", name="referral_end_has_time"),
        CheckConstraint("(closed_at IS NULL) = (due_at IS NOT NULL)", name="referral_open_has_due_time"),
        CheckConstraint("(state = 'closed') = (outcome IS NOT NULL)", name="referral_closed_has_outcome"),
        CheckConstraint("owner_facility IN (from_facility, to_facility)", name="referral_has_owner"),
        CheckConstraint("from_facility <> to_facility", name="referral_goes_elsewhere"),
        Index("referral_one_open", "person_id", "to_facility", unique=True, postgresql_where=_ONLY),
        Index("referral_open_to", "to_facility", "rank", "opened_at", "id", postgresql_where=_OPEN),
        Index("referral_open_from", "from_facility", "rank", "opened_at", "id", postgresql_where=_OPEN),
        Index("referral_open", "rank", "opened_at", "id", postgresql_where=_OPEN),
        Index("referral_ended_to", "to_facility", "closed_at", "id", postgresql_where=_ENDED),
        Index("referral_ended_from", "from_facility", "closed_at", "id", postgresql_where=_ENDED),
        Index("referral_ended", "closed_at", "id", postgresql_where=_ENDED),
        Index("referral_opened", "opened_at"),
    )
    id: str = Field(primary_key=True)
    version: int
    person_id: str = Field(index=True)
    from_facility: str
    to_facility: str
    urgency: str
    rank: int = Field(
        sa_column=Column(
            SmallInteger,
            Computed("CASE urgency WHEN 'emergency' THEN 0 WHEN 'urgent' THEN 1 ELSE 2 END", persisted=True),
            nullable=False,
        )
    )
    kind: str
    state: str
    owner_facility: str
    opened_at: datetime = Field(sa_column=_moment())
    changed_at: datetime = Field(sa_column=_moment())
    due_at: datetime | None = Field(default=None, sa_column=_moment(nullable=True))
    answered_at: datetime | None = Field(default=None, sa_column=_moment(nullable=True))
    closed_at: datetime | None = Field(default=None, sa_column=_moment(nullable=True))
    diagnosis: str
    encounter: str | None = None
    content: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    outcome: str | None = None
    advice: str | None = None
    follow_up_due: date | None = None
    doubled: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    """Open beside another one of the same person to the same facility, because two persons became one."""


class PersonMerge(Base, table=True):
    """Followed from records: who has been merged into whom, as it stands."""

    __tablename__ = "person_merge"
    merge_id: str = Field(primary_key=True)
    survivor: str
    other: str = Field(index=True)


class MovedReferral(Base, table=True):
    """A referral that changed its person with a merge, so that it can go back."""

    __tablename__ = "moved_referral"
    merge_id: str = Field(primary_key=True)
    referral_id: str = Field(primary_key=True)


class ReferralStep(Base, table=True):
    """The history: who took which step for which facility, when, and why. `number` is the referral's version."""

    __tablename__ = "referral_step"
    referral_id: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    verb: str
    state: str
    actor: str
    role: str
    facility: str
    at: datetime = Field(sa_column=_moment())
    recorded_at: datetime = Field(sa_column=_moment())
    reason: str | None = None
    note: str | None = None


class FirstAnswer(Base, table=True):
    """The first answer to a request with an Idempotency-Key, given again to its retries."""

    __tablename__ = "first_answer"
    actor: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    fingerprint: str
    referral_id: str
    person_id: str
    status: int
    body: str
    at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False, server_default=sql.now()))


class Facility(Base, table=True):
    """Followed from the facilities service. `organization` is the id of its FHIR Organization."""

    __tablename__ = "facility"
    code: str = Field(primary_key=True)
    version: int
    name: str
    kind: str
    organization: str
    active: bool
