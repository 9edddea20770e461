"""What a sender has left open of persons who are elsewhere by now."""

from typing import Annotated

from fastapi import APIRouter, Depends

from services.kernel.auth import CARE_ROLES, Actor, allow
from services.kernel.service import Svc
from services.records.contract.left_open import LeftOpenList
from services.records.usecases import left_open as usecase

router = APIRouter(tags=["Kunjungan (visits)"])
Carer = Annotated[Actor, Depends(allow(*CARE_ROLES))]


@router.get("/v1/visits/left-open", summary="Kunjungan pasien rujukan yang lupa ditutup (left open after a transfer)")
async def left_open(service: Svc, actor: Carer) -> LeftOpenList:
    """Encounter atau EpisodeOfCare faskes ini yang masih terbuka padahal pasiennya sudah tiba, dirawat, atau meninggal
    di faskes tujuan rujukan. Rujukan parsial (penunjang) tidak termasuk. Tercatat di log akses."""
    return await usecase.left_open(service, actor)


@router.get("/internal/left-open", include_in_schema=False)
async def of_referral(service: Svc, actor: Carer, referral: str) -> LeftOpenList:
    """The same of one referral, for who shows the referral."""
    return await usecase.left_open(service, actor, referral)
