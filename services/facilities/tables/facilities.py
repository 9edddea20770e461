"""Facilities."""

from datetime import date

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field

from services.facilities.tables.base import PARTS, Base


class Facility(Base, table=True):
    """A provider of care, or the office. Codes may change hands within one load, hence checked at its end."""

    __table_args__ = (
        UniqueConstraint("satusehat_id", name="facility_satusehat_id", deferrable=True, initially="IMMEDIATE"),
        UniqueConstraint("bpjs_code", name="facility_bpjs_code", deferrable=True, initially="IMMEDIATE"),
        Index("facility_name", text("searchable(name)"), "code"),
        Index("facility_name_parts", PARTS, postgresql_using="gin", postgresql_ops={"parts": "gin_trgm_ops"}),
    )

    code: str = Field(primary_key=True)
    name: str
    kind: str
    ownership: str
    satusehat_id: str | None = None
    bpjs_code: str | None = None
    registration: str | None = None
    organization_type: str | None = None
    village: str = Field(foreign_key="area.code", index=True)
    latitude: float | None = None
    longitude: float | None = None
    phone: str | None = None
    active: bool = Field(default=True, sa_column_kwargs={"server_default": text("true")})
    valid_from: date | None = None
    version: int = Field(default=1)
