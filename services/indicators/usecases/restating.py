"""A frozen month beside today's recomputation of it: what differs, unit by unit, and why, fact by fact."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import orjson

from services.indicators import peers
from services.indicators.contract import By, Words
from services.indicators.contract.reports import (
    CatchmentMoved,
    Count,
    Restated,
    RestatedPage,
    RestatedUnit,
    Restatement,
    TargetMoved,
    UnitThen,
    VillageMoved,
)
from services.indicators.peers import Seen
from services.indicators.queries import network as network_sql
from services.indicators.queries import numbers as numbers_sql
from services.indicators.queries import reports as queries
from services.indicators.queries import slices
from services.indicators.queries import standings as sql
from services.indicators.queries import targets as targets_sql
from services.indicators.queries.numbers import Asked
from services.indicators.queries.slices import Slice
from services.indicators.reading.facts import DEATH
from services.indicators.room import Kept, Room, room
from services.indicators.rules import reports as rules
from services.indicators.rules import restating
from services.indicators.rules.cells import DISTRICT, Cell, Place, cells, official, percent, summed
from services.indicators.rules.restating import Since
from services.indicators.rules.suppression import small
from services.indicators.usecases import showing
from services.indicators.usecases.reports import found, head, not_reading_anew, rules_of
from services.indicators.usecases.secrecy import kept_back, reasons
from services.indicators.usecases.showing import Sight
from services.indicators.usecases.units import ROUNDS
from services.kernel import access
from services.kernel.access import Access
from services.kernel.auth import Actor, Role
from services.kernel.db import Tx
from services.kernel.problems import NotFound, Text
from services.kernel.service import Service

MOST = 20_000
"""Units whose causes are looked for in a summary; beyond, the rest is counted without its causes."""
NOT_IN_IT = Text("Standar itu tidak ada dalam laporan ini", "This standard is not in the report")


@dataclass(frozen=True, slots=True)
class Frozen:
    """A report being held against today."""

    row: Mapping[str, Any]
    content: Mapping[str, Any]

    @property
    def id(self) -> UUID:
        """Its id."""
        name: UUID = self.row["id"]
        return name

    @property
    def day(self) -> date:
        """Its as-of date."""
        day: date = self.row["as_of"]
        return day

    def asked(self, kept: Kept) -> Asked:
        """A standard at the report's day, computed by today's knowledge."""
        return Asked(kept, self.row["year"], self.day, kept=False)


async def restatement(service: Service, actor: Actor, name: UUID, only: str | None) -> Restatement:
    """Every standard (or one) then and now, with how many units differ by kind of change and by cause. Raises
    NotFound."""
    here = room(service)
    async with service.db.transaction() as tx:
        now = await queries.one_moment(tx)
        not_reading_anew(await sql.state(tx))
        row = await found(service, tx, name)
        frozen = Frozen(row, orjson.loads(row["content"]))
        places = await numbers_sql.places(tx, frozen.day)
        sees = await showing.sight(tx, service, actor, places)
        asked = [s for s in frozen.content["standards"] if only is None or only.lower() in (s["standard"], s["id"])]
        if not asked:
            raise NotFound(NOT_IN_IT)
        standards = [await _restated(tx, here, frozen, s, places, sees) for s in asked]
    catchments = _catchments(frozen.content["places"], places)
    same = not catchments and not any(s.units or s.targets or s.rules_changed or s.frozen != s.today for s in standards)
    return Restatement(report=head(row), compared_at=now, same=same, standards=standards, catchments=catchments)


async def _restated(
    tx: Tx, here: Room, frozen: Frozen, said: Mapping[str, Any], places: Sequence[Place], sees: Sight
) -> Restated:
    kept = next((k for k in here.kept if k.standard.key == said["standard"]), None)
    then = {v: rules.cell(n) for v, n in said["villages"].items()}
    goal = (said["total"]["official"] or {}).get("value")
    base: dict[str, Any] = {
        "standard": said["standard"], "id": said["id"], "title": Words(**said["title"]),
        "frozen": _count(rules.cell(said["total"]), goal, sees),
    }  # fmt: skip
    if kept is None:
        return Restated(
            **base, today=None, rules_changed=True, units=None, changes={}, causes={}, targets=[], villages=[]
        )
    changed = rules_of(here, kept) != said["rules"]
    rows = await queries.differing(tx, frozen.asked(kept), frozen.id, None, "", MOST)
    learned = await since(tx, frozen, kept, rows)
    ours = {p.village for p in places}
    now = _after(then, rows, ours) if len(rows) < MOST else await _today(tx, frozen.asked(kept), ours)
    targets = await targets_sql.targets(tx, kept.standard.measured_by, frozen.row["year"], frozen.day)
    goals = official(targets, places, "village") | official(targets, places, "total")
    new_goal = goals.get(DISTRICT, {}).get("value")
    changes = _fews(restating.counted([restating.changes(r) for r in rows]), sees)
    causes = restating.counted([[c.kind for c in restating.causes(r, learned, changed)] for r in rows])
    return Restated(
        **base, today=_count(summed(now.values()), new_goal, sees), rules_changed=changed,
        units=None if None in changes.values() else _few(len(rows), sees), changes=changes,
        causes=_fews(causes, sees), targets=_targets(said["targets"], targets),
        villages=_villages(then, now, sees, places),
    )  # fmt: skip


async def _today(tx: Tx, asked: Asked, ours: set[str]) -> dict[str, Cell]:
    return {v: c for v, c in cells(await slices.cells(tx, asked, Slice((By.VILLAGE,)))).items() if v in ours}


def _after(then: Mapping[str, Cell], rows: Sequence[Mapping[str, Any]], ours: set[str]) -> dict[str, Cell]:
    """The villages' cells of today: those frozen, with what differs put in."""
    rest = dict[str, dict[int, int]]()
    for village, cell in then.items():
        rest[village] = dict(cell.months)
    for r in rows:
        for sign, village, month, here in (
            (-1, r["was_village"], r["was_month"], not r["new"]), (1, r["village"], r["month"], not r["lost"]),
        ):  # fmt: skip
            if here and (village in rest or village in ours):
                months = rest.setdefault(village, {})
                months[month] = months.get(month, 0) + sign
    return {v: Cell(months) for v, months in rest.items() if v in ours}


def _count(cell: Cell, goal: int | None, sees: Sight) -> Count:
    hidden = showing.alone(sees, cell)
    served, eligible = None if hidden.served else cell.served, None if hidden.eligible else cell.eligible
    base = goal if goal is not None else eligible
    coverage = percent(served, base) if served is not None and base is not None else None
    return Count(
        eligible=eligible, served=served, official=goal, coverage=coverage, suppressed=hidden.eligible or hidden.served
    )


def _few(count: int, sees: Sight) -> int | None:
    return None if not sees.all and small(count) else count


def _fews(counts: Mapping[str, int], sees: Sight) -> dict[str, int | None]:
    return {word: _few(n, sees) for word, n in counts.items()}


def _targets(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[TargetMoved]:
    found = []
    for place in sorted({*then, *now}):
        was, is_ = then.get(place, {}), now.get(place, {})
        if any(was.get(n) != is_.get(n) for n in ("value", "version", "source")):
            found.append(TargetMoved(
                place=place, was=was.get("value"), now=is_.get("value"), version_was=was.get("version"),
                version_now=is_.get("version"),
            ))  # fmt: skip
    return found


def _villages(
    then: Mapping[str, Cell], now: Mapping[str, Cell], sees: Sight, places: Sequence[Place]
) -> list[VillageMoved]:
    """Villages whose numbers differ, of those the reader may see exactly."""
    mine = {p.village for p in places} if sees.all else sees.rows(By.VILLAGE, places)
    found = []
    for v in sorted({*then, *now} & mine):
        was, is_ = then.get(v, Cell()), now.get(v, Cell())
        if {m: n for m, n in was.months.items() if n} != {m: n for m, n in is_.months.items() if n}:
            exact = Sight(True)
            found.append(VillageMoved(village=v, frozen=_count(was, None, exact), today=_count(is_, None, exact)))
    return found


def _catchments(then: Mapping[str, Any], places: Sequence[Place]) -> list[CatchmentMoved]:
    now = {p.village: p.puskesmas for p in places}
    return [
        CatchmentMoved(village=v, was=then.get(v, {}).get("puskesmas"), now=now.get(v))
        for v in sorted({*then, *now})
        if then.get(v, {}).get("puskesmas") != now.get(v)
    ]


async def since(tx: Tx, frozen: Frozen, kept: Kept, rows: Sequence[Mapping[str, Any]]) -> Since:
    """What the record learned after the freeze of the persons behind these units, and of their relatives."""
    persons = list({r["person_id"] for r in rows})
    if not persons:
        return Since()
    known = frozen.row["known_at"]
    related = defaultdict[UUID, dict[UUID, str]](dict)
    for person, relative, how in await queries.relatives(tx, persons):
        related[person][relative] = how
    everyone = list({*persons, *(r for found in related.values() for r in found)})
    concepts = sorted({*kept.standard.concepts, DEATH})
    added, gone = await queries.facts_since(tx, everyone, concepts, known, frozen.day)
    then, now = await queries.persons_since(tx, persons, known)
    late = frozenset(p for p, r in now.items() if p not in then and r["taken_at"] and r["taken_at"] > known)
    return Since(added, gone, then, now, late, await queries.merges_since(tx, persons, known), related)


async def units(
    service: Service, actor: Actor, name: UUID, standard: str, after: str, limit: int
) -> tuple[RestatedPage, str | None]:
    """One page of the units that differ, of persons the caller may see, each with its causes; and where the next
    begins. Raises NotFound."""
    here = room(service)
    async with service.db.reading() as conn:
        not_reading_anew(await sql.state(conn))
        row = await found(service, conn, name)
        mine = None
        if actor.role == Role.PUSKESMAS_STAFF:
            mine = await network_sql.villages_of(conn, actor.facility or "", service.clock.today())
    frozen = Frozen(row, orjson.loads(row["content"]))
    said = next((s for s in frozen.content["standards"] if standard.lower() in (s["standard"], s["id"])), None)
    kept = next((k for k in here.kept if said and k.standard.key == said["standard"]), None)
    if said is None or kept is None:
        raise NotFound(NOT_IN_IT)
    changed = rules_of(here, kept) != said["rules"]
    shown, more = list[RestatedUnit](), True
    for _ in range(ROUNDS):
        async with service.db.transaction() as tx:
            rows = await queries.differing(tx, frozen.asked(kept), frozen.id, mine, after, limit)
            learned = await since(tx, frozen, kept, rows)
        shown += await _page(service, actor, kept, frozen.day.year, rows, learned, changed)
        after = rows[-1]["unit_id"] if rows else after
        more = len(rows) == limit
        if not more or len(shown) >= limit:
            break
    return RestatedPage(report=head(row), standard=kept.standard.key, units=shown), after if more else None


async def _page(
    service: Service, actor: Actor, kept: Kept, year: int, rows: Sequence[Mapping[str, Any]], learned: Since,
    changed: bool,
) -> list[RestatedUnit]:  # fmt: skip
    """Those of the units the caller may see, every person logged; facts of resources it may not see are withheld."""
    persons = list({r["person_id"] for r in rows})
    may = await peers.visible(service, actor, [str(p) for p in persons])
    visible = [p for p in persons if str(p) in may.persons]
    may = may.without({person for _, person in await kept_back(service, actor, [kept], visible, year)})
    made = [_unit(r, learned, changed) for r in rows if str(r["person_id"]) in may.persons]
    shown = await peers.shown(service, actor, sorted({f"{c.type}/{c.id}" for u in made for c in u.causes if c.type}))
    by = frozenset(reasons(kept))
    told = [u for u in (_without(u, shown, by) for u in made) if u is not None]
    await _log(service, actor, kept, may, told)
    return told


async def _log(service: Service, actor: Actor, kept: Kept, may: Seen, told: Sequence[RestatedUnit]) -> None:
    by_person = defaultdict[str, list[str]](list)
    for unit in told:
        by_person[unit.person_id].append(f"unit/{unit.unit_id}")
    what = f"indicator {kept.standard.id} restatement"
    async with service.db.transaction() as tx:
        await access.log(
            tx, [Access(may.looking(actor, p), p, "read", what, resources=u) for p, u in by_person.items()]
        )


def _unit(r: Mapping[str, Any], learned: Since, changed: bool) -> RestatedUnit:
    then = None if r["new"] else UnitThen(
        village=r["was_village"] or None, served_on=r["was_served_on"], missing=r["was_missing"]
    )  # fmt: skip
    now = None if r["lost"] else UnitThen(village=r["village"] or None, served_on=r["served_on"], missing=r["missing"])
    return RestatedUnit(
        unit_id=r["unit_id"], person_id=str(r["person_id"]), changes=restating.changes(r), frozen=then, today=now,
        causes=restating.causes(r, learned, changed),
    )  # fmt: skip


def _without(unit: RestatedUnit, shown: frozenset[str], by: frozenset[str]) -> RestatedUnit | None:
    """The unit without facts the caller may not see; None when those it was counted by (`by`) are among them."""
    seen = [c for c in unit.causes if c.type is None or f"{c.type}/{c.id}" in shown]
    rests = [c for c in unit.causes if c.concept in by]
    if rests and not any(c in seen for c in rests):
        return None
    return unit.model_copy(update={"causes": seen, "withheld": len(unit.causes) - len(seen)})
