"""The territory over HTTP: who answers, where nobody does, what the rule demands."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query

from services.facilities.contract import Page
from services.facilities.contract.territory import Gaps, Responsible, TerritoryReport, TerritoryRule
from services.facilities.routes import loading
from services.facilities.routes.filters import Anyone, AreaFilter, OnDay, Village
from services.facilities.usecases import territory as usecases
from services.kernel.service import Svc

router = APIRouter(prefix="/v1/territory", tags=["Jejaring (network)"])

_Day = Annotated[date | None, Query(description="Satu hari; kosong = hari ini (one day; default today)")]
_From = Annotated[
    date | None, Query(alias="from", description="Hari pertama masa (first day of a span)", examples=["2020-01-01"])
]
_Until = Annotated[date | None, Query(description="Hari terakhir masa; kosong = hari ini (last day; default today)")]


@router.get("/gaps", summary="Desa tanpa puskesmas penanggung jawab (gaps)")
async def gaps(
    service: Svc, _: Anyone, on: _Day = None, from_: _From = None, until: _Until = None, area: AreaFilter = None
) -> Gaps:
    """Desa yang pada satu hari, atau di dalam satu masa, tidak punya puskesmas penanggung jawab, dengan hari-harinya
    (villages nobody answers for on a day or within a span, with the days)."""
    return await usecases.gaps(service, on, from_, until, area)


@router.get("/responsible", summary="Siapa penanggung jawab desa ini? (who answers for a village)")
async def responsible(service: Svc, _: Anyone, village: Village, on: OnDay = None) -> Responsible:
    """Puskesmas, pustu, dan posyandu desa itu pada hari itu; kode lama dibaca sebagai penerusnya (who was responsible
    for village V on 1 March; an old code is read as what it became)."""
    return await usecases.responsible(service, village, on)


@router.get("/rule", summary="Wilayah terhadap aturan (territory against its rule)")
async def rule(service: Svc, _: Anyone, on: OnDay = None) -> TerritoryReport:
    """Kecamatan tanpa puskesmas atau dengan beberapa, desa tanpa penanggung jawab, puskesmas tanpa wilayah kerja,
    wilayah kerja lintas kecamatan, desa tanpa pustu atau posyandu, menurut aturan hari itu (Permenkes 19/2024, KMK
    HK.01.07/MENKES/2015/2023). (What the rule of the day finds.)
    """
    return await usecases.report(service, on)


@router.get("/rules", summary="Aturan wilayah menurut masa (rules of territory)")
async def rules(service: Svc, _: Anyone) -> Page[TerritoryRule]:
    """Semua aturan menurut hari pertamanya; satu berlaku sampai yang berikutnya mulai (each holds until the next)."""
    return Page(items=await usecases.all_rules(service), next=None)


@router.put("/rules", summary="Catat aturan wilayah (put a rule of territory)")
async def put(service: Svc, actor: loading.Admin, body: TerritoryRule) -> TerritoryRule:
    """Aturan sejak suatu hari; aturan lama tetap menilai hari-harinya sendiri (old days keep their own rule)."""
    return await usecases.put_rule(service, actor, body)
