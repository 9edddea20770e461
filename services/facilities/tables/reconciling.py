"""Lists of other systems beside ours: comparisons, their rows, what was decided, aliases, what was said once."""

from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, CheckConstraint, Column, Identity, Index, Integer, Text
from sqlalchemy import func as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.facilities.tables.base import MOMENT, Base

NOW = {"server_default": sql.now()}


class Reconciliation(Base, table=True):
    """A list that was compared with ours. Its id follows from the list and what it claims, so that the same list is the
    same comparison."""

    __table_args__ = (Index("reconciliation_made", "made_at", "id"),)

    id: str = Field(primary_key=True)
    source: str
    area: str | None = None
    kinds: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    rows: int
    seconds: float
    ignored: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    made_at: datetime = Field(sa_type=MOMENT, sa_column_kwargs=NOW)
    made_by: str
    compared_at: datetime = Field(sa_type=MOMENT, sa_column_kwargs=NOW)
    version: int = Field(default=1)


class ReconciliationRow(Base, table=True):
    """One row of theirs, or one of ours that they lack; what was found, and what was decided last."""

    __tablename__ = "reconciliation_row"
    __table_args__ = (
        Index("reconciliation_row_found", "run", "found", "number"),
        Index("reconciliation_row_facility", "run", "facility"),
    )
    run: str = Field(primary_key=True, foreign_key="reconciliation.id")
    number: int = Field(primary_key=True)
    line: int | None = None
    ref: str | None = None
    found: str
    facility: str | None = None
    facility_version: int | None = None
    cells: dict[str, Any] = Field(sa_type=JSONB)
    diff: list[Any] = Field(sa_type=JSONB)
    score: float | None = None
    evidence: list[Any] = Field(sa_type=JSONB)
    why: dict[str, Any] | None = Field(default=None, sa_type=JSONB)
    decision: str | None = None
    decided_at: datetime | None = Field(default=None, sa_type=MOMENT)
    decided_by: str | None = None
    reason: str | None = None
    applied: dict[str, Any] | None = Field(default=None, sa_type=JSONB)


class ReconciliationStep(Base, table=True):
    """Every decision and every undoing, in order."""

    __tablename__ = "reconciliation_step"
    __table_args__ = (Index("reconciliation_step_row", "run", "number", "id"),)

    id: int | None = Field(default=None, sa_column=Column(Integer, Identity(always=True), primary_key=True))
    run: str
    number: int
    verb: str
    at: datetime = Field(sa_type=MOMENT, sa_column_kwargs=NOW)
    by: str
    reason: str | None = None
    applied: dict[str, Any] | None = Field(default=None, sa_type=JSONB)


class Alias(Base, table=True):
    """Two ids of one facility, written in one order, so that each is there once; rules/aliases.py keeps rings out."""

    __table_args__ = (
        CheckConstraint("(system, value) < (other_system, other_value)", name="alias_in_order"),
        Index("alias_other", "other_system", "other_value"),
    )
    system: str = Field(primary_key=True)
    value: str = Field(primary_key=True)
    other_system: str = Field(primary_key=True)
    other_value: str = Field(primary_key=True)
    made_at: datetime = Field(sa_type=MOMENT, sa_column_kwargs=NOW)
    made_by: str
    because: str | None = None


class Judgement(Base, table=True):
    """What somebody said once of a row of a source and is not asked again: that it is not this facility (`different`),
    or that ours stays as it is although they say otherwise (`keep`, for what they said then)."""

    source: str = Field(primary_key=True)
    ref: str = Field(primary_key=True)
    facility: str = Field(primary_key=True)
    word: str = Field(primary_key=True)
    said: str
    at: datetime = Field(sa_type=MOMENT, sa_column_kwargs=NOW)
    by: str
