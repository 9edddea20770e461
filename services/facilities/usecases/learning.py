"""Learning visits: who fits whom, planning, what was learned and agreed, and what came of it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from services.facilities import peers
from services.facilities.contract.learning import (
    LEARNING_ACTION,
    LEARNING_VISIT,
    FollowUp,
    LearningAction,
    LearningVisitDetail,
    Match,
    Matches,
    Moved,
    Standpoint,
    VisitState,
)
from services.facilities.contract.readiness import Words
from services.facilities.queries import facilities, loading
from services.facilities.queries import learning as queries
from services.facilities.rules import learning as rules
from services.facilities.rules.cells import Line
from services.facilities.rules.learning import ActionRow, Place, VisitRow
from services.facilities.usecases import own
from services.facilities.usecases.loading import Checked, File, apply_one
from services.indicators.contract import Indicator, Row
from services.kernel.auth import Actor
from services.kernel.db import Connection, Tx
from services.kernel.problems import NotFound, Refused, Text
from services.kernel.service import Service


def visits_on(today: date) -> File[VisitRow]:
    """Visits as they may be loaded on a day."""

    async def check(tx: Tx, lines: list[Line[VisitRow]]) -> Checked[VisitRow]:
        codes = {c for line in lines for c in (line.row.host, *line.row.guests.split())}
        known = await queries.visits(tx, [line.row.id for line in lines])
        return rules.visits(lines, await facilities.kinds(tx, sorted(codes)), known, today)

    return File(
        LEARNING_VISIT, VisitRow, ("id", "host", "guests", "topic", "planned_on"), check,
        ("id", "host", "guests", "indicator", "planned_on", "done_on", "cancelled_on"),
    )  # fmt: skip


def actions_on(today: date) -> File[ActionRow]:
    """Agreed actions as they may be loaded on a day."""

    async def check(tx: Tx, lines: list[Line[ActionRow]]) -> Checked[ActionRow]:
        ids = sorted({line.row.visit for line in lines})
        known = {(a["visit"], a["number"]): a for a in await queries.actions(tx, ids)}
        return rules.actions(lines, await queries.visits(tx, ids), known, today)

    return File(
        LEARNING_ACTION, ActionRow, ("visit", "number", "what", "owner", "due"), check,
        ("visit", "number", "owner", "due", "done_on"),
    )  # fmt: skip


async def visit(service: Service, id_: str) -> LearningVisitDetail:
    """One visit with what was agreed. Raises NotFound."""
    async with service.db.reading() as conn:
        return await _detail(conn, id_, service.clock.today())


async def plan(service: Service, actor: Actor, id_: str, fields: Mapping[str, Any]) -> LearningVisitDetail:
    """Plan a visit, or change a plan: the office, or who takes part. Raises Refused, Unprocessable."""
    today = service.clock.today()
    async with service.db.transaction() as tx:
        await loading.lock(tx)
        before = (await queries.visits(tx, [id_])).get(id_)
        _takes_part(actor, before or fields)
        row = {**_row(before), **fields, "id": id_}
        _takes_part(actor, row)
        await apply_one(tx, visits_on(today), row, actor.subject, today)
        return await _detail(tx, id_, today)


async def conclude(
    service: Service, actor: Actor, id_: str, fields: Mapping[str, Any], agreed: Sequence[Mapping[str, Any]] = ()
) -> LearningVisitDetail:
    """A visit was done (with what was learned and agreed) or cancelled. Raises NotFound, Refused, Unprocessable."""
    today = service.clock.today()
    async with service.db.transaction() as tx:
        await loading.lock(tx)
        before = await _visit(tx, id_)
        _takes_part(actor, before)
        await apply_one(tx, visits_on(today), {**_row(before), **fields}, actor.subject, today)
        there = len(await queries.actions(tx, [id_]))
        for number, action in enumerate(agreed, there + 1):
            row = {**action, "visit": id_, "number": number}
            await apply_one(tx, actions_on(today), row, actor.subject, today)
        return await _detail(tx, id_, today)


async def act(service: Service, actor: Actor, id_: str, number: int, on: date | None) -> LearningVisitDetail:
    """An agreed action is done: says its owner, or the office. Raises NotFound, Refused, Unprocessable."""
    today = service.clock.today()
    async with service.db.transaction() as tx:
        await loading.lock(tx)
        await _visit(tx, id_)
        found = next((a for a in await queries.actions(tx, [id_]) if a["number"] == number), None)
        if found is None:
            raise NotFound(Text("Tindak lanjut tidak ditemukan", "There is no such action"))
        if not own.is_own(actor, found["owner"]):
            raise Refused(Text("Hanya oleh penanggung jawabnya dan Dinkes", "Only by its owner and the office"))
        row = {**_row(found), "done_on": found["done_on"] or on or today}
        await apply_one(tx, actions_on(today), row, actor.subject, today)
        return await _detail(tx, id_, today)


def _row(found: Mapping[str, Any] | None) -> dict[str, Any]:
    return {k: v for k, v in (found or {}).items() if k != "version"}


def _takes_part(actor: Actor, visit_: Mapping[str, Any]) -> None:
    if not own.is_office(actor) and actor.facility not in rules.participants(visit_):
        raise Refused(Text("Hanya oleh peserta kunjungan dan Dinkes", "Only by who takes part and the office"))


async def _visit(conn: Connection, id_: str) -> dict[str, Any]:
    found = (await queries.visits(conn, [id_])).get(id_)
    if found is None:
        raise NotFound(Text("Kunjungan belajar tidak ditemukan", "There is no such learning visit"))
    return found


async def _detail(conn: Connection, id_: str, today: date) -> LearningVisitDetail:
    found = await _visit(conn, id_)
    actions = [
        LearningAction(**{k: v for k, v in a.items() if k != "version"}, state=rules.state_of(a, today))
        for a in await queries.actions(conn, [id_])
    ]
    state = VisitState.CANCELLED if found["cancelled_on"] else VisitState.PLANNED
    if found["done_on"]:
        state = VisitState.DONE
    return LearningVisitDetail(**{**found, "guests": found["guests"].split()}, state=state, actions=actions)


async def matches(service: Service, actor: Actor, indicator: str, year: int | None, fewest: int, limit: int) -> Matches:
    """Weak with strong puskesmas by an indicator, best fitting first. Raises NotFound, Unavailable."""
    today = service.clock.today()
    found = await peers.indicator(service, actor, indicator, year, None)
    async with service.db.reading() as conn:
        known = await queries.places(conn, today)
        visits = await queries.visits(conn, None)
    values = _values(found)
    places = [
        Place(code, v.coverage, v.eligible, _point(known[code]), known[code]["inpatient"])
        for code, v in values.items() if code in known and v.coverage is not None
    ]  # fmt: skip
    average = found.total.coverage
    pairs = rules.pairs(places, average, _last(visits), today, fewest) if average is not None else []
    return Matches(
        indicator=found.standard, title=Words(**found.title.model_dump()), year=found.year, as_of=found.as_of,
        average=average,
        items=[
            Match(
                weak=values[p.weak.code], strong=values[p.strong.code], gap=p.gap, kilometres=p.kilometres,
                last_visit=p.last, score=p.score, reasons=p.reasons,
            )
            for p in pairs[:limit]
        ],
    )  # fmt: skip


def _point(place: Mapping[str, Any]) -> tuple[float, float] | None:
    return (place["latitude"], place["longitude"]) if place["latitude"] is not None else None


def _last(visits: Mapping[str, Mapping[str, Any]]) -> dict[frozenset[str], date]:
    """The last visit done between each two."""
    last: dict[frozenset[str], date] = {}
    for v in visits.values():
        for guest in v["guests"].split() if v["done_on"] else ():
            two = frozenset((v["host"], guest))
            last[two] = max(v["done_on"], last.get(two, date.min))
    return last


def _values(found: Indicator) -> dict[str, Standpoint]:
    return {
        row.code: Standpoint(
            facility=row.code, name=row.name, coverage=row.coverage, eligible=row.eligible, served=row.served
        )
        for row in found.rows if isinstance(row, Row) and row.code
    }  # fmt: skip


async def follow_up(service: Service, actor: Actor, id_: str) -> FollowUp:
    """The participants' values at the visit and now, and what became of what was agreed. Raises NotFound,
    Unavailable."""
    found = await visit(service, id_)
    counted = Counter(a.state for a in found.actions)
    moved: list[Moved] = []
    then = now = None
    if found.indicator and found.done_on:
        then = await peers.indicator(service, actor, found.indicator, None, found.done_on)
        now = await peers.indicator(service, actor, found.indicator, None, None)
        before, after = _values(then), _values(now)
        moved = [
            _moved("host" if code == found.host else "guest", before.get(code), after.get(code))
            for code in (found.host, *found.guests)
        ]
    return FollowUp(
        visit=found, then_on=then.as_of if then else None, now_on=now.as_of if now else None, moved=moved,
        actions=dict(counted),
    )  # fmt: skip


def _moved(role: str, then: Standpoint | None, now: Standpoint | None) -> Moved:
    known = then and now and then.coverage is not None and now.coverage is not None
    change = round(now.coverage - then.coverage, 2) if known else None  # type: ignore[union-attr, operator]
    return Moved(role=role, then=then, now=now, change=change)
