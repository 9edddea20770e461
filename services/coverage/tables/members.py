"""Members: what BPJS said of each person last, and who has become one person with whom."""

from datetime import date, datetime

from sqlalchemy import Column, DateTime
from sqlmodel import Field

from services.coverage.tables.base import Base


class Member(Base, table=True):
    """The last thing BPJS said of a person. `version` counts changes of status, payer and registered facility."""

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
    checked_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


class PersonMerge(Base, table=True):
    """Followed from records: who has been merged into whom, as it stands. What was said of either stays theirs."""

    __tablename__ = "person_merge"
    other: str = Field(primary_key=True)
    survivor: str = Field(index=True)
