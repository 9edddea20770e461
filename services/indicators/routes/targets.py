"""Official targets."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from services.indicators.contract import Targets, TargetShown, TargetsLoaded, TargetsShown, TargetVersion
from services.indicators.contract.targets import ServiceName
from services.indicators.routes import rows
from services.indicators.routes.common import Admin, Reader, Year
from services.indicators.usecases import targets
from services.indicators.usecases.targets import COLUMNS, Mode
from services.kernel import sheets
from services.kernel.service import Svc

router = APIRouter(prefix="/v1/targets", tags=["Sasaran resmi (official targets)"])
CSV = "service,year,village,value,source\nSPM-01,2026,1410011001,15,Proyeksi Dinkes\nSPM-01,2026,1410011002,16,Proyeksi Dinkes\n"  # noqa: E501
ITEM = {"service": "SPM-01", "year": 2026, "village": "1410011001", "value": 15, "source": "Proyeksi Dinkes"}
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["items"],
                    "properties": {"items": {"type": "array", "items": {"type": "object"}}},
                },
                "example": {"items": [ITEM]},
            },
            "text/csv": {"schema": {"type": "string"}, "example": CSV},
        },
    }
}
NEWEST = "Yang dimuat terakhir dan sudah berlaku pada tanggal itu (the newest loaded of those in force on the day)."
Service = Annotated[ServiceName, Query(description="Layanan (service)", examples=["SPM-01"])]
On = Annotated[date | None, Query(description="Berlaku pada tanggal; kosong = hari ini (counting on this day)")]


@router.put("", summary="Muat sasaran resmi (load official targets)", openapi_extra=BODY)
async def put(
    service: Svc,
    admin: Admin,
    request: Request,
    mode: Annotated[
        Mode, Query(description="`all`: semua atau tidak; `rest`: muat baris yang benar (all, or the rest)")
    ] = "all",
    confirm: Annotated[
        bool,
        Query(
            description="Perubahan mendadak memang dimaksud (sudden changes are meant)",
            json_schema_extra={"examples": [True]},
        ),
    ] = False,
) -> TargetsLoaded:
    """Sasaran per layanan, tahun, dan desa atau puskesmas, dengan sumber dan versinya; JSON, CSV atau XLSX. Baris
    `total` (kolom village) harus sama dengan jumlahnya; desa-desa harus berjumlah sasaran puskesmasnya. Perubahan
    mendadak terhadap versi terakhir ditolak dengan daftar perubahannya, kecuali `confirm=true`. Versi yang sudah dimuat
    tidak berubah; yang dimuat terakhir berlaku, untuk seluruh tahun atau mulai `valid_from`. (Targets by service, year
    and village or puskesmas; villages must add up to puskesmas and total; a sudden change is asked about; versions
    never change, the newest loaded counts, for the whole year or from `valid_from` on.)
    """
    body = await rows.sent(request, Targets)
    lines, refused = await targets.read_file(body) if isinstance(body, bytes) else targets.read_items(body)
    return await targets.load(service, lines, refused, mode, confirm, admin.subject)


@router.get("", summary="Sasaran resmi yang berlaku (the targets that count)")
async def shown(
    service: Svc,
    _: Reader,
    year: Year = None,
    name: Annotated[ServiceName | None, Query(alias="service", description="Layanan (service)")] = None,
    place: Annotated[str | None, Query(max_length=32, description="Kode desa atau puskesmas (place)")] = None,
    on: On = None,
) -> TargetsShown:
    """Sasaran tiap desa dan puskesmas yang berlaku pada satu tanggal, dengan sumber dan versinya, dan jumlah
    kabupaten. (Per place what counts on a day, with source and version; and the district's sums.)
    """
    return await targets.shown(service, year, name, place, on)


@router.get(
    "/csv",
    summary="Sasaran resmi yang berlaku, sebagai berkas (the targets that count, as a file)",
    response_class=Response,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
async def as_csv(
    service: Svc,
    _: Reader,
    year: Year = None,
    name: Annotated[ServiceName | None, Query(alias="service", description="Layanan (service)")] = None,
    on: On = None,
) -> Response:
    """Berkas yang dapat diperbaiki lalu dimuat kembali dengan PUT. (A file that can be changed and loaded again.)"""
    found = await targets.shown(service, year, name, None, on)
    lines: list[list[Any]] = [list(COLUMNS)]
    for t in found.items:
        places = (t.place, "") if t.level == "village" else ("", t.place)
        lines.append([t.service, t.year, *places, t.value, t.source, "", t.valid_from or ""])
    headers = {"Content-Disposition": f'attachment; filename="sasaran-{found.year}-{found.on}.csv"'}
    return Response(sheets.to_csv(lines), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/versions", summary="Versi-versi sasaran satu layanan (versions of a service's targets)")
async def versions(
    service: Svc,
    _: Reader,
    name: Annotated[ServiceName, Query(alias="service", description="Layanan (service)")],
    year: Year = None,
    on: On = None,
) -> list[TargetVersion]:
    """Siapa memuat apa, kapan, dari mana, dan berapa desanya yang kini berlaku dari versi itu. (Who loaded what, when,
    from where, and how much of it counts on the day.)
    """
    return await targets.versions(service, year, name, on)


@router.get("/history", summary="Riwayat sasaran satu tempat (all values of one place)")
async def history(
    service: Svc,
    _: Reader,
    name: Annotated[ServiceName, Query(alias="service", description="Layanan (service)")],
    place: Annotated[
        str, Query(max_length=32, description="Kode desa atau puskesmas (place)", examples=["1410011001"])
    ],
    year: Year = None,
) -> list[TargetShown]:
    """Semua nilai yang pernah dimuat, terbaru dulu. (Every value ever loaded, newest first.)"""
    return await targets.history(service, year, name, place)
