"""Where to refer, over HTTP: ranked candidates, and what a diagnosis asks for."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from services.kernel.auth import CARE_ROLES, Actor, Role, allow
from services.kernel.service import Svc
from services.referrals.contract import Icd10
from services.referrals.contract.candidates import Competence
from services.referrals.usecases import competence

router = APIRouter(prefix="/v1/referrals", tags=["Rujukan (referrals)"])

Anyone = Annotated[Actor, Depends(allow(*CARE_ROLES, Role.DINKES_ADMIN, Role.DINKES_ANALYST, Role.AUDITOR))]
Diagnosis = Annotated[Icd10, Query(examples=["I10"])]
OnDay = Annotated[date | None, Query(description="Pada hari itu; bawaan hari ini (on that day; default today)")]


@router.get("/competences", summary="Apakah diagnosis ini kompetensi FKTP? (first-level diagnosis?)")
async def competences(service: Svc, _: Anyone, diagnosis: Diagnosis, on: OnDay = None) -> Competence:
    """Bila ya, rujukan ke atas (vertical) dari FKTP yang bukan gawat darurat memerlukan `tacc` atau `limit`; pilihannya
    ada di jawaban. Daftarnya: /v1/diagnoses/non-specialist. (If so, a vertical referral from the first level that is
    not an emergency needs `tacc` or `limit`; the choices are in the answer.)
    """
    return await competence.one(service, diagnosis, on)
