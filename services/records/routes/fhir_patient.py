"""The FHIR door, operations on one Patient or one visit: $everything, $ihe-pix."""

from typing import Annotated
from urllib.parse import quote

import orjson
from fastapi import APIRouter, Path, Request, Response
from starlette.datastructures import QueryParams

from services.kernel.auth import Actor
from services.kernel.problems import FHIR_JSON
from services.kernel.service import Svc
from services.records import examples, paging, params, wire
from services.records.params import values
from services.records.queries.everything import Wish
from services.records.routes.fhir import ID, RESOURCE, Id, Reader, spoken
from services.records.usecases import cross_reference as crossing
from services.records.usecases import reading
from services.records.usecases.refusals import suppressed

router = APIRouter(prefix=wire.BASE, tags=["FHIR R4"])


_PAGE = 1000
_VISIT = "Id Encounter, sama dengan id kunjungan (encounter id)"
VisitId = Annotated[str, Path(pattern=ID, description=_VISIT, examples=[examples.VISIT_ID])]


@router.get("/Patient/{id}/$everything", summary="Seluruh catatan satu pasien (everything)", responses=RESOURCE)
@spoken
async def everything(request: Request, service: Svc, actor: Reader, id: Id) -> Response:
    """Semua sumber daya tentang satu orang dari semua faskes, urut penerimaan, per halaman (`_count`); dapat dibatasi
    `_since`, `_type`, `start`, `end`."""
    return await _everything(request, service, actor, "Patient", id)


@router.get("/Encounter/{id}/$everything", summary="Seluruh catatan satu kunjungan (everything)", responses=RESOURCE)
@spoken
async def everything_of_a_visit(request: Request, service: Svc, actor: Reader, id: VisitId) -> Response:
    """Kunjungan, pasiennya, dan semua yang dicatat dalam kunjungan itu; batasan dan halaman seperti pada Patient."""
    return await _everything(request, service, actor, "Encounter", id)


async def _everything(request: Request, service: Svc, actor: Actor, type_: str, id_: str) -> Response:
    given = request.query_params
    limit = max(1, params.number(given.get("_count", ""), _PAGE, _PAGE))
    base, asked = wire.base_of(request), "".join(f"&{k}={quote(given[k])}" for k in _WISHES if given.get(k))
    path = f"{type_}/{id_}/$everything"
    secret = service.settings.peer_key.get_secret_value()
    page = given.get("_page")
    after = paging.opened(secret, actor, path + asked, page).receipt if page else 0
    found = await reading.everything(service, actor, type_, id_, after, limit, base + "/", _wish(given))
    first = f"{base}/{path}?_count={limit}{asked}"
    links = {"self": first + (f"&_page={page}" if page else ""), "first": first}
    if found.count == limit and found.last:
        mark = paging.Mark((), found.last, service.clock.now())
        links["next"] = f"{first}&_page={paging.seal(secret, actor, path + asked, mark)}"
    total = found.count if after == 0 and found.count != limit else None
    told = suppressed(0, found.withheld) if after == 0 else None
    entries = [found.entries or "", wire.beside(told) if told else ""]
    return wire.bundle_text(",".join(e for e in entries if e), total, links)


_WISHES = ("_since", "_type", "start", "end")


def _wish(given: QueryParams) -> Wish:
    """Raises Invalid for what is no date."""
    since, begin, end = (values.span(given[k]) if given.get(k) else None for k in ("_since", "start", "end"))
    return Wish(
        since[1] if since else None,
        tuple(values.split(given.get("_type", ""))),
        begin[1] if begin else None,
        end[2] if end else None,
    )


_SOURCE = {"name": "sourceIdentifier", "in": "query", "required": True, "description": "system|value yang diketahui"}
_TARGET = {
    "name": "targetSystem",
    "in": "query",
    "required": False,
    "description": "Sistem yang dicari, boleh berulang",
}
_TEXT = {"schema": {"type": "string"}}
_PIX = {"parameters": [_SOURCE | _TEXT | {"example": examples.BY_NUMBER}, _TARGET | _TEXT]}


@router.get(
    "/Patient/$ihe-pix", summary="Nomor lain dari orang yang sama (PIXm)", responses=RESOURCE, openapi_extra=_PIX
)
@spoken
async def cross_reference(request: Request, service: Svc, actor: Reader) -> Response:
    """Dari satu nomor ke nomor-nomor lain dan Patient orang itu (IHE ITI-83)."""
    given = request.query_params
    found = await crossing.cross_reference(
        service, actor, given.get("sourceIdentifier", ""), [t for t in given.getlist("targetSystem") if t]
    )
    numbers = [
        {"name": "targetIdentifier", "valueIdentifier": {"system": system, "value": value}}
        for system, value in found.identifiers
    ]
    patients = [{"name": "targetId", "valueReference": {"reference": f"Patient/{i}"}} for i in found.patients]
    body = {"resourceType": "Parameters", "parameter": numbers + patients}
    return Response(orjson.dumps(body), 200, media_type=FHIR_JSON)
