"""What a service has of what it needs: goods and personnel, for the index."""

import uuid
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Column, DateTime, Index, Numeric, Uuid
from sqlmodel import Field

from services.indicators.tables.base import Base, small


class Availability(Base, table=True):
    """Goods and personnel of a service, year and puskesmas (`place` empty: the district). Rows are only added; of those
    in force on a day (`valid_from`; null: all the year) the one loaded last counts.
    """

    __tablename__ = "availability"
    __table_args__ = (Index("availability_service", "service", "year", "place", "kind", "item"),)
    id: uuid.UUID = Field(sa_column=Column(Uuid, primary_key=True))
    service: str
    year: int = Field(sa_column=small())
    place: str
    kind: str
    item: str
    needed: Decimal = Field(sa_column=Column(Numeric, nullable=False))
    available: Decimal = Field(sa_column=Column(Numeric, nullable=False))
    source: str
    valid_from: date | None = None
    loaded_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    loaded_by: str
