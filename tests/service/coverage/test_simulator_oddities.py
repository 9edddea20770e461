"""Whatever is sent, the simulated PCare answers as BPJS does: never by falling over, and never half done."""

import sqlite3
from typing import Any

import pytest

from services.coverage.simulator.pcare.mcu import KEYS, NUMBERS
from tests.service.coverage.bpjs_caller import DAY, HERE, Caller, card, entered, referred, registration, visit, world

ODD: list[Any] = [
    None, [], {}, True, -1, 1.5, 10**18, "", "x" * 500, "0", "'; --", "\N{GRINNING FACE}", [{}], {"a": []},
]  # fmt: skip
TABLES = ("registration", "visit", "part", "activity", "participant")


async def test_every_field_may_be_anything(caller: Caller) -> None:
    number = await entered(caller)
    me, onward = card(caller), referred("", DAY)["rujukLanjut"]
    act = {"kdTindakanSK": 0, "noKunjungan": number, "kdTindakan": "01002", "biaya": 0, "keterangan": "", "hasil": 0}
    drug = {"kdObatSK": 0, "noKunjungan": number, "racikan": False, "obatDPHO": True, "kdObat": "130401001",
            "signa1": 3, "signa2": 1, "jmlObat": 30, "jmlPermintaan": 30, "nmObatNonDPHO": ""}  # fmt: skip
    checkup = dict.fromkeys(KEYS) | dict.fromkeys(NUMBERS, 0) | {
        "kdMCU": 0, "noKunjungan": number, "kdProvider": HERE, "tglPelayanan": DAY,
    }  # fmt: skip
    event = {"eduId": None, "clubId": 1, "tglPelayanan": DAY, "kdKegiatan": "01", "kdKelompok": "00", "biaya": 0}
    bodies = {
        ("POST", "/pendaftaran"): registration(me, DAY, kdPoli="002"),
        ("POST", "/kunjungan/V1"): visit(me, DAY),
        ("PUT", "/kunjungan/V1"): visit(me, DAY, noKunjungan=number),
        ("POST", "/obat/kunjungan"): drug,
        ("POST", "/tindakan"): act,
        ("PUT", "/tindakan"): act,
        ("POST", "/MCU"): checkup,
        ("POST", "/kelompok/kegiatan"): event,
        ("POST", "/kelompok/peserta"): {"eduId": "1", "noKartu": me},
    }
    for (method, path), body in bodies.items():
        for at, field in enumerate(body):
            for odd in (ODD[at % len(ODD)], ODD[(at + 5) % len(ODD)]):
                await asked(caller, method, path, body | {field: odd})
    for field in onward:
        for odd in ODD:
            await asked(caller, "PUT", "/kunjungan/V1", referred(me, DAY, rujukLanjut=onward | {field: odd}))
    for odd in (*ODD, [1], "text"):
        await asked(caller, "POST", "/kunjungan/V1", odd)


async def asked(caller: Caller, method: str, path: str, body: Any) -> None:
    """An envelope comes back (the caller fails on anything else), and a refusal has left nothing behind."""
    before = counted(caller)
    told = await caller(method, path, body)
    assert told.code in (200, 201, 400, 404, 412), (path, body, told)
    assert told.code < 400 or counted(caller) == before, (path, body)


def counted(caller: Caller) -> list[int]:
    return [world(caller).store.value(f"SELECT count(*) FROM {table}") for table in TABLES]


async def test_addresses_may_hold_anything(caller: Caller) -> None:
    number = await entered(caller)
    for odd in ("0", "x", "%F0%9F%98%80", "%27%3B--", "9" * 400, "..%2f..", "%00"):
        for path in (
            f"/kunjungan/{odd}", f"/obat/{odd}/kunjungan/{number}", f"/MCU/1/kunjungan/{odd}",
            f"/pendaftaran/peserta/{odd}/tglDaftar/{odd}/noUrut/{odd}/kdPoli/{odd}", f"/kelompok/peserta/{odd}/{odd}",
        ):  # fmt: skip
            assert (await caller("DELETE", path)).code in (404, 412), path
        for path in (
            f"/peserta/{odd}", f"/diagnosa/{odd}/0/1", f"/diagnosa/A/{odd}/{odd}", f"/kunjungan/peserta/{odd}",
            f"/kunjungan/rujukan/{odd}", f"/spesialis/{odd}/subspesialis", f"/kelompok/kegiatan/{odd}",
            f"/spesialis/rujuk/subspesialis/{odd}/sarana/1/tglEstRujuk/{odd}",
        ):  # fmt: skip
            assert (await caller("GET", path)).code in (200, 400, 404, 412), path
    assert world(caller).store.value("SELECT count(*) FROM visit") == 1


async def test_a_handler_that_fails_leaves_nothing(caller: Caller) -> None:
    """The transaction around a handler: what it wrote before it failed is taken back."""
    await caller("POST", "/pendaftaran", registration(card(caller), DAY))
    refusing = "BEFORE UPDATE ON registration BEGIN SELECT RAISE(FAIL, 'no'); END"
    world(caller).store.run(f"CREATE TRIGGER no_served {refusing}")
    with pytest.raises(sqlite3.IntegrityError):
        await caller("POST", "/kunjungan/V1", visit(card(caller), DAY))
    assert world(caller).store.value("SELECT count(*) FROM visit") == 0
    world(caller).store.run("DROP TRIGGER no_served")
    told = await caller("POST", "/kunjungan/V1", visit(card(caller), DAY))
    assert told.value[0]["message"] == "9914P0011126Y000001"
