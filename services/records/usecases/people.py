"""What peers ask about persons: who owns a number, which numbers a person has, may this actor see them."""

from typing import Any

from services.kernel.auth import Actor
from services.kernel.problems import NotFound, Text
from services.kernel.service import Service
from services.records import rules
from services.records.queries import merging, people, reading
from services.records.usecases.reading import catch_up


async def person_by_identifier(service: Service, system: str, value: str) -> dict[str, Any]:
    """The person behind a number; `system` is a URI or nik, ihs, jkn, paspor. Raises NotFound."""
    async with service.db.reading() as conn:
        found = await people.by_identifier(conn, rules.SHORT_SYSTEMS.get(system, system), value)
    if found is None:
        raise NotFound(Text("Orang ini belum tercatat", "This person is not in the record"))
    return found


async def identifiers(service: Service, person_id: str) -> list[dict[str, str]]:
    """A person's numbers, for a peer that must ask BPJS."""
    async with service.db.reading() as conn:
        return await people.identifiers(conn, (await merging.standing(conn, [person_id]))[person_id])


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


async def standing(service: Service, person_id: str) -> str:
    """The person an id stands for now: itself, or who it has been merged into."""
    async with service.db.reading() as conn:
        return (await merging.standing(conn, [person_id]))[person_id]
