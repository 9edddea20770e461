"""What referrals say to the outside: the words, the wire models, the `referral` event."""

import re
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from services.kernel.ids import FacilityCode, Nik

REFERRAL = "referral"
"""Event type: a step was taken. `data` is a `ReferralChanged`."""


class State(StrEnum):
    """Keadaan rujukan (where a referral stands). Closed list."""

    SENT = "sent"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    DEPARTED = "departed"
    ARRIVED = "arrived"
    NO_SHOW = "no-show"
    IN_CARE = "in-care"
    CLOSED = "closed"


class Verb(StrEnum):
    """Langkah setelah rujukan terkirim (the steps after sending)."""

    ACCEPT = "accept"
    DECLINE = "decline"
    CANCEL = "cancel"
    DEPART = "depart"
    ARRIVE = "arrive"
    NO_SHOW = "no-show"
    TREAT = "treat"
    REFER_BACK = "refer-back"
    CLOSE = "close"


class Side(StrEnum):
    """Pengirim atau penerima (which end of the referral a facility is)."""

    SENDER = "sender"
    RECEIVER = "receiver"


class Urgency(StrEnum):
    """Kegawatan (urgency)."""

    ROUTINE = "routine"
    URGENT = "urgent"
    EMERGENCY = "emergency"


class Kind(StrEnum):
    """Arah rujukan: ke tingkat lebih tinggi, setingkat, balik, atau sebagian/penunjang (direction)."""

    VERTICAL = "vertical"
    HORIZONTAL = "horizontal"
    BACK = "back"
    PARTIAL = "partial"


class Outcome(StrEnum):
    """Hasil akhir rujukan yang ditutup (how a closed referral ended)."""

    BACK_REFERRED = "back-referred"
    ADMITTED = "admitted"
    DISCHARGED = "discharged"
    REFERRED_ON = "referred-on"
    LEFT = "left"
    DIED = "died"


Prose = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=4000)]
Icd10 = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Z]\d{2}(\.[0-9A-Z]{1,2})?$"),
    Field(description="Diagnosis ICD-10", examples=["O13", "O14.1"]),
]


def _with_offset(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("sertakan zona waktu, misalnya +07:00 / give the offset, for example +07:00")
    return value


Moment = Annotated[datetime, AfterValidator(_with_offset), Field(examples=["2026-11-21T08:30:00+07:00"])]
FhirId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9\-.]{1,64}$")]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Patient(_Asked):
    """Pasien menurut nomor identitasnya (the patient by number)."""

    system: Literal["nik"] = "nik"
    nik: Nik


class Criterion(_Asked):
    """Satu kriteria rujukan: terapi, tindakan medis (ICD-9-CM) atau upaya diagnosis (why not here)."""

    kind: Literal["therapy", "procedure", "workup"]
    code: Annotated[str, StringConstraints(pattern=r"^\d{2}(\.\d{1,2})?$")] | None = Field(
        None, description="ICD-9-CM; wajib untuk `procedure` (required for procedure)", examples=["88.78"]
    )

    @model_validator(mode="after")
    def _procedure_has_code(self) -> "Criterion":
        if (self.kind == "procedure") != (self.code is not None):
            raise ValueError("isi code tepat bila kind = procedure / give code exactly when kind = procedure")
        return self


class Sbar(_Asked):
    """Situasi, latar belakang, penilaian, rekomendasi (SBAR handover)."""

    situation: Prose
    background: Prose | None = None
    assessment: Prose | None = None
    recommendation: Prose | None = None


_TACC_DAYS = ("< 3 Hari", ">= 3 - 7 Hari", ">= 7 Hari")
_TACC_AGES = (
    "< 1 Bulan", ">= 1 Bulan s/d < 12 Bulan", ">= 1 Tahun s/d < 5 Tahun", ">= 5 Tahun s/d < 12 Tahun",
    ">= 12 Tahun s/d < 55 Tahun", ">= 55 Tahun",
)  # fmt: skip
_TACC_COMPLICATION = re.compile(r"[A-Z]\d{2}(\.[0-9A-Z]{1,2})? - .+")


class Tacc(_Asked):
    """Alasan TACC menurut PCare: 1 Time, 2 Age, 3 Complication, 4 Comorbidity, dengan teks alasannya."""

    code: Literal[1, 2, 3, 4]
    reason: Annotated[str, StringConstraints(max_length=200)] = Field(examples=[">= 7 Hari", "O14.1 - Preeklampsia"])

    @model_validator(mode="after")
    def _known_reason(self) -> "Tacc":
        known = {1: _TACC_DAYS, 2: _TACC_AGES, 4: _TACC_DAYS}.get(self.code)
        if known is not None and self.reason not in known:
            listed = "; ".join(known)
            raise ValueError(f"reason harus salah satu dari: {listed} / reason must be one of: {listed}")
        if known is None and not _TACC_COMPLICATION.fullmatch(self.reason):
            raise ValueError("reason harus 'ICD-10 - nama' / reason must be 'ICD-10 - name'")
        return self


class Content(_Asked):
    """Isi rujukan yang hanya disimpan di sini (what is asked, and why; never leaves this service)."""

    reason: Prose = Field(
        description="Alasan merujuk (why)",
        examples=["Tekanan darah 150/95 pada kehamilan 32 minggu, perlu pemeriksaan lanjutan"],
    )
    criterion: Criterion | None = None
    sbar: Sbar | None = None
    tacc: Tacc | None = None


class NewReferral(Content):
    """Rujukan baru; pasien disebut dengan person_id atau patient, tepat satu (a new referral)."""

    person_id: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = None
    patient: Patient | None = None
    to_facility: FacilityCode = Field(examples=["P1410010101"])
    urgency: Urgency = Urgency.ROUTINE
    kind: Kind
    diagnosis: Icd10
    encounter: FhirId | None = Field(None, description="Id Encounter FHIR kunjungan ini (the visit's FHIR id)")

    @model_validator(mode="after")
    def _one_patient(self) -> "NewReferral":
        if (self.person_id is None) == (self.patient is None):
            raise ValueError("isi tepat satu dari person_id, patient / give exactly one of person_id, patient")
        return self


class StepTaken(_Asked):
    """Keterangan sebuah langkah; yang wajib bergantung pada langkahnya (what comes with a step)."""

    reason: Prose | None = Field(None, description="Wajib untuk decline dan cancel (required to decline or cancel)")
    note: Prose | None = None
    outcome: Outcome | None = Field(None, description="Wajib untuk close (required to close)")
    advice: Prose | None = Field(None, description="Wajib untuk refer-back (required to refer back)")
    due: date | None = Field(None, description="Tanggal kontrol; wajib untuk refer-back (follow-up date)")
    at: Moment | None = Field(None, description="Kapan terjadi, bila bukan sekarang (when it happened)")


class StepShown(BaseModel):
    """Satu langkah: siapa, di mana, kapan, mengapa (one step)."""

    number: int
    verb: Verb | Literal["send"]
    state: State
    who: str = Field(description="Akun atau aplikasi (account or application)")
    role: str
    facility: str
    at: datetime = Field(description="Kapan terjadi (when it happened)")
    recorded_at: datetime
    reason: str | None
    note: str | None


class FollowUp(BaseModel):
    """Saran balik dan tanggal kontrol (the back-referral's advice and follow-up date)."""

    advice: str | None
    due: date | None


class ReferralShown(BaseModel):
    """Rujukan sebagaimana adanya sekarang (a referral as it stands)."""

    id: str
    version: int
    person_id: str
    state: State
    urgency: Urgency
    kind: Kind
    from_facility: str
    from_name: str | None
    to_facility: str
    to_name: str | None
    owner_facility: str = Field(description="Faskes yang harus bertindak sekarang (whose turn it is)")
    due_at: datetime | None = Field(description="Batas waktu langkah berikut (when the next step is due)")
    opened_at: datetime
    answered_at: datetime | None
    closed_at: datetime | None
    diagnosis: str | None
    encounter: str | None
    content: Content | None
    withheld: bool = Field(
        default=False,
        description="Isi klinis ditahan: hanya alurnya yang diperlihatkan (clinical content is withheld)",
    )
    outcome: Outcome | None
    follow_up: FollowUp | None
    legal: list[Verb] = Field(description="Langkah yang sah bagi penanya (the asker's legal steps)")


class ReferralDetail(ReferralShown):
    """Rujukan dengan seluruh riwayatnya (with its whole history)."""

    history: list[StepShown]


class Page(BaseModel):
    """Satu halaman kotak rujukan (one page of a box)."""

    items: list[ReferralShown]
    next: str | None = Field(description="Kirim kembali sebagai `after` untuk halaman berikut (send back as `after`)")


class Loop(BaseModel):
    """Seberapa tertutup lingkarannya (how well the loop closes)."""

    sent: int
    answered: int
    response_median_minutes: float | None
    closed: int
    closed_share: float | None = Field(description="closed / (sent - cancelled); null bila tidak ada (null when none)")


class FacilityLoop(Loop):
    """Angka satu faskes (one facility's figures)."""

    facility: str
    name: str | None


class Figures(BaseModel):
    """Angka rujukan yang dikirim dalam suatu masa (figures of the referrals sent in a period)."""

    since: date
    until: date
    by_state: dict[State, int]
    all: Loop
    by_sender: list[FacilityLoop]
    by_receiver: list[FacilityLoop]


class StepTold(BaseModel):
    """The step an event speaks of, without who and why."""

    number: int
    verb: Verb | Literal["send"]
    facility: str
    role: str
    at: datetime


class ReferralChanged(BaseModel):
    """`data` of a `referral` event: no name, no number of a person, no free text."""

    state: State
    urgency: Urgency
    kind: Kind
    from_facility: str
    to_facility: str
    owner_facility: str
    opened_at: datetime
    due_at: datetime | None
    closed_at: datetime | None
    outcome: Outcome | None
    step: StepTold
    legal: dict[Side, list[Verb]]
    servicerequest: dict[str, Any]
    task: dict[str, Any]
