"""The outbox' worker on a real database, at a simulator over any transport; also what a forked worker runs."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import httpx
from fastapi import FastAPI

from services.coverage.bpjs.wire import Patience
from services.coverage.bpjs.wires import Wires
from services.coverage.queries import owing as queries
from services.coverage.queries.owing import Owing
from services.coverage.rules.deliveries import Delivery, Pauses
from services.coverage.rules.pcare_visit import dmy
from services.coverage.settings import CoverageSettings
from services.coverage.simulator.app import build
from services.coverage.simulator.faults import Fault, Play
from services.coverage.simulator.members import Cards
from services.coverage.simulator.settings import HOST, SimulatorSettings
from services.coverage.simulator.world import World
from services.coverage.usecases.lines import WIRES, OpenLine
from services.coverage.usecases.outbox.visit import Bodies, Visit
from services.coverage.usecases.outbox.visit_steps import VisitKind
from services.coverage.usecases.outbox.worker import Worker
from services.kernel.db import Database
from services.kernel.ids import new_id
from services.kernel.service import Service
from tests.service.coverage.bpjs_caller import registration, visit

QUICK = Pauses(first=0.02, longest=0.1, quiet=0.1, slack=5.0)
HASTE = Patience(one=0.3, all=0.4, tries=2, pause=0.01, write=0.3)
_CARDS = Cards("1410", {})


def nik(n: int) -> str:
    """An active member of the simulator; up to some 300,000 different ones."""
    day, rest = n % 28 + 1, n // 28
    month, rest = rest % 12 + 1, rest // 12
    return f"141001{day:02d}{month:02d}90{8000 + rest:04d}"


def card(n: int) -> str:
    return _CARDS.of(nik(n))


def subject(n: int) -> str:
    return f"visit-{n}"


def number(subject_: str) -> int:
    return int(subject_.rpartition("-")[2])


def facility(n: int) -> str:
    return f"P14100{n:05d}"


def provider(n: int) -> str:
    return f"9914P{n:03d}"


@dataclass
class Book:
    """What the record says of each visit; by default all of it follows from the visit's number."""

    today: date = field(default_factory=date.today)
    said: dict[str, Callable[[Visit], Visit]] = field(default_factory=dict)
    looked: int = 0

    async def build(self, _: Service, line: OpenLine, owed: Delivery) -> Visit:
        """What the mapping does in earnest."""
        self.looked += 1
        n, day = number(owed.subject), dmy(self.today)
        bodies = Bodies(
            registration(card(n), day, kdProviderPeserta=line.provider), visit(card(n), day), parts=(), sender=None
        )
        told = Visit(f"person-{n}", self.today, card(n), bodies)
        return self.said.get(owed.subject, lambda v: v)(told)


@dataclass
class Outbox:
    """A database with the outbox, and workers on it."""

    service: Service
    book: Book
    simulator: FastAPI
    world: World
    pauses: Pauses = QUICK
    workers: list[tuple[Worker, "asyncio.Task[None]"]] = field(default_factory=list)

    def worker(self, lanes: int = 8, poll: float = 0.02) -> Worker:
        """Another worker, as another process would have it."""
        kind = VisitKind(self.book.build)
        worker = Worker(self.service, {kind.name: kind}, self.pauses, 0.0, lanes, poll)
        self.workers.append((worker, asyncio.create_task(worker.run())))
        return worker

    async def stop(self) -> None:
        for _, task in self.workers:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        self.workers.clear()

    async def facilities(self, count: int) -> None:
        rows = [(facility(n), provider(n)) for n in range(1, count + 1)]
        async with self.service.db.transaction() as tx:
            await tx.executemany(
                "INSERT INTO facility (code, version, name, bpjs_code, active) VALUES ($1, 1, $1, $2, true)", rows
            )

    async def owe(self, numbers: Any, facilities: int = 1, settle: float = 0.0) -> None:
        """Visits by number, dealt out to the facilities in turn."""
        today = self.book.today
        owed = [
            Owing(new_id(), facility(n % facilities + 1), "pcare", "visit", subject(n), f"person-{n}", today)
            for n in numbers
        ]
        for start in range(0, len(owed), 2000):
            async with self.service.db.transaction() as tx:
                await queries.owe(tx, owed[start : start + 2000], settle)

    async def touch(self, *numbers: int) -> None:
        async with self.service.db.transaction() as tx:
            await queries.touch(tx, "visit", [subject(n) for n in numbers], 0.0)

    async def rows(self, sql: str, *args: Any) -> list[dict[str, Any]]:
        async with self.service.db.reading() as conn:
            return [dict(r) for r in await conn.fetch(sql, *args)]

    async def row(self, n: int) -> dict[str, Any]:
        return (await self.rows("SELECT * FROM delivery WHERE subject = $1", subject(n)))[0]

    async def proof(self, n: int) -> list[tuple[str, str]]:
        """Step and outcome of each try."""
        found = await self.rows(
            "SELECT t.step, t.outcome FROM delivery_try t JOIN delivery d ON d.id = delivery_id WHERE subject = $1"
            " ORDER BY number",
            subject(n),
        )
        return [(r["step"], r["outcome"]) for r in found]

    async def states(self) -> dict[str, int]:
        return {r["state"]: r["n"] for r in await self.rows("SELECT state, count(*) AS n FROM delivery GROUP BY 1")}

    def visits(self) -> list[dict[str, Any]]:
        """What BPJS has, in the order in which it came."""
        return [dict(r) for r in self.world.store.all("SELECT * FROM visit ORDER BY at, no")]

    def places(self) -> list[dict[str, Any]]:
        """The registrations BPJS has."""
        return [dict(r) for r in self.world.store.all("SELECT * FROM registration ORDER BY at, seq")]

    def asked(self, method: str, path: str = "") -> int:
        """How many requests of this kind reached BPJS, of the last few hundred."""
        return sum(s.call.method == method and s.call.path.startswith(path) for s in self.world.seen)

    def play(self, fault: str, **how: Any) -> None:
        """Let the simulator play a fault."""
        self.world.plays.start(Play(fault=Fault(fault), **how))

    async def until(self, seconds: float = 30.0, **wanted: int) -> None:
        """Wait until so many deliveries are in each of these states."""
        async with asyncio.timeout(seconds):
            while wanted.items() - (await self.states()).items():  # noqa: ASYNC110
                await asyncio.sleep(0.02)


def service_of(database: str, http: httpx.AsyncClient, patience: Patience = HASTE) -> Service:
    """A service with nothing but a database and ways out; `http` reaches the simulator by its name."""
    settings = CoverageSettings(database_url=database, peer_key="outbox", pool_size=4)
    db = Database(settings, "coverage")
    service = Service("coverage", settings, http, settings.clock(), db, None, None)  # type: ignore[arg-type]
    service.room[WIRES] = Wires(http, http, HOST, patience)
    return service


@asynccontextmanager
async def outbox(
    database: str, facilities: int = 3, patience: Patience = HASTE, pauses: Pauses = QUICK
) -> AsyncIterator[Outbox]:
    """An outbox on `database`, a simulator in this process, and some facilities."""
    simulator = build(SimulatorSettings())
    async with httpx.AsyncClient(mounts={f"all://{HOST}": httpx.ASGITransport(simulator)}) as http:
        service = service_of(database, http, patience)
        await service.db.open()
        box = Outbox(service, Book(), simulator, simulator.state.world, pauses)
        await box.facilities(facilities)
        try:
            yield box
        finally:
            await box.stop()
            await service.db.close()
            box.world.close()
