"""Histories: versions of one resource, and of a type since a moment, in pages that do not skip while others write."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import orjson

from services.kernel import access
from services.kernel.access import Access
from services.kernel.auth import Actor
from services.kernel.problems import Fault, Invalid, NotFound, Text
from services.kernel.service import Service
from services.records.moments import earliest
from services.records.queries import history
from services.records.queries.history import Mark, Span
from services.records.usecases.reading import LARGEST, decided

_START = datetime(1970, 1, 1, tzinfo=UTC)
_SPANS = (timedelta(days=1), timedelta(days=16), timedelta(days=256))
"""How far back a page of a type is looked for at first: mostly the newest versions fill it, and few need sorting."""
LATE = timedelta(seconds=10)
"""A transaction that began before an answer may commit after it: so much earlier the next `_since` should be."""


@dataclass(frozen=True, slots=True)
class Version:
    """A version in a history. A deletion has no body."""

    id: str
    version: int
    updated_at: datetime
    deleted: bool
    body: str


@dataclass(frozen=True, slots=True)
class Versions:
    """A page of versions, newest first; the total of them when it is known, and the mark of the next page."""

    entries: Sequence[Version]
    total: int | None
    next: str | None


@dataclass(frozen=True, slots=True)
class Asked:
    """`_since`, `_count` and `_page` of a history."""

    since: datetime | None
    count: int
    page: str | None


def since_of(text: str | None) -> datetime | None:
    """The moment of a `_since`. Raises Invalid."""
    moment = earliest(text.strip().replace(" ", "+")) if text else None
    if text and moment is None:
        said = Text("_since adalah waktu, misalnya 2026-01-31T08:00:00+07:00", "_since is an instant")
        raise Invalid(said, [Fault("_since", said, "value")])
    return moment


async def one(service: Service, actor: Actor, type_: str, id_: str, version: int) -> Version:
    """One version, when the present one may be read. Raises NotFound, Refused."""
    page = await _versions(service, actor, type_, id_, Span(version=version))
    if not page.entries:
        raise NotFound(Text("Versi ini tidak ada", "No such version"))
    return page.entries[0]


async def of_resource(service: Service, actor: Actor, type_: str, id_: str, asked: Asked) -> Versions:
    """A page of one resource's versions, when the present one may be read; each by its own person. Raises NotFound."""
    before = _mark(asked.page)[2] if asked.page else None
    page = await _versions(service, actor, type_, id_, Span(None, asked.since, before, asked.count + 1))
    return _page(page.entries, asked.count, page.total)


async def _versions(service: Service, actor: Actor, type_: str, id_: str, span: Span) -> Versions:
    found = await decided(service, actor, type_, id_)
    async with service.db.reading() as conn:
        rows = await history.versions(conn, actor, service.clock.today(), type_, found.id, span)
    service.db.signal()
    total = rows[0].pop("total") if rows else 0
    return Versions([Version(**{k: v for k, v in r.items() if k != "total"}) for r in rows], total, None)


async def of_type(service: Service, actor: Actor, type_: str, asked: Asked) -> Versions:
    """A page of the versions of all resources of a type that the actor may see; logged before they are answered."""
    before = _mark(asked.page) if asked.page else (service.clock.now() + timedelta(hours=1), "", 0)
    since = asked.since or _START
    today = service.clock.today()
    async with service.db.transaction() as tx:
        await history.plan_for_values(tx)
        for lower in (*(before[0] - span for span in _SPANS), since):
            first = max(lower, since)
            rows = await history.of_type(tx, actor, today, type_, first, before, asked.count + 1)
            if len(rows) > asked.count or first == since:
                break
        shown: dict[tuple[str, str], list[str]] = {}
        for r in rows[: asked.count]:
            if r["person_id"]:
                refs = shown.setdefault((r["person_id"], r["purpose"]), [])
                refs.append(f"{type_}/{r['id']}/_history/{r['version']}")
        what = f"{type_}/_history"
        await access.log(
            tx,
            [
                Access(replace(actor, purpose=purpose), person, "read", what, "allowed", refs)
                for (person, purpose), refs in shown.items()
            ],
        )
    entries = [Version(r["id"], r["version"], r["updated_at"], r["deleted"], r["body"]) for r in rows]
    return _page(entries, asked.count, None)


def _page(entries: Sequence[Version], count: int, total: int | None) -> Versions:
    kept = entries[:count]
    if len(entries) <= count or not kept:
        return Versions(kept, total, None)
    last = kept[-1]
    mark = orjson.dumps([last.updated_at.isoformat(), last.id, last.version])
    return Versions(kept, total, base64.urlsafe_b64encode(mark).decode().rstrip("="))


def _mark(page: str) -> Mark:
    try:
        moment, id_, version = orjson.loads(base64.urlsafe_b64decode(page + "=" * (-len(page) % 4)))
        if type(id_) is not str or type(version) is not int or not 0 <= version < LARGEST:
            raise ValueError
        return datetime.fromisoformat(moment).astimezone(UTC), id_, version
    except (ValueError, TypeError, OverflowError, binascii.Error):
        said = Text("Penanda halaman tidak dikenal; ulangi dari awal", "Unknown page mark; begin again")
        raise Invalid(said, [Fault("_page", said, "value")]) from None
