"""Prolanis groups and screenings at BPJS: entered once, looked up when BPJS does not say, told in its words."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from services.coverage.app import build
from tests.service.coverage.jkn_stage import NIK, PERSON, STRANGER, Stage, staged, token

ACTIVITIES = "/v1/jkn/groups/activities"
CLINIC = token("clinic-system") | {"accept-language": "id"}
EXERCISE = {"programme": "HT", "kind": "01", "topic": "Senam", "place": "Lapangan"}


@pytest.fixture(scope="module")
async def stage(new_database: Callable[[str], str]) -> AsyncIterator[Stage]:
    """One stage for the file; each test has activities of its own."""
    async with staged(new_database("coverage"), bpjs_write_timeout=0.5) as opened:
        yield opened


@pytest.fixture(autouse=True)
async def healed(stage: Stage) -> AsyncIterator[None]:
    """Faults end with their test."""
    yield
    await stage.heal()


async def entered(stage: Stage, **more: Any) -> httpx.Response:
    return await stage.http.post(ACTIVITIES, json=EXERCISE | more, headers=CLINIC)


def held(stage: Stage, place: str) -> list[Any]:
    """What the simulator holds of one place's activities."""
    return stage.world.store.all("SELECT * FROM activity WHERE body LIKE ?", f"%{place}%")


def taking_part(stage: Stage, activity: str) -> list[str]:
    rows = stage.world.store.all("SELECT card FROM participant WHERE edu_id = ?", activity)
    return [r["card"] for r in rows]


async def test_clubs_activities_and_who_took_part(stage: Stage) -> None:
    clubs = (await stage.http.get("/v1/jkn/groups/clubs", headers=CLINIC)).json()["clubs"]
    assert [c["programme"] for c in clubs] == ["DM", "HT"]
    made = await entered(stage, place="Aula")
    assert made.status_code == 201, made.text
    activity = made.json()
    month = activity["day"][:7]
    listed = (await stage.http.get(f"{ACTIVITIES}?month={month}", headers=CLINIC)).json()["activities"]
    (there,) = [a for a in listed if a["place"] == "Aula"]
    assert there["id"] == activity["id"] and there["club"] == clubs[1]["id"] == activity["club"]
    assert (there["kind"]["name"], there["programme"]["code"], there["topic"]) == ("Senam", "02", "Senam")

    people = f"{ACTIVITIES}/{activity['id']}/participants"
    stage.peers.persons[("jkn", card := card_of(stage))] = PERSON
    for _ in range(2):
        assert (await stage.http.post(people, json={"person_id": PERSON}, headers=CLINIC)).status_code == 204
    assert taking_part(stage, activity["id"]) == [card], "once"
    shown = await stage.http.get(people, headers=CLINIC)
    assert shown.json()["participants"] == [{"person_id": PERSON, "name": "Nama 1", "card_end": card[-4:]}]
    assert card not in shown.text
    assert (await stage.http.delete(f"{people}/{PERSON}", headers=CLINIC)).status_code == 204
    assert taking_part(stage, activity["id"]) == []
    assert (await stage.http.delete(f"{people}/{PERSON}", headers=CLINIC)).status_code == 404
    assert (await stage.http.delete(f"{ACTIVITIES}/{activity['id']}?month=2025-01", headers=CLINIC)).status_code == 404
    assert (await stage.http.delete(f"{ACTIVITIES}/{activity['id']}", headers=CLINIC)).status_code == 204
    assert held(stage, "Aula") == []
    looks = [(a["action"], a["outcome"]) for a in await stage.accesses() if a["what"] == "JKN/group-participant"]
    assert looks == [("write", "allowed"), ("write", "allowed"), ("read", "allowed"), *[("delete", "allowed")] * 2]


def card_of(stage: Stage) -> str:
    member = stage.world.by_nik(NIK)
    assert member is not None
    return str(member["noKartu"])


async def test_who_may_not_be_seen_is_not_shown_nor_entered(stage: Stage) -> None:
    activity = (await entered(stage, place="Balai")).json()["id"]
    people = f"{ACTIVITIES}/{activity}/participants"
    assert (await stage.http.post(people, json={"person_id": PERSON}, headers=CLINIC)).status_code == 204
    stage.peers.persons[("jkn", card_of(stage))] = PERSON
    stage.peers.visible.clear()
    try:
        (shown,) = (await stage.http.get(people, headers=CLINIC)).json()["participants"]
        assert (shown["person_id"], shown["name"]) == (None, None)
        assert (await stage.http.post(people, json={"person_id": PERSON}, headers=CLINIC)).status_code == 403
        assert (await stage.http.delete(f"{people}/{PERSON}", headers=CLINIC)).status_code == 403
        assert taking_part(stage, activity), "still there"
        assert [a["outcome"] for a in await stage.accesses()][-2:] == ["refused", "refused"]
    finally:
        stage.peers.visible.add(PERSON)


async def test_the_same_activity_is_entered_once(stage: Stage) -> None:
    first, again = await entered(stage, place="Masjid"), await entered(stage, place=" masjid")
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["id"] == first.json()["id"] and len(held(stage, "asjid")) == 1


async def test_two_processes_enter_it_once(stage: Stage) -> None:
    service = stage.app.state.service
    beside = build(service.settings, service.http)
    async with (
        beside.router.lifespan_context(beside),
        httpx.AsyncClient(transport=httpx.ASGITransport(beside), base_url="http://beside") as other,
    ):
        await stage.play("slow-answer", seconds=0.2, times=4, path="/kelompok/kegiatan*")
        said = EXERCISE | {"place": "Kantor"}
        both = [http.post(ACTIVITIES, json=said, headers=CLINIC) for http in (stage.http, other)]
        codes = sorted(answer.status_code for answer in await asyncio.gather(*both))
    assert (codes, len(held(stage, "Kantor"))) == ([200, 201], 1)


@pytest.mark.parametrize("fault", ["dropped-after-success", "no-content-204", "stale-seal"])
async def test_done_but_not_said_is_found_in_the_list(stage: Stage, fault: str) -> None:
    place = f"Sekolah {fault}"
    await stage.play(fault, times=1, method="POST", path="/kelompok/kegiatan*", moment="after")
    made = await entered(stage, place=place)
    assert made.status_code == 201, made.text
    (there,) = held(stage, place)
    assert made.json()["id"] == there["edu_id"]


async def test_not_done_and_not_said_is_told_so_and_tried_again_without_harm(stage: Stage) -> None:
    await stage.play("connection-lost", times=1, method="POST", path="/kelompok/kegiatan*")
    silent = await entered(stage, place="Pasar")
    assert (silent.status_code, held(stage, "Pasar")) == (503, [])
    assert "tidak memastikan" in silent.json()["detail"] and silent.headers["retry-after"]
    assert (await entered(stage, place="Pasar")).status_code == 201
    assert len(held(stage, "Pasar")) == 1


async def test_a_participant_is_looked_up_when_bpjs_does_not_say(stage: Stage) -> None:
    activity = (await entered(stage, place="Dermaga")).json()["id"]
    people = f"{ACTIVITIES}/{activity}/participants"
    drop = {"times": 1, "path": "/kelompok/peserta*"}
    await stage.play("dropped-after-success", method="POST", **drop)
    assert (await stage.http.post(people, json={"person_id": PERSON}, headers=CLINIC)).status_code == 204
    assert len(taking_part(stage, activity)) == 1
    await stage.play("dropped-after-success", method="DELETE", **drop)
    assert (await stage.http.delete(f"{people}/{PERSON}", headers=CLINIC)).status_code == 204
    assert taking_part(stage, activity) == []
    await stage.play("connection-lost", method="DELETE", times=1, path="/kelompok/kegiatan*")
    assert (await stage.http.delete(f"{ACTIVITIES}/{activity}", headers=CLINIC)).status_code == 503
    await stage.play("dropped-after-success", method="DELETE", times=1, path="/kelompok/kegiatan*")
    assert (await stage.http.delete(f"{ACTIVITIES}/{activity}", headers=CLINIC)).status_code == 204
    assert held(stage, "Dermaga") == []


async def test_a_refusal_is_told_in_bpjs_words_with_its_field(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    later = await entered(stage, day="2099-01-01")
    assert later.status_code == 422 and [e["pointer"] for e in later.json()["errors"]] == ["/tglPelayanan"]
    assert "tidak boleh melebihi" in later.text
    stranger = await stage.http.post(f"{ACTIVITIES}/999/participants", json={"person_id": PERSON}, headers=CLINIC)
    assert stranger.status_code == 422 and [e["pointer"] for e in stranger.json()["errors"]] == ["/eduId"]
    assert (await entered(stage, club=1)).status_code == 422
    assert (await entered(stage, programme="TB")).status_code == 422
    logged = " ".join(str(vars(r)) for r in caplog.records)
    assert card_of(stage) not in logged and NIK not in logged


async def test_screenings(stage: Stage) -> None:
    sums = (await stage.http.get("/v1/jkn/screenings", headers=CLINIC)).json()["rows"]
    assert {r["penyakit"] for r in sums} >= {"Hipertensi"}
    other = "0190a3f0-0000-7000-8000-000000000002"
    stage.peers.identifiers[other] = {"nik": STRANGER}
    stage.peers.visible.add(other)
    found = []
    for person in (PERSON, other):
        shown = await stage.http.get(f"/v1/jkn/screenings/persons/{person}", headers=CLINIC)
        assert shown.status_code == 200, shown.text
        found += shown.json()["rows"]
    assert found and all("noKartu" not in r and r["hasil"] for r in found)
    hidden = await stage.http.get("/v1/jkn/screenings/persons/somebody-else", headers=CLINIC)
    assert hidden.status_code == 403
