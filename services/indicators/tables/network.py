"""The network, followed from facilities."""

from datetime import date

from sqlalchemy import Index
from sqlmodel import Field

from services.indicators.tables.base import Base


class Area(Base, table=True):
    """Followed from facilities: the district's registry of areas."""

    __tablename__ = "area"
    code: str = Field(primary_key=True)
    name: str
    level: str
    parent: str | None = None


class Facility(Base, table=True):
    """Followed from facilities."""

    __tablename__ = "facility"
    code: str = Field(primary_key=True)
    name: str
    kind: str
    ownership: str
    organization_type: str | None = None
    village: str | None = None
    active: bool = True


class Catchment(Base, table=True):
    """Followed from facilities: which puskesmas answers for a village, and when. Keyed by the event's subject."""

    __tablename__ = "catchment"
    __table_args__ = (Index("catchment_village", "village"),)
    id: str = Field(primary_key=True)
    village: str
    facility: str
    valid_from: date
    valid_until: date | None = None
