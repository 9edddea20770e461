"""Numbers for everyone who may see sums: the front page, one indicator broken down, the catalogue of standards."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from services.indicators.compiler.schema import Item, Standard
from services.indicators.contract import (
    CONTRIBUTION,
    Building,
    By,
    Card,
    Contribution,
    Indicator,
    ItemShown,
    Row,
    StandardShown,
    Words,
)
from services.indicators.queries import numbers as queries
from services.indicators.queries import standings as sql
from services.indicators.queries import targets as targets_sql
from services.indicators.queries.numbers import OUTSIDE, Asked
from services.indicators.queries.standings import State
from services.indicators.room import Kept, Room, room
from services.indicators.rules.cells import DISTRICT, Cell, Place, cells, official, percent, summed
from services.indicators.rules.suppression import few, small
from services.indicators.usecases import showing
from services.kernel.auth import Actor
from services.kernel.db import Tx
from services.kernel.problems import Fault, NotFound, Text, Unprocessable
from services.kernel.service import Service


async def asked(tx: Tx, here: Room, standard: str, year: int | None, as_of: date | None) -> Asked:
    """What a caller asks for: a standard by key or id, a year, a day. Raises NotFound, Unprocessable."""
    state = await sql.state(tx)
    today = state.day or date.today()
    not_ahead(as_of, today)
    wanted = year or (as_of or today).year
    kept = here.find(standard.lower(), wanted)
    if kept is None:
        known = ", ".join(sorted({k.standard.id for k in here.kept}))
        raise NotFound(Text(f"Indikator tidak dikenal; yang ada: {known}", f"Unknown indicator; there are: {known}"))
    return _at(here, state, kept, wanted, min(as_of or today, date(wanted, 12, 31)))


def not_ahead(as_of: date | None, today: date) -> date:
    """The day asked for, else today. Raises Unprocessable when it lies ahead."""
    if as_of is not None and as_of > today:
        text = Text(f"`as_of` paling akhir {today}", f"`as_of` is at the latest {today}")
        raise Unprocessable(text, [Fault("/as_of", text)])
    return as_of or today


def _at(here: Room, state: State, kept: Kept, year: int, day: date) -> Asked:
    """The tallies serve when they stand for that very day, by the present rules; any other day is computed."""
    stands = state.day is not None and kept.periods(state.day).get(year) == day
    return Asked(kept, year, day, stands and state.fingerprint == here.fingerprint)


async def cards(service: Service, actor: Actor, year: int | None) -> list[Card]:
    """Every indicator in short."""
    here = room(service)
    found = []
    async with service.db.transaction() as tx:
        await queries.snapshot(tx)
        state = await sql.state(tx)
        today = state.day or service.clock.today()
        wanted = year or today.year
        places = await queries.places(tx, min(today, date(wanted, 12, 31)))
        sees = await showing.sight(tx, service, actor, places)
        for kept in here.kept:
            one = _at(here, state, kept, wanted, min(today, date(wanted, 12, 31)))
            eligible, served, outside = await queries.totals(tx, one)
            targets = await targets_sql.targets(tx, _service_of(kept.standard), wanted, one.day)
            goal = official(targets, places, "total").get(DISTRICT)
            s, shown = kept.standard, showing.card(sees, eligible, served, outside)
            found.append(Card(
                standard=s.key, id=s.id, title=words(s.title), regulation=s.regulation, in_force=s.in_force(wanted),
                beside=s.beside, year=wanted, as_of=one.day, eligible=shown.eligible, served=shown.served,
                outside=shown.outside, coverage=showing.coverage(shown.served, shown.eligible),
                official=showing.target(goal, shown.served), suppressed=shown.suppressed,
            ))  # fmt: skip
    return found


async def indicator(
    service: Service, actor: Actor, standard: str, year: int | None, as_of: date | None, by: By
) -> Indicator:
    """One indicator at a day, broken down."""
    here = room(service)
    async with service.db.transaction() as tx:
        await queries.snapshot(tx)
        one = await asked(tx, here, standard, year, as_of)
        places = await queries.places(tx, one.day)
        sees = await showing.sight(tx, service, actor, places)
        areas, facilities = await queries.names(tx)
        residence = "total" if by in CONTRIBUTION else by.value
        found = cells(await queries.by_residence(tx, one, residence))
        targets = await targets_sql.targets(tx, _service_of(one.standard.standard), one.year, one.day)
        credited = await queries.by_contribution(tx, one, by.value) if by in CONTRIBUTION else []
    outside = found.pop(OUTSIDE, Cell())
    total = summed(found.values())
    goals = official(targets, places, residence)
    if by in CONTRIBUTION:
        whole = showing.alone(sees, total)
        rows: list[Row | Contribution] = [_contribution(c, by, facilities, total, sees) for c in credited]
    else:
        keyed = _keyed(by, found, places)
        whole, veils = showing.together(sees, total, keyed, by, places)
        names = _names(by, places, areas, facilities)
        rows = [
            Row(code=key, name=names.get(key), **dict(showing.numbers(cell, veils[key], goals.get(key))))
            for key, cell in keyed.items()
        ]
    s = one.standard.standard
    return Indicator(
        standard=s.key, id=s.id, set=s.set, title=words(s.title), formula=words(s.formula), regulation=s.regulation,
        year=one.year, as_of=one.day, by=by, total=showing.numbers(total, whole, goals.get(DISTRICT)),
        outside=showing.numbers(outside, showing.elsewhere(sees, outside), None), rows=rows,
        items=[_item(i) for i in s.items],
    )  # fmt: skip


def _keyed(by: By, found: Mapping[str, Cell], places: list[Place]) -> dict[str, Cell]:
    """A row for every key there is, also where nobody is counted yet."""
    keys = set(found)
    if by in (By.VILLAGE, By.PUSKESMAS, By.KECAMATAN):
        keys |= {getattr(p, by.value) or "" for p in places}
    ordered = sorted(keys, key=lambda k: (k.lstrip("-").isdigit() and int(k), k))
    return {key: found.get(key, Cell()) for key in ordered}


def _names(by: By, places: list[Place], areas: Mapping[str, str], facilities: Mapping[str, Any]) -> dict[str, str]:
    match by:
        case By.VILLAGE:
            return {p.village: p.name for p in places}
        case By.KECAMATAN:
            return dict(areas)
        case By.PUSKESMAS:
            return {code: f["name"] for code, f in facilities.items()}
        case _:
            return {}


def _contribution(
    credit: tuple[str, int, int], by: By, facilities: Mapping[str, Any], total: Cell, sees: showing.Sight
) -> Contribution:
    code, units, served = credit
    one = facilities.get(code, {}) if by is By.FACILITY else {}
    hidden = not sees.all and few(units, served)
    return Contribution(
        code=code, name=one.get("name"), kind=code if by is By.KIND else one.get("kind"),
        ownership=code if by is By.OWNERSHIP else one.get("ownership"),
        units=None if hidden and small(units) else units, served=None if hidden else served,
        share=None if hidden or (not sees.all and small(total.served)) else percent(served, total.served),
        suppressed=hidden,
    )  # fmt: skip


def _service_of(standard: Standard) -> str:
    """Whose target it is measured by: its own, or of the one it stands beside."""
    return standard.beside or standard.id


def words(said: Any) -> Words:
    """A standard's text as the API shows it."""
    return Words(id=said.id, en=said.en)


def _item(item: Item) -> ItemShown:
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
    return standard_shown(max(found, key=lambda s: (s.active, s.valid_from)))


def standard_shown(s: Standard) -> StandardShown:
    """A standard as the API shows it."""
    return StandardShown(
        standard=s.key, id=s.id, set=s.set, active=s.active, beside=s.beside, title=words(s.title),
        formula=words(s.formula), notes=[words(n) for n in s.note], regulation=s.regulation, valid_from=s.valid_from,
        valid_until=s.valid_until, population=s.population.model_dump(mode="json", exclude_none=True),
        items=[_item(i) for i in s.item],
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
