"""What people see of the outbox, and what they decide: send again, or give up."""

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any

import orjson

from services.coverage.contract.deliveries import Deliveries, Delivery, DeliveryProof, Proof, Queues, QueueState, ToMend
from services.coverage.contract.events import DELIVERY, DeliveryChanged
from services.coverage.queries import delivered as queries
from services.coverage.queries.delivered import Wanted
from services.coverage.rules.deliveries import Why
from services.kernel import access, events
from services.kernel.access import Access
from services.kernel.auth import Actor
from services.kernel.db import Connection
from services.kernel.events import Event
from services.kernel.problems import Conflict, NotFound, Refused, Text
from services.kernel.service import Service

WHAT = "JKN/delivery"
_NONE = Text("Kiriman ini tidak ada", "No such delivery")
_FOREIGN = Text("Token ini milik faskes lain", "This token belongs to another facility")


async def listed(service: Service, actor: Actor, wanted: Wanted, after: int | None, limit: int) -> Deliveries:
    """A page of deliveries, the newest first; a facility sees its own. Raises Refused."""
    wanted = Wanted(_own(actor, wanted.facility), *_rest(wanted))
    async with service.db.transaction() as tx:
        rows = await queries.page(tx, wanted, after, limit + 1)
        shown, more = rows[:limit], len(rows) > limit
        await access.log(tx, _accesses(actor, "read", shown))
    return Deliveries(deliveries=[_shown(r) for r in shown], next=shown[-1]["position"] if more else None)


async def one(service: Service, actor: Actor, delivery_id: str) -> DeliveryProof:
    """One delivery with its proof. Raises NotFound."""
    await _not_anothers(service, actor, delivery_id, "read")
    async with service.db.transaction() as tx:
        row = await _row(tx, delivery_id)
        tries = await queries.proof(tx, delivery_id)
        await access.log(tx, _accesses(actor, "read", [row]))
    return DeliveryProof(**dict(_shown(row)), proof=[_try(t) for t in tries])


async def retry(service: Service, actor: Actor, delivery_id: str) -> Delivery:
    """Send a parked or skipped one again. Raises NotFound; Conflict when it is under way or done."""
    await _not_anothers(service, actor, delivery_id, "write")
    async with service.db.transaction() as tx:
        row = await _row(tx, delivery_id)
        await access.log(tx, _accesses(actor, "write", [row]))
        if not await queries.retry(tx, delivery_id, actor.subject):
            raise Conflict(
                Text(
                    f"Kiriman ini {row['state']}; hanya yang parked, skipped atau waiting dapat dikirim",
                    f"This delivery is {row['state']}; only parked, skipped or waiting ones are sent",
                )
            )
        row = await _row(tx, delivery_id)
    return _shown(row)


async def give_up(service: Service, actor: Actor, delivery_id: str, reason: str) -> Delivery:
    """Take one out of its queue, with the reason. Raises NotFound; Conflict when something may be under way."""
    await _not_anothers(service, actor, delivery_id, "write")
    async with service.db.transaction() as tx:
        row = await _row(tx, delivery_id)
        await access.log(tx, _accesses(actor, "write", [row]))
        version = await queries.give_up(tx, delivery_id, actor.subject, reason)
        if version is None:
            raise Conflict(
                Text(
                    f"Kiriman ini {row['state']}; hanya yang parked atau belum dikirim dapat dibatalkan",
                    f"This delivery is {row['state']}; only parked or unsent ones can be given up",
                )
            )
        data = DeliveryChanged(
            kind=row["kind"], subject=row["subject"], facility=row["facility"], day=row["day"], state="skipped",
            because=Why.GIVEN_UP,
        )  # fmt: skip
        kind = "created" if version == 1 else "changed"
        await events.append(
            tx, [Event(DELIVERY, kind, delivery_id, version, data.model_dump(mode="json"), row["person_id"])]
        )
        row = await _row(tx, delivery_id)
    return _shown(row)


async def queues(service: Service, actor: Actor, facility: str | None) -> Queues:
    """How the queues stand: of one's own facility, or of all. Raises Refused."""
    today = service.clock.today()
    midnight = datetime.combine(today, time(), service.clock.zone)
    async with service.db.reading() as conn:
        rows = await queries.queues(conn, _own(actor, facility), today, midnight)
    return Queues(queues=[QueueState(**r) for r in rows])


def _own(actor: Actor, asked: str | None) -> str | None:
    """The facility whose deliveries are shown: the token's own; an office may name any."""
    if actor.facility is None:
        return asked
    if asked not in (None, actor.facility):
        raise Refused(_FOREIGN)
    return actor.facility


async def _not_anothers(service: Service, actor: Actor, delivery_id: str, action: str) -> None:
    """Another facility's is as if it were not there, and the try is in the access log. Raises NotFound."""
    async with service.db.reading() as conn:
        row = await _row(conn, delivery_id)
    if actor.facility not in (None, row["facility"]):
        named = [f"delivery/{delivery_id}"]
        await access.refuse(service.db, [Access(actor, row["person_id"], action, WHAT, "refused", named)])
        raise NotFound(_NONE)


async def _row(conn: Connection, delivery_id: str) -> dict[str, Any]:
    """The row. Raises NotFound."""
    row = await queries.one(conn, delivery_id)
    if row is None:
        raise NotFound(_NONE)
    return row


def _rest(wanted: Wanted) -> tuple[Any, ...]:
    return wanted.states, wanted.because, wanted.since, wanted.until, wanted.subject, wanted.person_id


def _accesses(actor: Actor, action: str, rows: Sequence[dict[str, Any]]) -> list[Access]:
    """One row per person, naming the deliveries."""
    by_person: dict[str | None, list[str]] = {}
    for row in rows:
        by_person.setdefault(row["person_id"], []).append(f"delivery/{row['id']}")
    return [Access(actor, person, action, WHAT, resources=named) for person, named in by_person.items()]


def _shown(row: dict[str, Any]) -> Delivery:
    fields = [ToMend(field=f, message=m) for f, m in orjson.loads(row["fields"])] if row["fields"] else []
    return Delivery(**{k: v for k, v in row.items() if k not in ("fields", "position")}, fields=fields)


def _try(row: dict[str, Any]) -> Proof:
    return Proof(**row | {"given": orjson.loads(row["given"]) if row["given"] else {}})
