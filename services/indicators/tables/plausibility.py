"""How far senders' clocks lie from ours."""

from datetime import date

from sqlmodel import Field

from services.indicators.tables.base import Base, small_key


class ClockLag(Base, table=True):
    """Timed records of a sender by day of receipt and whole hours between the time they state and their receipt."""

    __tablename__ = "clock_lag"
    sender: str = Field(primary_key=True)
    day: date = Field(primary_key=True)
    hours: int = Field(sa_column=small_key())
    records: int
