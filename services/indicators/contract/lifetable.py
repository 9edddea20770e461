"""PIP 1: life expectancy from the record's deaths, beside what BPS publishes."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.indicators.contract.words import Words

Place = Annotated[
    str,
    Field(
        pattern=r"^(\d{4}|\d{6}|\d{10})?$",
        description="Kode kecamatan atau desa; kosong = kabupaten (part of the district; empty: the district)",
    ),
]
Sex = Literal["male", "female"]
AnySex = Literal["all", "male", "female"]


class PopulationRow(BaseModel):
    """Penduduk pertengahan tahun satu kelompok umur (mid-year population of one age group)."""

    model_config = ConfigDict(extra="forbid")

    year: Annotated[int, Field(ge=1990, le=2100, examples=[2025])]
    sex: Annotated[Sex, Field(examples=["male"])]
    age: Annotated[int, Field(ge=0, le=120, description="Umur awal kelompok: 0, 1, 5, 10 … 85", examples=[0])]
    value: Annotated[int, Field(ge=0, le=100_000_000, examples=[1650])]
    source: Annotated[str, Field(min_length=1, max_length=200, examples=["Proyeksi BPS"])]
    place: Place = ""


class OfficialRow(BaseModel):
    """Angka harapan hidup menurut BPS (life expectancy as BPS publishes it)."""

    model_config = ConfigDict(extra="forbid")

    year: Annotated[int, Field(ge=1990, le=2100, examples=[2025])]
    sex: Annotated[AnySex, Field(examples=["all"])] = "all"
    value: Annotated[float, Field(ge=20, le=100, examples=[68.9])]
    source: Annotated[str, Field(min_length=1, max_length=200, examples=["BPS, LF SP2020"])]
    place: Place = ""


class OfficialRows(BaseModel):
    """Angka BPS yang dimasukkan (official values to enter)."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"items": [{"year": 2025, "value": 68.9, "source": "BPS, LF SP2020"}]}]},
    )

    items: Annotated[list[OfficialRow], Field(min_length=1, max_length=1000)]


class Rows(BaseModel):
    """Baris apa adanya (rows as they are sent)."""

    model_config = ConfigDict(extra="forbid")

    items: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=50_000)]


class Entered(BaseModel):
    """Yang dimuat (what was loaded)."""

    loaded: int = Field(examples=[38])


class LifeGroup(BaseModel):
    """Satu baris tabel kematian (one row of the life table)."""

    age: int = Field(description="Umur awal kelompok (first year of age)", examples=[0])
    person_years: float = Field(examples=[4950])
    deaths: int = Field(examples=[61])
    rate: float = Field(description="M: kematian per orang-tahun", examples=[0.0123])
    dying: float = Field(description="q: peluang mati dalam kelompok", examples=[0.0122])
    alive: float = Field(description="l: yang mencapai umur itu, dari satu kelahiran", examples=[1])
    lived: float = Field(description="L: orang-tahun yang dijalani dalam kelompok", examples=[0.989])
    expectancy: float = Field(description="e: harapan hidup pada umur itu", examples=[70.1])


class OfficialValue(BaseModel):
    """Angka BPS di sampingnya (the BPS value beside it)."""

    year: int
    sex: AnySex
    value: float
    source: str


class LifeExpectancy(BaseModel):
    """Angka harapan hidup indikatif (indicative life expectancy)."""

    id: str = "pip-1"
    title: Words
    formula: Words
    note: Words
    indicative: bool = Field(True, description="Bukan angka resmi (not the official figure)")
    from_year: int = Field(examples=[2023])
    to_year: int = Field(examples=[2025])
    sex: AnySex
    place: str
    e0: float | None = Field(None, description="Harapan hidup saat lahir (at birth)", examples=[70.41])
    se: float | None = Field(None, description="Galat baku (standard error)", examples=[0.62])
    low: float | None = Field(None, description="Batas bawah 95 %", examples=[69.2])
    high: float | None = Field(None, description="Batas atas 95 %", examples=[71.6])
    why: Words | None = Field(None, description="Mengapa tidak dapat dihitung (why there is none)")
    person_years: float | None = Field(None, examples=[604000])
    deaths: int | None = Field(None, examples=[3120])
    unplaced: int | None = Field(
        None, description="Kematian tanpa tanggal atau umur, tidak ikut (deaths without a day or age, left out)"
    )
    table: list[LifeGroup] | None = None
    villages: dict[str, int] | None = Field(None, description="Kematian menurut desa (deaths by village)")
    suppressed: bool = Field(
        False, description="Rincian disembunyikan karena ada sel kecil (details hidden: small cells)"
    )
    official: list[OfficialValue] = Field(description="Angka BPS (what BPS publishes)")
