"""JKN coverage, the gap list and proposals for free membership, over HTTP."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx

from services.indicators.usecases import jkn_feed
from services.kernel.events import Event
from tests.service.indicators.conftest import KEPT, OPTED_OUT
from tests.service.indicators.test_kbk import Jkn
from tests.service.indicators.world import Stage, Write, condition, patient, who

Caller = Callable[..., httpx.AsyncClient]
ONE, TWO = "1410011001", "1410022003"
"""A village of P1 and one of P2."""
POPULATION = {"items": [
    {"place": place, "year": 2026, "sex": sex, "age": age, "value": value, "source": "BPS"}
    for place, value in (("", 1), (ONE, 0), (TWO, 0)) for sex in ("male", "female")
    for age in (0, 1, *range(5, 90, 5))
]}  # fmt: skip


async def people(stage: Stage, jkn: Jkn) -> None:
    """Twelve adults in each village; of the first six active, two inactive, one not found, three never asked; one is
    known by hypertension, one by HIV risk alone (a child)."""
    async with stage.conn.transaction():
        await stage.write([
            Write("Patient", f"p{n}", who(n), patient(date(1980, 1, 1), ONE if n <= 12 else TWO))
            for n in range(1, 25)
        ])  # fmt: skip
        await stage.write([
            Write("Condition", "c9", who(9), condition("I10", "2026-03-01")),
            Write("Patient", "p30", who(30), patient(date(2020, 1, 1), ONE)),
            Write("Condition", "c30", who(30), condition("Z11.4", "2026-05-01")),
        ])  # fmt: skip
    for n in range(1, 13):
        status = "active" if n <= 6 else "inactive" if n <= 8 else "not_found" if n == 9 else None
        if status:
            await jkn.member(n, status, payer="21" if n <= 3 else "22")
    for n in range(13, 25):
        await jkn.member(n, "active")


def row(answer: dict[str, Any], code: str) -> dict[str, Any]:
    found: dict[str, Any] = next(r for r in answer["rows"] if r["code"] == code)
    return found


async def test_coverage_gaps_and_proposals(stage: Stage, caller: Caller) -> None:
    jkn = Jkn(stage)
    await people(stage, jkn)
    office = caller("dinkes-admin")
    try:
        await _coverage(office, caller)
        await _gaps(office, caller)
        await _proposals(stage, jkn, office, caller)
    finally:
        KEPT.clear()
        OPTED_OUT.clear()


async def _coverage(office: httpx.AsyncClient, caller: Caller) -> None:
    empty = (await office.get("/v1/uhc")).json()
    assert (empty["total"]["population"], empty["reaches"]) == (None, None), "nobody said how many there are"
    answer = await office.put("/v1/indicators/pip-1/population?confirm=true", json=POPULATION)
    assert answer.status_code == 200, answer.text
    found = (await office.get("/v1/uhc?by=village")).json()
    total = found["total"]
    assert (total["registered"], total["active"], total["inactive"], total["not_found"], total["unknown"]) == (
        20, 18, 2, 1, 4,
    )  # fmt: skip
    assert (total["population"], total["registered_of_population"], total["active_of_registered"]) == (38, 52.63, 90.0)
    assert (total["active_of_population"], found["reaches"]) == (47.37, False)
    assert row(found, ONE)["active"] == 6 and row(found, TWO)["active"] == 12
    segments = (await office.get("/v1/uhc?by=segment")).json()
    assert (row(segments, "21")["active"], row(segments, "21")["name"]) == (15, "PBI (APBN)")
    assert (await office.get("/v1/uhc?on=2026-09-30")).json()["total"]["active"] == 0, "stated on 1 October"
    shut = (await caller("dinkes-analyst").get("/v1/uhc?by=village")).json()
    assert row(shut, ONE)["active"] is None and row(shut, ONE)["suppressed"], "two, one and four people"
    assert shut["total"]["active"] is None, "with it a difference would tell"
    mine = (await caller("puskesmas-staff", "P1").get("/v1/uhc?by=village")).json()
    assert row(mine, ONE)["active"] == 6


async def _gaps(office: httpx.AsyncClient, caller: Caller) -> None:
    by_village = (await office.get("/v1/jkn-gaps")).json()
    one = row(by_village, ONE)
    assert [one[n] for n in ("inactive", "not_found", "unknown", "gap", "eligible")] == [2, 1, 4, 7, 13]
    assert row(by_village, TWO)["gap"] == 0
    services = (await office.get("/v1/jkn-gaps?by=service")).json()
    assert (row(services, "spm-08")["not_found"], row(services, "spm-12")["unknown"]) == (1, 1)
    assert row((await caller("dinkes-analyst").get("/v1/jkn-gaps")).json(), ONE)["gap"] is None
    answer = (await office.get(one["link"] + "&names=true")).json()
    assert [i["person_id"] for i in answer["items"]] == [who(n) for n in (7, 8, 9, 10, 11, 12, 30)]
    nine = answer["items"][2]
    assert (nine["state"], nine["services"], nine["who"]["name"]) == ("not_found", ["spm-06", "spm-08"], "Orang 9")
    KEPT.update({"Condition/c9", "Condition/c30"})
    hidden = (await office.get("/v1/jkn-gaps/persons")).json()["items"]
    assert [(i["person_id"], i["services"]) for i in hidden if i["person_id"] in (who(9), who(30))] == [
        (who(9), ["spm-06"]),
    ], "by a diagnosis that is kept back nobody is there, nor is the service named"  # fmt: skip
    assert (await office.get("/v1/jkn-gaps/persons?service=spm-12")).json()["items"] == []
    KEPT.clear()
    clinic = (await caller("clinic-system", "K2").get("/v1/jkn-gaps/persons")).json()
    assert (clinic["items"], clinic["withheld"]) == ([], None)
    assert [i["person_id"] for i in (await office.get("/v1/jkn-gaps/persons?state=inactive")).json()["items"]] == [
        who(7), who(8),
    ]  # fmt: skip


async def _proposals(stage: Stage, jkn: Jkn, office: httpx.AsyncClient, caller: Caller) -> None:
    url = "/v1/jkn-gaps/proposals"
    OPTED_OUT.add(who(10))
    wanted = {"persons": [who(7), who(8), who(10), who(1), who(7), "x"]}
    made = (await office.post(url, json=wanted)).json()
    assert made["made"] == 2
    assert {(n["person_id"], n["code"]) for n in made["not_made"]} == {
        (who(10), "not-in-the-list"), (who(1), "not-in-the-list"), ("x", "not-in-the-list"),
    }  # fmt: skip
    again = (await caller("puskesmas-staff", "P1").post(url, json={"persons": [who(7), who(9)]})).json()
    assert (again["made"], again["not_made"][0]["code"]) == (1, "already")
    elsewhere = (await caller("puskesmas-staff", "P2").post(url, json={"persons": [who(11)]})).json()
    assert elsewhere["not_made"][0]["code"] == "not-in-the-list", "not of its catchment"
    file = await office.post(f"{url}/export")
    lines = file.text.lstrip("\ufeff").splitlines()
    assert len(lines) == 4 and lines[0].split(";")[1] == "NIK" and "Orang 7" in file.text
    assert "tidak aktif" in file.text and "inactive" not in file.text, "for an office that reads Indonesian"
    assert {line.split(";")[-1] for line in lines[1:]} == {"2026-11-21"}, "the day it is here, not in Greenwich"
    assert len((await office.post(f"{url}/export")).text.splitlines()) == 1, "they have gone out"
    assert len((await office.post(f"{url}/export?again=true&format=xlsx")).content) > 1000
    logged = await stage.conn.fetch("SELECT person_id::text FROM access_pending WHERE action = 'export' UNION"
                                    " SELECT person_id::text FROM access_log WHERE action = 'export'")  # fmt: skip
    assert {r[0] for r in logged} == {who(7), who(8), who(9)}
    await jkn.member(7, "active", payer="22")
    assert {i["state"] for i in (await office.get(url)).json()["items"]} == {"exported"}, "told before it was proposed"
    now = datetime.now(UTC) + timedelta(days=1)
    await jkn.member(7, "active", payer="22", at=now)
    await jkn.member(8, "inactive", at=now)
    shown = (await office.get(url)).json()["items"]
    assert {i["person_id"]: (i["state"], i["payer"]) for i in shown} == {
        who(7): ("active", "22"), who(8): ("exported", None), who(9): ("exported", None),
    }  # fmt: skip
    refused = await office.post(f"{url}/{who(8)}/refuse", json={"reason": "Tidak ada dalam DTSEN"})
    assert (refused.status_code, refused.json()["state"]) == (200, "refused")
    assert (await office.post(f"{url}/{who(8)}/refuse", json={"reason": "lagi"})).status_code == 404
    assert (await office.post(url, json={"persons": [who(8)]})).json()["made"] == 1, "may be proposed again"
    merged = Event("merge", "created", "m", 1, {"survivor": who(9), "other": who(8)}, who(9), 99, None)
    async with stage.conn.transaction():
        await jkn_feed.take_merges(stage.conn, [merged])
    states = sorted(i["state"] for i in (await office.get(url)).json()["items"] if i["person_id"] == who(9))
    assert states == ["exported", "refused", "withdrawn"], "one open proposal a person"
