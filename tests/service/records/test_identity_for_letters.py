"""Who somebody is, for a letter: by the asker's own rights, logged; and match or no match for who holds one."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.service.records.bodies import BASE, encounter, nik, patient, systolic

Caller = Callable[..., httpx.AsyncClient]
KEY = {"x-peer-key": "kunci"}
MORE: dict[str, Any] = {
    "name": [{"text": "Siti Aminah binti Ñuñez"}], "birthDate": "1990-07-01", "gender": "female",
    "telecom": [{"system": "phone", "value": "0812"}],
    "address": [{"line": ["Jl. Merdeka 3"], "city": "Kepulauan Meranti", "extension": [{
        "url": "https://fhir.kemkes.go.id/r4/StructureDefinition/administrativeCode",
        "extension": [{"url": "rt", "valueCode": "3"}, {"url": "rw", "valueCode": "1"}],
    }]}],
}  # fmt: skip


async def a_person(client: httpx.AsyncClient, **more: Any) -> tuple[str, str]:
    number = nik()
    answer = await client.post(f"{BASE}/Patient", json=patient(number, **(MORE | more)))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"]), number


async def test_it_is_read_by_the_askers_own_rights_and_logged(caller: Caller, sql: Any) -> None:
    person, number = await a_person(caller("KLINIK-A"))
    found = await caller("KLINIK-A").get(f"/internal/persons/{person}/identity")
    assert found.json() == {
        "name": "Siti Aminah binti Ñuñez", "nik": number, "jkn": None, "born": "1990-07-01", "sex": "female",
        "address": "Jl. Merdeka 3, RT 3/RW 1, Kepulauan Meranti", "phone": "0812",
    }  # fmt: skip
    refused = await caller("TPMD-B").get(f"/internal/persons/{person}/identity")
    assert (refused.status_code, "Aminah" in refused.text) == (403, False)
    assert (await caller("KLINIK-A").get("/internal/persons/tidak-ada/identity")).status_code == 404
    union = "SELECT at, facility, outcome, what FROM access_log WHERE person_id = $1 UNION ALL "
    union += "SELECT at, facility, outcome, what FROM access_pending WHERE person_id = $1 ORDER BY 1"
    looks = [(r["facility"], r["outcome"], r["what"]) for r in await sql(union, person)]
    assert looks[-2:] == [("KLINIK-A", "allowed", "Patient"), ("TPMD-B", "refused", "Patient")]


async def test_a_holder_is_told_match_or_no_match(caller: Caller) -> None:
    person, number = await a_person(caller("KLINIK-A"))

    async def asked(**printed: str) -> bool | None:
        answer = await caller("KLINIK-A").post(f"/internal/persons/{person}/match", json=printed, headers=KEY)
        assert answer.status_code == 200, answer.text
        found: bool | None = answer.json()["match"]
        return found

    assert await asked(birth_date="1990-07-01") is True
    assert await asked(birth_date="1990-07-02") is False
    assert await asked(nik_end=number[-4:]) is True
    assert await asked(nik_end=f"{(int(number[-4:]) + 1) % 10_000:04}") is False
    without = await caller("KLINIK-A").post(f"/internal/persons/{person}/match", json={"birth_date": "1990-07-01"})
    assert without.status_code == 403


async def test_what_is_not_on_record_cannot_be_compared(caller: Caller) -> None:
    made = await caller("KLINIK-A").post(
        "/v1/persons", json={"reason": "unidentified", "sex": "L", "medical_record": "IGD-77"}
    )
    person = made.json()["person_id"]
    for printed in ({"birth_date": "1990-07-01"}, {"nik_end": "0001"}):
        answer = await caller("KLINIK-A").post(f"/internal/persons/{person}/match", json=printed, headers=KEY)
        assert answer.json() == {"match": None}
    unknown = await caller("KLINIK-A").post("/internal/persons/tidak-ada/match", json={"nik_end": "0001"}, headers=KEY)
    assert unknown.status_code == 404


@pytest.mark.parametrize(("code", "name"), [("A01.0", "Demam tifoid"), ("Z99.9", None)])
async def test_a_diagnosis_is_named_where_we_know_it(caller: Caller, code: str, name: str | None) -> None:
    assert (await caller("KLINIK-A").get(f"/internal/diagnoses/{code}", headers=KEY)).json() == {"name": name}


async def test_who_recorded_a_resource(caller: Caller) -> None:
    person, _ = await a_person(caller("KLINIK-A"))
    clinic = caller("KLINIK-A")
    told = {"resourceType": "Practitioner", "name": [{"text": "dr. Ratna"}]}
    doctor = {"reference": f"Practitioner/{(await clinic.post(f'{BASE}/Practitioner', json=told)).json()['id']}"}
    seen = await clinic.post(
        f"{BASE}/Encounter", json=encounter(person) | {"participant": [{"individual": {"display": "bidan Rina"}}]}
    )
    within = {"encounter": {"reference": f"Encounter/{seen.json()['id']}"}}
    said = [{"performer": [doctor]}, {"performer": [doctor | {"display": "dr. R"}]}, within, {}]
    made = [await clinic.post(f"{BASE}/Observation", json=systolic(person) | who) for who in said]
    refs = [f"Observation/{one.json()['id']}" for one in made]
    found = await clinic.post("/internal/recorders", json={"resources": refs})
    assert found.json() == {refs[0]: "dr. Ratna", refs[1]: "dr. R", refs[2]: "bidan Rina"}
    assert (await caller("TPMD-B").post("/internal/recorders", json={"resources": refs})).json() == {}
