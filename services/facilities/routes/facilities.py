"""Facilities over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from services.facilities.contract import Facility, FacilityChange, HospitalClass, Kind, Ownership, Page, Status
from services.facilities.queries import facilities as queries
from services.facilities.routes import loading, paging
from services.facilities.routes.filters import AnyCode, Anyone, FacilityCodePath, NameFilter, OnDay
from services.facilities.routes.paging import After, Limit
from services.facilities.rules.listing import Asked
from services.facilities.usecases import facilities as usecases
from services.kernel.auth import peers_only
from services.kernel.service import Svc

router = APIRouter(prefix="/v1", tags=["Jejaring (network)"])
inner = APIRouter(prefix="/internal", include_in_schema=False)


@router.get("/facilities", summary="Daftar faskes (facilities)", response_model=Page[Facility], responses=paging.FORMS)
async def facilities(
    service: Svc, _: Anyone, request: Request, asked: Annotated[Asked, paging.of(queries.FACILITIES)],
    kind: Annotated[list[Kind] | None, Query(description="Jenis, boleh berulang (kind, repeatable)")] = None,
    ownership: Ownership | None = None,
    area: Annotated[
        str | None,
        Query(pattern=r"^\d{2,10}$", description="Semua di dalam wilayah ini (all within)", examples=["141001"]),
    ] = None,
    name: NameFilter = None,
    active: bool | None = None,
    status: Status | None = None,
    inpatient: Annotated[bool | None, Query(description="Rawat inap (takes in-patients)")] = None,
    hospital_class: HospitalClass | None = None,
    on: OnDay = None,
) -> Response:  # fmt: skip
    """Faskes, disaring menurut jenis, pemilik, wilayah, keadaan, atau bagian nama; menurut kode atau `sort`; `on` =
    seperti pada hari itu (filtered, sorted; as on a day).
    """
    wanted = queries.Wanted(kind, ownership, area, name, active, status, inpatient, hospital_class, on)
    return await paging.answer(service, request, queries.chosen(wanted), asked)


@router.get("/facilities/{code}", summary="Satu faskes (one facility)")
async def facility(service: Svc, _: Anyone, code: AnyCode, on: OnDay = None) -> Facility:
    """Faskes menurut salah satu kodenya; `on` = seperti pada hari itu, menurut kode yang berlaku hari itu (a facility
    by any of its codes; as on a day, by the codes of that day).
    """
    return await usecases.facility(service, code, on)


@router.get("/facilities/{code}/history", summary="Riwayat faskes (history of a facility)")
async def history(
    service: Svc, _: Anyone, code: AnyCode, after: After = None, limit: Limit = 100
) -> Page[FacilityChange]:
    """Siapa mengubah apa, kapan dicatat, dan sejak kapan berlaku; yang terakhir dicatat lebih dulu. Koreksi masa lalu
    dan perubahan yang direncanakan tampak dengan kedua waktunya. (Who changed what: when recorded, from when valid.)
    """
    items, following = await usecases.history(service, code, after, limit)
    return Page(items=items, next=following)


@router.put(
    "/facilities/{code}", summary="Daftarkan atau ubah satu faskes (register or change one facility)",
    openapi_extra=loading.json(
        usecases.FACILITIES.model, "code",
        {"phone": "0763-990001", "status": "active", "valid_from": "2026-01-01"},
    ),
)  # fmt: skip
async def put(service: Svc, actor: loading.Admin, code: FacilityCodePath, said: loading.Said) -> Facility:
    """Yang tidak disebut tetap seperti adanya; null mengosongkan. `valid_from` = hari mulai berlakunya perubahan
    (bawaan: hari ini): boleh di masa lalu (koreksi) atau di masa depan (rencana). Faskes baru wajib `name`, `kind`,
    `ownership`, `village`. (What is not named stays; null empties; the change holds from `valid_from`.)
    """
    return await usecases.put(service, code, said, actor.subject)


@inner.get("/facilities/{any_code}", dependencies=[Depends(peers_only)])
async def resolve(service: Svc, any_code: AnyCode, on: OnDay = None) -> Facility:
    """For peers: the facility behind our code, a SATUSEHAT organisation number or a BPJS code (of a day)."""
    return await usecases.facility(service, any_code, on)


@router.post(
    "/network/facilities", summary="Muat faskes (load facilities)",
    responses=loading.REPORT,
    openapi_extra=loading.csv(
        "code,name,kind,ownership,satusehat_id,bpjs_code,registration,village,latitude,longitude,phone,valid_from\n"
        "P1410010101,Puskesmas Selatpanjang,puskesmas,public,991410001,9914P001,91410010001,1410011001,0.99688,"
        "102.69738,0763-990001,2020-01-01\n",
        usecases.FACILITIES,
    ),
)  # fmt: skip
async def load(
    service: Svc, actor: loading.Admin, request: Request, mode: loading.HowMuch = "all"
) -> loading.LoadedOut:
    """Tambah atau ubah faskes. Kolom yang tidak ada di berkas tidak diubah. Tiap baris berlaku sejak `valid_from`-nya
    (kosong: hari ini): di masa lalu = koreksi, di masa depan = rencana. (Adds or changes facilities; columns the file
    lacks stay as they are; each row holds from its `valid_from`, empty = today.)
    """
    return await loading.load(service, actor, usecases.FACILITIES, request, mode)
