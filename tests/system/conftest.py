"""Running houses for the system tests: real processes on loopback, the same tests on both deployments.

A first start makes a cluster and migrates every database; `test_two_commands` tests it. All other houses begin with a
copy of the data folder of one that was started and stopped once, in processes that have the programs loaded.
"""

import atexit
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from bench.warm import Started
from deploy import placing, topology
from services.kernel.settings import Settings
from tests.leaks import in_file

WAYS = {"onebox": [], "split": ["--split"]}
_END = ExitStack()
atexit.register(_END.close)


@dataclass(frozen=True, slots=True)
class Running:
    """A house that answers: its address, the administrator's account, its files, the day it lives in."""

    address: str
    admin: dict[str, str]
    data: Path
    today: date


@pytest.fixture(scope="module", params=list(WAYS))
def running(request: pytest.FixtureRequest) -> Iterator[Running]:
    """A fresh, empty house for one test file, once in each deployment."""
    with running_house(*WAYS[request.param]) as house:
        yield house


@contextmanager
def running_house(*words: str, **environment: str) -> Iterator[Running]:
    """Start `simpul up --no-seed` with a data folder and ports of its own; nothing of it stays behind."""
    with _folder() as data:
        if not any(name.endswith("_DATABASE_URL") for name in environment):
            subprocess.run(["cp", "-a", started_once(), data], check=True)
        with _up(data, *words, **environment) as house:
            yield house


@cache
def started_once() -> Path:
    """The data folder of an empty house that has been started and stopped."""
    kept = _END.enter_context(_folder())
    with _up(kept):
        pass
    for log in (*kept.glob("*.log"), kept / "running.json"):
        log.unlink(missing_ok=True)
    return kept


@contextmanager
def _folder() -> Iterator[Path]:
    """A place for a data folder, removed with its cluster in the end."""
    folder = Path(tempfile.mkdtemp(prefix="simpul-test-"))
    folder.chmod(0o755)
    try:
        yield folder / "data"
    finally:
        placing.remove_clusters(folder / "data")
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _up(data: Path, *words: str, **environment: str) -> Iterator[Running]:
    port = free_ports(len(topology.PROCESSES) + 1)
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("SIMPUL_")}
    ours = {"SIMPUL_DATA": str(data), "SIMPUL_PORT": str(port), **environment}
    process = Started(["up", "--no-seed", *words], inherited | ours)
    try:
        _until_open(process)
        admin = json.loads((data / "credentials.json").read_text())["admin"]
        today = date.fromisoformat(environment.get("SIMPUL_TODAY") or Settings().clock().today().isoformat())
        yield Running(f"http://127.0.0.1:{port}", admin, data, today)
    finally:
        _stop(process)
    let_out = [found for log in sorted(data.glob("*.log*")) if (found := in_file(log))]
    assert not let_out, "; ".join(let_out)


def _until_open(process: Started) -> None:
    said = ""
    for line in process.stdout:
        said += line
        if line.startswith("Ctrl-C stops it"):
            return
    raise AssertionError(said)


def _stop(process: Started) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGINT)
    if not process.ended(within=30):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.ended()


def free_ports(size: int) -> int:
    """The first of `size` free ports in a row, out of those that are this test process's own."""
    lane = 18_000 + 4_000 * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    while True:
        with ExitStack() as stack, suppress(OSError):
            first = lane + secrets.randbelow(4_000 - size)
            for port in range(first, first + size):
                stack.enter_context(socket.create_server(("127.0.0.1", port)))
            return first
