"""Reconciliation with BPJS: runs, how each day stands, and its differences."""

from datetime import date, datetime
from enum import StrEnum

from pydantic import BaseModel, Field


class Kind(StrEnum):
    """Macam selisih (kinds of difference)."""

    NOT_SENT = "not-sent"
    NOT_LISTED = "not-listed"
    """BPJS accepted it, and does not list it."""
    DELETED_THERE = "deleted-there"
    """BPJS listed it once, and does no more."""
    NOT_OURS = "not-ours"
    """BPJS lists it, and nothing of ours is it."""
    STILL_THERE = "still-there"
    """We removed it, and BPJS still lists it."""
    DIFFERS = "differs"
    TWICE = "twice"
    LATE = "late"
    """It came after the month had closed."""


class Owner(StrEnum):
    """Siapa yang menyelesaikan (whose turn it is)."""

    FACILITY = "facility"
    DINKES = "dinkes"
    BPJS = "bpjs"


class State(StrEnum):
    """Keadaan selisih (where a difference stands)."""

    OPEN = "open"
    IN_HAND = "in-hand"
    SETTLED = "settled"
    """It disappeared by itself."""
    ACCEPTED = "accepted"
    """Somebody said why it may stay."""


class RunOut(BaseModel):
    """Satu pemeriksaan dan kemajuannya (a run and how far it is)."""

    id: str
    asked_by: str
    facility: str | None = Field(description="Kosong: semua faskes (all)")
    since: date
    until: date
    state: str = Field(description="waiting, running, done")
    total: int | None = Field(description="Banyaknya hari-faskes (facility-days)")
    done: int
    failed: int = Field(description="Yang tidak terjawab BPJS (BPJS did not answer)")
    made_at: datetime
    finished_at: datetime | None


class DayOut(BaseModel):
    """Satu faskes pada satu hari (one facility on one day)."""

    facility: str
    name: str | None
    day: date
    service: str
    owed: int = Field(description="Kunjungan yang harus dikirim (owed)")
    skipped: int = Field(description="Tidak dikirim, dengan sebab (not owed)")
    sent: int = Field(description="Sudah pernah dikirim (sent)")
    accepted: int = Field(description="Diterima BPJS (accepted)")
    listed: int = Field(description="Tercantum di daftar BPJS (listed)")
    open: int
    in_hand: int
    settled: int
    agreed: int = Field(description="Selisih yang diterima dengan alasan (accepted with a reason)")
    kinds: dict[str, int] = Field(description="Selisih yang belum selesai menurut macamnya (left, by kind)")
    because: str | None = Field(description="Mengapa BPJS belum dapat dibandingkan (why it could not be compared)")
    compared_at: datetime | None


class Summary(BaseModel):
    """Ringkasan (summary)."""

    since: date
    until: date
    days: list[DayOut]


class StepOut(BaseModel):
    """Siapa berbuat apa (who did what)."""

    at: datetime
    by: str
    step: str
    state: State
    owner: Owner
    note: str | None


class DifferenceOut(BaseModel):
    """Satu selisih (a difference)."""

    id: str
    facility: str
    day: date
    service: str
    kind: Kind
    state: State
    owner: Owner
    says: str = Field(description="Selisihnya dalam kata-kata (in words)")
    fields: list[str] = Field(description="Isian yang berbeda, menurut nama BPJS (fields that differ)")
    because: str | None
    poli: str | None
    no_urut: str | None
    no_kunjungan: str | None
    visit: str | None = Field(description="Kunjungan di rekam bersama (our Encounter)")
    delivery: str | None = Field(description="Kirimannya (its delivery)")
    person_id: str | None = Field(description="Bila hak akses mengizinkan (by the reader's rights)")
    name: str | None
    found_at: datetime
    seen_at: datetime
    closed_at: datetime | None
    age_days: int = Field(description="Umur sejak ditemukan (days since it was found)")


class DifferenceOpened(DifferenceOut):
    """Satu selisih dengan riwayatnya (with its history)."""

    steps: list[StepOut]


class Differences(BaseModel):
    """Satu halaman selisih (a page)."""

    items: list[DifferenceOut]
    next: str | None = None
