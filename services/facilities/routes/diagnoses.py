"""What diagnoses mean for where to go, over HTTP: the lists, the ranking rules, and one diagnosis."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from services.facilities.contract import Page
from services.facilities.contract.candidates import CandidateRule, RankingRule
from services.facilities.contract.diagnoses import DiagnosisService, DiagnosisShown, NonSpecialistDiagnosis, When
from services.facilities.queries import diagnoses as queries
from services.facilities.routes import loading, paging
from services.facilities.routes.filters import Anyone, NameFilter, OnDay
from services.facilities.rules.listing import Asked
from services.facilities.usecases import diagnoses as usecases
from services.kernel.service import Svc

router = APIRouter(prefix="/v1", tags=["Jejaring (network)"])

Code = Annotated[str, Path(pattern=r"^[A-Z]\d{2}(\.[0-9A-Z]{1,2})?$", examples=["O13"], description="Diagnosis ICD-10")]
Starting = Annotated[str | None, Query(pattern=r"^[A-Z][0-9A-Z.-]{0,6}$", description="Awal kode (code begins with)")]


@router.get(
    "/diagnoses/non-specialist", summary="Diagnosis kompetensi FKTP (first-level diagnoses)",
    response_model=Page[NonSpecialistDiagnosis], responses=paging.FORMS,
)  # fmt: skip
async def non_specialist(
    service: Svc, _: Anyone, request: Request, asked: Annotated[Asked, paging.of(queries.NON_SPECIALIST)],
    code: Starting = None, name: NameFilter = None, on: OnDay = None,
) -> Response:  # fmt: skip
    """Daftar bertanggal; tanpa `on`: semua yang pernah dan akan berlaku. Yang `verified` = false adalah daftar bawaan
    yang belum diperiksa dinas. (Dated; without `on` all there ever were; not verified: our starting list.)
    """
    found = queries.NON_SPECIALIST.chosen().where("starts_with(code, {})", code).named(name).on(on)
    return await paging.answer(service, request, found, asked)


@router.get(
    "/diagnoses/services", summary="Layanan yang diperlukan diagnosis (services diagnoses need)",
    response_model=Page[DiagnosisService], responses=paging.FORMS,
)  # fmt: skip
async def services(
    service: Svc, _: Anyone, request: Request, asked: Annotated[Asked, paging.of(queries.SERVICES)],
    code: Starting = None, on: OnDay = None,
) -> Response:  # fmt: skip
    """Semua baris yang cocok dengan diagnosis dan kegawatannya berlaku bersama (all rows that fit hold together)."""
    found = queries.SERVICES.chosen().where("starts_with(code, {})", code).on(on)
    return await paging.answer(service, request, found, asked)


@router.get("/diagnoses/{code}", summary="Satu diagnosis: kompetensi FKTP? perlu apa? (one diagnosis)")
async def diagnosis(service: Svc, _: Anyone, code: Code, on: OnDay = None, urgency: When = When.ANY) -> DiagnosisShown:
    """Apakah diagnosis ini kompetensi FKTP pada hari itu (bila ya, rujukan ke atas perlu alasan TACC atau keterbatasan
    faskes), dan layanan apa yang diperlukannya. (Is it the first level's own on a day, and which services does it
    need?)
    """
    return await usecases.one(service, code, on, urgency)


@router.get(
    "/candidate-rules", summary="Aturan peringkat tujuan rujukan (ranking rules)", response_model=Page[CandidateRule],
    responses=paging.FORMS,
)  # fmt: skip
async def candidate_rules(
    service: Svc, _: Anyone, request: Request, asked: Annotated[Asked, paging.of(queries.RULES)],
    rule: RankingRule | None = None, on: OnDay = None,
) -> Response:  # fmt: skip
    """Bobot tiap kriteria (competence … acceptance) dan angka pengukurnya: `half-distance-km` = jarak yang bernilai
    setengah, `stale-minutes` = umur laporan kapasitas yang masih dipercaya, `half-answer-minutes` = lama jawab yang
    bernilai setengah, `unknown-percent` = nilai yang tidak diketahui, `history-days` = riwayat yang dihitung.
    (Weights of the criteria, and what their shares are measured with.)
    """
    return await paging.answer(service, request, queries.RULES.chosen().equal("rule", rule).on(on), asked)


@router.post(
    "/network/non-specialist-diagnoses", summary="Muat diagnosis kompetensi FKTP (load first-level diagnoses)",
    responses=loading.REPORT,
    openapi_extra=loading.csv(
        "code,name,source,verified,valid_from,valid_until\n"
        "I10,Hipertensi esensial,SKDI 2012 tingkat 4A,ya,2014-01-01,\n",
        usecases.NON_SPECIALIST,
    ),
)  # fmt: skip
async def load_non_specialist(
    service: Svc, actor: loading.Admin, request: Request, mode: loading.HowMuch = "all"
) -> loading.LoadedOut:
    """Diagnosis (kategori, kode, atau kelompok ICD-10) yang dituntaskan FKTP; `valid_until` mengakhiri. Berlaku pada
    rujukan dalam beberapa detik. (Diagnoses the first level treats itself; used by referrals within seconds.)
    """
    return await loading.load(service, actor, usecases.NON_SPECIALIST, request, mode)


@router.post(
    "/network/diagnosis-services", summary="Muat layanan yang diperlukan diagnosis (load services diagnoses need)",
    responses=loading.REPORT,
    openapi_extra=loading.csv(
        "code,urgency,service,source,verified,valid_from,valid_until\nO00-O99,any,kia,,ya,2014-01-01,\n",
        usecases.SERVICES,
    ),
)  # fmt: skip
async def load_services(
    service: Svc, actor: loading.Admin, request: Request, mode: loading.HowMuch = "all"
) -> loading.LoadedOut:
    """Layanan (dari /v1/service-types) yang harus ada di tujuan rujukan diagnosis ini (which services a diagnosis needs
    where it is referred to)."""
    return await loading.load(service, actor, usecases.SERVICES, request, mode)


@router.post(
    "/network/candidate-rules", summary="Muat aturan peringkat (load ranking rules)", responses=loading.REPORT,
    openapi_extra=loading.csv(
        "rule,urgency,value,note,valid_from,valid_until\ndistance,any,15,,2014-01-01,\n", usecases.RULES
    ),
)  # fmt: skip
async def load_rules(
    service: Svc, actor: loading.Admin, request: Request, mode: loading.HowMuch = "all"
) -> loading.LoadedOut:
    """Bobot dan angka pengukur peringkat, bertanggal; yang khusus kegawatan mendahului `any` (dated; a rule for an
    urgency goes before `any`)."""
    return await loading.load(service, actor, usecases.RULES, request, mode)
