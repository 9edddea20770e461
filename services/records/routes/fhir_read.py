"""The FHIR door, reading: metadata, read, vread, history."""

import orjson
from fastapi import APIRouter, Depends, Request, Response

from services.kernel.auth import public
from services.kernel.problems import FHIR_JSON, NotFound, Text
from services.kernel.service import Svc
from services.records import capability, wire
from services.records.routes.fhir import RESOURCE, Id, Reader, Type, Version, acceptable, known_type, version_of
from services.records.usecases import reading

router = APIRouter(prefix=wire.BASE, tags=["FHIR R4"])


@router.get(
    "/metadata", dependencies=[Depends(public)], summary="Kemampuan server (CapabilityStatement)", responses=RESOURCE
)
async def metadata(request: Request) -> Response:
    """Apa yang dapat dilakukan server FHIR ini; terbuka tanpa token (open, no token needed)."""
    return Response(orjson.dumps(capability.statement(wire.base_of(request))), media_type=FHIR_JSON)


@router.get("/{type}/{id}", summary="Baca satu sumber daya (read)", responses=RESOURCE)
async def read(request: Request, service: Svc, actor: Reader, type: Type, id: Id) -> Response:
    """Versi sekarang. `ETag` menyebut versinya; `If-None-Match` dijawab 304 bila tidak berubah."""
    acceptable(request)
    found = await reading.read(service, actor, known_type(type), id)
    headers = {"ETag": f'W/"{found.version}"'}
    if version_of(request.headers.get("if-none-match")) == found.version:
        return Response(status_code=304, headers=headers)
    return Response(found.body.encode(), 200, headers, FHIR_JSON)


@router.get("/{type}/{id}/_history", summary="Riwayat satu sumber daya (history)", responses=RESOURCE)
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
async def vread(service: Svc, actor: Reader, type: Type, id: Id, version: Version) -> Response:
    """Isi satu versi tertentu."""
    found = (await reading.history(service, actor, known_type(type), id, version))[0]
    if found.deleted:
        raise NotFound(Text("Versi ini adalah penghapusan", "This version is a deletion"))
    return Response(found.body.encode(), 200, {"ETag": f'W/"{version}"'}, FHIR_JSON)
