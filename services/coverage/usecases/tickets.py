"""Giving and moving tickets: one transaction each, whoever asks (Mobile JKN or the desk)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.coverage.queries import queue as queries
from services.coverage.rules import queue as rules
from services.coverage.rules.queue import Because, Session, Wish
from services.coverage.usecases.outbox import ticket as outbox
from services.kernel import access
from services.kernel.access import Access
from services.kernel.auth import Actor
from services.kernel.db import Connection, Tx
from services.kernel.ids import new_id
from services.kernel.problems import Conflict
from services.kernel.service import Service

WHAT = "JKN/queue"
TOLD = ("present", "absent", "cancelled")
"""States BPJS is told of."""
AHEAD = 30
"""For how many days tickets are given beforehand."""


class Stopped(Conflict):
    """No ticket, and why."""

    def __init__(self, why: Because, session: Session | None = None) -> None:
        super().__init__(rules.says(why, session), extra={"because": why})
        self.why = why


@dataclass(frozen=True, slots=True)
class Guest:
    """Who queues, how, and through whom."""

    person_id: str
    member: bool
    source: str
    complaint: str | None = None


def local_now(service: Service) -> datetime:
    """This moment on the facility's clock."""
    return service.clock.now().astimezone(service.clock.zone)


async def choose(service: Service, conn: Connection, facility: str, wish: Wish) -> list[Session]:
    """The sessions that fit a wish and are still open. Raises Stopped."""
    now = local_now(service)
    if why := rules.of_day(wish, now.date(), AHEAD):
        raise Stopped(why)
    day = await queries.day_of(conn, facility, wish.poli, wish.day)
    found = rules.open_sessions(wish, day, now)
    if isinstance(found, Because):
        last = max(day.sessions, key=lambda s: s.ends, default=None)
        raise Stopped(found, last)
    return found


async def take(service: Service, actor: Actor, facility: str, wish: Wish, guest: Guest) -> dict[str, Any]:
    """Give the next number. Raises Stopped.

    The poli's day is held until the commit: numbers have no gap and no double, and no session takes more than it can.
    """
    async with service.db.transaction() as tx:
        sessions = await choose(service, tx, facility, wish)
        await queries.hold(tx, facility, wish.poli, wish.day)
        ids = await queries.ids_of(tx, guest.person_id)
        held = await queries.of_person(tx, facility, wish.poli, wish.day, ids)
        if held is not None and held["state"] != "cancelled":
            raise Stopped(Because.TWICE)
        counts = await queries.counts(tx, facility, wish.poli, wish.day)
        session = rules.with_room(sessions, {k: c["taken"] for k, c in counts.items()})
        if session is None:
            raise Stopped(Because.FULL)
        ticket = await queries.add(
            tx, new_id(), facility, wish.day, session, guest.person_id, guest.member, guest.source, guest.complaint,
            actor.subject,
        )  # fmt: skip
        await note(tx, actor, ticket, "write")
        if guest.source == "desk":
            await outbox.owe(service, tx, ticket)
        return ticket


async def move(
    service: Service,
    tx: Tx,
    actor: Actor,
    ticket: dict[str, Any],
    verb: str,
    reason: str | None = None,
    *,
    tell: bool = True,
) -> dict[str, Any] | None:
    """Call, meet, miss or cancel; None when it cannot be done from where the ticket stands (or stands no more).

    `tell`: BPJS does not know of it yet."""
    if ticket["state"] not in rules.MOVES[verb]:
        return None
    moved = await queries.move(tx, ticket, rules.BECOMES[verb], reason, service.clock.now())
    if moved is not None:
        await note(tx, actor, moved, "write")
        if tell and moved["state"] in TOLD:
            await outbox.owe(service, tx, moved)
    return moved


async def note(tx: Tx, actor: Actor, ticket: dict[str, Any], action: str) -> None:
    """The access row of one ticket."""
    await access.log(tx, [Access(actor, ticket["person_id"], action, WHAT, resources=[f"ticket/{ticket['id']}"])])
