"""What the record keeps of the network it follows."""

from datetime import date

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


class PractitionerDue(Base, table=True):
    """Practitioners whose name and numbers the registry is to be asked for; `turn` counts changes meanwhile."""

    __tablename__ = "practitioner_due"
    id: str = Field(primary_key=True)
    turn: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
