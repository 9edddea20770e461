"""The satisfaction survey over HTTP: forms, answers, results; and the two public addresses of its page."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from services.facilities.contract import Page
from services.facilities.contract.surveys import (
    OpenedForm,
    PublicForm,
    Result,
    Results,
    SurveyAnswer,
    SurveyComment,
    SurveyForm,
    Trend,
    Weight,
)
from services.facilities.queries import surveys as queries
from services.facilities.routes import loading, paging
from services.facilities.routes.filters import AnyCode, Anyone, CodeFilter
from services.facilities.rules import satisfaction
from services.facilities.rules.listing import Asked
from services.facilities.usecases import own, pictures, results
from services.facilities.usecases import surveys as usecases
from services.kernel.auth import Actor, Role, allow, public
from services.kernel.service import Svc

router = APIRouter(prefix="/v1", tags=["Survei kepuasan (satisfaction)"])

Keeper = Annotated[Actor, Depends(allow(Role.DINKES_ADMIN, Role.FACILITY_ADMIN, Role.PUSKESMAS_STAFF))]
_PERIOD = rf"^{satisfaction.PERIOD.pattern}$"
SAYS = "Tahun, semester, triwulan, atau bulan: 2026, 2026-S1, 2026-Q3, 2026-11 (period)"
Period = Annotated[str, Path(pattern=_PERIOD, description=SAYS, examples=["2026-S1"])]
Token = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{16,64}$", examples=["dari-tautan-survei"])]
SVG: dict[int | str, dict[str, Any]] = {200: {"content": {"image/svg+xml": {"schema": {"type": "string"}}}}}
Score = Annotated[int | None, Field(ge=1, le=4)]


class FormIn(BaseModel):
    """Survei yang dibuka atau diubah (a survey to open or change)."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"facility": "P1410010101", "period": "2026", "served": 5400, "closes_on": "2040-12-31"}]
        },
    )

    facility: str = Field(pattern=r"^[A-Za-z0-9-]{2,32}$")
    period: str = Field(pattern=_PERIOD, description=SAYS)
    served: int | None = Field(None, ge=1, le=10_000_000, description="Orang yang dilayani (population served)")
    weight: Weight = Field(Weight.EXACT, description="Bobot unsur: tepat 1/9, atau 0,11 tercetak (weight)")
    closes_on: date | None = Field(None, description="Kosong = akhir periode (empty = the period's end)")


class Scores(BaseModel):
    """Kesembilan unsur, 1 sampai 4; kosong = tidak dijawab (nine elements, 1 to 4)."""

    model_config = ConfigDict(extra="forbid")

    u1: Score = Field(None, description="Persyaratan (requirements)")
    u2: Score = Field(None, description="Prosedur (procedure)")
    u3: Score = Field(None, description="Waktu (time)")
    u4: Score = Field(None, description="Biaya (cost)")
    u5: Score = Field(None, description="Produk layanan (the service as specified)")
    u6: Score = Field(None, description="Kompetensi (competence)")
    u7: Score = Field(None, description="Perilaku (behaviour)")
    u8: Score = Field(None, description="Sarana (facilities)")
    u9: Score = Field(None, description="Pengaduan (complaints)")
    age: str | None = Field(None, max_length=40)
    sex: str | None = Field(None, max_length=40)
    education: str | None = Field(None, max_length=40)
    occupation: str | None = Field(None, max_length=40)
    service: str | None = Field(None, max_length=40)
    suggestion: str | None = Field(None, max_length=2000, description="Saran (suggestion)")
    complaint: str | None = Field(None, max_length=2000, description="Keluhan (complaint)")


_NINE = {"u1": 3, "u2": 3, "u3": 2, "u4": 4, "u5": 3, "u6": 4, "u7": 4, "u8": 3, "u9": 3}


class AnswerIn(Scores):
    """Satu lembar jawaban (one paper)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {**_NINE, "number": "K-0412", "answered_on": "2026-06-12", "age": "26-35", "sex": "female",
                 "education": "sma", "occupation": "home", "service": "kia", "suggestion": "Tambah kursi tunggu"}
            ]
        }
    )  # fmt: skip

    number: str | None = Field(None, max_length=60, description="Nomor lembar; mencegah ganda (the paper's number)")
    answered_on: date | None = Field(None, description="Kosong = hari ini (empty = today)")


class LinkAnswerIn(Scores):
    """Jawaban dari halaman survei (an answer from the survey's page)."""

    model_config = ConfigDict(json_schema_extra={"examples": [{**_NINE, "age": "36-45", "sex": "male"}]})

    device: str | None = Field(None, max_length=64, description="Tanda acak perangkat (a random mark of the device)")
    again: bool = Field(False, description="Orang lain di perangkat yang sama (another person, the same device)")


class AnswerMade(BaseModel):
    """Jawaban tersimpan (stored)."""

    number: str


class Thanks(BaseModel):
    """Tersimpan; tidak ada nomor yang menunjuk orangnya (stored; nothing points at the person)."""

    stored: bool = True


class StrikeIn(BaseModel):
    """Mengapa jawaban dicoret (why an answer is struck out)."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"reason": "Lembar yang sama dua kali"}]})

    reason: Annotated[str, Field(min_length=3, max_length=500, pattern=r"^[^\x00-\x1f]*$")]


@router.get("/surveys", summary="Daftar survei (surveys)", response_model=Page[SurveyForm])
async def forms(
    service: Svc, _: Anyone, request: Request, asked: Annotated[Asked, paging.of(queries.FORMS)],
    facility: CodeFilter = None, period: Annotated[str | None, Query(pattern=_PERIOD, description=SAYS)] = None,
) -> Response:  # fmt: skip
    """Survei tiap faskes dan periode; tautannya hanya tampak bagi faskes itu dan Dinkes (surveys, without links)."""
    return await paging.answer(service, request, queries.forms(facility, period), asked)


@router.post("/surveys", status_code=201, summary="Buka survei (open a survey)")
async def open_form(service: Svc, actor: Keeper, body: FormIn) -> OpenedForm:
    """Membuka survei, atau mengubah yang sudah ada; tautan lama tetap berlaku. Tautan dan kode QR ditempel di ruang
    tunggu. (Opens a survey or changes one; its link stays.)
    """
    return await usecases.open_form(service, actor, body.facility, body.model_dump(exclude={"facility"}))


@router.get("/surveys/results", summary="Hasil satu periode (results)")
async def all_results(
    service: Svc, _: Anyone, period: Annotated[str, Query(pattern=_PERIOD, description=SAYS, examples=["2026-S1"])]
) -> Results:
    """IKM kabupaten (semua jawaban sebagai satu) dan tiap faskes, dengan n, sampel minimal, selang, unsur terendah.
    (The district's index and each facility's.)
    """
    return await results.results(service, period)


@router.get("/surveys/trend", summary="Tren IKM (trend)")
async def trend(service: Svc, _: Anyone, facility: CodeFilter = None) -> Trend:
    """IKM dari periode ke periode; tanpa `facility`: kabupaten (a facility's or the district's index over time)."""
    return await results.trend(service, facility)


@router.get(
    "/surveys/links/{token}", dependencies=[Depends(public)], summary="Isi halaman survei (the page's questions)"
)
async def public_form(service: Svc, request: Request, token: Token) -> PublicForm:
    """Pertanyaan dan pilihan untuk pemegang tautan; tanpa masuk (for whoever holds the link; no sign-in)."""
    return await usecases.public_form(service, token, _caller(service, request))


@router.post(
    "/surveys/links/{token}/answers", status_code=201, dependencies=[Depends(public)],
    summary="Jawab lewat tautan (answer by the link)",
)  # fmt: skip
async def answer(service: Svc, request: Request, token: Token, body: LinkAnswerIn) -> Thanks:
    """Tanpa nama; hanya kelompok umur, jenis kelamin, pendidikan, pekerjaan, dan layanan. Perangkat yang sudah mengisi
    mendapat 409; `again` bila orang lain yang mengisi. (Nameless; 409 when this device has answered, unless `again`.)
    """
    fields = body.model_dump(exclude={"device", "again"})
    await usecases.answer(service, token, _caller(service, request), fields, body.device, body.again)
    return Thanks()


@router.get("/surveys/{code}/{period}", summary="Hasil satu faskes (one facility's result)")
async def one(service: Svc, _: Anyone, code: AnyCode, period: Period) -> Result:
    """IKM menurut Permenpan-RB 14/2017: rata-rata tiap unsur atas yang menjawabnya, bobot yang dipakai disebut, dua
    desimal sebelum mutu ditentukan. (The index by the book; the weight used is named.)
    """
    return await results.one(service, code, period)


@router.get("/surveys/{code}/{period}/form", summary="Survei dan tautannya (the form with its link)")
async def form(service: Svc, actor: Keeper, code: AnyCode, period: Period) -> OpenedForm:
    """Untuk faskes itu dan Dinkes (for the facility and the office)."""
    return await usecases.form(service, actor, code, period)


@router.get(
    "/surveys/{code}/{period}/qr.svg", summary="Kode QR tautan (QR code)", response_class=Response, responses=SVG
)
async def qr(service: Svc, actor: Keeper, code: AnyCode, period: Period) -> Response:
    """Untuk ditempel di ruang tunggu (to put up in the waiting room)."""
    return Response(
        await pictures.qr(service, actor, code, period), media_type="image/svg+xml", headers=pictures.HEADERS
    )


@router.get(
    "/surveys/{code}/{period}/elements.svg", summary="Gambar nilai unsur (elements)", response_class=Response,
    responses=SVG,
)  # fmt: skip
async def elements(service: Svc, _: Anyone, code: AnyCode, period: Period) -> Response:
    """Nilai tiap unsur sebagai batang, dengan teks untuk pembaca layar (each element as a bar)."""
    return Response(
        await pictures.elements(service, code, period), media_type="image/svg+xml", headers=pictures.HEADERS
    )


@router.get("/surveys/{code}/{period}/answers", summary="Jawaban (answers)", response_model=Page[SurveyAnswer])
async def answers(
    service: Svc, actor: Keeper, request: Request, code: AnyCode, period: Period,
    asked: Annotated[Asked, paging.of(queries.ANSWERS)],
    struck: Annotated[bool | None, Query(description="Hanya yang dicoret, atau tidak (struck out or not)")] = None,
) -> Response:  # fmt: skip
    """Tiap jawaban, juga yang dicoret; tanpa kata bebas (each answer, without free words)."""
    found = await usecases.form(service, actor, code, period)
    return await paging.answer(service, request, queries.answers(found.facility, period, struck), asked)


@router.get(
    "/surveys/{code}/{period}/comments", summary="Saran dan keluhan (comments)", response_model=Page[SurveyComment]
)
async def comments(
    service: Svc, actor: Keeper, request: Request, code: AnyCode, period: Period,
    asked: Annotated[Asked, paging.of(queries.COMMENTS)],
    kind: Annotated[str | None, Query(pattern=r"^(suggestion|complaint)$")] = None,
) -> Response:  # fmt: skip
    """Dapat memuat nama: hanya untuk faskes itu dan Dinkes (may hold names: for the facility and the office)."""
    found = await usecases.form(service, actor, code, period)
    return await paging.answer(service, request, queries.comments(found.facility, period, kind), asked)


@router.post("/surveys/{code}/{period}/answers", status_code=201, summary="Masukkan satu lembar (enter one paper)")
async def enter(service: Svc, actor: Keeper, code: AnyCode, period: Period, body: AnswerIn) -> AnswerMade:
    """Lembar kertas oleh petugas. Jawaban tidak pernah ditimpa: nomor yang sama dengan isi lain ditolak.

    (A paper entered by staff. Answers are never overwritten.)
    """
    return AnswerMade(number=await usecases.enter(service, actor, code, period, body.model_dump()))


@router.post("/surveys/{code}/{period}/answers/{number}/strike", status_code=204, summary="Coret jawaban (strike out)")
async def strike(
    service: Svc, actor: Keeper, code: AnyCode, period: Period,
    number: Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$", examples=["K-0001"])], body: StrikeIn,
) -> None:  # fmt: skip
    """Tidak dihitung lagi, dengan alasan; isinya tetap tersimpan (no longer counts; what it said stays)."""
    await usecases.strike(service, actor, code, period, number, body.reason)


@router.post(
    "/network/survey-forms", summary="Muat survei (load surveys)", responses=loading.REPORT,
    openapi_extra=loading.csv(
        "facility,period,served,weight,closes_on\nP1410010102,2026,4100,exact,\n", usecases.FORMS
    ),
)  # fmt: skip
async def load_forms(
    service: Svc, actor: loading.Admin, request: Request, mode: loading.HowMuch = "all"
) -> loading.LoadedOut:
    """Membuka survei untuk banyak faskes sekaligus (opens surveys for many facilities at once)."""
    return await loading.load(service, actor, usecases.FORMS, request, mode)


@router.post(
    "/network/survey-answers", summary="Muat jawaban survei (load answers)", responses=loading.REPORT,
    openapi_extra=loading.csv(
        "facility,period,number,answered_on,u1,u2,u3,u4,u5,u6,u7,u8,u9,age,sex,education,occupation,service,suggestion,"
        "complaint\nP1410010101,2026-S1,K-9001,2026-06-12,3,3,2,4,3,4,4,3,3,26-35,female,sma,home,kia,,\n",
        usecases.answers_on(date.max),
    ),
)  # fmt: skip
async def load_answers(
    service: Svc, actor: Keeper, request: Request, mode: loading.HowMuch = "all"
) -> loading.LoadedOut:
    """Lembar kertas yang disalin; puskesmas untuk dirinya sendiri, Dinkes untuk semua. Nomor lembar mencegah hitung
    ganda. (Papers copied into a file; the paper's number keeps it from counting twice.)
    """
    only = None if own.is_office(actor) else actor.facility or ""
    return await loading.load(service, actor, usecases.answers_on(service.clock.today(), only), request, mode)


def _caller(service: Svc, request: Request) -> str:
    return service.auth.origin(request).split(" ")[0]
