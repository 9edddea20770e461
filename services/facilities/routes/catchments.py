"""Catchments over HTTP."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from services.facilities.contract import Catchment, CatchmentEnd, CatchmentMove, CatchmentsChanged, Page
from services.facilities.queries import catchments as queries
from services.facilities.routes import loading, paging
from services.facilities.routes.filters import Anyone, CodeFilter, VillageFilter
from services.facilities.rules.listing import Asked
from services.facilities.usecases import catchments as usecases
from services.kernel.service import Svc

router = APIRouter(prefix="/v1", tags=["Jejaring (network)"])


@router.get(
    "/catchments", summary="Wilayah kerja puskesmas (catchments)", response_model=Page[Catchment],
    responses=paging.FORMS,
)  # fmt: skip
async def catchments(
    service: Svc, _: Anyone, request: Request, asked: Annotated[Asked, paging.of(queries.CATCHMENTS)],
    facility: CodeFilter = None, village: VillageFilter = None,
    on: Annotated[
        date | None, Query(description="Yang berlaku pada hari itu (in force on that day)", examples=["2026-03-01"])
    ] = None,
) -> Response:  # fmt: skip
    """Siapa yang bertanggung jawab atas desa mana, dan kapan; `on` memilih satu hari (who, where, when)."""
    return await paging.answer(service, request, queries.chosen(facility, village, on), asked)


@router.post("/catchments/moves", summary="Pindahkan desa ke puskesmas lain (move a village)")
async def move(service: Svc, actor: loading.Admin, body: CatchmentMove) -> CatchmentsChanged:
    """Satu tindakan: masa lama ditutup sehari sebelum `from_day`, masa baru dibuka, tanpa celah dan tanpa tumpang
    tindih. Kode lama desa itu ikut pindah. (Closes the old span the day before and opens the new, in one transaction.)
    """
    return CatchmentsChanged(items=await usecases.move(service, actor, body))


@router.post("/catchments/ends", summary="Akhiri wilayah kerja (end a catchment)")
async def end(service: Svc, actor: loading.Admin, body: CatchmentEnd) -> CatchmentsChanged:
    """Mengakhiri tanggung jawab atas satu desa. Tanpa penerus ditolak (409), kecuali `leaving_gap` dinyatakan dengan
    alasan. (Refused without a successor, unless the gap is meant and its reason given.)
    """
    return CatchmentsChanged(items=await usecases.end(service, actor, body))


@router.post(
    "/network/catchments", summary="Muat wilayah kerja (load catchments)",
    responses=loading.REPORT,
    openapi_extra=loading.csv(
        "village,facility,valid_from,valid_until\n1410011001,P1410010101,2020-01-01,\n", usecases.CATCHMENTS
    ),
)  # fmt: skip
async def load(
    service: Svc, actor: loading.Admin, request: Request, mode: loading.HowMuch = "all"
) -> loading.LoadedOut:
    """Puskesmas penanggung jawab tiap desa. Satu desa satu puskesmas pada tiap hari; `valid_until` = hari terakhir.
    Untuk memindahkan desa: baris lama diberi `valid_until`, lalu baris baru yang mulai esoknya; baris yang berakhir
    tanpa penerus wajib beralasan di kolom `gap_reason`. (One puskesmas per village and day, no gap without a reason.)
    """
    return await loading.load(service, actor, usecases.CATCHMENTS, request, mode)
