"""What diagnoses mean for where to go, and how candidates are ranked. Dated."""

from datetime import date

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from services.facilities.tables.base import Base, spans


class NonSpecialistDiagnosis(Base, table=True):
    """A diagnosis (ICD-10 category, code or block) that the first level treats itself."""

    __tablename__ = "non_specialist_diagnosis"
    __table_args__ = spans("non_specialist_diagnosis", "code")
    code: str = Field(primary_key=True)
    valid_from: date = Field(primary_key=True)
    valid_until: date | None = None
    name: str
    source: str
    verified: bool
    version: int = Field(default=1)


class DiagnosisService(Base, table=True):
    """A service that a diagnosis needs, for an urgency or for any."""

    __tablename__ = "diagnosis_service"
    __table_args__ = spans("diagnosis_service", "code", "urgency", "service")
    code: str = Field(primary_key=True)
    urgency: str = Field(primary_key=True)
    service: str = Field(primary_key=True, foreign_key="service_type.code")
    valid_from: date = Field(primary_key=True)
    valid_until: date | None = None
    source: str | None = None
    verified: bool
    version: int = Field(default=1)


class CandidateRule(Base, table=True):
    """A number candidates are ranked by, for an urgency or for any."""

    __tablename__ = "candidate_rule"
    __table_args__ = (
        *spans("candidate_rule", "rule", "urgency"),
        CheckConstraint("value >= 0", name="candidate_rule_value"),
    )
    rule: str = Field(primary_key=True)
    urgency: str = Field(primary_key=True)
    valid_from: date = Field(primary_key=True)
    valid_until: date | None = None
    value: int
    note: str | None = None
    version: int = Field(default=1)
