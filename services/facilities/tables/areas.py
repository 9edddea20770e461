"""Areas."""

from sqlmodel import Field

from services.facilities.tables.base import Base


class Area(Base, table=True):
    """Province, kabupaten/kota, kecamatan, desa/kelurahan by Kemendagri code."""

    code: str = Field(primary_key=True)
    name: str
    level: str
    parent: str | None = Field(default=None, foreign_key="area.code", index=True)
    version: int = Field(default=1)
