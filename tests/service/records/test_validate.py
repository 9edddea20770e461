"""$validate: every fault at once, whatever the form of the request; nothing stored, and no look unlogged."""

import uuid
from collections.abc import Callable
from typing import Any

import httpx

from tests.service.records.bodies import BASE, NIK, nik, patient, systolic

Caller = Callable[..., httpx.AsyncClient]
TABLES = [
    "resource",
    "resource_history",
    "resource_identifier",
    "person",
    "person_identifier",
    "care_relation",
]


async def counts(sql: Any) -> list[int]:
    return [(await sql(f"SELECT count(*) AS n FROM {t}"))[0]["n"] for t in TABLES]


def said(answer: httpx.Response) -> list[tuple[str, str]]:
    assert (answer.status_code, answer.json()["resourceType"]) == (200, "OperationOutcome"), answer.text
    return [(i["severity"], i.get("expression", [""])[0]) for i in answer.json()["issue"]]


async def test_all_faults_at_once_and_nothing_stored(caller: Caller, sql: Any) -> None:
    a = caller("KLINIK-A")
    person = (await a.post(f"{BASE}/Patient", json=patient(nik()))).json()["id"]
    before = await counts(sql)
    wrong = systolic(person) | {"status": "selesai", "effectiveDateTime": "2026-02-30", "warna": "merah"}
    found = said(await a.post(f"{BASE}/Observation/$validate", json=wrong))
    assert sorted(found) == [
        ("error", "Observation.effectiveDateTime"), ("error", "Observation.status"), ("error", "Observation.warna")
    ]  # fmt: skip
    wrapped = {
        "resourceType": "Parameters",
        "parameter": [{"name": "mode", "valueCode": "create"}, {"name": "resource", "resource": wrong}],
    }
    assert said(await a.post(f"{BASE}/Observation/$validate", json=wrapped)) == found
    assert said(await a.post(f"{BASE}/Observation/$validate", json=systolic(person))) == [("information", "")]
    assert said(await a.post(f"{BASE}/Patient/$validate", json=patient(nik()))) == [("information", "")]
    lost = systolic(str(uuid.uuid4()))
    assert said(await a.post(f"{BASE}/Observation/$validate", json=lost)) == [
        ("error", "Observation.subject.reference")
    ]
    assert said(await a.post(f"{BASE}/Observation/$validate", json=patient(nik())))[0][1] == "Observation.resourceType"
    for body in ([], "x", 1, {}, {"resourceType": "Parameters"}, {"resourceType": "Parameters", "parameter": [1]}):
        assert said(await a.post(f"{BASE}/Observation/$validate", json=body))[0][0] == "error"
    assert said(await a.post(f"{BASE}/Observation/$validate?mode=apa", json=systolic(person))) == [("error", "mode")]
    profiled = await a.post(f"{BASE}/Observation/$validate?profile=http://x", json=systolic(person))
    assert said(profiled) == [("information", ""), ("information", "")]
    assert await counts(sql) == before


async def test_a_change_and_a_deletion(caller: Caller, sql: Any) -> None:
    a, b = caller("KLINIK-A"), caller("TPMD-B")
    person = (await a.post(f"{BASE}/Patient", json=patient(nik()))).json()["id"]
    made = (await a.post(f"{BASE}/Observation", json=systolic(person))).json()
    before = await counts(sql)
    there = f"{BASE}/Observation/{made['id']}/$validate"
    assert said(await a.post(there, json=made | {"status": "amended"})) == [("information", "")]
    assert said(await a.post(f"{there}?mode=delete")) == [("information", "")]
    assert said(await a.post(there, json=made | {"id": "lain"})) == [("error", "Observation.id")]
    assert said(await b.post(there, json=made)) == [("error", "Observation.id")]
    assert said(await b.post(f"{there}?mode=delete")) == [("error", "Observation.id")]
    assert said(await a.post(f"{BASE}/Patient/{person}/$validate?mode=delete")) == [("error", "Patient.id")]
    assert said(await a.post(f"{BASE}/Observation/$validate?mode=delete")) == [("error", "Observation.id")]
    assert await counts(sql) == before


async def test_trying_out_numbers_is_logged(caller: Caller, sql: Any) -> None:
    a, b, number = caller("KLINIK-A"), caller("TPMD-B"), nik()
    id_ = (await a.post(f"{BASE}/Patient", json=patient(number))).json()["id"]
    guess = systolic("x") | {"subject": {"identifier": {"system": NIK, "value": number}}}
    assert said(await b.post(f"{BASE}/Observation/$validate", json=guess)) == [("information", "")]
    assert said(await b.post(f"{BASE}/Patient/$validate", json=patient(number))) == [("information", "")]
    rows = await sql(
        "SELECT action, what FROM access_log WHERE person_id = $1 AND facility = 'TPMD-B' UNION ALL"
        " SELECT action, what FROM access_pending WHERE person_id = $1 AND facility = 'TPMD-B'",
        id_,
    )
    assert sorted(tuple(r) for r in rows) == [("read", "Observation/$validate"), ("read", "Patient/$validate")]
    assert (await b.get(f"{BASE}/Patient/{id_}")).status_code == 403
