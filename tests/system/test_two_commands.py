"""`simpul up` as a person meets it, in both deployments: it starts, says where it is, stops, and starts again."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from bench.warm import Started
from deploy import placing, topology
from deploy.postgres import Embedded
from tests.system.conftest import free_ports, started_once

BOTH = pytest.mark.parametrize("way", [[], ["--split"]], ids=["onebox", "split"])


@pytest.fixture
def house() -> Iterator[dict[str, str]]:
    """The environment of a house of its own: a free block of ports, an open data folder."""
    folder = Path(tempfile.mkdtemp(prefix="simpul-test-"))
    folder.chmod(0o755)
    ours = {"SIMPUL_DATA": str(folder / "data"), "SIMPUL_PORT": str(free_ports(len(topology.PROCESSES) + 1))}
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("SIMPUL_")}
    yield inherited | ours
    placing.remove_clusters(folder / "data")
    shutil.rmtree(folder)


@pytest.fixture
def begun(house: dict[str, str]) -> dict[str, str]:
    """The same, where a first start has been made and ended in order."""
    subprocess.run(["cp", "-a", started_once(), house["SIMPUL_DATA"]], check=True)
    return house


def simpul(house: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "deploy.cli", *words], env=house, capture_output=True, text=True, check=False
    )


@contextlib.contextmanager
def up(house: dict[str, str], *way: str, seed: bool = False) -> Iterator[subprocess.Popen[str]]:
    """A house that is starting. Whatever the test does, nothing stays behind."""
    command = [sys.executable, "-m", "deploy.cli", "up", *([] if seed else ["--no-seed"]), *way]
    with subprocess.Popen(
        command, env=house, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def until_open(process: subprocess.Popen[str] | Started) -> str:
    """What it says until the closing words."""
    said = ""
    assert process.stdout
    for line in process.stdout:
        said += line
        if line.startswith("Ctrl-C stops it"):
            return said
    raise AssertionError(said)


def interrupt(process: subprocess.Popen[str]) -> str:
    """Ctrl-C: the terminal sends it to the whole process group."""
    os.killpg(process.pid, signal.SIGINT)
    assert process.stdout
    rest = process.stdout.read()
    assert process.wait(30) == 0, rest
    return rest


def servers(house: dict[str, str]) -> list[int]:
    """PostgreSQL servers that still work in this house's data folder."""
    data = (Path(house["SIMPUL_DATA"]) / "postgres").resolve()
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and (entry / "cwd").resolve() == data:
                found.append(int(entry.name))
    return found


def libraries_alone() -> float:
    """Seconds this machine, as busy as it is, needs to load what every process of ours loads."""
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", "import fastapi, sqlmodel, asyncpg, httpx, uvicorn"], check=True)
    return time.monotonic() - began


@BOTH
def test_start_look_stop_start_again(house: dict[str, str], way: list[str]) -> None:
    base = f"http://127.0.0.1:{house['SIMPUL_PORT']}"
    with up(house, *way) as process:
        said = until_open(process)
        assert base in said
        credentials = Path(house["SIMPUL_DATA"]) / "credentials.json"
        assert str(credentials) in said
        assert credentials.stat().st_mode & 0o777 == 0o600
        assert httpx.get(f"{base}/health/ready").status_code == 200
        admin = json.loads(credentials.read_text())["admin"]
        answer = httpx.post(f"{base}/oauth2/v1/token", data={"grant_type": "password", **admin})
        assert answer.status_code == 200
        found = json.loads(simpul(house, "status", "--json").stdout)
        assert set(found["services"]) == set(topology.NAMES)
        assert found["ready"] is True
        assert "sedang berjalan" in simpul(house, "reset", "--yes").stderr
        assert "Berhenti" in interrupt(process)
    assert servers(house) == []
    began = time.monotonic()
    with up(house, *way) as process:
        until_open(process)
        took = time.monotonic() - began
        assert httpx.post(f"{base}/oauth2/v1/token", data={"grant_type": "password", **admin}).status_code == 200
        interrupt(process)
    bare = libraries_alone()
    assert took < 12 * bare, f"second start took {took:.1f} s; loading the libraries alone, {bare:.1f} s"
    log = (Path(house["SIMPUL_DATA"]) / "simpul.log").read_text()
    assert "Traceback" not in log
    assert re.findall(r'"level":"(?:error|critical)".*', log) == []


@BOTH
def test_everything_killed_at_once_starts_again(begun: dict[str, str], way: list[str]) -> None:
    with up(begun, *way) as process:
        until_open(process)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        with up(begun, *way) as again:
            until_open(again)
            interrupt(again)
    assert servers(begun) == []


@pytest.mark.parametrize("line", ["network loaded", "demo accounts", "official denominators"])
def test_first_seed_killed_is_finished_at_the_next_start(begun: dict[str, str], line: str) -> None:
    process = Started(["up"], begun)
    assert any(line in said for said in process.stdout)
    time.sleep(0.3)  # in the middle of what comes next
    os.killpg(process.pid, signal.SIGKILL)
    assert process.ended()
    data = Path(begun["SIMPUL_DATA"])
    assert not (data / "seeded").exists()
    for expected in (True, False):
        process = Started(["up"], begun)
        assert ("people loaded" in until_open(process)) is expected
        os.killpg(process.pid, signal.SIGINT)
        assert process.ended(within=30)
        assert (data / "seeded").exists()
    assert json.loads((data / "credentials.json").read_text())["demo"]["clients"]


def test_database_server_killed_under_us_comes_back(begun: dict[str, str]) -> None:
    base = f"http://127.0.0.1:{begun['SIMPUL_PORT']}"
    with up(begun) as process:
        until_open(process)
        postmaster = int((Path(begun["SIMPUL_DATA"]) / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0])
        os.kill(postmaster, signal.SIGKILL)
        deadline = time.monotonic() + 15
        time.sleep(0.2)
        while httpx.get(f"{base}/health/ready", timeout=10).status_code != 200:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        interrupt(process)


def test_given_databases_are_used_and_no_server_is_started(house: dict[str, str], postgres: Embedded) -> None:
    given = {topology.database_variable(name): postgres.url(f"given_{name}") for name in topology.NAMES}
    with up(house | given) as process:
        until_open(process)
        assert httpx.get(f"http://127.0.0.1:{house['SIMPUL_PORT']}/health/ready").status_code == 200
        assert not (Path(house["SIMPUL_DATA"]) / "postgres").exists()
        interrupt(process)
    assert postgres.sql("SELECT count(*) FROM alembic_version", "given_records") == "1\n"


def test_port_taken_is_said_with_a_way_out(house: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", int(house["SIMPUL_PORT"]))):
        done = simpul(house, "up")
    assert done.returncode == 2
    assert f"Port {house['SIMPUL_PORT']}" in done.stderr
    assert "SIMPUL_PORT=" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_second_house_on_the_same_data_is_refused(begun: dict[str, str]) -> None:
    with up(begun) as process:
        until_open(process)
        done = simpul(begun | {"SIMPUL_PORT": str(free_ports(1))}, "up", "--no-seed")
        assert done.returncode == 2
        assert "sedang memakai" in done.stderr
        assert httpx.get(f"http://127.0.0.1:{begun['SIMPUL_PORT']}/health/ready").status_code == 200
        assert json.loads(simpul(begun, "status", "--json").stdout)["ready"] is True
        interrupt(process)


def test_accounts_and_network_by_command(begun: dict[str, str]) -> None:
    network = Path(__file__).parents[2] / "deploy" / "demo" / "network"
    with up(begun) as process:
        until_open(process)
        loaded = simpul(begun, "network", "load", str(network))
        assert loaded.returncode == 0, loaded.stderr
        made = simpul(begun, "client", "add", "--facility", "P1410010101", "--face", "satusehat", "--json")
        client = json.loads(made.stdout)
        base = f"http://127.0.0.1:{begun['SIMPUL_PORT']}"
        answer = httpx.post(
            f"{base}/oauth2/v1/accesstoken?grant_type=client_credentials",
            data={"client_id": client["id"], "client_secret": client["secret"]},
        )
        assert answer.status_code == 200
        refused = simpul(begun, "client", "add", "--facility", "X9999")
        assert refused.returncode == 2
        assert "Simpul menolak (422)" in refused.stderr
        interrupt(process)
