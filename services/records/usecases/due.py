"""What is still due for a person, this very visit included: indicators are asked once they can know of it."""

import time
from typing import Any
from uuid import UUID

from services.kernel import access, events
from services.kernel.access import Access
from services.kernel.auth import Actor
from services.kernel.problems import NotFound, Text
from services.kernel.service import Service
from services.records import peers
from services.records.queries import people as queries
from services.records.usecases import people
from services.records.usecases.refusals import refusal

SECONDS = 2.0
"""How long an answer waits for what is due, at most; a visit is stored whatever comes of it."""
_UNKNOWN = Text("Orang ini tidak ada", "No such person")


async def of_person(service: Service, actor: Actor, person: str) -> dict[str, Any]:
    """What is due for a person the actor may see, logged. Raises NotFound, Refused (logged)."""
    try:
        person = str(UUID(person))
    except ValueError:
        raise NotFound(_UNKNOWN) from None
    async with service.db.reading() as conn:
        if not await queries.exists(conn, person):
            raise NotFound(_UNKNOWN)
    if not await people.visible(service, actor, [person]):
        await access.refuse(service.db, [Access(actor, person, "read", "due", "refused")])
        raise await refusal(service, actor, person)
    return await _asked(service, actor, person)


async def after_visit(service: Service, actor: Actor, person: str) -> dict[str, Any] | None:
    """The same beside the answer to a posted visit; None for a person whose record the actor may not see."""
    return await _asked(service, actor, person) if await people.visible(service, actor, [person]) else None


async def _asked(service: Service, actor: Actor, person: str) -> dict[str, Any]:
    """What is due, without the standards that count the person by facts none of which the actor may see."""
    end = time.monotonic() + SECONDS
    position = await _sealed(service, person, end)
    found = await peers.due(service, person, position, end - time.monotonic())
    rests_on: dict[str, list[str]] = found.pop("rests_on", {})
    refs = sorted({(t, i) for refs in rests_on.values() for t, _, i in (ref.partition("/") for ref in refs)})
    async with service.db.reading() as conn:
        shown = set(await queries.shown_of(conn, actor, service.clock.today(), refs)) if refs else set()
        await access.log(conn, [Access(await queries.looking(conn, actor, person), person, "read", "due")])
    secret = {standard for standard, of in rests_on.items() if not shown & set(of)}
    found["standards"] = [s for s in found.get("standards", ()) if s["standard"] not in secret]
    service.db.signal()
    return found


async def _sealed(service: Service, person: str, end: float) -> int:
    """The position of the feed that holds all that was written of the person until now."""
    while True:
        async with service.db.reading() as conn:
            if not await queries.unsealed(conn, person) or time.monotonic() >= end:
                return await events.head(conn)
        await service.sealer.wait(0.02)
