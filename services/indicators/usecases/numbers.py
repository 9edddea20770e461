"""Numbers for everyone who may see sums: the front page, one indicator broken down, the catalogue of standards."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from services.indicators.compiler.schema import Item, Standard
from services.indicators.contract import (
    CONTRIBUTION,
    Building,
    By,
    Card,
    Contribution,
    Denominators,
    Indicator,
    ItemShown,
    Row,
    StandardShown,
    Words,
)
from services.indicators.queries import numbers as queries
from services.indicators.queries import slices
from services.indicators.queries import standings as sql
from services.indicators.queries import targets as targets_sql
from services.indicators.queries.numbers import OUTSIDE, Asked
from services.indicators.queries.slices import Slice
from services.indicators.queries.standings import State
from services.indicators.room import room
from services.indicators.rules import pws, suppression
from services.indicators.rules.cells import CROSS, DISTRICT, Cell, Place, cells, official, percent, summed
from services.indicators.rules.suppression import OPEN, Hidden, either, few, small
from services.indicators.usecases import showing
from services.indicators.usecases.viewing import (
    WHOLE,
    Beside,
    Narrowing,
    View,
    at,
    beside,
    breakdown,
    lined,
    look,
    months_so_far,
    service_of,
    veiled,
)
from services.kernel.auth import Actor
from services.kernel.db import Tx
from services.kernel.problems import NotFound, Text
from services.kernel.service import Service


async def cards(service: Service, actor: Actor, year: int | None) -> list[Card]:
    """Every indicator in short."""
    here = room(service)
    async with service.db.transaction() as tx:
        await queries.snapshot(tx)
        state = await sql.state(tx)
        today = state.day or service.clock.today()
        wanted = year or today.year
        day = min(today, date(wanted, 12, 31))
        places = await queries.places(tx, day)
        sees = await showing.sight(tx, service, actor, places)
        goals: dict[str, dict[str, Any]] = {}
        for row in await targets_sql.counting(tx, day, wanted):
            goals.setdefault(row["service"], {})[row["place"]] = row
        every = [at(here, state, kept, wanted, day) for kept in here.kept]
        found = {one.standard.standard.key: (Cell(), Cell()) for one in every}
        for key, here_lives, counts in await slices.wholes(tx, [k for k, o in by_key(every) if o.kept], wanted):
            found[key][0 if here_lives else 1].months.update(enumerate(counts, -1))
        for key, one in by_key(every):
            if not one.kept:
                found[key] = await _total(tx, one)
    return [_card(one, sees, *found[key], _goal(one, goals, places)) for key, one in by_key(every)]


def by_key(every: list[Asked]) -> list[tuple[str, Asked]]:
    """Each by the key of its standard."""
    return [(one.standard.standard.key, one) for one in every]


async def _total(tx: Tx, one: Asked) -> tuple[Cell, Cell]:
    found = cells(await slices.cells(tx, one, Slice()))
    outside = found.pop(OUTSIDE, Cell())
    return summed(found.values()), outside


def _goal(one: Asked, goals: Mapping[str, Mapping[str, Any]], places: list[Place]) -> Mapping[str, Any] | None:
    return official(goals.get(service_of(one.standard.standard), {}), places, "total").get(DISTRICT)


def _card(one: Asked, sees: showing.Sight, total: Cell, outside: Cell, goal: Mapping[str, Any] | None) -> Card:
    s, month = one.standard.standard, months_so_far(one)
    hidden, beyond = showing.alone(sees, total), showing.elsewhere(sees, outside)
    shown = showing.numbers(total, hidden, goal)
    whole = goal["value"] if goal else total.eligible
    going = pws.direction(total.by_month, month) if month else None
    told = bool(whole) and going is not None and not hidden.served and lined(s)
    return Card(
        standard=s.key, id=s.id, title=words(s.title), formula=words(s.formula), denominators=Denominators(),
        regulation=s.regulation, in_force=s.in_force(one.year), beside=s.beside, better=s.better, year=one.year,
        as_of=one.day, eligible=shown.eligible, served=shown.served, coverage=shown.coverage, months=shown.months,
        outside=None if beyond.eligible else outside.eligible, official=shown.official,
        line=pws.line(pws.GOAL, month) if lined(s) else 0,
        status=pws.status(pws.above(total.served, whole, pws.GOAL, month), going) if told and going else None,
        direction=going if told else None, suppressed=hidden.anything or beyond.eligible,
    )  # fmt: skip


async def indicator(
    service: Service, actor: Actor, standard: str, year: int | None, as_of: date | None, by: By,
    cross: By | None = None, narrowing: Narrowing = WHOLE,
) -> Indicator:  # fmt: skip
    """One indicator at a day, broken down by one or two dimensions. Raises NotFound, Unprocessable."""
    async with service.db.transaction() as tx:
        await queries.snapshot(tx)
        seen = await look(tx, service, actor, standard, year, as_of, narrowing)
        which = breakdown(by, cross)
        residence = seen.slice(*(b for b in which if b not in CONTRIBUTION))
        found = cells(await slices.cells(tx, seen.one, residence))
        beyond = await beside(tx, seen, which)
        credited = await slices.credited(tx, seen.one, seen.slice(*which)) if which[0] in CONTRIBUTION else []
    outside = found.pop(OUTSIDE, Cell())
    total = summed(found.values())
    if which[0] in CONTRIBUTION:
        whole = either(showing.alone(seen.sees, total), beyond.total)
        gone = _kept_back(credited, which, seen)
        rows: list[Row | Contribution] = [_contribution(c, which, seen, total, gone.get(c[0], OPEN)) for c in credited]
    else:
        whole, rows = _rows(which, seen, total, found, beyond)
    s = seen.one.standard.standard
    return Indicator(
        standard=s.key, id=s.id, set=s.set, title=words(s.title), formula=words(s.formula), regulation=s.regulation,
        year=seen.one.year, as_of=seen.one.day, by=by, cross=cross, narrowed=narrowing.said,
        total=showing.numbers(total, whole, seen.goals("total").get(DISTRICT)),
        outside=showing.numbers(outside, showing.elsewhere(seen.sees, outside), None), rows=rows,
        items=[item_shown(i) for i in s.items],
    )  # fmt: skip


def _rows(
    which: tuple[By, ...], seen: View, total: Cell, found: Mapping[str, Cell], beyond: Beside
) -> tuple[Hidden, list[Row | Contribution]]:
    keyed = seen.keyed(which, found)
    whole, veils = showing.together(seen.sees, total, keyed, which, seen.places)
    whole, veils = veiled(seen, beyond, whole, veils, which)
    goals = seen.goals(which[0].value) if len(which) == 1 else {}
    rows: list[Row | Contribution] = []
    for key, cell in keyed.items():
        rows.append(Row(**seen.named(which, key), **dict(showing.numbers(cell, veils[key], goals.get(key)))))
    return whole, rows


def _kept_back(credited: Sequence[tuple[str, int, int]], which: tuple[By, ...], seen: View) -> dict[str, Hidden]:
    """Of who did the work, broken down once more: what would give a part away, for without the second breakdown the
    whole of each is shown."""
    found: dict[str, Hidden] = {}
    if len(which) == 1 or seen.sees.all:
        return found
    doers: dict[str, dict[str, Cell]] = {}
    for key, units, served in credited:
        doer, part = key.split(CROSS)
        doers.setdefault(doer, {})[part] = Cell({-1: units - served, 0: served})
    for doer, parts in doers.items():
        veils = suppression.together(summed(parts.values()), parts, (), showing.near(which[1:], seen.places, parts))[1]
        found |= {f"{doer}{CROSS}{part}": veil for part, veil in veils.items()}
    return found


def _contribution(
    credit: tuple[str, int, int], which: tuple[By, ...], seen: View, total: Cell, gone: Hidden
) -> Contribution:
    key, units, served = credit
    named = seen.named(which, key)
    by, code, exact = which[0], key.split(CROSS)[0], seen.sees.all
    one = seen.facilities.get(code, {}) if by is By.FACILITY else {}
    hidden = gone.served or (not exact and few(units, served))
    return Contribution(
        **named, kind=code if by is By.KIND else one.get("kind"),
        ownership=code if by is By.OWNERSHIP else one.get("ownership"),
        units=None if gone.eligible or (hidden and small(units)) else units, served=None if hidden else served,
        share=None if hidden or (not exact and small(total.served)) else percent(served, total.served),
        suppressed=hidden,
    )  # fmt: skip


def words(said: Any) -> Words:
    """A standard's text as the API shows it."""
    return Words(id=said.id, en=said.en)


def item_shown(item: Item) -> ItemShown:
    said = item.model_dump(mode="json", exclude_defaults=True, exclude={"name", "label", "active", "any_of"})
    return ItemShown(
        name=item.name, label=words(item.label), active=item.active, concepts=list(item.concepts), rule=said
    )


def catalogue(service: Service) -> list[StandardShown]:
    """Every care standard that is loaded, computed or not."""
    return [standard_shown(s) for s in room(service).standards]


def one_standard(service: Service, name: str) -> StandardShown:
    """A standard by its key, or by its id: then the newest. Raises NotFound."""
    found = [s for s in room(service).standards if name.lower() in (s.key, s.id)]
    if not found:
        raise NotFound(
            Text("Standar tidak dikenal; lihat GET /v1/standards", "Unknown standard; see GET /v1/standards")
        )
    return standard_shown(max(found, key=lambda s: (s.active, s.beside is None, s.valid_from)))


def standard_shown(s: Standard) -> StandardShown:
    """A standard as the API shows it."""
    return StandardShown(
        standard=s.key, id=s.id, set=s.set, active=s.active, beside=s.beside, better=s.better, title=words(s.title),
        formula=words(s.formula), notes=[words(n) for n in s.note], regulation=s.regulation, valid_from=s.valid_from,
        valid_until=s.valid_until, first_month=s.first_month,
        population=s.population.model_dump(mode="json", exclude_defaults=True, exclude={"units"}),
        items=[item_shown(i) for i in s.item],
    )  # fmt: skip


def building(state: State) -> Building:
    """How far the computation is."""
    return Building(
        as_of=state.day, generation=state.generation, building=state.building is not None, done=state.done,
        total=state.total,
    )  # fmt: skip


async def progress(service: Service) -> Building:
    """How far the computation is, now."""
    async with service.db.reading() as conn:
        return building(await sql.state(conn))
