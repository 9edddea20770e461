"""The FHIR door, reading: metadata, read, vread, history."""

from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime

import orjson
from fastapi import APIRouter, Depends, Request, Response

from services.kernel.auth import public
from services.kernel.problems import FHIR_JSON, Gone, Text
from services.kernel.service import Svc
from services.records import capability, wire
from services.records.routes.fhir import RESOURCE, Id, Reader, Type, Version, known_type, spoken, tags_of
from services.records.usecases import reading

router = APIRouter(prefix=wire.BASE, tags=["FHIR R4"])


@router.get(
    "/metadata", dependencies=[Depends(public)], summary="Kemampuan server (CapabilityStatement)", responses=RESOURCE
)
@spoken
async def metadata(request: Request) -> Response:
    """Apa yang dapat dilakukan server FHIR ini; terbuka tanpa token (open, no token needed)."""
    return Response(orjson.dumps(capability.statement(wire.base_of(request))), media_type=FHIR_JSON)


def unchanged(request: Request, version: int, at: datetime) -> bool:
    """Whether the caller has this version already (If-None-Match, else If-Modified-Since)."""
    tags = tags_of(request.headers.get("if-none-match"))
    if tags is not None:
        return not tags.isdisjoint(("*", str(version)))
    since = request.headers.get("if-modified-since")
    if not since:
        return False
    try:
        return at.replace(microsecond=0) <= parsedate_to_datetime(since)
    except (ValueError, TypeError):  # no date, or one without a zone: as if it were not there
        return False


@router.get("/{type}/{id}", summary="Baca satu sumber daya (read)", responses=RESOURCE)
@spoken
async def read(request: Request, service: Svc, actor: Reader, type: Type, id: Id) -> Response:
    """Versi sekarang. `ETag` menyebut versinya; `If-None-Match` dijawab 304 bila tidak berubah."""
    found = await reading.read(service, actor, known_type(type), id)
    headers = {"ETag": f'W/"{found.version}"', "Last-Modified": format_datetime(found.updated_at, usegmt=True)}
    if unchanged(request, found.version, found.updated_at):
        return Response(status_code=304, headers=headers)
    return Response(found.body.encode(), 200, headers, FHIR_JSON)


@router.get("/{type}/{id}/_history", summary="Riwayat satu sumber daya (history)", responses=RESOURCE)
@spoken
async def history(request: Request, service: Svc, actor: Reader, type: Type, id: Id) -> Response:
    """Semua versi, terbaru dulu; yang dihapus tampak sebagai DELETE."""
    versions = await reading.history(service, actor, known_type(type), id)
    base = wire.base_of(request)
    entries = []
    for v in versions:
        verb = "DELETE" if v.deleted else "POST" if v.version == 1 else "PUT"
        response = orjson.dumps({
            "status": "204" if v.deleted else "201" if v.version == 1 else "200",
            "etag": f'W/"{v.version}"', "lastModified": v.updated_at.isoformat(timespec="milliseconds"),
        }).decode()  # fmt: skip
        body = "" if v.deleted else f'"resource":{v.body},'
        entries.append(
            f'{{"fullUrl":"{base}/{type}/{id}",{body}"request":{{"method":"{verb}","url":"{type}/{id}"}},"response":{response}}}'
        )
    text = f'{{"resourceType":"Bundle","type":"history","total":{len(entries)},"entry":[{",".join(entries)}]}}'
    return Response(text.encode(), media_type=FHIR_JSON)


@router.get("/{type}/{id}/_history/{version}", summary="Satu versi (vread)", responses=RESOURCE)
@spoken
async def vread(request: Request, service: Svc, actor: Reader, type: Type, id: Id, version: Version) -> Response:
    """Isi satu versi tertentu."""
    found = (await reading.history(service, actor, known_type(type), id, version))[0]
    if found.deleted:
        raise Gone(Text("Versi ini adalah penghapusan", "This version is a deletion"))
    return Response(found.body.encode(), 200, {"ETag": f'W/"{version}"'}, FHIR_JSON)
