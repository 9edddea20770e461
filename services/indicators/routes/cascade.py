"""The cascade of tuberculosis."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query

from services.indicators.contract import By, CascadePage, Reached, TbCascade, TbStep
from services.indicators.routes.common import AsOf, Carer, Names, Reader, Year
from services.indicators.routes.cursors import decode, encode
from services.indicators.usecases import cascade
from services.kernel.service import Svc

router = APIRouter(prefix="/v1/surveillance/tb", tags=["Surveilans mingguan (SKDR)"])


@router.get("", summary="Kaskade TBC (TB cascade)")
async def whole(
    service: Svc,
    actor: Reader,
    year: Year = None,
    as_of: AsOf = None,
    by: Annotated[
        Literal["village", "puskesmas", "kecamatan"] | None, Query(description="Rincian tempat tinggal (breakdown)")
    ] = None,
) -> TbCascade:
    """Penduduk yang sampai tiap langkah tahun itu: terduga, diperiksa, kasus, diobati; tes HIV dan gula darah kasus;
    kontak. Yang tidak terkode disebut (`coded=false`). (Residents at each step; what our codings cannot say is named.)
    """
    return await cascade.cascade(service, actor, year, as_of, By(by) if by else None)


@router.get("/{step}/persons", summary="Orang di satu langkah (persons at a step)")
async def persons(
    service: Svc,
    actor: Carer,
    step: Annotated[TbStep, Path(description="Langkah (step)", examples=["suspect"])],
    state: Annotated[
        Reached, Query(description="`missing`: sampai langkah sebelumnya saja (only the step before)")
    ] = Reached.REACHED,
    year: Year = None,
    as_of: AsOf = None,
    village: Annotated[str | None, Query(pattern=r"^\d{10}$", description="Kode desa (village)")] = None,
    after: Annotated[
        str | None, Query(max_length=400, description="Isi `next` dari halaman sebelumnya (cursor)")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="Banyaknya tiap halaman (page size)")] = 50,
    names: Names = False,
) -> CascadePage:
    """Orang di balik angka: hanya yang catatan langkahnya boleh Anda lihat; puskesmas melihat wilayah kerjanya; tiap
    orang yang tampil dicatat di log akses. Nama hanya bila diminta. (Persons whose record of the
    step you may see; each is logged; names only when asked for.)
    """
    days = cascade.span(service, year, as_of)
    asked = f"tb {step} {state} {days} {village}"
    (place,) = decode(service, actor, asked, after, 1)
    start = UUID(place) if place else UUID(int=0)
    found, end = await cascade.persons(service, actor, step, state, days, village, start, limit, names)
    return found.model_copy(update={"next": encode(service, actor, asked, (end,) if end else None)})
