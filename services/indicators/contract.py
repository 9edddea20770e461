"""The numbers as others see them: wire models of indicators, units, standards and targets."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field


class By(StrEnum):
    """Menurut apa angka dirinci (what numbers are broken down by)."""

    VILLAGE = "village"
    PUSKESMAS = "puskesmas"
    KECAMATAN = "kecamatan"
    SEX = "sex"
    AGE = "age"
    PAYER = "payer"
    FACILITY = "facility"
    KIND = "kind"
    OWNERSHIP = "ownership"


CONTRIBUTION = frozenset({By.FACILITY, By.KIND, By.OWNERSHIP})
"""Who did the work; the others say who lives where."""


class UnitState(StrEnum):
    """Keadaan satuan hitung (how a counted unit stands)."""

    SERVED = "served"
    MISSING = "missing"
    ELIGIBLE = "eligible"


class Words(BaseModel):
    """Teks dalam dua bahasa (a text in both languages)."""

    id: str = Field(examples=["Pelayanan kesehatan ibu hamil"])
    en: str = Field(examples=["Care in pregnancy"])


class Target(BaseModel):
    """Sasaran resmi dan capaian terhadapnya (official denominator, and coverage against it)."""

    value: int = Field(examples=[15])
    coverage: float | None = Field(
        description="Persen; boleh lebih dari 100 (percent, may exceed 100)", examples=[86.67]
    )
    source: str | None = Field(None, examples=["Proyeksi Dinkes"])
    version: str | None = Field(None, examples=["2026-01-05"])


class Numbers(BaseModel):
    """Angka satu tempat atau golongan (the numbers of one place or group)."""

    eligible: int = Field(description="Sasaran riil: satuan dalam catatan (registered units)", examples=[12])
    served: int = Field(description="Dilayani sesuai standar, kumulatif (served to standard)", examples=[7])
    carried_in: int = Field(
        description="Dari served: sudah sejak tahun lalu, bulan 0 (served before the year)", examples=[1]
    )
    coverage: float | None = Field(description="served ÷ eligible × 100", examples=[58.33])
    official: Target | None = Field(None, description="Sasaran resmi, bila ada (official target)")
    months: list[int] = Field(
        description="Dilayani per bulan: bawaan, Januari … Desember; jumlahnya = served (served by month: carried in, "
        "January … December)",
        examples=[[1, 0, 0, 2, 1, 0, 1, 0, 1, 0, 1, 0, 0]],
    )
    missing: dict[str, int] = Field(
        description="Berapa satuan yang kurang butir itu (units lacking an item)",
        examples=[{"contact_t3": 3, "iron": 2}],
    )


class Row(Numbers):
    """Satu baris rincian menurut tempat tinggal atau golongan (one row by residence or group)."""

    code: str = Field(description="Kode tempat atau golongan (code)", examples=["1410011001"])
    name: str | None = Field(None, examples=["Selatpanjang Kota"])


class Contribution(BaseModel):
    """Kerja satu faskes atau golongan faskes (what one facility, kind or owner did)."""

    code: str = Field(examples=["K1410010201"])
    name: str | None = Field(None, examples=["Klinik Pratama Medika"])
    kind: str | None = Field(None, examples=["klinik-pratama"])
    ownership: str | None = Field(None, examples=["private"])
    units: int = Field(
        description="Satuan yang sedikitnya satu butirnya dipenuhi di sini (units with an item met here)", examples=[5]
    )
    served: int = Field(description="Di antaranya yang lengkap (of these, served)", examples=[3])
    share: float | None = Field(
        description="served di sini ÷ served seluruhnya × 100 (share of the district's served)", examples=[42.86]
    )


class ItemShown(BaseModel):
    """Satu butir layanan (one item of a standard)."""

    name: str = Field(examples=["contact_t2"])
    label: Words
    active: bool = Field(True, description="Diminta atau tidak (asked for or not)")
    concepts: list[str] = Field(
        description="Konsep yang dapat memenuhinya (concepts that meet it)", examples=[["anc_contact"]]
    )
    rule: dict[str, Any] = Field(
        description="Syaratnya, seperti dalam berkas standar (its conditions, as in the standard's file)",
        examples=[{"days": 2, "from_day": 91, "until_day": 174, "without": "delivery"}],
    )


class Card(BaseModel):
    """Satu indikator di halaman muka (one indicator, for the front page)."""

    standard: str = Field(
        description="Kunci standar: layanan.kumpulan (service.set)", examples=["spm-01.permenkes-6-2024"]
    )
    id: str = Field(examples=["spm-01"])
    title: Words
    regulation: str = Field(examples=["Permenkes 6/2024"])
    in_force: bool = Field(description="Berlaku untuk tahun itu (in force in the year)")
    beside: str | None = Field(None, description="Ditampilkan di samping layanan ini (shown beside this service)")
    year: int = Field(examples=[2026])
    as_of: date
    eligible: int = Field(examples=[812])
    served: int = Field(examples=[640])
    outside: int = Field(
        description="Sasaran yang tinggal di luar wilayah, tidak ikut dihitung (living outside the district)",
        examples=[4],
    )
    coverage: float | None = Field(examples=[78.82])
    official: Target | None = None


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
    total: Numbers
    outside: Numbers = Field(
        description="Penduduk luar wilayah, dihitung terpisah (residents elsewhere, counted apart)"
    )
    rows: list[Row | Contribution]
    items: list[ItemShown]


class Lacking(BaseModel):
    """Butir yang masih kurang dan tenggatnya (an item still missing, and when it is due)."""

    item: str = Field(examples=["contact_t3"])
    due_from: date | None
    due_until: date | None
    overdue: bool = Field(description="Tenggatnya sudah lewat (its time has passed)")


class UnitRow(BaseModel):
    """Satu satuan di balik angka: orang, kehamilan, anak (one unit behind a number)."""

    unit_id: str
    person_id: str
    village: str | None = Field(examples=["1410011001"])
    sex: str = Field(examples=["female"])
    payer: str = Field(description="Status JKN: active, inactive, unknown", examples=["active"])
    served_on: date | None
    missing: list[Lacking]
    facilities: list[str] = Field(description="Faskes yang memenuhi butirnya (facilities that met its items)")


class UnitPage(BaseModel):
    """Satu halaman satuan (a page of units)."""

    standard: str
    year: int
    as_of: date
    items: list[UnitRow]
    next: str | None = Field(
        None, description="Isi parameter `after` untuk halaman berikutnya; null bila habis (next page)"
    )


class FactShown(BaseModel):
    """Satu fakta (one fact): what, when, where it was recorded."""

    concept: str = Field(examples=["bp_systolic"])
    on: date = Field(description="Tanggal klinis, waktu setempat (clinical date)")
    value: float | None = Field(None, description="Dalam satuan baku (in the standard unit)", examples=[118])
    value_date: date | None = None
    value_code: str | None = None
    facility: str = Field(examples=["P1410010101"])
    type: str = Field(description="Jenis sumber (resource type)", examples=["Observation"])
    id: str = Field(description="Id sumber (resource id)")


class ItemStanding(BaseModel):
    """Satu butir bagi satu satuan (one item for one unit)."""

    item: str = Field(examples=["bp:2026-03"])
    label: Words | None = None
    met: bool
    met_on: date | None
    due_from: date | None
    due_until: date | None
    overdue: bool
    facts: list[FactShown] = Field(description="Fakta dalam jendelanya (facts inside its window)")
    withheld: int = Field(0, description="Banyaknya fakta yang tidak boleh ditampilkan kepada Anda (facts withheld)")


class UnitDetail(BaseModel):
    """Mengapa satu satuan dihitung begitu (why a unit is counted as it is)."""

    standard: str
    unit_id: str
    person_id: str
    year: int
    as_of: date
    village: str | None
    anchor: date | None = Field(description="Hari ke-0 jendela butir: HPHT atau tanggal lahir (day 0 of the windows)")
    since: date | None
    until: date | None
    served: bool
    served_on: date | None
    missing: list[str]
    items: list[ItemStanding]


class StandardShown(BaseModel):
    """Satu standar layanan (one care standard)."""

    standard: str = Field(examples=["spm-08.permenkes-6-2024"])
    id: str = Field(examples=["spm-08"])
    set: str = Field(examples=["permenkes-6-2024"])
    active: bool = Field(description="Dihitung (computed)")
    beside: str | None = None
    title: Words
    formula: Words
    notes: list[Words]
    regulation: str
    valid_from: date
    valid_until: date | None
    population: dict[str, Any] = Field(
        examples=[{"unit": "person", "open_condition": "hypertension", "from_age_years": 15}]
    )
    items: list[ItemShown]


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

    service: Annotated[
        str,
        Field(
            description="Layanan: SPM-01 … PIP-2 (service)",
            pattern=r"(?i)^(spm|pip)-\d{1,2}(-\d{4})?$",
            examples=["SPM-01"],
        ),
    ]
    year: Annotated[int, Field(ge=2000, le=2100, examples=[2026])]
    village: Annotated[str | None, Field(None, pattern=r"^\d{10}$", examples=["1410011001"])] = None
    puskesmas: Annotated[
        str | None, Field(None, max_length=32, description="Kode puskesmas, bila sasarannya per puskesmas")
    ] = None
    value: Annotated[int, Field(ge=0, le=100_000_000, examples=[15])]
    source: Annotated[
        str, Field(min_length=1, max_length=200, description="Asal angka (source)", examples=["Proyeksi Dinkes"])
    ]
    version: Annotated[str | None, Field(None, max_length=64, description="Versi; kosong = hari ini (version)")] = None


class Targets(BaseModel):
    """Sasaran resmi yang dimuat (official targets to load)."""

    model_config = ConfigDict(extra="forbid")

    items: Annotated[list[TargetRow], Field(min_length=1, max_length=50_000)]


class RefusedRow(BaseModel):
    """Baris yang ditolak (a refused row)."""

    line: int = Field(description="Nomor baris; dalam CSV tajuk = 1 (line)", examples=[7])
    column: str | None = Field(None, examples=["value"])
    reason: Words


class TargetsLoaded(BaseModel):
    """Hasil pemuatan sasaran (what a load of targets did)."""

    loaded: int = Field(examples=[101])
    refused: list[RefusedRow] = []


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


class DueItem(BaseModel):
    """Satu hal yang masih harus diterima (one thing still due)."""

    item: str = Field(examples=["contact_t3"])
    label: Words | None = None
    due_from: date | None
    due_until: date | None
    state: str = Field(description="now: sekarang, later: nanti, overdue: tenggatnya lewat", examples=["now"])


class DueOf(BaseModel):
    """Yang masih kurang menurut satu standar, dan mengapa (what one standard still asks for, and why)."""

    standard: str = Field(examples=["spm-01.permenkes-6-2024"])
    title: Words
    regulation: str
    unit_id: str
    items: list[DueItem]


class Due(BaseModel):
    """Yang masih harus diterima seseorang (what is due for a person); known=false: belum dapat dihitung."""

    known: bool
    as_of: date | None = None
    standards: list[DueOf] = []
