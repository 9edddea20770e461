"""The people behind a number."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from services.indicators.contract import UnitDetail, UnitPage, UnitState
from services.indicators.routes.common import AsOf, Carer, Names, Narrowed, StandardName, Year
from services.indicators.routes.cursors import decode, encode
from services.indicators.usecases import units
from services.indicators.usecases.units import Question
from services.indicators.usecases.viewing import WHOLE
from services.kernel.service import Svc

router = APIRouter(prefix="/v1/indicators", tags=["Indikator (indicators)"])


@router.get("/{standard}/units", summary="Orang di balik angka (the people behind a number)")
async def page(
    service: Svc,
    actor: Carer,
    standard: StandardName,
    year: Year = None,
    as_of: AsOf = None,
    narrowing: Narrowed = WHOLE,
    state: Annotated[UnitState, Query(description="Keadaan (state)")] = UnitState.ELIGIBLE,
    missing: Annotated[
        str | None, Query(max_length=64, description="Yang kurang butir ini, misalnya bp (lacking this item)")
    ] = None,
    month: Annotated[int | None, Query(ge=0, le=12, description="Bulan dilayani; 0 = bawaan (month served)")] = None,
    outside: Annotated[bool, Query(description="Penduduk luar wilayah (residents elsewhere)")] = False,
    after: Annotated[
        str | None, Query(max_length=400, description="Isi `next` dari halaman sebelumnya (cursor)")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="Banyaknya tiap halaman (page size)")] = 50,
    names: Names = False,
) -> UnitPage:
    """Satuan hitung: orang, kehamilan, anak, dengan butir yang kurang dan tenggatnya. Puskesmas melihat wilayah
    kerjanya, faskes lain pasiennya; tiap orang yang tampil dicatat di log akses. Nama hanya bila diminta. (Units with
    what they lack and when it is due; a puskesmas sees its catchment, others their patients; every person shown is
    logged; names only when asked for.)
    """
    n = narrowing
    asked = f"units {standard} {year} {as_of} {n} {state} {missing} {month} {outside}"
    question = Question(
        standard, year, as_of, n.village, n.puskesmas, n.facility, n.ownership, n.kind, n.kecamatan, n.sex, n.age,
        n.payer, state, missing, month, outside, decode(service, actor, asked, after, 2), limit, names,
    )  # fmt: skip
    found, end = await units.page(service, actor, question)
    return found.model_copy(update={"next": encode(service, actor, asked, end)})


@router.get("/{standard}/units/{unit_id}", summary="Mengapa satu satuan dihitung begitu (one unit explained)")
async def detail(
    service: Svc,
    actor: Carer,
    standard: StandardName,
    unit_id: Annotated[
        str,
        Path(
            max_length=64,
            description="Id satuan dari daftar (unit id)",
            examples=["14100000-0001-8000-a000-000000000000"],
        ),
    ],
    year: Year = None,
    as_of: AsOf = None,
    names: Names = False,
) -> UnitDetail:
    """Tiap butir, terpenuhi atau belum, dan fakta dalam jendelanya: kapan, berapa, dicatat faskes mana dan oleh siapa,
    sumbernya. (Every item, met or not, and the facts in its window, with where and by whom each was recorded.)
    """
    return await units.detail(service, actor, standard, unit_id, year, as_of, names)
