"""Areas, and how their codes and names changed."""

from datetime import date

from sqlalchemy import CheckConstraint, text
from sqlmodel import Field

from services.facilities.tables.base import Base


class Area(Base, table=True):
    """Province, kabupaten/kota, kecamatan, desa/kelurahan by Kemendagri code, and the days the code stands for it."""

    __table_args__ = (CheckConstraint("valid_until >= valid_from", name="area_ends_after_start"),)

    code: str = Field(primary_key=True)
    name: str
    level: str
    parent: str | None = Field(default=None, foreign_key="area.code", index=True)
    valid_from: date | None = None
    valid_until: date | None = None
    regulation: str | None = None
    version: int = Field(default=1)


class AreaChange(Base, table=True):
    """What an area became on a day. `heir`: what the old code is read as; `old_name`: when the code stayed."""

    __tablename__ = "area_change"

    old: str = Field(primary_key=True, foreign_key="area.code")
    new: str = Field(primary_key=True, foreign_key="area.code", index=True)
    from_day: date = Field(primary_key=True)
    kind: str
    regulation: str
    heir: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    old_name: str | None = None
    version: int = Field(default=1)
