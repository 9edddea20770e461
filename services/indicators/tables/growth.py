"""Growth references, filled at the start from their data files."""

from sqlalchemy import Float
from sqlmodel import Field

from services.indicators.tables.base import Base


class GrowthPoint(Base, table=True):
    """One point of a growth curve. Small; the same on every node."""

    __tablename__ = "growth_point"
    reference: str = Field(primary_key=True)
    curve: str = Field(primary_key=True)
    sex: str = Field(primary_key=True)
    at: int = Field(primary_key=True)
    l: float = Field(sa_type=Float)  # noqa: E741 - WHO's own letters
    m: float = Field(sa_type=Float)
    s: float = Field(sa_type=Float)


class GrowthReference(Base, table=True):
    """Which file's points are kept."""

    __tablename__ = "growth_reference"
    reference: str = Field(primary_key=True)
    fingerprint: str
