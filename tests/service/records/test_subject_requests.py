"""Subject requests with their clock, corrections that amend, and retention that only reports."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tests.service.records.bodies import BASE, encounter, nik, systolic
from tests.service.records.test_secrecy import registered

Caller = Callable[..., httpx.AsyncClient]
PATH = "/v1/subject-requests"


async def asked(client: httpx.AsyncClient, person: str, **more: Any) -> dict[str, Any]:
    answer = await client.post(PATH, json={"person": person, "kind": "access", "detail": "minta salinan", **more})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def test_the_clock_is_three_days_and_what_is_late_comes_first(caller: Caller, sql: Any) -> None:
    a, office = caller("KLINIK-A", "facility-admin"), caller(None, "dinkes-admin")
    id_ = await registered(a, nik())
    received = datetime.now(UTC) - timedelta(hours=80)
    fresh = await asked(a, id_)
    late = await asked(a, id_, received_at=received.isoformat())
    assert (fresh["overdue"], fresh["hours_left"]) == (False, 72.0)
    assert (late["overdue"], late["hours_left"]) == (True, -8.0)
    for who in (a, office):
        page = (await who.get(PATH, params={"facility": "KLINIK-A"})).json()
        assert [r["id"] for r in page["items"]][:1] == [late["id"]]
        assert page["overdue"] == 1
        listed = (await who.get(PATH, params={"state": "overdue", "facility": "KLINIK-A"})).json()["items"]
        assert [r["id"] for r in listed] == [late["id"]]
    await sql("INSERT INTO access_policy VALUES ('subject-request-hours', '2026-01-01', '24')")
    try:
        assert (await asked(a, id_))["hours_left"] == 24.0
        old = await asked(a, id_, received_at="2025-06-01T00:00:00Z")
        assert old["due_at"].startswith("2025-06-04")  # the rule of its day
    finally:
        await sql("DELETE FROM access_policy WHERE name = 'subject-request-hours' AND value = '24'")


async def test_pages_by_due_time_give_each_once(caller: Caller) -> None:
    a = caller("KLINIK-A", "facility-admin")
    id_ = await registered(a, nik())
    same = datetime.now(UTC).isoformat()
    made = {(await asked(a, id_, received_at=same))["id"] for _ in range(5)}
    found: list[str] = []
    after: dict[str, str] = {}
    while True:
        page = (await a.get(PATH, params={"limit": 2, "state": "all", **after})).json()
        found += [r["id"] for r in page["items"]]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert len(found) == len(set(found))
    assert made <= set(found)
    assert (await a.get(PATH, params={"after": "x"})).status_code == 422


async def test_an_answer_is_given_once_and_a_correction_amends(caller: Caller) -> None:
    a, b = caller("KLINIK-A", "facility-admin"), caller("TPMD-B", "facility-admin")
    id_ = await registered(a, nik())
    body = (await a.post(f"{BASE}/Observation", json=systolic(id_))).json()
    ref = f"Observation/{body['id']}"
    request = (await asked(a, id_, kind="correction", detail="tekanan darah salah"))["id"]
    told = {"outcome": "fulfilled", "note": "diperbaiki"}
    lacking = await a.post(f"{PATH}/{request}/answer", json=told)
    assert (lacking.status_code, lacking.json()["errors"][0]["pointer"]) == (422, "/amended")
    unchanged = await a.post(f"{PATH}/{request}/answer", json=told | {"amended": [ref]})
    assert (unchanged.status_code, unchanged.json()["errors"][0]["pointer"]) == (422, "/amended/0")
    changed = body | {"valueQuantity": {**body["valueQuantity"], "value": 121}, "status": "amended"}
    assert (await a.put(f"{BASE}/{ref}", json=changed)).status_code == 200
    assert (await b.post(f"{PATH}/{request}/answer", json=told | {"amended": [ref]})).status_code == 404
    done = (await a.post(f"{PATH}/{request}/answer", json=told | {"amended": [ref]})).json()
    assert (done["outcome"], done["amended"], done["answered_by"]) == ("fulfilled", [ref], "app-KLINIK-A")
    assert (await a.post(f"{PATH}/{request}/answer", json=told)).status_code == 409
    assert (await a.get(f"{BASE}/{ref}/_history/1")).json()["valueQuantity"]["value"] != 121  # never overwritten


async def test_a_stranger_neither_records_nor_sees(caller: Caller, sql: Any) -> None:
    a, b = caller("KLINIK-A", "facility-admin"), caller("TPMD-B", "facility-admin")
    id_ = await registered(a, nik())
    request = (await asked(a, id_))["id"]
    wish = {"person": id_, "kind": "access", "detail": "ingin tahu"}
    assert (await b.post(PATH, json=wish)).status_code == 403
    assert (await b.get(f"{PATH}/{request}")).status_code == 404
    assert (await b.get(PATH, params={"facility": "KLINIK-A"})).status_code == 403
    assert (await a.post(PATH, json=wish | {"person": "nobody"})).status_code == 404
    future = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    assert (await a.post(PATH, json=wish | {"received_at": future})).status_code == 422
    rows = await sql(
        "SELECT facility, outcome FROM access_log WHERE person_id = $1 AND what = 'subject-request' UNION"
        " SELECT facility, outcome FROM access_pending WHERE person_id = $1 AND what = 'subject-request'",
        id_,
    )
    assert {tuple(r) for r in rows} == {("KLINIK-A", "allowed"), ("TPMD-B", "refused")}


async def test_retention_counts_by_the_last_visit_and_erases_nothing(caller: Caller, sql: Any) -> None:
    a, office = caller("KLINIK-A"), caller(None, "dinkes-admin")
    before = (await office.get("/v1/retention", params={"at": "2026-06-01"})).json()
    assert before["years"] == 25
    for last in ("2001-05-31T08:00:00+07:00", "2001-06-02T08:00:00+07:00", "1999-03-01T08:00:00+07:00"):
        id_ = await registered(a, nik())
        for start in ("1990-01-01T08:00:00+07:00", last):
            visit = encounter(id_) | {"period": {"start": start, "end": start}}
            assert (await a.post(f"{BASE}/Encounter", json=visit)).status_code == 201
    after = (await office.get("/v1/retention", params={"at": "2026-06-01"})).json()
    assert after["persons"] - before["persons"] == 2
    years = {y["year"]: y["persons"] for y in after["by_year"]}
    was = {y["year"]: y["persons"] for y in before["by_year"]}
    assert {y: n - was.get(y, 0) for y, n in years.items() if n != was.get(y, 0)} == {2024: 1, 2026: 1}
    assert after["resources"] - before["resources"] == 6
    await sql("INSERT INTO access_policy VALUES ('retention-years', '2026-05-01', '30')")
    try:
        assert (await office.get("/v1/retention", params={"at": "2026-06-01"})).json()["years"] == 30
        assert (await office.get("/v1/retention", params={"at": "2026-04-01"})).json()["years"] == 25
    finally:
        await sql("DELETE FROM access_policy WHERE name = 'retention-years' AND value = '30'")
    assert (await a.get("/v1/retention")).status_code == 403
