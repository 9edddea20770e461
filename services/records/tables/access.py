"""Who may see whom: care relations, consent, broken glass; what subjects ask; the dated policy of all this."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ARRAY, Column, DateTime, Index, Text, text
from sqlalchemy.dialects.postgresql import DATEMULTIRANGE
from sqlmodel import Field

from services.records.tables.base import Base, now


class CareRelation(Base, table=True):
    """Why a facility may see a person: registration, encounter, or a referral (open, or closed until a day); `urgent`:
    the referral is an emergency, which waits for no agreement."""

    __tablename__ = "care_relation"
    __table_args__ = (Index("care_relation_referral", "source", postgresql_where=text("reason = 'referral'")),)
    person_id: str = Field(primary_key=True)
    facility: str = Field(primary_key=True)
    reason: str = Field(primary_key=True)
    source: str = Field(primary_key=True, sa_column_kwargs={"server_default": ""})
    until: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    urgent: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})


class ConsentRule(Base, table=True):
    """What an active FHIR Consent decides, one row per provision; the Consent itself is a resource like any other.

    `class_`: '' for the whole record, else a sensitive class; `facility`: '' for all, else the one it speaks of;
    `person_id`: '' for what holds for those who have said nothing (the policy of law or the office, from a day on).
    """

    __tablename__ = "consent_rule"
    __table_args__ = (Index("consent_rule_person", "person_id"),)
    consent_id: str = Field(primary_key=True)
    part: int = Field(primary_key=True)
    person_id: str
    class_: str = Field(default="", sa_column=Column("class", Text, nullable=False, server_default=""))
    facility: str = Field(default="", sa_column_kwargs={"server_default": ""})
    permit: bool
    valid_from: date
    valid_until: date | None = None
    decided_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    recorded_at: datetime = Field(sa_column=now())


class BreakGlass(Base, table=True):
    """An account of a facility that looked without another reason: why, until when, and the office's verdict."""

    __tablename__ = "break_glass"
    __table_args__ = (
        Index("break_glass_person", "person_id", "facility", "subject"),
        Index("break_glass_open", "opened_at", postgresql_where=text("verdict IS NULL")),
    )
    id: str = Field(primary_key=True)
    person_id: str
    facility: str
    subject: str
    role: str
    reason: str
    note: str
    opened_at: datetime = Field(sa_column=now())
    until: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    due: date
    verdict: str | None = None
    verdict_note: str | None = None
    reviewer: str | None = None
    reviewed_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))


class AccessPolicy(Base, table=True):
    """What law or the district's office decides about access, each value from its day on."""

    __tablename__ = "access_policy"
    name: str = Field(primary_key=True)
    valid_from: date = Field(primary_key=True)
    value: str


class SubjectRequest(Base, table=True):
    """What a person asks of those who keep the record (UU 27/2022): access or correction, due by a dated clock."""

    __tablename__ = "subject_request"
    __table_args__ = (
        Index("subject_request_due", "due_at", postgresql_where=text("answered_at IS NULL")),
        Index("subject_request_facility", "facility", "due_at"),
        Index("subject_request_person", "person_id"),
    )
    id: str = Field(primary_key=True)
    person_id: str
    kind: str
    detail: str
    facility: str | None = None
    recorded_by: str
    received_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    due_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    outcome: str | None = None
    note: str | None = None
    amended: list[str] | None = Field(default=None, sa_column=Column(ARRAY(Text)))
    answered_by: str | None = None
    answered_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))


class Barred(Base, table=True):
    """Days on which a private facility may not see what others wrote: an agreement is required and none is in force
    (from the policy, the followed agreements and who owns the facility). `shut`: it was so when last looked at; when
    that ends, a grant is told."""

    __tablename__ = "barred"
    facility: str = Field(primary_key=True)
    days: Any = Field(sa_column=Column(DATEMULTIRANGE, nullable=False))
    shut: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
