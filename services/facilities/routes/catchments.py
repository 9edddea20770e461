"""Catchments over HTTP."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request

from services.facilities.contract import Catchment, Page
from services.facilities.routes import loading, paging
from services.facilities.routes.filters import Anyone, CodeFilter, VillageFilter
from services.facilities.routes.paging import After, Limit
from services.facilities.usecases import catchments as usecases
from services.kernel.problems import Fault, Invalid, Text
from services.kernel.service import Svc

router = APIRouter(prefix="/v1", tags=["Jejaring (network)"])


@router.get("/catchments", summary="Wilayah kerja puskesmas (catchments)")
async def catchments(
    service: Svc, _: Anyone, facility: CodeFilter = None, village: VillageFilter = None,
    on: Annotated[
        date | None, Query(description="Yang berlaku pada hari itu (in force on that day)", examples=["2026-03-01"])
    ] = None,
    after: After = None, limit: Limit = 100,
) -> Page[Catchment]:  # fmt: skip
    """Siapa yang bertanggung jawab atas desa mana, dan kapan; `on` memilih satu hari (who, where, when)."""
    found = await usecases.catchments(service, _last(after), facility, village, on, limit + 1)
    items = found[:limit]
    key = (items[-1].village, items[-1].valid_from.isoformat()) if len(found) > limit else None
    return Page(items=items, next=paging.encode(*key) if key else None)


def _last(after: str | None) -> tuple[str, date]:
    village, day = paging.decode(after, 2)
    try:
        return village, date.fromisoformat(day) if day else date.min
    except ValueError:
        text = Text("Isi `after` dengan `next` dari halaman sebelumnya", "Fill `after` with the previous page's `next`")
        raise Invalid(text, [Fault("/after", text)]) from None


@router.post(
    "/network/catchments", summary="Muat wilayah kerja (load catchments)",
    responses=loading.REPORT,
    openapi_extra=loading.csv("village,facility,valid_from,valid_until\n1410011001,P1410010101,2020-01-01,\n"),
)  # fmt: skip
async def load(
    service: Svc, actor: loading.Admin, request: Request, mode: loading.HowMuch = "all"
) -> loading.LoadedOut:
    """Puskesmas penanggung jawab tiap desa. Satu desa satu puskesmas pada tiap hari; `valid_until` = hari terakhir.
    Untuk memindahkan desa: baris lama diberi `valid_until`, lalu baris baru. (One puskesmas per village and day.)
    """
    return await loading.load(service, actor, usecases.CATCHMENTS, request, mode)
