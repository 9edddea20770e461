"""Running houses for the system tests: real processes on loopback, the same tests on both deployments."""

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from deploy import placing, topology
from services.kernel.settings import Settings

WAYS = {"onebox": [], "split": ["--split"]}


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
    folder = Path(tempfile.mkdtemp(prefix="simpul-test-"))
    folder.chmod(0o755)
    port, data = free_ports(len(topology.PROCESSES) + 1), folder / "data"
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("SIMPUL_")}
    ours = {"SIMPUL_DATA": str(data), "SIMPUL_PORT": str(port), **environment}
    command = [sys.executable, "-m", "deploy.cli", "up", "--no-seed", *words]
    with subprocess.Popen(
        command,
        env=inherited | ours,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            _until_open(process)
            admin = json.loads((data / "credentials.json").read_text())["admin"]
            today = date.fromisoformat(environment.get("SIMPUL_TODAY") or Settings().clock().today().isoformat())
            yield Running(f"http://127.0.0.1:{port}", admin, data, today)
        finally:
            _stop(process)
            placing.remove_clusters(data)
            shutil.rmtree(folder, ignore_errors=True)


def _until_open(process: subprocess.Popen[str]) -> None:
    said = ""
    assert process.stdout
    for line in process.stdout:
        said += line
        if line.startswith("Ctrl-C stops it"):
            return
    raise AssertionError(said)


def _stop(process: subprocess.Popen[str]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGINT)
    try:
        process.communicate(timeout=30)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def free_ports(size: int) -> int:
    """The first of `size` free ports in a row, out of those that are this test process's own."""
    lane = 18_000 + 4_000 * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    while True:
        with ExitStack() as stack, suppress(OSError):
            first = lane + secrets.randbelow(4_000 - size)
            for port in range(first, first + size):
                stack.enter_context(socket.create_server(("127.0.0.1", port)))
            return first
