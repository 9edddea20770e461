"""A referral as it stands, and its history."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Column, Computed, Index, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

from services.referrals.tables.base import Base, moment

_OPEN, _ENDED = text("closed_at IS NULL"), text("closed_at IS NOT NULL")
_WITH_OFFICE = text("closed_at IS NULL AND owner = 'office'")
_ONLY = text(
    "closed_at IS NULL AND NOT doubled AND beside IS NULL AND state NOT IN ('draft', 'declined', 'redirected')"
)
_SAME = text("closed_at IS NULL AND NOT doubled AND beside IS NULL AND state <> 'draft'")
_PARALLEL = text("closed_at IS NULL AND cardinality(asked) > 1")


def _codes() -> Column[list[str]]:
    return Column(ARRAY(Text), nullable=False, server_default=text("'{}'"))


class Referral(Base, table=True):
    """One referral as it stands. What it owes to the rules the database holds too: open ones have a clock, closed ones
    have an outcome, all but drafts have been sent to somebody, and all have an owner.

    `rank` orders urgency. The open indexes serve the boxes (most urgent, then oldest), the ended ones the archive.
    One person has one open referral to a facility, and one from a facility for one category of diagnosis, unless
    `beside` says why another.
    """

    __tablename__ = "referral"
    __table_args__ = (
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="referral_end_has_time"),
        CheckConstraint("(closed_at IS NULL) = (due_at IS NOT NULL)", name="referral_open_has_due_time"),
        CheckConstraint("(closed_at IS NULL) = (ring_at IS NOT NULL)", name="referral_open_has_clock"),
        CheckConstraint("(state = 'closed') = (outcome IS NOT NULL)", name="referral_closed_has_outcome"),
        CheckConstraint("owner IN ('sender', 'receiver', 'office')", name="referral_owner_is_a_side"),
        CheckConstraint("owner_facility <> ''", name="referral_has_owner"),
        CheckConstraint("from_facility <> to_facility", name="referral_goes_elsewhere"),
        CheckConstraint("to_facility IS NOT NULL OR leg = 0", name="referral_goes_somewhere"),
        Index("referral_one_open", "person_id", "to_facility", unique=True, postgresql_where=_ONLY),
        Index(
            "referral_one_reason",
            "person_id",
            "from_facility",
            text("left(diagnosis, 3)"),
            unique=True,
            postgresql_where=_SAME,
        ),
        Index("referral_number", "number", unique=True),
        Index("referral_rings", "ring_at", postgresql_where=_OPEN),
        Index("referral_parallel", "asked", postgresql_using="gin", postgresql_where=_PARALLEL),
        Index("referral_open_to", "to_facility", "rank", "opened_at", "id", postgresql_where=_OPEN),
        Index("referral_open_from", "from_facility", "rank", "opened_at", "id", postgresql_where=_OPEN),
        Index("referral_open", "rank", "opened_at", "id", postgresql_where=_OPEN),
        Index("referral_open_office", "rank", "opened_at", "id", postgresql_where=_WITH_OFFICE),
        Index("referral_ended_to", "to_facility", "closed_at", "id", postgresql_where=_ENDED),
        Index("referral_ended_from", "from_facility", "closed_at", "id", postgresql_where=_ENDED),
        Index("referral_ended", "closed_at", "id", postgresql_where=_ENDED),
        Index("referral_opened", "opened_at"),
    )
    id: str = Field(primary_key=True)
    version: int
    number: str = Field(
        sa_column=Column(
            Text,
            Computed(
                "upper(substr(md5('referral:' || id), 1, 4) || '-' || substr(md5('referral:' || id), 5, 4) || '-' ||"
                " substr(md5('referral:' || id), 9, 4))",
                persisted=True,
            ),
            nullable=False,
        )
    )
    numbers: list[dict[str, str]] = Field(sa_column=Column(JSONB, nullable=False, server_default=text("'[]'")))
    person_id: str = Field(index=True)
    from_facility: str
    to_facility: str | None = None
    leg: int = Field(default=1, sa_column_kwargs={"server_default": text("1")})
    asked: list[str] = Field(sa_column=_codes())
    former: list[str] = Field(sa_column=_codes())
    candidates: list[str] = Field(sa_column=_codes())
    beside: str | None = None
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
    owner: str
    owner_facility: str
    opened_at: datetime = Field(sa_column=moment())
    changed_at: datetime = Field(sa_column=moment())
    due_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    ring_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    rung: int = Field(default=0, sa_column=Column(SmallInteger, nullable=False, server_default=text("0")))
    sent_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    answered_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    arrived_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    closed_at: datetime | None = Field(default=None, sa_column=moment(nullable=True))
    diagnosis: str
    non_specialist: bool | None = None
    encounter: str | None = None
    payer: str | None = None
    valid_until: date | None = None
    content: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    summary: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB, nullable=True))
    outcome: str | None = None
    advice: str | None = None
    follow_up_due: date | None = None
    doubled: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    """Open beside another one of the same person to the same facility, because two persons became one, or one of
    several asked has it now."""


class ReferralStep(Base, table=True):
    """The history: who took which step for which side and facility, when, and why. `number` is the referral's version;
    `asked` whom a sending asked."""

    __tablename__ = "referral_step"
    referral_id: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    verb: str
    state: str
    side: str
    actor: str
    role: str
    facility: str
    at: datetime = Field(sa_column=moment())
    recorded_at: datetime = Field(sa_column=moment())
    reason: str | None = None
    note: str | None = None
    asked: list[str] | None = Field(default=None, sa_column=Column(ARRAY(Text), nullable=True))
