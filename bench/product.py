"""The product as a bench sees it: started in a folder of its own, asked in turns, its CPU counted."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from bench import load

PROJECT = Path(__file__).resolve().parents[1]


def free_port() -> int:
    """A port nobody listens on, so that two benches do not collide."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


class Product:
    """`simpul up` in a folder of its own."""

    def __init__(self, folder: Path, split: bool) -> None:
        self.folder, self.split, self.port = folder, split, free_port()
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
            pin(pid)

    def memory(self) -> float:
        """Resident memory of the product without PostgreSQL, in MB."""
        total = 0
        for pid in self.pids():
            with suppress(OSError):
                text = Path(f"/proc/{pid}/status").read_text()
                total += int(text.split("VmRSS:")[1].split()[0]) if "VmRSS:" in text else 0
        return total / 1024


def pin(pid: int, *, load: bool = False) -> None:
    cores = sorted(os.sched_getaffinity(0) | {0, 1}) if (os.cpu_count() or 1) > 1 else [0]
    for task in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(task.name), {cores[-1] if load else cores[0]})


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of one side: rate and latencies, and the CPU a request took in our processes and in PostgreSQL, in µs."""

    rate: float
    p50: float
    p95: float
    p99: float
    wrong: int
    cpu: float
    database: float
    count: int


async def turn(
    port: int, pids: list[int], cluster: Path, requests: list[bytes], connections: int, seconds: float, *,
    once: bool = False,
) -> Turn:  # fmt: skip
    servers = [int(e.name) for e in Path("/proc").iterdir() if e.name.isdigit() and _works_in(e, cluster)]
    before, database = sum(map(_cpu, pids)), sum(map(_cpu, servers))
    found = await load.run(port, requests, connections, seconds, (200, 201), once=once)
    each = 1e6 / max(1, found.count)
    return Turn(
        found.rate, found.p50, found.p95, found.p99, found.wrong,
        (sum(map(_cpu, pids)) - before) * each, (sum(map(_cpu, servers)) - database) * each,
        found.count,
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


async def caught_up(product: Product) -> float:
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


async def quiet(product: Product, patience: float = 30.0) -> float:
    """Wait until the product's own work after a load (looking for same persons, counting) is done; how many seconds.

    Jobs rest for two seconds between two turns: a single still moment says nothing.
    """
    begin, still = time.perf_counter(), 0
    while still < 6 and time.perf_counter() - begin < patience:
        before = sum(map(_cpu, product.pids()))
        await asyncio.sleep(0.5)
        still = still + 1 if sum(map(_cpu, product.pids())) - before < 0.05 else 0
    return time.perf_counter() - begin


@asynccontextmanager
async def beside(app: str, url: str, port: int) -> AsyncIterator[tuple[int, int]]:
    """A bare route on a database, on the product's core: its port and process."""
    command = [
        sys.executable, "-m", "uvicorn", app, "--port", str(port), "--loop", "uvloop",
        "--http", "httptools", "--no-access-log", "--log-level", "warning",
    ]  # fmt: skip
    process = subprocess.Popen(command, env=os.environ | {"BARE_DATABASE_URL": url}, cwd=PROJECT)
    try:
        async with httpx.AsyncClient() as http:
            for _ in range(600):
                with suppress(httpx.HTTPError):
                    await http.get(f"http://127.0.0.1:{port}/docs")
                    break
                await asyncio.sleep(0.1)
        pin(process.pid)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait()
