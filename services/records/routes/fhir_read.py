"""The FHIR door, reading: metadata and read."""

from datetime import datetime
from email.utils import parsedate_to_datetime

import orjson
from fastapi import APIRouter, Depends, Request, Response

from services.kernel.auth import public
from services.kernel.problems import FHIR_JSON
from services.kernel.service import Svc
from services.records import capability, wire
from services.records.routes.fhir import RESOURCE, Id, Reader, Type, known_type, spoken, tags_of
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
    headers = {"ETag": f'W/"{found.version}"', "Last-Modified": wire.http_date(found.updated_at)}
    if unchanged(request, found.version, found.updated_at):
        return Response(status_code=304, headers=headers)
    return Response(found.body.encode(), 200, headers, FHIR_JSON)
