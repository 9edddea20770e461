"""What is still due for a person (`/v1/persons/{person}/due`)."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path

from services.indicators.contract import Due
from services.kernel.auth import CARE_ROLES, Actor, Role, allow
from services.kernel.service import Svc
from services.records.usecases import due as usecase

router = APIRouter(prefix="/v1/persons", tags=["Kunjungan (visits)"])
Reader = Annotated[Actor, Depends(allow(*CARE_ROLES, Role.DINKES_ADMIN))]


@router.get("/{person}/due", response_model=Due, summary="Yang masih harus diterima (what is due)")
async def due(
    service: Svc,
    actor: Reader,
    person: Annotated[
        str, Path(max_length=64, description="Id orang (person_id)", examples=["14100000-0001-8000-a000-000000000000"])
    ],
) -> dict[str, Any]:
    """Butir yang masih kurang menurut tiap standar yang berlaku, sampai kapan dan mengapa, dari semua yang tercatat
    sampai saat ini. `known: false`: belum dapat dihitung, coba lagi. Tercatat di log akses."""
    return await usecase.of_person(service, actor, person)
