"""Outages, two workers, lost locks, wrong clocks, any mixture of faults: what is owed is at BPJS, each once, in order.

A few hundred visits; with `SIMPUL_LONG=1` (`make soak`) ten thousand, and many more mixtures.
"""

import asyncio
import os
import random
import time
from collections.abc import AsyncIterator

import httpx
import pytest

from services.coverage.simulator.faults import Fault, Moment, Play
from services.coverage.simulator.faults.menu import menu
from services.coverage.simulator.settings import HOST
from tests.service.coverage.outbox_stage import Outbox, card, outbox, provider, subject

LONG = bool(os.environ.get("SIMPUL_LONG"))
QUEUED = 10_000 if LONG else 300
FACILITIES = 10
MIXTURES = 40 if LONG else 2
PASSING = (
    Fault.TIMEOUT, Fault.CONNECTION_LOST, Fault.NOT_WHITELISTED, Fault.DROPPED_AFTER_SUCCESS, Fault.SLOW_ANSWER,
    Fault.HTML_500, Fault.EMPTY_BODY, Fault.NO_CONTENT_204, Fault.SERVER_ERROR_503, Fault.RATE_LIMIT_429,
    Fault.STALE_SEAL, Fault.UNSEALED, Fault.CODE_AS_TEXT, Fault.SAME_VISIT_TWICE, Fault.LATE_WORK,
)  # fmt: skip
"""Faults that pass by themselves: nobody has to mend anything."""


@pytest.fixture
async def box(database: str) -> AsyncIterator[Outbox]:
    async with outbox(database, facilities=FACILITIES) as opened:
        yield opened


def each_once_in_order(box: Outbox, owed: int) -> None:
    """Every visit is there once, and each facility's came in the order in which they were owed."""
    came = box.visits()
    assert sorted(v["card"] for v in came) == sorted(card(n) for n in range(owed))
    for n in range(1, FACILITIES + 1):
        mine = [v["card"] for v in sorted(came, key=lambda v: v["no"]) if v["provider"] == provider(n)]
        assert mine == [card(i) for i in range(owed) if i % FACILITIES + 1 == n]


class Away(httpx.AsyncBaseTransport):
    """BPJS as a caller sees it who gets no connection."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self.inner, self.away, self.tried = inner, True, 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if not self.away:
            return await self.inner.handle_async_request(request)
        self.tried += 1
        raise httpx.ConnectError("no route")


def over(box: Outbox, transport: httpx.AsyncBaseTransport) -> None:
    """Let every request of the outbox go over this transport."""
    box.service.http._mounts = {httpx._utils.URLPattern(f"all://{HOST}"): transport}


async def test_an_outage_drains_in_order_without_doubles(box: Outbox) -> None:
    line = Away(httpx.ASGITransport(box.simulator))
    over(box, line)
    await box.owe(range(QUEUED), facilities=FACILITIES)
    box.worker()
    box.worker()
    await asyncio.sleep(0.6)
    assert (await box.states()).keys() <= {"waiting", "sending"}  # a probe may be on its way
    assert 0 < line.tried < 60  # two processes look now and then whether BPJS is back; ten facilities do not
    began, line.away = time.monotonic(), False
    await box.until(60 + QUEUED / 10, delivered=QUEUED)
    took = time.monotonic() - began
    print(f"{QUEUED} visits of {FACILITIES} facilities drained in {took:.1f} s, {QUEUED / took:.0f} a second")
    each_once_in_order(box, QUEUED)
    assert box.world.asked == 2 * QUEUED  # nothing was sent again, nothing had to be looked at


async def test_two_workers_send_nothing_twice(box: Outbox) -> None:
    await box.owe(range(60), facilities=FACILITIES)
    box.worker(lanes=6)
    box.worker(lanes=6)
    await box.until(60, delivered=60)
    each_once_in_order(box, 60)
    assert box.world.asked == 120


class Holding(httpx.AsyncBaseTransport):
    """Holds the first visit back on its way, until it is let go."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self.inner, self.held, self.go, self.arrived = inner, asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if "/kunjungan/V1" in str(request.url) and not self.held.is_set():
            self.held.set()
            await asyncio.shield(asyncio.create_task(self._later(request)))
        return await self.inner.handle_async_request(request)

    async def _later(self, request: httpx.Request) -> None:
        await self.go.wait()
        await self.inner.handle_async_request(request)  # it arrives, though nobody waits for it any more
        self.arrived.set()


async def test_a_lock_lost_while_a_request_is_under_way(box: Outbox) -> None:
    """The first worker's connection dies while its POST is on the wire, and the POST arrives long after another
    worker took the queue over, looked, found nothing and sent the visit itself."""
    transport = Holding(httpx.ASGITransport(box.simulator))
    over(box, transport)
    await box.owe([1])
    box.worker()
    await transport.held.wait()
    killed = await box.rows(
        "SELECT pg_terminate_backend(pid) AS done FROM pg_locks WHERE locktype = 'advisory' AND granted"
        " AND classid = 4868942"
    )
    assert killed == [{"done": True}]
    box.worker()
    await box.until(30, delivered=1)
    transport.go.set()
    await transport.arrived.wait()
    assert len(box.visits()) == 1
    row = await box.row(1)
    assert (row["state"], row["no_kunjungan"]) == ("delivered", box.visits()[0]["no"])
    assert ("visit", "absent") in await box.proof(1)


async def test_a_wrong_clock_makes_the_queue_rest_and_holds_no_line(box: Outbox) -> None:
    real = box.world.now
    box.world.now = lambda: real() + 900
    await box.owe([1])
    box.worker()
    async with asyncio.timeout(30):
        while not await box.rows("SELECT 1 FROM delivery_queue WHERE because = 'clock'"):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    assert await box.rows("SELECT 1 FROM line") == []
    box.world.now = real
    await box.until(30, delivered=1)


async def test_one_that_bpjs_never_answers_does_not_hold_up_its_queue(box: Outbox) -> None:
    box.play("html-500", method="POST", path="/kunjungan/V1", times=6)
    await box.owe([1, 11])
    box.worker()
    await box.until(60, delivered=1, parked=1)
    assert ((await box.row(1))["because"], (await box.row(11))["state"]) == ("no-answer", "delivered")


@pytest.mark.parametrize("seed", range(MIXTURES))
async def test_any_mixture_of_passing_faults(box: Outbox, seed: int) -> None:
    draws, owed = random.Random(seed), 30  # noqa: S311 - a test's chance
    for fault in draws.sample(PASSING, 4):
        entry = menu()[fault]
        moment = draws.choice((Moment.BEFORE, Moment.AFTER)) if entry.movable else None
        share, drawn = draws.uniform(0.05, 0.2), draws.randrange(1000)
        box.world.plays.start(Play(fault=fault, moment=moment, share=share, seed=drawn, seconds=0.4))
    await box.owe(range(owed), facilities=FACILITIES)
    box.worker()
    box.worker()
    await asyncio.sleep(1.5)
    box.world.plays.stop()
    async with asyncio.timeout(60):
        while (await box.states()).get("delivered", 0) + (await box.states()).get("parked", 0) < owed:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    parked = await box.rows("SELECT because, subject FROM delivery WHERE state = 'parked'")
    assert {p["because"] for p in parked} <= {"no-answer"}
    for p in parked:
        await box.touch(int(p["subject"].rpartition("-")[2]))
    await box.until(30, delivered=owed)
    assert sorted(v["card"] for v in box.visits()) == sorted(card(n) for n in range(owed))
    kept = {r["subject"]: r["no_kunjungan"] for r in await box.rows("SELECT subject, no_kunjungan FROM delivery")}
    by_card = {v["card"]: v["no"] for v in box.visits()}
    assert kept == {subject(n): by_card[card(n)] for n in range(owed)}
