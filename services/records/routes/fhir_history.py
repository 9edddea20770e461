"""The FHIR door, versions: the history of a type and of a resource, and one version."""

from urllib.parse import urlencode

import orjson
from fastapi import APIRouter, Request, Response

from services.kernel.problems import FHIR_JSON, Gone, Text
from services.kernel.service import Svc
from services.records import params, wire
from services.records.routes.fhir import RESOURCE, Id, Reader, Type, Version, known_type, spoken
from services.records.usecases import history
from services.records.usecases.history import Asked, Versions

router = APIRouter(prefix=wire.BASE, tags=["FHIR R4"])
_PARAMETERS = {
    "parameters": [
        {
            "name": "_since", "in": "query", "required": False, "schema": {"type": "string"},
            "description": "Hanya versi sejak waktu ini (instant)", "example": "2026-01-01T00:00:00+07:00",
        },
        {
            "name": "_count", "in": "query", "required": False, "schema": {"type": "integer"},
            "description": "Banyaknya per halaman (page size)", "example": 20,
        },
    ]
}  # fmt: skip
MOST = 500


def asked_of(request: Request) -> Asked:
    """`_since`, `_count` and `_page` of a request. Raises Invalid."""
    given = request.query_params
    count = params.number(given.get("_count", ""), 50, MOST)
    return Asked(history.since_of(given.get("_since")), count, given.get("_page") or None)


@router.get("/{type}/_history", summary="Riwayat satu jenis (history of a type)", responses=RESOURCE,
            openapi_extra=_PARAMETERS)  # fmt: skip
@spoken
async def of_type(request: Request, service: Svc, actor: Reader, type: Type) -> Response:
    """Semua versi sumber daya jenis ini yang boleh dilihat, terbaru dulu; yang dihapus tampak sebagai DELETE.

    Untuk mengikuti perubahan (IHE mCSD ITI-91): pakai `meta.lastUpdated` jawaban ini sebagai `_since` berikutnya.
    """
    asked = asked_of(request)
    page = await history.of_type(service, actor, known_type(type), asked)
    return _bundle(request, service, type, f"{type}/_history", asked, page)


@router.get("/{type}/{id}/_history", summary="Riwayat satu sumber daya (history)", responses=RESOURCE,
            openapi_extra=_PARAMETERS)  # fmt: skip
@spoken
async def of_resource(request: Request, service: Svc, actor: Reader, type: Type, id: Id) -> Response:
    """Semua versi, terbaru dulu; yang dihapus tampak sebagai DELETE."""
    asked = asked_of(request)
    page = await history.of_resource(service, actor, known_type(type), id, asked)
    return _bundle(request, service, type, f"{type}/{id}/_history", asked, page)


@router.get("/{type}/{id}/_history/{version}", summary="Satu versi (vread)", responses=RESOURCE)
@spoken
async def vread(request: Request, service: Svc, actor: Reader, type: Type, id: Id, version: Version) -> Response:
    """Isi satu versi tertentu; versi yang merupakan penghapusan dijawab 410."""
    found = await history.one(service, actor, known_type(type), id, version)
    if found.deleted:
        raise Gone(Text("Versi ini adalah penghapusan", "This version is a deletion"))
    headers = {"ETag": f'W/"{version}"', "Last-Modified": wire.http_date(found.updated_at)}
    return Response(found.body.encode(), 200, headers, FHIR_JSON)


def _bundle(request: Request, service: Svc, type_: str, path: str, asked: Asked, page: Versions) -> Response:
    base = wire.base_of(request)
    entries = []
    for v in page.entries:
        verb = "DELETE" if v.deleted else "POST" if v.version == 1 else "PUT"
        response = orjson.dumps({
            "status": "204 No Content" if v.deleted else "201 Created" if v.version == 1 else "200 OK",
            "etag": f'W/"{v.version}"', "lastModified": v.updated_at.isoformat(timespec="milliseconds"),
        }).decode()  # fmt: skip
        body = "" if v.deleted else f'"resource":{v.body},'
        url = type_ if verb == "POST" else f"{type_}/{v.id}"
        entries.append(
            f'{{"fullUrl":"{base}/{type_}/{v.id}",{body}"request":{{"method":"{verb}","url":"{url}"}},"response":{response}}}'
        )
    links = {"self": f"{base}/{path}?{_query(asked, asked.page)}"}
    if page.next:
        links["next"] = f"{base}/{path}?{_query(asked, page.next)}"
    meta = orjson.dumps({"lastUpdated": (service.clock.now() - history.LATE).isoformat(timespec="milliseconds")})
    total = f',"total":{page.total}' if page.total is not None else ""
    link = orjson.dumps([{"relation": k, "url": v} for k, v in links.items()]).decode()
    entry = f',"entry":[{",".join(entries)}]' if entries else ""
    text = f'{{"resourceType":"Bundle","type":"history","meta":{meta.decode()}{total},"link":{link}{entry}}}'
    return Response(text.encode(), media_type=FHIR_JSON)


def _query(asked: Asked, page: str | None) -> str:
    given = {"_since": asked.since.isoformat() if asked.since else None, "_count": asked.count, "_page": page}
    return urlencode({k: v for k, v in given.items() if v is not None})
