"""The persons behind a count made from facts: whom the caller may see, by a record he may see; each one is logged."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from services.indicators import peers
from services.indicators.contract import Who
from services.indicators.peers import Seen
from services.indicators.queries import network as network_sql
from services.indicators.usecases.units import named
from services.kernel import access
from services.kernel.access import Access
from services.kernel.auth import Actor, Role
from services.kernel.db import Connection
from services.kernel.service import Service


async def reach(conn: Connection, service: Service, actor: Actor, village: str | None) -> list[str] | None:
    """The villages a list may come from (None: any): staff of a puskesmas never look beyond its catchment."""
    asked = None if village is None else [village]
    if actor.role != Role.PUSKESMAS_STAFF:
        return asked
    mine = await network_sql.villages_of(conn, actor.facility or "", service.clock.today())
    return mine if asked is None else [v for v in asked if v in mine]


async def opened(
    service: Service, actor: Actor, found: Sequence[Mapping[str, Any]], what: str, names: bool = False
) -> "Opened":
    """Of rows with `person_id` and `refs` those the caller may see, with the records he may open; who they are only
    when `names` are asked for.

    Who is in a list because of records is shown only by one of them that the caller may see; without refs, being
    there tells nothing more than age.
    """
    seen, kept = await _kept(service, actor, found)
    return await _told(service, actor, seen, kept, what, names)


Read = Callable[[Connection, UUID, int], Awaitable[list[dict[str, Any]]]]
"""Reads so many rows of persons after this one, by person."""
Opened = list[tuple[Mapping[str, Any], list[str], Who | None]]
ROUNDS, CHUNK = 8, 200
"""How often, and how many at least after the first time, others are looked at for callers who may see few of them: how
many those are must not be told by where a page ends."""


async def page(
    service: Service, actor: Actor, read: Read, after: UUID, limit: int, what: str, names: bool
) -> tuple[Opened, int, UUID | None]:
    """One page of whom the caller may see, how many others were passed over, and where the next page begins."""
    kept, passed, ended, seen = list[tuple[Mapping[str, Any], list[str]]](), 0, False, Seen()
    for n in range(ROUNDS):
        wanted = max(limit, CHUNK) if n else limit
        async with service.db.reading() as conn:
            rows = await read(conn, after, wanted)
        may, some = await _kept(service, actor, rows)
        seen = Seen(seen.persons | may.persons, seen.opened | may.opened)
        mine = {r["person_id"]: (r, refs) for r, refs in some}
        for r in rows:
            after = r["person_id"]
            passed += after not in mine
            kept += [mine[after]] if after in mine else []
            if len(kept) == limit:
                break
        ended = len(rows) < wanted and (not rows or after == rows[-1]["person_id"])
        if ended or len(kept) == limit:
            break
    return await _told(service, actor, seen, kept, what, names), passed, None if ended else after


async def _kept(
    service: Service, actor: Actor, found: Sequence[Mapping[str, Any]]
) -> tuple[Seen, list[tuple[Mapping[str, Any], list[str]]]]:
    """Whom the caller may see, and the rows of these that he may know, each with the records he may open."""
    seen = await peers.visible(service, actor, sorted({str(r["person_id"]) for r in found}))
    mine = [r for r in found if str(r["person_id"]) in seen.persons]
    shown = await peers.shown(service, actor, sorted({ref for r in mine for ref in r["refs"] or ()}))
    kept = [(r, [ref for ref in r["refs"] or () if ref in shown]) for r in mine]
    return seen, [(r, refs) for r, refs in kept if refs or not r["refs"]]


async def _told(
    service: Service, actor: Actor, seen: Seen, kept: Sequence[tuple[Mapping[str, Any], list[str]]], what: str,
    names: bool,
) -> Opened:  # fmt: skip
    """The same with who they are when asked for, each logged before."""
    looks = [
        Access(seen.looking(actor, str(r["person_id"])), str(r["person_id"]), "read", what, resources=refs)
        for r, refs in kept
    ]
    async with service.db.transaction() as tx:
        await access.log(tx, looks)
    who = await named(service, actor, [str(r["person_id"]) for r, _ in kept]) if names else {}
    return [(r, refs, who.get(str(r["person_id"]))) for r, refs in kept]


def withheld(actor: Actor, count: int) -> int | None:
    """How many others there are, for who may see exact sums where the list comes from; to others it would be one."""
    return count if actor.role in (Role.DINKES_ADMIN, Role.PUSKESMAS_STAFF) else None
