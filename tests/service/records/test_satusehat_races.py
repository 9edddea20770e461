"""What a SATUSEHAT client sends twice at once, because an answer was slow, is there once."""

import asyncio
import itertools
import uuid
from collections.abc import Callable
from typing import Any

import httpx

from tests.service.records.bodies import BASE, encounter, nik, patient, systolic

Caller = Callable[..., httpx.AsyncClient]
ID = "https://fhir.kemkes.go.id/id/"
_national = itertools.count(70_000_000_001)


async def test_the_same_encounter_at_once_is_taken_once(caller: Caller, sql: Any) -> None:
    clinic = caller("KLINIK-A", face="satusehat")
    person = (await caller("KLINIK-A").post(f"{BASE}/Patient", json=patient(nik()))).json()["id"]
    for _ in range(3):
        own = {"system": "http://sys-ids.kemkes.go.id/encounter/100000001", "value": str(uuid.uuid4())}
        body = encounter(person) | {"identifier": [own]}
        answers = await asyncio.gather(*(clinic.post(f"{BASE}/Encounter", json=body) for _ in range(8)))
        assert sorted(r.status_code for r in answers) == [201] + [400] * 7
        told = {r.json()["issue"][0]["code"] for r in answers if r.status_code == 400}
        assert told == {"duplicate"}
        rows = await sql("SELECT count(*) AS n FROM resource_identifier WHERE value = $1", own["value"])
        assert rows[0]["n"] == 1


async def test_a_newborn_at_once_is_one_person_with_one_mother(caller: Caller, sql: Any) -> None:
    for clinics in (("KLINIK-A", "KLINIK-A"), ("KLINIK-A", "TPMD-B")):
        mother = nik()
        body = {
            "resourceType": "Patient", "identifier": [{"system": f"{ID}nik-ibu", "value": mother}], "active": True,
            "name": [{"text": "BY NY SITI"}], "gender": "female", "birthDate": "2026-03-01", "multipleBirthInteger": 0,
        }  # fmt: skip
        senders = [caller(clinics[n % 2], face="satusehat") for n in range(8)]
        answers = await asyncio.gather(*(s.post(f"{BASE}/Patient", json=body) for s in senders))
        assert {r.status_code for r in answers} <= {200, 201}, [r.text for r in answers]
        rows = await sql(
            "SELECT count(DISTINCT person_id) AS people, count(*) FILTER (WHERE type = 'RelatedPerson') AS mothers"
            " FROM resource WHERE person_id IN (SELECT person_id FROM person_identifier WHERE value LIKE $1 || '|%')",
            mother,
        )
        assert tuple(rows[0]) == (1, 1)


async def test_an_unknown_national_number_at_once_is_one_person(caller: Caller, sql: Any) -> None:
    number = f"P{next(_national)}"
    senders = [caller(f, face="satusehat") for f in ("KLINIK-A", "TPMD-B") * 4]
    answers = await asyncio.gather(*(s.post(f"{BASE}/Observation", json=systolic(number)) for s in senders))
    assert {r.status_code for r in answers} == {201}, [r.text for r in answers]
    rows = await sql(
        "SELECT count(DISTINCT r.person_id) AS people, count(*) FILTER (WHERE r.type = 'Observation') AS readings,"
        " count(*) FILTER (WHERE r.type = 'Patient') AS patients FROM resource r WHERE r.person_id IN"
        " (SELECT person_id FROM person_identifier WHERE system = $1 AND value = $2)",
        f"{ID}ihs-number",
        number,
    )
    assert tuple(rows[0]) == (1, 8, 1)
