"""A visit of somebody the record knows by its own id alone: also of one who is not identified yet."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.service.records.bodies import BASE, nik, patient
from tests.service.records.test_visits_imports import visit

Caller = Callable[..., httpx.AsyncClient]


async def unknown(client: httpx.AsyncClient, **more: Any) -> dict[str, str]:
    made = await client.post("/v1/persons", json={"reason": "unidentified"} | more)
    assert made.status_code == 201, made.text
    return dict(made.json())


def of(patient_id: str, **more: Any) -> dict[str, Any]:
    return visit("") | {"patient": {"patient_id": patient_id}} | more


async def test_somebody_unidentified_has_a_visit(caller: Caller, sql: Any) -> None:
    a, key = caller("KLINIK-A"), {"idempotency-key": f"igd-{nik()}"}
    who = await unknown(a, name="Tn. X", sex="L")
    made = await a.post("/v1/visits", json=of(who["patient_id"]), headers=key)
    assert made.status_code == 201, made.text
    assert made.json()["person_id"] == who["person_id"]
    again = await a.post("/v1/visits", json=of(who["patient_id"]), headers=key)
    assert (again.status_code, again.json()["visit_id"]) == (200, made.json()["visit_id"])
    other = await unknown(a)
    assert (await a.post("/v1/visits", json=of(other["patient_id"]), headers=key)).status_code == 409
    found = (await a.get(f"{BASE}/Observation", params={"patient": who["patient_id"], "code": "8480-6"})).json()
    assert found["total"] == 1
    where = made.headers["location"]
    shown = (await a.get(where)).json()
    assert shown["visit"]["patient"] == {"patient_id": who["patient_id"]}
    fixed = await a.put(where, json=shown["visit"] | {"measurements": {"systolic": 140}})
    assert (fixed.status_code, fixed.json()["person_id"]) == (200, who["person_id"]), fixed.text
    moved = await a.put(where, json=of(other["patient_id"]))
    assert moved.status_code == 409, "a correction moves nobody's visit"
    versions = await sql(
        "SELECT count(*) AS n FROM resource_history WHERE type = 'Patient' AND id = $1", who["patient_id"]
    )
    assert versions[0]["n"] == 0, "nobody is registered again"


async def test_in_a_batch_each_stands_once(caller: Caller) -> None:
    a = caller("KLINIK-A")
    one, two = await unknown(a), await unknown(a)
    rows = {"visits": [of(one["patient_id"]), of(two["patient_id"]), of(one["patient_id"]), of("tidak-ada")]}
    told = (await a.post("/v1/visits/batch", json=rows)).json()
    assert [r["state"] for r in told["rows"]] == ["created", "created", "same", "refused"]
    assert [e["pointer"] for e in told["rows"][3]["errors"]] == ["/patient/patient_id"]


@pytest.mark.parametrize(
    ("named", "pointer"),
    [
        ({"patient_id": "tidak-ada"}, "/patient/patient_id"),
        ({"patient_id": "a b"}, "/patient/patient_id"),
        ({"patient_id": "x", "nik": "1410014107900001"}, "/patient/nik"),
        ({"name": "Siti"}, "/patient/birth_date"),
    ],
)
async def test_what_is_wrong_is_named(caller: Caller, named: dict[str, str], pointer: str) -> None:
    answer = await caller("KLINIK-A").post("/v1/visits", json=visit("") | {"patient": named})
    assert answer.status_code == 422
    assert pointer in [e["pointer"] for e in answer.json()["errors"]]


async def test_only_of_whom_one_may_act_for(caller: Caller, sql: Any) -> None:
    a, b, number = caller("KLINIK-A"), caller("TPMD-B"), nik()
    known = (await a.post(f"{BASE}/Patient", json=patient(number))).json()["id"]
    refused = await b.post("/v1/visits", json=of(known))
    assert refused.status_code == 403
    rows = await sql(
        "SELECT facility, action, outcome FROM access_pending WHERE person_id = $1 AND outcome = 'refused' UNION ALL"
        " SELECT facility, action, outcome FROM access_log WHERE person_id = $1 AND outcome = 'refused'",
        known,
    )
    assert [tuple(r) for r in rows] == [("TPMD-B", "write", "refused")]
    assert not await sql("SELECT 1 FROM resource WHERE person_id = $1 AND client = 'TPMD-B'", known)
    await b.post("/v1/visits", json=visit(number))
    assert (await b.post("/v1/visits", json=of(known, at="2026-03-03T09:00:00+07:00"))).status_code == 201


async def test_what_cannot_be_of_that_person_is_refused(caller: Caller) -> None:
    a = caller("KLINIK-A")
    man = await unknown(a, sex="L")
    answer = await a.post("/v1/visits", json=of(man["patient_id"], pregnancy={"contact": "K1M"}))
    assert answer.status_code == 422
    assert "perempuan" in answer.text
    born = (await a.post(f"{BASE}/Patient", json=patient(nik(), birthDate="2026-04-01"))).json()["id"]
    assert (await a.post("/v1/visits", json=of(born))).status_code == 422


async def test_a_contact_joins_the_open_pregnancy(caller: Caller) -> None:
    a = caller("KLINIK-A")
    woman = await unknown(a, sex="P")
    for day, contact in (("2026-03-02", "K1M"), ("2026-04-02", "K2")):
        said = of(woman["patient_id"], at=f"{day}T09:00:00+07:00", pregnancy={"contact": contact, "lmp": "2026-01-05"})
        assert (await a.post("/v1/visits", json=said)).status_code == 201
    found = (await a.get(f"{BASE}/EpisodeOfCare", params={"patient": woman["patient_id"]})).json()
    assert found["total"] == 1
