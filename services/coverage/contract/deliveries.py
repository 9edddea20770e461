"""What people see of the outbox, and what they decide."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints


class State(StrEnum):
    """Keadaan kiriman (how a delivery stands)."""

    WAITING = "waiting"
    SENDING = "sending"
    """A request may have arrived; what came of it is not known yet."""
    DELIVERED = "delivered"
    PARKED = "parked"
    """BPJS or our own check wants something mended; nobody sends until then."""
    SKIPPED = "skipped"
    REMOVED = "removed"


class Action(StrEnum):
    """Yang dilakukan (what is done): sent anew, changed, or removed."""

    SEND = "send"
    CHANGE = "change"
    REMOVE = "remove"


class Came(StrEnum):
    """Hasil satu percobaan (what came of one try)."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    LINE = "line"
    """The sign-in or the clock is refused, not what was sent."""
    UNREACHED = "unreached"
    UNKNOWN = "unknown"
    ADOPTED = "adopted"
    """Looked: it is there, from an earlier try."""
    ABSENT = "absent"
    """Looked: it is not there."""
    TAKEN = "taken"
    """Looked: what is there belongs to another delivery."""


class ToMend(BaseModel):
    """Isian yang harus diperbaiki (a field to mend), in BPJS' words."""

    field: str = Field(examples=["kdDiag1"])
    message: str = Field(examples=["Tidak sesuai dengan referensi sistem."])


class Delivery(BaseModel):
    """Satu kiriman ke BPJS (one thing owed to BPJS)."""

    id: str
    facility: str = Field(examples=["P1410010101"])
    kind: str = Field(description="visit: kunjungan ke PCare; ticket: antrean ke Antrean FKTP", examples=["visit"])
    subject: str = Field(description="Id Encounter (atau id tiket) yang dikirim (what is sent)")
    person_id: str | None = Field(description="Nomor orang di rekam bersama (our person id)")
    day: date = Field(description="Tanggal kunjungan (day of the visit)")
    action: Action
    state: State
    because: str | None = Field(
        None, description="Alasan keadaannya (why): rule, gap, second-of-day, no-answer, not-member, …"
    )
    fields: list[ToMend] = Field([], description="Isian yang harus diperbaiki (fields to mend)")
    message: str | None = Field(None, description="Kata BPJS, atau kata kita (in words)")
    no_urut: str | None = Field(None, examples=["A1"])
    no_kunjungan: str | None = Field(None, examples=["9914P0011126Y000001"])
    tried: int = Field(description="Berapa kali dicoba atau dilihat (tries and looks)")
    due_at: datetime = Field(description="Tidak dikirim sebelum ini (not sent before)")
    created_at: datetime
    changed_at: datetime
    delivered_at: datetime | None = Field(None, description="Saat BPJS menerima seluruhnya (accepted as a whole)")
    decided_by: str | None = Field(None, description="Siapa yang memutuskan terakhir (who decided last)")
    note: str | None = Field(None, description="Alasan dibatalkan (why it was given up)")


class Proof(BaseModel):
    """Satu percobaan (one try): a request to BPJS, or a look at what BPJS has."""

    number: int
    at: datetime
    step: str = Field(examples=["registration", "visit", "visit-change", "visit-removal"])
    outcome: Came
    code: int | None = Field(None, description="Kode jawaban BPJS (code of the answer)", examples=[201])
    because: str | None = None
    ms: int = Field(description="Lama jawaban, milidetik (milliseconds)")
    digest: str | None = Field(
        None, description="Sidik isi yang dikirim; isinya tidak disimpan (keyed digest of the body)"
    )
    given: dict[str, str] = Field({}, description="Nomor dari BPJS setelah percobaan ini (numbers held after it)")


class DeliveryProof(Delivery):
    """Satu kiriman dengan buktinya (one delivery with its proof)."""

    proof: list[Proof]


class Deliveries(BaseModel):
    """Sebagian daftar kiriman (a page of deliveries)."""

    deliveries: list[Delivery]
    next: int | None = Field(None, description="Pakai sebagai `after` untuk halaman berikutnya (for the next page)")


class QueueState(BaseModel):
    """Antrean kiriman satu faskes ke satu layanan BPJS (one facility's queue to one BPJS service)."""

    facility: str
    service: str = Field(examples=["pcare"])
    waiting: int
    sending: int
    parked: int
    delivered_today: int
    oldest_due: datetime | None = Field(None, description="Yang tertua belum terkirim (oldest still owed)")
    rests_until: datetime | None = Field(None, description="Beristirahat sampai (rests until); kosong: berjalan")
    held: bool = Field(description="Ditahan sampai jalurnya diperbaiki (until its line is mended)")
    because: str | None = None
    since: datetime | None = None


class Queues(BaseModel):
    """Keadaan semua antrean kiriman (how the queues stand)."""

    queues: list[QueueState]


class GiveUp(BaseModel):
    """Membatalkan kiriman (giving a delivery up), with the reason."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"reason": "Sudah diinput manual di PCare web"}]}
    )

    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=300)] = Field(
        description="Alasan, tanpa nama atau nomor pasien (the reason, without names or numbers)"
    )
