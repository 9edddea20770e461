"""Who practises, where and since when, by which licences; what a puskesmas needs; what is planned."""

from datetime import date

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from services.facilities.tables.base import PARTS, Base, in_order, one_at_a_time, spans


class Professional(Base, table=True):
    """One human who works in care, however many the places."""

    __table_args__ = (
        Index("professional_name", text("searchable(name)"), "id"),
        Index("professional_name_parts", PARTS, postgresql_using="gin", postgresql_ops={"parts": "gin_trgm_ops"}),
    )

    id: str = Field(primary_key=True)
    name: str
    nik: str | None = None
    version: int = Field(default=1)


class Placement(Base, table=True):
    """Somebody works somewhere as something, from a day to a last day; who comes back has another row."""

    __table_args__ = spans("placement", "practitioner", "facility")

    practitioner: str = Field(primary_key=True, foreign_key="professional.id")
    facility: str = Field(primary_key=True, foreign_key="facility.code", index=True)
    valid_from: date = Field(primary_key=True)
    valid_until: date | None = None
    profession: str
    employment: str | None = None
    version: int = Field(default=1)


class Licence(Base, table=True):
    """An STR (of the person, everywhere) or a SIP (for one place). Unknown first day: always; no last day: lifelong."""

    __table_args__ = (
        in_order("licence"),
        CheckConstraint("(kind = 'sip') = (facility IS NOT NULL)", name="licence_sip_names_its_place"),
    )

    practitioner: str = Field(primary_key=True, foreign_key="professional.id")
    kind: str = Field(primary_key=True)
    number: str = Field(primary_key=True)
    facility: str | None = Field(default=None, foreign_key="facility.code", index=True)
    valid_from: date | None = None
    valid_until: date | None = None
    version: int = Field(default=1)


class StaffingNorm(Base, table=True):
    """How many of a profession a kind of puskesmas must have (dated, with its regulation)."""

    __tablename__ = "staffing_norm"
    __table_args__ = (
        in_order("staffing_norm"),
        CheckConstraint("minimum >= 0", name="staffing_norm_minimum"),
        one_at_a_time("staffing_norm", "care", "setting", "profession"),
    )

    care: str = Field(primary_key=True)
    setting: str = Field(primary_key=True)
    profession: str = Field(primary_key=True)
    valid_from: date = Field(primary_key=True)
    valid_until: date | None = None
    minimum: int
    regulation: str
    version: int = Field(default=1)


class PuskesmasSetting(Base, table=True):
    """Where a puskesmas works (urban, rural, remote), as the regent decided. Whether it has beds is the facility's."""

    __tablename__ = "puskesmas_setting"
    __table_args__ = spans("puskesmas_setting", "facility")

    facility: str = Field(primary_key=True, foreign_key="facility.code")
    valid_from: date = Field(primary_key=True)
    valid_until: date | None = None
    setting: str
    version: int = Field(default=1)


class WorkforceRule(Base, table=True):
    """A dated number of law or of the office: how many SIP, how early an alarm, how many minutes a year has."""

    __tablename__ = "workforce_rule"
    __table_args__ = spans("workforce_rule", "rule", "subject")

    rule: str = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    valid_from: date = Field(primary_key=True)
    valid_until: date | None = None
    value: int
    action: str | None = None
    regulation: str
    version: int = Field(default=1)


class Workload(Base, table=True):
    """One task of a profession at a facility: minutes each time, times a year (analisis beban kerja)."""

    __table_args__ = (
        in_order("workload"),
        CheckConstraint("minutes > 0 AND volume >= 0", name="workload_is_a_quantity"),
        one_at_a_time("workload", "facility", "profession", "task"),
    )

    facility: str = Field(primary_key=True, foreign_key="facility.code")
    profession: str = Field(primary_key=True)
    task: str = Field(primary_key=True)
    valid_from: date = Field(primary_key=True)
    valid_until: date | None = None
    minutes: float
    volume: int
    version: int = Field(default=1)


class StaffingPlan(Base, table=True):
    """Posts planned at a facility from a day (formasi, contract); `valid_until` when filled or dropped."""

    __tablename__ = "staffing_plan"
    __table_args__ = (in_order("staffing_plan"), CheckConstraint("posts > 0", name="staffing_plan_posts"))

    facility: str = Field(primary_key=True, foreign_key="facility.code")
    profession: str = Field(primary_key=True)
    valid_from: date = Field(primary_key=True)
    valid_until: date | None = None
    posts: int
    employment: str | None = None
    source: str | None = None
    version: int = Field(default=1)
