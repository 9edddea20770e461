"""What hangs on what."""

from datetime import date

from sqlalchemy import CheckConstraint, text
from sqlmodel import Field

from services.facilities.tables.base import Base, spans


class Link(Base, table=True):
    """A posyandu's or pustu's parent from a day to a last day; never two on one day."""

    __table_args__ = (
        *spans("link", "child"),
        CheckConstraint("child <> parent", name="link_to_another"),
    )

    child: str = Field(primary_key=True, foreign_key="facility.code")
    valid_from: date = Field(primary_key=True)
    valid_until: date | None = None
    parent: str = Field(foreign_key="facility.code", index=True)
    coordinates: bool = Field(default=True, sa_column_kwargs={"server_default": text("true")})
    version: int = Field(default=1)
