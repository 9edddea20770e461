"""`python -m bench.matching`: how well persons registered twice are found, and how fast, on the real record.

Registrations with mistakes (`bench.mistakes`) are imported as NDJSON into a record on a PostgreSQL of its own; the
record's background scan fills the review queue; the queue is compared with the truth, over all pairs. Then $match is
asked, one caller at a time. The weights were set on `TUNED`; figures to report come from any other seed.
"""

import argparse
import asyncio
import random
import statistics
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from itertools import combinations
from math import log2
from pathlib import Path
from typing import Any

import httpx
import orjson
import uvloop

from bench.mistakes import registrations
from deploy.demo import network
from deploy.postgres import Embedded
from services.kernel import migrate
from services.kernel.auth import Actor
from services.kernel.service import Service
from services.records.app import build
from services.records.matching.compare import compare
from services.records.matching.traits import keys, traits, unpacked
from services.records.matching.weights import weights
from services.records.queries import matching as queries
from services.records.room import room
from services.records.settings import RecordsSettings
from services.records.usecases import imports, matching, scanning

TUNED, REPORTED = 1410, 2031
OFFICE = Actor(subject="bench", role="dinkes-admin", facility=None, request_id="bench")
CLINIC = Actor(subject="bench", role="clinic-system", facility="P1410010101", request_id="bench")
Record = tuple[int, dict[str, Any]]
Pair = tuple[str, str]


def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(prog="bench.matching")
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=REPORTED)
    parser.add_argument("--asked", type=int, default=2000, help="how many times $match is asked")
    parser.add_argument("--weights", action="store_true", help="also print what the pairs say of each weight")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="simpul-bench-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        with Embedded(Path(folder) / "data") as server:
            server.ensure_databases(["records"])
            migrate.upgrade("records", server.url("records"))
            uvloop.run(_bench(chosen, server.url("records"), Path(folder)))


async def _bench(chosen: argparse.Namespace, url: str, folder: Path) -> None:
    records = list(registrations(chosen.people, chosen.seed))
    settings = RecordsSettings(database_url=url, peer_key="kunci", data=folder, pool_size=4)  # type: ignore[arg-type]
    app = build(settings, httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(503))))
    scanning.BUDGET = 0.0  # the bench itself turns the scan, to time it
    async with app.router.lifespan_context(app):
        service: Service = app.state.service
        await _catchments(service)
        await _load(service, records)
        await _scan(service)
        persons = await _persons(service)
        truth, joined, wrongly = _truth(records, persons)
        print(f"joined by the record itself (same number and birth date): {joined} rightly, {wrongly} wrongly")
        await _figure(service, truth)
        if chosen.weights:
            await _weights(service, truth)
        await _latency(service, records, chosen.asked)


async def _catchments(service: Service) -> None:
    """The puskesmas that asks sees the people of its villages, and is told of the others."""
    rows = [(village, facility) for village, facility in network.load().catchment.items()]
    async with service.db.reading() as conn:
        await conn.executemany("INSERT INTO catchment VALUES ($1, '2020-01-01', $2, NULL)", rows)


async def _load(service: Service, records: list[Record]) -> None:
    async def lines() -> AsyncIterator[bytes]:
        for n in range(0, len(records), 500):
            yield b"".join(orjson.dumps(r) + b"\n" for _, r in records[n : n + 500])

    begin = time.perf_counter()
    report = await imports.load(service, OFFICE, lines(), "rest")
    spent = time.perf_counter() - begin
    print(f"{len(records)} registrations imported in {spent:.0f} s, refused {report['refused']}", report["rows"][:2])


async def _scan(service: Service) -> None:
    begin, cpu = time.perf_counter(), time.process_time()
    while await _value(service, "SELECT count(*) FROM event_pending"):
        service.db.signal()
        await asyncio.sleep(0.1)
    last = -1
    while (at := await _value(service, "SELECT position FROM traits_scan")) != last:
        last = at
        for _ in range(50):
            await scanning.renew(service)
            if not await scanning.step(service):
                break
    known = await _value(service, "SELECT count(*) FROM person_traits")
    spent, worked = time.perf_counter() - begin, time.process_time() - cpu
    print(f"{known} persons scanned in {spent:.0f} s: {worked / known * 1e6:.0f} µs of our CPU each")
    async with service.db.reading() as conn:
        await conn.execute("VACUUM ANALYZE")


async def _value(service: Service, sql: str) -> Any:
    async with service.db.reading() as conn:
        return await conn.fetchval(sql)


async def _persons(service: Service) -> dict[str, str]:
    """Patient id, as it was sent, → person."""
    async with service.db.reading() as conn:
        rows = await conn.fetch(
            "SELECT id, person_id FROM resource WHERE type = 'Patient' UNION ALL"
            " SELECT value, person_id FROM person_identifier WHERE system = 'urn:simpul:patient-id'"
        )
    return {r["id"]: r["person_id"] for r in rows}


def _truth(records: list[Record], persons: dict[str, str]) -> tuple[set[Pair], int, int]:
    """The pairs of persons to find; how many registrations the record had joined itself, rightly and wrongly."""
    of: dict[int, list[str]] = defaultdict(list)
    entities: dict[str, set[int]] = defaultdict(set)
    for entity, resource in records:
        person = persons[resource["id"]]
        of[entity].append(person)
        entities[person].add(entity)
    pairs = {(min(p), max(p)) for found in of.values() for p in combinations(sorted(set(found)), 2)}
    joined = sum(len(found) - len(set(found)) for found in of.values())
    return pairs, joined, sum(len(e) - 1 for e in entities.values())


async def _figure(service: Service, truth: set[Pair]) -> None:
    async with service.db.reading() as conn:
        rows = await conn.fetch("SELECT person_id, other_person_id, grade, reason FROM identity_review")
    graded = {(min(r[0], r[1]), max(r[0], r[1])): r["grade"] for r in rows}
    print(f"{len(truth)} pairs to find; {len(rows)} in the queue ({dict(Counter(r['reason'] for r in rows))})")
    print(f"{'grade':22} {'found':>7} {'right':>7} {'precision':>10} {'recall':>8}")
    for name, wanted in (("certain", {"certain"}), ("probable and better", {"certain", "probable"})):
        found = {pair for pair, grade in graded.items() if grade in wanted}
        right = len(found & truth)
        print(f"{name:22} {len(found):7} {right:7} {right / max(1, len(found)):10.4f} {right / len(truth):8.4f}")


async def _weights(service: Service, truth: set[Pair]) -> None:
    """Per outcome of each field: its share among true pairs and strangers, and log2 of their ratio."""
    async with service.db.reading() as conn:
        kept = {
            r[0]: unpacked(orjson.loads(r[1])) for r in await conn.fetch("SELECT person_id, traits FROM person_traits")
        }
    w, share, rng = weights(service.clock.today()), room(service).share, random.Random(1)
    said: list[dict[str, Counter[str]]] = [defaultdict(Counter), defaultdict(Counter)]
    ids = sorted(kept)
    strangers = {(rng.choice(ids), rng.choice(ids)) for _ in range(200_000)} - truth
    met = sum(bool(set(keys(kept[a])) & set(keys(kept[b]))) for a, b in truth)
    print(f"share a key: {met / len(truth):.4f} of the pairs")
    for counted, pairs in zip(said, (truth, strangers), strict=True):
        for a, b in pairs:
            for f in compare(kept[a], kept[b], w, share).evidence if a != b else ():
                counted[f.field][f.how] += 1
    for field, hows in said[0].items():
        m, u = hows.total(), max(1, said[1][field].total())
        for how in sorted(hows):
            p, q = hows[how] / m, max(said[1][field][how], 0.5) / u
            print(f"  {field:12} {how:10} m {p:.4f} u {q:.6f} bits {log2(p / q):6.1f}")


async def _latency(service: Service, records: list[Record], asked: int) -> None:
    """$match as a use case: keys, candidates, comparison, access decision and log, with the Patients' texts."""
    rng = random.Random(7)
    questions = [r for _, r in rng.sample(records, asked)]
    told: list[matching.Candidate] = []
    sizes, rows = [], {"candidates by keys": [], "match, whole": []}  # type: ignore[var-annotated]
    for question in questions:
        begin = time.perf_counter()
        async with service.db.reading() as conn:
            sizes.append(len(await queries.candidates(conn, keys(traits(question)))))
        rows["candidates by keys"].append(time.perf_counter() - begin)
        begin = time.perf_counter()
        told += await matching.candidates(service, CLINIC, question, 10)
        rows["match, whole"].append(time.perf_counter() - begin)
    shown = Counter(c.body is not None for c in told)
    print(f"told in {asked} answers: {shown[True]} Patients, {shown[False]} by id and initials only")
    print(f"candidates per question: median {statistics.median(sizes):.0f}, most {max(sizes)}")
    print(f"{'latency, ms':22} {'p50':>7} {'p95':>7} {'p99':>7} {'most':>7}")
    for name, times in rows.items():
        cut = statistics.quantiles(times, n=100)
        print(f"{name:22} " + " ".join(f"{t * 1000:7.1f}" for t in (cut[49], cut[94], cut[98], max(times))))
    await _statements(service, questions[0])


async def _statements(service: Service, question: dict[str, Any]) -> None:
    seen: list[str] = []
    held = [h._con for h in service.db.pool._holders if h._con is not None]
    for conn in held:
        conn.add_query_logger(lambda q: seen.append(q.query))
    await matching.candidates(service, CLINIC, question, 10)
    await asyncio.sleep(0)  # the driver notes a statement one turn of the loop later
    print(f"statements of one $match: {sum('person_traits' in q or 'Patient/$match' in q for q in seen)}")
    async with service.db.reading() as conn:
        plan = await conn.fetch("EXPLAIN (ANALYZE, BUFFERS) " + queries.CANDIDATES, keys(traits(question)))
    print("\n".join(r[0] for r in plan))


if __name__ == "__main__":
    main()
