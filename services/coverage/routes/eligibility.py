"""HTTP of the JKN service."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Path

from services.coverage.contract import Eligibility, EligibilityQuestion
from services.coverage.usecases import eligibility as usecases
from services.kernel.auth import CARE_ROLES, Actor, Role, allow
from services.kernel.service import Svc

router = APIRouter(prefix="/v1", tags=["JKN"])

MAY_ASK = (*CARE_ROLES, Role.JKN_CONNECTOR, Role.DINKES_ADMIN)
"""Analysts see no names and auditors no membership: both are left out."""

ActorAsking = Annotated[Actor, Depends(allow(*MAY_ASK))]


@router.post("/eligibility", summary="Apakah peserta JKN aktif? (is this person an active JKN member?)")
async def check_eligibility(
    service: Svc,
    actor: ActorAsking,
    question: Annotated[
        EligibilityQuestion,
        Body(
            openapi_examples={
                "nik": {
                    "summary": "Dengan NIK yang ditunjukkan pasien (by the NIK a patient shows)",
                    "value": {"nik": "1410014107900001"},
                },
                "jkn": {
                    "summary": "Dengan nomor kartu JKN (by JKN card number)",
                    "value": {"jkn": "0577535571856"},
                },
            }
        ),
    ],
) -> Eligibility:
    """Menanyakan kepesertaan (membership) ke BPJS saat itu juga.

    - Dengan `nik` atau `jkn` yang ditunjukkan pasien: selalu boleh, dicatat dengan tujuan `registration`.
    - Dengan `person_id`: perlu hubungan layanan (care relation) dengan orang itu.
    - Bila BPJS tidak menjawab, `source` = `cached`: jawaban terakhir beserta tanggalnya (`checked_at`); bila belum
      pernah ada, `status` = `unknown`. Gangguan BPJS tidak pernah dijawab sebagai tidak aktif
      (an outage is never answered as inactive).
    """
    return await usecases.check_eligibility(service, actor, question)


@router.get("/coverage/{person_id}", summary="Kepesertaan terakhir yang diketahui (last known membership)")
async def last_known(
    service: Svc,
    actor: ActorAsking,
    person_id: Annotated[str, Path(description="Id orang", examples=["14100000-0001-8000-a000-000000000000"])],
) -> Eligibility:
    """Jawaban BPJS yang terakhir untuk seseorang, tanpa bertanya lagi ke BPJS (without asking BPJS again)."""
    return await usecases.last_known(service, actor, person_id)
