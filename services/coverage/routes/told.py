"""What BPJS would be told of a visit (`/v1/jkn/visits/{visit}/told`)."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from services.coverage.contract.told import ToldShown
from services.coverage.usecases import previews
from services.kernel.auth import Actor, Role, allow
from services.kernel.service import Svc

router = APIRouter(prefix="/v1/jkn", tags=["Kiriman BPJS (deliveries to BPJS)"])

Answering = Annotated[
    Actor, Depends(allow(Role.CLINICIAN, Role.CLINIC_SYSTEM, Role.FACILITY_ADMIN, Role.PUSKESMAS_STAFF))
]


@router.get("/visits/{visit}/told", summary="Yang akan disampaikan ke BPJS (what BPJS would be told)")
async def told(
    service: Svc,
    actor: Answering,
    visit: Annotated[
        str,
        Path(max_length=64, description="Id kunjungan (visit id)", examples=["contoh-kunjungan"]),
    ],
) -> ToldShown:
    """Badan pendaftaran, kunjungan, obat, tindakan dan MCU sebagaimana akan dikirim sekarang, **tanpa mengirimnya**;
    yang belum lengkap beserta tempat melengkapinya; dan yang tidak disampaikan sebagaimana tercatat (tanda vital yang
    tidak diukur dikirim 0). Hanya faskes pemberi layanan. Tercatat di log akses."""
    return await previews.show(service, actor, visit)
