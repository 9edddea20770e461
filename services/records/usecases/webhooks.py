"""Webhooks as their owners handle them: register, look, pause, test, send the dead again, delete."""

import time
from typing import Any

from services.kernel import events
from services.kernel.auth import Actor
from services.kernel.ids import new_id
from services.kernel.problems import Conflict, Fault, NotFound, Text, Unprocessable
from services.kernel.service import Service
from services.records import webhook as rules
from services.records.contract.webhook import (
    Deliveries,
    Delivery,
    MadeWebhook,
    NewWebhook,
    Resent,
    Tried,
    Webhook,
    Webhooks,
)
from services.records.queries import webhooks as queries
from services.records.schema.stored import STORED
from services.records.usecases import delivering
from services.records.usecases.changes import Cursor

_NO_TYPE = Text("bukan jenis yang disimpan di sini; misalnya Encounter", "is no type stored here; such as Encounter")
MOST = 20
"""Webhooks of one facility."""


async def register(service: Service, actor: Actor, wanted: NewWebhook) -> MadeWebhook:
    """A new webhook; its secret is shown this once. Raises Unprocessable (address, types), Conflict (too many)."""
    fault = rules.address_fault(wanted.url, private=delivering.settings(service).webhook_private)
    wrong = [Fault("/url", fault)] if fault else []
    wrong += [Fault(f"/types/{at}", _NO_TYPE) for at, type_ in enumerate(wanted.types) if type_ not in STORED]
    if wrong:
        raise Unprocessable(Text("Perbaiki isian berikut", "Mend the following fields"), wrong)
    id_, secret = new_id(), rules.new_secret()
    async with service.db.transaction() as tx:
        await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 7))", actor.facility or "")
        if await queries.count(tx, actor.facility) >= MOST:
            raise Conflict(Text(f"Paling banyak {MOST} webhook per faskes", f"At most {MOST} webhooks per facility"))
        here = 0 if wanted.from_beginning else await events.head(tx)
        await queries.add(tx, {
            "id": id_, "facility": actor.facility, "subject": actor.subject, "role": actor.role, "url": wanted.url,
            "types": wanted.types, "secret": secret, "cursor": Cursor(here, here, here).sealed(),
        })  # fmt: skip
        made = await _own(tx, actor, id_)
    delivering.told(service).set()
    return MadeWebhook(**made, secret=secret)


async def _own(conn: Any, actor: Actor, id_: str) -> dict[str, Any]:
    """A webhook of the caller's facility. Raises NotFound."""
    found = await queries.of_facility(conn, actor.facility, id_)
    if not found:
        raise NotFound(Text("Webhook ini tidak ada", "There is no such webhook"))
    return found[0]


async def listed(service: Service, actor: Actor) -> Webhooks:
    """The facility's webhooks."""
    async with service.db.reading() as conn:
        return Webhooks(webhooks=[Webhook(**r) for r in await queries.of_facility(conn, actor.facility)])


async def one(service: Service, actor: Actor, id_: str) -> Webhook:
    """One webhook. Raises NotFound."""
    async with service.db.reading() as conn:
        return Webhook(**await _own(conn, actor, id_))


async def turn(service: Service, actor: Actor, id_: str, state: str) -> Webhook:
    """Pause a webhook, or let it go on where it was. Raises NotFound."""
    async with service.db.transaction() as tx:
        await _own(tx, actor, id_)
        await queries.turn(tx, id_, state)
        return Webhook(**await _own(tx, actor, id_))


async def delete(service: Service, actor: Actor, id_: str) -> None:
    """Forget a webhook and what waited for it. Raises NotFound."""
    async with service.db.transaction() as tx:
        await _own(tx, actor, id_)
        await queries.delete(tx, id_)


async def tried(service: Service, actor: Actor, id_: str) -> Tried:
    """Send a test message now and say what came back. Raises NotFound."""
    async with service.db.reading() as conn:
        await _own(conn, actor, id_)
        url, secret = await queries.secret_of(conn, id_)
    begun = time.monotonic()
    async with delivering.client(service) as http:
        done = await delivering.send(
            service, http, url, secret, f"test_{new_id()}", delivering.message(id_, "test", [])
        )
    took = int((time.monotonic() - begun) * 1000)
    return Tried(delivered=done.ok, status=done.status, error=done.error, milliseconds=took)


async def deliveries(service: Service, actor: Actor, id_: str, state: str | None, limit: int) -> Deliveries:
    """A webhook's deliveries, the dead-letter list among them. Raises NotFound."""
    async with service.db.reading() as conn:
        await _own(conn, actor, id_)
        rows = await queries.deliveries(conn, id_, state, limit)
    return Deliveries(deliveries=[Delivery(**r) for r in rows])


async def resend(service: Service, actor: Actor, id_: str, ids: list[str]) -> Resent:
    """Send dead deliveries again (all, when none is named), under the ids they had. Raises NotFound."""
    async with service.db.transaction() as tx:
        await _own(tx, actor, id_)
        return Resent(resent=await queries.resend(tx, id_, ids))
