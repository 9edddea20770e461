"""The queue's desk over HTTP: the day, tickets, timetable, closures, and the accounts BPJS uses."""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Body, Depends, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.coverage.contract.queue import (
    EXAMPLE_DAY,
    Poli,
    PracticeHours,
    QueueAccountMade,
    QueueAccountOut,
    QueueOut,
    TicketOut,
    Timetable,
)
from services.coverage.rules.queue import Wish
from services.coverage.usecases import queue as usecases
from services.coverage.usecases import queue_accounts as accounts
from services.coverage.usecases.queue import Standing
from services.kernel.auth import Actor, Role, allow
from services.kernel.ids import FacilityCode, JknNumber, Nik
from services.kernel.service import Svc

router = APIRouter(prefix="/v1/jkn/queue", tags=["Antrean (queue)"])
DESK = (Role.CLINIC_SYSTEM, Role.CLINICIAN, Role.FACILITY_ADMIN, Role.PUSKESMAS_STAFF)
Desk = Annotated[Actor, Depends(allow(*DESK))]
Keeper = Annotated[Actor, Depends(allow(Role.FACILITY_ADMIN, Role.PUSKESMAS_STAFF, Role.DINKES_ADMIN))]
AccountKeeper = Annotated[Actor, Depends(allow(Role.FACILITY_ADMIN, Role.DINKES_ADMIN))]
Facility = Annotated[
    FacilityCode | None,
    Field(description="Kosong: faskes pada token (default: the token's)", examples=["P1410010101"]),
]
At = Annotated[
    FacilityCode | None,
    Query(description="Kosong: faskes pada token (default: the token's)", examples=["P1410010101"]),
]
TicketId = Annotated[str, Path(max_length=64, description="Id antrean", examples=["dari-jawaban-pengambilan"])]
Username = Annotated[
    str, Path(pattern=r"^[a-z0-9][a-z0-9._-]{2,63}$", description="Nama pengguna", examples=["bpjs.selatpanjang"])
]


class TicketIn(BaseModel):
    """Antrean di loket: tepat satu dari person_id, nik, jkn (exactly one of them)."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"nik": "1410014107900001", "poli": "002", "day": EXAMPLE_DAY, "complaint": "sakit gigi"}]
        },
    )

    poli: Poli
    day: date | None = Field(None, description="Kosong: hari ini (today)")
    doctor: int | None = Field(None, description="Kosong: siapa saja yang masih ada tempat (any with room)")
    hours: Annotated[str, Field(pattern=r"^\d{2}:\d{2}-\d{2}:\d{2}$")] | None = None
    person_id: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    nik: Nik | None = None
    jkn: JknNumber | None = None
    member: bool = Field(True, description="Mengantre sebagai peserta JKN (as a JKN member)")
    complaint: Annotated[str, Field(max_length=500)] | None = Field(None, description="Keluhan")

    @model_validator(mode="after")
    def _one(self) -> "TicketIn":
        if sum(v is not None for v in (self.person_id, self.nik, self.jkn)) != 1:
            raise ValueError("isi tepat satu dari person_id, nik, jkn / give exactly one of person_id, nik, jkn")
        return self


class NextIn(BaseModel):
    """Siapa berikutnya, di poli mana (who is next, at which poli)."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"poli": "011"}]})

    poli: Poli
    doctor: int | None = None


class StepIn(BaseModel):
    """Alasan, wajib untuk membatalkan (a reason; needed to cancel)."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str, Field(min_length=3, max_length=200)] | None = None


class TimetableIn(BaseModel):
    """Seluruh jadwal sejak suatu hari (the whole timetable from a day on)."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "facility": "P1410010102", "valid_from": EXAMPLE_DAY,
                    "hours": [
                        {"poli": "001", "poli_name": "Poli Umum", "prefix": "A", "doctor": 131502,
                         "doctor_name": "dr. Rudi Contoh", "weekday": 1, "starts": "08:00", "ends": "12:00",
                         "capacity": 40},
                    ],
                }
            ]
        },
    )  # fmt: skip

    facility: Facility = None
    valid_from: date | None = Field(None, description="Kosong: hari ini (today)")
    hours: list[PracticeHours] = Field(min_length=1, max_length=500)


class ClosureIn(BaseModel):
    """Poli tutup pada satu hari; `reason` kosong = buka lagi (closed on a day; no reason: open after all)."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"facility": "P1410010102", "day": EXAMPLE_DAY, "poli": "002", "reason": "Dokter mengikuti pelatihan"}
            ]
        },
    )

    facility: Facility = None
    day: date
    poli: Poli | Literal[""] = Field("", description="Kosong: seluruh faskes (the whole facility)")
    reason: Annotated[str, Field(min_length=3, max_length=200)] | None = None


class AccountIn(BaseModel):
    """Akun untuk BPJS (an account for BPJS)."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"username": "bpjs.selatpanjang", "facility": "P1410010101"}]},
    )

    username: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{2,63}$")]
    facility: Facility = None


@router.get("", summary="Antrean satu hari (the queue of a day)")
async def show(
    service: Svc, actor: Desk, day: Annotated[date | None, Query(description="Kosong: hari ini (today)")] = None,
    poli: Annotated[str | None, Query(pattern=r"^[A-Za-z0-9]{1,10}$")] = None,
) -> QueueOut:  # fmt: skip
    """Jam praktik dengan kapasitas dan sisanya, dan tiap antrean. Nama tampil menurut hak akses dan dicatat.

    (Sessions with their capacity, and each ticket. Names are shown by the reader's rights, and logged.)
    """
    return await usecases.show(service, actor, None, day, poli)


@router.post("/tickets", status_code=201, summary="Ambil antrean di loket (take a ticket at the desk)")
async def take(service: Svc, actor: Desk, body: TicketIn) -> TicketOut:
    """Nomor berikutnya; sama aturannya dengan Mobile JKN, dan dikabarkan ke BPJS.

    (The next number, by the same rules as Mobile JKN's; BPJS is told.)
    """
    wish = Wish(body.poli, body.day or service.clock.today(), body.doctor, body.hours)
    who = Standing(body.person_id, body.nik, body.jkn, body.member, body.complaint)
    return await usecases.take(service, actor, None, wish, who)


@router.post("/next", summary="Panggil berikutnya (call the next)")
async def call_next(service: Svc, actor: Desk, body: NextIn) -> TicketOut:
    """Yang menunggu terlama hari ini di poli itu. Dua loket yang memanggil bersamaan mendapat dua orang.

    (Who has waited longest today. Two desks calling at once get two people.)
    """
    return await usecases.call_next(service, actor, None, body.poli, body.doctor)


@router.post("/tickets/{ticket}/{verb}", summary="Panggil, hadir, tidak hadir, batal (call, present, absent, cancel)")
async def step(
    service: Svc, actor: Desk, ticket: TicketId,
    verb: Annotated[Literal["call", "present", "absent", "cancel"], Path(examples=["call"])],
    body: Annotated[StepIn, Body(openapi_examples={
        "call": {"summary": "Dipanggil (called)", "value": {}},
        "present": {"summary": "Hadir (present)", "value": {}},
        "cancel": {"summary": "Dibatalkan (cancelled)", "value": {"reason": "Pasien pulang"}},
    })],
) -> TicketOut:  # fmt: skip
    """Satu langkah; BPJS dikabari. Yang tidak hadir dapat dipanggil lagi; yang sudah dilayani tidak dapat dibatalkan.

    (One step; BPJS is told. Who was absent can be called again; who has been seen cannot be cancelled.)
    """
    return await usecases.step(service, actor, ticket, verb, body.reason)


@router.get("/practice-hours", summary="Jadwal praktik (timetable)")
async def timetable(
    service: Svc, actor: Keeper, facility: At = None,
    on: Annotated[date | None, Query(description="Berlaku pada hari ini (in force on this day)")] = None,
) -> Timetable:  # fmt: skip
    """Jam praktik dokter per poli dan kapasitasnya (doctors' hours by poli, with their capacity)."""
    return await usecases.timetable(service, actor, facility, on)


@router.put("/practice-hours", summary="Tetapkan jadwal praktik (set the timetable)")
async def put_timetable(service: Svc, actor: Keeper, body: TimetableIn) -> Timetable:
    """Seluruh jadwal sejak hari itu; yang lama tetap untuk hari sebelumnya. Antrean yang sudah diambil tetap.

    (The whole timetable from that day on. Tickets already given stand.)
    """
    return await usecases.put_timetable(service, actor, body.facility, body.valid_from, body.hours)


@router.put("/closures", status_code=204, summary="Tutup atau buka poli satu hari (close a poli for a day)")
async def close(service: Svc, actor: Keeper, body: ClosureIn) -> None:
    """Tidak ada nomor baru hari itu. Hari khusus faskes di registri ikut menutup (special days close it too)."""
    await usecases.close(service, actor, body.facility, body.day, body.poli, body.reason)


@router.post("/accounts", status_code=201, summary="Buat akun untuk BPJS (make an account for BPJS)")
async def make_account(service: Svc, actor: AccountKeeper, body: AccountIn, response: Response) -> QueueAccountMade:
    """Kata sandi ditampilkan sekali ini saja dan disimpan sebagai sidik (shown once, stored as a hash).

    Daftarkan keduanya di BPJS bersama alamat `…/antreanfktp`.
    """
    response.headers["Cache-Control"] = "no-store"
    return await accounts.make(service, actor, body.username, body.facility)


@router.get("/accounts", summary="Akun yang dipakai BPJS (accounts)")
async def list_accounts(service: Svc, actor: AccountKeeper) -> list[QueueAccountOut]:
    """Milik faskes sendiri; dinas melihat semua (one's own; the office sees all)."""
    return await accounts.listed(service, actor)


@router.put("/accounts/{account}/password", summary="Kata sandi baru (a new password)")
async def renew(service: Svc, actor: AccountKeeper, account: Username, response: Response) -> QueueAccountMade:
    """Token yang lama langsung tidak berlaku; akun yang ditutup terbuka lagi (old tokens end at once)."""
    response.headers["Cache-Control"] = "no-store"
    return await accounts.renew(service, actor, account)


@router.delete("/accounts/{account}", status_code=204, summary="Tutup akun (close an account)")
async def close_account(service: Svc, actor: AccountKeeper, account: Username) -> None:
    """BPJS tidak dapat masuk lagi dengannya, juga dengan token yang sudah ada (existing tokens end too)."""
    await accounts.close(service, actor, account)
