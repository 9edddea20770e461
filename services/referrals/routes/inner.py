"""For peers only: a referral with its words, for the record that keeps it."""

from typing import Any

from fastapi import APIRouter, Depends

from services.kernel.auth import peers_only
from services.kernel.service import Svc
from services.referrals.usecases import show

router = APIRouter(prefix="/internal/referrals", include_in_schema=False)


@router.get("/{referral}/fhir", dependencies=[Depends(peers_only)])
async def as_fhir(service: Svc, referral: str) -> dict[str, Any]:
    """What its event tells, with ServiceRequest and Task in words; 404 when there is none."""
    return await show.as_fhir(service, referral)
