"""ILP readiness: the dated checklist, the claims, their files, the yearly targets."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, LargeBinary, text
from sqlalchemy import func as sql
from sqlmodel import Field

from services.facilities.tables.base import MOMENT, Base


class ReadinessCriterion(Base, table=True):
    """One criterion of the checklist, in force from a day to a last day."""

    __tablename__ = "readiness_criterion"
    __table_args__ = (CheckConstraint("valid_until >= valid_from", name="readiness_criterion_ends_after_start"),)

    code: str = Field(primary_key=True)
    valid_from: date = Field(primary_key=True)
    valid_until: date | None = None
    position: int
    name_id: str
    name_en: str
    evidence_id: str
    evidence_en: str
    required: bool
    weight: int
    evidence_months: int | None = None
    seen_in: str | None = None
    source: str
    version: int = Field(default=1)


class ReadinessDocument(Base, table=True):
    """A file of evidence, as it was sent."""

    __tablename__ = "readiness_document"

    id: str = Field(primary_key=True)
    facility: str = Field(foreign_key="facility.code", index=True)
    kind: str
    sha256: str
    content: bytes = Field(sa_type=LargeBinary)
    stored_by: str
    stored_at: datetime = Field(sa_type=MOMENT, sa_column_kwargs={"server_default": sql.now()})


class ReadinessClaim(Base, table=True):
    """The nth claim of a puskesmas for a criterion, with its evidence and what the office decided."""

    __tablename__ = "readiness_claim"
    __table_args__ = (
        CheckConstraint("verified_on >= claimed_on", name="readiness_claim_verified_after_claim"),
        CheckConstraint("returned_on >= coalesce(verified_on, claimed_on)", name="readiness_claim_returned_last"),
        CheckConstraint("(returned_on IS NULL) = (reason IS NULL)", name="readiness_claim_returned_for_a_reason"),
        ForeignKeyConstraint(["file"], ["readiness_document.id"], name="readiness_claim_file"),
    )

    facility: str = Field(primary_key=True, foreign_key="facility.code")
    criterion: str = Field(primary_key=True)
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    claimed_on: date
    note: str | None = None
    link: str | None = None
    file: str | None = None
    valid_until: date | None = None
    verified_on: date | None = None
    returned_on: date | None = None
    reason: str | None = None
    version: int = Field(default=1)


class ReadinessTarget(Base, table=True):
    """How many puskesmas shall implement ILP by the end of a year; empty: withdrawn."""

    __tablename__ = "readiness_target"
    __table_args__ = (CheckConstraint(text("target >= 0"), name="readiness_target_not_negative"),)

    year: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    target: int | None = None
    source: str | None = None
    version: int = Field(default=1)
