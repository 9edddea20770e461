"""Followers: pull a peer's events by position and apply them with the cursor in one transaction.

Effects happen once; an offline peer is caught up later; cursor 0 rebuilds. An event whose handler fails parks its
*person*: later events of that person wait, all others flow. An outage never parks.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import orjson

from services.kernel import events as log_of_events
from services.kernel import metrics
from services.kernel.db import OUTAGES, Tx
from services.kernel.events import Event
from services.kernel.logs import described
from services.kernel.problems import Unavailable

if TYPE_CHECKING:
    from services.kernel.service import Service

log = logging.getLogger(__name__)

Apply = Callable[["Service", Tx, list[Event]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Follow:
    """A feed this service reads: the owner's name and what to do with a batch of its events, in order.

    `only`: the one type of event that matters here, when the rest need not travel. `name`: when a service follows one
    feed twice, each at its own pace, the second carries a name of its own.
    """

    source: str
    apply: Apply
    batch: int = 1000
    only: str | None = None
    name: str | None = None

    @property
    def cursor(self) -> str:
        """The name of its cursor."""
        return f"{self.source}:{self.name}" if self.name else self.source


_PARKED = "SELECT DISTINCT person_id FROM parked_event WHERE source = $1"
_JOINED = """SELECT person_id, event FROM parked_event WHERE source = $1 AND event LIKE '%"persons":[%'"""
_ONE_QUEUE = "UPDATE parked_event SET person_id = $2 WHERE source = $1 AND person_id = ANY ($3::text[])"


class Follower:
    """Runs one `Follow`. The cursor row's lock keeps a second runner of the same feed out."""

    WAIT = 10.0

    def __init__(self, service: "Service", follow: Follow) -> None:
        self._service, self._follow = service, follow
        self.source = follow.cursor
        """What the cursor, the parked events and the figures go by."""

    async def run(self) -> None:
        """Follow for ever; outages are retried with a growing pause of at most five seconds."""
        pause = 0.05
        while True:
            try:
                count = await self.pull(wait=self.WAIT)
                pause = 0.05
                if 0 < count < self._follow.batch:
                    await asyncio.sleep(self._service.settings.follow_gap)
            except asyncio.CancelledError:
                raise
            except Exception as error:
                metrics.FAILED.labels(self._service.name, f"follow-{self.source}").inc()
                level = logging.DEBUG if pause < 1 else logging.WARNING
                log.log(
                    level,
                    "feed unavailable",
                    extra={"service": self._service.name, "source": self.source, **described(error)},
                )
                await asyncio.sleep(pause)
                pause = min(pause * 2, 5.0)

    async def pull(self, wait: float = 0) -> int:
        """Fetch and apply one batch; how many events it had."""
        after = await self._cursor()
        batch, head = await self._fetch(after, wait)
        if batch:
            await self._apply(after, batch)
        self._measure(batch[-1].position if batch else after, head)
        return len(batch)

    async def catch_up(self, seconds: float = 2.0) -> None:
        """Apply what the source has now, for at most `seconds`; silent when the source is away."""
        try:
            async with asyncio.timeout(seconds):
                while await self.pull() == self._follow.batch:
                    pass
        except (TimeoutError, httpx.HTTPError, Unavailable):
            return

    async def reach(self, position: int, seconds: float) -> bool:
        """Apply what the source has until a position, for at most `seconds`; whether it was reached."""
        with suppress(TimeoutError, httpx.HTTPError, Unavailable):
            async with asyncio.timeout(seconds):
                while await self._cursor() < position:
                    if await self.pull() == 0:
                        await asyncio.sleep(0.01)
                return True
        return False

    async def _cursor(self) -> int:
        async with self._service.db.reading() as conn:
            position = await conn.fetchval("SELECT position FROM follower_cursor WHERE source = $1", self.source)
            if position is None:
                await conn.execute(
                    "INSERT INTO follower_cursor (source) VALUES ($1) ON CONFLICT DO NOTHING", self.source
                )
            return int(position or 0)

    async def _fetch(self, after: int, wait: float) -> tuple[list[Event], int]:
        params: dict[str, str | float] = {"after": after, "limit": self._follow.batch, "wait": wait}
        if self._follow.only:
            params["only"] = self._follow.only
        answer = await self._service.http.get(
            f"http://{self._follow.source}/internal/events",
            params=params,
            headers={"x-peer-key": self._service.settings.peer_key.get_secret_value()},
            timeout=wait + 20,
        )
        answer.raise_for_status()
        body = orjson.loads(answer.content)
        return [log_of_events.parse(e) for e in body["events"]], int(body["head"])

    async def _apply(self, after: int, batch: list[Event]) -> None:
        """The whole batch at once; when that fails, event by event, parking the persons that fail."""
        try:
            async with self._service.db.transaction() as tx:
                if await self._take(tx, after):
                    await self._follow.apply(self._service, tx, await self._flowing(tx, batch))
                    await self._move(tx, batch[-1].position)
            return
        except Exception as error:
            if _passes(error):
                raise
            log.warning("batch failed, applying singly", extra={"source": self.source, **described(error)})
        async with self._service.db.transaction() as tx:
            if await self._take(tx, after):
                for event in batch:
                    await self._single(tx, event)
                await self._move(tx, batch[-1].position)

    async def _single(self, tx: Tx, event: Event) -> None:
        try:
            async with tx.transaction():  # a savepoint
                await self._follow.apply(self._service, tx, await self._flowing(tx, [event]))
        except Exception as error:
            if _passes(error):
                raise
            found = described(error)
            log.error("person parked", extra={"source": self.source, "position": event.position, **found})
            metrics.FAILED.labels(self._service.name, f"park-{self.source}").inc()
            await self._park(tx, event, event.person_id or "-", found["error"])

    async def _flowing(self, tx: Tx, batch: Sequence[Event]) -> list[Event]:
        """The events whose person is not parked; the others are added to their person's queue.

        What speaks of several persons waits when one of them does, and from then on they all wait in one queue.
        """
        queues = await self._queues(tx)
        if not queues:
            return list(batch)
        flowing = list[Event]()
        for event in batch:
            waiting = list(dict.fromkeys(queues[p] for p in event.persons if p in queues))
            if not waiting:
                flowing.append(event)
                continue
            if len(waiting) > 1:
                await tx.execute(_ONE_QUEUE, self.source, waiting[0], waiting[1:])
            queues |= {p: waiting[0] for p, q in queues.items() if q in waiting} | dict.fromkeys(
                event.persons, waiting[0]
            )
            await self._park(tx, event, waiting[0], None)
        return flowing

    async def _queues(self, tx: Tx) -> dict[str, str]:
        """Who is parked: each person, and the queue they wait in (named after the person it began with)."""
        queues = {str(r[0]): str(r[0]) for r in await tx.fetch(_PARKED, self.source)}
        for queue, raw in await tx.fetch(_JOINED, self.source) if queues else ():
            queues |= dict.fromkeys(log_of_events.parse(orjson.loads(raw)).persons, queue)
        return queues

    async def _park(self, tx: Tx, event: Event, queue: str, error: str | None) -> None:
        await tx.execute(
            "INSERT INTO parked_event (source, person_id, position, event, error) VALUES ($1, $2, $3, $4, $5)"
            " ON CONFLICT DO NOTHING",
            self.source, queue, event.position, orjson.dumps(_raw(event)).decode(), error,
        )  # fmt: skip

    async def release(self, person_id: str) -> int:
        """Apply a parked person's events in order and let the person flow again; how many. Raises what fails."""
        async with self._service.db.transaction() as tx:
            await tx.execute("SELECT 1 FROM follower_cursor WHERE source = $1 FOR UPDATE", self.source)
            rows = await tx.fetch(
                "DELETE FROM parked_event WHERE source = $1 AND person_id = $2 RETURNING position, event",
                self.source, (await self._queues(tx)).get(person_id, person_id),
            )  # fmt: skip
            ordered = sorted(rows, key=lambda r: r["position"])
            await self._follow.apply(
                self._service, tx, [log_of_events.parse(orjson.loads(r["event"])) for r in ordered]
            )
            return len(rows)

    async def _take(self, tx: Tx, after: int) -> bool:
        position = await tx.fetchval("SELECT position FROM follower_cursor WHERE source = $1 FOR UPDATE", self.source)
        return bool(position == after)

    async def _move(self, tx: Tx, position: int) -> None:
        await tx.execute(
            "UPDATE follower_cursor SET position = $2, moved_at = now() WHERE source = $1",
            self.source,
            position,
        )

    def _measure(self, position: int, head: int) -> None:
        name = self._service.name
        metrics.FOLLOWED.labels(name, self.source).set(position)
        metrics.BEHIND.labels(name, self.source).set(max(0, head - position))


def _passes(error: Exception) -> bool:
    """Whether an error is an outage, which parks nobody."""
    return isinstance(error, (*OUTAGES, httpx.HTTPError, Unavailable))


def _raw(e: Event) -> dict[str, Any]:
    return {
        "position": e.position, "at": (e.at.isoformat() if e.at else None), "type": e.type, "kind": e.kind,
        "id": e.subject, "version": e.version, "person": e.person_id, "data": e.data,
    }  # fmt: skip


_STATUS = """
SELECT c.source, c.position, c.moved_at, count(DISTINCT p.person_id) AS parked, min(p.error) AS error
FROM follower_cursor c LEFT JOIN parked_event p ON p.source = c.source GROUP BY 1, 2, 3 ORDER BY 1
"""


async def status(service: "Service") -> list[dict[str, Any]]:
    """Each follower's position, when it last moved, and its parked persons."""
    async with service.db.reading() as conn:
        rows = [dict(r) for r in await conn.fetch(_STATUS)]
    for r in rows:
        metrics.PARKED.labels(service.name, r["source"]).set(r["parked"])
    return rows
