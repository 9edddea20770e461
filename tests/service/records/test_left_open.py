"""A sender's patient left open after the transfer: the sender, and nobody else, is told until it closes the visit."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from services.kernel.app import App
from tests.service.records.bodies import BASE, encounter, nik, patient
from tests.service.records.referring import BEGIN, Way, apply
from tests.service.records.test_sensitive import stored

Caller = Callable[..., httpx.AsyncClient]
PATH = "/v1/visits/left-open"


def visit(person: str, **change: Any) -> dict[str, Any]:
    period = {"start": (BEGIN - timedelta(hours=1)).isoformat()}
    return encounter(person) | {"status": "in-progress", "period": period} | change


def episode(person: str) -> dict[str, Any]:
    return {
        "resourceType": "EpisodeOfCare", "status": "active", "patient": {"reference": f"Patient/{person}"},
        "managingOrganization": {"reference": "Organization/100000001"},
        "period": {"start": (BEGIN - timedelta(days=90)).isoformat()},
    }  # fmt: skip


async def listed(client: httpx.AsyncClient, person: str) -> dict[str, dict[str, Any]]:
    answer = await client.get(PATH)
    assert answer.status_code == 200, answer.text
    return {i["id"]: i for i in answer.json()["items"] if i["person_id"] == person}


@pytest.mark.parametrize(
    ("end", "said", "goes_on"),
    [("admitted", "dirawat inap di TPMD B", False), ("died", "meninggal di TPMD B", False),
     ("back-referred", "sudah kembali dari TPMD B", True)],
)  # fmt: skip
async def test_until_it_is_closed(records: App, caller: Caller, sql: Any, end: str, said: str, goes_on: bool) -> None:
    a, b = caller("KLINIK-A"), caller("TPMD-B")
    person = (await a.post(f"{BASE}/Patient", json=patient(nik()))).json()["id"]
    here, care, done = [
        await stored(a, body) for body in (visit(person), episode(person), visit(person, status="finished"))
    ]
    later = await stored(a, visit(person, period={"start": (BEGIN + timedelta(hours=1)).isoformat()}))
    theirs = await stored(b, visit(person))
    way, to = Way(person), ["TPMD-B"]
    await apply(records, [way.told("sent", to), way.told("accepted", to), way.told("departed", to)])
    assert await listed(a, person) == {}, "not there yet"
    await apply(records, [way.told("arrived", to)])
    found = await listed(a, person)
    assert set(found) == {here, care}
    assert not {done, later, theirs} & set(found)
    assert "tiba di TPMD B" in found[here]["sentence"]["id"]
    await apply(records, [way.told("in-care", to), way.told("closed", to, outcome=end)])
    found = await listed(a, person)
    assert set(found) == ({here} if goes_on else {here, care})
    assert said in found[here]["sentence"]["id"]
    assert (found[here]["referral"], found[here]["outcome"]) == (way.id, end)
    inside = (await a.get("/internal/left-open", params={"referral": way.id})).json()["items"]
    assert {i["id"] for i in inside} == set(found)
    assert await listed(b, person) == {}
    looked = await sql("SELECT 1 FROM access_pending WHERE person_id = $1 AND what = 'left-open' UNION ALL"
                       " SELECT 1 FROM access_log WHERE person_id = $1 AND what = 'left-open'", person)  # fmt: skip
    assert len(looked) == 3
    closed = await a.put(f"{BASE}/Encounter/{here}", json=visit(person, status="finished", id=here))
    assert closed.status_code == 200, closed.text
    assert here not in await listed(a, person)


async def test_who_never_came_or_only_brought_blood_is_still_here(records: App, caller: Caller) -> None:
    a = caller("KLINIK-A")
    person = (await a.post(f"{BASE}/Patient", json=patient(nik()))).json()["id"]
    await stored(a, visit(person))
    to = ["TPMD-B"]
    away, part = Way(person), Way(person, kind="partial")
    await apply(records, [away.told("accepted", to), away.told("closed", to, outcome="no-show")])
    await apply(records, [part.told("arrived", to), part.told("closed", to, outcome="discharged")])
    assert await listed(a, person) == {}
    gone = Way(person)
    await apply(records, [gone.told("departed", to), gone.told("closed", to, outcome="died")])
    assert len(await listed(a, person)) == 1, "died on the way"
