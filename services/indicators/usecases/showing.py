"""Numbers as a reader may see them: exact for who may see the people behind them, else without small cells."""

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.indicators.contract import By, Numbers, Target
from services.indicators.queries import network as network_sql
from services.indicators.queries.slices import PLACES
from services.indicators.rules import suppression
from services.indicators.rules.cells import CROSS, Cell, Place, percent
from services.indicators.rules.suppression import OPEN, Hidden
from services.kernel.auth import Actor, Role
from services.kernel.db import Connection
from services.kernel.service import Service


@dataclass(frozen=True, slots=True)
class Sight:
    """Where a reader sees exact numbers: everywhere (`all`), or in some villages, or nowhere."""

    all: bool
    villages: frozenset[str] = frozenset()

    def rows(self, by: By, places: Sequence[Place]) -> frozenset[str]:
        """The keys of the rows it sees exactly: those all of whose villages it may see."""
        mine, others = set[str](), set[str]()
        for place in places if by in PLACES else ():
            (mine if place.village in self.villages else others).add(getattr(place, by.value) or "")
        return frozenset(mine - others)

    def crossed(self, which: Sequence[By], places: Sequence[Place], keys: Collection[str]) -> frozenset[str]:
        """The same of rows by two: those that speak of such a place."""
        exact = [self.rows(by, places) for by in which]
        return frozenset(k for k in keys if any(c in rows for c, rows in zip(k.split(CROSS), exact, strict=False)))


async def sight(conn: Connection, service: Service, actor: Actor, places: Collection[Place]) -> Sight:
    """What a reader sees exactly: the office everything, staff of a puskesmas its catchment of today."""
    if actor.role == Role.DINKES_ADMIN:
        return Sight(True)
    if actor.role != Role.PUSKESMAS_STAFF or not actor.facility:
        return Sight(False)
    villages = frozenset(await network_sql.villages_of(conn, actor.facility, service.clock.today()))
    return Sight(bool(places) and all(p.village in villages for p in places), villages)


def together(
    sees: Sight, total: Cell, rows: Mapping[str, Cell], which: Sequence[By], places: Sequence[Place]
) -> tuple[Hidden, dict[str, Hidden]]:
    """What is hidden of a total and of its rows."""
    if sees.all:
        return OPEN, dict.fromkeys(rows, OPEN)
    return suppression.together(total, rows, sees.crossed(which, places, rows), near(which, places, rows))


def near(which: Sequence[By], places: Sequence[Place], keys: Collection[str]) -> dict[str, tuple[Hashable, ...]]:
    """To what rows belong whose sums other answers show: a village to its puskesmas, a cross to both its sides."""
    above = {p.village: (p.puskesmas, p.kecamatan) for p in places}
    found: dict[str, tuple[Hashable, ...]] = {}
    if len(which) < 2 and By.VILLAGE not in which:
        return found
    for key in keys if len(which) > 1 else above:
        parts = key.split(CROSS)
        groups: list[Hashable] = []
        for n in (n for n, by in enumerate(which) if by is By.VILLAGE):
            rest = (*parts[:n], *parts[n + 1 :])
            groups += [(level, place, *rest) for level, place in enumerate(above.get(parts[n], ()))]
        sides = [(n, *parts[:n], *parts[n + 1 :]) for n in range(len(parts))]
        found[key] = (*groups, *(sides if parts[1:] else ()))
    return found


def alone(sees: Sight, cell: Cell) -> Hidden:
    """What is hidden of numbers that stand beside no others they add up with."""
    return OPEN if sees.all else suppression.alone(cell)


def elsewhere(sees: Sight, cell: Cell) -> Hidden:
    """What is hidden of those who live outside the district: they are in nobody's catchment."""
    return alone(Sight(sees.all and not sees.villages), cell)


def numbers(cell: Cell, hidden: Hidden, goal: Mapping[str, Any] | None) -> Numbers:
    """The numbers of a cell, without what is hidden of it."""
    eligible = None if hidden.eligible else cell.eligible
    served = None if hidden.served else cell.served
    return Numbers(
        eligible=eligible, served=served, carried_in=None if hidden.months else cell.months.get(0, 0),
        coverage=coverage(served, eligible), official=target(goal, served),
        months=None if hidden.months else cell.by_month,
        missing=None if hidden.served else _missing(cell, hidden), suppressed=hidden.anything,
    )  # fmt: skip


def _missing(cell: Cell, hidden: Hidden) -> dict[str, int | None]:
    return {item: None if item in hidden.items else n for item, n in sorted(cell.missing.items())}


def coverage(served: int | None, eligible: int | None) -> float | None:
    """Percent, of numbers that are shown."""
    return None if served is None or eligible is None else percent(served, eligible)


def target(goal: Mapping[str, Any] | None, served: int | None) -> Target | None:
    """The official target with coverage against it; the target itself is nobody's secret."""
    if goal is None:
        return None
    return Target(
        value=goal["value"], coverage=coverage(served, goal["value"]), source=goal["source"], version=goal["version"]
    )
