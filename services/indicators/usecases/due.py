"""What is still due for one person, from the facts up to a position of the record's feed."""

from calendar import monthrange
from collections import defaultdict
from datetime import date
from typing import Any
from uuid import UUID

from services.indicators.compiler.schema import Birthday, Pregnancy, Standard
from services.indicators.contract import Due, DueItem, DueOf, Words
from services.indicators.queries import units as queries
from services.indicators.room import Kept, room
from services.kernel.service import Service

MOST = 2.0
"""Seconds a caller may wait for the feed at most."""


async def due(service: Service, person: UUID, position: int, seconds: float) -> Due:
    """What each standard in force still asks for; not known when the feed does not come that far in time."""
    follower = next(f for f in service.followers if f.source == "records")
    if not await follower.reach(position, min(seconds, MOST)):
        return Due(known=False)
    today, found = service.clock.today(), list[DueOf]()
    async with service.db.transaction() as tx:
        if await queries.parked(tx, person):
            return Due(known=False)
        for kept in room(service).kept:
            if kept.standard.in_force(today.year) and kept.standard.beside is None:
                rows = await queries.due(tx, kept, _days(kept, today), [person])
                found += _shown(kept.standard, rows, today)
    return Due(known=True, as_of=today, standards=found)


def _days(kept: Kept, today: date) -> dict[int, date]:
    """The years looked at, each at its day: what is asked until the end of this month; of a child before the birthday
    by which it is asked, of a pregnancy also when it will end next year."""
    if isinstance(kept.standard.population, Birthday):
        return {year: date(year, 12, 31) for year in (today.year, today.year + 1)}
    if isinstance(kept.standard.population, Pregnancy):
        return dict.fromkeys((today.year, today.year + 1), today)
    return {today.year: date(today.year, today.month, monthrange(today.year, today.month)[1])}


def _shown(standard: Standard, rows: list[dict[str, Any]], today: date) -> list[DueOf]:
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
