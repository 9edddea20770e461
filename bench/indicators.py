"""`make bench-indicators`: the numbers over synthetic people: rebuild, dashboards, opening a cell, a past day, the feed.

The service runs in this process over its own PostgreSQL; requests go through its ASGI app, the feed through the
follower's handler in transactions as the follower makes them (no HTTP between, no sealer). What is rebuilt is compared
with the same standards written by hand (`by_hand`): counts that differ end the bench with a failure. `--persons`,
`--folder` (kept, so that a second run need not write the people again), `--parts`.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import orjson

from bench import by_hand, synthetic
from deploy.postgres import Embedded
from services.indicators import follow
from services.indicators.app import MANIFEST
from services.indicators.queries import standings as sql
from services.indicators.room import Room, room
from services.indicators.settings import IndicatorsSettings
from services.indicators.usecases import building
from services.kernel import migrate
from services.kernel.app import create_app
from services.kernel.auth import Actor
from services.kernel.events import Event
from services.kernel.service import Service

LOINC, SNOMED = "http://loinc.org", "http://snomed.info/sct"
PARTS = ("rebuild", "dashboards", "open", "past", "feed")


def records(request: httpx.Request) -> httpx.Response:
    """Records, played here: everybody may be seen."""
    asked = orjson.loads(request.content) if request.content else {}
    match request.url.path:
        case "/internal/visible":
            return httpx.Response(200, json={"visible": asked["person_ids"], "opened": []})
        case "/internal/shown":
            return httpx.Response(200, json={"shown": asked["resources"]})
        case "/internal/recorders":
            return httpx.Response(200, json=dict.fromkeys(asked["resources"], "bidan"))
        case "/internal/names":
            return httpx.Response(200, json={p: {"name": "Orang"} for p in asked["person_ids"]})
    return httpx.Response(503)


async def rebuild(service: Service, here: Room) -> float:
    """Everything anew by these standards; seconds until it is shown."""
    begin = time.perf_counter()
    async with service.db.transaction() as tx:
        await building.begin_rebuild(tx, synthetic.TODAY)
    await building.build(service, here)
    return time.perf_counter() - begin


async def rebuilds(service: Service, conn: Any) -> None:
    """By hand, the same standards by ours, then all of ours."""
    await conn.execute("SET work_mem = '256MB'")
    ought, seconds = {}, {}
    for key, text in by_hand.STANDARDS.items():
        begin = time.perf_counter()
        rows = await conn.fetch(text, synthetic.TODAY)
        seconds[key] = time.perf_counter() - begin
        ought |= {(key, r[0]): (r[1], r[2]) for r in rows}
    same = room(service).only(*{key.partition(".")[0] for key in by_hand.STANDARDS})
    same.kept = [k for k in same.kept if k.standard.key in by_hand.STANDARDS]
    took = await rebuild(service, same)
    found = {
        (r[0], r[1]): (r[2], r[3])
        for r in await conn.fetch(
            "SELECT standard, year, count(*), count(*) FILTER (WHERE month >= 0) FROM standing"
            " WHERE generation = (SELECT generation FROM state) GROUP BY 1, 2"
        )
    }
    wrong = {k: (ought.get(k), found.get(k)) for k in ought.keys() | found.keys() if ought.get(k) != found.get(k)}
    if wrong:
        raise SystemExit(f"the counts differ (by hand, ours): {wrong}")
    hand = sum(seconds.values())
    print("by hand: " + ", ".join(f"{k.partition('.')[0]} {s:.2f}" for k, s in seconds.items()), flush=True)
    print(f"rebuild of these {len(seconds)}: {took:.1f} s, by hand {hand:.1f} s: {took / hand:.1f} times", flush=True)
    took = await rebuild(service, room(service))
    print(f"rebuild of all {len(room(service).kept)} standards: {took:.1f} s", flush=True)


async def asked(client: httpx.AsyncClient, paths: list[str], times: int) -> list[float]:
    """Milliseconds of each request, one after another."""
    spent = []
    for n in range(times):
        begin = time.perf_counter()
        answer = await client.get(paths[n % len(paths)])
        spent.append((time.perf_counter() - begin) * 1000)
        assert answer.status_code == 200, (paths[n % len(paths)], answer.text[:500])
    return spent


def told(title: str, spent: list[float]) -> None:
    spent = sorted(spent)
    p95 = spent[min(len(spent) - 1, int(len(spent) * 0.95))]
    print(f"{title:44} p50 {statistics.median(spent):8.1f} ms   p95 {p95:8.1f} ms", flush=True)


async def dashboards(client: httpx.AsyncClient) -> None:
    """What a dashboard asks, in turns."""
    base = "/v1/indicators"
    for title, paths in {
        "front page, all indicators": [base],
        "one by puskesmas": [f"{base}/{s}?by=puskesmas" for s in ("spm-06", "spm-08", "spm-01", "pip-2")],
        "one by village": [f"{base}/{s}?by=village" for s in ("spm-06", "spm-08")],
        "one by sex, age, payer": [f"{base}/spm-06?by={by}" for by in ("sex", "age", "payer")],
        "one by contributor": [f"{base}/spm-06?by={by}" for by in ("facility", "ownership")],
        "ranking": [f"{base}/spm-06/ranking"],
        "chart of a puskesmas's villages": [f"{base}/spm-08/pws"],
    }.items():
        await asked(client, paths, 5)
        told(title, await asked(client, paths, 60))


async def opened(client: httpx.AsyncClient) -> None:
    """From a number to its units, and from a unit to its facts."""
    pages = [
        f"/v1/indicators/{s}/units?village=1410000{v:03}&state=not-served"
        for s in ("spm-06", "spm-08")
        for v in (7, 70)
    ]
    answer = await client.get(pages[0])
    pages = pages if answer.status_code == 200 else [p.partition("&")[0] for p in pages]
    told("opening a cell", await asked(client, pages, 40))
    units = (await client.get(pages[0])).json()["items"]
    paths = [f"/v1/indicators/spm-06/units/{u['unit_id']}" for u in units[:10]]
    told("one unit explained", await asked(client, paths, 40))


async def past(client: httpx.AsyncClient, service: Service) -> None:
    """A day that is no month-end, of every standard."""
    spent = {}
    for kept in room(service).kept:
        path = f"/v1/indicators/{kept.standard.key}?as_of=2026-08-17&by=puskesmas"
        spent[kept.standard.key] = (await asked(client, [path], 1))[0]
    slow = sorted(spent.items(), key=lambda x: -x[1])[:4]
    told(f"a past day, {len(spent)} standards", list(spent.values()))
    print("    slowest: " + ", ".join(f"{k} {ms / 1000:.1f} s" for k, ms in slow), flush=True)


class Visits:
    """Visits of ten facts each, as the record would announce them."""

    def __init__(self, persons: int) -> None:
        self.persons, self.position, self.count = persons, 10**9, 0

    def one(self) -> list[Event]:
        """The next visit: of somebody, today."""
        self.count += 1
        person = f"00000000-0000-7000-8000-{(self.count * 7919) % self.persons + 1:012x}"
        codes = ("29463-7", "8302-2", "8480-6", "8462-4", "2339-0", "2093-3", "79882-7", "96762-0", "718-7")
        found = [self._event("Observation", person, self._observation(LOINC, code)) for code in codes]
        taught = {"status": "completed", "code": {"coding": [{"system": SNOMED, "code": "409073007"}]}}
        return [*found, self._event("Procedure", person, taught | {"performedDateTime": str(synthetic.TODAY)})]

    def _observation(self, system: str, code: str) -> dict[str, Any]:
        return {
            "status": "final", "code": {"coding": [{"system": system, "code": code}]},
            "effectiveDateTime": str(synthetic.TODAY), "valueQuantity": {"value": 100},
        }  # fmt: skip

    def _event(self, kind: str, person: str, resource: dict[str, Any]) -> Event:
        self.position += 1
        data = {"client": "F1", "provider": "F1", "receipt": self.position, "resource": resource}
        return Event(kind, "created", str(uuid.uuid4()), 1, data, person, self.position, datetime.now(UTC))


async def apply(service: Service, events: list[Event]) -> None:
    async with service.db.transaction() as tx:
        await follow.records(service, tx, events)


async def feed(service: Service, persons: int, seconds: float) -> None:
    """A backlog, as fast as it goes; then 100 visits a second, from the event to the number."""
    visits = Visits(persons)
    await apply(service, visits.one())
    begin, done = time.perf_counter(), 0
    while time.perf_counter() - begin < seconds:
        batch = [e for _ in range(100) for e in visits.one()]
        await apply(service, batch)
        done += len(batch)
    print(f"{'a backlog':44} {done / (time.perf_counter() - begin):8,.0f} facts/s", flush=True)
    waiting: list[tuple[float, list[Event]]] = []
    late: list[float] = []
    begin = time.perf_counter()

    async def arrive() -> None:
        for n in range(int(seconds * 100)):
            await asyncio.sleep(max(0, begin + n / 100 - time.perf_counter()))
            waiting.append((time.perf_counter(), visits.one()))

    arriving = asyncio.create_task(arrive())
    while not arriving.done() or waiting:
        batch, waiting[:] = waiting[:100], waiting[100:]
        if batch:
            await apply(service, [e for _, events in batch for e in events])
            late += [(time.perf_counter() - at) * 1000 for at, _ in batch]
        await asyncio.sleep(service.settings.follow_gap if len(batch) < 100 else 0)
    told("100 visits/s of ten facts, event to number", late)


async def measure(url: str, data: Path, chosen: argparse.Namespace) -> None:
    conn = await asyncpg.connect(url, server_settings={"jit": "off"})
    if not await conn.fetchval("SELECT EXISTS (SELECT FROM fact)"):
        await synthetic.fill(conn, chosen.persons)
    persons = await conn.fetchval("SELECT count(*) FROM person")
    facts = await conn.fetchval("SELECT reltuples::bigint FROM pg_class WHERE relname = 'fact'")
    print(f"{persons:,} persons, {facts:,} facts", flush=True)
    settings = IndicatorsSettings(database_url=url, today=synthetic.TODAY, data=data)
    http = httpx.AsyncClient(transport=httpx.MockTransport(records))
    app = create_app(replace(MANIFEST, jobs=(), follows=()), settings, http)
    async with app.router.lifespan_context(app):
        service: Service = app.state.service
        token = "bench"
        actor = Actor(subject="bench", role="dinkes-admin", facility=None, token=token)
        service.auth._actors[token] = (actor, time.time() + 36_000)
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://bench", headers={"authorization": f"Bearer {token}"},
            timeout=300,
        )  # fmt: skip
        steps: dict[str, Callable[[], Any]] = {
            "rebuild": lambda: rebuilds(service, conn), "dashboards": lambda: dashboards(client),
            "open": lambda: opened(client), "past": lambda: past(client, service),
            "feed": lambda: feed(service, persons, chosen.seconds),
        }  # fmt: skip
        async with service.db.reading() as reading:
            stands = (await sql.state(reading)).fingerprint == room(service).fingerprint
        if "rebuild" not in chosen.parts and not stands:
            print(f"first a rebuild: {await rebuild(service, room(service)):.1f} s", flush=True)
        for part in chosen.parts:
            await steps[part]()
    await conn.close()


def main() -> None:
    """Parse and run."""
    parser = argparse.ArgumentParser(prog="bench.indicators")
    parser.add_argument("--persons", type=int, default=200_000)
    parser.add_argument("--folder", type=Path, help="kept for the next run")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--seconds", type=float, default=10, help="of each half of the feed")
    chosen = parser.parse_args()
    with ExitStack() as stack:
        folder = chosen.folder
        if folder is None:
            made = tempfile.TemporaryDirectory(prefix="simpul-numbers-", ignore_cleanup_errors=True)
            folder = Path(stack.enter_context(made))
            folder.chmod(0o755)
        server = stack.enter_context(Embedded(folder / "data"))
        server.ensure_databases(["indicators"])
        migrate.upgrade("indicators", server.url("indicators"))
        asyncio.run(measure(server.url("indicators"), folder, chosen))


if __name__ == "__main__":
    main()
