"""Events: positions without gaps under concurrency, effects once, failures that park a person and nobody else."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from services.kernel import events
from services.kernel.app import App, Manifest, create_app
from services.kernel.db import Tx
from services.kernel.events import Event
from services.kernel.follow import Follow
from services.kernel.service import Service
from services.kernel.settings import Settings


def event(n: int, person: str = "p") -> Event:
    return Event(type="thing", kind="created", subject=str(n), version=1, data={"n": n}, person_id=person)


@pytest.fixture
async def source(new_database: Callable[[str], str], tmp_path: Path) -> AsyncIterator[App]:
    """A service that only has a feed."""
    settings = Settings(database_url=new_database("coverage"), peer_key="kunci", data=tmp_path)
    app = create_app(Manifest("source", "t", "d", routers=()), settings, httpx.AsyncClient())
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
def reader(new_database: Callable[[str], str], tmp_path: Path, source: App) -> Callable[..., Any]:
    """`reader(apply)` → a running service that follows the source with `apply`."""
    url = new_database("coverage")
    settings = Settings(database_url=url, peer_key="kunci", data=tmp_path)

    @asynccontextmanager
    async def follow(
        apply: Any, transport: httpx.AsyncBaseTransport | None = None, only: str | None = None, second: Any = None
    ) -> AsyncIterator[App]:
        http = httpx.AsyncClient(transport=transport or httpx.ASGITransport(app=source, raise_app_exceptions=False))
        followed = [Follow("source", apply, only=only)]
        if second:
            followed.append(Follow("source", second, name="slow"))
        app = create_app(Manifest("reader", "t", "d", routers=(), follows=tuple(followed)), settings, http)
        async with app.router.lifespan_context(app):
            yield app

    return follow


async def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_no_event_is_lost_or_repeated_whatever_the_order_of_commits(
    source: App, reader: Callable[..., Any]
) -> None:
    service: Service = source.state.service
    seen: list[int] = []
    positions: list[int] = []

    async def apply(_: Service, __: Tx, batch: list[Event]) -> None:
        seen.extend(e.data["n"] for e in batch)
        positions.extend(e.position for e in batch)

    async def write(n: int) -> None:
        async with service.db.transaction() as tx:
            await events.append(tx, [event(n)])
            await asyncio.sleep(random.random() / 10)  # noqa: S311 - a lower id may commit later

    async with reader(apply):
        await asyncio.gather(*(write(n) for n in range(300)))
        await until(lambda: len(seen) >= 300)
        await asyncio.sleep(0.2)
    assert sorted(seen) == list(range(300))
    assert positions == list(range(1, 301))


async def test_a_failing_event_parks_its_person_and_nobody_else(source: App, reader: Callable[..., Any]) -> None:
    service: Service = source.state.service
    seen: list[tuple[str | None, int]] = []
    broken = True

    async def apply(_: Service, __: Tx, batch: list[Event]) -> None:
        if broken and any(e.person_id == "sick" and e.data["n"] == 2 for e in batch):
            raise ValueError("no such luck")
        seen.extend((e.person_id, e.data["n"]) for e in batch)

    async with reader(apply) as app:
        async with service.db.transaction() as tx:
            await events.append(tx, [event(1, "sick"), event(2, "sick"), event(3, "well"), event(4, "sick")])
        await until(lambda: ("well", 3) in seen)
        await asyncio.sleep(0.3)
        assert ("sick", 1) in seen
        assert ("sick", 4) not in seen
        async with service.db.transaction() as tx:
            await events.append(tx, [event(5, "sick"), event(6, "well")])
        await until(lambda: ("well", 6) in seen)
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app), base_url="http://r", headers={"x-peer-key": "kunci"}
        ) as http:
            status = (await http.get("/internal/status")).json()["followers"][0]
            assert (status["parked"], status["error"]) == (1, "ValueError")
            broken = False
            assert (await http.post("/internal/parked/source/sick")).json() == {"applied": 3}
            assert (await http.get("/internal/status")).json()["followers"][0]["parked"] == 0
    assert [n for p, n in seen if p == "sick"] == [1, 2, 4, 5]


async def test_one_feed_followed_twice_has_two_cursors(source: App, reader: Callable[..., Any]) -> None:
    service: Service = source.state.service
    seen: list[int] = []

    async def apply(_: Service, __: Tx, batch: list[Event]) -> None:
        seen.extend(e.data["n"] for e in batch)

    async def broken(_: Service, __: Tx, batch: list[Event]) -> None:
        raise ValueError("no such luck")

    async with service.db.transaction() as tx:
        await events.append(tx, [event(n) for n in range(5)])
    async with reader(apply, second=broken) as app:
        await until(lambda: len(seen) == 5)
        peer = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=peer, base_url="http://r", headers={"x-peer-key": "kunci"}) as http:
            async with asyncio.timeout(10):
                while True:
                    found = {f["source"]: f for f in (await http.get("/internal/status")).json()["followers"]}
                    if found.get("source:slow", {}).get("position") == found["source"]["position"] == 5:
                        break
                    await asyncio.sleep(0.02)
    assert (found["source"]["parked"], found["source:slow"]["parked"]) == (0, 1)
    assert seen == list(range(5))


async def test_an_outage_parks_nobody_and_is_caught_up(source: App, reader: Callable[..., Any]) -> None:
    service: Service = source.state.service
    seen: list[int] = []
    up = False

    async def apply(_: Service, __: Tx, batch: list[Event]) -> None:
        seen.extend(e.data["n"] for e in batch)

    inner = httpx.ASGITransport(app=source)

    class Flaky(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if not up:
                raise httpx.ConnectError("away")
            return await inner.handle_async_request(request)

    async with service.db.transaction() as tx:
        await events.append(tx, [event(n) for n in range(5)])
    async with reader(apply, Flaky()) as app:
        await asyncio.sleep(0.3)
        assert seen == []
        up = True
        await until(lambda: len(seen) == 5)
        rows = await app.state.service.db.pool.fetch("SELECT 1 FROM parked_event")
    assert rows == []


async def test_effects_and_cursor_move_together(source: App, reader: Callable[..., Any]) -> None:
    service: Service = source.state.service
    tries = 0

    async def apply(_: Service, tx: Tx, batch: list[Event]) -> None:
        nonlocal tries
        tries += 1
        await tx.execute("INSERT INTO access_block VALUES ($1, now(), 1, 1, '')", batch[0].position + 1000)
        if tries == 1:
            raise ConnectionError("power cut after the effect, before the commit")

    async with service.db.transaction() as tx:
        await events.append(tx, [event(1)])
    async with reader(apply) as app:
        await until(lambda: tries >= 2)
        await asyncio.sleep(0.2)
        rows = await app.state.service.db.pool.fetch("SELECT number FROM access_block WHERE number > 1000")
    assert len(rows) == 1


async def test_a_deadlock_parks_nobody(source: App, reader: Callable[..., Any]) -> None:
    service: Service = source.state.service
    seen: list[int] = []
    turns = iter(range(4))

    async def apply(_: Service, __: Tx, batch: list[Event]) -> None:
        if next(turns, None) is not None:
            raise asyncpg.DeadlockDetectedError("Key (value)=(1410014107900001)")
        seen.extend(e.data["n"] for e in batch)

    async with reader(apply) as app:
        async with service.db.transaction() as tx:
            await events.append(tx, [event(1), event(2)])
        await until(lambda: seen == [1, 2])
        async with app.state.service.db.reading() as conn:
            assert not await conn.fetch("SELECT 1 FROM parked_event")


async def test_an_event_no_column_can_hold_parks_its_person(source: App, reader: Callable[..., Any]) -> None:
    service: Service = source.state.service
    seen: list[str | None] = []

    async def apply(_: Service, tx: Tx, batch: list[Event]) -> None:
        for e in batch:
            await tx.fetchval("SELECT $1::int", e.data["n"])
        seen.extend(e.person_id for e in batch)

    async with reader(apply) as app:
        async with service.db.transaction() as tx:
            await events.append(tx, [event(2**40, "sick"), event(1, "well")])
        await until(lambda: seen == ["well"])
        async with app.state.service.db.reading() as conn:
            assert [r["person_id"] for r in await conn.fetch("SELECT person_id FROM parked_event")] == ["sick"]


async def test_who_became_one_with_a_parked_person_waits_with_them(source: App, reader: Callable[..., Any]) -> None:
    service: Service = source.state.service
    seen: list[int] = []
    broken = True

    async def apply(_: Service, __: Tx, batch: list[Event]) -> None:
        if broken and any(e.data["n"] == 1 for e in batch):
            raise ValueError("no such luck")
        seen.extend(e.data["n"] for e in batch)

    def joining(n: int, *persons: str) -> Event:
        return Event("merge", "created", str(n), 1, {"n": n, "persons": list(persons)}, persons[0])

    async with reader(apply) as app:
        async with service.db.transaction() as tx:
            told = [event(1, "b"), event(2, "a"), joining(3, "a", "b"), event(4, "a"), event(5, "well")]
            await events.append(tx, [*told, joining(6, "a", "b"), event(7, "b"), event(8, "c")])
        await until(lambda: 8 in seen)
        assert seen == [2, 5, 8], seen
        async with service.db.transaction() as tx:
            await events.append(tx, [event(9, "a"), joining(10, "c", "a"), event(11, "c"), event(12, "well")])
        await until(lambda: 12 in seen)
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app), base_url="http://r", headers={"x-peer-key": "kunci"}
        ) as http:
            broken = False
            assert (await http.post("/internal/parked/source/a")).json() == {"applied": 8}
        async with service.db.transaction() as tx:
            await events.append(tx, [event(13, "b")])
        await until(lambda: 13 in seen)
    assert seen == [2, 5, 8, 12, 1, 3, 4, 6, 7, 9, 10, 11, 13]


async def test_a_feed_of_one_type_wakes_for_nothing_else(source: App, reader: Callable[..., Any]) -> None:
    service: Service = source.state.service
    seen: list[int] = []

    async def apply(_: Service, __: Tx, batch: list[Event]) -> None:
        seen.extend(e.data["n"] for e in batch)

    async with reader(apply, only="rare_thing") as app:
        for n in range(1, 41):
            async with service.db.transaction() as tx:
                kind = "rare_thing" if n % 20 == 0 else "thing"
                await events.append(tx, [Event(kind, "created", str(n), 1, {"n": n}, "p")])
        await until(lambda: seen == [20, 40])
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=source), base_url="http://s", headers={"x-peer-key": "kunci"}
        ) as http:
            page = (await http.get("/internal/events", params={"only": "rare_thing", "wait": 1, "after": 40})).json()
            assert page == {"head": 40, "events": []}
        async with app.state.service.db.reading() as conn:
            assert await conn.fetchval("SELECT position FROM follower_cursor") == 40
