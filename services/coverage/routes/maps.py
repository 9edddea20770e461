"""Which BPJS code stands for ours (`/v1/jkn/maps`)."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Query
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from services.coverage.contract.maps import Choices, MapKind, NewChoice
from services.coverage.usecases import maps as usecases
from services.kernel.auth import Actor, Role, allow
from services.kernel.ids import FacilityCode
from services.kernel.service import Svc

router = APIRouter(prefix="/v1/jkn", tags=["Padanan kode BPJS (BPJS code maps)"])

Chooser = Annotated[
    Actor, Depends(allow(Role.FACILITY_ADMIN, Role.PUSKESMAS_STAFF, Role.CLINIC_SYSTEM, Role.DINKES_ADMIN))
]
Reader = Annotated[
    Actor,
    Depends(
        allow(Role.FACILITY_ADMIN, Role.PUSKESMAS_STAFF, Role.CLINIC_SYSTEM, Role.CLINICIAN, Role.DINKES_ADMIN,
              Role.AUDITOR)
    ),
]  # fmt: skip
EXAMPLE: dict[str, JsonValue] = {
    "items": [
        {"kind": "doctor", "ours": "dr. Andi Saputra", "theirs": "131491", "facility": "P1410010101"},
        {"kind": "poli", "ours": "posyandu", "theirs": "020", "facility": "P1410010101"},
        {"kind": "allergy-food", "ours": "none", "theirs": "00", "facility": "P1410010101"},
    ]
}


class NewChoices(BaseModel):
    """Padanan yang ditetapkan sekaligus (choices made together)."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [EXAMPLE]})

    items: list[NewChoice] = Field(min_length=1, max_length=500)


@router.put("/maps", summary="Tetapkan padanan kode (choose BPJS codes)")
async def choose(service: Svc, actor: Chooser, asked: Annotated[NewChoices, Body()]) -> Choices:
    """Menetapkan kode BPJS untuk yang ditulis rekam bersama: nakes (kdDokter), layanan (kdPoli), kesadaran, prognosa,
    alergi, obat, tindakan, rujukan. Yang tidak ada padanannya membuat kiriman kunjungan **diparkir** dengan isian yang
    harus dilengkapi, bukan dikirim dengan kode karangan. Semua diterima atau tidak sama sekali; siapa dan kapan
    tersimpan, dan padanan lama tetap berlaku bagi kunjungan sebelum `since`."""
    return await usecases.choose(service, actor, asked.items)


@router.get("/maps", summary="Padanan kode faskes (a facility's BPJS codes)")
async def show(
    service: Svc,
    actor: Reader,
    facility: Annotated[
        FacilityCode | None, Query(description="Hanya bagi dinas (for the office)", examples=["P1410010101"])
    ] = None,
    kind: Annotated[MapKind | None, Query(description="Jenis padanan (kind)")] = None,
    history: Annotated[bool, Query(description="Seluruh riwayat, juga yang dicabut (every one ever made)")] = False,
) -> Choices:
    """Padanan yang berlaku hari ini, dengan siapa dan kapan menetapkannya."""
    return await usecases.show(service, actor, facility, kind, history=history)
