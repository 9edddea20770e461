"""How far each puskesmas is with ILP: the dated checklist, claims with their evidence, the office's verdicts."""

from datetime import date, datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from services.kernel.ids import FacilityCode

READINESS_CRITERION, READINESS_CLAIM, READINESS_TARGET = "readiness_criterion", "readiness_claim", "readiness_target"
"""Event types; the subjects are `code/valid_from`, `facility/criterion/number` and `year`."""


class Stage(StrEnum):
    """How far a puskesmas is. Closed list."""

    NOT_STARTED = "not-started"
    PARTIAL = "partial"
    IMPLEMENTS = "implements"


class ClaimState(StrEnum):
    """What became of a claim. Closed list."""

    CLAIMED = "claimed"
    VERIFIED = "verified"
    RETURNED = "returned"
    EXPIRED = "expired"


class Words(BaseModel):
    """Teks dalam dua bahasa (a text in both languages)."""

    id: str = Field(examples=["SK struktur klaster"])
    en: str = Field(examples=["Decree on the cluster structure"])


class Criterion(BaseModel):
    """Satu kriteria kesiapan ILP (one criterion of ILP readiness)."""

    code: str = Field(examples=["sk-klaster"])
    valid_from: date = Field(description="Mulai berlaku (in force from)", examples=["2023-10-01"])
    valid_until: date | None = Field(None, description="Hari terakhir; kosong = berlaku (last day)")
    position: int = Field(description="Urutan tampil (order)", examples=[1])
    name: Words
    evidence: Words = Field(description="Bagaimana dibuktikan (how it is evidenced)")
    required: bool = Field(description="Wajib untuk 'menerapkan ILP' (needed for 'implements ILP')")
    weight: int = Field(description="Bobot nilai (weight of the score)", examples=[2])
    evidence_months: int | None = Field(
        None, description="Bukti kedaluwarsa setelah sekian bulan (evidence expires after so many months)"
    )
    seen_in: str | None = Field(None, description="Data kita yang dapat menunjukkannya (our data that can show it)")
    source: str = Field(examples=["KMK HK.01.07/MENKES/2015/2023"])
    version: int = 1


class CriterionState(BaseModel):
    """Satu kriteria di satu puskesmas (one criterion at one puskesmas)."""

    criterion: str = Field(examples=["sk-klaster"])
    met: bool = Field(description="Terverifikasi dan buktinya berlaku pada hari itu (verified and valid that day)")
    since: date | None = Field(None, description="Terpenuhi sejak (met since)")
    until: date | None = Field(None, description="Bukti berlaku sampai (evidence valid until)")
    waiting: bool = Field(False, description="Ada pengajuan menunggu Dinkes (a claim waits for the office)")


class Standing(BaseModel):
    """Kesiapan satu puskesmas pada satu hari (how a puskesmas stands on a day)."""

    facility: FacilityCode = Field(examples=["P1410010101"])
    name: str = Field(examples=["Puskesmas Selatpanjang"])
    on: date
    state: Stage
    since: date | None = Field(None, description="Menerapkan ILP sejak (implements ILP from this day)")
    met: int = Field(description="Kriteria wajib yang terpenuhi (required criteria met)", examples=[4])
    of: int = Field(description="Kriteria wajib yang berlaku (required criteria in force)", examples=[6])
    score: float = Field(description="Jumlah bobot terpenuhi, persen (weights met, percent)", examples=[66.67])
    criteria: list[CriterionState]


class Reached(BaseModel):
    """Capaian terhadap target tahun itu; boleh lebih dari 100 % (reached against the year's target)."""

    on: date
    target: int | None = Field(None, description="Puskesmas yang ditargetkan tahun itu (target)", examples=[6])
    reached: int = Field(description="Puskesmas yang menerapkan ILP (puskesmas that implement ILP)", examples=[7])
    percent: float | None = Field(None, examples=[116.67])
    of: int = Field(description="Puskesmas seluruhnya (all puskesmas)", examples=[10])


class Readiness(BaseModel):
    """Kesiapan ILP pada satu hari (ILP readiness on a day)."""

    district: Reached
    items: list[Standing]
    next: str | None = Field(
        None, description="Isi parameter `after` untuk halaman berikutnya; null bila habis (next page's `after`)"
    )


class Step(BaseModel):
    """Satu langkah sebuah pengajuan: siapa, kapan, apa (one step of a claim: who, when, what)."""

    at: datetime
    by: str = Field(description="Akun (account)", examples=["demo.dinkes"])
    state: ClaimState


class Claim(BaseModel):
    """Pengajuan satu kriteria beserta buktinya (a claim of one criterion with its evidence)."""

    criterion: str = Field(examples=["sk-klaster"])
    number: int = Field(description="Pengajuan ke- (the nth claim)", examples=[1])
    state: ClaimState
    claimed_on: date
    note: str | None = Field(None, description="Uraian bukti (evidence in words)")
    link: str | None = Field(None, description="Tautan bukti (link)")
    file: str | None = Field(None, description="Berkas bukti (id of the file)")
    valid_until: date | None = Field(None, description="Bukti berlaku sampai (evidence valid until)")
    verified_on: date | None = None
    returned_on: date | None = None
    reason: str | None = Field(None, description="Alasan dikembalikan (why it was sent back)")
    steps: list[Step] = []


class SeenInData(BaseModel):
    """Yang tampak di data kita; tidak pernah memverifikasi sendiri (what our data show; never verifies by itself)."""

    criterion: str = Field(examples=["pustu-paket"])
    says: Words
    supports: bool = Field(description="Mendukung pengajuan (supports the claim)")


class Span(BaseModel):
    """Satu masa; `until` kosong = sampai sekarang (a span of days; open when `until` is empty)."""

    since: date
    until: date | None = None


class StandingDetail(Standing):
    """Kesiapan satu puskesmas, dirinci (how a puskesmas stands, in detail)."""

    periods: list[Span] = Field(description="Masa menerapkan ILP (when it implemented ILP)")
    claims: list[Claim] = Field(description="Hanya untuk puskesmas itu dan Dinkes (for itself and the office only)")
    seen: list[SeenInData]


class MonthEnd(BaseModel):
    """Keadaan pada akhir bulan, atau hari ini untuk bulan berjalan (at the month's end, or today)."""

    on: date
    reached: int = Field(examples=[5])
    percent: float | None = Field(None, examples=[83.33])
    joined: list[FacilityCode] = Field(description="Mulai menerapkan sejak akhir bulan lalu (began since)")
    left: list[FacilityCode] = Field(description="Tidak lagi (no longer)")


class Trajectory(BaseModel):
    """Perjalanan setahun terhadap target (a year's way towards its target)."""

    year: int
    target: int | None = None
    months: list[MonthEnd]


class Target(BaseModel):
    """Target puskesmas penerap ILP untuk satu tahun (how many puskesmas shall implement ILP in a year)."""

    model_config = ConfigDict(from_attributes=True)

    year: int = Field(examples=[2026])
    target: int = Field(examples=[6])
    source: str | None = Field(None, description="Dasar target (its source)", examples=["Renstra Dinkes 2025-2029"])
    version: int = 1


class Expiring(BaseModel):
    """Bukti yang akan atau sudah kedaluwarsa (evidence that expires or has expired)."""

    facility: FacilityCode
    name: str
    criterion: str
    number: int
    valid_until: date
    days: int = Field(description="Hari tersisa; negatif = lewat (days left; negative: past)", examples=[30])
    renewed: bool = Field(description="Pembaruan sudah diajukan (a renewal waits)")


class Document(BaseModel):
    """Berkas bukti yang tersimpan (a stored file of evidence)."""

    id: str
    facility: FacilityCode
    kind: str = Field(examples=["application/pdf"])
    bytes: int
    sha256: str
    at: datetime
