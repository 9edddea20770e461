"""What is still due for one person, from the facts up to a position of the record's feed."""

from collections import defaultdict
from datetime import date
from typing import Any
from uuid import UUID

from services.indicators.compiler.schema import Standard
from services.indicators.contract import DueInside, DueItem, DueOf, Words
from services.indicators.queries import units as queries
from services.indicators.room import Room, room
from services.indicators.usecases import secrecy
from services.kernel.db import Tx
from services.kernel.service import Service

MOST = 2.0
"""Seconds a caller may wait for the feed at most."""


async def due(service: Service, person: UUID, position: int, seconds: float) -> DueInside:
    """What each standard in force still asks for; not known when the feed does not come that far in time."""
    follower = next(f for f in service.followers if f.source == "records")
    if not await follower.reach(position, min(seconds, MOST)):
        return DueInside(known=False)
    today, here = service.clock.today(), room(service)
    async with service.db.transaction() as tx:
        if await queries.parked(tx, person):
            return DueInside(known=False)
        found = await of_person(tx, here, person, today)
        asking = [k for k in here.kept if k.asks(today)]
        rests_on = await secrecy.resting(tx, here, asking, [person], today.year)
    return DueInside(
        known=True, as_of=today, standards=found, rests_on={key: sorted(refs) for (key, _), refs in rests_on.items()}
    )


async def of_person(tx: Tx, here: Room, person: UUID, today: date) -> list[DueOf]:
    """What each standard in force still asks for of a person."""
    found = list[DueOf]()
    for kept in here.kept:
        if kept.asks(today):
            told = shown(kept.standard, await queries.due(tx, kept, kept.due(today), [person]), today)
            found += [s for s in told if not (kept.passing and all(i.state == "overdue" for i in s.items))]
    return found


def shown(standard: Standard, rows: list[dict[str, Any]], today: date) -> list[DueOf]:
    """Rows (unit_id, name, due_from, due_until) as they are shown, by unit."""
    labels = {i.part_of or i.name: Words(id=i.label.id, en=i.label.en) for i in standard.item}
    units = defaultdict[str, list[DueItem]](list)
    for r in rows:
        since, until = r["due_from"], r["due_until"]
        state = "overdue" if until and until < today else "later" if since and since > today else "now"
        label = labels.get(r["name"].partition(":")[0])
        units[r["unit_id"]].append(DueItem(item=r["name"], label=label, due_from=since, due_until=until, state=state))
    title = Words(id=standard.title.id, en=standard.title.en)
    return [
        DueOf(standard=standard.key, title=title, regulation=standard.regulation, unit_id=unit, items=items)
        for unit, items in units.items()
    ]
