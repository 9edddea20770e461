"""Alarms of agreements: raised by the day, told to followers, acknowledged by whoever deals with them."""

from datetime import date
from typing import Any

import orjson

from services.facilities.contract.agreements import AGREEMENT, Alarm, Alarms, Bare
from services.facilities.queries import agreements, alarms, loading
from services.facilities.queries.listing import Chosen
from services.facilities.rules.listing import Asked
from services.kernel import events
from services.kernel.auth import Actor, Role
from services.kernel.db import Tx
from services.kernel.events import Event
from services.kernel.problems import Conflict, NotFound, Refused, Text
from services.kernel.service import Service

RULE = "expiry-alarm-days"


async def work(service: Service) -> None:
    """A kernel job: raise what a new day makes due. Once a day in each process; what was raised is not raised again."""
    today = service.clock.today()
    if service.room.get("alarmed") != today:
        await raise_due(service)
        service.room["alarmed"] = today


async def raise_due(service: Service) -> int:
    """Raise and announce what is due today; how many alarms are new."""
    async with service.db.transaction() as tx:
        return await raise_in(tx, service.clock.today())


async def raise_in(tx: Tx, today: date) -> int:
    """The same within a transaction; the lock of loads keeps two from raising one alarm."""
    await loading.lock(tx)
    said = await alarms.rule(tx, RULE, today)
    thresholds = [int(part) for part in said.split(",") if part.strip().isdigit()]
    raised = await alarms.raise_due(tx, today, thresholds)
    await events.append(tx, [_event(row) for row in raised])
    return len(raised)


def _event(row: dict[str, Any]) -> Event:
    parties = [p["facility"] for p in orjson.loads(row["parties"])]
    told = {"id": row["id"], "kind": row["kind"], "due_on": row["due_on"], "days": row["days"]}
    return Event(AGREEMENT, "alarm", row["agreement"], row["version"], {"alarm": told, "facilities": parties})


async def page(service: Service, chosen: Chosen, asked: Asked) -> Alarms:
    """Alarms, and on the first page the private members without any agreement today."""
    today = service.clock.today()
    async with service.db.reading() as conn:
        rows, following = await chosen.rows(conn, asked)
        bare = [] if asked.after else await agreements.bare(conn, today)
    return Alarms(items=[_read(r) for r in rows], next=following, without_agreement=[Bare(**b) for b in bare])


def _read(row: dict[str, Any]) -> Alarm:
    parties = row["facilities"]
    listed = parties if isinstance(parties, list | str) else orjson.dumps(parties).decode()
    return Alarm(**row | {"facilities": orjson.loads(listed) if isinstance(listed, str) else listed})


async def acknowledge(service: Service, actor: Actor, id_: int, note: str | None) -> Alarm:
    """Say that an alarm is being dealt with: the office, or a party of its agreement. Raises NotFound, Refused,
    Conflict."""
    async with service.db.transaction() as tx:
        done = await alarms.acknowledge(tx, id_, actor.subject, note)
        if done is None:
            raise NotFound(Text("Peringatan ini tidak ada", "No such alarm"))
        row = _read(await alarms.one(tx, id_))
        if actor.role != Role.DINKES_ADMIN and actor.facility not in row.facilities:
            raise Refused(Text("Hanya dinas dan para pihak", "Only the office and the parties"))
        if not done:
            raise Conflict(Text("Peringatan ini sudah ditandai", "This alarm is acknowledged already"))
    return row
