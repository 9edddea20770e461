"""Persons: their registrations, who speaks for them, merges, JKN membership."""

import uuid
from datetime import date, datetime

from sqlalchemy import BigInteger, Column, DateTime, Index, text
from sqlmodel import Field

from services.indicators.tables.base import Base, moment, person_key


class Patient(Base, table=True):
    """Every registration of a person; the last written active one speaks (`written` is its event's position)."""

    __tablename__ = "patient"
    __table_args__ = (Index("patient_id", "patient_id"),)
    person_id: uuid.UUID = Field(sa_column=person_key())
    patient_id: str = Field(primary_key=True)
    written: int = Field(sa_type=BigInteger)
    active: bool
    birth_date: date | None = None
    birth_at: datetime | None = Field(default=None, sa_column=moment())
    sex: str
    village: str | None = None
    mother_id: uuid.UUID | None = None
    death_on: date | None = None


class Person(Base, table=True):
    """What is known of a person at this moment. `village` may be the mother's; `dead_on` may come from a death fact."""

    __tablename__ = "person"
    __table_args__ = (
        Index("person_mother", "mother_id", postgresql_where=text("mother_id IS NOT NULL")),
        Index("person_birth", "birth_date"),
    )
    person_id: uuid.UUID = Field(sa_column=person_key())
    birth_date: date | None = None
    birth_at: datetime | None = Field(default=None, sa_column=moment())
    sex: str
    own_village: str | None = None
    mother_id: uuid.UUID | None = None
    village: str | None = None
    dead_on: date | None = None
    taken_at: datetime | None = Field(default=None, sa_column=moment())
    """Since when it is known so."""


class PersonGone(Base, table=True):
    """What was known of a person until `gone_at`, when the record said otherwise."""

    __tablename__ = "person_gone"
    person_id: uuid.UUID = Field(sa_column=person_key())
    gone_at: datetime = Field(sa_column=Column(DateTime(timezone=True), primary_key=True))
    birth_date: date | None = None
    sex: str
    village: str | None = None
    dead_on: date | None = None


class PersonMerge(Base, table=True):
    """Followed from records: who has been merged into whom, as it stands."""

    __tablename__ = "person_merge"
    __table_args__ = (Index("person_merge_survivor", "survivor"),)
    other: uuid.UUID = Field(sa_column=person_key())
    survivor: uuid.UUID
    taken_at: datetime | None = Field(default=None, sa_column=moment())


class Member(Base, table=True):
    """JKN status by the day it was learned, followed from coverage."""

    __tablename__ = "member"
    __table_args__ = (Index("member_registered", "registered_facility"),)
    person_id: uuid.UUID = Field(sa_column=person_key())
    checked_on: date = Field(primary_key=True)
    status: str
    payer: str | None = None
    registered_facility: str | None = None
    via: uuid.UUID | None = None
    """Said of a person who has been merged into this one; what was said of this one on the same day goes first."""
