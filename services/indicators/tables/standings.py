"""How units stand, the tallies of it, and the state of the computation."""

import uuid
from datetime import date, datetime

from sqlalchemy import ARRAY, BigInteger, Column, Index, Text
from sqlmodel import Field

from services.indicators.tables.base import Base, dates, moment, person_key, small, small_key, texts


class Standing(Base, table=True):
    """How one eligible unit stands in one standard and year. `month` of served_on: 0 carried in, -1 not served.

    `due_from` and `due_until` run parallel to `missing`; null: no such bound.
    """

    __tablename__ = "standing"
    __table_args__ = (Index("standing_village", "generation", "standard", "year", "village", "unit_id", "month"),)
    generation: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    standard: str = Field(primary_key=True)
    year: int = Field(sa_column=small_key())
    person_id: uuid.UUID = Field(sa_column=person_key())
    unit_id: str = Field(primary_key=True)
    village: str
    sex: str
    age_band: int = Field(sa_column=small())
    payer: str
    served_on: date | None = None
    month: int = Field(sa_column=small())
    missing: list[str] = Field(sa_column=texts())
    due_from: list[date | None] = Field(sa_column=dates())
    due_until: list[date | None] = Field(sa_column=dates())
    facilities: list[str] = Field(sa_column=texts())


class TallyResidence(Base, table=True):
    """Units by where they live and who they are; changed by the difference, with the standings."""

    __tablename__ = "tally_residence"
    generation: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    standard: str = Field(primary_key=True)
    year: int = Field(sa_column=small_key())
    village: str = Field(primary_key=True)
    sex: str = Field(primary_key=True)
    age_band: int = Field(sa_column=small_key())
    payer: str = Field(primary_key=True)
    month: int = Field(sa_column=small_key())
    units: int


class TallyMissing(Base, table=True):
    """Units by what they are missing."""

    __tablename__ = "tally_missing"
    generation: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    standard: str = Field(primary_key=True)
    year: int = Field(sa_column=small_key())
    village: str = Field(primary_key=True)
    sex: str = Field(primary_key=True)
    age_band: int = Field(sa_column=small_key())
    payer: str = Field(primary_key=True)
    item: str = Field(primary_key=True)
    units: int


class TallyContribution(Base, table=True):
    """Units by the set of facilities that met at least one of their items: a set, so that a unit stays one."""

    __tablename__ = "tally_contribution"
    generation: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    standard: str = Field(primary_key=True)
    year: int = Field(sa_column=small_key())
    facilities: list[str] = Field(sa_column=Column(ARRAY(Text), primary_key=True))
    village: str = Field(primary_key=True)
    month: int = Field(sa_column=small_key())
    units: int


class TallyMonths(Base, table=True):
    """The same units once more summed up, by what `queries.tallies` calls a cut: the whole district in few rows.

    `unserved`, then those served by month of served_on (m0: carried in).
    """

    __tablename__ = "tally_months"
    generation: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    standard: str = Field(primary_key=True)
    year: int = Field(sa_column=small_key())
    cut: int = Field(sa_column=small_key())
    village: str = Field(primary_key=True)
    sex: str = Field(primary_key=True)
    age_band: int = Field(sa_column=small_key())
    payer: str = Field(primary_key=True)
    unserved: int
    m0: int
    m1: int
    m2: int
    m3: int
    m4: int
    m5: int
    m6: int
    m7: int
    m8: int
    m9: int
    m10: int
    m11: int
    m12: int


class TallyLacking(Base, table=True):
    """The units by what they are missing, summed up by the same cuts."""

    __tablename__ = "tally_lacking"
    generation: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    standard: str = Field(primary_key=True)
    year: int = Field(sa_column=small_key())
    cut: int = Field(sa_column=small_key())
    village: str = Field(primary_key=True)
    sex: str = Field(primary_key=True)
    age_band: int = Field(sa_column=small_key())
    payer: str = Field(primary_key=True)
    item: str = Field(primary_key=True)
    units: int


class TallyPayer(Base, table=True):
    """Units, and of these served, by who pays and the set of facilities that met an item (none: an empty set)."""

    __tablename__ = "tally_payer"
    generation: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    standard: str = Field(primary_key=True)
    year: int = Field(sa_column=small_key())
    facilities: list[str] = Field(sa_column=Column(ARRAY(Text), primary_key=True))
    village: str = Field(primary_key=True)
    payer: str = Field(primary_key=True)
    units: int
    served: int


class Recheck(Base, table=True):
    """Days on which time alone changes a person's standing: an age, the end of a month, a fact dated ahead."""

    __tablename__ = "recheck"
    on_date: date = Field(primary_key=True)
    person_id: uuid.UUID = Field(sa_column=person_key())


class MonthEnd(Base, table=True):
    """A closed month-end of a standard; its tallies lie under a generation named after the day.

    It stands when no mark came since it was counted (`counted` = `marks`) by the same `rules`.
    """

    __tablename__ = "month_end"
    standard: str = Field(primary_key=True)
    day: date = Field(primary_key=True)
    rules: str
    marks: int
    marked_at: datetime | None = Field(default=None, sa_column=moment())
    counting: bool
    counted: int | None = None
    counted_at: datetime | None = Field(default=None, sa_column=moment())


class RecheckAhead(Base, table=True):
    """Rechecks that a rebuild under way has found, by standard ('': of everybody); they count from its end on."""

    __tablename__ = "recheck_ahead"
    standard: str = Field(primary_key=True)
    on_date: date = Field(primary_key=True)
    person_id: uuid.UUID = Field(sa_column=person_key())


class Touched(Base, table=True):
    """Persons whose facts changed while a rebuild was under way: recomputed before it is shown."""

    __tablename__ = "touched"
    person_id: uuid.UUID = Field(sa_column=person_key())


class State(Base, table=True):
    """One row. Its lock is held by whoever changes standings, so that one at a time does.

    `generation` is what is shown; `building` is the one a rebuild fills beside it. `at` is set when that has begun:
    from then on touched persons are noted. `done` of `total` persons: so far were it done person by person.
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
    edition: int = Field(sa_column=Column(BigInteger, nullable=False, server_default="0"))
    building_edition: int = Field(sa_column=Column(BigInteger, nullable=False, server_default="0"))
