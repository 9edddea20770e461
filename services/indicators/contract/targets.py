"""Official targets (sasaran resmi): rows to load, what a load did, which version counts, and all there ever were."""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from services.indicators.contract.words import Words

TOTAL = "total"
"""Instead of a village or puskesmas: the row is a sum, checked and not stored."""


def _place(said: Any) -> Any:
    """A code without its dots; the words people write under a column of numbers mean the total."""
    if not isinstance(said, str):
        return said
    tidy = said.strip()
    if tidy.lower() in (TOTAL, "jumlah"):
        return TOTAL
    return tidy.replace(".", "") if tidy.replace(".", "").isdigit() else tidy


def _service(said: Any) -> Any:
    """SPM-1 and spm-01 are one."""
    name, _, number = said.strip().lower().partition("-") if isinstance(said, str) else ("", "", "")
    return f"{name}-{number:0>2}" if name == "spm" else f"{name}-{number}" if name else said


ServiceName = Annotated[
    str,
    BeforeValidator(_service),
    Field(
        description="Layanan: SPM-01 … PIP-2 (service)", pattern=r"^(spm|pip)-\d{1,2}(-\d{4})?$", examples=["SPM-01"]
    ),
]
TargetYear = Annotated[int, Field(ge=2000, le=2100, examples=[2026])]


class TargetRow(BaseModel):
    """Satu sasaran resmi untuk desa atau puskesmas (one official target, for a village or a puskesmas)."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"service": "SPM-01", "year": 2026, "village": "1410011001", "value": 15, "source": "Proyeksi Dinkes"}
            ]
        },
    )

    service: ServiceName
    year: TargetYear
    village: Annotated[
        str | None,
        BeforeValidator(_place),
        Field(pattern=r"^(\d{10}|total)$", description="Kode desa 10 angka, atau `total` (village)"),
    ] = None
    puskesmas: Annotated[
        str | None,
        BeforeValidator(_place),
        Field(max_length=32, description="Kode puskesmas, bila sasarannya per puskesmas, atau `total` (puskesmas)"),
    ] = None
    value: Annotated[int, Field(ge=0, le=100_000_000, examples=[15])]
    source: Annotated[
        str, Field(min_length=1, max_length=200, description="Asal angka (source)", examples=["Proyeksi Dinkes"])
    ]
    version: Annotated[str | None, Field(max_length=64, description="Versi; kosong = hari ini (version)")] = None
    valid_from: Annotated[
        date | None,
        Field(description="Berlaku mulai; kosong = untuk seluruh tahun itu (counts from; empty: all the year)"),
    ] = None

    @property
    def place(self) -> str:
        """The village or puskesmas it is for; "" when neither or both are named."""
        return (self.village or self.puskesmas or "") if not (self.village and self.puskesmas) else ""


class Targets(BaseModel):
    """Sasaran resmi yang dimuat (official targets to load)."""

    model_config = ConfigDict(extra="forbid")

    items: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=50_000)]


class RefusedRow(BaseModel):
    """Baris yang ditolak (a refused row)."""

    line: int = Field(description="Nomor baris; dalam CSV dan XLSX tajuk = 1 (line)", examples=[7])
    column: str | None = Field(None, examples=["value"])
    reason: Words


class SuddenChange(BaseModel):
    """Perubahan mendadak terhadap versi terakhir (a sudden change against the last version)."""

    line: int | None = Field(description="Nomor baris; kosong bila jumlahnya (line; null: the sum)", examples=[2])
    service: str = Field(examples=["spm-01"])
    year: int = Field(examples=[2026])
    place: str = Field(description="Desa, puskesmas, atau total (place)", examples=["1410011001"])
    before: int = Field(examples=[15])
    after: int = Field(examples=[150])
    percent: float | None = Field(examples=[900.0])
    against: str = Field(description="Versi yang dibandingkan (the version compared with)", examples=["2026-01-05"])


class TargetsLoaded(BaseModel):
    """Hasil pemuatan sasaran (what a load of targets did)."""

    loaded: int = Field(examples=[101])
    unchanged: int = Field(0, description="Sudah tercatat persis begitu (stood so already)")
    refused: list[RefusedRow] = []
    warned: list[RefusedRow] = Field([], description="Dimuat, dengan catatan (loaded, with a remark)")
    changes: list[SuddenChange] = Field(
        [], description="Perubahan mendadak, yang ditanyakan atau yang dipastikan (sudden changes, asked or confirmed)"
    )


class TargetShown(BaseModel):
    """Satu sasaran resmi yang berlaku (an official target that counts)."""

    service: str = Field(examples=["spm-01"])
    year: int = Field(examples=[2026])
    place: str = Field(examples=["1410011001"])
    name: str | None = Field(None, examples=["Selatpanjang Kota"])
    level: str = Field(description="village atau puskesmas", examples=["village"])
    value: int = Field(examples=[15])
    source: str
    version: str = Field(examples=["2026-01-05"])
    valid_from: date | None = None
    loaded_at: datetime
    loaded_by: str | None = None


class TargetTotal(BaseModel):
    """Jumlah kabupaten satu layanan (a service's sum for the district)."""

    service: str = Field(examples=["spm-01"])
    value: int = Field(examples=[812])
    source: str | None = Field(description="Kosong bila asalnya berbeda-beda (null: several)")
    version: str | None = Field(description="Kosong bila versinya berbeda-beda (null: several)")


class TargetsShown(BaseModel):
    """Sasaran yang berlaku pada satu tanggal (the targets that count on a day)."""

    year: int
    on: date
    totals: list[TargetTotal]
    items: list[TargetShown]


class TargetVersion(BaseModel):
    """Satu versi sasaran satu layanan dan tahun (one version of a service's targets for a year)."""

    service: str = Field(examples=["spm-01"])
    year: int = Field(examples=[2026])
    version: str = Field(examples=["2026-01-05"])
    source: str | None = Field(description="Kosong bila asalnya berbeda-beda (null: several)")
    valid_from: date | None = Field(description="Berlaku mulai; kosong = seluruh tahun (counts from; null: all year)")
    loaded_at: datetime
    loaded_by: str | None
    confirmed: bool = Field(description="Perubahan mendadaknya dipastikan pemuat (its sudden changes were confirmed)")
    places: int = Field(description="Banyaknya desa atau puskesmas (places)", examples=[101])
    counting: int = Field(description="Di antaranya yang berlaku pada tanggal itu (of these, counting)", examples=[101])
    sum: int = Field(description="Jumlah nilainya (sum of its values)", examples=[812])
