"""Small tables the office loads: dated, every version kept as it was loaded."""

from datetime import date, datetime

from sqlalchemy import Column, DateTime
from sqlalchemy import func as sql
from sqlmodel import Field

from services.indicators.tables.base import Base


class LoadedFile(Base, table=True):
    """One version of a small table of the office: its rows as JSON."""

    __tablename__ = "loaded_file"
    name: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    valid_from: date
    body: str
    loaded_by: str
    loaded_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False, server_default=sql.now()))
