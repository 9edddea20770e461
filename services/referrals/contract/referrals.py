"""A referral as it is shown, alone, with its history, and in a box."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, Field

from services.referrals.contract.candidates import Warned
from services.referrals.contract.content import Content
from services.referrals.contract.summary import LeftOpen, Summary
from services.referrals.contract.words import Alarm, Kind, Outcome, Side, State, Urgency, Verb


class StepShown(BaseModel):
    """Satu langkah: siapa, di mana, kapan, mengapa (one step)."""

    number: int
    verb: Verb | Alarm | Literal["draft"]
    state: State
    side: Side
    who: str = Field(description="Akun atau aplikasi (account or application)")
    role: str
    facility: str
    at: datetime = Field(description="Kapan terjadi (when it happened)")
    recorded_at: datetime
    reason: str | None
    note: str | None


class OtherNumber(BaseModel):
    """Nomor rujukan ini pada sistem lain (this referral's number elsewhere)."""

    system: str = Field(description="pcare, vclaim, satusehat, satusehat-servicerequest, sisrute", examples=["pcare"])
    value: str = Field(examples=["0101U0011126Y000001"])


class FollowUp(BaseModel):
    """Saran balik dan tanggal kontrol (the back-referral's advice and follow-up date)."""

    advice: str | None
    due: date | None


class PatientShown(BaseModel):
    """Siapa pasiennya, sebagaimana di rekam saat dikirim (who it is about, as the record said it at sending)."""

    name: str
    birth_date: str | None
    gender: str | None


class ReferralShown(BaseModel):
    """Rujukan sebagaimana adanya sekarang (a referral as it stands)."""

    id: str
    version: int
    person_id: str
    patient: PatientShown | None = Field(
        None, description="Hanya bagi pengirim dan yang ditanya; null = lihat rekam (for the two ends only)"
    )
    state: State
    urgency: Urgency
    kind: Kind
    from_facility: str
    from_name: str | None
    to_facility: str | None
    to_name: str | None
    number: str = Field(
        description="Nomor rujukan, juga kode pemeriksaan suratnya (number of the referral and its letter)"
    )
    numbers: list[OtherNumber] = Field(description="Nomor yang diberi pihak lain (numbers given by others)")
    leg: int = Field(description="Keberapa kali dikirim; draf 0 (how often it was sent)")
    asked: list[str] = Field(description="Faskes yang sekarang boleh menjawab (who may answer now)")
    candidates: list[str] = Field(description="Ditanya berikutnya, berurutan (asked next, in order)")
    owner: Side = Field(description="Pihak yang harus bertindak sekarang (whose turn it is)")
    owner_facility: str = Field(description="Faskes yang harus bertindak sekarang (whose turn it is)")
    due_at: datetime | None = Field(description="Batas waktu langkah berikut (when the next step is due)")
    reminded: int = Field(description="Berapa kali jam berbunyi dalam keadaan ini (alarms rung in this state)")
    valid_until: date | None = Field(description="Hari terakhir surat berlaku (last day of the letter's validity)")
    lapsed: bool = Field(description="Masa berlaku surat sudah habis (the letter's validity has ended)")
    opened_at: datetime
    answered_at: datetime | None
    closed_at: datetime | None
    diagnosis: str | None
    non_specialist: bool | None = Field(description="Diagnosis yang menjadi kompetensi FKTP (within FKTP competence)")
    payer: str | None
    beside: str | None = Field(description="Alasan rujukan kedua (why a second one beside an open one)")
    encounter: str | None
    content: Content | None
    summary: Summary | None = Field(
        default=None, description="Resume rekam saat dikirim; tidak pada daftar (the record's summary; not in lists)"
    )
    summary_missing: Literal["unavailable"] | None = Field(
        default=None, description="Mengapa resume tidak ada: rekam tidak menjawab saat dikirim (why there is none)"
    )
    withheld: bool = Field(
        default=False,
        description="Isi klinis ditahan: hanya alurnya yang diperlihatkan (clinical content is withheld)",
    )
    outcome: Outcome | None
    follow_up: FollowUp | None
    legal: list[Verb] = Field(description="Langkah yang sah bagi penanya (the asker's legal steps)")
    warnings: list[Warned] = Field(
        default_factory=list,
        description="Peringatan tentang tujuan, hanya pada jawaban pengiriman; rujukan tetap terkirim (warnings about"
        " the destination, in the answer to its sending only)",
    )


class ReferralDetail(ReferralShown):
    """Rujukan dengan seluruh riwayatnya (with its whole history)."""

    history: list[StepShown]
    left_open: list[LeftOpen] = Field(
        default=[], description="Bagi pengirim: yang masih terbuka di sini (the sender's visits left open)"
    )


class Page(BaseModel):
    """Satu halaman kotak rujukan (one page of a box)."""

    items: list[ReferralShown]
    next: str | None = Field(description="Kirim kembali sebagai `after` untuk halaman berikut (send back as `after`)")
