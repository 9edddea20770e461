"""BPJS' code lists (`/v1/jkn/references`)."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from services.coverage.contract.references import ReferenceKind, References
from services.coverage.usecases import references as usecases
from services.coverage.usecases.references import Asked
from services.kernel.auth import CARE_ROLES, Actor, Role, allow
from services.kernel.ids import FacilityCode
from services.kernel.service import Svc

router = APIRouter(prefix="/v1/jkn", tags=["Kode BPJS (BPJS code lists)"])

Reader = Annotated[Actor, Depends(allow(*CARE_ROLES, Role.JKN_CONNECTOR, Role.DINKES_ADMIN))]


@router.get("/references/{kind}", summary="Daftar kode BPJS (a BPJS code list)")
async def show(
    service: Svc,
    actor: Reader,
    kind: Annotated[ReferenceKind, Path(description="Daftar apa (which list)", examples=["poli"])],
    q: Annotated[str, Query(max_length=60, description="diagnosis, medicine: kode atau sebagian nama")] = "",
    of: Annotated[
        str,
        Query(
            pattern=r"^[A-Za-z0-9-]{0,12}$",
            description="subspecialist: kdSpesialis · referral-target: kdSubSpesialis · allergy: 01 makanan, 02 udara, "
            "03 obat · procedure: kdTkp · club: 01 DM, 02 HT · discharge: inpatient · queue-doctor: kode poli",
        ),
    ] = "",
    means: Annotated[str, Query(pattern=r"^[A-Za-z0-9]{0,12}$", description="referral-target: kdSarana")] = "",
    day: Annotated[date | None, Query(description="referral-target, queue-*: tanggal; bawaan hari ini")] = None,
    start: Annotated[int, Query(ge=0, le=100_000, description="diagnosis, medicine: mulai baris ke-")] = 0,
    limit: Annotated[int, Query(ge=1, le=100, description="diagnosis, medicine: jumlah baris")] = 50,
    facility: Annotated[
        FacilityCode | None,
        Query(description="Jalur faskes mana; bawaan faskes pada token (whose line)", examples=["P1410010101"]),
    ] = None,
) -> References:
    """Daftar kode langsung dari BPJS lewat jalur faskes, disimpan 45 menit (yang memuat jadwal: 4,5 menit). Selama
    BPJS tidak menjawab, daftar lama tetap ditampilkan dengan umurnya (`age_seconds`, `trouble`)."""
    asked = Asked(kind, q.strip(), of, means, day, start, limit)
    return await usecases.show(service, actor, facility, asked)
