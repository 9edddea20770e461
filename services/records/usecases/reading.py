"""Reading and searching. A refusal is final only after one catch-up of the feeds that grant access."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import orjson

from services.kernel import access
from services.kernel.access import Access
from services.kernel.auth import Actor
from services.kernel.problems import Gone, Invalid, NotFound, Text
from services.kernel.service import Service
from services.records.params import Query
from services.records.queries import reading, search
from services.records.queries.reading import Everything, Found
from services.records.usecases.refusals import refusal

LARGEST = 2**63


async def catch_up(service: Service) -> None:
    """Apply what facilities and referrals have published until now, so that a referral sent a moment ago counts."""
    for follower in service.followers:
        await follower.catch_up()


async def read(service: Service, actor: Actor, type_: str, id_: str) -> Found:
    """One resource. Raises NotFound, Gone, Refused (logged)."""
    found = await decided(service, actor, type_, id_)
    if found.deleted:
        raise Gone()
    return found


async def decided(service: Service, actor: Actor, type_: str, id_: str) -> Found:
    """One resource that the actor may see, deleted or not. Raises NotFound, Refused (logged)."""
    found = await _look(service, actor, type_, id_)
    if found is not None and not found.allowed:
        await catch_up(service)
        found = await _look(service, actor, type_, id_)
    if found is None:
        raise NotFound(Text(f"{type_} ini tidak ada", f"No such {type_}"))
    if not found.allowed:
        await access.refuse(
            service.db, [Access(actor, found.person_id, "read", type_, "refused", [f"{type_}/{found.id}"])]
        )
        raise await refusal(service, actor, found.person_id)
    return found


async def _look(service: Service, actor: Actor, type_: str, id_: str) -> Found | None:
    async with service.db.reading() as conn:
        found = await reading.read(conn, actor, service.clock.today(), type_, id_)
    service.db.signal()
    return found


async def everything(service: Service, actor: Actor, patient_id: str, after: int, limit: int, base: str) -> Everything:
    """A page of a person's whole record. Raises NotFound, Refused (logged)."""
    found = await _everything(service, actor, patient_id, after, limit, base)
    if found is not None and not found.allowed:
        await catch_up(service)
        found = await _everything(service, actor, patient_id, after, limit, base)
    if found is None:
        raise NotFound(Text("Patient ini tidak ada", "No such Patient"))
    if not found.allowed:
        await access.refuse(service.db, [Access(actor, found.person_id, "read", "Patient/$everything", "refused")])
        raise await refusal(service, actor, found.person_id)
    return found


async def _everything(
    service: Service, actor: Actor, patient_id: str, after: int, limit: int, base: str
) -> Everything | None:
    async with service.db.reading() as conn:
        found = await reading.everything(conn, actor, service.clock.today(), patient_id, after, limit, base)
    service.db.signal()
    return found


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a search: what may be shown, the Patients named that may not, the total when known, the next cursor."""

    hits: Sequence[search.Hit]
    suppressed: Sequence[str]
    total: int | None
    next: str | None
    withheld: bool = False
    """Of a person named, something is kept from the actor."""


async def find(service: Service, actor: Actor, type_: str, query: Query) -> Page:
    """Search one type. A person named who may not be shown is told as suppressed and logged."""
    page = await _find(service, actor, type_, query)
    if page.suppressed:
        await catch_up(service)
        page = await _find(service, actor, type_, query)
    return page


async def _find(service: Service, actor: Actor, type_: str, query: Query) -> Page:
    async with service.db.reading() as conn:
        found = await search.search(
            conn, actor, service.clock.today(), query.where(type_),
            sort=query.sort, limit=query.count, after=_cursor(query.page),
        )  # fmt: skip
    service.db.signal()
    more, hits = len(found.hits) > query.count, found.hits[: query.count]
    total = found.total if more or query.page else len(hits)
    return Page(hits, found.hidden, total, _page(hits[-1]) if more and hits else None, found.withheld)


def _page(hit: search.Hit) -> str:
    moment = hit.date.isoformat() if hit.date else None
    return base64.urlsafe_b64encode(orjson.dumps([hit.receipt, moment])).decode().rstrip("=")


def _cursor(page: str | None) -> tuple[int, datetime | None] | None:
    if page is None:
        return None
    try:
        receipt, moment = orjson.loads(base64.urlsafe_b64decode(page + "=" * (-len(page) % 4)))
        if type(receipt) is not int or not 0 <= receipt < LARGEST:
            raise ValueError
        return receipt, datetime.fromisoformat(moment).astimezone(UTC) if moment else None
    except (ValueError, TypeError, OverflowError, binascii.Error):
        raise Invalid(
            Text("Penanda halaman tidak dikenal; ulangi pencarian", "Unknown page mark; search again")
        ) from None
