"""For peers only: what is due for a person the peer has decided may be seen."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from services.indicators.contract import DueInside
from services.indicators.usecases import due as usecase
from services.kernel.auth import peers_only
from services.kernel.service import Svc

router = APIRouter(prefix="/internal", include_in_schema=False, dependencies=[Depends(peers_only)])


@router.get("/due")
async def due(
    service: Svc,
    person: UUID,
    position: Annotated[int, Query(ge=0)] = 0,
    seconds: Annotated[float, Query(ge=0, le=usecase.MOST)] = usecase.MOST,
) -> DueInside:
    """What each standard in force still asks for, the record's feed applied up to `position`."""
    return await usecase.due(service, person, position, seconds)
