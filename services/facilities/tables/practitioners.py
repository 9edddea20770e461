"""Health workers as the release before kept them."""

from datetime import date

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from services.facilities.tables.base import PARTS, Base


class Practitioner(Base, table=True):
    """A health worker at one facility. Nothing reads it any more: `professional`, `placement` and `licence` took its
    rows over; it stands until the next release, for the programs that still run while an update goes round."""

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
