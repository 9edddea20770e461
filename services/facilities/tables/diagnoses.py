"""What diagnoses mean for where to go, and how candidates are ranked. Dated."""

from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlmodel import Field

from services.facilities.tables.base import Base


def _dated(table: str, *key: str) -> tuple[Any, ...]:
    days = text("daterange(valid_from, valid_until, '[]')")
    return (
        CheckConstraint("valid_until >= valid_from", name=f"{table}_ends_after_start"),
        ExcludeConstraint(
            *((column, "=") for column in key), (days, "&&"), name=f"{table}_one_at_a_time", using="gist",
            deferrable=True, initially="IMMEDIATE",
        ),
    )  # fmt: skip


class NonSpecialistDiagnosis(Base, table=True):
    """A diagnosis (ICD-10 category, code or block) that the first level treats itself."""

    __tablename__ = "non_specialist_diagnosis"
    __table_args__ = _dated("non_specialist_diagnosis", "code")
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
    __table_args__ = _dated("diagnosis_service", "code", "urgency", "service")
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
        *_dated("candidate_rule", "rule", "urgency"),
        CheckConstraint("value >= 0", name="candidate_rule_value"),
    )
    rule: str = Field(primary_key=True)
    urgency: str = Field(primary_key=True)
    valid_from: date = Field(primary_key=True)
    valid_until: date | None = None
    value: int
    note: str | None = None
    version: int = Field(default=1)
