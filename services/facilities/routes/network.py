"""Areas, facilities and catchments over HTTP: reading, and loading from CSV."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from services.facilities.contract import (
    Area,
    Catchment,
    Facility,
    Kind,
    Level,
    Ownership,
    Page,
    Practitioner,
    PractitionerWithNumber,
    Profession,
)
from services.facilities.routes import paging
from services.facilities.routes.paging import After, Limit
from services.facilities.usecases import network
from services.kernel.auth import Actor, Role, allow, peers_only
from services.kernel.problems import Fault, Invalid, Text
from services.kernel.service import Svc

router = APIRouter(prefix="/v1", tags=["Jejaring (network)"])
inner = APIRouter(prefix="/internal", include_in_schema=False)

Rows = list[PractitionerWithNumber]
Anyone = Annotated[Actor, Depends(allow(*Role))]
AnyCode = Annotated[
    str,
    Path(
        pattern=r"^[A-Za-z0-9-]{2,32}$", examples=["P1410010101"],
        description="Kode registri, nomor SATUSEHAT, atau kode BPJS (any of its codes)",
    ),
]  # fmt: skip
CodeFilter = Annotated[str | None, Query(pattern=r"^[A-Za-z0-9-]{2,32}$", examples=["P1410010101"])]
AreaFilter = Annotated[str | None, Query(pattern=r"^\d{2,10}$", examples=["141001"])]
VillageFilter = Annotated[str | None, Query(pattern=r"^\d{2,10}$", examples=["1410011001"])]


@router.get("/facilities", summary="Daftar faskes (facilities)")
async def facilities(
    service: Svc, _: Anyone,
    kind: Annotated[list[Kind] | None, Query(description="Jenis, boleh berulang (kind, repeatable)")] = None,
    ownership: Ownership | None = None,
    area: Annotated[
        str | None,
        Query(pattern=r"^\d{2,10}$", description="Semua di dalam wilayah ini (all within)", examples=["141001"]),
    ] = None,
    name: Annotated[
        str | None, Query(pattern=r"^[^\x00-\x1f]{1,100}$", description="Bagian nama (part of the name)")
    ] = None,
    active: bool | None = None,
    after: After = None, limit: Limit = 100,
) -> Page[Facility]:  # fmt: skip
    """Faskes menurut kode, disaring menurut jenis, pemilik, wilayah, atau bagian nama (by code, filtered)."""
    found = await network.facilities(
        service, paging.decode(after, 1)[0], kind, ownership, area, name, active, limit + 1
    )  # fmt: skip
    items = found[:limit]
    return Page(items=items, next=paging.encode(items[-1].code) if len(found) > limit else None)


@router.get("/facilities/{code}", summary="Satu faskes (one facility)")
async def facility(service: Svc, _: Anyone, code: AnyCode) -> Facility:
    """Faskes menurut salah satu kodenya (a facility by any of its codes)."""
    return await network.facility(service, code)


@router.get("/areas", summary="Daftar wilayah (areas)")
async def areas(
    service: Svc, _: Anyone, parent: AreaFilter = None, level: Level | None = None,
    after: After = None, limit: Limit = 100,
) -> Page[Area]:  # fmt: skip
    """Wilayah menurut kode; `parent` memberi isi satu wilayah (areas by code; `parent` gives one area's parts)."""
    found = await network.areas(service, paging.decode(after, 1)[0], parent, level, limit + 1)
    items = found[:limit]
    return Page(items=items, next=paging.encode(items[-1].code) if len(found) > limit else None)


@router.get("/catchments", summary="Wilayah kerja puskesmas (catchments)")
async def catchments(
    service: Svc, _: Anyone, facility: CodeFilter = None, village: VillageFilter = None,
    on: Annotated[
        date | None, Query(description="Yang berlaku pada hari itu (in force on that day)", examples=["2026-03-01"])
    ] = None,
    after: After = None, limit: Limit = 100,
) -> Page[Catchment]:  # fmt: skip
    """Siapa yang bertanggung jawab atas desa mana, dan kapan; `on` memilih satu hari (who, where, when)."""
    found = await network.catchments(service, _last(after), facility, village, on, limit + 1)
    items = found[:limit]
    key = (items[-1].village, items[-1].valid_from.isoformat()) if len(found) > limit else None
    return Page(items=items, next=paging.encode(*key) if key else None)


@router.get("/practitioners", summary="Daftar tenaga kesehatan (practitioners)")
async def practitioners(
    service: Svc, _: Anyone, facility: CodeFilter = None, profession: Profession | None = None,
    after: After = None, limit: Limit = 100,
) -> Page[Practitioner]:  # fmt: skip
    """Tenaga kesehatan dan tempat praktiknya; tanpa NIK (health workers and where they work; without NIK)."""
    id_, code = paging.decode(after, 2)
    found = await network.practitioners(service, (id_, code), facility, profession, limit + 1)
    items = found[:limit]
    return Page(items=items, next=paging.encode(items[-1].id, items[-1].facility) if len(found) > limit else None)


def _last(after: str | None) -> tuple[str, date]:
    village, day = paging.decode(after, 2)
    try:
        return village, date.fromisoformat(day) if day else date.min
    except ValueError:
        text = Text("Isi `after` dengan `next` dari halaman sebelumnya", "Fill `after` with the previous page's `next`")
        raise Invalid(text, [Fault("/after", text)]) from None


@inner.get("/facilities/{any_code}", dependencies=[Depends(peers_only)])
async def resolve(service: Svc, any_code: AnyCode) -> Facility:
    """For peers: the facility behind our code, a SATUSEHAT organisation number or a BPJS code."""
    return await network.facility(service, any_code)


@inner.get("/practitioners/{id}", dependencies=[Depends(peers_only)])
async def practitioner(service: Svc, id: Annotated[str, Path(pattern=r"^[A-Za-z0-9-]{4,64}$")]) -> Rows:
    """For peers: where a practitioner works, with the NIK."""
    return await network.practitioner(service, id)
