"""Learning visits over HTTP."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from services.facilities.contract import Page
from services.facilities.contract.learning import FollowUp, LearningVisit, LearningVisitDetail, Matches, VisitState
from services.facilities.queries import learning as queries
from services.facilities.routes import loading, paging
from services.facilities.routes.filters import Anyone, CodeFilter
from services.facilities.rules.learning import FEWEST
from services.facilities.rules.listing import Asked
from services.facilities.usecases import learning as usecases
from services.kernel.auth import CARE_ROLES, Actor, Role, allow
from services.kernel.service import Svc

router = APIRouter(prefix="/v1", tags=["Kunjungan belajar (learning visits)"])

Reader = Annotated[Actor, Depends(allow(*CARE_ROLES, Role.DINKES_ADMIN, Role.DINKES_ANALYST, Role.AUDITOR))]
"""Who may see indicators."""
Keeper = Annotated[Actor, Depends(allow(Role.DINKES_ADMIN, Role.FACILITY_ADMIN, Role.PUSKESMAS_STAFF))]
_ID = r"^[A-Za-z0-9][A-Za-z0-9-]{2,39}$"
_INDICATOR = r"^(spm|pip)-[a-z0-9.-]{1,60}$"
Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{2,32}$")]
Planned = Annotated[str, Path(pattern=_ID, description="Nomor kunjungan (visit)", examples=["KB-2026-04"])]
Off = Annotated[str, Path(pattern=_ID, description="Nomor kunjungan (visit)", examples=["KB-2026-05"])]
Done = Annotated[str, Path(pattern=_ID, description="Nomor kunjungan (visit)", examples=["KB-2026-01"])]
New = Annotated[str, Path(pattern=_ID, description="Nomor kunjungan (visit)", examples=["KB-2026-09"])]
Indicator = Annotated[
    str, Query(pattern=_INDICATOR, description="Layanan, misalnya spm-08 (indicator)", examples=["spm-08"])
]


class PlanIn(BaseModel):
    """Rencana kunjungan belajar (a planned learning visit)."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"host": "P1410010101", "guests": ["P1410090101"], "topic": "Prolanis dan kunjungan rumah hipertensi",
                 "indicator": "spm-08", "planned_on": "2026-12-08"}
            ]
        },
    )  # fmt: skip

    host: Code
    guests: list[Code] = Field(min_length=1, max_length=30)
    topic: str = Field(min_length=3, max_length=300)
    indicator: Annotated[str | None, Field(pattern=_INDICATOR)] = None
    planned_on: date


class Agreed(BaseModel):
    """Tindak lanjut yang disepakati (an agreed action)."""

    model_config = ConfigDict(extra="forbid")

    what: str = Field(min_length=3, max_length=1000)
    owner: Code
    due: date


class DoneIn(BaseModel):
    """Kunjungan terlaksana (a visit that was done)."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"done_on": "2026-11-12", "learned": "Daftar tunggu Prolanis dibuka tiap Selasa oleh klaster 3",
                 "agreed": [{"what": "Buka Prolanis tiap Selasa", "owner": "P1410070101", "due": "2027-01-31"}]}
            ]
        },
    )  # fmt: skip

    done_on: date
    learned: str = Field(min_length=3, max_length=4000, description="Yang dipelajari (what was learned)")
    agreed: list[Agreed] = Field(default=[], max_length=50)


class CancelIn(BaseModel):
    """Kunjungan batal (a cancelled visit)."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"reason": "Gelombang tinggi"}]})

    reason: str = Field(min_length=3, max_length=1000)


class ActedIn(BaseModel):
    """Tindak lanjut selesai (an action that is done)."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"done_on": "2026-09-30"}]})

    done_on: date | None = Field(None, description="Kosong = hari ini (empty = today)")


@router.get("/learning/matches", summary="Siapa belajar dari siapa (matches)")
async def matches(
    service: Svc, actor: Reader, indicator: Indicator,
    period: Annotated[int | None, Query(ge=2000, le=2100, description="Tahun; kosong = tahun ini (year)")] = None,
    fewest: Annotated[
        int, Query(ge=1, le=10_000, description="Sasaran paling sedikit (fewest persons in target)", examples=[1])
    ] = FEWEST,
    limit: Annotated[int, Query(ge=1, le=200)] = 20,
) -> Matches:  # fmt: skip
    """Puskesmas di bawah capaian kabupaten dengan yang di atasnya: menurut selisih, jarak, kemiripan (rawat inap, besar
    sasaran), dan apakah baru berkunjung; alasannya disebut. (Weak with strong, and why they fit.)
    """
    return await usecases.matches(service, actor, indicator, period, fewest, limit)


@router.get("/learning/visits", summary="Daftar kunjungan belajar (visits)", response_model=Page[LearningVisit])
async def visits(
    service: Svc, _: Anyone, request: Request, asked: Annotated[Asked, paging.of(queries.VISITS)],
    state: VisitState | None = None, facility: CodeFilter = None,
    indicator: Annotated[str | None, Query(pattern=_INDICATOR)] = None,
    since: Annotated[date | None, Query(description="Direncanakan sejak (planned from)")] = None,
    until: Annotated[date | None, Query(description="Direncanakan sampai (planned until)")] = None,
) -> Response:  # fmt: skip
    """Rencana, yang terlaksana, yang batal; `facility` = tuan rumah atau yang belajar (planned, done, cancelled)."""
    return await paging.answer(service, request, queries.chosen(state, facility, indicator, since, until), asked)


@router.get("/learning/visits/{visit}", summary="Satu kunjungan belajar (one visit)")
async def visit(service: Svc, _: Anyone, visit: Done) -> LearningVisitDetail:
    """Peserta, topik, yang dipelajari, tindak lanjut dan keadaannya (with what was agreed)."""
    return await usecases.visit(service, visit)


@router.get("/learning/visits/{visit}/follow-up", summary="Hasil kunjungan (follow-up)")
async def follow_up(service: Svc, actor: Reader, visit: Done) -> FollowUp:
    """Capaian peserta saat kunjungan dan sekarang, tindak lanjut selesai atau terlambat (then and now)."""
    return await usecases.follow_up(service, actor, visit)


@router.put("/learning/visits/{visit}", summary="Rencanakan kunjungan (plan a visit)")
async def plan(service: Svc, actor: Keeper, visit: New, body: PlanIn) -> LearningVisitDetail:
    """Dinkes atau pesertanya; nomor dipilih sendiri, mengirim ulang mengubah rencana yang sama. (The office, or who
    takes part; sending again changes the same plan.)
    """
    fields = body.model_dump() | {"guests": " ".join(body.guests)}
    return await usecases.plan(service, actor, visit, fields)


@router.post("/learning/visits/{visit}/done", summary="Catat terlaksana (a visit was done)")
async def done(service: Svc, actor: Keeper, visit: Planned, body: DoneIn) -> LearningVisitDetail:
    """Kapan, apa yang dipelajari, dan tindak lanjut dengan penanggung jawab dan tenggat (what was learned, agreed)."""
    agreed = [a.model_dump() for a in body.agreed]
    return await usecases.conclude(service, actor, visit, body.model_dump(exclude={"agreed"}), agreed)


@router.post("/learning/visits/{visit}/cancel", summary="Batalkan kunjungan (cancel a visit)")
async def cancel(service: Svc, actor: Keeper, visit: Off, body: CancelIn) -> LearningVisitDetail:
    """Dengan alasannya (with the reason)."""
    fields = {"cancelled_on": service.clock.today(), "reason": body.reason}
    return await usecases.conclude(service, actor, visit, fields)


@router.post("/learning/visits/{visit}/actions/{number}/done", summary="Tindak lanjut selesai (an action is done)")
async def act(
    service: Svc, actor: Keeper, visit: Done,
    number: Annotated[int, Path(ge=1, le=100, description="Nomor tindak lanjut (action)", examples=[2])], body: ActedIn,
) -> LearningVisitDetail:  # fmt: skip
    """Oleh penanggung jawabnya atau Dinkes (by its owner or the office)."""
    return await usecases.act(service, actor, visit, number, body.done_on)


@router.post(
    "/network/learning-visits", summary="Muat kunjungan belajar (load learning visits)", responses=loading.REPORT,
    openapi_extra=loading.csv(
        "id,host,guests,topic,indicator,planned_on,done_on,learned,cancelled_on,reason\n"
        "KB-2025-90,P1410010101,P1410020101 P1410090101,Alur klaster 3,spm-08,2025-09-10,2025-09-11,"
        "Loket satu pintu,,\n",
        usecases.visits_on(date.max),
    ),
)  # fmt: skip
async def load_visits(
    service: Svc, actor: loading.Admin, request: Request, mode: loading.HowMuch = "all"
) -> loading.LoadedOut:
    """Satu baris per kunjungan; `guests` dipisah spasi (one row per visit; guests with spaces between)."""
    return await loading.load(service, actor, usecases.visits_on(service.clock.today()), request, mode)


@router.post(
    "/network/learning-actions", summary="Muat tindak lanjut (load agreed actions)", responses=loading.REPORT,
    openapi_extra=loading.csv(
        "visit,number,what,owner,due,done_on\nKB-2026-01,9,Papan alur di ruang tunggu,P1410020101,2026-10-31,\n",
        usecases.actions_on(date.max),
    ),
)  # fmt: skip
async def load_actions(
    service: Svc, actor: loading.Admin, request: Request, mode: loading.HowMuch = "all"
) -> loading.LoadedOut:
    """Satu baris per tindak lanjut kunjungan yang terlaksana (one row per action of a visit that was done)."""
    return await loading.load(service, actor, usecases.actions_on(service.clock.today()), request, mode)
