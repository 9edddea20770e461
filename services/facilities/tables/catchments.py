"""Who answers for a village."""

from datetime import date

from sqlalchemy import CheckConstraint, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlmodel import Field

from services.facilities.tables.base import Base


class Catchment(Base, table=True):
    """Which puskesmas answers for a village from a day to a last day; never two on one day."""

    __table_args__ = (
        CheckConstraint("valid_until >= valid_from", name="catchment_ends_after_start"),
        ExcludeConstraint(
            ("village", "="),
            (text("daterange(valid_from, valid_until, '[]')"), "&&"),
            name="catchment_one_at_a_time",
            using="gist",
            deferrable=True,
            initially="IMMEDIATE",
        ),
    )

    village: str = Field(primary_key=True, foreign_key="area.code")
    valid_from: date = Field(primary_key=True)
    valid_until: date | None = None
    facility: str = Field(foreign_key="facility.code", index=True)
    gap_reason: str | None = None
    version: int = Field(default=1)
