"""Health workers and where they work."""

from datetime import date

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from services.facilities.tables.base import PARTS, Base


class Practitioner(Base, table=True):
    """A health worker at one facility; who works at three has three rows."""

    __table_args__ = (
        CheckConstraint("valid_until >= valid_from", name="practitioner_ends_after_start"),
        Index("practitioner_name", text("searchable(name)"), "id", "facility"),
        Index("practitioner_name_parts", PARTS, postgresql_using="gin", postgresql_ops={"parts": "gin_trgm_ops"}),
    )

    id: str = Field(primary_key=True)
    facility: str = Field(primary_key=True, foreign_key="facility.code", index=True)
    name: str
    nik: str | None = None
    profession: str
    str_number: str | None = None
    sip_number: str | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    version: int = Field(default=1)
