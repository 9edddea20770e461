"""Follow-ups over HTTP."""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query

from services.kernel.auth import CARE_ROLES, Actor, Role, allow
from services.kernel.ids import FacilityCode
from services.kernel.openapi import ProblemBody
from services.kernel.problems import Fault, Text, Unprocessable
from services.kernel.service import Svc
from services.referrals.contract.follow_ups import DoneTold, FacilityFollowUps, FollowUpPage, FollowUpShown
from services.referrals.usecases import follow_ups
from services.referrals.usecases.show import DISTRICT

router = APIRouter(prefix="/v1/referrals/follow-ups", tags=["Tindak lanjut rujukan (follow-ups)"])

Reader = Annotated[Actor, Depends(allow(*CARE_ROLES, *DISTRICT))]
Counter = Annotated[Actor, Depends(allow(*CARE_ROLES, *DISTRICT, Role.DINKES_ANALYST))]
Ender = Annotated[Actor, Depends(allow(*CARE_ROLES, Role.DINKES_ADMIN))]
Facility = Annotated[FacilityCode | None, Query(description="Hanya untuk dinas: faskes ini (this facility's)")]
Referral = Annotated[
    str,
    Path(description="Id rujukan (referral id)", max_length=64, examples=["4847b082-9fd5-5414-8d02-ac44bded78e1"]),
]


@router.get("", summary="Daftar tindak lanjut (follow-ups)")
async def page(
    service: Svc,
    actor: Reader,
    state: Annotated[Literal["open", "due", "late", "done"], Query(description="open: due dan late")] = "open",
    side: Annotated[
        Literal["home", "asker"], Query(description="home: yang harus dikerjakan; asker: yang diminta faskes ini")
    ] = "home",
    facility: Facility = None,
    after: Annotated[str | None, Query(max_length=200, description="`next` dari halaman sebelumnya")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> FollowUpPage:
    """Yang diminta dari faskes asal setelah rujukan ditutup: menjalankan saran rujuk balik, atau mencari pasien yang
    tidak datang atau pergi. Yang terbuka menurut batasnya; yang selesai terbaru dahulu.
    (What closed referrals ask of the home facility: follow the advice, or find the patient.)"""
    return await follow_ups.page(service, actor, state, side, facility, after, limit)


@router.get("/figures", summary="Angka tindak lanjut (follow-up figures)")
async def figures(
    service: Svc,
    actor: Counter,
    since: Annotated[date | None, Query(alias="from", description="Batas tindak lanjut sejak (due from)")] = None,
    until: Annotated[date | None, Query(alias="to", description="Batas tindak lanjut sampai (due until)")] = None,
    facility: Facility = None,
) -> list[FacilityFollowUps]:
    """Menurut faskes asal: belum jatuh tempo, terlambat, selesai tepat waktu, selesai terlambat. Tanpa nama pasien.
    (By home facility: due, late, done in time, done late. No patients.)"""
    if since is not None and until is not None and since > until:
        order = Text("tidak boleh setelah `to`", "must not be after `to`")
        raise Unprocessable(faults=[Fault("/query/from", order)])
    return await follow_ups.figures(service, actor, since, until, facility)


@router.post(
    "/{referral}",
    summary="Selesaikan tindak lanjut (finish a follow-up)",
    responses={409: {"model": ProblemBody, "description": "Sudah selesai (`done_on`, `how`) (done already)"}},
)
async def done(service: Svc, actor: Ender, referral: Referral, told: DoneTold) -> FollowUpShown:
    """Untuk faskes asal dan dinas. Kunjungan orang itu di faskes asal menyelesaikannya sendiri, tanpa panggilan ini.
    (For the home facility and the health office. A visit of the person there finishes it by itself.)"""
    return await follow_ups.done(service, actor, referral, told)
