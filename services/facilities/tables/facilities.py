"""Facilities: as they are, and as they were and will be."""

from datetime import date

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlmodel import Field, SQLModel

from services.facilities.tables.base import PARTS, Base


class _State(SQLModel):
    """What a facility is on a day."""

    name: str
    kind: str
    ownership: str
    satusehat_id: str | None = None
    bpjs_code: str | None = None
    registration: str | None = None
    licence: str | None = None
    licence_from: date | None = None
    licence_until: date | None = None
    nib: str | None = None
    organization_type: str | None = None
    inpatient: bool | None = None
    hospital_class: str | None = None
    village: str = Field(foreign_key="area.code", index=True)
    address: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    phone: str | None = None
    email: str | None = None
    status: str = Field(default="active", sa_column_kwargs={"server_default": "active"})
    active: bool = Field(default=True, sa_column_kwargs={"server_default": text("true")})


STATE = tuple(_State.model_fields)
"""The columns that are dated."""


class Facility(Base, _State, table=True):
    """A provider of care, or the office, as it is today. Codes may change hands within one load, hence checked at its
    end. `valid_from` and `valid_until` are the days of the version that holds."""

    __table_args__ = (
        UniqueConstraint("satusehat_id", name="facility_satusehat_id", deferrable=True, initially="IMMEDIATE"),
        UniqueConstraint("bpjs_code", name="facility_bpjs_code", deferrable=True, initially="IMMEDIATE"),
        Index("facility_name", text("searchable(name)"), "code"),
        Index("facility_name_parts", PARTS, postgresql_using="gin", postgresql_ops={"parts": "gin_trgm_ops"}),
    )

    code: str = Field(primary_key=True)
    valid_from: date | None = None
    valid_until: date | None = None
    version: int = Field(default=1)


_DAYS = text("daterange(valid_from, valid_until, '[]')")


def _one_at_a_time(column: str) -> ExcludeConstraint:
    return ExcludeConstraint(
        (column, "="), (_DAYS, "&&"), name=f"facility_version_{column}", using="gist", deferrable=True,
        initially="IMMEDIATE",
    )  # fmt: skip


class FacilityVersion(Base, _State, table=True):
    """What a facility is from a day to a last day (none: until further notice). One version a day, and a code belongs
    to one facility on any day."""

    __tablename__ = "facility_version"
    __table_args__ = (
        CheckConstraint("valid_until >= valid_from", name="facility_version_ends_after_start"),
        _one_at_a_time("code"),
        _one_at_a_time("satusehat_id"),
        _one_at_a_time("bpjs_code"),
        Index("facility_version_from", "valid_from"),
    )

    code: str = Field(primary_key=True, foreign_key="facility.code", ondelete="CASCADE")
    valid_from: date = Field(primary_key=True)
    valid_until: date | None = None
    version: int = Field(default=1)
