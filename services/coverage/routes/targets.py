"""Where a referral goes in BPJS' words (`/v1/jkn/referral-targets`)."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Path

from services.coverage.contract.targets import NewTarget, TargetShown
from services.coverage.usecases import targets as usecases
from services.kernel.auth import Actor, Role, allow
from services.kernel.service import Svc

router = APIRouter(prefix="/v1/jkn", tags=["Padanan kode BPJS (BPJS code maps)"])

Sender = Annotated[Actor, Depends(allow(Role.CLINICIAN, Role.CLINIC_SYSTEM, Role.FACILITY_ADMIN, Role.PUSKESMAS_STAFF))]
Referral = Annotated[
    str, Path(max_length=64, description="Id rujukan (referral id)", examples=["cc028efb-f6b6-5cca-83e3-1ca5d110adb1"])
]


@router.put("/referral-targets/{referral}", summary="Pilih tujuan rujukan menurut BPJS (choose a referral's target)")
async def choose(service: Svc, actor: Sender, referral: Referral, target: Annotated[NewTarget, Body()]) -> TargetShown:
    """Subspesialis dan sarana, atau kebutuhan khusus, dan hari rujukan (tglEstRujuk) untuk satu rujukan; faskes tujuan
    dan alasan TACC diambil dari rujukannya. Hanya pengirim. Kunjungan yang diparkir karena ini dikirim kembali."""
    return await usecases.choose(service, actor, referral, target)


@router.get("/referral-targets/{referral}", summary="Tujuan rujukan menurut BPJS (a referral's target)")
async def show(service: Svc, actor: Sender, referral: Referral) -> TargetShown:
    """Yang dipilih pengirim, dengan siapa dan kapan."""
    return await usecases.show(service, actor, referral)
