"""The people behind a number, for those who may see them; every opening is written into the access log."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from services.indicators import peers
from services.indicators.compiler.populations.measured import INDICES
from services.indicators.compiler.schema import Standard
from services.indicators.contract import (
    FactShown,
    Growth,
    ItemStanding,
    Lacking,
    OutcomeShown,
    UnitDetail,
    UnitPage,
    UnitRow,
    UnitState,
    Who,
    Words,
)
from services.indicators.peers import Seen
from services.indicators.queries import facts as facts_sql
from services.indicators.queries import network as network_sql
from services.indicators.queries import numbers as numbers_sql
from services.indicators.queries import outcomes as outcomes_sql
from services.indicators.queries import units as queries
from services.indicators.queries.numbers import Asked
from services.indicators.queries.units import Filter
from services.indicators.room import room
from services.indicators.rules import outcomes
from services.indicators.usecases.secrecy import kept_back
from services.indicators.usecases.viewing import asked
from services.kernel import access
from services.kernel.access import Access
from services.kernel.auth import Actor, Role
from services.kernel.db import Tx
from services.kernel.problems import NotFound, Refused, Text
from services.kernel.service import Service

ROUNDS, CHUNK = 8, 200
"""Pages looked through for callers who may see few of the units, and how large they are after the first; then they are
given where to go on. How many others there are must not be told by where a page ends."""
NOT_COUNTED = Text("Satuan ini tidak dihitung di sini pada tahun dan hari itu", "No such unit that year and day")
NOT_YOURS = Text(
    "Satuan ini bukan wilayah kerja atau pasien faskes Anda",
    "This unit is neither in your catchment nor a patient of your facility",
)


@dataclass(frozen=True, slots=True)
class Question:
    """What a caller asks of the units behind a number."""

    standard: str
    year: int | None = None
    as_of: date | None = None
    village: str | None = None
    puskesmas: str | None = None
    facility: str | None = None
    ownership: str | None = None
    kind: str | None = None
    kecamatan: str | None = None
    sex: str | None = None
    age: int | None = None
    payer: str | None = None
    state: UnitState = UnitState.ELIGIBLE
    missing: str | None = None
    month: int | None = None
    outside: bool = False
    after: tuple[str, ...] = ("", "")
    limit: int = 50
    names: bool = False


async def page(service: Service, actor: Actor, question: Question) -> tuple[UnitPage, tuple[str, ...] | None]:
    """One page of units: those of the persons records lets the caller see, who may have opted out; and where the next
    begins."""
    async with service.db.transaction() as tx:
        one = await asked(tx, room(service), question.standard, question.year, question.as_of)
        which = await _filter(tx, service, actor, one, question)
    kept, last, ended, seen = await _seen(service, actor, one, which)
    async with service.db.transaction() as tx:
        what = f"indicator {one.standard.standard.id} units"
        units = defaultdict[str, list[str]](list)
        for r in kept:
            units[str(r["person_id"])].append(f"unit/{r['unit_id']}")
        looks = [Access(seen.looking(actor, p), p, "read", what, resources=ids) for p, ids in units.items()]
        await access.log(tx, looks)
        said = await outcomes_sql.last_of(tx, [UUID(p) for p in units])
    who = await named(service, actor, list(units)) if question.names else {}
    spoken = {r["person_id"]: outcomes.shown(r, service.clock.today()) for r in said}
    items = [_row(r, one.day, who, spoken.get(r["person_id"])) for r in kept]
    found = UnitPage(standard=one.standard.standard.key, year=one.year, as_of=one.day, items=items)
    return found, None if ended else last


async def _seen(
    service: Service, actor: Actor, one: Asked, which: Filter
) -> tuple[list[dict[str, Any]], tuple[str, ...], bool, Seen]:
    """The rows the caller may see, where the search stopped, whether that was the end, and whom records showed."""
    kept, scanned, all_seen = list[dict[str, Any]](), which, Seen()
    for n in range(ROUNDS):
        scanned = replace(scanned, limit=max(which.limit, CHUNK) if n else which.limit)
        async with service.db.transaction() as tx:
            rows = await queries.units(tx, one, scanned)
        persons = list({r["person_id"] for r in rows})
        may = await peers.visible(service, actor, [str(p) for p in persons])
        secret = await kept_back(
            service, actor, [one.standard], [p for p in persons if str(p) in may.persons], one.year
        )
        may = may.without({person for _, person in secret})
        all_seen = Seen(all_seen.persons | may.persons, all_seen.opened | may.opened)
        known = await _known_doers(service, actor, one, [r for r in rows if str(r["person_id"]) in may.persons])
        for row in rows:
            scanned = replace(scanned, after=(row["village"], row["unit_id"]))
            person = str(row["person_id"])
            doers = [f for f in row["facilities"] if (person, f) in known]
            if person in may.persons and (which.facilities is None or set(doers) & set(which.facilities)):
                kept.append(row | {"facilities": doers})
                if len(kept) == which.limit:
                    return kept, scanned.after, False, all_seen
        if len(rows) < scanned.limit:
            return kept, scanned.after, True, all_seen
    return kept, scanned.after, False, all_seen


async def _known_doers(
    service: Service, actor: Actor, one: Asked, rows: Sequence[dict[str, Any]]
) -> set[tuple[str, str]]:
    """(person, facility): who met items as far as the caller may know it, by a record there that he is shown. That a
    hospital for the mind measured somebody's blood pressure says more than the pressure."""
    found = {(str(r["person_id"]), f) for r in rows for f in r["facilities"] if f == actor.facility}
    others = sorted({(r["person_id"], f) for r in rows for f in r["facilities"] if f != actor.facility})
    if not others:
        return found
    async with service.db.reading() as conn:
        told = await queries.at_facilities(conn, others, sorted(one.standard.standard.concepts))
    shown = await peers.shown(service, actor, sorted({ref for _, _, ref in told}))
    return found | {(person, code) for person, code, ref in told if ref in shown}


async def _filter(tx: Tx, service: Service, actor: Actor, one: Asked, question: Question) -> Filter:
    """The caller's question as a filter; staff of a puskesmas never look beyond its catchment."""
    villages = None if question.village is None else [question.village]
    if question.puskesmas is not None:
        villages = _both(villages, await network_sql.villages_of(tx, question.puskesmas, one.day))
    if question.kecamatan is not None:
        places = await numbers_sql.places(tx, one.day)
        villages = _both(villages, [p.village for p in places if p.kecamatan == question.kecamatan])
    if actor.role == Role.PUSKESMAS_STAFF:
        villages = _both(villages, await network_sql.villages_of(tx, actor.facility or "", service.clock.today()))
    facilities = None if question.facility is None else [question.facility]
    if question.ownership is not None or question.kind is not None:
        _, known = await numbers_sql.names(tx)
        facilities = _both(facilities, [
            code for code, f in known.items()
            if question.ownership in (None, f["ownership"]) and question.kind in (None, f["kind"])
        ])  # fmt: skip
    return Filter(
        villages, question.outside, question.state.value, question.missing, facilities, question.month, question.sex,
        question.age, question.payer, question.after, question.limit,
    )  # fmt: skip


def _both(one: Sequence[str] | None, other: Sequence[str]) -> list[str]:
    return list(other) if one is None else [x for x in one if x in set(other)]


async def detail(
    service: Service, actor: Actor, standard: str, unit_id: str, year: int | None, as_of: date | None, names: bool
) -> UnitDetail:
    """Why one unit is counted as it is: every item, met or not, and the facts. Raises NotFound, Refused."""
    async with service.db.transaction() as tx:
        one = await asked(tx, room(service), standard, year, as_of)
        person = await _person_of(tx, one.standard.standard, unit_id)
        standing = await queries.standing(tx, one, person, unit_id) if person else None
    if person is None:
        raise NotFound(NOT_COUNTED)
    seen = await peers.visible(service, actor, [str(person)])
    refused = await _refused(service, actor, one, person, standing, seen)
    what = f"indicator {one.standard.standard.id} unit"
    if refused is not None:
        await access.refuse(service.db, [Access(actor, str(person), "read", what, "refused", [f"unit/{unit_id}"])])
        raise refused
    if standing is None:
        raise NotFound(NOT_COUNTED)
    async with service.db.transaction() as tx:
        rows = [r for r in await queries.detail(tx, one, person) if r["unit_id"] == unit_id]
        measured = await queries.measured(tx, one, person)
        _, facilities = await numbers_sql.names(tx)
        looking = seen.looking(actor, str(person))
        await access.log(tx, [Access(looking, str(person), "read", what, resources=[f"unit/{unit_id}"])])
    refs = {f"{r['resource_type']}/{r['resource_id']}" for r in rows if r["concept"] is not None}
    shown, recorders = await asyncio.gather(
        peers.shown(service, actor, sorted(refs)), peers.recorders(service, actor, sorted(refs))
    )
    who = await named(service, actor, [str(person)]) if names else {}
    found = _detail(one, str(person), standing, rows, shown)
    for fact in (f for i in found.items for f in i.facts):
        fact.facility_name = facilities.get(fact.facility, {}).get("name")
        fact.recorded_by = recorders.get(f"{fact.type}/{fact.id}")
    return found.model_copy(update={"who": who.get(str(person)), "growth": _growth(measured, shown)})


async def _refused(
    service: Service, actor: Actor, one: Asked, person: UUID, standing: dict[str, Any] | None, seen: Seen
) -> Refused | NotFound | None:
    """Why the unit is not shown. Whoever may not see the person hears the same whether it is counted or not; a unit
    kept back sounds as if there were none, wherever its person lives."""
    if str(person) not in seen.persons:
        return Refused(NOT_YOURS)
    if standing is not None and await kept_back(service, actor, [one.standard], [person], one.year):
        return NotFound(NOT_COUNTED)
    if standing is not None and not await _in_its_area(service, actor, standing["village"]):
        return Refused(NOT_YOURS)
    return None


def _growth(r: dict[str, Any] | None, shown: frozenset[str]) -> Growth | None:
    """What was measured of a child, for who may see both measures."""
    if r is None or not {f"Observation/{r['weight_id']}", f"Observation/{r['height_id']}"} <= shown:
        return None
    return Growth(
        on=r["day"], age_days=r["age_days"], weight_kg=r["weight"], length_cm=r["height"], lying=r["lying"],
        corrected_cm=r["size"], z={name: r[name] for name in INDICES},
    )  # fmt: skip


async def named(service: Service, actor: Actor, persons: Sequence[str]) -> dict[str, Who]:
    """Who these persons are, as far as the caller may know; records logs each. Raises Unavailable."""
    found = await peers.names(service, actor, persons)
    return {person: Who.model_validate(said) for person, said in found.items()}


async def _person_of(tx: Tx, standard: Standard, unit_id: str) -> UUID | None:
    """Whose unit it is: one that is no person is known by the resource that first told of it."""
    if standard.named_by:
        return await facts_sql.person_of(tx, standard.named_by, unit_id.partition("~")[0])
    try:
        return UUID(unit_id)
    except ValueError:
        return None


async def _in_its_area(service: Service, actor: Actor, village: str) -> bool:
    if actor.role != Role.PUSKESMAS_STAFF:
        return True
    async with service.db.reading() as conn:
        return village in await network_sql.villages_of(conn, actor.facility or "", service.clock.today())


def _lacking(r: dict[str, Any], day: date) -> list[Lacking]:
    return [
        Lacking(item=item, due_from=since, due_until=until, overdue=until is not None and until < day)
        for item, since, until in zip(r["missing"], r["due_from"], r["due_until"], strict=True)
    ]


def _row(r: dict[str, Any], day: date, who: Mapping[str, Who], outcome: OutcomeShown | None) -> UnitRow:
    person = str(r["person_id"])
    return UnitRow(
        unit_id=r["unit_id"], person_id=person, who=who.get(person), village=r["village"] or None, sex=r["sex"],
        payer=r["payer"], served_on=r["served_on"], missing=_lacking(r, day), facilities=r["facilities"],
        outcome=outcome,
    )  # fmt: skip


def _detail(
    one: Asked, person: str, standing: dict[str, Any], rows: list[dict[str, Any]], shown: frozenset[str]
) -> UnitDetail:
    """That an item is met is told; the fact behind it only to who may see the resource it came from."""
    labels = {i.part_of or i.name: Words(id=i.label.id, en=i.label.en) for i in one.standard.standard.items}
    items: dict[tuple[int, str], ItemStanding] = {}
    for r in rows:
        item = items.get((r["at"], r["name"]))
        if item is None:
            until, met = r["due_until"], r["met_on"] is not None
            item = items[r["at"], r["name"]] = ItemStanding(
                item=r["name"], label=labels.get(r["name"].partition(":")[0]), met=met, met_on=r["met_on"],
                due_from=r["due_from"], due_until=until, overdue=not met and until is not None and until < one.day,
                facts=[],
            )  # fmt: skip
        if r["concept"] is None:
            continue
        if f"{r['resource_type']}/{r['resource_id']}" not in shown:
            item.withheld += 1
        else:
            item.facts.append(FactShown(
                concept=r["concept"], on=r["date"], value=r["value"], value_date=r["value_date"],
                value_code=r["value_code"], facility=r["facility"], type=r["resource_type"], id=r["resource_id"],
            ))  # fmt: skip
    first = rows[0] if rows else {}
    return UnitDetail(
        standard=one.standard.standard.key, unit_id=standing["unit_id"], person_id=person, year=one.year,
        as_of=one.day, village=standing["village"] or None, anchor=first.get("anchor"), since=first.get("since"),
        until=first.get("until"), served=standing["served_on"] is not None, served_on=standing["served_on"],
        missing=standing["missing"], items=list(items.values()),
    )  # fmt: skip
