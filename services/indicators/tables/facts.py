"""Facts and what lends to them: visits, products; and measures that gave no fact."""

import uuid
from datetime import date, datetime
from typing import TypeAlias

from sqlalchemy import ARRAY, BigInteger, Column, Date, DateTime, Float, Index, Text, text
from sqlmodel import Field

from services.indicators.tables.base import Base, moment, person_key, small_key


class Encounter(Base, table=True):
    """What a visit lends to the facts that point to it."""

    __tablename__ = "encounter"
    __table_args__ = (
        Index("encounter_id", "encounter_id"),
        Index("encounter_provider", text("coalesce(provider, client)"), "start"),
    )
    person_id: uuid.UUID = Field(sa_column=person_key())
    encounter_id: str = Field(primary_key=True)
    start: date | None = None
    start_at: datetime | None = Field(default=None, sa_column=moment())
    until: date | None = None
    kind: str | None = None
    provider: str | None = None
    client: str | None = None
    episodes: list[str] | None = Field(default=None, sa_column=Column(ARRAY(Text)))


class Medication(Base, table=True):
    """Products named by Medication resources; `concept` is null when the product is none of ours."""

    __tablename__ = "medication"
    medication_id: str = Field(primary_key=True)
    concept: str | None = None


Day: TypeAlias = date
"""For the table that has a column of the name."""


class Fact(Base, table=True):
    """One dated clinical statement. The second half is put together from the visit, the product and the episode.

    `at` is the moment of `date` where a time of day was said, `hosted` that `facility` is the visit's own provider.
    `date` is null while the fact has no day, or while what it stands on (`through`) is not there.
    `child_id`: it stands on that child and is lent to the mother; `value_date` is then the day the child was born.
    `astray`: the visit it points to is not known as this person's.
    """

    __tablename__ = "fact"
    __table_args__ = (
        Index("fact_resource", "resource_id"),
        Index("fact_astray", "encounter_id", postgresql_where=text("astray")),
        Index("fact_watched", "concept", "date", postgresql_where=text("concept ~ '^(skdr|tb|home)_'")),
        Index("fact_contact", "date", "facility", postgresql_where=text("concept = 'contact'")),
        Index("fact_lent", "child_id", postgresql_where=text("child_id IS NOT NULL")),
        Index("fact_hosted", "facility", postgresql_where=text("hosted AND concept = 'delivery'")),
        Index("fact_medication", "medication_id", postgresql_where=text("medication_id IS NOT NULL")),
    )
    person_id: uuid.UUID = Field(sa_column=person_key())
    concept: str = Field(primary_key=True)
    resource_type: str = Field(primary_key=True)
    resource_id: str = Field(primary_key=True)
    seq: int = Field(sa_column=small_key())
    own_date: Day | None = None
    at: datetime | None = Field(default=None, sa_column=moment())
    late_date: Day | None = None
    value: float | None = Field(default=None, sa_type=Float)
    value_date: Day | None = None
    value_code: str | None = None
    until: Day | None = None
    provider: str | None = None
    client: str | None = None
    encounter_id: str | None = None
    through: str | None = None
    medication_id: str | None = None
    receipt: int = Field(sa_type=BigInteger)
    posture: str | None = None
    absurd: bool = Field(sa_column_kwargs={"server_default": "false"})
    taken_at: datetime | None = Field(default=None, sa_column=moment())
    """When the record took it, or since when it is put together so."""
    date: Day | None = Field(default=None, sa_column=Column(Date))
    facility: str
    hosted: bool = Field(sa_column_kwargs={"server_default": "false"})
    visit_start: Day | None = None
    visit_until: Day | None = None
    episodes: list[str] | None = Field(default=None, sa_column=Column(ARRAY(Text)))
    child_id: uuid.UUID | None = None
    astray: bool


class FactGone(Base, table=True):
    """What a fact said until it was replaced, deleted or put together otherwise (`gone_at`): what was known earlier."""

    __tablename__ = "fact_gone"
    __table_args__ = (Index("fact_gone_contact", "date", "facility", postgresql_where=text("concept = 'contact'")),)
    person_id: uuid.UUID = Field(sa_column=person_key())
    concept: str = Field(primary_key=True)
    resource_type: str = Field(primary_key=True)
    resource_id: str = Field(primary_key=True)
    seq: int = Field(sa_column=small_key())
    gone_at: datetime = Field(sa_column=Column(DateTime(timezone=True), primary_key=True))
    taken_at: datetime | None = Field(default=None, sa_column=moment())
    date: Day
    at: datetime | None = Field(default=None, sa_column=moment())
    value: float | None = Field(default=None, sa_type=Float)
    value_date: Day | None = None
    value_code: str | None = None
    until: Day | None = None
    facility: str
    encounter_id: str | None = None
    episodes: list[str] | None = Field(default=None, sa_column=Column(ARRAY(Text)))
    receipt: int = Field(sa_type=BigInteger)


class Implausible(Base, table=True):
    """What to ask the sender about, and why: measures that gave no fact, values that no living person can have."""

    __tablename__ = "implausible"
    __table_args__ = (Index("implausible_resource", "resource_id"),)
    person_id: uuid.UUID = Field(sa_column=person_key())
    resource_type: str = Field(primary_key=True)
    resource_id: str = Field(primary_key=True)
    seq: int = Field(sa_column=small_key())
    concept: str
    reason: str
    detail: str | None = None
    own_date: Day | None = None
    late_date: Day | None = None
    provider: str | None = None
    client: str | None = None
    encounter_id: str | None = None
