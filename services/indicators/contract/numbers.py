"""The numbers: the front page, one indicator, the computation itself."""

from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, Field

from services.indicators.contract.standards import ItemShown, StandardShown
from services.indicators.contract.words import By, Words


class Target(BaseModel):
    """Sasaran resmi dan capaian terhadapnya (official denominator, and coverage against it)."""

    value: int = Field(examples=[15])
    coverage: float | None = Field(
        description="Persen; boleh lebih dari 100 (percent, may exceed 100)", examples=[86.67]
    )
    source: str | None = Field(None, examples=["Proyeksi Dinkes"])
    version: str | None = Field(None, examples=["2026-01-05"])


class Numbers(BaseModel):
    """Angka satu tempat atau golongan (the numbers of one place or group). Jumlah 1–4 orang, dan yang dapat dihitung
    balik darinya, kosong bagi yang tidak boleh melihat nama (few people, and what would give them away, are null).
    """

    eligible: int | None = Field(description="Sasaran riil: satuan dalam catatan (registered units)", examples=[12])
    served: int | None = Field(description="Dilayani sesuai standar, kumulatif (served to standard)", examples=[7])
    carried_in: int | None = Field(
        description="Dari served: sudah sejak tahun lalu, bulan 0 (served before the year)", examples=[1]
    )
    coverage: float | None = Field(description="served ÷ eligible × 100", examples=[58.33])
    official: Target | None = Field(None, description="Sasaran resmi, bila ada (official target)")
    months: list[int] | None = Field(
        description="Dilayani per bulan: bawaan, Januari … Desember; jumlahnya = served (served by month: carried in, "
        "January … December)",
        examples=[[1, 0, 0, 2, 1, 0, 1, 0, 1, 0, 1, 0, 0]],
    )
    missing: dict[str, int | None] | None = Field(
        description="Berapa satuan yang kurang butir itu (units lacking an item)",
        examples=[{"contact_t3": 3, "iron": 2}],
    )
    suppressed: bool = Field(False, description="Ada yang disembunyikan karena terlalu sedikit orang (small cells)")


class Row(Numbers):
    """Satu baris rincian menurut tempat tinggal atau golongan (one row by residence or group)."""

    code: str = Field(description="Kode tempat atau golongan (code)", examples=["1410011001"])
    name: str | None = Field(None, examples=["Selatpanjang Kota"])
    cross: str | None = Field(None, description="Kode rincian kedua, bila diminta (code of the second breakdown)")
    cross_name: str | None = None


class Contribution(BaseModel):
    """Kerja satu faskes atau golongan faskes (what one facility, kind or owner did)."""

    code: str = Field(examples=["K1410010201"])
    name: str | None = Field(None, examples=["Klinik Pratama Medika"])
    cross: str | None = Field(None, description="Kode rincian kedua, bila diminta (code of the second breakdown)")
    cross_name: str | None = None
    kind: str | None = Field(None, examples=["klinik-pratama"])
    ownership: str | None = Field(None, examples=["private"])
    units: int | None = Field(
        description="Satuan yang sedikitnya satu butirnya dipenuhi di sini (units with an item met here)", examples=[5]
    )
    served: int | None = Field(description="Di antaranya yang lengkap (of these, served)", examples=[3])
    share: float | None = Field(
        description="served di sini ÷ served seluruhnya × 100 (share of the district's served)", examples=[42.86]
    )
    suppressed: bool = Field(False, description="Ada yang disembunyikan karena terlalu sedikit orang (small cells)")


class Denominators(BaseModel):
    """Kedua penyebut, dalam kata (both denominators, in words)."""

    registered: Words = Words(
        id="Sasaran riil: satuan hitung yang tercatat, tinggal di wilayah, pada tanggal itu",
        en="Registered: units in the record who live in the district, as of the day",
    )
    official: Words = Words(
        id="Sasaran resmi yang ditetapkan Dinas per desa atau puskesmas, dengan sumber dan versinya",
        en="Official: the target the health office set by village or puskesmas, with source and version",
    )


class Card(BaseModel):
    """Satu indikator di halaman muka (one indicator, for the front page)."""

    standard: str = Field(
        description="Kunci standar: layanan.kumpulan (service.set)", examples=["spm-01.permenkes-6-2024"]
    )
    id: str = Field(examples=["spm-01"])
    title: Words
    formula: Words
    denominators: Denominators
    regulation: str = Field(examples=["Permenkes 6/2024"])
    in_force: bool = Field(description="Berlaku untuk tahun itu (in force in the year)")
    beside: str | None = Field(None, description="Ditampilkan di samping layanan ini (shown beside this service)")
    better: Literal["more", "less"] = Field("more", description="less: angka ini banyaknya masalah (a problem)")
    year: int = Field(examples=[2026])
    as_of: date
    eligible: int | None = Field(examples=[812])
    served: int | None = Field(examples=[640])
    outside: int | None = Field(
        description="Sasaran yang tinggal di luar wilayah, tidak ikut dihitung (living outside the district)",
        examples=[4],
    )
    coverage: float | None = Field(examples=[78.82])
    official: Target | None = None
    months: list[int] | None = Field(None, description="Dilayani per bulan: bawaan, Januari … (served by month)")
    line: float = Field(0, description="Garis target hari ini: 100 ÷ 12 × bulan, persen (the line)", examples=[91.67])
    status: Literal["Baik", "Cukup", "Kurang", "Jelek"] | None = Field(
        None, description="Status PWS, terhadap sasaran resmi bila ada (PWS status, against the official target)"
    )
    direction: Literal["up", "same", "down"] | None = Field(
        None, description="Bulan ini terhadap bulan lalu (this month against the last)"
    )
    suppressed: bool = Field(False, description="Ada yang disembunyikan karena terlalu sedikit orang (small cells)")


class Indicator(BaseModel):
    """Satu indikator, dirinci (one indicator, broken down)."""

    standard: str
    id: str
    set: str
    title: Words
    formula: Words
    regulation: str
    year: int
    as_of: date
    by: By
    cross: By | None = None
    narrowed: dict[str, str] = Field({}, description="Saringan yang dipakai (filters in use)")
    total: Numbers
    outside: Numbers = Field(
        description="Penduduk luar wilayah, dihitung terpisah (residents elsewhere, counted apart)"
    )
    rows: list[Row | Contribution]
    items: list[ItemShown]


class Building(BaseModel):
    """Keadaan perhitungan (state of the computation)."""

    as_of: date | None
    generation: int
    building: bool = Field(description="Sedang dihitung ulang dari nol di belakang layar (a rebuild is running)")
    done: int = Field(description="Orang yang sudah dihitung ulang (persons done)", examples=[12000])
    total: int = Field(examples=[20000])


class Difference(BaseModel):
    """Perbedaan antara angka berjalan dan hitung ulang (a standing or tally that differs from a full computation)."""

    where: str
    what: str
    row: dict[str, Any]


class Verification(BaseModel):
    """Hasil pemeriksaan (result of the check)."""

    as_of: date | None
    differences: list[Difference] = Field(description="Kosong bila semua sama (empty when all is equal)")


class StandardLoaded(BaseModel):
    """Standar yang baru dimuat atau dicabut, dan sampai mana penghitungannya (what was loaded, and how far it is)."""

    standard: StandardShown
    version: int = Field(examples=[3])
    computation: Building
