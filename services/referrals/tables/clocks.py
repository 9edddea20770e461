"""The clock rules that the office has loaded."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, Identity, Index, Integer
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.referrals.tables.base import Base, moment


class ClockVersion(Base, table=True):
    """A whole list of clock rules from a day on. Nothing is overwritten: of two for one day the later loaded holds."""

    __tablename__ = "clock_version"
    __table_args__ = (Index("clock_version_day", "valid_from", "number"),)
    number: int = Field(sa_column=Column(Integer, Identity(), primary_key=True))
    valid_from: date
    loaded_at: datetime = Field(sa_column=moment())
    loaded_by: str
    rules: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
