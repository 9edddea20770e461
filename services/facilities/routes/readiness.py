"""ILP readiness over HTTP."""

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from services.facilities.contract import Page
from services.facilities.contract.readiness import (
    Claim,
    Criterion,
    Document,
    Expiring,
    Readiness,
    Stage,
    StandingDetail,
    Target,
    Trajectory,
)
from services.facilities.queries import readiness as queries
from services.facilities.routes import loading, paging
from services.facilities.routes.filters import AnyCode, Anyone, CodeFilter
from services.facilities.rules.listing import Asked
from services.facilities.usecases import claims as writing
from services.facilities.usecases import pictures
from services.facilities.usecases import readiness as reading
from services.facilities.usecases.claims import Verdict
from services.kernel.auth import Actor, Role, allow
from services.kernel.service import Svc

router = APIRouter(prefix="/v1", tags=["Kesiapan ILP (readiness)"])

Admin = Annotated[Actor, Depends(allow(Role.DINKES_ADMIN))]
Assessor = Annotated[Actor, Depends(allow(Role.FACILITY_ADMIN, Role.PUSKESMAS_STAFF))]
Keeper = Annotated[Actor, Depends(allow(Role.DINKES_ADMIN, Role.FACILITY_ADMIN, Role.PUSKESMAS_STAFF))]
On = Annotated[
    date | None, Query(description="Keadaan pada hari itu; kosong = hari ini (day)", examples=["2026-06-30"])
]
Year = Annotated[int, Path(ge=2000, le=2100, examples=[2026])]
CriterionCode = Annotated[
    str,
    Path(pattern=r"^[a-z0-9][a-z0-9-]{1,39}$", description="Kode kriteria (criterion)", examples=["kader-25"]),
]


class ClaimIn(BaseModel):
    """Pengajuan satu kriteria dengan bukti: uraian, tautan, atau berkas (a claim with evidence)."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"note": "12 kader tersertifikasi, 3 di antaranya tingkat utama", "valid_until": "2030-12-31"}]
        },
    )

    note: str | None = Field(None, max_length=2000, description="Uraian bukti (evidence in words)")
    link: str | None = Field(None, max_length=1000, description="Tautan bukti (link)")
    file: str | None = Field(None, max_length=40, description="Id berkas yang diunggah (id of an uploaded file)")
    valid_until: date | None = Field(None, description="Bukti berlaku sampai (evidence valid until)")
    claimed_on: date | None = Field(None, description="Kosong = hari ini (empty = today)")


class VerdictIn(BaseModel):
    """Keputusan Dinkes atas pengajuan terbaru (the office's verdict on the newest claim)."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"verdict": "returned", "reason": "Lampirkan daftar kader bertanda tangan"}]},
    )

    verdict: Verdict = Field(description="verified: sah; returned: dikembalikan (sent back)")
    on: date | None = Field(None, description="Berlaku sejak; kosong = hari ini (counts from; empty = today)")
    reason: str | None = Field(None, max_length=1000, description="Wajib bila dikembalikan (when sent back)")


class TargetIn(BaseModel):
    """Target satu tahun (a year's target)."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"target": 6, "source": "Renstra Dinkes 2025-2029"}]}
    )

    target: int = Field(ge=0, le=10_000)
    source: str | None = Field(None, max_length=200)


@router.get("/readiness", summary="Kesiapan ILP tiap puskesmas (ILP readiness)")
async def readiness(
    service: Svc, _: Anyone, on: On = None, state: Stage | None = None,
    after: Annotated[str, Query(pattern=r"^[A-Za-z0-9-]{0,32}$")] = "",
    limit: Annotated[int, Query(ge=1, le=2000)] = 100,
) -> Readiness:  # fmt: skip
    """Belum mulai, sebagian (n dari m), atau menerapkan ILP sejak hari D; pada hari mana pun. Capaian terhadap target
    tahun itu boleh lebih dari 100 %. (Not started, n of m, or implements ILP since day D, on any day.)
    """
    return await reading.readiness(service, on, state, after, limit)


@router.get("/readiness/criteria", summary="Daftar periksa ILP (checklist)")
async def criteria(service: Svc, _: Anyone, on: On = None) -> list[Criterion]:
    """Kriteria dengan bobot, bukti, dan masa berlakunya; `on` memilih yang berlaku hari itu (criteria, dated)."""
    return await reading.criteria(service, on)


@router.get("/readiness/trajectory", summary="Perjalanan setahun (trajectory)")
async def trajectory(
    service: Svc, _: Anyone, year: Annotated[int, Query(ge=2000, le=2100, examples=[2026])]
) -> Trajectory:
    """Tiap akhir bulan: berapa puskesmas menerapkan ILP, siapa yang bergabung, terhadap target (month by month)."""
    return await reading.trajectory(service, year)


@router.get("/readiness/expiring", summary="Bukti yang kedaluwarsa (expiring evidence)", response_model=Page[Expiring])
async def expiring(
    service: Svc, _: Anyone, request: Request, asked: Annotated[Asked, paging.of(queries.EXPIRING)],
    within: Annotated[int, Query(ge=0, le=3660, description="Dalam sekian hari (within days)")] = 90,
    facility: CodeFilter = None,
) -> Response:  # fmt: skip
    """Bukti terverifikasi yang berakhir dalam sekian hari atau sudah lewat (verified evidence that ends soon)."""
    today = service.clock.today()
    return await paging.answer(
        service, request, queries.expiring(today, today + timedelta(days=within), facility), asked
    )


@router.get(
    "/readiness/grid.svg", summary="Gambar puskesmas × kriteria (grid)", response_class=Response,
    responses={200: {"content": {"image/svg+xml": {"schema": {"type": "string"}}}}},
)  # fmt: skip
async def grid(service: Svc, _: Anyone, on: On = None) -> Response:
    """Kotak per puskesmas dan kriteria: terpenuhi, menunggu, belum; dengan teks untuk pembaca layar (as a picture)."""
    return Response(await pictures.grid(service, on), media_type="image/svg+xml", headers=pictures.HEADERS)


@router.get("/readiness/targets", summary="Target tahunan (targets)")
async def targets(service: Svc, _: Anyone) -> list[Target]:
    """Berapa puskesmas yang harus menerapkan ILP tiap tahun (how many each year)."""
    return await reading.targets(service)


@router.put("/readiness/targets/{year}", summary="Tetapkan target (set a target)")
async def set_target(service: Svc, actor: Admin, year: Year, body: TargetIn) -> Target:
    """Target dan dasarnya; yang lama tersimpan di riwayat (the target and its source; the former stays in history)."""
    return await writing.set_target(service, actor, year, body.target, body.source)


@router.delete("/readiness/targets/{year}", status_code=204, summary="Cabut target (withdraw a target)")
async def withdraw_target(service: Svc, actor: Admin, year: Year) -> None:
    """Tahun itu tanpa target; riwayatnya tetap (no target for the year; its history stays)."""
    await writing.set_target(service, actor, year, None, None)


@router.get("/readiness/files/{document}", summary="Unduh berkas bukti (download evidence)", response_class=Response)
async def download(
    service: Svc, actor: Keeper,
    document: Annotated[str, Path(pattern=r"^[0-9a-f-]{36}$", examples=["0190f5a2-0000-7000-8000-000000000000"])],
) -> Response:  # fmt: skip
    """Untuk puskesmas pemiliknya dan Dinkes (for its puskesmas and the office)."""
    kind, content = await writing.document(service, actor, document)
    return Response(content, media_type=kind, headers={
        "Content-Disposition": f'attachment; filename="bukti-{document}.{kind.rsplit("/")[-1]}"',
        "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, no-store",
    })  # fmt: skip


@router.get("/readiness/{code}", summary="Kesiapan satu puskesmas (one puskesmas)")
async def standing(service: Svc, actor: Anyone, code: AnyCode, on: On = None) -> StandingDetail:
    """Tiap kriteria, masa menerapkan ILP, dan yang tampak di data kita di samping pengajuan. Bukti dan keputusan hanya
    untuk puskesmas itu dan Dinkes. (Each criterion, with what our data show; evidence for itself and the office only.)
    """
    return await reading.standing(service, actor, code, on)


@router.post(
    "/readiness/files/{code}", status_code=201, summary="Unggah berkas bukti (upload evidence)",
    openapi_extra={
        "requestBody": {"required": True, "content": {
            "application/pdf": {"schema": {"type": "string", "format": "binary"},
                                "example": "%PDF-1.4\n1 0 obj <</Type /Catalog>> endobj\ntrailer <<>>\n%%EOF"},
        }},
    },
)  # fmt: skip
async def upload(service: Svc, actor: Keeper, code: AnyCode, request: Request) -> Document:
    """PDF, JPEG, atau PNG sampai 10 MB sebagai isi permintaan; dikenali dari isinya. Id-nya dipakai saat mengajukan.
    (Up to 10 MB as the body, known by content; its id goes into a claim.)
    """
    writing.readable(request.headers.get("content-type", "").partition(";")[0].strip().lower())
    return await writing.store(service, actor, code, await request.body())


@router.post("/readiness/{code}/{criterion}/claims", status_code=201, summary="Ajukan kriteria (claim a criterion)")
async def claim(service: Svc, actor: Assessor, code: AnyCode, criterion: CriterionCode, body: ClaimIn) -> Claim:
    """Penilaian sendiri oleh puskesmas: kriteria terpenuhi, inilah buktinya. (The puskesmas says it meets it.)"""
    return await writing.claim(service, actor, code, criterion, body.model_dump(exclude_none=True))


@router.post("/readiness/{code}/{criterion}/verdict", summary="Verifikasi atau kembalikan (verify or send back)")
async def decide(service: Svc, actor: Admin, code: AnyCode, criterion: CriterionCode, body: VerdictIn) -> Claim:
    """Dinkes memutus pengajuan terbaru; yang dikembalikan diberi alasan dan diajukan lagi sebagai pengajuan baru.
    (The office decides on the newest claim.)
    """
    return await writing.decide(service, actor, code, criterion, body.verdict, body.on, body.reason)


@router.post(
    "/network/readiness-criteria", summary="Muat daftar periksa (load the checklist)", responses=loading.REPORT,
    openapi_extra=loading.csv(
        "code,valid_from,valid_until,position,name_id,name_en,evidence_id,evidence_en,required,weight,evidence_months,"
        "seen_in,source\nrujuk-balik,2027-01-01,,9,Rujuk balik berjalan,Back referral works,Rekap PRB,Recap of PRB,"
        "tidak,1,12,,Kebijakan Dinkes\n",
        writing.CRITERIA,
    ),
)  # fmt: skip
async def load_criteria(
    service: Svc, actor: loading.Admin, request: Request, mode: loading.HowMuch = "all"
) -> loading.LoadedOut:
    """Kriteria baru atau masa berlaku yang berubah; hari-hari lampau tetap dinilai dengan yang berlaku saat itu.
    (New criteria or other spans; past days keep the checklist of their day.)
    """
    return await loading.load(service, actor, writing.CRITERIA, request, mode)


@router.post(
    "/network/readiness-claims", summary="Muat pengajuan dan keputusan (load claims)", responses=loading.REPORT,
    openapi_extra=loading.csv(
        "facility,criterion,number,claimed_on,note,link,valid_until,verified_on,returned_on,reason\n"
        "P1410010101,alur-klaster,1,2024-12-27,Denah dan alur layanan per klaster di ruang tunggu,,,2025-01-05,,\n",
        writing.claims_on(date.max),
    ),
)  # fmt: skip
async def load_claims(
    service: Svc, actor: loading.Admin, request: Request, mode: loading.HowMuch = "all"
) -> loading.LoadedOut:
    """Catatan Dinkes dari sebelum sistem ini: satu baris per pengajuan. (The office's records from before.)"""
    return await loading.load(service, actor, writing.claims_on(service.clock.today()), request, mode)
