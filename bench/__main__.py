"""`make bench`: the product through its gateway with a token, beside the bare route, in turns, on one PostgreSQL.

Prints each figure as the ratio product ÷ bare (medians of the rounds). Server processes are pinned to one core and the
load to another where the machine allows. Everything stays on 127.0.0.1 and ends by itself.
"""

import argparse
import asyncio
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import uvloop

from bench import bare, load
from bench.scenarios import NDJSON, Scenario, World, prepare

PROJECT = Path(__file__).resolve().parents[1]


def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(prog="bench")
    parser.add_argument("--seconds", type=float, default=0.6)
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--connections", type=int, nargs="+", default=[8, 32])
    parser.add_argument("--people", type=int, default=2000)
    parser.add_argument("--only", help="e.g. ab")
    parser.add_argument("--split", action="store_true", help="the product as one process per service")
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    uvloop.run(_bench(chosen))


async def _bench(chosen: argparse.Namespace) -> None:
    with ExitStack() as stack:
        folder = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="simpul-bench-", ignore_cleanup_errors=True))
        )
        folder.chmod(0o755)
        product = stack.enter_context(Product(folder, chosen.split))
        await product.ready()
        print(f"memory at rest, all Python processes: {product.memory():.0f} MB", flush=True)
        async with httpx.AsyncClient(base_url=product.base, timeout=300) as http:
            world = await prepare(http, product.credentials(), chosen.people)
        async with _bare(product, world) as bare_pid:
            _pin(os.getpid(), load=True)
            product.pin()
            rows = [
                row
                for s in world.scenarios if not chosen.only or s.letter in chosen.only
                for row in await _compare(s, product, bare_pid, chosen)
            ]  # fmt: skip
        print(_table(rows))
        if not chosen.only or set("fg") & set(chosen.only):
            rows += await _lag_and_bulk(product, world)
        if chosen.json:
            chosen.json.write_text(json.dumps(rows, indent=1))


class Product:
    """`simpul up` in a folder of its own."""

    def __init__(self, folder: Path, split: bool) -> None:
        self.folder, self.split, self.port = folder, split, 18480
        self.base = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Product":
        env = os.environ | {
            "SIMPUL_DATA": str(self.folder / "data"),
            "SIMPUL_PORT": str(self.port),
            "SIMPUL_RATE_LIMIT": "0",
        }
        command = [sys.executable, "-m", "deploy.cli", "up", "--no-seed", *(["--split"] if self.split else [])]
        with (self.folder / "product.log").open("wb") as out:
            self.process = subprocess.Popen(
                command, env=env, cwd=PROJECT, stdout=out, stderr=out, start_new_session=True
            )
        return self

    def __exit__(self, *_: object) -> None:
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(20)

    async def ready(self) -> None:
        """Wait until the product serves."""
        async with httpx.AsyncClient() as http:
            for _ in range(300):
                with suppress(httpx.HTTPError):
                    if (await http.get(self.base + "/health/ready")).status_code == 200:
                        return
                await asyncio.sleep(0.2)
        raise SystemExit((self.folder / "product.log").read_text()[-3000:])

    def credentials(self) -> dict[str, Any]:
        """What the first start wrote."""
        return dict(json.loads((self.folder / "data" / "credentials.json").read_text()))

    def databases(self) -> dict[str, str]:
        """The product's own databases (for the bare route beside them, and to count)."""
        return dict(json.loads((self.folder / "data" / "running.json").read_text())["databases"])

    def pids(self) -> list[int]:
        """The product's Python processes (PostgreSQL lives in a session of its own)."""
        assert self.process is not None
        session = os.getsid(self.process.pid)
        found = []
        for entry in Path("/proc").iterdir():
            with suppress(OSError, ValueError):
                if os.getsid(int(entry.name)) == session:
                    found.append(int(entry.name))
        return found

    def pin(self) -> None:
        """Server processes on one core, so that the load on the other does not share it."""
        for pid in self.pids():
            _pin(pid)

    def memory(self) -> float:
        """Resident memory of the product without PostgreSQL, in MB."""
        total = 0
        for pid in self.pids():
            with suppress(OSError):
                text = Path(f"/proc/{pid}/status").read_text()
                total += int(text.split("VmRSS:")[1].split()[0]) if "VmRSS:" in text else 0
        return total / 1024


def _pin(pid: int, *, load: bool = False) -> None:
    cores = sorted(os.sched_getaffinity(0) | {0, 1}) if (os.cpu_count() or 1) > 1 else [0]
    for task in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(task.name), {cores[-1] if load else cores[0]})


BARE_PORT = 18490


@asynccontextmanager
async def _bare(product: Product, world: World) -> AsyncIterator[int]:
    """The bare route beside the product, on a database of the same server, with the same people."""
    ours = product.databases()["records"]
    url = ours.replace("/records", "/bare", 1)
    conn = await asyncpg.connect(ours)
    await conn.execute("CREATE DATABASE bare")
    await conn.close()
    conn = await asyncpg.connect(url)
    await conn.execute(bare.TABLES)
    await world.copy_to_bare(conn)
    await conn.close()
    command = [
        sys.executable, "-m", "uvicorn", "bench.bare:app", "--port", str(BARE_PORT), "--loop", "uvloop",
        "--http", "httptools", "--no-access-log", "--log-level", "warning",
    ]  # fmt: skip
    process = subprocess.Popen(command, env=os.environ | {"BARE_DATABASE_URL": url}, cwd=PROJECT)
    try:
        async with httpx.AsyncClient() as http:
            for _ in range(100):
                with suppress(httpx.HTTPError):
                    await http.get(f"http://127.0.0.1:{BARE_PORT}/docs")
                    break
                await asyncio.sleep(0.1)
        _pin(process.pid)
        yield process.pid
    finally:
        process.terminate()
        process.wait()


async def _compare(
    scenario: Scenario, product: Product, bare_pid: int, chosen: argparse.Namespace
) -> list[dict[str, Any]]:
    """Short turns, bare and ours after each other, so that a burst of the machine hits both."""
    rows = []
    for connections in chosen.connections:
        turns = []
        for _ in range(chosen.rounds):
            theirs = await _turn(BARE_PORT, [bare_pid], scenario.bare, connections, chosen.seconds)
            ours = await _turn(product.port, product.pids(), scenario.ours, connections, chosen.seconds)
            turns.append((ours, theirs))
        rows.append({"what": f"({scenario.letter}) {scenario.title}", "connections": connections, **_figures(turns)})
        print(f"  {rows[-1]['what']:34} c={connections:<3} ratio {rows[-1]['ratio']:.2f}", flush=True)
    return rows


async def _turn(
    port: int, pids: list[int], requests: list[bytes], connections: int, seconds: float
) -> tuple[load.Result, float]:
    """One turn, and the CPU the server processes spent on a request, in microseconds."""
    before = sum(map(_cpu, pids))
    result = await load.run(port, requests, connections, seconds, (200, 201))
    return result, (sum(map(_cpu, pids)) - before) / max(1, result.count) * 1e6


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _figures(turns: list[tuple[tuple[load.Result, float], tuple[load.Result, float]]]) -> dict[str, Any]:
    middle = statistics.median
    return {
        "ratio": middle(o.rate / t.rate for (o, _), (t, _) in turns),
        "ours": middle(o.rate for (o, _), _ in turns),
        "bare": middle(t.rate for _, (t, _) in turns),
        "p50": middle(o.p50 for (o, _), _ in turns),
        "p99": middle(o.p99 for (o, _), _ in turns),
        "bare_p50": middle(t.p50 for _, (t, _) in turns),
        "cpu": middle(c for (_, c), _ in turns),
        "bare_cpu": middle(c for _, (_, c) in turns),
        "wrong": sum(o.wrong + t.wrong for (o, _), (t, _) in turns),
    }


def _table(rows: list[dict[str, Any]]) -> str:
    head = f"{'what':30} {'conn':>4} {'ours/s':>7} {'bare/s':>7} {'ratio':>6} {'p50 ms':>7} {'p99 ms':>7} {'bare p50':>8} {'cpu µs':>7} {'bare µs':>7} {'wrong':>5}"
    lines = [
        f"{r['what']:30} {r['connections']:>4} {r['ours']:>7.0f} {r['bare']:>7.0f} {r['ratio']:>6.2f} {r['p50']:>7.2f}"
        f" {r['p99']:>7.2f} {r['bare_p50']:>8.2f} {r['cpu']:>7.0f} {r['bare_cpu']:>7.0f} {r['wrong']:>5}"
        for r in rows
    ]
    return "\n".join(["", head, *lines])


async def _caught_up(product: Product) -> float:
    """Wait until the indicators have applied all that the record has; how many seconds that took."""
    begin = time.perf_counter()
    urls = product.databases()
    records, indicators = await asyncpg.connect(urls["records"]), await asyncpg.connect(urls["indicators"])
    while True:
        head = await records.fetchval(
            "SELECT coalesce(max(position), 0) + (SELECT count(*) FROM event_pending) FROM event"
        )
        at = await indicators.fetchval("SELECT position FROM follower_cursor WHERE source = 'records'")
        if at is not None and at >= head:
            break
        await asyncio.sleep(0.05)
    await records.close()
    await indicators.close()
    return time.perf_counter() - begin


async def _lag_and_bulk(product: Product, world: World) -> list[dict[str, Any]]:
    """(f) from the answer of a visit to the moved tally, (g) resources per second of a bulk import."""
    async with httpx.AsyncClient(base_url=product.base, timeout=600) as http:
        await _caught_up(product)
        lags = sorted([await world.lag(http) for _ in range(40)])
        p50, p95 = lags[len(lags) // 2], lags[len(lags) * 95 // 100]
        print(f"(f) lag from 201 to tally: p50 {p50 * 1000:.0f} ms, p95 {p95 * 1000:.0f} ms")
        await _caught_up(product)
        begin = time.perf_counter()
        answer = await http.post(
            "/v1/imports",
            content=world.ndjson,
            headers={"content-type": NDJSON, "authorization": f"Bearer {world.token}"},
        )
        spent, report = time.perf_counter() - begin, answer.json()
        rate = report["stored"] / spent
        counted = await _caught_up(product)
        print(
            f"(g) NDJSON bulk: {report['stored']} resources in {spent:.2f} s = {rate:.0f}/s, refused {report['refused']};"
            f" counted {counted:.1f} s later"
        )
    return [{"what": "(f) lag", "p50": p50, "p95": p95}, {"what": "(g) bulk", "rate": rate}]


if __name__ == "__main__":
    main()
