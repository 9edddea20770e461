"""The queue of a first-level facility (Antrean FKTP): tickets, timetables, and the accounts BPJS signs in with."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from services.kernel.settings import Settings

EXAMPLE_DAY = (Settings().clock().today() + timedelta(days=1)).isoformat()
"""A day that tickets are given for, so that the documentation's examples can be run as they are shown."""


class TicketState(StrEnum):
    """Keadaan antrean (where a ticket stands)."""

    WAITING = "waiting"
    CALLED = "called"
    PRESENT = "present"
    ABSENT = "absent"
    CANCELLED = "cancelled"


class TicketSource(StrEnum):
    """Diambil lewat Mobile JKN atau di loket (taken by Mobile JKN or at the desk)."""

    MOBILE = "mobile"
    DESK = "desk"


Poli = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9]{1,10}$"),
    Field(description="Kode poli di BPJS (kdPoli)", examples=["001"]),
]
Hour = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$"), Field(examples=["08:00"])]
PoliName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]


class PracticeHours(BaseModel):
    """Jam praktik seorang dokter pada satu hari pekan (a doctor's hours on one weekday)."""

    model_config = {"extra": "forbid"}

    poli: Poli
    poli_name: PoliName = Field(description="Nama poli (its name)", examples=["Poli Umum"])
    prefix: Annotated[str, StringConstraints(pattern=r"^[A-Z]{1,3}$")] = Field(
        "A", description="Huruf nomor antrean poli ini (letter of its numbers)", examples=["A"]
    )
    doctor: int = Field(ge=1, le=10**12, description="kodedokter menurut BPJS (BPJS' code of the doctor)")
    doctor_name: PoliName = Field(description="Nama dokter, tampil di Mobile JKN (shown there)")
    weekday: int = Field(ge=1, le=7, description="1 = Senin … 7 = Minggu (1 = Monday)", examples=[1])
    starts: Hour
    ends: Hour = Field(examples=["12:00"])
    capacity: int = Field(
        ge=0, le=1000, description="Jumlah antrean yang dilayani (tickets it can take)", examples=[40]
    )


class Timetable(BaseModel):
    """Jadwal praktik sebuah faskes sejak suatu hari (a facility's timetable from a day on)."""

    facility: str
    valid_from: date | None = Field(description="Berlaku sejak (from)")
    hours: list[PracticeHours]


class SessionOut(BaseModel):
    """Satu jam praktik pada satu hari (a doctor's hours of a day) dan antreannya."""

    poli: str
    poli_name: str
    doctor: int
    doctor_name: str
    hours: str = Field(examples=["08:00-12:00"])
    capacity: int
    taken: int = Field(description="Antrean yang tidak dibatalkan (tickets that stand)")
    waiting: int = Field(description="Belum dipanggil (not yet called)")
    called: str | None = Field(description="Nomor yang terakhir dipanggil (last called)", examples=["A-8"])


class TicketOut(BaseModel):
    """Satu antrean (a ticket)."""

    ticket: str
    number: str = Field(examples=["A-12"])
    day: date
    poli: str
    poli_name: str
    doctor: int
    doctor_name: str
    hours: str
    state: TicketState
    source: TicketSource
    member: bool = Field(description="Mengantre sebagai peserta JKN (as a JKN member)")
    person_id: str
    name: str | None = Field(None, description="Nama, bila hak akses mengizinkan (name, by the reader's rights)")
    complaint: str | None = Field(None, description="Keluhan yang ditulis pasien (what the patient wrote)")
    reason: str | None = Field(None, description="Alasan batal (why it was cancelled)")
    ahead: int | None = Field(None, description="Yang menunggu di depannya (waiting before it)")
    calls: int = 0
    taken_at: datetime
    called_at: datetime | None = None
    met_at: datetime | None = None
    version: int
    told: str | None = Field(None, description="Kabar ke BPJS: keadaan kirimannya (what BPJS has been told)")


class QueueOut(BaseModel):
    """Antrean satu hari (the queue of a day)."""

    facility: str
    day: date
    closed: str | None = Field(None, description="Sebab tutup hari ini (why it is closed)")
    sessions: list[SessionOut]
    tickets: list[TicketOut]


class QueueAccountOut(BaseModel):
    """Akun yang dipakai BPJS (an account BPJS signs in with)."""

    username: str
    facility: str
    made_by: str
    made_at: datetime
    changed_at: datetime
    closed_at: datetime | None = None


class QueueAccountMade(QueueAccountOut):
    """Akun baru; `password` hanya tampil kali ini (shown once)."""

    password: str
