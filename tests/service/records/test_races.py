"""Many at once: the same address, the same person, the same condition; nothing lost, nothing doubled, no 500."""

import asyncio
import uuid
from collections.abc import Callable
from typing import Any

import httpx

from tests.service.records.bodies import BASE, NIK, bundle, nik, patient, systolic

Caller = Callable[..., httpx.AsyncClient]


async def test_the_same_put_at_once_is_one_version(caller: Caller, sql: Any) -> None:
    a = caller("KLINIK-A")
    person = (await a.post(f"{BASE}/Patient", json=patient(nik()))).json()["id"]
    id_ = str(uuid.uuid4())
    answers = await asyncio.gather(*(a.put(f"{BASE}/Observation/{id_}", json=systolic(person)) for _ in range(8)))
    assert sorted({r.status_code for r in answers}) == [200, 201]
    assert {r.json()["meta"]["versionId"] for r in answers} == {"1"}
    assert not await sql("SELECT 1 FROM resource_history WHERE id = $1", id_)


async def test_updates_and_a_deletion_at_once_leave_a_whole_history(caller: Caller, sql: Any) -> None:
    a = caller("KLINIK-A")
    person = (await a.post(f"{BASE}/Patient", json=patient(nik()))).json()["id"]
    id_ = (await a.post(f"{BASE}/Observation", json=systolic(person))).json()["id"]
    puts = [a.put(f"{BASE}/Observation/{id_}", json=systolic(person, str(100 + n))) for n in range(6)]
    answers = await asyncio.gather(*puts, a.delete(f"{BASE}/Observation/{id_}"))
    assert {r.status_code for r in answers} <= {200, 204}
    rows = await sql(
        "SELECT version FROM resource_history WHERE id = $1 UNION ALL SELECT version FROM resource WHERE id = $1", id_
    )
    assert sorted(r["version"] for r in rows) == list(range(1, 9))


async def test_bundles_of_one_unknown_person_from_three_facilities(caller: Caller, sql: Any) -> None:
    number = nik()
    clients = [caller(f) for f in ("KLINIK-A", "TPMD-B", "PKM-C")]
    answers = await asyncio.gather(*(clients[i % 3].post(BASE, json=bundle(number)) for i in range(9)))
    assert {r.status_code for r in answers} == {200}, [r.text for r in answers if r.status_code != 200]
    rows = await sql(
        "SELECT count(DISTINCT r.person_id) AS people, count(*) FILTER (WHERE r.type = 'Encounter') AS visits"
        " FROM resource r JOIN person_identifier i USING (person_id) WHERE i.value = $1",
        number,
    )
    assert (rows[0]["people"], rows[0]["visits"]) == (1, 9)


async def test_new_ids_in_opposite_order_do_not_deadlock_into_an_error(caller: Caller) -> None:
    a = caller("KLINIK-A")
    person = (await a.post(f"{BASE}/Patient", json=patient(nik()))).json()["id"]

    def put(ids: list[str], value: str) -> dict[str, Any]:
        entries = [
            {"resource": systolic(person, value) | {"id": i}, "request": {"method": "PUT", "url": f"Observation/{i}"}}
            for i in ids
        ]
        return {"resourceType": "Bundle", "type": "transaction", "entry": entries}

    for _ in range(4):
        ids = [str(uuid.uuid4()) for _ in range(40)]
        answers = await asyncio.gather(
            *(a.post(BASE, json=put(ids if n % 2 else ids[::-1], str(n + 100))) for n in range(4))
        )
        assert {r.status_code for r in answers} == {200}, [r.text for r in answers]


async def test_conditions_in_opposite_order(caller: Caller) -> None:
    a = caller("KLINIK-A")
    person = (await a.post(f"{BASE}/Patient", json=patient(nik()))).json()["id"]

    def wish(marks: list[str]) -> dict[str, Any]:
        entries = [
            {
                "resource": systolic(person) | {"identifier": [{"system": "urn:uji", "value": m}]},
                "request": {"method": "POST", "url": "Observation", "ifNoneExist": f"identifier=urn:uji|{m}"},
            }
            for m in marks
        ]
        return {"resourceType": "Bundle", "type": "transaction", "entry": entries}

    for _ in range(3):
        marks = [str(uuid.uuid4()) for _ in range(10)]
        answers = await asyncio.gather(*(a.post(BASE, json=wish(marks if n % 2 else marks[::-1])) for n in range(4)))
        assert {r.status_code for r in answers} == {200}, [r.text for r in answers]
        for m in marks:
            found = await a.get(f"{BASE}/Observation", params={"identifier": f"urn:uji|{m}"})
            assert found.json()["total"] == 1
    assert (await a.get(f"{BASE}/Patient", params={"identifier": f"{NIK}|0"})).json()["total"] == 0


async def test_one_number_under_different_conditions(caller: Caller) -> None:
    a = caller("KLINIK-A")
    person = (await a.post(f"{BASE}/Patient", json=patient(nik()))).json()["id"]
    for _ in range(5):
        mark = str(uuid.uuid4())
        body = systolic(person) | {"identifier": [{"system": "urn:uji", "value": mark}]}
        conditions = [f"identifier=urn:uji|{mark}", f"identifier={mark}", f"identifier={mark}&status=final"]
        posts = [a.post(f"{BASE}/Observation", json=body, headers={"if-none-exist": c}) for c in conditions]
        puts = [a.put(f"{BASE}/Observation", params=dict(p.split("=") for p in c.split("&")), json=body)
                for c in (conditions[0], conditions[2])]  # fmt: skip
        answers = await asyncio.gather(*posts, *puts)
        assert {r.status_code for r in answers} == {200, 201}, [r.text for r in answers]
        assert [r.status_code for r in answers].count(201) == 1
        found = await a.get(f"{BASE}/Observation", params={"identifier": f"urn:uji|{mark}"})
        assert found.json()["total"] == 1
