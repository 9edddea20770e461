"""kill -9 of workers at random points around each request: BPJS has every visit exactly once.

Thirty kills; with `SIMPUL_LONG=1` (`make soak`) a thousand.
"""

import asyncio
import os
import random
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from typing import Any

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.coverage.rules.deliveries import Pauses
from tests.service.coverage.outbox_stage import Outbox, card, outbox
from tests.service.coverage.outbox_worker import forking, start
from tests.service.coverage.test_pcare_over_http import serving

KILLS = 1000 if os.environ.get("SIMPUL_LONG") else 30
FACILITIES = 3
SHORT = Pauses(first=0.01, longest=0.05, quiet=0.06, slack=5.0)


@dataclass
class Trap:
    """The simulator, killing the worker that asks: when its request has come, when the work is done and nothing is
    answered, or a moment after the answer, while the worker may be writing it down."""

    app: ASGIApp
    draws: random.Random
    worker: ForkServerProcess | None = None
    left: int = 0
    next_in: int = 1
    points: dict[str, int] = field(default_factory=dict)
    tasks: set[Any] = field(default_factory=set)

    def kill(self, point: str) -> None:
        if self.worker is not None and self.worker.pid and self.left:
            os.kill(self.worker.pid, signal.SIGKILL)
            self.worker, self.left = None, self.left - 1
            self.points[point] = self.points.get(point, 0) + 1

    async def later(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        self.kill("recording")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self.worker is None:
            await self.app(scope, receive, send)
            return
        self.next_in -= 1
        point = self.draws.choice(("came", "done", "recording")) if self.next_in <= 0 else None
        if point:
            self.next_in = self.draws.randint(1, 4)
        if point == "came":
            self.kill(point)

        async def noted(message: Message) -> None:
            if point == "done":
                self.kill(point)
            elif point == "recording" and message["type"] == "http.response.body":
                task = asyncio.create_task(self.later(self.draws.random() * 0.006))
                self.tasks.add(task)
                task.add_done_callback(self.tasks.discard)
            await send(message)

        await self.app(scope, receive, noted)


@pytest.fixture
async def box(database: str) -> AsyncIterator[Outbox]:
    async with outbox(database, facilities=FACILITIES) as opened:
        yield opened


async def test_killed_at_any_point_each_visit_is_there_exactly_once(box: Outbox, database: str) -> None:
    context, visits = forking(), KILLS * 2
    trap = Trap(box.simulator, random.Random(20261122), left=KILLS)  # noqa: S311 - a test's chance
    sent = Sent(trap)
    await box.owe(range(visits), facilities=FACILITIES)
    async with serving(sent) as address:  # type: ignore[arg-type]
        port = int(address.rpartition(":")[2])
        async with asyncio.timeout(180 + 2 * KILLS):
            while trap.left:
                worker = await asyncio.to_thread(start, context, database, port, SHORT)
                trap.worker = worker
                await asyncio.to_thread(worker.join)
                assert worker.exitcode == -signal.SIGKILL, "it ended before it was killed"
            last = await asyncio.to_thread(start, context, database, port, SHORT)
            await box.until(90 + visits / 10, delivered=visits)
            last.kill()
    assert min(trap.points.values()) > KILLS / 8, trap.points
    assert sorted(v["card"] for v in box.visits()) == sorted(card(n) for n in range(visits))
    assert sent.accepted == {"/pcare-rest/pendaftaran": visits, "/pcare-rest/kunjungan/V1": visits}
    assert sent.doubled == 0  # BPJS' own rule did not have to save us
    kept = {r["no_kunjungan"] for r in await box.rows("SELECT no_kunjungan FROM delivery")}
    assert kept == {v["no"] for v in box.visits()}


@dataclass
class Sent:
    """Counts what BPJS accepted, and how often it was sent what it had already (`doubled`)."""

    app: ASGIApp
    accepted: dict[str, int] = field(default_factory=dict)
    doubled: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start" and scope["method"] == "POST" and message["status"] == 201:
                self.accepted[scope["path"]] = self.accepted.get(scope["path"], 0) + 1
            self.doubled += b"sudah di-entri" in message.get("body", b"")
            await send(message)

        await self.app(scope, receive, noted)
