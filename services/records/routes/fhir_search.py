"""The FHIR door, search: by GET, and by POST so that no number stands in an address."""

from urllib.parse import parse_qsl, quote

import orjson
from fastapi import APIRouter, Request, Response

from services.kernel.auth import Actor
from services.kernel.service import Svc
from services.records import examples, params, rules, wire
from services.records.routes.fhir import RESOURCE, Reader, Type, known_type, spoken
from services.records.settings import RecordsSettings
from services.records.usecases import searching
from services.records.usecases.refusals import no_consent, suppressed

router = APIRouter(prefix=wire.BASE, tags=["FHIR R4"])


async def _search(request: Request, service: Svc, actor: Actor, type_: str, items: list[tuple[str, str]]) -> Response:
    settings = service.settings
    assert isinstance(settings, RecordsSettings)  # noqa: S101
    query = params.parse(
        known_type(type_), items, page=settings.page, max_page=settings.max_page,
        strict="handling=strict" in request.headers.get("prefer", ""),
    )  # fmt: skip
    page = await searching.find(service, actor, query)
    base = wire.base_of(request)
    asked = "&".join(f"{quote(k, safe=':_-')}={quote(v, safe='/:,|')}" for k, v in items if k != "_page")
    first = f"{base}/{type_}?{asked}"
    links = {"self": first + (f"&_page={query.page}" if query.page else ""), "first": first}
    if page.next:
        links["next"] = f"{first}{'&' if asked else ''}_page={page.next}"
    entries = [(type_, h.id, h.body) for h in page.hits]
    if actor.face == "satusehat" and type_ == "Patient" and page.suppressed:
        shells = [(type_, i, _shell(i)) for i in page.suppressed]
        return wire.searchset(entries + shells, [], (page.total or 0) + len(shells), links, base, actor.face)
    one_by_one = page.suppressed if actor.face == "satusehat" else ()
    outcomes = [no_consent("Patient", i) for i in one_by_one]
    if told := suppressed(len(page.suppressed) - len(one_by_one), page.withheld):
        outcomes.append(told)
    included = [(h.type, h.id, h.body) for h in page.included]
    return wire.searchset(entries, outcomes, page.total, links, base, actor.face, included)


def _shell(id_: str) -> str:
    """What SATUSEHAT shows of a person found by number: the id to refer by, everything else masked."""
    masked = [{"system": rules.NIK, "use": "official", "value": "################"}]
    return orjson.dumps({"resourceType": "Patient", "id": id_, "active": True, "identifier": masked}).decode()


@router.get(
    "/{type}", summary="Cari (search)", responses=RESOURCE, openapi_extra=examples.by_identifier(examples.BY_NUMBER)
)
@spoken
async def search(request: Request, service: Svc, actor: Reader, type: Type) -> Response:
    """Semua parameter R4 jenis ini (lihat `/metadata`): `identifier`, `patient`, `code`, `date=ge2026-01-01`, …; koma =
    atau, berulang = dan; `:not :missing :exact :contains :text :identifier`, rantai `patient.name`, `_has`, `_include`,
    `_revinclude`, `_sort`, `_count`, `_total`, `_summary`, `_elements`. Halaman berikut: ikuti tautan `next`."""
    items = parse_qsl(wire.query_of(request), keep_blank_values=True)
    return await _search(request, service, actor, type, items)


@router.post(
    "/{type}/_search",
    summary="Cari dengan POST (search)",
    responses=RESOURCE,
    openapi_extra=examples.body({"identifier": examples.BY_NUMBER}, "application/x-www-form-urlencoded"),
)
@spoken
async def search_by_post(request: Request, service: Svc, actor: Reader, type: Type) -> Response:
    """Sama dengan pencarian GET; parameter di isi formulir, agar NIK tidak tertulis di alamat."""
    items = parse_qsl(wire.query_of(request)) + parse_qsl((await request.body()).decode(errors="replace"))
    return await _search(request, service, actor, type, items)
