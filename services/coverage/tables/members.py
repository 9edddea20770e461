"""Members: what was said of each person, what stands of it, and who has become one person with whom."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Column, DateTime, Identity, Index, text
from sqlmodel import Field

from services.coverage.tables.base import Base


def _moment() -> Any:
    return Column(DateTime(timezone=True), nullable=False)


class Member(Base, table=True):
    """What stands of a person's membership: the freshest statement, over what older ones say that it leaves open.

    `version` counts changes that followers are told. `since`, `until` are BPJS' own dates; `status_since` is the day
    from which the status is known to hold without a break.
    """

    __tablename__ = "member"
    person_id: str = Field(primary_key=True)
    version: int = 1
    status: str
    status_text: str | None = None
    since: date | None = None
    until: date | None = None
    class_code: str | None = None
    class_name: str | None = None
    payer_code: str | None = None
    payer_name: str | None = None
    provider_code: str | None = None
    provider_name: str | None = None
    checked_at: datetime = Field(sa_column=_moment())
    """When the statement that stands was made."""
    source: str = Field(default="bpjs", sa_column_kwargs={"server_default": text("'bpjs'")})
    dental_code: str | None = None
    dental_name: str | None = None
    prolanis: str | None = None
    prb: bool | None = None
    arrears: int | None = Field(default=None, sa_type=BigInteger)
    cob: bool | None = None
    insurer: str | None = None
    relationship: str | None = None
    status_since: date | None = None


class MemberStatement(Base, table=True):
    """Who said what of a person's membership, and when; never changed. What a list says stands in `member_list_row`."""

    __tablename__ = "member_statement"
    __table_args__ = (Index("member_statement_person", "person_id", "checked_at"),)
    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    person_id: str
    said_by: str | None = None
    """Who asked BPJS, or who of the staff said it."""
    said_at_facility: str | None = None
    noted_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False, server_default=text("now()")))
    because: str | None = None
    """What a staff member saw (card, letter, receipt): a code."""
    status: str
    checked_at: datetime = Field(sa_column=_moment())
    status_text: str | None = None
    since: date | None = None
    until: date | None = None
    class_code: str | None = None
    class_name: str | None = None
    payer_code: str | None = None
    payer_name: str | None = None
    provider_code: str | None = None
    provider_name: str | None = None
    source: str
    dental_code: str | None = None
    dental_name: str | None = None
    prolanis: str | None = None
    prb: bool | None = None
    arrears: int | None = Field(default=None, sa_type=BigInteger)
    cob: bool | None = None
    insurer: str | None = None
    relationship: str | None = None


class EligibilityAsked(Base, table=True):
    """A CoverageEligibilityRequest and what was answered, both as they were: numbers only as references."""

    __tablename__ = "eligibility_asked"
    __table_args__ = (Index("eligibility_asked_person", "person_id", "at"),)
    id: str = Field(primary_key=True)
    person_id: str
    facility: str | None = None
    asked_by: str
    at: datetime = Field(sa_column=_moment())
    request: str
    response: str


class PersonMerge(Base, table=True):
    """Followed from records: who has been merged into whom, as it stands. What was said of either stays theirs."""

    __tablename__ = "person_merge"
    other: str = Field(primary_key=True)
    survivor: str = Field(index=True)
