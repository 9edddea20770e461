"""The SPM index (Permendagri 59/2021): what was reached, what was there, and the category."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from services.indicators.contract.targets import RefusedRow, ServiceName, TargetYear
from services.indicators.contract.words import Words

KINDS = {"barang": "goods", "sdm": "personnel", "tenaga": "personnel"}


def _kind(said: Any) -> Any:
    return KINDS.get(said.strip().lower(), said.strip().lower()) if isinstance(said, str) else said


def _decimal(said: Any) -> Any:
    """Indonesian spreadsheets write 0,5; what could be thousands or a fraction is refused as no number."""
    return said.strip().replace(",", ".") if isinstance(said, str) else said


Kind = Annotated[Literal["goods", "personnel"], BeforeValidator(_kind)]
Amount = Annotated[Decimal, BeforeValidator(_decimal)]


class AvailabilityRow(BaseModel):
    """Satu barang atau jenis tenaga: yang dibutuhkan dan yang tersedia (one item of goods or personnel)."""

    model_config = ConfigDict(extra="forbid")

    service: ServiceName
    year: TargetYear
    puskesmas: Annotated[
        str | None, Field(max_length=32, description="Kode puskesmas; kosong = kabupaten (empty: the district)")
    ] = None
    kind: Kind = Field(description="goods (barang) atau personnel (sdm)", examples=["goods"])
    item: Annotated[str, Field(min_length=1, max_length=120, examples=["Tablet tambah darah"])]
    needed: Annotated[Amount, Field(gt=0, le=10**12, description="Dibutuhkan (needed)", examples=[1350])]
    available: Annotated[Amount, Field(ge=0, le=10**12, description="Tersedia (available)", examples=[1200])]
    source: Annotated[str, Field(min_length=1, max_length=200, examples=["LPLPO Oktober 2026"])]
    valid_from: Annotated[
        date | None, Field(description="Berlaku mulai; kosong = untuk seluruh tahun itu (counts from; empty: all year)")
    ] = None


class AvailabilityLoaded(BaseModel):
    """Hasil pemuatan ketersediaan (what a load of availability did)."""

    loaded: int = Field(examples=[24])
    unchanged: int = Field(0, description="Sudah tercatat persis begitu (stood so already)")
    refused: list[RefusedRow] = []


class QualityItem(BaseModel):
    """Satu butir mutu: barang atau SDM (one item of B)."""

    kind: str = Field(examples=["goods"])
    item: str = Field(examples=["Tablet tambah darah"])
    needed: float = Field(examples=[1350])
    available: float = Field(examples=[1200])
    percent: float = Field(description="min(100, tersedia ÷ dibutuhkan × 100)", examples=[88.88888888888889])


class AvailabilityShown(BaseModel):
    """Ketersediaan yang berlaku (availability that counts)."""

    service: str = Field(examples=["spm-01"])
    year: int
    place: str | None = Field(description="Kode puskesmas; kosong = kabupaten (null: the district)")
    kind: str
    item: str
    needed: float
    available: float
    source: str
    valid_from: date | None
    loaded_at: datetime
    loaded_by: str


class IndexService(BaseModel):
    """Satu layanan dalam indeks (one service of the index)."""

    service: str = Field(examples=["spm-01"])
    title: Words | None = None
    standard: str | None = Field(None, examples=["spm-01.permenkes-6-2024"])
    served: int | None = Field(None, examples=[640])
    official: int | None = Field(None, examples=[812])
    a: float | None = Field(None, description="Penerima layanan, paling tinggi 100 (A, capped)", examples=[78.8])
    b: float | None = Field(None, description="Mutu: barang dan SDM (B)", examples=[95.0])
    ip: float | None = Field(None, description="Belum dibulatkan (not rounded)", examples=[82.04])
    category: str | None = Field(None, examples=["Madya"])
    items: list[QualityItem] = []
    lacking: list[Words] = Field([], description="Mengapa belum dapat dihitung (why it cannot be computed yet)")
    suppressed: bool = Field(False, description="Disembunyikan karena terlalu sedikit orang (small cells)")


class IndexOf(BaseModel):
    """Indeks kabupaten atau satu puskesmas (the index of the district or of one puskesmas)."""

    code: str = Field(examples=["1410"])
    name: str | None = Field(None, examples=["Kabupaten Kepulauan Meranti"])
    index: float | None = Field(
        description="Rata-rata IP semua layanan; kosong selama ada yang kurang", examples=[84.2]
    )
    category: str | None = Field(None, examples=["Madya"])
    complete: int = Field(description="Layanan yang sudah dapat dihitung (services that have an IP)", examples=[12])
    of: int = Field(description="Layanan seluruhnya (services)", examples=[12])
    so_far: float | None = Field(
        None, description="Rata-rata IP yang sudah ada; bukan indeks (mean of those there are; not the index)"
    )
    services: list[IndexService]


class Index(BaseModel):
    """Indeks pencapaian SPM (the SPM index)."""

    year: int
    as_of: date
    regulation: str = Field(examples=["Permendagri 59/2021"])
    weight_a: float = Field(examples=[0.8])
    weight_b: float = Field(examples=[0.2])
    quality: str = Field(examples=["mean-of-items"])
    district: IndexOf
    puskesmas: list[IndexOf]
