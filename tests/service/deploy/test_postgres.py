"""The embedded server: it starts, survives every kind of death, and says plainly what it cannot get past."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from deploy import placing
from deploy.obstacle import Obstacle
from deploy.postgres import Embedded

ROOT = os.geteuid() == 0
START = """
import sys, time
from pathlib import Path
from deploy.postgres import Embedded
server = Embedded(Path(sys.argv[1]), durable=False)
server.start()
print(server.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture
def data() -> Iterator[Path]:
    """An open data folder (pytest's own lies in a 0700 folder, which is a case of its own)."""
    folder = Path(tempfile.mkdtemp(prefix="simpul-test-"))
    folder.chmod(0o755)
    yield folder
    placing.remove_clusters(folder)
    shutil.rmtree(folder)


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def wait_until_gone(pid: int) -> None:
    deadline = time.monotonic() + 20
    while not gone(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert gone(pid)


async def test_starts_stops_and_keeps_what_was_written(data: Path) -> None:
    with Embedded(data) as server:
        server.ensure_databases(["facilities", "records"])
        server.ensure_databases(["records"])
        conn = await asyncpg.connect(server.url("records"))
        await conn.execute("CREATE TABLE t AS SELECT 'Ibu Ani ke Puskesmas' COLLATE \"C\" AS word")
        shown = {name: await conn.fetchval(f"SHOW {name}") for name in ("fsync", "synchronous_commit")}
        await conn.close()
        pid = server.pid
        assert pid and os.getsid(pid) == pid, "Ctrl-C would reach the server"
    assert shown == {"fsync": "on", "synchronous_commit": "on"}
    assert gone(pid)
    assert (data / "postgres" / "simpul.password").stat().st_mode & 0o777 == 0o600
    with Embedded(data, durable=False) as server:
        assert server.sql("SELECT word FROM t", "records") == "Ibu Ani ke Puskesmas\n"


def test_password_is_asked_on_every_door(data: Path) -> None:
    with Embedded(data, durable=False) as server:
        server._password = "wrong"
        with pytest.raises(RuntimeError, match="password authentication failed"):
            server.sql("SELECT 1")
        server._socket_folder = None
        with pytest.raises(RuntimeError, match="password authentication failed"):
            server.sql("SELECT 1")


def test_killed_server_comes_back_at_its_address_with_all_commits(data: Path) -> None:
    server = Embedded(data)
    server.start()
    server.sql("CREATE TABLE t (n int)")
    for round_ in range(3):
        address = server.url("postgres")
        server.sql(f"INSERT INTO t VALUES ({round_})")
        os.kill(server.pid or 0, signal.SIGKILL)  # and start at once: its children are still going down
        deadline = time.monotonic() + 5
        while server.alive() and time.monotonic() < deadline:
            time.sleep(0.001)
        server.start()
        assert server.url("postgres") == address
    assert server.sql("SELECT count(*) FROM t") == "3\n"
    server.stop()


def test_server_stops_when_its_program_is_killed_and_starts_again(data: Path) -> None:
    program = subprocess.Popen([sys.executable, "-c", START, data], stdout=subprocess.PIPE, text=True)
    assert program.stdout
    pid = int(program.stdout.readline())
    program.kill()
    program.wait()
    program.stdout.close()
    with Embedded(data, durable=False) as server:  # while the older one may still be going down
        assert server.sql("SELECT 1") == "1\n"
    wait_until_gone(pid)


@pytest.mark.parametrize("after", [0.0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25])
def test_first_start_killed_at_any_moment_is_made_again(data: Path, after: float) -> None:
    program = subprocess.Popen([sys.executable, "-c", START, data], stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 10
    while not any(data.glob("postgres*[!k]")):  # all but postgres.lock
        assert time.monotonic() < deadline
        time.sleep(0.001)
    time.sleep(after)
    program.kill()
    program.wait()
    with Embedded(data, durable=False) as server:
        assert server.sql("SELECT 1") == "1\n"
    placing.remove_clusters(data)
    assert {path.name for path in data.iterdir()} <= {"postgres.lock", "postgres.log"}


def test_remains_that_are_no_cluster_are_put_aside(data: Path) -> None:
    (data / "postgres").mkdir()
    (data / "postgres" / "something").write_text("kept")
    said: list[str] = []
    with Embedded(data, durable=False, note=said.append) as server:
        assert server.sql("SELECT 1") == "1\n"
    aside = next(data.glob("postgres.aside-*"))
    assert (aside / "something").read_text() == "kept"
    assert str(aside) in said[0]


def test_stale_file_with_the_number_of_a_living_stranger(data: Path) -> None:
    with Embedded(data, durable=False) as server:
        pid_file = (data / "postgres" / "postmaster.pid").read_text()
        number = str(server.pid)
    stale = data / "postgres" / "postmaster.pid"
    stale.write_text(pid_file.replace(number, str(os.getpid()), 1))
    server._who.own(stale)
    with Embedded(data, durable=False) as server:
        assert server.sql("SELECT 1") == "1\n"


def test_second_program_on_the_same_folder_is_told_who_has_it(data: Path) -> None:
    with Embedded(data, durable=False), pytest.raises(Obstacle, match=rf"proses {os.getpid()}\b.*SIMPUL_DATA"):
        Embedded(data, durable=False).start()


@pytest.mark.skipif(not ROOT, reason="needs root to give a folder away")
def test_folder_of_someone_else(data: Path) -> None:
    os.chown(data, 12345, 12345)
    with pytest.raises(Obstacle, match=r"12345.*SIMPUL_DATA=") as caught:
        Embedded(data).start()
    assert "belongs to" in caught.value.en
    assert list(data.iterdir()) == []


def test_folder_that_is_a_file_or_cannot_be_made(data: Path) -> None:
    (data / "file").write_text("kept")
    for place in (data / "file", data / "file" / "below"):
        with pytest.raises(Obstacle, match="tidak dapat dibuat atau dibuka"):
            Embedded(place).start()
    assert (data / "file").read_text() == "kept"


@pytest.mark.skipif(not ROOT, reason="needs root to give a folder away")
def test_cluster_of_someone_else(data: Path) -> None:
    Embedded(data, durable=False).__enter__().stop()
    os.chown(data / "postgres", 12345, 12345)
    with pytest.raises(Obstacle, match="akun nomor 12345"):
        Embedded(data).start()


def test_cluster_of_another_version(data: Path) -> None:
    Embedded(data, durable=False).__enter__().stop()
    (data / "postgres" / "PG_VERSION").write_text("15\n")
    with pytest.raises(Obstacle, match="dibuat oleh PostgreSQL 15"):
        Embedded(data).start()


def test_cluster_that_is_not_ours(data: Path) -> None:
    Embedded(data, durable=False).__enter__().stop()
    (data / "postgres" / "simpul.password").unlink()
    with pytest.raises(Obstacle, match="tidak dibuat oleh Simpul"):
        Embedded(data).start()


def test_broken_cluster_names_the_log(data: Path) -> None:
    Embedded(data, durable=False).__enter__().stop()
    (data / "postgres" / "global" / "pg_control").unlink()
    with pytest.raises(Obstacle, match=r"tidak dapat mulai: .*\nSelengkapnya di .*postgres\.log"):
        Embedded(data).start()


@pytest.mark.skipif(not ROOT, reason="an ordinary user runs the server itself")
def test_root_with_a_closed_folder_keeps_files_elsewhere_and_opens_nothing(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    said: list[str] = []
    with Embedded(closed / "data", durable=False, note=said.append) as server:
        home = (closed / "data" / "postgres").resolve()
        assert server.sql("SELECT 1") == "1\n"
    assert closed.stat().st_mode & 0o777 == 0o700
    assert home.is_relative_to(placing.REACHABLE)
    assert str(home) in said[0]
    placing.remove_clusters(closed / "data")
    assert not home.exists()
    assert not (closed / "data" / "postgres").is_symlink()


@pytest.mark.skipif(not ROOT, reason="an ordinary user runs the server itself")
def test_programs_below_a_closed_folder_are_copied_whole(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placing, "REACHABLE", data / "reachable")
    monkeypatch.setattr(placing, "can_enter", lambda who, folder: "site-packages" not in folder.parts)
    umask = os.umask(0o077)
    try:
        with Embedded(data / "data", durable=False) as server:
            assert server._programs.is_relative_to(data / "reachable")
            assert server.sql("CREATE EXTENSION pg_trgm; SELECT similarity('Ani', 'Ani')").strip() == "1"
    finally:
        os.umask(umask)
    again = {path.name for path in (data / "reachable").iterdir()}
    Embedded(data / "data", durable=False).__enter__().stop()
    assert {path.name for path in (data / "reachable").iterdir()} == again


@pytest.mark.skipif(not ROOT, reason="an ordinary user runs the server itself")
def test_lost_files_are_not_replaced_by_an_empty_database(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    Embedded(tmp_path / "data", durable=False).__enter__().stop()
    shutil.rmtree((tmp_path / "data" / "postgres").resolve())
    with pytest.raises(Obstacle, match="sudah tidak ada"):
        Embedded(tmp_path / "data").start()


def test_long_path_still_has_a_socket(data: Path) -> None:
    deep = data / ("folder-with-a-long-name-" * 4) / "data"
    deep.parent.mkdir(mode=0o755)
    with Embedded(deep, durable=False) as server:
        assert "host=/tmp/simpul-" in server.url("x")
        assert server.sql("SELECT 1") == "1\n"
        assert not Path(server.url("x").split("host=")[1].split("&")[0]).stat().st_mode & 0o077
