"""The schema of the JKN service. No name, no NIK, no card number is kept."""

from datetime import date, datetime

from sqlalchemy import Column, DateTime
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from services.kernel.tables import add_kernel_tables


class Base(SQLModel, registry=registry()):
    """The service's own metadata."""


add_kernel_tables(Base.metadata)


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


class Facility(Base, table=True):
    """Followed from the facilities service: our code, and the code BPJS knows the same facility by."""

    __tablename__ = "facility"
    code: str = Field(primary_key=True)
    version: int
    name: str
    bpjs_code: str | None = Field(default=None, index=True)
    """In capitals, so that both spellings meet."""
    active: bool = True
