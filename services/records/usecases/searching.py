"""Searching: a page of matches, what they lead to (`_include`, `_revinclude`), and what of each is shown."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from services.kernel.auth import Actor
from services.kernel.db import Connection
from services.kernel.problems import Invalid, Text
from services.kernel.service import Service
from services.records import exact, paging
from services.records.paging import Mark
from services.records.params import Query
from services.records.params.query import Include
from services.records.params.table import Param, elements
from services.records.params.values import pointer
from services.records.queries import including, search
from services.records.queries.ordering import After
from services.records.queries.search import Answer, Hit
from services.records.usecases.reading import catch_up

MOST_INCLUDED = 1000
_TOO_COSTLY = Text(
    "Pencarian ini terlalu berat: sebutkan pasien, faskes, kode atau rentang tanggal",
    "This search is too costly: name a patient, a facility, a code or a span of dates",
)


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a search: what may be shown, the Patients named that may not, the total when known, the next mark."""

    hits: Sequence[Hit]
    suppressed: Sequence[str]
    total: int | None
    next: str | None
    withheld: bool = False
    """Of a person named, something is kept from the actor."""
    included: Sequence[Hit] = field(default=())


async def find(service: Service, actor: Actor, query: Query) -> Page:
    """Search one type. A person named who may not be shown is told as suppressed and logged. Raises Invalid."""
    secret = service.settings.peer_key.get_secret_value()
    mark = paging.opened(secret, actor, query.asked, query.page) if query.page else None
    began = mark.began if mark else service.clock.now()
    if actor.face == "satusehat" and not query.total:  # its clients read `total` of every answer
        query.total = "estimate"
    found = await _ask(service, actor, query, mark)
    if found.hidden:
        await catch_up(service)
        found = await _ask(service, actor, query, mark)
    more, hits = len(found.hits) > query.count, found.hits[: query.count]
    total = mark.total if mark else found.total
    if total is None and mark is None and not more and not query.counted_only and query.total != "none":
        total = len(hits)
    following = None
    if more and hits:
        following = paging.seal(secret, actor, query.asked, Mark(hits[-1].keys, hits[-1].receipt, began, total))
    included = await _include(service, actor, query, hits) if query.includes or query.revincludes else []
    return Page(
        [_cut(query, h) for h in hits], found.hidden, total, following, found.withheld,
        [_cut(query, h) for h in included],
    )  # fmt: skip


async def _ask(service: Service, actor: Actor, query: Query, mark: Mark | None) -> Answer:
    after = After(mark.keys, mark.receipt, mark.began) if mark else None
    try:
        async with service.db.reading() as conn:
            found = await search.search(conn, actor, service.clock.today(), query, limit=query.count, after=after)
    except TimeoutError:
        raise Invalid(_TOO_COSTLY, code="too-costly") from None
    service.db.signal()
    return found


# --- what matches lead to -------------------------------------------------------------------------------


async def _include(service: Service, actor: Actor, query: Query, hits: Sequence[Hit]) -> list[Hit]:
    """What the matches point to and what points at them; with `:iterate`, of the included too, until no more come."""
    seen = {(h.type, h.id) for h in hits}
    found: list[Hit] = []
    fresh, first = list(hits), True
    while fresh and len(found) < MOST_INCLUDED:
        async with service.db.reading() as conn:
            more = await _led_to(conn, service, actor, query, fresh, first=first)
        fresh = [h for h in {(h.type, h.id): h for h in more}.values() if (h.type, h.id) not in seen]
        fresh = fresh[: MOST_INCLUDED - len(found)]
        seen.update((h.type, h.id) for h in fresh)
        found += fresh
        first = False
        if not any(i.iterate for i in (*query.includes, *query.revincludes)):
            break
    service.db.signal()
    return found


async def _led_to(
    conn: Connection, service: Service, actor: Actor, query: Query, hits: Sequence[Hit], *, first: bool
) -> list[Hit]:
    today = service.clock.today()
    onward = [i for i in query.includes if first or i.iterate]
    targets = {key for i in onward for h in hits if h.type == i.param.type for key in _targets(i, h)}
    found = await including.fetch(conn, actor, today, sorted(targets)) if targets else []
    for back in query.revincludes:
        for type_ in {h.type for h in hits} if first or back.iterate else ():
            if back.target in (None, type_) and _leads_to(back.param, type_):
                at = [h for h in hits if h.type == type_]
                found += await including.pointing(conn, actor, today, back.param, at, MOST_INCLUDED)
    return found


def _leads_to(param: Param, type_: str) -> bool:
    only = {p.only for p in param.places if p.only}
    return type_ in (only or param.targets) or "Resource" in param.targets


def _targets(include: Include, hit: Hit) -> Iterable[tuple[str, str]]:
    body = orjson.loads(hit.body)
    for place in include.param.places:
        for node in _nodes(body, place.path.removeprefix("$.").split(" ")[0].split(".")):
            text = node.get("reference") if isinstance(node, dict) else node
            found = pointer(text) if isinstance(text, str) else None
            if found and found.type and {place.only, include.target} <= {None, found.type}:
                yield found.type, found.id


def _nodes(node: Any, steps: Sequence[str]) -> Iterable[Any]:
    if isinstance(node, list):
        for one in node:
            yield from _nodes(one, steps)
    elif not steps:
        yield node
    elif isinstance(node, dict) and steps[0] in node:
        yield from _nodes(node[steps[0]], steps[1:])


# --- what of each is shown ------------------------------------------------------------------------------

_ALWAYS = frozenset({"resourceType", "id", "meta"})
_SUBSETTED = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}


def _cut(query: Query, hit: Hit) -> Hit:
    """A match with the elements asked for (`_summary`, `_elements`), tagged SUBSETTED."""
    if not query.elements and query.summary not in ("true", "text", "data"):
        return hit
    summary, required = elements()[hit.type]
    body = exact.loads(hit.body.encode())
    if query.elements:
        kept = {k: v for k, v in body.items() if k in _ALWAYS or k in required or _named(k, query.elements)}
    elif query.summary == "data":
        kept = {k: v for k, v in body.items() if k != "text"}
    else:
        wanted = summary if query.summary == "true" else required | {"text"}
        kept = {k: v for k, v in body.items() if k in _ALWAYS or k in wanted}
    meta = kept.get("meta") or {}
    kept["meta"] = {**meta, "tag": [*meta.get("tag", ()), _SUBSETTED]}
    return replace(hit, body=exact.dumps(kept))


def _named(key: str, names: Sequence[str]) -> bool:
    """`value` names `valueQuantity` too."""
    return any(key == n or (key.startswith(n) and key[len(n) : len(n) + 1].isupper()) for n in names)
