"""Facilities over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from services.facilities.contract import Facility, Kind, Ownership, Page
from services.facilities.queries import facilities as queries
from services.facilities.routes import loading, paging
from services.facilities.routes.filters import AnyCode, Anyone, NameFilter
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
) -> Response:  # fmt: skip
    """Faskes, disaring menurut jenis, pemilik, wilayah, atau bagian nama; menurut kode atau `sort` (sorted)."""
    return await paging.answer(service, request, queries.chosen(kind, ownership, area, name, active), asked)


@router.get("/facilities/{code}", summary="Satu faskes (one facility)")
async def facility(service: Svc, _: Anyone, code: AnyCode) -> Facility:
    """Faskes menurut salah satu kodenya (a facility by any of its codes)."""
    return await usecases.facility(service, code)


@inner.get("/facilities/{any_code}", dependencies=[Depends(peers_only)])
async def resolve(service: Svc, any_code: AnyCode) -> Facility:
    """For peers: the facility behind our code, a SATUSEHAT organisation number or a BPJS code."""
    return await usecases.facility(service, any_code)


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
    """Tambah atau ubah faskes. Kolom yang tidak ada di berkas tidak diubah; kolom `active` (ya/tidak) boleh
    ditambahkan. (Adds or changes facilities; columns the file lacks stay as they are.)
    """
    return await loading.load(service, actor, usecases.FACILITIES, request, mode)
