"""What is owed, what BPJS accepted and what it lists, compared on real databases with the simulator's own lists."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.coverage import peers
from services.coverage.usecases import reconciling
from services.kernel.auth import Actor
from services.kernel.problems import Text, Unavailable
from services.kernel.sheets import XLSX
from tests.service.coverage.jkn_stage import token
from tests.service.coverage.visits_stage import CLINIC, HOSPITAL, PROVIDER, Visits, told

URL = "/v1/jkn/reconciliation"
KEEPER, OFFICE = token("facility-admin", CLINIC), token("dinkes-admin", None)
ELSEWHERE = token("facility-admin", "P1410010101")


@pytest.fixture(scope="module")
async def visits(new_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Visits]:
    folder: Path = tmp_path_factory.mktemp("reconciled")
    async with told(new_database("records"), new_database("coverage"), folder) as stage:
        await stage.chosen()
        stage.known_to_record(KEEPER, "facility-admin", CLINIC)
        stage.known_to_record(OFFICE, "dinkes-admin", None)
        stage.known_to_record(ELSEWHERE, "facility-admin", "P1410010101")
        yield stage


async def compared(visits: Visits) -> dict[str, Any]:
    """Ask for today, and let it be done; the day as it then stands."""
    asked = await visits.jkn.http.post(URL, json={}, headers=KEEPER)
    assert (asked.status_code, asked.json()["state"]) == (202, "waiting"), asked.text
    await reconciling.work(visits.jkn.app.state.service)
    run = await visits.jkn.http.get(f"{URL}/runs/{asked.json()['id']}", headers=KEEPER)
    for _ in range(200):
        run = await visits.jkn.http.get(f"{URL}/runs/{asked.json()['id']}", headers=KEEPER)
        if run.json()["state"] == "done":
            break
        await asyncio.sleep(0.02)
    assert (run.json()["state"], run.json()["total"], run.json()["done"]) == ("done", 1, 1), run.text
    found = (await visits.jkn.http.get(URL, headers=KEEPER)).json()["days"]
    (day,) = [d for d in found if d["day"] == asked.json()["until"]]
    return dict(day)


async def differences(visits: Visits, headers: dict[str, str] = KEEPER, **asked: str) -> list[dict[str, Any]]:
    answer = await visits.jkn.http.get(f"{URL}/differences", params=asked, headers=headers)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def step(
    visits: Visits, difference: str, verb: str, headers: dict[str, str] = KEEPER, **said: str
) -> httpx.Response:
    return await visits.jkn.http.post(f"{URL}/differences/{difference}/{verb}", json=said, headers=headers)


async def test_every_difference_is_found_worked_on_and_settled(visits: Visits) -> None:
    store = visits.jkn.world.store
    sent = [await visits.delivery(await visits.visit(visits.member()), "delivered") for _ in range(3)]
    fine, lost, changed = sent
    parked = await visits.delivery(await visits.visit(visits.member(), diagnoses=[]), "parked")
    day = await compared(visits)
    assert {k: day[k] for k in ("owed", "sent", "accepted", "listed", "because")} == {
        "owed": 4, "sent": 3, "accepted": 3, "listed": 3, "because": None,
    }  # fmt: skip
    (only,) = await differences(visits)
    assert (only["kind"], only["delivery"], only["owner"], only["because"]) == (
        "not-sent", parked["id"], "facility", "gap",
    )  # fmt: skip

    store.run("DELETE FROM visit WHERE no = ?", lost["no_kunjungan"])
    store.run("DELETE FROM registration WHERE provider = ? AND no_urut = ?", PROVIDER, lost["no_urut"])
    (body,) = [v["body"] for v in visits.at_bpjs("visit") if v["no"] == changed["no_kunjungan"]]
    store.run(
        "UPDATE visit SET body = ? WHERE no = ?", json.dumps(body | {"kdDiag1": "E11.9"}), changed["no_kunjungan"]
    )
    stranger = visits.jkn.world.by_nik(visits.member())
    assert stranger
    (one,) = [r for r in visits.at_bpjs("registration") if r["no_urut"] == fine["no_urut"]]
    store.run(
        "INSERT INTO registration (provider, day, seq, no_urut, card, poli, body, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        PROVIDER, one["day"], 99, "A99", stranger["noKartu"], "001", json.dumps(one["body"]), 0,
    )  # fmt: skip
    day = await compared(visits)
    assert (day["kinds"], day["open"], day["listed"]) == (
        {"not-sent": 1, "deleted-there": 1, "differs": 1, "not-ours": 1}, 4, 3,
    )  # fmt: skip
    found = {d["kind"]: d for d in await differences(visits)}
    assert (found["deleted-there"]["delivery"], found["differs"]["fields"]) == (lost["id"], ["kdDiag1"])
    assert (found["not-ours"]["no_urut"], found["not-ours"]["person_id"]) == ("A99", None)

    at = found["differs"]["id"]
    assert (await step(visits, at, "accept")).status_code == 422
    assert (await step(visits, at, "take")).json()["state"] == "in-hand"
    handed = await step(visits, at, "assign", owner="dinkes", note="Kode di PCare diubah petugas BPJS")
    assert (handed.json()["owner"], handed.json()["state"]) == ("dinkes", "in-hand")
    agreed = await step(visits, at, "accept", OFFICE, note="Disepakati dengan BPJS")
    assert [s["step"] for s in agreed.json()["steps"]] == ["found", "take", "assign", "accept"]
    assert (await step(visits, at, "take")).status_code == 409
    assert (await step(visits, at, "reopen", ELSEWHERE, note="bukan milik saya")).status_code == 404
    assert ("JKN/reconciliation", "write", "refused") in {
        (a["what"], a["action"], a["outcome"]) for a in await visits.jkn.accesses()
    }
    assert await differences(visits, ELSEWHERE, state="all") == []

    # what was missing is mended, what was not ours goes
    await visits.clinic.put(f"/v1/visits/{parked['subject']}", json=await mended(visits, parked["subject"]))
    await visits.delivery(parked["subject"], "delivered")
    store.run("DELETE FROM registration WHERE no_urut = 'A99'")
    day = await compared(visits)
    assert (day["kinds"], day["settled"], day["agreed"], day["accepted"]) == ({"deleted-there": 1}, 2, 1, 4)
    history = (await visits.jkn.http.get(f"{URL}/differences/{found['not-ours']['id']}", headers=KEEPER)).json()
    assert [(s["step"], s["by"]) for s in history["steps"]] == [
        ("found", "reconciliation"),
        ("settled", "reconciliation"),
    ]


async def mended(visits: Visits, visit: str) -> dict[str, Any]:
    """A visit as it stands, with a diagnosis."""
    said = (await visits.clinic.get(f"/v1/visits/{visit}")).json()
    words = said.get("visit", said)
    wanted = visits.words("0" * 16)
    return {k: v for k, v in wanted.items() if k != "patient"} | {"patient": words["patient"]}


async def test_bpjs_away_settles_nothing(visits: Visits) -> None:
    before = {d["id"]: d["state"] for d in await differences(visits, state="all")}
    await visits.jkn.play("html-500")
    asked = await visits.jkn.http.post(URL, json={}, headers=KEEPER)
    await reconciling.work(visits.jkn.app.state.service)
    await visits.jkn.heal()
    assert asked.status_code == 202
    told_ = (await visits.jkn.http.get(URL, headers=KEEPER)).json()
    (day,) = [d for d in told_["days"] if d["day"] == told_["until"]]
    assert day["because"] is not None and day["compared_at"] is not None
    assert {d["id"]: d["state"] for d in await differences(visits, state="all")} == before


async def test_persons_by_rights_only_and_files(visits: Visits) -> None:
    shown = {d["kind"]: d for d in await differences(visits, state="all")}
    assert shown["differs"]["name"] == "Siti Aminah"
    assert (shown["not-ours"]["name"], shown["not-ours"]["person_id"]) == (None, None), "nobody the record knows"
    looks = [a for a in await visits.jkn.accesses() if a["what"] == "JKN/reconciliation" and a["action"] == "read"]
    assert shown["differs"]["person_id"] in {a["person_id"] for a in looks}
    async with visits.jkn.app.state.service.db.transaction() as tx:  # somebody the clinic does not know
        await tx.execute("UPDATE difference SET person_id = 'somebody-else' WHERE kind = 'differs'")
    hidden = {d["kind"]: d for d in await differences(visits, state="all")}["differs"]
    assert (hidden["name"], hidden["person_id"]) == (None, None)
    for form, media in (("csv", "text/csv; charset=utf-8"), ("xlsx", XLSX)):
        for path in (URL, f"{URL}/differences"):
            file = await visits.jkn.http.get(path, params={"format": form, "facility": CLINIC}, headers=OFFICE)
            assert (file.status_code, file.headers["content-type"]) == (200, media)
    assert b"deleted-there" in (await visits.jkn.http.get(f"{URL}/differences?format=csv", headers=OFFICE)).content
    analyst = token("dinkes-analyst", None)
    assert (await visits.jkn.http.get(URL, headers=analyst)).status_code == 200
    assert (await visits.jkn.http.get(f"{URL}/differences", headers=analyst)).status_code == 403
    future = await visits.jkn.http.post(URL, json={"until": "2999-01-01"}, headers=KEEPER)
    assert (future.status_code, future.json()["errors"][0]["pointer"]) == (422, "/until")
    kept = str(await visits.jkn.rows("SELECT * FROM difference")) + str(
        await visits.jkn.rows("SELECT * FROM seen_listed")
    )
    for patient in visits.at_bpjs("registration"):
        assert patient["card"] not in kept


async def followed(visits: Visits, visit: str) -> None:
    """Wait until the JKN service has read the record's event of a visit."""
    for _ in range(600):
        async with visits.record.state.service.db.reading() as conn:
            at = await conn.fetchval("SELECT max(position) FROM event WHERE type = 'Encounter' AND subject = $1", visit)
        read = await visits.jkn.rows("SELECT position FROM follower_cursor WHERE source = 'records:visits'")
        if at is not None and read and read[0]["position"] >= at:
            return
        await asyncio.sleep(0.02)
    raise AssertionError("the visit's event is not read")


async def test_what_was_finished_before_there_was_a_line_is_owed_by_comparing(visits: Visits) -> None:
    service, code = visits.jkn.app.state.service, "UPDATE facility SET bpjs_code = $2 WHERE code = $1"
    async with service.db.transaction() as tx:
        await tx.execute(code, CLINIC, None)
    early = await visits.visit(visits.member())
    await followed(visits, early)
    assert await visits.jkn.rows("SELECT 1 FROM delivery WHERE subject = $1", early) == []
    async with service.db.transaction() as tx:
        await tx.execute(code, CLINIC, PROVIDER)
    before = len(await visits.jkn.rows("SELECT 1 FROM delivery"))
    await compared(visits)
    assert len(await visits.jkn.rows("SELECT 1 FROM delivery")) == before + 1
    await visits.delivery(early, "delivered")
    await compared(visits)
    assert len(await visits.jkn.rows("SELECT 1 FROM delivery")) == before + 1


async def test_a_record_that_is_away_is_said_and_nothing_is_settled(
    visits: Visits, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: Any, **__: Any) -> None:
        raise Unavailable(Text("rekam bersama diam", "the record is silent"))

    before = await visits.jkn.rows("SELECT id, state FROM difference ORDER BY id")
    monkeypatch.setattr(peers, "visits_of_day", away)
    assert (await compared(visits))["because"] == "peer"
    assert await visits.jkn.rows("SELECT id, state FROM difference ORDER BY id") == before


async def test_a_new_line_has_its_open_days_compared(visits: Visits) -> None:
    login = {
        "cons_id": "1",
        "secret": "s-planted-1",
        "user_key": "u-planted-1",
        "username": "a",
        "password": "p-planted-1",
    }
    line = f"/v1/jkn/lines/{CLINIC}/pcare"
    for wanted in (1, 1):
        set_ = await visits.jkn.http.put(line, json=login, headers=OFFICE)
        assert set_.status_code == 200, set_.text
        runs = await visits.jkn.rows("SELECT since FROM reconciliation_run WHERE state = 'waiting'")
        assert [r["since"].day for r in runs] == [1] * wanted
    assert (await visits.jkn.http.delete(line, headers=OFFICE)).status_code == 204
    await reconciling.work(visits.jkn.app.state.service)


async def test_a_hospitals_seps_without_a_visit_on_record(visits: Visits) -> None:
    service, today = visits.jkn.app.state.service, visits.jkn.app.state.service.clock.today()
    known = visits.jkn.world.by_nik(visits.member())
    assert known
    wrote = await peers.visits_of_day(service, CLINIC, today)
    sent = await visits.jkn.rows("SELECT subject, person_id FROM delivery WHERE facility = $1", CLINIC)
    assert set(wrote) >= {(r["subject"], r["person_id"]) for r in sent}
    assert await peers.visits_of_day(service, CLINIC, today - timedelta(days=1)) == []
    store, bpjs = visits.jkn.world.store, "9914R044"
    columns = [c["name"] for c in store.all("PRAGMA table_info(sep)")]
    body = json.dumps({"diagAwal": "I10", "poli": {"tujuan": "INT"}})
    row = {
        "no": "9914R0441126V000001", "provider": bpjs, "day": today.isoformat(), "kind": "2", "card": known["noKartu"],
        "referral": None, "body": body, "at": 0,
    }  # fmt: skip
    kept = {k: v for k, v in row.items() if k in columns}
    store.run(f"INSERT INTO sep ({', '.join(kept)}) VALUES ({', '.join('?' * len(kept))})", *kept.values())
    assert await reconciling.compare_hospital_day(service, HOSPITAL, today)
    (found,) = await differences(visits, OFFICE, facility=HOSPITAL)
    assert (found["kind"], found["service"], found["no_urut"], found["because"]) == (
        "not-ours", "vclaim", row["no"], "no-visit",
    )  # fmt: skip
    store.run("DELETE FROM sep")
    assert await reconciling.compare_hospital_day(service, HOSPITAL, today)
    assert await differences(visits, OFFICE, facility=HOSPITAL) == []


async def test_a_posyandus_visit_from_before_its_link_is_owed_by_whom_it_hangs_on_now(visits: Visits) -> None:
    service, post = visits.jkn.app.state.service, "TPMD-B"
    visits.jkn.peers.facility(post, "Posyandu", None, kind="posyandu")
    actor = Actor(subject="app-posyandu", role="clinic-system", facility=post, token="posyandu")
    visits.record.state.service.auth._actors["posyandu"] = (actor, time.time() + 36_000)
    words = visits.words(visits.member())
    made = await visits.clinic.post("/v1/visits", json=words, headers={"authorization": "Bearer posyandu"})
    assert made.status_code == 201, made.text
    early = made.json()["visit_id"]
    await followed(visits, early)
    await compared(visits)
    assert await visits.jkn.rows("SELECT 1 FROM delivery WHERE subject = $1", early) == []
    visits.jkn.peers.link(post, CLINIC, "2024-01-01")
    for follower in service.followers:
        await follower.catch_up()
    await compared(visits)
    assert (await visits.delivery(early, "delivered"))["facility"] == CLINIC
