"""What the law asks of a territory."""

from datetime import date

from sqlalchemy import text
from sqlmodel import Field

from services.facilities.tables.base import Base


class TerritoryRule(Base, table=True):
    """The rule from a day until the next begins."""

    __tablename__ = "territory_rule"

    valid_from: date = Field(primary_key=True)
    regulation: str
    puskesmas_per_kecamatan: int
    several_allowed: bool = Field(default=True, sa_column_kwargs={"server_default": text("true")})
    pustu_per_desa: int
    posyandu_per_desa: int
    version: int = Field(default=1)
