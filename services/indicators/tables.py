"""The schema of the indicators service. SQLModel is used for tables and migrations only; queries are plain SQL.

Per-person tables carry person_id in their key, so that they can be distributed by it. No name, no NIK.
"""

import uuid
from datetime import date, datetime
from typing import TypeAlias

from sqlalchemy import ARRAY, BigInteger, Column, Date, DateTime, Float, Index, SmallInteger, Text, Uuid, text
from sqlalchemy import func as sql
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from services.kernel.tables import add_kernel_tables

Day: TypeAlias = date
"""For the table that has a column of the name."""


class Base(SQLModel, registry=registry()):
    """The service's own metadata."""


add_kernel_tables(Base.metadata)


def _person() -> Column[uuid.UUID]:
    return Column(Uuid, primary_key=True)


def _texts() -> Column[list[str]]:
    return Column(ARRAY(Text), nullable=False)


def _small() -> Column[int]:
    return Column(SmallInteger, nullable=False)


def _small_key() -> Column[int]:
    return Column(SmallInteger, primary_key=True, autoincrement=False)


class Patient(Base, table=True):
    """Every registration of a person; the last written active one speaks (`written` is its event's position)."""

    __tablename__ = "patient"
    __table_args__ = (Index("patient_id", "patient_id"),)
    person_id: uuid.UUID = Field(sa_column=_person())
    patient_id: str = Field(primary_key=True)
    written: int = Field(sa_type=BigInteger)
    active: bool
    birth_date: date | None = None
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
    person_id: uuid.UUID = Field(sa_column=_person())
    birth_date: date | None = None
    sex: str
    own_village: str | None = None
    mother_id: uuid.UUID | None = None
    village: str | None = None
    dead_on: date | None = None


class Encounter(Base, table=True):
    """What a visit lends to the facts that point to it."""

    __tablename__ = "encounter"
    __table_args__ = (Index("encounter_id", "encounter_id"),)
    person_id: uuid.UUID = Field(sa_column=_person())
    encounter_id: str = Field(primary_key=True)
    start: date | None = None
    provider: str | None = None
    client: str | None = None
    episodes: list[str] | None = Field(default=None, sa_column=Column(ARRAY(Text)))


class Medication(Base, table=True):
    """Products named by Medication resources; `concept` is null when the product is none of ours."""

    __tablename__ = "medication"
    medication_id: str = Field(primary_key=True)
    concept: str | None = None


class Fact(Base, table=True):
    """One dated clinical statement. The second half is put together from the visit, the product and the episode.

    `date` is null while the fact has no day, or while what it stands on (`through`) is not there.
    `astray`: the visit it points to is not known as this person's.
    """

    __tablename__ = "fact"
    __table_args__ = (
        Index("fact_resource", "resource_id"),
        Index("fact_astray", "encounter_id", postgresql_where=text("astray")),
        Index("fact_medication", "medication_id", postgresql_where=text("medication_id IS NOT NULL")),
    )
    person_id: uuid.UUID = Field(sa_column=_person())
    concept: str = Field(primary_key=True)
    resource_type: str = Field(primary_key=True)
    resource_id: str = Field(primary_key=True)
    seq: int = Field(sa_column=_small_key())
    own_date: Day | None = None
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
    date: Day | None = Field(default=None, sa_column=Column(Date))
    facility: str
    episodes: list[str] | None = Field(default=None, sa_column=Column(ARRAY(Text)))
    astray: bool


class Implausible(Base, table=True):
    """Measured values that gave no fact, and why."""

    __tablename__ = "implausible"
    __table_args__ = (Index("implausible_resource", "resource_id"),)
    person_id: uuid.UUID = Field(sa_column=_person())
    resource_type: str = Field(primary_key=True)
    resource_id: str = Field(primary_key=True)
    seq: int = Field(sa_column=_small_key())
    concept: str
    reason: str
    detail: str | None = None


class Member(Base, table=True):
    """JKN status by the day it was learned, followed from coverage."""

    __tablename__ = "member"
    person_id: uuid.UUID = Field(sa_column=_person())
    checked_on: date = Field(primary_key=True)
    status: str
    payer: str | None = None
    registered_facility: str | None = None
    via: uuid.UUID | None = None
    """Said of a person who has been merged into this one; what was said of this one on the same day goes first."""


class PersonMerge(Base, table=True):
    """Followed from records: who has been merged into whom, as it stands."""

    __tablename__ = "person_merge"
    __table_args__ = (Index("person_merge_survivor", "survivor"),)
    other: uuid.UUID = Field(sa_column=_person())
    survivor: uuid.UUID


class Area(Base, table=True):
    """Followed from facilities: the district's registry of areas."""

    __tablename__ = "area"
    code: str = Field(primary_key=True)
    name: str
    level: str
    parent: str | None = None


class Facility(Base, table=True):
    """Followed from facilities."""

    __tablename__ = "facility"
    code: str = Field(primary_key=True)
    name: str
    kind: str
    ownership: str
    village: str | None = None
    active: bool = True


class Catchment(Base, table=True):
    """Followed from facilities: which puskesmas answers for a village, and when. Keyed by the event's subject."""

    __tablename__ = "catchment"
    __table_args__ = (Index("catchment_village", "village"),)
    id: str = Field(primary_key=True)
    village: str
    facility: str
    valid_from: date
    valid_until: date | None = None


class OfficialTarget(Base, table=True):
    """Sasaran resmi: set by the office per service, year and village or puskesmas. The newest version counts."""

    __tablename__ = "official_target"
    service: str = Field(primary_key=True)
    year: int = Field(sa_column=_small_key())
    place: str = Field(primary_key=True)
    version: str = Field(primary_key=True)
    value: int
    source: str
    loaded_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False, server_default=sql.now()))


class Standing(Base, table=True):
    """How one eligible unit stands in one standard and year. `month` of served_on: 0 carried in, -1 not served."""

    __tablename__ = "standing"
    __table_args__ = (Index("standing_village", "generation", "standard", "year", "village", "unit_id"),)
    generation: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    standard: str = Field(primary_key=True)
    year: int = Field(sa_column=_small_key())
    person_id: uuid.UUID = Field(sa_column=_person())
    unit_id: str = Field(primary_key=True)
    village: str
    sex: str
    age_band: int = Field(sa_column=_small())
    payer: str
    served_on: date | None = None
    month: int = Field(sa_column=_small())
    missing: list[str] = Field(sa_column=_texts())
    facilities: list[str] = Field(sa_column=_texts())


class TallyResidence(Base, table=True):
    """Units by where they live and who they are; changed by the difference, with the standings."""

    __tablename__ = "tally_residence"
    generation: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    standard: str = Field(primary_key=True)
    year: int = Field(sa_column=_small_key())
    village: str = Field(primary_key=True)
    sex: str = Field(primary_key=True)
    age_band: int = Field(sa_column=_small_key())
    payer: str = Field(primary_key=True)
    month: int = Field(sa_column=_small_key())
    units: int


class TallyMissing(Base, table=True):
    """Units by what they are missing."""

    __tablename__ = "tally_missing"
    generation: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    standard: str = Field(primary_key=True)
    year: int = Field(sa_column=_small_key())
    village: str = Field(primary_key=True)
    sex: str = Field(primary_key=True)
    age_band: int = Field(sa_column=_small_key())
    payer: str = Field(primary_key=True)
    item: str = Field(primary_key=True)
    units: int


class TallyContribution(Base, table=True):
    """Units by the set of facilities that met at least one of their items: a set, so that a unit stays one."""

    __tablename__ = "tally_contribution"
    generation: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    standard: str = Field(primary_key=True)
    year: int = Field(sa_column=_small_key())
    facilities: list[str] = Field(sa_column=Column(ARRAY(Text), primary_key=True))
    village: str = Field(primary_key=True)
    month: int = Field(sa_column=_small_key())
    units: int


class Recheck(Base, table=True):
    """Days on which time alone changes a person's standing: an age, the end of a month, a fact dated ahead."""

    __tablename__ = "recheck"
    on_date: date = Field(primary_key=True)
    person_id: uuid.UUID = Field(sa_column=_person())


class State(Base, table=True):
    """One row. Its lock is held by whoever changes standings, so that one at a time does.

    `generation` is what is shown; `building` is the one a rebuild fills beside it, from person to person (`at`).
    """

    __tablename__ = "state"
    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    generation: int
    day: date | None = None
    fingerprint: str = ""
    building: int | None = None
    building_day: date | None = None
    at: uuid.UUID | None = None
    done: int = 0
    total: int = 0
    codings: str = ""
    """Fingerprint of the concepts the facts were read by; `replay_to` is where a reading anew has caught up."""
    replay_to: int | None = Field(default=None, sa_type=BigInteger)
