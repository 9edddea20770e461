"""What peers ask about persons: who owns a number, which numbers a person has, may this actor see them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson

from services.kernel.auth import Actor
from services.kernel.problems import NotFound, Text
from services.kernel.service import Service
from services.records import rules
from services.records.queries import merging, naming, people, reading
from services.records.usecases.reading import catch_up


async def person_of(service: Service, system: str, value: str) -> str | None:
    """The person behind a number, or nobody."""
    found = await _by_identifier(service, system, value)
    return str(found["person_id"]) if found else None


async def _by_identifier(service: Service, system: str, value: str) -> dict[str, Any] | None:
    async with service.db.reading() as conn:
        return await people.by_identifier(conn, rules.SHORT_SYSTEMS.get(system, system), value)


async def person_by_identifier(service: Service, system: str, value: str) -> dict[str, Any]:
    """The person behind a number; `system` is a URI or nik, ihs, jkn, paspor. Raises NotFound."""
    found = await _by_identifier(service, system, value)
    if found is None:
        raise NotFound(Text("Orang ini belum tercatat", "This person is not in the record"))
    return found


async def identifiers(service: Service, person_id: str) -> list[dict[str, str]]:
    """A person's numbers, for a peer that must ask BPJS."""
    async with service.db.reading() as conn:
        return await people.identifiers(conn, (await merging.standing(conn, [person_id]))[person_id])


async def residents(service: Service, villages: list[str]) -> int:
    """How many people live in these villages: a number for the registry, never who."""
    async with service.db.reading() as conn:
        return await people.residents(conn, villages)


async def visible(service: Service, actor: Actor, persons: list[str]) -> list[str]:
    """Which of these persons the actor may see; feeds are caught up once before any no.

    Who has been merged into another is seen as that one.
    """
    today = service.clock.today()
    for last in (False, True):
        async with service.db.reading() as conn:
            seen = await reading.visible_persons(conn, actor, today, persons)
            if len(seen) == len(set(persons)):
                return seen
            now_is = await merging.standing(conn, persons)
            joined = await reading.visible_persons(conn, actor, today, sorted(set(now_is.values()) - set(persons)))
        if joined or last:
            return [p for p in dict.fromkeys(persons) if p in seen or now_is.get(p) in joined]
        await catch_up(service)
    return []


@dataclass(frozen=True, slots=True)
class Standing:
    """What a caller may do with a person: see the record, act for them (send, ask for cover), and as what to log it."""

    allowed: bool
    known: bool
    opened: bool
    person: str
    """Who it is now, after merges."""


async def decided(service: Service, actor: Actor, person: str) -> Standing:
    """The decision on one person, after one catch-up before any no. An opt-out, or a missing
    agreement, hides the record; it stops nobody with a care relation from acting for the person."""
    allowed = bool(await visible(service, actor, [person]))
    async with service.db.reading() as conn:
        now_is = (await merging.standing(conn, [person]))[person]
        stands = await people.standing(conn, actor, service.clock.today(), now_is)
        opened = await people.opened(conn, actor, [now_is])
    return Standing(allowed, allowed or stands.reason, bool(opened), now_is)


@dataclass(frozen=True, slots=True)
class Known:
    """Who a person is now, and whether a caller may act for them."""

    person: str
    known: bool


async def known(service: Service, actor: Actor, person: str) -> Known:
    """What `decided` says of acting for a person, for half its price where a care relation is on record."""
    async with service.db.reading() as conn:
        now_is = (await merging.standing(conn, [person]))[person]
        if (await people.standing(conn, actor, service.clock.today(), now_is)).reason:
            return Known(now_is, known=True)
    found = await decided(service, actor, person)
    return Known(found.person, found.known)


async def opened(service: Service, actor: Actor, persons: list[str]) -> list[str]:
    """Those for whom the actor has broken the glass: what is read of them is logged as that."""
    async with service.db.reading() as conn:
        return await people.opened(conn, actor, persons)


async def shown(service: Service, actor: Actor, refs: list[str]) -> list[str]:
    """Those of these resources ("Type/id") that the actor may see; for a peer that shows what came of them."""
    pairs = [(t, i) for t, _, i in (ref.partition("/") for ref in refs)]
    async with service.db.reading() as conn:
        return await people.shown_of(conn, actor, service.clock.today(), pairs)


async def recorded(service: Service, actor: Actor, refs: list[str]) -> dict[str, str]:
    """Who recorded each of these resources ("Type/id"): the practitioner it names, else the one of its visit; of those
    the actor may see, where the record says it."""
    async with service.db.reading() as conn:

        async def read(wanted: Iterable[str]) -> dict[str, Any]:
            pairs = [(t, i) for t, _, i in (ref.partition("/") for ref in sorted(set(wanted)))]
            found = await naming.bodies(conn, actor, service.clock.today(), pairs) if pairs else {}
            return {ref: orjson.loads(body) for ref, body in found.items()}

        bodies = await read(refs)
        who = {ref: rules.recorder(body) for ref, body in bodies.items()}
        within = {ref: rules.visit_of(bodies[ref]) for ref, said in who.items() if said == rules.NOBODY}
        visits = await read(visit for visit in within.values() if visit)
        who |= {ref: rules.recorder(visits[visit]) for ref, visit in within.items() if visit in visits}
        known = await read(r for r, display in who.values() if r and not display)
    names = {ref: rules.spoken_name(body) for ref, body in known.items()}
    said = {ref: display or names.get(reference) or reference for ref, (reference, display) in who.items()}
    return {ref: name for ref, name in said.items() if name}


async def visits_of_day(service: Service, facility: str, day: date, *, finished: bool) -> list[dict[str, str]]:
    """The visits a facility wrote of a day (id and person), but for those entered in error or cancelled."""
    async with service.db.reading() as conn:
        return await naming.visits_of_day(conn, facility, day, str(service.clock.zone), finished=finished)


@dataclass(frozen=True, slots=True)
class Served:
    """Who belongs to a posyandu by the family folder, and who to another one of its village."""

    mine: list[str]
    others: list[str]


async def of_posyandu(service: Service, posyandu: str, village: str | None) -> Served:
    """The persons of a posyandu, today."""
    async with service.db.reading() as conn:
        rows = await naming.of_posyandu(conn, posyandu, village, service.clock.today())
    return Served([r["person"] for r in rows if r["mine"]], [r["person"] for r in rows if not r["mine"]])
