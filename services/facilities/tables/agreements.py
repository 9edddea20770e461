"""Agreements, their documents, steps, reviews and alarms; programmes and rules as dated data."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Identity, Index, LargeBinary, UniqueConstraint
from sqlalchemy import func as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.facilities.tables.base import MOMENT, Base


class Programme(Base, table=True):
    """A programme that agreements may be about, on its days."""

    code: str = Field(primary_key=True)
    name: str
    valid_from: date | None = None
    valid_until: date | None = None
    version: int = Field(default=1)


class Agreement(Base, table=True):
    """An agreement. `parties` are facility, role and title of who signs; status follows from the dates.

    `terminated_on` is the first day on which it is no longer in force; `renews` the agreement it takes the place of.
    """

    __table_args__ = (
        CheckConstraint("valid_until >= valid_from", name="agreement_ends_after_start"),
        CheckConstraint("renews <> id", name="agreement_renews_another"),
        UniqueConstraint("renews", name="agreement_renewed_once"),
        Index("agreement_parties", "parties", postgresql_using="gin", postgresql_ops={"parties": "jsonb_path_ops"}),
        Index("agreement_ends", "valid_until"),
    )

    id: str = Field(primary_key=True)
    kind: str
    number: str = Field(unique=True)
    title: str
    parties: Any = Field(sa_type=JSONB)
    signed_on: date
    valid_from: date
    valid_until: date | None = None
    programmes: Any = Field(sa_type=JSONB)
    member_sends: str
    member_sees: str
    purpose: str | None = None
    safeguards: str | None = None
    evaluation_months: int
    terminated_on: date | None = None
    termination_reason: str | None = None
    renews: str | None = Field(default=None, foreign_key="agreement.id")
    version: int = Field(default=1)


class AgreementStep(Base, table=True):
    """One of the five steps of the network an agreement forms: when, and by what it is shown."""

    __tablename__ = "agreement_step"
    agreement: str = Field(primary_key=True, foreign_key="agreement.id")
    step: str = Field(primary_key=True)
    done_on: date
    evidence: str
    version: int = Field(default=1)


class AgreementReview(Base, table=True):
    """Monthly monitoring and evaluations of an agreement."""

    __tablename__ = "agreement_review"
    agreement: str = Field(primary_key=True, foreign_key="agreement.id")
    kind: str = Field(primary_key=True)
    held_on: date = Field(primary_key=True)
    findings: str
    follow_up: str | None = None
    version: int = Field(default=1)


class AgreementDocument(Base, table=True):
    """The signed paper, every upload of it."""

    __tablename__ = "agreement_document"
    agreement: str = Field(primary_key=True, foreign_key="agreement.id")
    version: int = Field(primary_key=True)
    body: bytes = Field(sa_type=LargeBinary)
    size: int
    sha256: str
    uploaded_at: datetime = Field(sa_type=MOMENT, sa_column_kwargs={"server_default": sql.now()})
    uploaded_by: str


class AgreementAlarm(Base, table=True):
    """What must be dealt with, raised once for each agreement, matter, day and threshold."""

    __tablename__ = "agreement_alarm"
    __table_args__ = (
        UniqueConstraint(
            "agreement", "kind", "due_on", "days", name="agreement_alarm_once", postgresql_nulls_not_distinct=True
        ),
    )
    id: int | None = Field(default=None, primary_key=True, sa_column_args=(Identity(always=True),))
    agreement: str = Field(foreign_key="agreement.id")
    kind: str
    due_on: date
    days: int | None = None
    raised_on: date
    acknowledged_at: datetime | None = Field(default=None, sa_type=MOMENT)
    acknowledged_by: str | None = None
    note: str | None = None


class AgreementRule(Base, table=True):
    """What the office decides about agreements, each value from its day on (`expiry-alarm-days`: "90,60,30,7")."""

    __tablename__ = "agreement_rule"
    name: str = Field(primary_key=True)
    valid_from: date = Field(primary_key=True)
    value: str
    version: int = Field(default=1)
