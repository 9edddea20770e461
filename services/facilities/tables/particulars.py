"""What hangs on a facility: services, competences, hours, equipment, beds, JKN contracts. Each is dated: by spans that
never overlap, or by the day from which a row holds until the next."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from services.facilities.tables.base import MOMENT, Base, spans


class ServiceType(Base, table=True):
    """A kind of service; the office keeps the list."""

    __tablename__ = "service_type"
    code: str = Field(primary_key=True)
    name: str
    always_open: bool
    version: int = Field(default=1)


class OfferedService(Base, table=True):
    """A service a facility offers from a day to a last day."""

    __tablename__ = "offered_service"
    __table_args__ = spans("offered_service", "facility", "service")
    facility: str = Field(primary_key=True, foreign_key="facility.code")
    service: str = Field(primary_key=True, foreign_key="service_type.code", index=True)
    valid_from: date = Field(primary_key=True)
    valid_until: date | None = None
    version: int = Field(default=1)


class Competence(Base, table=True):
    """How far a facility can treat a group of diagnoses or do a procedure, from a day to a last day."""

    __table_args__ = spans("competence", "facility", "system", "code")
    facility: str = Field(primary_key=True, foreign_key="facility.code")
    system: str = Field(primary_key=True)
    code: str = Field(primary_key=True)
    valid_from: date = Field(primary_key=True)
    valid_until: date | None = None
    level: str
    version: int = Field(default=1)


class OpeningHours(Base, table=True):
    """Hours of a weekday (1 = Monday) from a day until other hours follow; `HH:MM-HH:MM …`, empty: closed."""

    __tablename__ = "opening_hours"
    facility: str = Field(primary_key=True, foreign_key="facility.code")
    weekday: int = Field(primary_key=True)
    valid_from: date = Field(primary_key=True)
    hours: str
    version: int = Field(default=1)


class SpecialDay(Base, table=True):
    """Hours of a date, instead of its weekday's."""

    __tablename__ = "special_day"
    facility: str = Field(primary_key=True, foreign_key="facility.code")
    day: date = Field(primary_key=True)
    hours: str
    reason: str | None = None
    version: int = Field(default=1)


class Equipment(Base, table=True):
    """How many of an item there were and worked when it was checked; holds until the next check."""

    __table_args__ = (CheckConstraint("working BETWEEN 0 AND count", name="equipment_works_at_most_all"),)
    facility: str = Field(primary_key=True, foreign_key="facility.code")
    item: str = Field(primary_key=True)
    checked_on: date = Field(primary_key=True)
    count: int
    working: int
    version: int = Field(default=1)


class Bed(Base, table=True):
    """Beds of a ward and class from a day until another number follows."""

    facility: str = Field(primary_key=True, foreign_key="facility.code")
    unit: str = Field(primary_key=True)
    care_class: str = Field(primary_key=True)
    valid_from: date = Field(primary_key=True)
    total: int
    version: int = Field(default=1)


class FreeBed(Base, table=True):
    """Free beds of a ward and class as last told."""

    __tablename__ = "free_bed"
    facility: str = Field(primary_key=True, foreign_key="facility.code")
    unit: str = Field(primary_key=True)
    care_class: str = Field(primary_key=True)
    free: int
    reported_at: datetime = Field(sa_type=MOMENT)
    version: int = Field(default=1)


class FreeSlot(Base, table=True):
    """Free places of a service as last told: how many more can come now."""

    __tablename__ = "free_slot"
    __table_args__ = (CheckConstraint("free >= 0", name="free_slot_free"),)
    facility: str = Field(primary_key=True, foreign_key="facility.code")
    service: str = Field(primary_key=True, foreign_key="service_type.code")
    free: int
    reported_at: datetime = Field(sa_type=MOMENT)
    version: int = Field(default=1)


class JknContract(Base, table=True):
    """A contract with JKN from a day to a last day."""

    __tablename__ = "jkn_contract"
    __table_args__ = spans("jkn_contract", "facility")
    facility: str = Field(primary_key=True, foreign_key="facility.code")
    valid_from: date = Field(primary_key=True)
    valid_until: date | None = None
    ppk_code: str | None = None
    kind: str
    capitation: bool
    number: str | None = None
    version: int = Field(default=1)
