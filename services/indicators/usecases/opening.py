"""The persons behind a count made from facts: whom the caller may see, by a record he may see; each one is logged."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.indicators import peers
from services.indicators.contract import Who
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
) -> list[tuple[Mapping[str, Any], list[str], Who | None]]:
    """Of rows with `person_id` and `refs` those the caller may see, with the records he may open; who they are only
    when `names` are asked for.

    Who is in a list because of records is shown only by one of them that the caller may see; without refs, being
    there tells nothing more than age.
    """
    seen = await peers.visible(service, actor, sorted({str(r["person_id"]) for r in found}))
    mine = [r for r in found if str(r["person_id"]) in seen.persons]
    shown = await peers.shown(service, actor, sorted({ref for r in mine for ref in r["refs"] or ()}))
    kept = [(r, [ref for ref in r["refs"] or () if ref in shown]) for r in mine]
    kept = [(r, refs) for r, refs in kept if refs or not r["refs"]]
    looks = [
        Access(seen.looking(actor, str(r["person_id"])), str(r["person_id"]), "read", what, resources=refs)
        for r, refs in kept
    ]
    async with service.db.transaction() as tx:
        await access.log(tx, looks)
    who = await named(service, actor, [str(r["person_id"]) for r, _ in kept]) if names else {}
    return [(r, refs, who.get(str(r["person_id"]))) for r, refs in kept]
