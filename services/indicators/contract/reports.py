"""Monthly reports: frozen, signed, and held against today's recomputation of the same month."""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from services.indicators.contract.index import Index
from services.indicators.contract.numbers import Numbers, Row
from services.indicators.contract.words import Words


class Freeze(BaseModel):
    """Bulan yang dibekukan (the month to freeze)."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"year": 2026, "month": 9, "signed_as": "Kepala Dinas Kesehatan", "reason": "Laporan September 2026"}
            ]
        },
    )

    year: Annotated[int, Field(ge=2000, le=2100)]
    month: Annotated[int, Field(ge=1, le=12)]
    signed_as: Annotated[
        str | None, Field(min_length=1, max_length=120, description="Jabatan penanda tangan (in which office)")
    ] = None
    reason: Annotated[
        str | None,
        Field(
            min_length=1, max_length=400,
            description="Catatan; wajib bila bulan itu sudah pernah dibekukan (required to freeze a month once more)",
        ),
    ] = None  # fmt: skip


class Freezing(BaseModel):
    """Pembekuan yang masih berjalan (a month still being frozen)."""

    id: str = Field(description="Id laporannya bila selesai: GET /v1/reports/{id} (the report's id when it is done)")


class ReportHead(BaseModel):
    """Kepala laporan bulanan (a monthly report in short)."""

    id: str
    year: int = Field(examples=[2026])
    month: int = Field(examples=[9])
    revision: int = Field(description="1 = pertama; yang lama tidak berubah (the older stay)", examples=[1])
    as_of: date = Field(description="Hari terakhir bulan itu (the month's last day)")
    frozen_at: datetime
    signer: str = Field(description="Akun yang membekukan (the account that froze it)", examples=["demo.dinkes"])
    signed_as: str | None = None
    reason: str | None = None
    sha256: str = Field(description="SHA-256 dari isi kanoniknya (of its canonical form)")


class ReportStandard(BaseModel):
    """Satu standar dalam laporan (one standard in a report)."""

    standard: str = Field(examples=["spm-01.permenkes-6-2024"])
    id: str
    title: Words
    regulation: str
    in_force: bool
    beside: str | None = None
    total: Numbers
    outside: Numbers
    rows: list[Row] = Field(description="Per desa (by village)")


class Report(ReportHead):
    """Laporan bulanan sebagaimana dibekukan (a monthly report as it was frozen)."""

    district: str = Field(examples=["1410"])
    waiting: int = Field(description="Orang yang catatannya masih tertahan saat itu (persons whose events waited then)")
    standards: list[ReportStandard]
    index: Index


class ReportCheck(BaseModel):
    """Hasil pemeriksaan sidik (result of checking the hash)."""

    id: str
    sha256: str
    computed: str = Field(description="Dihitung ulang dari isi yang tersimpan (computed from what is stored)")
    sound: bool = Field(description="Isi dan semua satuannya masih seperti saat dibekukan (all as it was frozen)")
    units: dict[str, bool] = Field(description="Per standar: satuannya utuh (per standard: its units are as frozen)")


class Count(BaseModel):
    """Satu angka pada satu saat (the numbers at one moment)."""

    eligible: int | None
    served: int | None
    official: int | None
    coverage: float | None = Field(description="served ÷ official × 100; tanpa sasaran resmi: ÷ eligible")
    suppressed: bool = False


class TargetMoved(BaseModel):
    """Sasaran resmi yang berganti versi (an official target that has another version now)."""

    place: str
    was: int | None
    now: int | None
    version_was: str | None = None
    version_now: str | None = None


class VillageMoved(BaseModel):
    """Desa yang angkanya berubah (a village whose numbers differ)."""

    village: str
    frozen: Count
    today: Count


class Restated(BaseModel):
    """Satu standar: dulu dan kini (one standard, then and now)."""

    standard: str
    id: str
    title: Words
    frozen: Count
    today: Count | None = Field(description="Kosong bila standarnya kini tidak dihitung (null: no longer computed)")
    rules_changed: bool = Field(description="Aturan atau kodenya berubah sejak dibekukan (the rules changed since)")
    units: int | None = Field(description="Satuan yang keadaannya berbeda (units that stand differently)")
    changes: dict[str, int | None] = Field(
        description="Per jenis perubahan: eligible, not-eligible, served, not-served, moved, items (by kind of change)"
    )
    causes: dict[str, int | None] = Field(
        description="Per sebab: fact-added, fact-removed, fact-changed, registered, unregistered, moved, death, "
        "birth-date, sex, merged, standard, other (units by cause)"
    )
    targets: list[TargetMoved]
    villages: list[VillageMoved]


class CatchmentMoved(BaseModel):
    """Desa yang kini diampu puskesmas lain pada tanggal yang sama (another puskesmas answers for it on that day)."""

    village: str
    was: str | None
    now: str | None


class Restatement(BaseModel):
    """Hitung ulang hari ini di samping laporan yang dibekukan (today's recomputation beside the frozen report)."""

    report: ReportHead
    compared_at: datetime
    same: bool = Field(description="Tidak ada yang berbeda (nothing differs)")
    standards: list[Restated]
    catchments: list[CatchmentMoved]


class FactSaid(BaseModel):
    """Isi satu fakta (what a fact says)."""

    on: date
    value: float | None = None
    value_date: date | None = None
    value_code: str | None = None
    facility: str


class Cause(BaseModel):
    """Satu sebab perbedaan (one cause of a difference)."""

    kind: str = Field(examples=["fact-added"])
    at: datetime | None = Field(None, description="Kapan rekam bersama mengetahuinya (when the record learned of it)")
    of: str | None = Field(None, description="Fakta pada kerabat: child, mother (a fact of a relative)")
    concept: str | None = Field(None, examples=["bp_systolic"])
    type: str | None = Field(None, examples=["Observation"])
    id: str | None = None
    was: FactSaid | str | None = None
    now: FactSaid | str | None = None


class UnitThen(BaseModel):
    """Keadaan satu satuan (how a unit stands)."""

    village: str | None
    served_on: date | None
    missing: list[str]


class RestatedUnit(BaseModel):
    """Satu satuan yang berbeda, dan sebabnya (a unit that differs, and why)."""

    unit_id: str
    person_id: str
    changes: list[str] = Field(examples=[["served"]])
    frozen: UnitThen | None = Field(description="Kosong: waktu itu bukan sasaran (null: not counted then)")
    today: UnitThen | None = Field(description="Kosong: kini bukan sasaran (null: not counted now)")
    causes: list[Cause]
    withheld: int = Field(0, description="Fakta yang tidak boleh ditampilkan kepada Anda (facts withheld from you)")


class RestatedPage(BaseModel):
    """Satu halaman satuan yang berbeda (a page of units that differ)."""

    report: ReportHead
    standard: str
    units: list[RestatedUnit]
    next: str | None = None


Content = dict[str, Any]
"""What is hashed: plain JSON."""
