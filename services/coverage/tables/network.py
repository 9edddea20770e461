"""Followed from the facilities service."""

from datetime import date

from sqlmodel import Field

from services.coverage.tables.base import Base


class Facility(Base, table=True):
    """Followed from the facilities service: our code, and the code BPJS knows the same facility by."""

    __tablename__ = "facility"
    code: str = Field(primary_key=True)
    version: int
    name: str
    bpjs_code: str | None = Field(default=None, index=True)
    """In capitals, so that both spellings meet."""
    active: bool = True
    kind: str | None = None


class FacilityLink(Base, table=True):
    """Followed from the facilities service: on whom a posyandu or pustu hangs, and when."""

    __tablename__ = "facility_link"
    name: str = Field(primary_key=True)
    child: str = Field(index=True)
    parent: str
    valid_from: date
    valid_until: date | None = None
