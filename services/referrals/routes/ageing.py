"""The ageing list over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from services.kernel.auth import CARE_ROLES, Actor, Role, allow
from services.kernel.ids import FacilityCode
from services.kernel.service import Svc
from services.referrals.contract.ageing import Ageing
from services.referrals.usecases import ageing
from services.referrals.usecases.show import DISTRICT

router = APIRouter(prefix="/v1/referrals", tags=["Jam rujukan (referral clocks)"])

Counter = Annotated[Actor, Depends(allow(*CARE_ROLES, *DISTRICT, Role.DINKES_ANALYST))]


@router.get("/ageing", summary="Umur rujukan terbuka (ageing list)")
async def show(
    service: Svc,
    actor: Counter,
    by: Annotated[
        ageing.By, Query(description="Menurut pengirim, penerima, atau yang harus bertindak (by side)")
    ] = "owner",
    facility: Annotated[FacilityCode | None, Query(description="Hanya untuk dinas: yang menyangkut faskes ini")] = None,
) -> Ageing:
    """Rujukan terbuka menurut faskes dan keadaan, dan berapa lama lewat batas waktunya. Faskes melihat rujukannya
    sendiri, dinas semuanya; tanpa nama pasien. `list` membuka daftarnya.
    (Open referrals by facility and state, and how long past due. A facility sees its own, the office all; no patients.)
    """
    return await ageing.ageing(service, actor, by, facility)
