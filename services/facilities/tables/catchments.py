"""Who answers for a village."""

from datetime import date

from sqlmodel import Field

from services.facilities.tables.base import Base, spans


class Catchment(Base, table=True):
    """Which puskesmas answers for a village from a day to a last day; never two on one day."""

    __table_args__ = spans("catchment", "village")

    village: str = Field(primary_key=True, foreign_key="area.code")
    valid_from: date = Field(primary_key=True)
    valid_until: date | None = None
    facility: str = Field(foreign_key="facility.code", index=True)
    gap_reason: str | None = None
    version: int = Field(default=1)
