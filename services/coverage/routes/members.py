"""HTTP of members: what was said of them, and what staff saw."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from services.coverage.contract.members import StaffStatement, Statements
from services.coverage.routes.eligibility import ActorAsking
from services.coverage.usecases import statements as usecases
from services.kernel.auth import CARE_ROLES, Actor, Role, allow
from services.kernel.service import Svc

router = APIRouter(prefix="/v1/jkn/members", tags=["JKN"])
Person = Annotated[str, Path(description="Id orang (person id)", examples=["14100000-0001-8000-a000-000000000000"])]
Speaker = Annotated[Actor, Depends(allow(*CARE_ROLES, Role.DINKES_ADMIN))]


@router.get("/{person_id}/statements", summary="Riwayat kepesertaan (membership history)")
async def history(service: Svc, actor: ActorAsking, person_id: Person) -> Statements:
    """Siapa menyatakan apa dan kapan: BPJS, daftar bulanan, petugas. Tidak ada yang ditimpa; `stands` adalah yang
    berlaku. Perlu hubungan layanan; tercatat di log akses (who said what, when; logged)."""
    return await usecases.history(service, actor, person_id)


@router.post("/{person_id}/statements", summary="Catat yang dilihat petugas (note what staff saw)", status_code=201)
async def say(service: Svc, actor: Speaker, person_id: Person, told: StaffStatement) -> Statements:
    """Misalnya kartu atau bukti bayar iuran. Berlaku sampai BPJS atau daftar yang lebih baru menyatakan lain; yang
    tidak disebut tidak berubah (stands until a fresher word of BPJS or a list; what is left out does not change)."""
    return await usecases.say(service, actor, person_id, told)
