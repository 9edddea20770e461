"""Areas by Kemendagri code, and how codes and names changed."""

from datetime import date
from enum import StrEnum

from pydantic import BaseModel, Field

from services.kernel.ids import AreaCode

AREA = "area"
"""Event type."""
AREA_CHANGE = "area_change"
"""Event type; the subject is `old/new/from_day`."""


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


class ChangeKind(StrEnum):
    """Why an area has another code, name or extent. Closed list (UU 23/2014; Permendagri 58/2021 and later)."""

    SPLIT = "pemekaran"
    MERGE = "penggabungan"
    STATUS = "perubahan-status"
    RECODE = "penggantian-kode"
    RENAME = "penggantian-nama"


class Area(BaseModel):
    """Wilayah administrasi menurut kode Kemendagri (administrative area)."""

    code: AreaCode = Field(examples=["1410011001"])
    name: str = Field(description="Nama wilayah (name)", examples=["Selatpanjang Kota"])
    level: Level = Field(description="Tingkat (level)", examples=["kelurahan"])
    parent: AreaCode | None = Field(None, description="Kode wilayah di atasnya (parent)", examples=["141001"])
    valid_from: date | None = Field(None, description="Hari pertama kode ini; kosong = sejak semula (first day)")
    valid_until: date | None = Field(None, description="Hari terakhir kode ini; kosong = masih berlaku (last day)")
    regulation: str | None = Field(
        None, description="Dasar hukum kode ini (regulation)", examples=["Kepmendagri 300.2.2-2138/2025"]
    )
    version: int = Field(1, description="Naik satu pada tiap perubahan (version)")


class AreaChange(BaseModel):
    """Satu perubahan wilayah: kode lama, kode baru, sejak hari apa, menurut apa (an old code and its successor)."""

    old: AreaCode = Field(examples=["1410012016"])
    new: AreaCode = Field(description="Penerus; sama dengan `old` bila induk tetap atau hanya berganti nama")
    from_day: date = Field(description="Hari pertama keadaan baru (first day)", examples=["2026-11-01"])
    kind: ChangeKind = Field(examples=["penggantian-kode"])
    regulation: str = Field(examples=["Perda Kab. Kepulauan Meranti 3/2026"])
    heir: bool = Field(description="Kode lama yang masih tertulis dibaca sebagai ini (what the old code is read as)")
    old_name: str | None = Field(None, description="Nama sebelum perubahan (name before)")


class AreaDetail(Area):
    """Satu wilayah pada satu hari (an area on a day)."""

    on: date = Field(description="Hari yang ditanyakan (the day asked)")
    in_force: bool = Field(description="Berlaku pada hari itu (in force that day)")
    ancestors: list[Area] = Field(description="Wilayah di atasnya, terdekat dahulu (above it, nearest first)")
    current: list[Area] = Field(
        description="Kode yang berlaku hari itu di tempat ini: ia sendiri, penerus, atau pendahulunya (in force here)"
    )
    predecessors: list[AreaChange] = Field(description="Berasal dari (came from)")
    successors: list[AreaChange] = Field(description="Menjadi (became)")


class NewArea(BaseModel):
    """Wilayah sesudah perubahan (an area after the change)."""

    code: AreaCode = Field(examples=["1410012099"])
    name: str = Field(min_length=1, max_length=200, examples=["Alah Air Baru"])
    level: Level = Field(examples=["desa"])
    parent: AreaCode | None = Field(None, examples=["141001"])


class Change(BaseModel):
    """Wilayah lama dan yang menggantikannya (what was, what is now). Kode lama yang ada juga di `new` tetap berlaku."""

    kind: ChangeKind = Field(examples=["pemekaran"])
    old: list[AreaCode] = Field(min_length=1, max_length=100, examples=[["1410012006"]])
    new: list[NewArea] = Field(
        max_length=100, description="Yang pertama menjadi ahli waris kode lama yang berakhir (the first is the heir)"
    )
    facilities: dict[str, AreaCode] = Field(
        {}, description="Faskes yang letaknya jatuh di kode baru: kode faskes → kode wilayah (where facilities lie now)"
    )


class AreaChanges(BaseModel):
    """Perubahan wilayah menurut satu peraturan, semua atau tidak sama sekali (changes by one regulation)."""

    from_day: date = Field(description="Hari pertama keadaan baru (first day)", examples=["2026-11-01"])
    regulation: str = Field(min_length=3, max_length=200, examples=["Perda Kab. Kepulauan Meranti 3/2026"])
    changes: list[Change] = Field(min_length=1, max_length=500)
