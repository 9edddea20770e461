"""Monthly reports: frozen, and held against today."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response

from services.indicators.contract.reports import (
    Freeze,
    Freezing,
    Report,
    ReportCheck,
    ReportHead,
    RestatedPage,
    Restatement,
)
from services.indicators.routes.common import Admin, Carer, Reader, StandardName, Year
from services.indicators.routes.cursors import decode, encode
from services.indicators.usecases import reports, restating
from services.kernel import sheets
from services.kernel.service import Svc

router = APIRouter(prefix="/v1/reports", tags=["Laporan bulanan (monthly reports)"])
Name = Annotated[UUID, Path(description="Id laporan (report id)", examples=["14100000-0001-8000-a000-000000000000"])]


@router.post(
    "",
    status_code=201,
    summary="Bekukan laporan bulan (freeze a month)",
    responses={202: {"model": Freezing, "description": "Masih dikerjakan; tanyakan GET /v1/reports/{id} (going on)"}},
)
async def freeze(service: Svc, actor: Admin, body: Freeze, response: Response) -> Report | Freezing:
    """Semua standar dan indeks per akhir bulan itu, dengan sasaran dan wilayah kerja yang berlaku, ditandatangani akun
    ini dan diberi sidik SHA-256. Tidak dapat diubah lagi; membekukan ulang memerlukan `reason` dan menjadi revisi baru.
    (Every standard and the index as of the month's last day, signed and hashed. It never changes; freezing the month
    once more needs a reason and makes a new revision.)
    """
    done = await reports.freeze(service, actor, body)
    if isinstance(done, Report):
        return done
    response.status_code = 202
    response.headers["Retry-After"] = "10"
    return Freezing(id=str(done))


@router.get("", summary="Laporan yang dibekukan (frozen reports)")
async def listed(service: Svc, _: Reader, year: Year = None) -> list[ReportHead]:
    """Terbaru dulu; tiap revisi tersendiri. (Newest first; every revision by itself.)"""
    return await reports.listed(service, year)


@router.get("/{report}", summary="Satu laporan (one report)")
async def one(service: Svc, actor: Reader, report: Name) -> Report:
    """Sebagaimana dibekukan; jumlah yang terlalu kecil disembunyikan bagi yang tidak boleh melihat nama. (As it was
    frozen; small cells are hidden from those who may not see names.)
    """
    return await reports.one(service, actor, report)


@router.get(
    "/{report}/csv",
    summary="Satu laporan sebagai berkas (one report as a file)",
    response_class=Response,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
async def as_csv(service: Svc, actor: Reader, report: Name) -> Response:
    """Per standar: kabupaten dan tiap desa. (Per standard: the district and every village.)"""
    head, lines = await reports.as_csv(service, actor, report)
    name = f"laporan-{head.year}-{head.month:02}-r{head.revision}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(sheets.to_csv(lines), media_type="text/csv; charset=utf-8", headers=headers)


@router.get(
    "/{report}/canonical",
    summary="Isi yang disidik, persis (the very bytes that were hashed)",
    response_class=Response,
    responses={200: {"content": {"application/json": {"schema": {"type": "object"}}}}},
)
async def canonical(service: Svc, _: Admin, report: Name) -> Response:
    """JSON kanonik: `sha256sum` atas isi ini sama dengan `sha256` laporan. (Canonical JSON; its SHA-256 is the
    report's.)
    """
    content, digest = await reports.canonical(service, report)
    return Response(content.encode(), media_type="application/json", headers={"ETag": f'"{digest}"'})


@router.get("/{report}/verify", summary="Periksa sidik laporan (verify a report's hash)")
async def verify(service: Svc, _: Reader, report: Name) -> ReportCheck:
    """Menghitung ulang sidik isi dan sidik semua satuannya. (Computes the hashes of content and units anew.)"""
    return await reports.check(service, report)


@router.get("/{report}/restatement", summary="Hitung ulang hari ini di sampingnya (today beside it)")
async def restatement(
    service: Svc,
    actor: Reader,
    report: Name,
    standard: Annotated[str | None, Query(max_length=130, description="Satu layanan saja (one service)")] = None,
) -> Restatement:
    """Bulan yang sama dihitung dengan pengetahuan hari ini: angka dulu dan kini, berapa satuan berubah dan sebabnya:
    fakta yang datang, hilang atau dikoreksi, pindah desa, kematian, penggabungan, versi sasaran, aturan. (The same
    month by what is known today: then and now, how many units changed, and why.)
    """
    return await restating.restatement(service, actor, report, standard)


@router.get(
    "/{report}/restatement/{standard}", summary="Satuan yang berubah dan sebabnya (units that changed, and why)"
)
async def units(
    service: Svc,
    actor: Carer,
    report: Name,
    standard: StandardName,
    after: Annotated[str, Query(max_length=400, description="Isi `next` dari halaman sebelumnya (cursor)")] = "",
    limit: Annotated[int, Query(ge=1, le=200, description="Banyaknya tiap halaman (page size)")] = 50,
) -> RestatedPage:
    """Per satuan: keadaan dulu dan kini, dan fakta demi fakta sebabnya, kapan rekam mengetahuinya. Tiap orang yang
    tampil dicatat di log akses. (Unit by unit and fact by fact; every person shown is logged.)
    """
    asked = f"restatement {report} {standard}"
    (place,) = decode(service, actor, asked, after, 1)
    found, end = await restating.units(service, actor, report, standard, place, limit)
    return found.model_copy(update={"next": encode(service, actor, asked, None if end is None else (end,))})
