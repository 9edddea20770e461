"""The simulated Antrean and iCare: the queue as BPJS is told of it, and the link that shows no data."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.coverage.simulator.app import build
from services.coverage.simulator.members import Override
from services.coverage.simulator.settings import SimulatorSettings
from tests.service.coverage.bpjs_caller import HERE, Caller

NIK = "1410014107900001"
DAY = "2026-11-21"


@pytest.fixture
def sides(tmp_path: Path) -> Iterator[tuple[Caller, Caller, str]]:
    """One facility at Antrean and at iCare, and a member's card."""
    settings = SimulatorSettings(today=date(2026, 11, 21), state=tmp_path)
    app = build(settings)
    app.state.world.fix(NIK, Override(active=True))
    card = app.state.world.by_nik(NIK)["noKartu"]
    yield Caller(app, settings.login(HERE), "/antreanfktp"), Caller(app, settings.login(HERE), "/wsihs"), card
    app.state.world.close()


def ticket(card: str, **other: Any) -> dict[str, Any]:
    return {
        "nomorkartu": card, "nik": NIK, "nohp": "081234567890", "kodepoli": "001", "namapoli": "POLI UMUM",
        "norm": "", "tanggalperiksa": DAY, "kodedokter": 131491, "namadokter": "dr. Pengganti",
        "jampraktek": "08:00-12:00", "nomorantrean": "A-12", "angkaantrean": 12, "keterangan": "", **other,
    }  # fmt: skip


async def test_polis_and_doctors_of_a_day(sides: tuple[Caller, Caller, str]) -> None:
    antrean = sides[0]
    polis = await antrean("GET", f"/ref/poli/tanggal/{DAY}")
    assert (polis.status, polis.code, polis.sealed) == (200, 200, True)
    assert {"namapoli": "POLI UMUM", "kodepoli": "001"}.items() <= polis.value["list"][0].items()
    doctors = (await antrean("GET", f"/ref/dokter/kodepoli/001/tanggal/{DAY}")).value["list"]
    assert all(isinstance(d["kodedokter"], int) and isinstance(d["kapasitas"], int) for d in doctors)
    assert {"08:00-12:00", "13:00-16:00"} >= {d["jampraktek"] for d in doctors}
    assert 131491 in [d["kodedokter"] for d in doctors]
    for closed in ("/ref/poli/tanggal/2026-11-22", "/ref/dokter/kodepoli/999/tanggal/2026-11-21",
                   "/ref/poli/tanggal/21-11-2026"):  # fmt: skip
        told = await antrean("GET", closed)
        assert (told.status, told.code, told.value) == (200, 201, None)


async def test_a_ticket_is_added_called_and_cancelled(sides: tuple[Caller, Caller, str]) -> None:
    antrean, _, card = sides
    assert (await antrean("POST", "/antrean/add", ticket(card))).code == 200
    twice = await antrean("POST", "/antrean/add", ticket(card, nomorantrean="A-13", angkaantrean=13))
    assert (twice.code, "Sudah" in twice.message) == (201, True)
    key = {"tanggalperiksa": DAY, "kodepoli": "001", "nomorkartu": card}
    assert (await antrean("POST", "/antrean/panggil", key | {"status": 2, "waktu": 1732150800000})).code == 200
    assert (await antrean("POST", "/antrean/batal", key | {"alasan": "berhalangan"})).code == 200
    assert (await antrean("POST", "/antrean/batal", key | {"alasan": "berhalangan"})).code == 201
    assert (await antrean("POST", "/antrean/add", ticket(card))).code == 200  # a cancelled one makes room
    assert (await antrean("POST", "/antrean/panggil", key | {"status": 1, "waktu": 1732150800000})).code == 200
    served = await antrean("POST", "/antrean/batal", key | {"alasan": "berhalangan"})
    assert (served.code, "Dilayani" in served.message) == (201, True)


@pytest.mark.parametrize(
    "wrong",
    [{"nomorkartu": "123"}, {"nik": "1"}, {"kodepoli": "999"}, {"tanggalperiksa": "21-11-2026"},
     {"tanggalperiksa": "2026-11-20"}, {"kodedokter": "131491"}, {"jampraktek": "pagi"}, {"angkaantrean": 0}],
)  # fmt: skip
async def test_a_wrong_ticket_is_refused_with_201(sides: tuple[Caller, Caller, str], wrong: dict[str, Any]) -> None:
    antrean, _, card = sides
    told = await antrean("POST", "/antrean/add", ticket(card, **wrong))
    assert (told.status, told.code, told.value) == (200, 201, None)
    assert told.message


async def test_who_is_no_member_queues_by_nik(sides: tuple[Caller, Caller, str]) -> None:
    antrean = sides[0]
    assert (await antrean("POST", "/antrean/add", ticket(""))).code == 200
    assert (await antrean("POST", "/antrean/add", ticket(""))).code == 201


async def test_icare_gives_a_link_and_the_page_no_data(sides: tuple[Caller, Caller, str]) -> None:
    _, icare, card = sides
    told = await icare("POST", "/api/pcare/validate", {"param": card})
    assert (told.code, told.sealed) == (200, True)
    url = told.value["url"]
    assert card not in url
    world = icare.app.state.world
    async with httpx.AsyncClient(transport=httpx.ASGITransport(icare.app)) as browser:
        page = await browser.get(url)
        assert (page.status_code, page.headers["cache-control"]) == (200, "no-store")
        assert not any(word in page.text for word in (card, NIK, world.by_nik(NIK)["nama"]))
        assert (await browser.get(url + "x")).status_code == 404
        real = world.now
        world.now = lambda: real() + 3600
        assert (await browser.get(url)).status_code == 404
        world.now = real
    world.settings.address = "https://simpul.example/jkn-simulator"
    told = await icare("POST", "/api/pcare/validate", {"param": card})
    assert told.value["url"].startswith("https://simpul.example/jkn-simulator/icare/")
    assert (await icare("POST", "/api/pcare/validate", {"param": "123"})).code == 201
    assert (await icare("POST", "/api/pcare/validate", {"param": "9999999999999"})).code == 201
