"""The people behind a number, and the facts behind each item."""

from datetime import date

from pydantic import BaseModel, Field

from services.indicators.contract.outcomes import OutcomeShown
from services.indicators.contract.words import Words


class Who(BaseModel):
    """Siapa orangnya menurut rekam bersama; hanya bagi yang boleh melihatnya (who it is, for those who may see it)."""

    name: str | None = Field(examples=["Siti Aminah"])
    born: date | None = None
    sex: str | None = None
    address: str | None = None
    phone: str | None = None


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
    who: Who | None = Field(None, description="Hanya bila diminta dengan `names=true` (only when asked for)")
    village: str | None = Field(examples=["1410011001"])
    sex: str = Field(examples=["female"])
    payer: str = Field(description="Status JKN: active, inactive, unknown", examples=["active"])
    served_on: date | None
    missing: list[Lacking]
    facilities: list[str] = Field(description="Faskes yang memenuhi butirnya (facilities that met its items)")
    outcome: OutcomeShown | None = Field(None, description="Hasil terakhir telepon atau kunjungan (last outcome)")


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
    facility_name: str | None = Field(None, examples=["Puskesmas Selatpanjang"])
    recorded_by: str | None = Field(None, description="Tenaga kesehatannya, bila tercatat (who, if the record says so)")
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


class Growth(BaseModel):
    """Pengukuran anak dan nilai z-nya, dihitung di sini (a child's measurement and the z-scores computed from it)."""

    on: date
    age_days: int = Field(examples=[412])
    weight_kg: float = Field(examples=[9.4])
    length_cm: float = Field(description="Seperti dicatat (as recorded)", examples=[76.5])
    lying: bool = Field(description="Diukur telentang (measured lying)")
    corrected_cm: float | None = Field(description="Yang dipakai untuk tabel (used with the tables)", examples=[76.5])
    z: dict[str, float | None] = Field(
        description="BB/U, TB/U, BB/TB (z-scores)",
        examples=[{"weight_for_age": -0.6, "height_for_age": -0.2, "weight_for_height": -0.7}],
    )


class UnitDetail(BaseModel):
    """Mengapa satu satuan dihitung begitu (why a unit is counted as it is)."""

    standard: str
    unit_id: str
    person_id: str
    who: Who | None = Field(None, description="Hanya bila diminta dengan `names=true` (only when asked for)")
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
    growth: Growth | None = Field(None, description="Bila yang dihitung anak terukur (of measured children)")
