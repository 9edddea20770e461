"""The network as followed."""

from sqlmodel import Field

from services.referrals.tables.base import Base


class Facility(Base, table=True):
    """Followed from the facilities service. `organization` is the id of its FHIR Organization."""

    __tablename__ = "facility"
    code: str = Field(primary_key=True)
    version: int
    name: str
    kind: str
    organization: str
    active: bool
