"""Who is due, late or lost: of a village, a posyandu, a puskesmas or a provider, across all standards at once."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from services.indicators import peers
from services.indicators.compiler.schema import Birthday
from services.indicators.contract.due import DueOf
from services.indicators.contract.outcomes import OutcomeShown
from services.indicators.contract.worklists import Counts, Line, PersonList, Worklist
from services.indicators.peers import Seen
from services.indicators.queries import network as network_sql
from services.indicators.queries import outcomes as outcomes_sql
from services.indicators.queries import units as units_sql
from services.indicators.queries import worklists as queries
from services.indicators.queries.worklists import START, Ahead, Asked, Place, Scope, Wish
from services.indicators.room import Kept, room
from services.indicators.rules import outcomes as outcome_rules
from services.indicators.rules import policies, worklists
from services.indicators.rules.worklists import Policy, Thing, months_before
from services.indicators.usecases import due, outcomes
from services.indicators.usecases.secrecy import kept_back, reasons
from services.indicators.usecases.units import CHUNK, ROUNDS, named
from services.kernel import access
from services.kernel.access import Access
from services.kernel.auth import Actor, Role
from services.kernel.problems import Fault, Invalid, NotFound, Text
from services.kernel.service import Service

WHAT = "worklist"
COUNTS = tuple(Counts.model_fields)


@dataclass(frozen=True, slots=True)
class Question:
    """Whose list is asked for, and what of it."""

    village: str | None = None
    posyandu: str | None = None
    puskesmas: str | None = None
    provider: str | None = None
    standard: str | None = None
    state: str | None = None
    on_hold: bool = False
    names: bool = False
    after: Place = START
    limit: int = 50


async def page(service: Service, actor: Actor, question: Question) -> tuple[Worklist, Place | None]:
    """One page, the most urgent first, and where the next begins. Raises Invalid, NotFound."""
    day = service.clock.today()
    rule = policies.on(room(service).worklist, day)
    asking = _asking(service, question.standard, day)
    scope, whole = await _scope(service, actor, question, day, rule)
    ahead = await _ahead(service, asking, scope, day)
    now = _now(asking, day)
    lines, after, counts = list[Line](), question.after, dict[str, int]()
    ended, opened = False, Seen()
    for n in range(ROUNDS):
        wish = Wish(question.state, question.on_hold, after, max(question.limit, CHUNK) if n else question.limit)
        async with service.db.transaction() as tx:
            rows = await queries.page(tx, now, scope, ahead, day, rule, wish)
        counts = counts or {name: rows[0][name] for name in COUNTS}
        rows = [r for r in rows if r["person_id"] is not None]
        ids = [r["person_id"] for r in rows]
        seen = await peers.visible(service, actor, [str(p) for p in ids])
        if question.provider not in (None, actor.facility):
            seen = await _known_to_go(service, actor, seen, question.provider or "", day, rule)
        opened = Seen(opened.persons | seen.persons, opened.opened | seen.opened)
        found = await _lines(service, actor, asking, now, [p for p in ids if str(p) in seen.persons], ahead)
        for row in rows:
            after = Place(row["rank"], row["closes"], row["n_open"], row["person_id"])
            line = found.get(row["person_id"])
            if line is not None and question.state in (None, line.state):  # ranked by what the caller may not see, too
                lines.append(line)
                if len(lines) == question.limit:
                    break
        ended = len(rows) < wish.limit and len(lines) < question.limit
        if ended or len(lines) == question.limit:
            break
    told = await _logged(service, actor, question, opened, lines)
    return told.model_copy(update={"counts": Counts(**counts) if whole else None}), None if ended else after


async def _known_to_go(service: Service, actor: Actor, seen: Seen, provider: str, day: date, rule: Policy) -> Seen:
    """Those whose going to another provider the caller may know: by a visit it is shown, or registered with JKN there.
    That somebody goes to a hospital for the mind says what the record keeps back."""
    since = months_before(day, rule.provider_months)
    async with service.db.reading() as conn:
        refs = await queries.why_of_provider(conn, provider, since, day, [UUID(p) for p in seen.persons])
    shown = await peers.shown(service, actor, sorted({ref for of in refs.values() for ref in of if ref}))
    return seen.without({p for p in seen.persons if not any(r is None or r in shown for r in refs.get(p, ()))})


async def _logged(service: Service, actor: Actor, question: Question, seen: Seen, lines: list[Line]) -> Worklist:
    """The page, everybody on it logged before it leaves."""
    persons = [line.person_id for line in lines]
    async with service.db.transaction() as tx:
        await access.log(tx, [Access(seen.looking(actor, p), p, "read", WHAT) for p in persons])
    who = await named(service, actor, persons) if question.names else {}
    items = [line.model_copy(update={"who": who.get(line.person_id)}) for line in lines]
    return Worklist(as_of=service.clock.today(), counts=None, items=items)


def _now(asking: Sequence[Kept], day: date) -> Asked:
    """What is read from the standings: all that is not computed ahead."""
    here = [k for k in asking if k.ahead(day) is None]
    return Asked({k.standard.key: [*k.due(day)] for k in here}, [k.standard.key for k in here if k.passing])


def _asking(service: Service, standard: str | None, day: date) -> list[Kept]:
    """The standards that ask for something now; of one service when one is named. Raises NotFound."""
    asking = [k for k in room(service).kept if k.asks(day)]
    if standard is not None:
        asking = [k for k in asking if standard.lower() in (k.standard.id, k.standard.key)]
        if not asking:
            raise NotFound(Text("Tidak ada standar itu yang berlaku", "No such standard is in force"))
    return asking


async def _scope(
    service: Service, actor: Actor, asked: Question, day: date, rule: Policy
) -> tuple[Scope, bool]:  # fmt: skip
    """Whose list it is, and whether all of them are the caller's to count. Staff of a puskesmas never look beyond its
    catchment but at who came to them. Raises Invalid, NotFound."""
    given = [n for n in ("village", "posyandu", "puskesmas", "provider") if getattr(asked, n) is not None]
    if not given and actor.facility:
        staff = actor.role == Role.PUSKESMAS_STAFF
        asked = replace(asked, puskesmas=actor.facility) if staff else replace(asked, provider=actor.facility)
        given = ["own"]
    if len(given) != 1:
        text = Text("sebut salah satu: village, posyandu, puskesmas, provider", "name one of these")
        raise Invalid(text, [Fault("/village", text)])
    async with service.db.reading() as conn:
        mine = None
        if actor.role == Role.PUSKESMAS_STAFF:
            mine = await network_sql.villages_of(conn, actor.facility or "", day)
        own = mine is not None or actor.role == Role.DINKES_ADMIN
        if asked.provider is not None:
            since = months_before(day, rule.provider_months)
            persons = await queries.of_provider(conn, asked.provider, since, day)
            if asked.provider == actor.facility:
                return Scope(None, persons), own or not _telling(service, asked.standard, day)
            return Scope(mine, persons), actor.role == Role.DINKES_ADMIN
        if asked.posyandu is None:
            villages = [asked.village or ""]
            if asked.village is not None and not await network_sql.is_village(conn, asked.village):
                raise NotFound(Text("Desa ini tidak terdaftar di kabupaten ini", "No such village in this district"))
            if asked.puskesmas is not None:
                villages = await network_sql.villages_of(conn, asked.puskesmas, day)
            return Scope(_within(villages, mine)), own
        post = await queries.facility(conn, asked.posyandu)
    if post is None or post["kind"] != "posyandu":
        raise NotFound(Text("Posyandu ini tidak terdaftar", "No such posyandu"))
    return await _of_posyandu(service, post, mine), own


def _telling(service: Service, standard: str | None, day: date) -> bool:
    """Whether a count of this one standard's people would be a count of those with what may be kept back."""
    return standard is not None and any(reasons(k) for k in _asking(service, standard, day))


async def _of_posyandu(service: Service, post: Mapping[str, Any], mine: list[str] | None) -> Scope:
    """Who belongs to it by the family folder; the only posyandu of a village has everybody the folder does not place
    at another."""
    here, others = await peers.posyandu(service, post["code"], post["village"])
    if post["posyandu"] == 1 and post["village"]:
        return Scope(_within([post["village"]], mine), without=_uuids(others))
    return Scope(mine, _uuids(here))


def _uuids(ids: Sequence[str]) -> list[UUID]:
    return [UUID(i) for i in ids]


def _within(villages: list[str], mine: list[str] | None) -> list[str]:
    return villages if mine is None else [v for v in villages if v in set(mine)]


async def _ahead(service: Service, asking: Sequence[Kept], scope: Scope, day: date) -> list[Ahead]:
    """What is due now by standards that count it only later: the running month, children before the birthday."""
    found = await asyncio.gather(*(_ahead_of(service, k, days, scope, day) for k in asking if (days := k.ahead(day))))
    return [thing for things in found for thing in things]


async def _ahead_of(
    service: Service, kept: Kept, days: Mapping[int, date], scope: Scope, day: date
) -> list[Ahead]:  # fmt: skip
    key, population = kept.standard.key, kept.standard.population
    async with service.db.transaction() as tx:
        if isinstance(population, Birthday):
            persons = await queries.born_since(tx, months_before(day, population.months), day, scope)
        else:
            persons = await queries.having(tx, key, day.year, scope)
        rows = await units_sql.due(tx, kept, days, persons) if persons else []
    return [Ahead(r["person_id"], key, r["unit_id"], r["name"], r["due_from"], r["due_until"]) for r in rows]


async def _lines(
    service: Service, actor: Actor, asking: Sequence[Kept], now: Asked, persons: Sequence[UUID],
    ahead: Sequence[Ahead],
) -> dict[UUID, Line]:  # fmt: skip
    """What the list says of these persons; nothing of what the caller may not know they are counted for."""
    if not persons:
        return {}
    day = service.clock.today()
    chosen = set(persons)
    async with service.db.transaction() as tx:
        rows = await queries.things(tx, now, persons, [a for a in ahead if a.person_id in chosen], day)
        people = await queries.persons(tx, persons, day)
        last = {r["person_id"]: outcome_rules.shown(r, day) for r in await outcomes_sql.last_of(tx, persons)}
    told = await _contacts(service, actor, persons, day)
    secret = await kept_back(service, actor, asking, persons, day.year)
    things = defaultdict[UUID, list[Thing]](list)
    for r in rows:
        if (r["standard"], str(r["person_id"])) not in secret:
            thing = Thing(r["standard"], r["unit_id"], r["item"], r["due_from"], r["due_until"])
            things[r["person_id"]].append(thing)
    by_key = {k.standard.key: k for k in asking}
    rule = policies.on(room(service).worklist, day)
    lines = {p: _line(p, people[p], _shown(by_key, of, day), of, day, rule, last.get(p)) for p, of in things.items()}
    return {
        p: line.model_copy(update={"last_contact": told.get(str(p))}) for p, line in lines.items() if line is not None
    }


async def _contacts(service: Service, actor: Actor, persons: Sequence[UUID], day: date) -> dict[str, date]:
    """The last day of each of these persons of which the caller may see a record: another day would tell of a visit
    that is kept back."""
    async with service.db.reading() as conn:
        rows = await queries.recent(conn, persons, day)
    shown = await peers.shown(service, actor, sorted({ref for _, _, ref in rows}))
    found = dict[str, date]()
    for person, on, ref in rows:
        if ref in shown:
            found.setdefault(person, on)
    return found


def _shown(by_key: Mapping[str, Kept], things: Sequence[Thing], day: date) -> list[DueOf]:
    """What can be given now or has been missed, by standard and unit."""
    found = list[DueOf]()
    for key, kept in by_key.items():
        rows = [
            {"unit_id": t.unit_id, "name": t.item, "due_from": t.due_from, "due_until": t.due_until}
            for t in things if t.standard == key and not t.later(day)
        ]  # fmt: skip
        found += due.shown(kept.standard, rows, day)
    return found


def _line(
    person: UUID, of: Mapping[str, Any], standards: list[DueOf], things: Sequence[Thing], day: date, rule: Policy,
    outcome: OutcomeShown | None,
) -> Line | None:  # fmt: skip
    state = worklists.state(things, day, of["last_on"], rule)
    if state is None:
        return None
    closes = min((t.due_until for t in things if t.open(day) and t.due_until), default=None)
    return Line(
        person_id=str(person), village=of["village"], sex=of["sex"], age_months=_months(of["birth_date"], day),
        state=state, closes=closes, last_contact=of["last_on"], standards=standards, outcome=outcome,
    )  # fmt: skip


def _months(born: date | None, day: date) -> int | None:
    """Completed months of age; a day that a month lacks is completed on the 1st of the next."""
    if born is None or born > day:
        return None
    return (day.year - born.year) * 12 + day.month - born.month - (day.day < born.day)


async def person(service: Service, actor: Actor, who: UUID, names: bool) -> PersonList:
    """One person: all that is due, overdue or to come, and every outcome with its words. Raises NotFound, Refused."""
    day, here = service.clock.today(), room(service)
    looking = await outcomes.may_see(service, actor, who, "read")
    asking = [k for k in here.kept if k.asks(day)]
    secret = await kept_back(service, actor, asking, [who], day.year)
    async with service.db.transaction() as tx:
        standards = await due.of_person(tx, here, who, day)
        people = await queries.persons(tx, [who], day)
        said = await outcomes_sql.of(tx, who)
        await access.log(tx, [Access(looking, str(who), "read", WHAT)])
    standards = [s for s in standards if (s.standard, str(who)) not in secret]
    things = [Thing(s.standard, s.unit_id, i.item, i.due_from, i.due_until) for s in standards for i in s.items]
    rule = policies.on(here.worklist, day)
    last = outcome_rules.shown(said[0], day) if said else None
    told = await named(service, actor, [str(who)]) if names else {}
    contact = (await _contacts(service, actor, [who], day)).get(str(who))
    line = _line(who, people[who], standards, things, day, rule, last)
    return PersonList(
        person_id=str(who), who=told.get(str(who)), village=people[who]["village"], sex=people[who]["sex"],
        age_months=_months(people[who]["birth_date"], day), state=line.state if line else None,
        closes=line.closes if line else None, last_contact=contact, standards=standards, outcome=last,
        outcomes=[outcome_rules.full(r, day) for r in said],
    )  # fmt: skip
