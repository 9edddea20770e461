"""For referrals: what the network knows of where to refer."""

from fastapi import APIRouter, Depends, Response

from services.facilities.contract.candidates import CandidatesAsked
from services.facilities.usecases import candidates as usecases
from services.kernel.auth import peers_only
from services.kernel.service import Svc

inner = APIRouter(prefix="/internal", include_in_schema=False)


@inner.post("/candidates", dependencies=[Depends(peers_only)])
async def candidates(service: Svc, asked: CandidatesAsked) -> Response:
    """For peers: needs, rules and facilities of a day (contract.candidates.CandidatesFound)."""
    return Response(await usecases.facts(service, asked), media_type="application/json")
