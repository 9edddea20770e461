"""Breaking the glass: a reason, a time, everything logged as such, and a review."""

from collections.abc import Callable
from typing import Any

import httpx

from tests.service.records.bodies import BASE, systolic
from tests.service.records.test_consent import opt
from tests.service.records.test_sensitive import condition, registered, stored

Caller = Callable[..., httpx.AsyncClient]
WHY = {"reason": "emergency", "note": "Tidak sadar di IGD, perlu riwayat obat"}


async def opened(client: httpx.AsyncClient, person: str, **more: Any) -> dict[str, Any]:
    answer = await client.post("/v1/break-glass", json={"patient": person, **WHY, **more})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def purposes(sql: Any, person: str, facility: str) -> list[tuple[str, str, str]]:
    rows = await sql(
        "SELECT at, action, purpose, outcome FROM access_log WHERE person_id = $1 AND facility = $2 UNION ALL"
        " SELECT at, action, purpose, outcome FROM access_pending WHERE person_id = $1 AND facility = $2 ORDER BY 1",
        person, facility,
    )  # fmt: skip
    return [(r["action"], r["purpose"], r["outcome"]) for r in rows]


async def test_it_opens_everything_for_this_account_and_this_time(caller: Caller, sql: Any) -> None:
    a, b, other = caller("KLINIK-A"), caller("TPMD-B"), caller("PKM-C")
    person = await registered(a)
    plain, hiv = await stored(a, systolic(person)), await stored(a, condition(person, "B20"))
    await opt(a, person, "OPTOUT")
    paths = [f"Patient/{person}", f"Observation/{plain}", f"Condition/{hiv}", f"Condition/{hiv}/_history/1"]

    async def seen(client: httpx.AsyncClient) -> list[int]:
        return [(await client.get(f"{BASE}/{path}")).status_code for path in paths]

    assert await seen(b) == [403] * 4
    made = await opened(b, person)
    assert "note" not in made
    assert await seen(b) == [200] * 4
    assert await seen(other) == [403] * 4
    everything = await b.get(f"{BASE}/Patient/{person}/$everything")
    assert plain in everything.text
    assert hiv in everything.text
    assert "suppressed" not in everything.text
    found = await b.get(f"{BASE}/Condition", params={"patient": person, "code": "B20"})
    assert found.json()["total"] == 1
    looks = (await purposes(sql, person, "TPMD-B"))[4:]
    assert [p for _, p, _ in looks] == ["BTG"] * len(looks)
    assert len(looks) == 1 + 5 + 2  # the opening; four reads, of which the vread also reads; everything; search
    await sql("UPDATE break_glass SET until = now() - interval '1 second' WHERE id = $1", made["id"])
    assert await seen(b) == [403] * 4


async def test_a_purpose_without_a_grant_is_no_purpose(caller: Caller, sql: Any) -> None:
    a = caller("KLINIK-A")
    person = await registered(a)
    claimed = {"x-purpose": "BTG"}
    assert (await a.get(f"{BASE}/Patient/{person}", headers=claimed)).status_code == 200
    assert (await a.post(f"{BASE}/Observation", json=systolic(person), headers=claimed)).status_code == 201
    assert (await a.get("/v1/consents", params={"patient": person}, headers=claimed)).status_code == 200
    assert "BTG" not in str(await purposes(sql, person, "KLINIK-A"))


async def test_the_office_reviews_once_and_an_unjustified_look_ends(caller: Caller, sql: Any) -> None:
    a, b, office = caller("KLINIK-A"), caller("TPMD-B"), caller(None, "dinkes-admin")
    person = await registered(a)
    plain = await stored(a, systolic(person))
    made = await opened(b, person)
    await sql("UPDATE break_glass SET due = '2020-01-01' WHERE id = $1", made["id"])
    listed = (await office.get("/v1/break-glass", params={"state": "overdue"})).json()
    (mine,) = [i for i in listed["items"] if i["id"] == made["id"]]
    assert mine["overdue"]
    assert mine["note"] == WHY["note"]
    assert listed["waiting"]["overdue"] >= 1
    others = (await a.get("/v1/break-glass", params={"state": "all"})).json()["items"]
    assert {i["facility"] for i in others} <= {"KLINIK-A"}, "only the own facility's"
    assert made["id"] in [i["id"] for i in (await b.get("/v1/break-glass")).json()["items"]]
    said = {"verdict": "unjustified", "note": "Tidak ada kunjungan IGD pada jam itu"}
    reviewed = await office.post(f"/v1/break-glass/{made['id']}/review", json=said)
    assert (reviewed.status_code, reviewed.json()["verdict"]) == (200, "unjustified")
    assert (await office.post(f"/v1/break-glass/{made['id']}/review", json=said)).status_code == 409
    assert (await office.post("/v1/break-glass/nothing/review", json=said)).status_code == 404
    assert (await b.get(f"{BASE}/Observation/{plain}")).status_code == 403
    assert (await b.post(f"/v1/break-glass/{made['id']}/review", json=said)).status_code == 403
    done = (await office.get("/v1/break-glass", params={"state": "reviewed"})).json()["items"]
    assert made["id"] in [i["id"] for i in done]


async def test_what_it_asks_for(caller: Caller) -> None:
    a = caller("KLINIK-A")
    person = await registered(a)
    too_long = await a.post("/v1/break-glass", json={"patient": person, **WHY, "minutes": 241})
    assert (too_long.status_code, too_long.json()["errors"][0]["pointer"]) == (422, "/minutes")
    for body in (
        {"patient": person},
        {"patient": person, **WHY, "note": "x"},
        WHY,
        {"patient": "x", "nik": "y", **WHY},
    ):
        assert (await a.post("/v1/break-glass", json=body)).status_code == 422
    assert (await a.post("/v1/break-glass", json={"patient": "nobody", **WHY})).status_code == 404
    office = caller(None, "dinkes-admin")
    assert (await office.post("/v1/break-glass", json={"patient": person, **WHY})).status_code == 403
