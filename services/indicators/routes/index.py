"""The SPM index, and what a service has of what it needs."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from services.indicators.contract import AvailabilityLoaded, AvailabilityShown, Index
from services.indicators.contract.targets import ServiceName, Targets
from services.indicators.routes import rows
from services.indicators.routes.common import Admin, AsOf, Reader, Year
from services.indicators.usecases import index
from services.indicators.usecases.targets import Mode
from services.kernel.service import Svc

router = APIRouter(prefix="/v1/indicators/index", tags=["Indeks SPM (SPM index)"])
CSV = (
    "service,year,puskesmas,kind,item,needed,available,source\n"
    "SPM-01,2026,,goods,Tablet tambah darah,73000,70000,LPLPO\nSPM-01,2026,,personnel,Bidan,60,57,SISDMK\n"
)
ITEM = {"service": "SPM-01", "year": 2026, "kind": "goods", "item": "Tes hemoglobin", "needed": 900, "available": 900,
        "source": "LPLPO Oktober 2026"}  # fmt: skip
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
On = Annotated[date | None, Query(description="Berlaku pada tanggal; kosong = hari ini (counting on this day)")]


@router.get("", summary="Indeks pencapaian SPM (the SPM index)")
async def shown(
    service: Svc,
    actor: Reader,
    year: Year = None,
    as_of: AsOf = None,
    puskesmas: Annotated[bool, Query(description="Juga tiap puskesmas (each puskesmas too)")] = False,
) -> Index:
    """Permendagri 59/2021: tiap layanan IP = 0,80 × A + 0,20 × B; A = dilayani ÷ sasaran resmi × 100 (paling tinggi
    100), B = rata-rata ketersediaan barang dan SDM; indeks = rata-rata semua layanan, golongan dari angka yang belum
    dibulatkan. Layanan tanpa sasaran resmi atau tanpa ketersediaan mengatakannya, tidak ditaksir. (A service without an
    official target or availability says so; nothing is guessed.)
    """
    return await index.shown(service, actor, year, as_of, puskesmas)


@router.put("/availability", summary="Muat ketersediaan barang dan SDM (load availability)", openapi_extra=BODY)
async def put(
    service: Svc,
    admin: Admin,
    request: Request,
    mode: Annotated[
        Mode, Query(description="`all`: semua atau tidak; `rest`: muat baris yang benar (all, or the rest)")
    ] = "all",
) -> AvailabilityLoaded:
    """Per layanan, tahun, butir, dan puskesmas (kosong = kabupaten): yang dibutuhkan dan yang tersedia; JSON, CSV atau
    XLSX. Yang dimuat terakhir berlaku, yang lama tetap tersimpan. (Needed and available per service, year, item and
    puskesmas; the newest loaded counts, the older stay.)
    """
    body = await rows.sent(request, Targets)
    if isinstance(body, bytes):
        lines, refused = await index.read_file(body)
    else:
        lines, refused = index.read_items(enumerate(body, 1))
    return await index.load(service, lines, refused, mode, admin.subject)


@router.get("/availability", summary="Ketersediaan yang berlaku (availability that counts)")
async def availability(
    service: Svc,
    _: Reader,
    year: Year = None,
    name: Annotated[ServiceName | None, Query(alias="service", description="Layanan (service)")] = None,
    puskesmas: Annotated[str | None, Query(max_length=32, description="Kode puskesmas (puskesmas)")] = None,
    on: On = None,
) -> list[AvailabilityShown]:
    """Barang dan SDM per layanan, kabupaten dan puskesmas, dengan sumbernya. (Goods and personnel, with source.)"""
    return await index.availability(service, year, name, puskesmas, on)
