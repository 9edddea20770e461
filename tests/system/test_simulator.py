"""The BPJS simulator as it is run: alone, killed and started again."""

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from bench.warm import Started
from deploy import topology
from services.coverage.simulator.settings import SimulatorSettings
from tests.service.coverage.bpjs_caller import DAY, HERE, Caller, registration, visit
from tests.system.conftest import free_ports

NIK = "1410014107908001"  # a person of demonstrations: always an active member


@contextmanager
def alone(state: Path, port: int) -> Iterator[Started]:
    """`simpul jkn-simulator`; killed in the end, as a power cut or an impatient operator would."""
    words = ["jkn-simulator", "--port", str(port), "--state", str(state)]
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("SIMPUL_")}
    process = Started(words, inherited | {"SIMPUL_TODAY": "2026-11-21"})
    try:
        said = ""
        for line in process.stdout:
            said += line
            if line.startswith("Ctrl-C"):
                break
        assert f"PCare        http://127.0.0.1:{port}/pcare-rest" in said, said
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.ended()


async def test_what_was_answered_is_there_after_a_kill(tmp_path: Path) -> None:
    port = free_ports(1)
    me = Caller.at(f"http://127.0.0.1:{port}", SimulatorSettings().login(HERE))
    with alone(tmp_path, port):
        card = (await me("GET", f"/peserta/nik/{NIK}")).value["noKartu"]
        assert (await me("POST", "/pendaftaran", registration(card, DAY))).value["message"] == "A1"
        number = (await me("POST", "/kunjungan/V1", visit(card, DAY))).value[0]["message"]
    with alone(tmp_path, port) as running:
        assert [v["noKunjungan"] for v in (await me("GET", f"/kunjungan/peserta/{card}")).value["list"]] == [number]
        told = await me("POST", "/kunjungan/V1", visit(card, DAY))
        assert told.faults == {"noKartu": "Peserta sudah di-entri di poli yang sama pada hari yang sama."}
        second = Started(["jkn-simulator", "--port", str(free_ports(1)), "--state", str(tmp_path)], dict(os.environ))
        assert "choose another" in second.stdout.read()
        second.ended()
        assert running.alive()


async def test_a_kill_in_the_middle_of_many(tmp_path: Path) -> None:
    """Every answered registration is there, no number twice, and those cut off are there once or not at all."""
    port = free_ports(1)
    me = Caller.at(f"http://127.0.0.1:{port}", SimulatorSettings().login(HERE))
    answered: dict[str, str] = {}
    at_once = asyncio.Semaphore(6)  # so that most have still to come when the kill does, however slow we are

    async def register(nik: str, running: Started) -> None:
        async with at_once:
            with suppress(httpx.TransportError):
                card = (await me("GET", f"/peserta/nik/{nik}")).value["noKartu"]
                told = await me("POST", "/pendaftaran", registration(card, DAY))
                answered[card] = told.value["message"]
                if len(answered) == 8:
                    os.killpg(running.pid, signal.SIGKILL)

    people = [f"141001410790{8100 + i}" for i in range(24)]
    with alone(tmp_path, port) as running:
        await asyncio.gather(*(register(nik, running) for nik in people))
    assert 8 <= len(answered) < len(people)
    with alone(tmp_path, port):
        kept = (await me("GET", f"/pendaftaran/tglDaftar/{DAY}/0/99")).value["list"]
    there = {r["peserta"]["noKartu"]: r["noUrut"] for r in kept}
    assert len(there) == len(kept) == len(set(there.values()))
    assert answered.items() <= there.items()


def test_a_house_that_speaks_with_bpjs_plays_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert topology.plays_bpjs()
    for name in ("SIMPUL_BPJS_URL", "SIMPUL_BPJS_VCLAIM_URL"):
        monkeypatch.setenv(name, "http://jkn-simulator/pcare-rest")
        assert topology.plays_bpjs()
    monkeypatch.setenv("SIMPUL_BPJS_VCLAIM_URL", "https://apijkn.bpjs-kesehatan.go.id/vclaim-rest")
    assert not topology.plays_bpjs()
