"""What a facility signs in to BPJS with (`/v1/jkn/lines`)."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from services.coverage.bpjs.wire import BpjsService
from services.coverage.contract.lines import Line, LineCheck, Lines, LineSettings, LineState
from services.coverage.usecases import line_settings as usecases
from services.kernel.auth import Actor, Role, allow
from services.kernel.ids import FacilityCode
from services.kernel.service import Svc

router = APIRouter(prefix="/v1/jkn", tags=["Jalur BPJS (BPJS lines)"])

Keeper = Annotated[Actor, Depends(allow(Role.FACILITY_ADMIN, Role.DINKES_ADMIN, Role.JKN_CONNECTOR))]
Facility = Annotated[FacilityCode, Path(description="Kode faskes di registri ini", examples=["P1410010101"])]
Which = Annotated[
    BpjsService,
    Path(description="Layanan BPJS: pcare, vclaim, antrean, icare, srbk (BPJS service)", examples=["pcare"]),
]


@router.get("/lines", summary="Daftar jalur ke BPJS (lines to BPJS)")
async def listed(
    service: Svc,
    actor: Keeper,
    facility: Annotated[FacilityCode | None, Query(description="Hanya faskes ini", examples=["P1410010101"])] = None,
    state: Annotated[LineState | None, Query(description="Hanya yang keadaannya begini (state)")] = None,
) -> Lines:
    """Jalur (line) adalah cara satu faskes masuk ke satu layanan BPJS. Dinas melihat semua, faskes miliknya sendiri.

    `held` (ditahan): BPJS menolak akunnya; antrean kiriman faskes itu berhenti, faskes lain jalan terus. Jalur terbuka
    lagi setelah rahasianya diganti, atau setelah percobaan yang berhasil (check). `missing`: belum diisi.
    """
    return await usecases.listed(service, actor, facility, state)


@router.get("/lines/{facility}/{service}", summary="Satu jalur ke BPJS (one line)")
async def show(svc: Svc, actor: Keeper, facility: Facility, service: Which) -> Line:
    """Keadaan satu jalur dan rahasia apa saja yang tersimpan; isinya tidak pernah ditampilkan (never shown)."""
    return await usecases.show(svc, actor, facility, service)


@router.put("/lines/{facility}/{service}", summary="Isi jalur ke BPJS (set a line)")
async def put(svc: Svc, actor: Keeper, facility: Facility, service: Which, asked: LineSettings) -> Line:
    """Menyimpan cara masuk faskes ke layanan BPJS. Yang tidak disebut tetap; rahasia disegel (AES-GCM) dan hanya
    ditulis, tidak dapat dibaca kembali (secrets are sealed and write-only). Jalur yang ditahan terbuka lagi bila
    cara masuknya berubah. Layanan iCare memakai akun PCare bila tidak diisi sendiri."""
    return await usecases.put(svc, actor, facility, service, asked)


@router.delete("/lines/{facility}/{service}", status_code=204, summary="Hapus jalur ke BPJS (forget a line)")
async def remove(svc: Svc, actor: Keeper, facility: Facility, service: Which) -> None:
    """Melupakan jalur ini beserta rahasianya (forgets it and its secrets)."""
    await usecases.remove(svc, actor, facility, service)


@router.post("/lines/{facility}/{service}/check", summary="Coba jalur ke BPJS (try a line)")
async def check(svc: Svc, actor: Keeper, facility: Facility, service: Which) -> LineCheck:
    """Bertanya hal terkecil kepada BPJS. Bila tanda masuknya diterima, jalur terbuka (lagi); bila ditolak, jalur
    ditahan. Gangguan jaringan tidak mengubah keadaannya (an outage changes nothing)."""
    return await usecases.check(svc, actor, facility, service)
