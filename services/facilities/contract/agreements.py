"""Agreements between the Dinkes or a puskesmas and members of the network."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.kernel.ids import FacilityCode

AGREEMENT = "agreement"
"""Event type. `created`, `changed`: codes, dates, programmes, data clause; `alarm`: what must be dealt with."""


class AgreementKind(StrEnum):
    """What it is (KMK 2015/2023): a memorandum, a contract, or a decree of the head of the Dinkes naming members."""

    MOU = "mou"
    PKS = "pks"
    SK = "sk"


class PartyRole(StrEnum):
    """Which side of an agreement: who leads the network (Dinkes or puskesmas), or who joins it."""

    AUTHORITY = "authority"
    MEMBER = "member"


class Clause(StrEnum):
    """What may be shared in one direction: nothing, reports only, or the shared record of persons in care."""

    NONE = "none"
    REPORTS = "reports"
    RECORD = "record"


class AgreementStatus(StrEnum):
    """Where an agreement stands on a day; follows from its dates."""

    UPCOMING = "upcoming"
    ACTIVE = "active"
    EXPIRED = "expired"
    RENEWED = "renewed"
    TERMINATED = "terminated"


class Step(StrEnum):
    """The five steps of a jejaring (KMK 2015/2023), in their order."""

    FORM = "form"
    PRIORITIES = "priorities"
    PATHWAY = "pathway"
    IMPLEMENT = "implement"
    MONEV = "monev"


class ReviewKind(StrEnum):
    """The rhythm of monitoring: monthly monitoring, evaluation every 6 or 12 months."""

    MONITORING = "monitoring"
    EVALUATION = "evaluation"


class AlarmKind(StrEnum):
    """What an alarm is about."""

    EXPIRING = "expiring"
    EXPIRED = "expired"
    EVALUATION_OVERDUE = "evaluation-overdue"


Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=1000)]
AgreementId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{2,39}$")]


class Party(BaseModel):
    """Salah satu pihak (one of the parties)."""

    model_config = ConfigDict(extra="forbid")

    facility: FacilityCode = Field(description="Kode faskes atau dinas (facility or office)", examples=["D1410010301"])
    role: PartyRole = Field(
        description="authority = Dinas Kesehatan atau puskesmas, member = anggota (side)", examples=["member"]
    )
    signatory_title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=120)] = Field(
        description="Jabatan penanda tangan, bukan namanya (title of who signs, not the name)",
        examples=["Dokter penanggung jawab"],
    )


class Programme(BaseModel):
    """Program yang dapat diperjanjikan (a programme)."""

    code: str = Field(examples=["KIA"])
    name: str = Field(description="Nama (name)", examples=["Kesehatan ibu dan anak"])
    valid_from: date | None = Field(None, description="Dipakai sejak (first day)")
    valid_until: date | None = Field(None, description="Dipakai sampai; kosong = masih (last day)")
    version: int = 1


class AgreementFields(BaseModel):
    """Isi perjanjian (what an agreement says)."""

    model_config = ConfigDict(extra="forbid")

    kind: AgreementKind = Field(
        description="mou nota kesepahaman, pks perjanjian kerja sama, sk keputusan kepala dinas (kind)",
        examples=["pks"],
    )
    number: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=100)] = Field(
        description="Nomor surat (number)", examples=["440/PKS/101/2026"]
    )
    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=200)] = Field(
        description="Judul (title)", examples=["Jejaring pelayanan primer dengan praktik mandiri dokter"]
    )
    parties: list[Party] = Field(
        description="Paling sedikit dua: satu Dinas Kesehatan atau puskesmas, yang lain anggota (at least two)",
        examples=[[
            {"facility": "P1410010101", "role": "authority", "signatory_title": "Kepala Puskesmas"},
            {"facility": "D1410010302", "role": "member", "signatory_title": "Dokter penanggung jawab"},
        ]],
    )  # fmt: skip
    signed_on: date = Field(description="Ditandatangani (signed)", examples=["2026-01-05"])
    valid_from: date = Field(description="Mulai berlaku (first day)", examples=["2026-01-05"])
    valid_until: date | None = Field(
        None, description="Hari terakhir berlaku; boleh kosong hanya untuk SK (last day; open only for sk)",
        examples=["2027-12-31"],
    )  # fmt: skip
    programmes: list[str] = Field(description="Program (codes of programmes)", examples=[["KIA", "ILP"]])
    member_sends: Clause = Field(
        Clause.NONE, description="Yang dikirim anggota: none, reports (laporan), record (catatan bersama)",
        examples=["record"],
    )  # fmt: skip
    member_sees: Clause = Field(
        Clause.NONE,
        description="Yang boleh dilihat anggota: none, reports, record = catatan bersama orang yang dilayaninya",
        examples=["record"],
    )
    purpose: Words | None = Field(
        None, description="Tujuan berbagi data; wajib bila ada yang dibagi (purpose)",
        examples=["Kesinambungan pelayanan orang yang sama"],
    )  # fmt: skip
    safeguards: Words | None = Field(
        None, description="Pengaman; wajib bila ada yang dibagi (safeguards)",
        examples=["Akun per orang, jejak akses, kewajiban rahasia"],
    )  # fmt: skip
    evaluation_months: int = Field(
        12, description="Evaluasi tiap 6 atau 12 bulan; pemantauan tiap bulan (evaluation)", examples=[12]
    )
    renews: AgreementId | None = Field(
        None, description="Perjanjian yang diperbaruinya (the agreement it renews)", examples=[None]
    )


class NewAgreement(AgreementFields):
    """Perjanjian baru (a new agreement)."""

    id: AgreementId | None = Field(
        None, description="Id pilihan sendiri; kosong = dibuatkan (own id, or one is made)", examples=["pks-uji-101"]
    )


class Renewal(BaseModel):
    """Pembaruan: yang tidak disebut sama dengan yang diperbarui (what is not named stays as it was)."""

    model_config = ConfigDict(extra="forbid")

    id: AgreementId | None = Field(None, description="Id perjanjian barunya (id of the new one)")
    number: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=100)] = Field(
        description="Nomor surat baru (number)", examples=["440/PKS/201/2027"]
    )
    signed_on: date = Field(description="Ditandatangani (signed)", examples=["2027-12-20"])
    valid_from: date | None = Field(
        None, description="Mulai berlaku; kosong = sehari sesudah yang lama berakhir (first day)"
    )
    valid_until: date | None = Field(None, description="Hari terakhir berlaku (last day)", examples=["2035-12-31"])
    parties: list[Party] | None = None
    programmes: list[str] | None = None
    member_sends: Clause | None = None
    member_sees: Clause | None = None


class Termination(BaseModel):
    """Pengakhiran (termination)."""

    model_config = ConfigDict(extra="forbid")

    terminated_on: date = Field(
        description="Tidak berlaku lagi sejak hari ini (no longer in force from this day)", examples=["2031-01-01"]
    )
    reason: Words = Field(description="Alasan (reason)", examples=["Praktik ditutup atas permintaan sendiri"])


class StepTaken(BaseModel):
    """Satu dari lima langkah jejaring (one of the five steps)."""

    model_config = ConfigDict(extra="forbid")

    done_on: date = Field(description="Tanggal (date)", examples=["2026-02-10"])
    evidence: Words = Field(
        description="Bukti: notulen, daftar hadir, tautan dokumen (evidence)",
        examples=["Notulen pertemuan jejaring 10 Februari 2026, daftar hadir 18 orang"],
    )


class StepRead(StepTaken):
    """Langkah yang tercatat (a step on record)."""

    step: Step


class NewReview(BaseModel):
    """Pemantauan bulanan atau evaluasi (monitoring or evaluation)."""

    model_config = ConfigDict(extra="forbid")

    kind: ReviewKind = Field(description="monitoring bulanan, evaluation 6/12 bulan (kind)", examples=["evaluation"])
    held_on: date = Field(description="Tanggal (date)", examples=["2026-03-02"])
    findings: Words = Field(
        description="Temuan; tanpa nama pasien (findings, no patients' names)",
        examples=["Laporan lengkap 11 dari 12 bulan"],
    )
    follow_up: Words | None = Field(
        None, description="Tindak lanjut (follow-up)", examples=["Pendampingan pelaporan bulan April"]
    )


class DocumentRead(BaseModel):
    """Dokumen yang tersimpan (the stored document)."""

    version: int = Field(description="Naik satu pada tiap unggahan (version)", examples=[1])
    size: int = Field(description="Besarnya, byte (bytes)", examples=[482133])
    sha256: str = Field(description="SHA-256 isi (digest)")
    uploaded_at: datetime
    uploaded_by: str


class Agreement(AgreementFields):
    """Perjanjian dan keadaannya pada hari yang ditanyakan (an agreement and how it stands on the day asked for)."""

    model_config = ConfigDict(extra="ignore")

    id: str = Field(examples=["pks-d1410010301"])
    terminated_on: date | None = Field(None, description="Diakhiri sejak (no longer in force from)")
    termination_reason: str | None = Field(None, description="Alasan pengakhiran (reason)")
    renewed_by: str | None = Field(None, description="Diperbarui oleh (the agreement that renews it)")
    status: AgreementStatus = Field(description="Keadaan pada hari itu (status on the day)", examples=["active"])
    in_force_until: date | None = Field(
        None, description="Hari terakhir berlaku, pengakhiran dihitung (last day in force, termination counted)"
    )
    days_left: int | None = Field(None, description="Sisa hari sejak hari itu; kosong = tanpa batas (days left)")
    last_monitoring: date | None = Field(None, description="Pemantauan terakhir (last monitoring)")
    next_monitoring: date | None = Field(None, description="Pemantauan berikut (next monitoring)")
    last_evaluation: date | None = Field(None, description="Evaluasi terakhir (last evaluation)")
    next_evaluation: date | None = Field(None, description="Evaluasi berikut (next evaluation)")
    has_document: bool = Field(False, description="Dokumen tersimpan (a document is stored)")
    version: int = 1


class AgreementDetail(Agreement):
    """Perjanjian dengan langkah jejaring, pemantauan, dan dokumennya (with steps, reviews and document)."""

    steps: list[StepRead] = Field(default_factory=list)
    reviews: list[NewReview] = Field(default_factory=list)
    document: DocumentRead | None = None


class AgreementVersion(BaseModel):
    """Satu versi perjanjian (one version)."""

    version: int
    recorded_at: datetime
    recorded_by: str
    agreement: dict[str, object]


class Alarm(BaseModel):
    """Peringatan; timbul sekali, ditandai oleh yang menanganinya (raised once, acknowledged by a person)."""

    id: int = Field(examples=[1])
    agreement: str = Field(description="Perjanjian (agreement)", examples=["pks-d1410010303"])
    kind: AlarmKind = Field(description="Perihal (what about)", examples=["expiring"])
    due_on: date = Field(description="Hari berakhir atau jatuh tempo (last day, or due day)")
    days: int | None = Field(None, description="Ambang hari yang memicunya (threshold in days)", examples=[30])
    raised_on: date
    facilities: list[str] = Field(description="Kode para pihak (parties)")
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    note: str | None = None


class Bare(BaseModel):
    """Anggota swasta aktif tanpa perjanjian (a private, active member without an agreement)."""

    facility: str
    kind: str
    last_ended: date | None = Field(None, description="Perjanjian terakhir berakhir (when the last one ended)")


class Alarms(BaseModel):
    """Yang harus ditangani (what must be dealt with)."""

    items: list[Alarm]
    next: str | None = None
    without_agreement: list[Bare] = Field(description="Anggota swasta aktif tanpa perjanjian pada hari ini (members)")


class Acknowledgement(BaseModel):
    """Tanda sudah ditangani (acknowledged)."""

    model_config = ConfigDict(extra="forbid")

    note: Words | None = Field(
        None, description="Apa yang dilakukan (what was done)", examples=["Perpanjangan sedang disusun bagian hukum"]
    )


class Coverage(BaseModel):
    """Anggota swasta satu jenis (private members of one kind)."""

    kind: str = Field(description="Jenis faskes; total = semua (kind)", examples=["tpmd"])
    members: int = Field(description="Swasta dan aktif (private and active)", examples=[28])
    with_agreement: int = Field(description="Perjanjian berlaku (in force)", examples=[25])
    sees_record: int = Field(description="Klausulnya membuka catatan bersama (clause opens the record)")
    without: int = Field(description="Tanpa perjanjian (without)")
    expiring: int = Field(description="Berakhir dalam 90 hari tanpa pembaruan (ends within 90 days, not renewed)")
