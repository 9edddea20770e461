"""For peers only: a referral with its words, for the record; what BPJS is told of one, and the numbers it gives."""

from typing import Any

from fastapi import APIRouter, Depends

from services.kernel.auth import peers_only
from services.kernel.service import Svc
from services.referrals.contract.letters import Numbers
from services.referrals.contract.payer import GivenNumbers, OfVisit, ReferralsTold
from services.referrals.usecases import payer, show

router = APIRouter(prefix="/internal/referrals", include_in_schema=False)


@router.get("/{referral}/fhir", dependencies=[Depends(peers_only)])
async def as_fhir(service: Svc, referral: str) -> dict[str, Any]:
    """What its event tells, with ServiceRequest and Task in words; 404 when there is none."""
    return await show.as_fhir(service, referral)


@router.post("/payer", dependencies=[Depends(peers_only)])
async def to_payer(service: Svc, asked: OfVisit) -> ReferralsTold:
    """The referrals of one visit as its facility owes them to BPJS, logged here as disclosed for payment."""
    return await payer.of_visit(service, asked)


@router.put("/{referral}/numbers", dependencies=[Depends(peers_only)])
async def numbers(service: Svc, referral: str, given: GivenNumbers) -> Numbers:
    """The numbers that BPJS gave a referral, and until when the letter holds."""
    return await payer.given(service, referral, given)
