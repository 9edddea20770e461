"""What the record keeps of the network it follows."""

from datetime import date
from typing import Any

from sqlalchemy import Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.records.tables.base import Base


class Facility(Base, table=True):
    """Followed from the facilities service."""

    __tablename__ = "facility"
    code: str = Field(primary_key=True)
    organization: str = Field(index=True)
    name: str
    kind: str
    ownership: str
    active: bool = True


class Catchment(Base, table=True):
    """Followed from the facilities service: which puskesmas answers for a village, and when (last day included)."""

    __tablename__ = "catchment"
    village: str = Field(primary_key=True)
    valid_from: date = Field(primary_key=True)
    facility: str
    valid_until: date | None = None


class Agreement(Base, table=True):
    """Followed from the facilities service: what a party of an agreement may see of the shared record, from a day to a
    last day (empty: open). `sees` is the word of the data clause; only "record" opens what others wrote."""

    __tablename__ = "agreement"
    id: str = Field(primary_key=True)
    facility: str = Field(primary_key=True, index=True)
    sees: str
    valid_from: date
    valid_until: date | None = None


class NetworkRow(Base, table=True):
    """The network's rows as its feed told them last, from which the directory is made: `of` is the type of event,
    `key` its subject, `facility` whom it belongs to."""

    __tablename__ = "network_row"
    __table_args__ = (Index("network_row_facility", "facility", "of"),)
    of: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    version: int
    facility: str | None = None
    data: dict[str, Any] = Field(sa_type=JSONB)


class PractitionerDue(Base, table=True):
    """Practitioners whose name and numbers the registry is to be asked for; `turn` counts changes meanwhile."""

    __tablename__ = "practitioner_due"
    id: str = Field(primary_key=True)
    turn: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
