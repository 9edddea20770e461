"""Houses started by a process that has loaded the programs already.

Loading Python's modules is most of a start (2 s of 2.8, and of each process of a split house). One process loads them
once and forks; from there on a child is `simpul` with arguments, environment and a process group of its own, stopped
or killed like any other. That the commands start from nothing is tested where it is the matter
(`tests/system/test_two_commands`).

Who asks for a child and the child hold the ends of one connection: each sees by its end that the other is gone.
"""

import atexit
import io
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

DOOR = "SIMPUL_TEST_FORKS"


class Started:
    """A running `simpul`, its process id (that of its group too) and what it says."""

    def __init__(self, words: Sequence[str], environment: Mapping[str, str]) -> None:
        mine, its = os.pipe()
        self._life = _ask(_door(), words, {**environment, DOOR: _door()}, its)
        os.close(its)
        self.pid = int(self._life.recv(20))
        self.stdout = io.TextIOWrapper(io.FileIO(mine), encoding="utf-8")

    def ended(self, within: float | None = None) -> bool:
        """Wait for its end; whether it came. What it said can be read until then."""
        if self._life.fileno() >= 0:
            if not select.select([self._life], [], [], within)[0]:
                return False
            self._life.close()
            self.stdout.close()
        return True

    def alive(self) -> bool:
        """Whether it runs."""
        return not self.ended(0)


class _Beside(Started):
    """A process of a split house, as its crew knows it (`subprocess.Popen`)."""

    def __init__(self, words: list[str], environment: dict[str, str], log: Path) -> None:
        with log.open("ab") as out:
            self._life = _ask(environment[DOOR], words, environment, out.fileno())
        self.pid, self.stdout = int(self._life.recv(20)), io.TextIOWrapper(io.BytesIO())

    def poll(self) -> int | None:
        return 0 if self.ended(0) else None

    def wait(self, timeout: float | None = None) -> int:
        if not self.ended(timeout):
            raise subprocess.TimeoutExpired("simpul", timeout or 0)
        return 0

    def send_signal(self, number: int) -> None:
        if self.alive():
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


@cache
def _door() -> str:
    """Start the process that forks; the path of its socket. It ends with us."""
    folder = tempfile.mkdtemp(prefix="simpul-forks-")
    door = f"{folder}/door"
    forks = subprocess.Popen([sys.executable, "-m", "bench.warm", door], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    atexit.register(forks.communicate)  # it ends when its input does
    assert forks.stdout
    assert forks.stdout.readline() == b"ready\n"
    return door


def _ask(door: str, words: Sequence[str], environment: Mapping[str, str], out: int) -> socket.socket:
    life = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    life.connect(door)
    order = json.dumps({"words": list(words), "environment": dict(environment)}).encode()
    socket.send_fds(life, [len(order).to_bytes(4, "big")], [out])
    life.sendall(order)
    return life


def _serve(door: str) -> None:
    """Load everything, then fork for whoever asks, until our parent is gone."""
    import importlib

    from deploy import topology

    for module in ("deploy.cli", "deploy.onebox", "deploy.split", "deploy.start", "gateway.app", "services.kernel.logs",
                   "services.coverage.simulator.app", "deploy.simulator", *(f"services.{name}.app" for name in topology.NAMES)):  # fmt: skip
        importlib.import_module(module)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(door)
        listening.listen(100)
        print("ready", flush=True)
        while sys.stdin not in select.select([listening, sys.stdin], [], [])[0]:
            life, _ = listening.accept()
            if os.fork() == 0:
                listening.close()
                _simpul(life)
            life.close()
    Path(door).unlink()
    Path(door).parent.rmdir()


def _simpul(life: socket.socket) -> None:
    """The child: what was ordered, as if it were a process of its own from the start."""
    from deploy import cli, split

    head, (out,), *_ = socket.recv_fds(life, 4, 1)
    order = json.loads(life.recv(int.from_bytes(head, "big"), socket.MSG_WAITALL))
    os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.environ.clear()
    os.environ.update(order["environment"])
    for ours, theirs in ((os.open(os.devnull, os.O_RDONLY), 0), (out, 1), (out, 2)):
        os.dup2(ours, theirs)
    os.close(out)
    sys.stdout, sys.stderr = (open(n, "w", buffering=1, encoding="utf-8", closefd=False) for n in (1, 2))  # noqa: SIM115
    split.launch = _Beside  # type: ignore[assignment]
    life.send(str(os.getpid()).encode())
    threading.Thread(target=_end_with, args=(life,), daemon=True).start()
    code = 1
    try:
        code = cli.main(order["words"])
    finally:
        sys.stdout.flush()
        os._exit(code)


def _end_with(life: socket.socket) -> None:
    life.recv(1)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    _serve(sys.argv[1])
