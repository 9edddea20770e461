"""The ILP panel."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query

from services.indicators.contract import IlpPanel
from services.indicators.routes.common import Reader
from services.indicators.usecases import ilp
from services.kernel.service import Svc

router = APIRouter(prefix="/v1/indicators/ilp", tags=["Indikator (indicators)"])


@router.get("", summary="Panel ILP (ILP panel)")
async def panel(
    service: Svc,
    actor: Reader,
    on: Annotated[date | None, Query(description="Pada hari; kosong = hari ini (on a day)")] = None,
    period: Annotated[
        str | None,
        Query(max_length=8, description="Periode survei kepuasan; kosong = yang terakhir (survey period)"),
    ] = None,
) -> IlpPanel:
    """Kesiapan ILP terhadap target, kecamatan berpuskesmas, sembilan jenis tenaga, IKM, perjanjian anggota swasta,
    kunjungan belajar, lingkaran rujukan, dan bagian swasta dalam tiap angka SPM. Angkanya milik jejaring dan
    rujukan, ditanyakan dengan hak Anda; tiap angka menunjuk daftarnya. (Asked of the network and referrals by
    your rights; each number opens to its list.)
    """
    return await ilp.panel(service, actor, on, period)
