"""Numbers as charts: a year month by month, PWS, ranking, years and sets of rules side by side. All from tallies."""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from math import ceil
from typing import Any, Literal

from services.indicators.contract import By, Numbers
from services.indicators.contract.charts import (
    Against,
    Bar,
    Point,
    Pws,
    Ranked,
    Ranking,
    SetNumbers,
    Sets,
    Trend,
    YearNumbers,
    Years,
)
from services.indicators.queries import numbers as queries
from services.indicators.queries import slices
from services.indicators.queries.numbers import OUTSIDE, Asked
from services.indicators.room import Room, room
from services.indicators.rules import pws as rules
from services.indicators.rules import suppression
from services.indicators.rules.cells import DISTRICT, Cell, cells, percent, summed
from services.indicators.rules.suppression import Hidden, either
from services.indicators.usecases import showing
from services.indicators.usecases.numbers import item_shown, words
from services.indicators.usecases.viewing import (
    WHOLE,
    Narrowing,
    View,
    beside,
    lined,
    look,
    months_so_far,
    standing,
    veiled,
)
from services.kernel.auth import Actor
from services.kernel.db import Tx
from services.kernel.service import Service

Place = Literal["village", "puskesmas", "kecamatan"]


def chart(seen: View) -> dict[str, Any]:
    """What every chart says of itself."""
    s = seen.one.standard.standard
    return {
        "standard": s.key, "id": s.id, "set": s.set, "title": words(s.title), "regulation": s.regulation,
        "year": seen.one.year, "as_of": seen.one.day, "narrowed": seen.narrowing.said, "better": s.better,
    }  # fmt: skip


async def trend(
    service: Service, actor: Actor, standard: str, year: int | None, as_of: date | None, narrowing: Narrowing,
    goal: float,
) -> Trend:  # fmt: skip
    """One indicator through its year. Raises NotFound, Unprocessable."""
    async with service.db.transaction() as tx:
        await queries.snapshot(tx)
        seen = await look(tx, service, actor, standard, year, as_of, narrowing)
        cell, _ = await _whole(tx, seen)
        beyond = await beside(tx, seen)
        rule = seen.one.standard.standard
        upto = months_so_far(seen.one)
        stood = [await _stood(tx, room(service), seen, cell, m) for m in range(upto + 1)] if rule.lapses else []
    if rule.lapses:
        return _as_it_stood(seen, stood, cell, beyond.total, goal)
    hidden, official = either(showing.alone(seen.sees, cell), beyond.total), seen.goals("total").get(DISTRICT)
    series = [rules.reached(cell.by_month, m) for m in range(upto + 1)]
    shown = _series(seen.sees.all, hidden, series)
    eligible = None if hidden.eligible else cell.eligible
    line = goal if lined(rule) else 0
    points = [_point(m, shown, eligible, official, line) for m in range(len(series))]
    return Trend(
        **chart(seen), goal=goal, eligible=eligible, points=points, suppressed=None in shown,
        official=showing.target(official, None if hidden.served else cell.served),
    )  # fmt: skip


async def _stood(tx: Tx, here: Room, seen: View, now: Cell, month: int) -> Cell | None:
    """How a month of the year ended, or stands now; None when its tallies do not stand at this moment."""
    one = seen.one
    if month == months_so_far(one):
        return now
    if not month:  # nobody is carried into a year whose months are still to come
        return None
    end = date(one.year, month, monthrange(one.year, month)[1])
    then = await standing(tx, here, Asked(one.standard, one.year, end, kept=False))
    return (await _whole(tx, replace(seen, one=then)))[0] if then.closed is not None else None


def _as_it_stood(seen: View, stood: list[Cell | None], now: Cell, beyond: Hidden, goal: float) -> Trend:
    """The line of what can fall again: each point is how its month ended."""
    hidden, official = either(showing.alone(seen.sees, now), beyond), seen.goals("total").get(DISTRICT)
    exact = stood if seen.sees.all else suppression.apart(stood)
    shown = [None] * len(stood) if hidden.served or hidden.eligible else exact
    line = goal if lined(seen.one.standard.standard) else 0
    points = [
        Point(
            month=m, new=None, served=cell.served if cell else None, line=rules.line(line, m),
            coverage=showing.coverage(cell.served, cell.eligible) if cell else None,
            official_coverage=showing.coverage(cell.served, official["value"]) if cell and official else None,
        )
        for m, cell in enumerate(shown)
    ]  # fmt: skip
    return Trend(
        **chart(seen), goal=goal, eligible=None if hidden.eligible else now.eligible, points=points, as_it_stood=True,
        suppressed=any(a is not b for a, b in zip(shown, stood, strict=True)),
        official=showing.target(official, None if hidden.served else now.served),
    )  # fmt: skip


async def _whole(tx: Tx, seen: View) -> tuple[Cell, Cell]:
    """All residents together, and those who live elsewhere."""
    found = cells(await slices.cells(tx, seen.one, seen.slice()))
    outside = found.pop(OUTSIDE, Cell())
    return summed(found.values()), outside


def _series(exact: bool, hidden: Hidden, series: Sequence[int]) -> list[int | None]:
    if exact:
        return list(series)
    return [None] * len(series) if hidden.served else suppression.steps(series)


def _point(
    month: int, shown: Sequence[int | None], eligible: int | None, official: Mapping[str, Any] | None, goal: float
) -> Point:
    served, before = shown[month], shown[month - 1] if month else 0
    return Point(
        month=month, served=served, new=None if served is None or before is None else served - before,
        coverage=showing.coverage(served, eligible), line=rules.line(goal, month),
        official_coverage=showing.coverage(served, official["value"]) if official else None,
    )  # fmt: skip


async def pws(
    service: Service, actor: Actor, standard: str, year: int | None, as_of: date | None, narrowing: Narrowing,
    by: Place, month: int | None, against: Against | None, goal: float,
) -> Pws:  # fmt: skip
    """The PWS chart of a month, this one when nothing is said. Raises NotFound, Unprocessable."""
    seen, keyed, veils, whole = await _places(service, actor, standard, year, as_of, narrowing, By(by))
    now = months_so_far(seen.one)
    wanted = now if month is None else min(month, now)
    goals = seen.goals(by)
    measure = against or ("official" if goals else "registered")
    rule = seen.one.standard.standard
    ask = _Ask(measure, goal, wanted, now, lined(rule))
    bars = [
        _bar(key, seen.named((By(by),), key)["name"], cell, veils[key], goals.get(key), ask)
        for key, cell in keyed.items()
    ]
    best = 1 if rule.better == "more" else -1
    bars.sort(key=lambda b: (b.coverage is None, -best * (b.coverage or 0), b.code))
    places = rules.ranks([None if b.coverage is None else best * b.coverage for b in bars])
    total = _bar("*", None, summed(keyed.values()), whole, goals.get(DISTRICT), ask)
    return Pws(
        **chart(seen), by=by, month=wanted, against=measure, goal=goal, whole=total,
        line=rules.line(goal, wanted) if ask.lined else 0,
        bars=[b.model_copy(update={"rank": rank}) for b, rank in zip(bars, places, strict=True)],
    )  # fmt: skip


class _Ask:
    """What a chart is drawn by."""

    __slots__ = ("against", "goal", "lined", "month", "now")

    def __init__(self, against: Against, goal: float, month: int, now: int, lined: bool) -> None:
        self.against, self.goal, self.month, self.now, self.lined = against, goal, month, now, lined


def _bar(code: str, name: str | None, cell: Cell, hidden: Hidden, goal: Mapping[str, Any] | None, ask: _Ask) -> Bar:
    """One place. Whose months are hidden is shown as of now only: two months' sums would give a month away."""
    months, month = cell.by_month, ask.month
    served = rules.reached(months, month)
    whole = cell.eligible if ask.against == "registered" else goal["value"] if goal else None
    away = hidden.served or (hidden.months and month < ask.now) or (ask.against == "registered" and hidden.eligible)
    known = whole if not (ask.against == "registered" and hidden.eligible) else None
    if away or not whole or not month:
        nothing = dict.fromkeys(("rank", "coverage", "this_month", "last_month", "direction", "status", "short"))
        return Bar(code=code, name=name, served=None if away else served, whole=known, suppressed=away, **nothing)
    going = rules.direction(months, month)
    is_above = rules.above(served, whole, ask.goal, month)
    line = ceil(round(ask.goal * month * whole / 1200, 6))
    return Bar(
        code=code, name=name, rank=None, served=served, whole=whole, coverage=percent(served, whole),
        this_month=None if hidden.months else months[month],
        last_month=None if hidden.months or month == 1 else months[month - 1], direction=going,
        status=rules.status(is_above, going) if ask.lined else None, suppressed=hidden.months,
        short=max(0, line - served) if ask.lined else None,
    )  # fmt: skip


async def _places(
    service: Service, actor: Actor, standard: str, year: int | None, as_of: date | None, narrowing: Narrowing, by: By
) -> tuple[View, dict[str, Cell], dict[str, Hidden], Hidden]:
    """The rows of a place, with what is hidden of each and of the whole."""
    async with service.db.transaction() as tx:
        await queries.snapshot(tx)
        seen = await look(tx, service, actor, standard, year, as_of, narrowing)
        found = cells(await slices.cells(tx, seen.one, seen.slice(by)))
        beyond = await beside(tx, seen, (by,))
    found.pop(OUTSIDE, None)
    keyed = seen.keyed((by,), found)
    whole, veils = showing.together(seen.sees, summed(keyed.values()), keyed, (by,), seen.places)
    whole, veils = veiled(seen, beyond, whole, veils, (by,))
    return seen, keyed, veils, whole


async def ranking(
    service: Service, actor: Actor, standard: str, year: int | None, as_of: date | None, narrowing: Narrowing,
    by: Place, against: Against | None,
) -> Ranking:  # fmt: skip
    """Places by coverage, the best first. Raises NotFound, Unprocessable."""
    seen, keyed, veils, hidden = await _places(service, actor, standard, year, as_of, narrowing, By(by))
    goals = seen.goals(by)
    measure = against or ("official" if goals else "registered")
    total = showing.numbers(summed(keyed.values()), hidden, goals.get(DISTRICT))
    shown = {key: showing.numbers(cell, veils[key], goals.get(key)) for key, cell in keyed.items()}
    whole = _coverage(total, measure)
    best = 1 if seen.one.standard.standard.better == "more" else -1
    values = {key: None if (v := _coverage(one, measure)) is None else best * v for key, one in shown.items()}
    order = sorted(shown, key=lambda k: (values[k] is None, -(values[k] or 0), k))
    places = rules.ranks([values[k] for k in order])
    rows = []
    for key, rank in zip(order, places, strict=True):
        one, reached = shown[key], _coverage(shown[key], measure)
        rows.append(Ranked(
            rank=rank, code=key, name=seen.named((By(by),), key)["name"], eligible=one.eligible, served=one.served,
            official=one.official, coverage=reached, suppressed=one.suppressed,
            gap=None if reached is None or whole is None else round(reached - whole, 2),
        ))  # fmt: skip
    return Ranking(**chart(seen), by=by, against=measure, total=total, rows=rows)


def _coverage(numbers: Numbers, against: Against) -> float | None:
    if against == "registered":
        return numbers.coverage
    return numbers.official.coverage if numbers.official else None


async def years(
    service: Service, actor: Actor, standard: str, last: int | None, count: int, month: int | None,
    narrowing: Narrowing,
) -> Years:  # fmt: skip
    """The last years, each with what it had reached by the same month. Raises NotFound, Unprocessable."""
    found = list[tuple[View, Cell, Hidden]]()
    async with service.db.transaction() as tx:
        await queries.snapshot(tx)
        newest = await look(tx, service, actor, standard, last, None, narrowing)
        for year in range(newest.one.year - count + 1, newest.one.year + 1):
            seen = await look(tx, service, actor, newest.one.standard.standard.key, year, None, narrowing)
            found.append((seen, (await _whole(tx, seen))[0], (await beside(tx, seen)).total))
    upto = month or months_so_far(found[-1][0].one) or 12
    shown = list[YearNumbers]()
    for seen, cell, beyond in found:
        shown.append(_year(seen, cell, beyond, upto, shown[-1].to_month_coverage if shown else None))
    s = newest.one.standard.standard
    return Years(standard=s.key, title=words(s.title), years=shown)


def _year(seen: View, cell: Cell, beyond: Hidden, month: int, before: float | None) -> YearNumbers:
    hidden = either(showing.alone(seen.sees, cell), beyond)
    reached = [rules.reached(cell.by_month, m) for m in range(13)]  # the same months are shown whichever is asked for
    served = _series(seen.sees.all, hidden, reached)[month]
    coverage = showing.coverage(served, None if hidden.eligible else cell.eligible)
    return YearNumbers(
        year=seen.one.year, as_of=seen.one.day, month=month, to_month=served, to_month_coverage=coverage,
        total=showing.numbers(cell, hidden, seen.goals("total").get(DISTRICT)),
        change=None if coverage is None or before is None else round(coverage - before, 2),
    )  # fmt: skip


async def sets(service: Service, actor: Actor, standard: str, year: int | None, as_of: date | None) -> Sets:
    """Every set of rules of a service, and what is shown beside it, for one year. Raises NotFound, Unprocessable."""
    here = room(service)
    async with service.db.transaction() as tx:
        await queries.snapshot(tx)
        seen = await look(tx, service, actor, standard, year, as_of, WHOLE)
        own = seen.one.standard.standard
        mine = own.beside or own.id
        shown = list[SetNumbers]()
        for kept in here.kept:
            if mine in (kept.standard.id, kept.standard.beside):
                one = await look(tx, service, actor, kept.standard.key, seen.one.year, as_of, WHOLE)
                shown.append(_set(one, (await _whole(tx, one))[0]))
    return Sets(id=mine, year=seen.one.year, as_of=seen.one.day, sets=shown)


def _set(seen: View, cell: Cell) -> SetNumbers:
    s, hidden = seen.one.standard.standard, showing.alone(seen.sees, cell)
    return SetNumbers(
        standard=s.key, set=s.set, title=words(s.title), regulation=s.regulation, formula=words(s.formula),
        in_force=s.in_force(seen.one.year), items=[item_shown(i) for i in s.items],
        total=showing.numbers(cell, hidden, seen.goals("total").get(DISTRICT)),
    )  # fmt: skip
