"""Areas by Kemendagri code."""

from enum import StrEnum

from pydantic import BaseModel, Field

from services.kernel.ids import AreaCode

AREA = "area"
"""Event type."""


class Level(StrEnum):
    """An area's level; the length of its code follows from it."""

    PROVINSI = "provinsi"
    KABUPATEN = "kabupaten"
    KOTA = "kota"
    KECAMATAN = "kecamatan"
    DESA = "desa"
    KELURAHAN = "kelurahan"


CODE_LENGTH = {
    Level.PROVINSI: 2, Level.KABUPATEN: 4, Level.KOTA: 4, Level.KECAMATAN: 6, Level.DESA: 10, Level.KELURAHAN: 10,
}  # fmt: skip


class Area(BaseModel):
    """Wilayah administrasi menurut kode Kemendagri (administrative area)."""

    code: AreaCode = Field(examples=["1410011001"])
    name: str = Field(description="Nama wilayah (name)", examples=["Selatpanjang Kota"])
    level: Level = Field(description="Tingkat (level)", examples=["kelurahan"])
    parent: AreaCode | None = Field(None, description="Kode wilayah di atasnya (parent)", examples=["141001"])
    version: int = Field(1, description="Naik satu pada tiap perubahan (version)")
