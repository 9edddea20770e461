"""Patient/$summary over the record: what is in it, who gets it, what it costs."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx

from services.kernel.app import App
from services.records import exact
from services.records.validation import check
from tests.service.records.bodies import BASE, encounter, nik, patient, systolic
from tests.service.records.test_statements import counting  # noqa: F401

Caller = Callable[..., httpx.AsyncClient]
CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
ICD10 = "http://hl7.org/fhir/sid/icd-10"


def condition(person: str, code: str, text: str) -> dict[str, Any]:
    return {
        "resourceType": "Condition", "clinicalStatus": {"coding": [{"system": CLINICAL, "code": "active"}]},
        "category": [{"coding": [{"code": "encounter-diagnosis",
                                  "system": "http://terminology.hl7.org/CodeSystem/condition-category"}]}],
        "code": {"coding": [{"system": ICD10, "code": code, "display": text}]},
        "subject": {"reference": f"Patient/{person}"}, "onsetDateTime": "2026-02-01",
    }  # fmt: skip


def immunization(person: str) -> dict[str, Any]:
    return {
        "resourceType": "Immunization", "status": "completed", "patient": {"reference": f"Patient/{person}"},
        "vaccineCode": {"coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": "35", "display": "Td"}]},
        "occurrenceDateTime": "2026-01-05", "primarySource": True,
    }  # fmt: skip


async def a_record(client: httpx.AsyncClient) -> str:
    person = str((await client.post(f"{BASE}/Patient", json=patient(nik()))).json()["id"])
    older = systolic(person, "150") | {"effectiveDateTime": "2025-03-01T08:00:00+07:00"}
    for one in (
        encounter(person),
        systolic(person, "121.50"),
        older,
        condition(person, "I10", "Hipertensi"),
        immunization(person),
    ):
        answer = await client.post(f"{BASE}/{one['resourceType']}", json=one)
        assert answer.status_code == 201, answer.text
    return person


def sections(bundle: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {s["code"]["coding"][0]["code"]: s for s in bundle["entry"][0]["resource"]["section"]}


async def test_a_summary_is_a_valid_document(caller: Caller) -> None:
    a = caller("KLINIK-A")
    person = await a_record(a)
    answer = await a.get(f"{BASE}/Patient/{person}/$summary")
    assert answer.status_code == 200, answer.text
    bundle = exact.loads(answer.content)
    assert (bundle["resourceType"], bundle["type"]) == ("Bundle", "document")
    assert check(bundle) == []
    assert bundle["entry"][0]["resource"]["type"]["coding"][0]["code"] == "60591-5"
    found = sections(bundle)
    assert {"11450-4", "48765-2", "10160-0", "11369-6", "8716-3"} <= set(found)
    assert "emptyReason" in found["48765-2"]
    assert len(found["8716-3"]["entry"]) == 1, "the latest of each code"
    assert "Hipertensi" in found["11450-4"]["text"]["div"]
    urls = {e["fullUrl"] for e in bundle["entry"]}
    assert {e["reference"] for s in found.values() for e in s.get("entry", ())} <= urls


async def test_decimals_stay(caller: Caller) -> None:
    a = caller("KLINIK-A")
    person = (await a.post(f"{BASE}/Patient", json=patient(nik()))).json()["id"]
    body = (httpx.Request("POST", "http://x", json=systolic(person)).content).replace(b"120.0", b"120.50")
    await a.post(f"{BASE}/Observation", content=body, headers={"content-type": "application/fhir+json"})
    text = (await a.get(f"{BASE}/Patient/{person}/$summary")).text
    assert '"value":120.50' in text
    assert "120.50 mm" in text


async def test_get_and_post_say_the_same(caller: Caller) -> None:
    a = caller("KLINIK-A")
    person = await a_record(a)
    got = (await a.get(f"{BASE}/Patient/{person}/$summary")).json()
    posted = (await a.post(f"{BASE}/Patient/{person}/$summary", json={"resourceType": "Parameters"})).json()
    assert [e["resource"]["resourceType"] for e in got["entry"]] == [
        e["resource"]["resourceType"] for e in posted["entry"]
    ]
    assert (await a.post(f"{BASE}/Patient/{person}/$summary", json=[1])).status_code == 400


async def test_one_statement(records: App, caller: Caller, counting: Any) -> None:  # noqa: F811
    a = caller("KLINIK-A")
    person = await a_record(a)
    with counting() as statements:
        assert (await a.get(f"{BASE}/Patient/{person}/$summary")).status_code == 200
        await asyncio.sleep(0)  # the driver notes a statement one turn of the loop later
    assert len([s for s in statements if "$summary" in s]) == 1


async def test_who_has_no_reason_is_refused_and_logged(caller: Caller, sql: Any) -> None:
    person = await a_record(caller("KLINIK-A"))
    answer = await caller("TPMD-B").get(f"{BASE}/Patient/{person}/$summary")
    assert answer.status_code == 403
    assert "Hipertensi" not in answer.text
    await caller("KLINIK-A").get(f"{BASE}/Patient/{person}/$summary")
    logged = "SELECT outcome FROM {} WHERE person_id = $1 AND what = 'Patient/$summary'"
    rows = await sql(logged.format("access_pending"), person) + await sql(logged.format("access_log"), person)
    assert sorted(r["outcome"] for r in rows) == ["allowed", "refused"]
    assert (await caller("KLINIK-A").get(f"{BASE}/Patient/nobody/$summary")).status_code == 404


async def test_what_is_withheld_is_not_in_it(caller: Caller) -> None:
    """A condition of a sensitive class stays with who wrote it."""
    a, c = caller("KLINIK-A"), caller("PKM-C")
    number = nik()
    person = (await a.post(f"{BASE}/Patient", json=patient(number))).json()["id"]
    await c.post(f"{BASE}/Patient", json=patient(number))
    await a.post(f"{BASE}/Condition", json=condition(person, "B20", "Penyakit sensitif"))
    assert "B20" in (await a.get(f"{BASE}/Patient/{person}/$summary")).text
    assert "B20" not in (await c.get(f"{BASE}/Patient/{person}/$summary")).text
