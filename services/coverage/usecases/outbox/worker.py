"""Serves the queues: one runner per facility and BPJS service at a time, however many processes there are.

A runner holds its queue by an advisory lock on a connection of its own. Queues are served in the order in which they
waited, for a slice of time each, so that a long or a stalled one holds nobody else up.
"""

import asyncio
import logging
import random
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from services.coverage.bpjs.outcomes import Because
from services.coverage.bpjs.wire import BpjsService
from services.coverage.queries import deliveries as queries
from services.coverage.rules.breaker import Breaker
from services.coverage.rules.deliveries import Delivery, Pauses, Why
from services.coverage.settings import CoverageSettings
from services.coverage.usecases import lines
from services.coverage.usecases.lines import OpenLine
from services.coverage.usecases.outbox.engine import Engine, Fenced, Rest
from services.coverage.usecases.outbox.port import KINDS, Kind
from services.kernel import metrics
from services.kernel.db import OUTAGES
from services.kernel.logs import described
from services.kernel.problems import Unavailable
from services.kernel.service import Service

if TYPE_CHECKING:
    import asyncpg

log = logging.getLogger(__name__)

SLICE = 5.0
"""Seconds one queue is served while others wait."""
LOOK_AGAIN = 60.0
"""Seconds after which the queues that wait for their line are looked at again."""
REVIVE_AFTER = 3600.0
"""Seconds after which is tried again what BPJS never answered."""
PASSING = [b.value for b in (Because.TIMEOUT, Because.CONNECTION, Because.EMPTY, Because.NOT_JSON, Because.SERVER)]

Queue = tuple[str, str]


@dataclass(slots=True)
class Worker:
    """The queues' workers of one process. `lanes`: how many queues at once; `poll`: seconds between two looks; as long
    is a queue left alone that another process serves."""

    service: Service
    kinds: Mapping[str, Kind]
    pauses: Pauses
    settle: float
    lanes: int = 8
    poll: float = 1.0
    _busy: dict[Queue, "asyncio.Task[None]"] = field(default_factory=dict)
    _aside: dict[Queue, float] = field(default_factory=dict)
    _breakers: dict[str, Breaker] = field(default_factory=dict)
    _idle: list["asyncpg.Connection[asyncpg.Record]"] = field(default_factory=list)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Serve for ever."""
        revived = reopened = 0.0
        try:
            while True:
                self._wake.clear()
                now = asyncio.get_running_loop().time()
                try:
                    if now > revived + REVIVE_AFTER / 4:
                        async with self.service.db.reading() as conn:
                            await queries.revive(conn, Why.NO_ANSWER, REVIVE_AFTER)
                        revived = now
                    if now > reopened + LOOK_AGAIN:
                        await self._reopen()
                        reopened = now
                    await self._dispatch(now)
                except OUTAGES as error:  # those that are being served go on as long as their connections stand
                    log.warning("no look at the queues", extra={"service": self.service.name, **described(error)})
                with suppress(TimeoutError):
                    async with asyncio.timeout(self.poll):
                        await self._wake.wait()
        finally:
            await self._close()

    async def _reopen(self) -> None:
        """Let the queues go on whose line is there after all: a BPJS code or a key came back."""
        async with self.service.db.reading() as conn:
            for queue in await queries.held(conn):
                line = await lines.line_in(self.service, conn, queue[0], BpjsService(queue[1]))
                if line is not None and line.held is None:
                    await queries.wake(conn, *queue)

    async def _dispatch(self, now: float) -> None:
        self._aside = {q: until for q, until in self._aside.items() if until > now}
        free = self.lanes - len(self._busy)
        if free <= 0:
            return
        async with self.service.db.reading() as conn:
            kinds = sorted({k.service for k in self.kinds.values()})
            found = await queries.due_queues(conn, kinds, [*self._busy, *self._aside], free)
        for queue in found:
            self._busy[queue] = asyncio.create_task(self._lane(queue), name=f"outbox-{queue[0]}-{queue[1]}")

    async def _lane(self, queue: Queue) -> None:
        """Serve one queue; whatever happens, its place is given back."""
        conn = None
        try:
            conn = await self._connection()
            if await queries.lock(conn, *queue):
                try:
                    await self._serve(conn, queue)
                finally:
                    await queries.unlock(conn, *queue)
            else:
                self._put_aside(queue, self.poll)
            self._idle.append(conn)
            conn = None
        except OUTAGES as error:  # the database: whoever has the lock next finds the row as it stood
            self._put_aside(queue, self.poll)
            log.warning("queue broken off", extra={"service": self.service.name, **described(error)})
        except Exception as error:
            self._put_aside(queue, self.pauses.first)
            metrics.FAILED.labels(self.service.name, "outbox").inc()
            log.error("queue failed", extra={"service": self.service.name, **described(error)})
        finally:
            self._busy.pop(queue, None)
            self._wake.set()
            if conn is not None:
                conn.terminate()  # what it held, lock and all, ends with it

    async def _serve(self, conn: "asyncpg.Connection[asyncpg.Record]", queue: Queue) -> None:
        failures = await queries.serve(conn, *queue)
        if failures is None:
            return
        line = await lines.line_in(self.service, conn, queue[0], BpjsService(queue[1]))
        if line is None or line.held is not None:
            await queries.hold(conn, *queue, line.held if line and line.held else Why.NO_LINE)
            return
        breaker = self._breakers.setdefault(line.wire.base_url, Breaker(self.pauses.first, self.pauses.longest))
        clock = asyncio.get_running_loop().time
        if not breaker.enter(clock()):
            self._put_aside(queue, max(breaker.until - clock(), 0.05))
            return
        answered = False

        def on_answer() -> None:
            nonlocal answered
            answered = True
            if breaker.answered():
                over.set()

        over, until = asyncio.Event(), clock() + SLICE
        engine = Engine(self.service, conn, self.kinds, line, self.pauses, self.settle, on_answer)
        try:
            while (rest := await self._next(engine, queue)) is True and clock() < until and not breaker.open:
                if failures and answered:
                    await queries.wake(conn, *queue)
                    failures = 0
            if over.is_set():
                await queries.wake_all(conn, queue[1], PASSING)
            if isinstance(rest, Rest):
                await self._rest(conn, queue, line, rest, failures, breaker)
        finally:
            breaker.leave()

    async def _next(self, engine: Engine, queue: Queue) -> Rest | bool:
        """The first of a queue, taken as far as it goes. True: there may be more; False: nothing is due."""
        found = await queries.head(engine.conn, *queue)
        if found is None:
            return False
        owed, ago = found
        try:
            return await engine.advance(owed, ago) or True
        except Fenced:
            return False
        except Unavailable:
            return Rest(Why.PEER)
        except OUTAGES:
            raise
        except Exception as error:
            await self._fault(engine, owed, error)
            return True

    async def _fault(self, engine: Engine, owed: Delivery, error: Exception) -> None:
        """Our own fault with this one: it is put aside, so that the queue goes on."""
        metrics.FAILED.labels(self.service.name, "outbox").inc()
        log.error("delivery failed", extra={"service": self.service.name, **described(error)})
        await engine.put_aside(owed.id)

    async def _rest(
        self, conn: "asyncpg.Connection[asyncpg.Record]", queue: Queue, line: OpenLine, rest: Rest, failures: int,
        breaker: Breaker,
    ) -> None:  # fmt: skip
        if rest.held:
            async with conn.transaction():
                await lines.hold(self.service, conn, line, rest.because)
                now = await lines.line_in(self.service, conn, queue[0], BpjsService(queue[1]))
                if now is None or now.held is not None:  # else it signs in otherwise by now
                    await queries.hold(conn, *queue, rest.because)
                    return
        if rest.outage:
            breaker.failed(asyncio.get_running_loop().time(), random.random())  # noqa: S311 - not a secret
        pause = self.pauses.rest(failures + 1, random.random())  # noqa: S311
        await queries.rest(conn, *queue, max(rest.seconds, pause), rest.because)

    async def _connection(self) -> "asyncpg.Connection[asyncpg.Record]":
        while self._idle:
            conn = self._idle.pop()
            if not conn.is_closed():
                return conn
        conn = await self.service.db.connect()
        await conn.execute("SET synchronous_commit = on")  # a mark that a crash takes back would send twice
        return conn

    def _put_aside(self, queue: Queue, seconds: float) -> None:
        self._aside[queue] = asyncio.get_running_loop().time() + seconds

    async def _close(self) -> None:
        tasks = list(self._busy.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for conn in self._idle:
            conn.terminate()
        self._idle.clear()


async def serve(service: Service) -> None:
    """The worker of this process, by its settings: for ever."""
    settings = CoverageSettings.of(service.settings)
    lanes, poll = settings.outbox_lanes, settings.outbox_poll
    await Worker(service, service.room[KINDS], settings.pauses(), settings.outbox_settle, lanes, poll).run()
