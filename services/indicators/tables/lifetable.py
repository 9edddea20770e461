"""What the life table needs beside the record's deaths: the population, and what BPS publishes."""

from datetime import datetime

from sqlalchemy import Column, DateTime
from sqlmodel import Field

from services.indicators.tables.base import Base, small_key


def _moment() -> Column[datetime]:
    return Column(DateTime(timezone=True), primary_key=True)


class Population(Base, table=True):
    """Mid-year population by sex and age group (its first year of age), of the district or a part; newest counts."""

    __tablename__ = "population"
    place: str = Field(primary_key=True)
    year: int = Field(sa_column=small_key())
    sex: str = Field(primary_key=True)
    age: int = Field(sa_column=small_key())
    loaded_at: datetime = Field(sa_column=_moment())
    value: int
    source: str
    loaded_by: str


class OfficialLifeExpectancy(Base, table=True):
    """Life expectancy as BPS publishes it, entered by the office; the newest entry counts."""

    __tablename__ = "official_life_expectancy"
    place: str = Field(primary_key=True)
    year: int = Field(sa_column=small_key())
    sex: str = Field(primary_key=True)
    loaded_at: datetime = Field(sa_column=_moment())
    value: float
    source: str
    loaded_by: str
