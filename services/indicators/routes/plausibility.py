"""What to mend: implausible records, clocks, children to measure again."""

from typing import Annotated

from fastapi import APIRouter, Query

from services.indicators.contract.plausibility import Plausibility, PlausibilityPage, Reason, RemeasurePage
from services.indicators.routes.common import Carer, Reader
from services.indicators.routes.cursors import decode, encode
from services.indicators.usecases import plausibility
from services.kernel.service import Svc

router = APIRouter(prefix="/v1/indicators/plausibility", tags=["Kewajaran data (plausibility)"])

Facility = Annotated[
    str | None, Query(max_length=32, description="Kode faskes; faskes hanya melihat miliknya (facility)")
]
After = Annotated[str | None, Query(max_length=400, description="Isi `next` dari halaman sebelumnya (cursor)")]
Limit = Annotated[int, Query(ge=1, le=200, description="Banyaknya tiap halaman (page size)")]


@router.get("", summary="Laporan kewajaran data (plausibility report)")
async def report(service: Svc, actor: Reader, facility: Facility = None) -> Plausibility:
    """Per faskes pengirim: banyaknya nilai mustahil, satuan tak dikenal, tanggal di masa depan atau sebelum lahir, dan
    apakah jamnya meleset tujuh jam. Catatan tetap tersimpan; yang mustahil tidak ikut dihitung. (By sending facility:
    absurd values, unknown units, dates in the future or before birth, and whether its clock is seven hours off. The
    records stay; what cannot be is not counted.)
    """
    return await plausibility.report(service, actor, facility)


@router.get("/entries", summary="Catatan yang perlu diperbaiki (entries to mend)")
async def entries(
    service: Svc,
    actor: Carer,
    facility: Facility = None,
    reason: Annotated[Reason | None, Query(description="Sebabnya (reason)")] = None,
    after: After = None,
    limit: Limit = 50,
) -> PlausibilityPage:
    """Catatan yang tidak wajar, per faskes pengirim, untuk diperbaiki di sumbernya; yang sudah diperbaiki hilang dari
    daftar. Tiap orang yang tampil dicatat di log akses. (Implausible records by sender, to be mended at the source;
    a mended one leaves the list. Every person shown is logged.)
    """
    asked = f"plausibility {facility} {reason}"
    place = decode(service, actor, asked, after, 4)
    found, end = await plausibility.entries(service, actor, facility, reason, place, limit)
    return found.model_copy(update={"next": encode(service, actor, asked, end)})


@router.get("/remeasure", summary="Daftar ukur ulang balita (children to measure again)")
async def remeasure(
    service: Svc,
    actor: Carer,
    facility: Facility = None,
    village: Annotated[str | None, Query(pattern=r"^\d{10}$", description="Kode desa (village)")] = None,
    after: After = None,
    limit: Limit = 50,
) -> RemeasurePage:
    """Anak 0–59 bulan yang pengukuran terakhirnya tidak wajar menurut WHO atau di luar tabel: ukuran mentah, nilai z,
    sebabnya, dan faskes yang mengukur. Puskesmas melihat wilayah kerjanya, faskes lain yang diukurnya. (Children whose
    last measurement WHO's limits do not believe, or that lies outside the tables: raw measures, z-scores, why, where.)
    """
    asked = f"remeasure {facility} {village}"
    place = decode(service, actor, asked, after, 2)
    found, end = await plausibility.remeasure(service, actor, facility, village, place, limit)
    return found.model_copy(update={"next": encode(service, actor, asked, end)})
