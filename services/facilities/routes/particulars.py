"""What hangs on a facility over HTTP: each kind is listed for any day, loaded as a file, and put one by one."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from services.facilities.contract import Page
from services.facilities.contract.capacity import CapacityReport, CareClass
from services.facilities.queries import particulars as queries
from services.facilities.queries.listing import Listing
from services.facilities.routes import loading, paging
from services.facilities.routes.filters import Anyone, AreaFilter, CodeFilter, FacilityCodePath, OnDay
from services.facilities.rules.listing import Asked
from services.facilities.usecases import particulars as usecases
from services.facilities.usecases.loading import File, load_one
from services.kernel.auth import CARE_ROLES, Actor, Role, allow
from services.kernel.service import Svc

router = APIRouter(prefix="/v1", tags=["Jejaring (network)"])

History = Annotated[bool, Query(description="Semua yang pernah dan akan berlaku (all that ever held or is planned)")]


@dataclass(frozen=True, slots=True)
class Particular:
    """A kind of thing that hangs on a facility: its path, titles, file, list, and examples."""

    path: str
    title: str
    says: str
    file: File[Any]
    listing: Listing
    header: str
    row: str
    one: dict[str, Any]


PARTICULARS = (
    Particular(
        "services", "layanan faskes (services offered)",
        "Layanan yang ditawarkan, dari daftar /v1/service-types (services offered, of the office's list).",
        usecases.SERVICES, queries.SERVICES, "facility,service,valid_from,valid_until",
        "P1410010101,kia,2020-01-01,", {"service": "kia", "valid_from": "2020-01-01"},
    ),
    Particular(
        "competences", "kompetensi faskes (competences)",
        "Kemampuan menurut ICD-10 (kategori, kode, kelompok) atau ICD-9-CM, dan tingkatnya (by diagnoses or procedure, "
        "and level).",
        usecases.COMPETENCES, queries.COMPETENCES, "facility,system,code,level,valid_from,valid_until",
        "R1410010401,icd10,I20-I25,madya,2024-01-01,",
        {"system": "icd10", "code": "A15-A19", "level": "dasar", "valid_from": "2024-01-01"},
    ),
    Particular(
        "opening-hours", "jam buka (opening hours)",
        "Jam buka tiap hari pekan, berlaku sejak suatu hari sampai diganti: 08:00-14:00 16:00-20:00; lewat tengah "
        "malam 20:00-06:00; 24 jam; tutup (a weekday's hours, until others follow).",
        usecases.HOURS, queries.HOURS, "facility,weekday,valid_from,hours", "P1410010101,senin,2020-01-01,08:00-14:00",
        {"weekday": 1, "valid_from": "2020-01-01", "hours": "08:00-14:00"},
    ),
    Particular(
        "special-days", "hari khusus (special days)",
        "Jam buka pada satu tanggal, menggantikan hari pekannya; kosong = tutup. `on`: sejak hari itu (a date's own "
        "hours; empty = closed; `on`: from that day on).",
        usecases.SPECIAL_DAYS, queries.SPECIAL_DAYS, "facility,day,hours,reason",
        "P1410010101,2030-12-25,tutup,Hari Natal", {"day": "2030-12-25", "hours": "", "reason": "Hari Natal"},
    ),
    Particular(
        "equipment", "alat kesehatan (equipment)",
        "Alat, jumlahnya, dan yang berfungsi, menurut pemeriksaan terakhir (equipment as last checked).",
        usecases.EQUIPMENT, queries.EQUIPMENT, "facility,item,checked_on,count,working",
        "P1410010101,usg,2026-01-15,1,1", {"item": "usg", "checked_on": "2026-01-15", "count": 1, "working": 1},
    ),
    Particular(
        "beds", "tempat tidur (beds)",
        "Tempat tidur menurut ruang dan kelas, sejak suatu hari; yang kosong menurut laporan terakhir (beds by "
        "ward and class; free ones as last told).",
        usecases.BEDS, queries.BEDS, "facility,unit,care_class,valid_from,total", "R1410010401,melati,3,2020-01-01,24",
        {"unit": "umum", "care_class": "umum", "valid_from": "2020-01-01", "total": 6},
    ),
    Particular(
        "jkn-contracts", "kerja sama JKN (JKN contracts)",
        "Kerja sama dengan BPJS Kesehatan: kode PPK, jenis, masa, kapitasi (contracts with JKN).",
        usecases.CONTRACTS, queries.CONTRACTS, "facility,valid_from,valid_until,ppk_code,kind,capitation,number",
        "P1410010101,2020-01-01,,9914P001,fktp,ya,PKS-P1410010101",
        {"valid_from": "2020-01-01", "ppk_code": "9914P001", "kind": "fktp", "capitation": True,
         "number": "PKS-P1410010101"},
    ),
)  # fmt: skip


def _lists(what: Particular) -> Callable[..., Any]:
    async def listed(
        service: Svc, _: Anyone, request: Request, asked: Annotated[Asked, paging.of(what.listing)],
        facility: CodeFilter = None, area: AreaFilter = None, on: OnDay = None, history: History = False,
    ) -> Response:  # fmt: skip
        day = None if history else on or service.clock.today()
        return await paging.answer(service, request, queries.chosen(what.listing, day, facility, area), asked)

    return listed


def _loads(file: File[Any]) -> Callable[..., Any]:
    async def load(
        service: Svc, actor: loading.Admin, request: Request, mode: loading.HowMuch = "all"
    ) -> loading.LoadedOut:
        return await loading.load(service, actor, file, request, mode)

    return load


def _puts(file: File[Any]) -> Callable[..., Any]:
    async def put(service: Svc, actor: loading.Admin, code: FacilityCodePath, said: loading.Said) -> Response:
        await load_one(service, file, {**said, "facility": code}, actor.subject)
        return Response(status_code=204)

    return put


for _what in PARTICULARS:
    _name = _what.path.replace("-", "_")
    router.add_api_route(
        f"/{_what.path}", _lists(_what), methods=["GET"], name=f"list_{_name}",
        summary=f"Daftar {_what.title}", description=f"{_what.says} Bawaan: yang berlaku hari ini (today's).",
        response_model=Page[_what.listing.model],  # type: ignore[name-defined]
        responses=paging.FORMS,
    )  # fmt: skip
    router.add_api_route(
        f"/network/{_what.path}", _loads(_what.file), methods=["POST"], name=f"load_{_name}",
        summary=f"Muat {_what.title}", description=_what.says, response_model=loading.LoadedOut,
        responses=loading.REPORT, openapi_extra=loading.csv(f"{_what.header}\n{_what.row}\n", _what.file),
    )  # fmt: skip
    router.add_api_route(
        f"/facilities/{{code}}/{_what.path}", _puts(_what.file), methods=["PUT"], name=f"put_{_name}",
        summary=f"Catat {_what.title} satu faskes",
        description=f"{_what.says} Satu baris, menurut aturan berkasnya (one row, by the file's rules).",
        status_code=204, openapi_extra=loading.json(_what.file.model, "facility", _what.one),
    )  # fmt: skip


@router.get(
    "/service-types", summary="Jenis layanan (kinds of services)",
    response_model=Page[queries.SERVICE_TYPES.model],  # type: ignore[name-defined]
    responses=paging.FORMS,
)  # fmt: skip
async def service_types(
    service: Svc, _: Anyone, request: Request, asked: Annotated[Asked, paging.of(queries.SERVICE_TYPES)]
) -> Response:
    """Daftar jenis layanan yang dapat ditawarkan; dinas dapat menambahnya (the list of services; the office's)."""
    return await paging.answer(service, request, queries.SERVICE_TYPES.chosen(), asked)


@router.post(
    "/network/service-types", summary="Muat jenis layanan (load kinds of services)", responses=loading.REPORT,
    openapi_extra=loading.csv("code,name,always_open\nkia,Kesehatan ibu dan anak,tidak\n", usecases.SERVICE_TYPES),
)  # fmt: skip
async def load_service_types(
    service: Svc, actor: loading.Admin, request: Request, mode: loading.HowMuch = "all"
) -> loading.LoadedOut:
    """Tambah atau ubah jenis layanan; `always_open` = buka 24 jam di mana pun ditawarkan (open day and night)."""
    return await loading.load(service, actor, usecases.SERVICE_TYPES, request, mode)


class FreeBeds(BaseModel):
    """Laporan tempat tidur kosong sekarang (free beds now)."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"unit": "melati", "care_class": "3", "free": 6}]}
    )

    unit: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$", description="Ruang (ward)")
    care_class: CareClass = Field(description="Kelas (class)")
    free: int = Field(ge=0, le=10_000, description="Yang kosong (free)")


class FreeSlots(BaseModel):
    """Laporan tempat kosong sebuah layanan sekarang (free places of a service now)."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"service": "spesialis", "free": 5}]})

    service: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$", description="Jenis layanan (service)")
    free: int = Field(ge=0, le=10_000, description="Berapa pasien lagi dapat diterima (how many more can come)")


HospitalPath = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{1,31}$", examples=["R1410010401"])]
Reporter = Annotated[Actor, Depends(allow(Role.DINKES_ADMIN, *CARE_ROLES))]


@router.post("/facilities/{code}/free-beds", summary="Laporkan tempat tidur kosong (report free beds)", status_code=204)
async def free_beds(service: Svc, actor: Reporter, code: HospitalPath, said: FreeBeds) -> Response:
    """Yang kosong saat ini menurut ruang dan kelas; hanya faskes itu sendiri (orang atau aplikasinya) dan dinas (by
    ward and class, now; told by the facility itself or the office)."""
    await usecases.free_beds(service, actor, code, said.unit, said.care_class, said.free)
    return Response(status_code=204)


@router.post(
    "/facilities/{code}/free-slots", summary="Laporkan tempat kosong layanan (report free places)", status_code=204
)
async def free_slots(service: Svc, actor: Reporter, code: HospitalPath, said: FreeSlots) -> Response:
    """Berapa pasien lagi dapat diterima sebuah layanan sekarang; dipakai untuk memeringkat tujuan rujukan selama
    laporannya masih baru (how many more a service can take now; ranks candidates while it is fresh)."""
    await usecases.free_slots(service, actor, code, said.service, said.free)
    return Response(status_code=204)


@router.get(
    "/free-slots", summary="Daftar tempat kosong layanan (free places)",
    response_model=Page[queries.FREE_SLOTS.model],  # type: ignore[name-defined]
    responses=paging.FORMS,
)  # fmt: skip
async def list_free_slots(
    service: Svc, _: Anyone, request: Request, asked: Annotated[Asked, paging.of(queries.FREE_SLOTS)],
    facility: CodeFilter = None, area: AreaFilter = None,
) -> Response:  # fmt: skip
    """Menurut laporan terakhir tiap faskes dan layanan, dengan waktunya (as last told, and when)."""
    chosen = queries.chosen(queries.FREE_SLOTS, None, facility, area)
    return await paging.answer(service, request, chosen, asked)


@router.get("/facilities/{code}/capacity", summary="Riwayat laporan kapasitas (reports of capacity)")
async def capacity_reports(
    service: Svc, _: Anyone, code: HospitalPath,
    before: Annotated[datetime | None, Query(description="`next` dari halaman sebelumnya (cursor)")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Page[CapacityReport]:  # fmt: skip
    """Semua laporan tempat tidur dan tempat layanan yang pernah diberikan, terbaru dahulu (all reports, latest
    first)."""
    items, following = await usecases.reports(service, code, before, limit)
    return Page(items=items, next=following.isoformat() if following else None)
