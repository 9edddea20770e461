"""Official targets."""

from datetime import date, datetime

from sqlalchemy import Column, DateTime, text
from sqlalchemy import func as sql
from sqlmodel import Field

from services.indicators.tables.base import Base, small_key


class OfficialTarget(Base, table=True):
    """Sasaran resmi: set by the office per service, year and village or puskesmas. A version never changes; of those
    in force on a day (`valid_from`; null: all the year) the one loaded last counts.
    """

    __tablename__ = "official_target"
    service: str = Field(primary_key=True)
    year: int = Field(sa_column=small_key())
    place: str = Field(primary_key=True)
    version: str = Field(primary_key=True)
    value: int
    source: str
    loaded_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False, server_default=sql.now()))
    valid_from: date | None = None
    loaded_by: str | None = None
    confirmed: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
