"""Numbers as charts."""

from typing import Annotated

from fastapi import APIRouter, Query

from services.indicators.contract.charts import Against, JknContribution, Pws, Ranking, Sets, Trend, Years
from services.indicators.routes.common import AsOf, Narrowed, Reader, StandardName, Year
from services.indicators.usecases import charts, contribution
from services.indicators.usecases.charts import Place
from services.indicators.usecases.viewing import WHOLE
from services.kernel.service import Svc

router = APIRouter(prefix="/v1/indicators", tags=["Indikator (indicators)"])

By = Annotated[Place, Query(description="Desa, puskesmas atau kecamatan (places)")]
Month = Annotated[int | None, Query(ge=1, le=12, description="Bulan; kosong = bulan ini (month)")]
Denominator = Annotated[
    Against | None,
    Query(description="Terhadap sasaran resmi atau riil; kosong = resmi bila sudah dimuat (official or registered)"),
]
Goal = Annotated[float, Query(gt=0, le=100, description="Target setahun, persen (the year's target)")]


@router.get("/{standard}/trend", summary="Tren setahun (a year, month by month)")
async def trend(
    service: Svc, actor: Reader, standard: StandardName, year: Year = None, as_of: AsOf = None,
    narrowing: Narrowed = WHOLE, goal: Goal = 100.0,
) -> Trend:  # fmt: skip
    """Tiap bulan: yang terlayani dalam bulan itu, kumulatif, capaian terhadap kedua penyebut, dan garis target. Bulan
    0 adalah bawaan dari tahun sebelumnya. (Each month: new, cumulative, coverage against both denominators, the line.)
    """
    return await charts.trend(service, actor, standard, year, as_of, narrowing, goal)


@router.get("/{standard}/pws", summary="Grafik PWS (local area monitoring)")
async def pws(
    service: Svc, actor: Reader, standard: StandardName, year: Year = None, as_of: AsOf = None,
    narrowing: Narrowed = WHOLE, by: By = "village", month: Month = None, against: Denominator = None,
    goal: Goal = 100.0,
) -> Pws:  # fmt: skip
    """Cakupan kumulatif tiap tempat, dari yang tertinggi; garis target ÷ 12 × bulan; panah bulan ini terhadap bulan
    lalu; status Baik, Cukup, Kurang, Jelek. (Cumulative coverage by place, highest first, with line, arrow and status.)
    """
    return await charts.pws(service, actor, standard, year, as_of, narrowing, by, month, against, goal)


@router.get("/{standard}/ranking", summary="Peringkat (ranking)")
async def ranking(
    service: Svc, actor: Reader, standard: StandardName, year: Year = None, as_of: AsOf = None,
    narrowing: Narrowed = WHOLE, by: By = "puskesmas", against: Denominator = None,
) -> Ranking:  # fmt: skip
    """Tempat menurut capaiannya; yang sama berbagi peringkat. (Places by coverage; equals share a place.)"""
    return await charts.ranking(service, actor, standard, year, as_of, narrowing, by, against)


@router.get("/{standard}/years", summary="Tahun ke tahun (year on year)")
async def years(
    service: Svc, actor: Reader, standard: StandardName, year: Year = None, narrowing: Narrowed = WHOLE,
    count: Annotated[int, Query(ge=2, le=5, description="Berapa tahun (how many years)")] = 2, month: Month = None,
) -> Years:  # fmt: skip
    """Tiap tahun: keadaan akhirnya (tahun ini: hari ini), dan yang sudah terpenuhi sampai bulan yang sama. Dua tahun
    dibaca dari jumlah yang tersimpan, yang lebih lama dihitung saat diminta. (Each year at its end, and by the same
    month.)
    """
    return await charts.years(service, actor, standard, year, count, month, narrowing)


@router.get("/{standard}/sets", summary="Dua peraturan bersisian (regulations side by side)")
async def sets(
    service: Svc, actor: Reader, standard: StandardName, year: Year = None, as_of: AsOf = None
) -> Sets:  # fmt: skip
    """Semua kumpulan aturan satu layanan untuk tahun yang sama, dengan rumus dan butirnya. (Every set of rules of a
    service for one year.)
    """
    return await charts.sets(service, actor, standard, year, as_of)


@router.get("/{standard}/contribution", summary="Sumbangan JKN (contribution by payer and owner)")
async def jkn(
    service: Svc, actor: Reader, standard: StandardName, year: Year = None, as_of: AsOf = None,
    narrowing: Narrowed = WHOLE,
) -> JknContribution:  # fmt: skip
    """Tiap angka menurut status JKN dan menurut faskes yang memenuhi butirnya: pemerintah saja, swasta saja, keduanya,
    belum ada. Tiap satuan dihitung sekali, maka bagian-bagiannya berjumlah seluruhnya. (By payer and by public or
    private contribution, each unit once.)
    """
    return await contribution.jkn(service, actor, standard, year, as_of, narrowing)
