"""ILP units: services by cluster, who leads a cluster, who serves when, who cares for a posyandu."""

from datetime import date, time

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from services.facilities.tables.base import Base, spans


class UnitService(Base, table=True):
    """A service of a cluster, and who is competent for it (words of professions; empty: anyone). Dated."""

    __tablename__ = "unit_service"
    __table_args__ = spans("unit_service", "service")

    service: str = Field(primary_key=True)
    valid_from: date = Field(primary_key=True)
    valid_until: date | None = None
    cluster: str
    name: str
    competent: str | None = None
    regulation: str | None = None
    version: int = Field(default=1)


class ClusterLead(Base, table=True):
    """Who answers for a cluster of a puskesmas or pustu (penanggung jawab), by which decree."""

    __tablename__ = "cluster_lead"
    __table_args__ = spans("cluster_lead", "facility", "cluster")

    facility: str = Field(primary_key=True, foreign_key="facility.code")
    cluster: str = Field(primary_key=True)
    valid_from: date = Field(primary_key=True)
    valid_until: date | None = None
    practitioner: str = Field(foreign_key="professional.id", index=True)
    decree: str | None = None
    version: int = Field(default=1)


class Roster(Base, table=True):
    """Somebody serves in a service, on weekdays (digits, 1 = Monday) in a shift; `ends` before `starts` is next day."""

    __table_args__ = (
        *spans("roster", "facility", "service", "practitioner", "shift"),
        CheckConstraint("starts <> ends", name="roster_lasts"),
    )

    facility: str = Field(primary_key=True, foreign_key="facility.code")
    service: str = Field(primary_key=True)
    practitioner: str = Field(primary_key=True, foreign_key="professional.id", index=True)
    shift: str = Field(primary_key=True)
    valid_from: date = Field(primary_key=True)
    valid_until: date | None = None
    weekdays: str
    starts: time
    ends: time
    version: int = Field(default=1)


class PosyanduCrew(Base, table=True):
    """Which pustu (or puskesmas) coordinates a posyandu, by whom, and how many kader it has."""

    __tablename__ = "posyandu_crew"
    __table_args__ = (
        *spans("posyandu_crew", "posyandu"),
        CheckConstraint("kader >= 0", name="posyandu_crew_kader"),
    )

    posyandu: str = Field(primary_key=True, foreign_key="facility.code")
    valid_from: date = Field(primary_key=True)
    valid_until: date | None = None
    facility: str = Field(foreign_key="facility.code", index=True)
    coordinator: str = Field(foreign_key="professional.id")
    kader: int
    version: int = Field(default=1)
