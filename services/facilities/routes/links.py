"""The chain posyandu → pustu → puskesmas over HTTP."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from services.facilities.contract import Chain, Link, LinkBody, Page
from services.facilities.queries import links as queries
from services.facilities.routes import loading, paging
from services.facilities.routes.filters import AnyCode, Anyone, OnDay
from services.facilities.rules.listing import Asked
from services.facilities.usecases import links as usecases
from services.kernel.service import Svc

router = APIRouter(prefix="/v1", tags=["Jejaring (network)"])


LinkChild = Annotated[
    str, Path(pattern=r"^[A-Za-z0-9-]{2,32}$", examples=["Y1410010701"], description="Posyandu atau pustu (the lower)")
]
LinkDay = Annotated[date, Path(examples=["2024-01-01"], description="Hari pertama (first day)")]


@router.get("/facilities/{code}/chain", summary="Rantai posyandu, pustu, puskesmas (chain)")
async def chain(service: Svc, _: Anyone, code: AnyCode, on: OnDay = None) -> Chain:
    """Seluruh pohon di bawah satu faskes dan jalan ke atasnya, pada satu hari (all that hangs on it, and upwards)."""
    return await usecases.chain(service, code, on)


@router.get("/links", summary="Tempat bernaung posyandu dan pustu (links)", response_model=Page[Link])
async def links(
    service: Svc, _: Anyone, request: Request, asked: Annotated[Asked, paging.of(queries.LINKS)],
    child: Annotated[
        str | None, Query(pattern=r"^[A-Za-z0-9-]{2,32}$", examples=["Y1410010703"], description="Yang bawah (lower)")
    ] = None,
    parent: Annotated[str | None, Query(pattern=r"^[A-Za-z0-9-]{2,32}$", description="Yang atas (upper)")] = None,
    on: Annotated[
        date | None, Query(description="Yang berlaku pada hari itu (in force on that day)", examples=["2026-03-01"])
    ] = None,
) -> Response:  # fmt: skip
    """Siapa bernaung pada siapa, dan kapan; `on` memilih satu hari (who hangs on whom, and when)."""
    return await paging.answer(service, request, queries.chosen(child, parent, on), asked)


@router.put("/links/{child}/{valid_from}", summary="Catat satu naungan (put one link)")
async def put(service: Svc, actor: loading.Admin, child: LinkChild, valid_from: LinkDay, body: LinkBody) -> Link:
    """Aturan yang sama dengan berkas: satu induk pada tiap hari, jenis yang cocok, tidak melingkar. Untuk memindahkan:
    akhiri naungan lama, lalu catat yang baru. (One parent on a day, kinds that fit, no circle.)
    """
    return await usecases.put(service, actor, child, valid_from, body)


@router.post(
    "/network/links", summary="Muat rantai (load links)",
    responses=loading.REPORT,
    openapi_extra=loading.csv(
        "child,parent,valid_from,valid_until,coordinates\nU1410010601,P1410010101,2024-01-01,,ya\n", usecases.LINKS
    ),
)  # fmt: skip
async def load(
    service: Svc, actor: loading.Admin, request: Request, mode: loading.HowMuch = "all"
) -> loading.LoadedOut:
    """Posyandu pada pustu atau langsung pada puskesmas, pustu pada puskesmas (KMK HK.01.07/MENKES/2015/2023). Satu
    induk pada tiap hari; tidak pernah melingkar. (Posyandu on pustu or puskesmas, pustu on puskesmas.)
    """
    return await loading.load(service, actor, usecases.LINKS, request, mode)
