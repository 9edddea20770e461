"""Reconciliation: what is owed to BPJS, what it has accepted, and what it lists, day by day and facility by facility.

A difference names things by id and by BPJS' own numbers of a registration or visit; what differs is named by field,
never by value. No card number and no name lies here.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Column, DateTime, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.coverage.tables.base import Base


def _moment(nullable: bool = True, now: bool = False) -> Any:
    default = text("now()") if now else None
    return Field(sa_column=Column(DateTime(timezone=True), nullable=nullable, server_default=default))


class ReconciliationRun(Base, table=True):
    """One request to compare some days of one facility or of all; nightly, or asked for. `beat_at` tells that somebody
    is at it: a run whose worker died is taken up again."""

    __tablename__ = "reconciliation_run"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'running', 'done')", name="reconciliation_run_state"),
        Index("reconciliation_run_open", "made_at", postgresql_where=text("state <> 'done'")),
    )
    id: str = Field(primary_key=True)
    asked_by: str
    facility: str | None = None
    since: date
    until: date
    state: str
    total: int | None = None
    done: int = 0
    failed: int = 0
    made_at: datetime = _moment(nullable=False, now=True)
    beat_at: datetime | None = _moment()
    finished_at: datetime | None = _moment()


class ReconciledDay(Base, table=True):
    """How one facility's day stood when it was compared last. `because`: why BPJS could not be asked then."""

    __tablename__ = "reconciled_day"
    facility: str = Field(primary_key=True)
    day: date = Field(primary_key=True)
    service: str = Field(primary_key=True)
    owed: int = 0
    skipped: int = 0
    sent: int = 0
    accepted: int = 0
    listed: int = 0
    because: str | None = None
    compared_at: datetime | None = _moment()
    tried_at: datetime = _moment(nullable=False, now=True)


class SeenListed(Base, table=True):
    """A delivery that BPJS has listed: if it is gone one day, somebody deleted it there."""

    __tablename__ = "seen_listed"
    delivery_id: str = Field(primary_key=True)
    seen_at: datetime = _moment(nullable=False, now=True)


class Difference(Base, table=True):
    """One thing in which our side and BPJS' do not agree, from when it was found until it is settled or accepted."""

    __tablename__ = "difference"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'in-hand', 'settled', 'accepted')", name="difference_state"),
        CheckConstraint("owner IN ('facility', 'dinkes', 'bpjs')", name="difference_owner"),
        Index("difference_one", "facility", "day", "service", "kind", "key", unique=True),
        Index("difference_listed", "state", "day", "id"),
    )
    id: str = Field(primary_key=True)
    facility: str
    day: date
    service: str
    kind: str
    key: str
    """What tells this difference from others of its kind and day."""
    person_id: str | None = None
    subject: str | None = None
    """Our visit (Encounter id)."""
    delivery_id: str | None = None
    poli: str | None = None
    no_urut: str | None = None
    no_kunjungan: str | None = None
    because: str | None = None
    fields: Any = Field(default=None, sa_type=JSONB, nullable=True)
    """The fields that differ (BPJS' names)."""
    state: str
    owner: str
    found_at: datetime = _moment(nullable=False, now=True)
    seen_at: datetime = _moment(nullable=False, now=True)
    closed_at: datetime | None = _moment()
    version: int = 1


class DifferenceStep(Base, table=True):
    """Who did what with a difference, when; `by` is "reconciliation" for what it found itself."""

    __tablename__ = "difference_step"
    difference_id: str = Field(primary_key=True, foreign_key="difference.id", ondelete="CASCADE")
    number: int = Field(primary_key=True)
    at: datetime = _moment(nullable=False, now=True)
    by: str
    step: str
    state: str
    owner: str
    note: str | None = None
