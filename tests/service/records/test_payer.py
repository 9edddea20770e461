"""A visit told to BPJS: its facility's own words, logged as disclosed, and nothing of anybody else's."""

from collections.abc import Callable
from typing import Any

import httpx

from tests.service.records.bodies import BASE, nik
from tests.service.records.test_visits_imports import visit

Caller = Callable[..., httpx.AsyncClient]
PEER = {"x-peer-key": "kunci"}
WORDS = {
    "kind": "posyandu",
    "cluster": "3",
    "reason": "Pusing sejak dua hari",
    "practitioner": {"name": "dr. Andi Saputra", "ihs": "10009880728"},
    "diagnoses": [{"icd10": "E11.9"}, {"icd10": "I10", "primary": True}],
    "measurements": {
        "systolic": 152, "diastolic": 94, "weight_kg": 63.5, "waist_cm": 91, "glucose_mgdl": 141,
        "glucose_kind": "puasa", "hba1c": 7.2, "temperature": 36.6, "muac_cm": 26,
    },
    "medicines": [{"name": "Amlodipin 5 mg", "quantity": 30, "unit": "tablet"}],
    "tests": {"hiv": "reaktif"},
    "topics": ["diet-garam"],
    "education": True,
    "notes": "Kontrol bulan depan",
}  # fmt: skip


async def recorded(client: httpx.AsyncClient, **more: Any) -> tuple[str, str, str]:
    """A visit's id, person, and the NIK."""
    number = nik()
    made = await client.post("/v1/visits", json=visit(number) | WORDS | more)
    assert made.status_code == 201, made.text
    return made.json()["visit_id"], made.json()["person_id"], number


async def told(client: httpx.AsyncClient, visit_id: str) -> dict[str, Any]:
    answer = await client.get(f"/internal/visits/{visit_id}/payer", headers=PEER)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_visit_is_told_as_it_was_written(caller: Caller, sql: Any) -> None:
    a = caller("KLINIK-A")
    visit_id, person, number = await recorded(a)
    said = await told(a, visit_id)
    assert (said["state"], said["facility"], said["kind"], said["cluster"]) == ("finished", "KLINIK-A", "posyandu", "3")
    assert (said["nik"], said["card"], said["person_id"]) == (number, None, person)
    assert said["organization"] == "100000001"
    assert said["practitioner"] == {"ihs": "10009880728", "name": "dr. Andi Saputra"}
    assert [d["icd10"] for d in said["diagnoses"]] == ["I10", "E11.9"], "the primary one first"
    assert said["measured"] == {
        "systolic": 152, "diastolic": 94, "weight_kg": 63.5, "waist_cm": 91, "glucose_fasting": 141, "hba1c": 7.2,
        "temperature": 36.6,
    }  # fmt: skip
    one = said["medicines"][0]
    assert (one["name"], one["quantity"], one["unit"]) == ("Amlodipin 5 mg", 30, "tablet")
    assert (said["reason"], said["notes"]) == ("Pusing sejak dua hari", "Kontrol bulan depan")
    assert sorted(said["education"]) == ["diet-garam", "edukasi"]
    assert "reaktif" not in str(said).lower(), "an HIV test has no place in a payer's form"
    (row,) = await sql(
        "SELECT * FROM (SELECT actor, role, facility, person_id, action, what, purpose, resources FROM access_log UNION"
        " ALL SELECT actor, role, facility, person_id, action, what, purpose, resources FROM access_pending) a"
        " WHERE purpose = 'payment' AND person_id = $1",
        person,
    )
    assert (row["actor"], row["role"], row["facility"]) == ("konektor-jkn", "jkn-connector", "KLINIK-A")
    assert (row["action"], row["what"]) == ("read", "JKN/visit")
    assert f"Encounter/{visit_id}" in row["resources"]


async def test_what_others_wrote_is_not_this_facilitys_to_tell(caller: Caller) -> None:
    a, b = caller("KLINIK-A"), caller("TPMD-B")
    visit_id, _, number = await recorded(a)
    other = await b.post("/v1/visits", json=visit(number))
    assert other.status_code == 201
    patient = (await b.get(other.headers["location"])).json()["resources"]
    reference = next(r["subject"]["reference"] for r in patient if r["resourceType"] == "Encounter")
    shared = {"patient": {"reference": reference}, "resourceType": "AllergyIntolerance"}
    penicillin = {"text": "Penisilin", "coding": [{"system": "http://snomed.info/sct", "code": "91936005"}]}
    for client, category, name in ((a, "medication", "Amoksisilin"), (b, "food", "Udang")):
        body = shared | {"category": [category], "code": penicillin | {"text": name}}
        body["clinicalStatus"] = {
            "coding": [
                {"system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "code": "active"}
            ]
        }
        assert (made := await client.post(f"{BASE}/AllergyIntolerance", json=body)).status_code == 201, made.text
    said = await told(a, visit_id)
    assert said["allergies"] == [{"category": "drug", "code": "91936005", "name": "Amoksisilin"}]


async def test_a_cancelled_visit_says_so_and_an_unknown_one_is_not_found(caller: Caller) -> None:
    a = caller("KLINIK-A")
    visit_id, _, _ = await recorded(a)
    gone = await a.post(f"/v1/visits/{visit_id}/cancel", json={"reason": "Salah orang"})
    assert gone.status_code == 200, gone.text
    assert (await told(a, visit_id))["state"] == "cancelled"
    assert (await a.get("/internal/visits/tidak-ada/payer", headers=PEER)).status_code == 404
    assert (await a.get(f"/internal/visits/{visit_id}/payer")).status_code in (401, 403)
