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
from dataclasses import dataclass
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
            print("  " + HEAD)
            rows = [
                row
                for s in world.scenarios if not chosen.only or s.letter in chosen.only
                for row in await _compare(s, product, bare_pid, chosen)
            ]  # fmt: skip
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

    def cluster(self) -> Path:
        """The folder its PostgreSQL works in."""
        return (self.folder / "data" / "postgres").resolve()

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


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of one side: rate and latencies, and the CPU a request took in our processes and in PostgreSQL, in µs."""

    rate: float
    p50: float
    p99: float
    wrong: int
    cpu: float
    database: float


async def _compare(
    scenario: Scenario, product: Product, bare_pid: int, chosen: argparse.Namespace
) -> list[dict[str, Any]]:
    """Short turns, one side after the other, so that a burst of the machine hits all."""
    ours, cluster = (product.port, product.pids()), product.cluster()
    sides = {
        "ours": (*ours, scenario.ours),
        "bare": (BARE_PORT, [bare_pid], scenario.bare),
        "lean": (BARE_PORT, [bare_pid], scenario.lean),
        "reads": (*ours, scenario.reads),
    }
    rows = []
    for connections in chosen.connections:
        turns: dict[str, list[Turn]] = {name: [] for name, (_, _, asked) in sides.items() if asked}
        for _ in range(chosen.rounds):
            for name in turns:
                port, pids, asked = sides[name]
                turns[name].append(await _turn(port, pids, cluster, asked or [], connections, chosen.seconds))
        rows.append({"what": f"({scenario.letter}) {scenario.title}", "connections": connections, **_figures(turns)})
        print("  " + _line(rows[-1]), flush=True)
    return rows


async def _turn(
    port: int, pids: list[int], cluster: Path, requests: list[bytes], connections: int, seconds: float
) -> Turn:
    servers = [int(e.name) for e in Path("/proc").iterdir() if e.name.isdigit() and _works_in(e, cluster)]
    before, database = sum(map(_cpu, pids)), sum(map(_cpu, servers))
    found = await load.run(port, requests, connections, seconds, (200, 201))
    each = 1e6 / max(1, found.count)
    return Turn(
        found.rate, found.p50, found.p99, found.wrong,
        (sum(map(_cpu, pids)) - before) * each, (sum(map(_cpu, servers)) - database) * each,
    )  # fmt: skip


def _works_in(process: Path, folder: Path) -> bool:
    with suppress(OSError):
        return (process / "cwd").samefile(folder)
    return False


def _cpu(pid: int) -> float:
    """Seconds of CPU a process has used; 0 for one that has ended."""
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def _figures(turns: dict[str, list[Turn]]) -> dict[str, Any]:
    """Medians over the turns; a ratio is the median of the ratios turn by turn."""
    middle, ours = statistics.median, turns["ours"]
    found: dict[str, Any] = {
        name: {field: middle(getattr(t, field) for t in side) for field in ("rate", "p50", "p99", "cpu", "database")}
        for name, side in turns.items()
    }
    for name in turns.keys() - {"ours"}:
        found[name]["ratio"] = middle(o.rate / t.rate for o, t in zip(ours, turns[name], strict=True))
    return found | {"wrong": sum(t.wrong for side in turns.values() for t in side)}


HEAD = (
    f"{'what':29} {'conn':>4} | {'ours/s':>6} {'p50 ms':>6} {'p99':>5} {'cpu µs':>6} {'pg µs':>5} |"
    f" {'bare/s':>6} {'p50':>5} {'cpu':>4} {'pg':>4} | {'of bare':>7} {'of lean':>7} {'of reads':>8} wrong"
)


def _line(r: dict[str, Any]) -> str:
    o, b = r["ours"], r.get("bare")
    bare = f"{b['rate']:>6.0f} {b['p50']:>5.2f} {b['cpu']:>4.0f} {b['database']:>4.0f}" if b else " " * 22
    ratios = [
        f"{r[name]['ratio']:>{w}.2f}" if name in r else " " * w for name, w in (("bare", 7), ("lean", 7), ("reads", 8))
    ]
    return (
        f"{r['what']:29} {r['connections']:>4} | {o['rate']:>6.0f} {o['p50']:>6.2f} {o['p99']:>5.1f} {o['cpu']:>6.0f}"
        f" {o['database']:>5.0f} | {bare} | {' '.join(ratios)} {r['wrong']:>5}"
    )


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
