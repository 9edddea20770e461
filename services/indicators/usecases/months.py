"""Closed month-ends: counted in the background, marked by what comes late."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from services.indicators.queries import months as sql
from services.indicators.queries.standings import State
from services.indicators.room import Kept, Room
from services.kernel.db import Tx
from services.kernel.service import Service

ANY = "*"
"""What may matter to every standard (birth date, village, membership)."""
QUIET = 60.0
"""Seconds without a mark after which a marked month-end is counted anew."""


class Earliest(defaultdict[str, date]):
    """The earliest date of what came, changed or went, by concept."""

    def __init__(self) -> None:
        super().__init__(lambda: date.max)

    def note(self, concept: str, since: date | None) -> None:
        """One change."""
        if since is not None and since < self[concept]:
            self[concept] = since

    def of(self, concepts: Iterable[str]) -> date:
        """That of these concepts, and of what matters to all."""
        return min((self[c] for c in (ANY, *concepts) if c in self), default=date.max)


def closed(day: date) -> list[date]:
    """The month-ends of last year and this one that are over and not what is shown today, the last first."""
    found, end = list[date](), day.replace(day=1) - timedelta(days=1)
    while end.year >= day.year - 1:
        found.append(end)
        end = end.replace(day=1) - timedelta(days=1)
    return [d for d in found if d != date(day.year - 1, 12, 31)]


async def mark(tx: Tx, here: Room, state: State, earliest: Earliest) -> None:
    """Tell the month-ends what has come late. Nothing is written when nothing has."""
    if state.day is None or not earliest:
        return
    last = state.day.replace(day=1) - timedelta(days=1)
    since = {k.standard.key: earliest.of(k.standard.concepts) for k in here.kept}
    if late := {key: day for key, day in since.items() if day <= last}:
        await sql.mark(tx, late)


async def count_one(service: Service, here: Room, state: State) -> bool:
    """Count one month-end that does not stand; whether there was one."""
    if state.day is None or state.fingerprint != here.fingerprint:
        return False
    rules: Mapping[str, str] = {k.standard.key: here.rules(k) for k in here.kept}
    async with service.db.reading() as conn:
        due = await sql.next_due(conn, rules, closed(state.day), QUIET)
    if due is None:
        return False
    kept = next(k for k in here.kept if k.standard.key == due[0])
    async with service.db.transaction() as tx:
        await sql.open_count(tx, *due)
    async with service.db.transaction() as tx:
        await count(tx, here, kept, due[1])
    return True


async def count(tx: Tx, here: Room, kept: Kept, day: date) -> None:
    """Count one month-end of one standard."""
    await sql.count(tx, kept.compiled, here.rules(kept), kept.standard.year_of(day), day)
