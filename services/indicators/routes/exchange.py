"""Numbers for other systems: FHIR and DHIS2."""

from datetime import date
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Query, Request, Response

from services.indicators.contract import By, CodeMapping, DataValueSet, Loaded
from services.indicators.routes.common import Admin, Reader, StandardName
from services.indicators.usecases import exchange
from services.kernel.problems import Text, UnsupportedMedia
from services.kernel.service import Svc
from services.kernel.sheets import XLSX

fhir = APIRouter(prefix="/v1/indicators/fhir", tags=["Indikator (indicators)"])
dhis2 = APIRouter(prefix="/v1/reports/dhis2", tags=["Laporan (reports)"])
FHIR = "application/fhir+json"
SAID: dict[int | str, dict[str, Any]] = {200: {"content": {FHIR: {"schema": {"type": "object"}}}}}
MAPPING = (
    "kind;ours;theirs\n"
    "dataElement;spm-08.permenkes-6-2024.served;fbfJHSPpUQD\n"
    "orgUnit;P1410010101;DiszpKrYNg8\n"
    "dataSet;simpul;pBOMPrpg1QX\n"
)
ValidFrom = Annotated[date | None, Query(description="Berlaku sejak; kosong = hari ini (in force from)")]


def table(example: str) -> dict[str, Any]:
    """`openapi_extra` of a route that takes one of the office's small tables."""
    csv = {"schema": {"type": "string"}, "example": example}
    return {"requestBody": {"required": True, "content": {"text/csv": csv}}}


async def sent(request: Request) -> bytes:
    """The table a caller sends. Raises UnsupportedMedia."""
    media = request.headers.get("content-type", "").lower().partition(";")[0].strip()
    if media not in ("text/csv", XLSX):
        raise UnsupportedMedia(Text("Kirim text/csv atau berkas Excel (.xlsx)", "Send text/csv or an Excel workbook"))
    return await request.body()


def _fhir(body: dict[str, Any]) -> Response:
    return Response(orjson.dumps(body), media_type=FHIR)


@fhir.get("/Measure", response_class=Response, responses=SAID, summary="Semua standar sebagai Measure (measures)")
async def measures(service: Svc, _: Reader) -> Response:
    """Tiap standar layanan sebagai Measure FHIR R4 (Bundle searchset): sasaran, butir sebagai `supplementalData`,
    peraturannya sebagai `relatedArtifact`. (Every care standard as a FHIR R4 Measure.)
    """
    return _fhir(exchange.measures(service))


@fhir.get(
    "/Measure/{standard}", response_class=Response, responses=SAID, summary="Satu standar sebagai Measure (measure)"
)
async def measure(service: Svc, _: Reader, standard: StandardName) -> Response:
    """Satu standar layanan sebagai Measure FHIR R4; `id` adalah kunci standar. (One care standard as a Measure.)"""
    return _fhir(exchange.measure(service, standard))


@fhir.get(
    "/Measure/{standard}/$evaluate-measure", response_class=Response, responses=SAID,
    summary="Angka sebagai MeasureReport (evaluate measure)",
)  # fmt: skip
async def evaluate(
    service: Svc,
    actor: Reader,
    standard: StandardName,
    periodStart: Annotated[  # noqa: N803 - FHIR's own word
        date, Query(description="1 Januari tahun itu (1 January of the year)", examples=["2026-01-01"])
    ],
    periodEnd: Annotated[  # noqa: N803
        date, Query(description="Keadaan per tanggal; hari depan = hari ini (as-of date)", examples=["2026-10-31"])
    ],
    by: Annotated[
        Literal["village", "puskesmas", "kecamatan"] | None,
        Query(description="Satu MeasureReport tiap tempat, dalam Bundle; kosong = kabupaten (one report a place)"),
    ] = None,
) -> Response:
    """MeasureReport `summary`: kelompok `registered` (sasaran riil) dan `official` (sasaran resmi), masing-masing
    dengan `population` dan `measureScore`; kabupaten dirinci menurut puskesmas, jenis kelamin, umur, status JKN, dan
    butir yang kurang. Angka yang ditahan tidak diisi dan bertanda `masked`. (Summary report with both denominators;
    the district is stratified; withheld counts are marked `masked`.)
    """
    return _fhir(await exchange.reports(service, actor, standard, periodStart, periodEnd, By(by) if by else None))


@dhis2.get(
    "/dataValueSets", response_model=DataValueSet, response_model_exclude_none=True,
    summary="Angka sebagai dataValueSets (data values)",
)  # fmt: skip
async def data_values(
    service: Svc,
    actor: Reader,
    period: Annotated[
        str, Query(max_length=8, description="Masa DHIS2: 202610, 2026Q3, 2026S1, 2026 (period)", examples=["202610"])
    ],
    by: Annotated[Literal["village", "puskesmas"], Query(description="Unit organisasi (org units)")] = "puskesmas",
    standard: Annotated[
        str | None, Query(max_length=130, description="Satu layanan; kosong = semua yang berlaku (one service)")
    ] = None,
    scheme: Annotated[
        Literal["code", "uid"],
        Query(description="`code`: kode kita; `uid`: UID menurut pemetaan yang dimuat (our codes, or mapped UIDs)"),
    ] = "code",
) -> DataValueSet:
    """Isi siap kirim ke `POST /api/dataValueSets` DHIS2: sasaran riil, sasaran resmi, dan dilayani, kumulatif sampai
    akhir masa, tiap puskesmas atau desa. Dengan `scheme=uid`, kode yang belum dipetakan ditolak dengan daftarnya.
    Angka yang ditahan tidak ikut. (Ready for DHIS2; unmapped codes are refused by name; withheld numbers are left out.)
    """
    return await exchange.data_values(service, actor, period, By(by), standard, scheme == "uid")


@dhis2.get("/mapping", summary="Pemetaan kode DHIS2 (mapping)")
async def mapping(service: Svc, _: Reader) -> CodeMapping:
    """Kode kita dan UID-nya di DHIS2, versi yang berlaku hari ini. (Our codes and their UIDs, as in force today.)"""
    return await exchange.mapping(service)


@dhis2.put("/mapping", openapi_extra=table(MAPPING), summary="Muat pemetaan kode DHIS2 (load the mapping)")
async def load_mapping(service: Svc, actor: Admin, request: Request, valid_from: ValidFrom = None) -> Loaded:
    """CSV atau XLSX dengan kolom kind, ours, theirs; menggantikan seluruh pemetaan sejak harinya, versi lama tersimpan.
    (CSV or XLSX; replaces the whole mapping from its day on, former versions are kept.)
    """
    return await exchange.load_mapping(service, actor, await sent(request), valid_from)
