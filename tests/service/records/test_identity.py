"""Who is who: registrations that meet, contradict, come again, or change a Patient that others share."""

import asyncio
import uuid
from collections.abc import Callable
from typing import Any

import httpx
import orjson
import pytest

from tests.service.records.bodies import BASE, NIK, bundle, encounter, nik, patient, systolic

Caller = Callable[..., httpx.AsyncClient]
MRN = "urn:uji:rm"
IBU = "https://fhir.kemkes.go.id/id/nik-ibu"


async def test_a_person_set_apart_is_found_again(caller: Caller, sql: Any) -> None:
    a, number = caller("KLINIK-A"), nik()
    await a.post(f"{BASE}/Patient", json=patient(number))
    other = patient(number, birthDate="1991-01-01")
    answers = await asyncio.gather(*(a.post(f"{BASE}/Patient", json=other) for _ in range(6)))
    answers.append(await a.post(f"{BASE}/Patient", json=other))
    assert len({r.json()["id"] for r in answers}) == 1, [r.text for r in answers]
    visit = {
        "patient": {"nik": number, "name": "Siti", "birth_date": "1991-01-01", "sex": "P"},
        "at": "2026-03-01T08:00:00+07:00",
    }  # fmt: skip
    assert (await a.post("/v1/visits", json=visit)).json()["person_id"] == answers[0].json()["id"]
    assert len(await sql("SELECT 1 FROM identity_review WHERE person_id = $1", answers[0].json()["id"])) == 1


async def test_two_birth_dates_of_one_number_in_one_bundle(caller: Caller) -> None:
    a, number = caller("KLINIK-A"), nik()
    entries = [
        {"fullUrl": f"urn:uuid:{n}", "resource": p, "request": {"method": "POST", "url": "Patient"}}
        for n, p in enumerate((patient(number), patient(number, birthDate="1991-01-01")))
    ]
    made = await a.post(BASE, json={"resourceType": "Bundle", "type": "transaction", "entry": entries})
    assert made.status_code == 200, made.text
    assert len({e["response"]["location"] for e in made.json()["entry"]}) == 2


async def test_an_id_of_the_senders_own_can_be_sent_again(caller: Caller) -> None:
    a, b, number = caller("KLINIK-A"), caller("TPMD-B"), nik()
    id_ = (await a.post(f"{BASE}/Patient", json=patient(number))).json()["id"]
    own = f"rm-{number[-4:]}"
    for phone in ("1", "2", "2"):
        body = patient(number, id=own, telecom=[{"system": "phone", "value": phone}])
        put = await b.put(f"{BASE}/Patient/{own}", json=body)
        assert (put.status_code, put.json()["id"]) == (200, id_), put.text
        file = orjson.dumps(body) + b"\n"
        assert (await b.post("/v1/imports", content=file)).json()["unchanged"] == 1
    assert (await b.post(f"{BASE}/Observation", json=systolic(own))).status_code == 201


async def test_an_alias_that_says_nothing_new_is_an_alias_all_the_same(caller: Caller) -> None:
    a, number = caller("KLINIK-A"), nik()
    id_ = (await a.post(f"{BASE}/Patient", json=patient(number))).json()["id"]
    assert (await a.put(f"{BASE}/Patient/al-{number[-4:]}", json=patient(number))).json()["id"] == id_
    assert (await a.get(f"{BASE}/Patient/al-{number[-4:]}")).json()["id"] == id_


async def test_joining_keeps_what_is_searched_for(caller: Caller, sql: Any) -> None:
    a, b, number = caller("KLINIK-A"), caller("TPMD-B"), nik()
    card = {"system": MRN, "value": f"A-{number}"}
    full = patient(number, identifier=[{"system": NIK, "value": number}, card])
    id_ = (await a.post(f"{BASE}/Patient", json=full)).json()["id"]
    bare = {"resourceType": "Patient", "identifier": [{"system": NIK, "value": number}], "active": True}
    assert (await b.post(f"{BASE}/Patient", json=bare)).json()["id"] == id_
    for query in ({"identifier": f"{MRN}|A-{number}"}, {"_id": id_, "name": "siti", "birthdate": "1990"}):
        found = await a.get(f"{BASE}/Patient", params=query)
        assert found.json()["total"] == 1, query
    assert (await a.get(f"{BASE}/Patient", params={"_id": id_, "birthdate": "gt1990-07-01"})).json()["total"] == 0


async def test_another_facilitys_put_adds_and_takes_nothing_away(caller: Caller) -> None:
    a, b, number = caller("KLINIK-A"), caller("TPMD-B"), nik()
    id_ = (await a.post(f"{BASE}/Patient", json=patient(number))).json()["id"]
    await b.post(f"{BASE}/Patient", json=patient(number))
    masked = {
        "resourceType": "Patient", "id": id_, "identifier": [{"system": NIK, "value": "################"}],
        "telecom": [{"system": "phone", "value": "1"}],
    }  # fmt: skip
    put = (await b.put(f"{BASE}/Patient/{id_}", json=masked)).json()
    assert (put["name"], put["birthDate"]) == ([{"text": "SITI AMINAH"}], "1990-07-01")
    assert put["identifier"] == [{"system": NIK, "value": number}]
    assert (await a.get(f"{BASE}/Patient", params={"identifier": f"{NIK}|{number}"})).json()["total"] == 1


async def test_a_number_of_another_person_moves_nobody(caller: Caller, sql: Any) -> None:
    a, b, number = caller("KLINIK-A"), caller("TPMD-B"), nik()
    hers = (await a.post(f"{BASE}/Patient", json=patient(number))).json()["id"]
    mine = (await b.post(f"{BASE}/Patient", json=patient(nik()))).json()["id"]
    put = await b.put(f"{BASE}/Patient/{mine}", json=patient(number, id=mine))
    assert (put.status_code, put.json()["id"]) == (200, mine)
    assert (await b.get(f"{BASE}/Patient/{hers}")).status_code == 403
    review = await sql("SELECT reason FROM identity_review WHERE person_id = $1 AND other_person_id = $2", mine, hers)
    assert [r["reason"] for r in review] == ["number-of-another"]


async def test_an_ihs_number_in_the_address_is_no_registration(caller: Caller) -> None:
    a, b, ihs = caller("KLINIK-A"), caller("TPMD-B"), f"P0{nik()[-10:]}"
    known = [{"system": "https://fhir.kemkes.go.id/id/ihs-number", "value": ihs}]
    await a.post(f"{BASE}/Patient", json=patient(nik(), identifier=known))
    answer = await b.put(f"{BASE}/Patient/{ihs}", json={"resourceType": "Patient", "id": ihs, "active": True})
    assert answer.status_code == 403
    assert "SITI" not in answer.text


async def test_a_deleted_patient_is_registered_again(caller: Caller) -> None:
    a, number = caller("KLINIK-A"), nik()
    id_ = (await a.post(f"{BASE}/Patient", json=patient(number))).json()["id"]
    assert (await a.delete(f"{BASE}/Patient/{id_}")).status_code == 204
    again = await a.post(f"{BASE}/Patient", json=patient(number))
    assert (again.status_code, again.json()["id"], again.json()["meta"]["versionId"]) == (200, id_, "3")


async def test_a_patient_in_use_is_not_deleted(caller: Caller) -> None:
    a, b, number = caller("KLINIK-A"), caller("TPMD-B"), nik()
    id_ = (await a.post(f"{BASE}/Patient", json=patient(number))).json()["id"]
    await b.post(f"{BASE}/Patient", json=patient(number))
    assert (await a.delete(f"{BASE}/Patient/{id_}")).status_code == 409
    assert (await b.post(f"{BASE}/Observation", json=systolic(id_))).status_code == 201


async def test_a_bundle_that_creates_its_patient_if_none_exists_comes_twice(caller: Caller) -> None:
    a, number = caller("KLINIK-A"), nik()
    visit = bundle(number)
    visit["entry"][0]["request"]["ifNoneExist"] = f"identifier={NIK}|{number}"
    answers = [await a.post(BASE, json=visit) for _ in range(2)]
    assert [r.status_code for r in answers] == [200, 200], answers[1].text
    ids = {r.json()["entry"][0]["response"]["location"].split("/")[-3] for r in answers}
    assert len(ids) == 1


@pytest.mark.parametrize("order", [0, 1])
async def test_twins_are_two_and_get_their_own_numbers_later(caller: Caller, order: int) -> None:
    a, mother = caller("KLINIK-A"), nik()

    def baby(n: int, **more: Any) -> dict[str, Any]:
        numbers = [{"system": IBU, "value": mother}, *more.pop("numbers", ())]
        return patient("", identifier=numbers, multipleBirthInteger=n, birthDate="2026-01-05", **more)

    first, second = [(await a.post(f"{BASE}/Patient", json=baby(n))).json()["id"] for n in (1, 2)]
    assert first != second
    own = [{"system": NIK, "value": nik()}]
    named = await a.post(f"{BASE}/Patient", json=baby(1 + order, numbers=own))
    assert named.json()["id"] == (first, second)[order]
    assert (await a.post(f"{BASE}/Patient", json=patient(own[0]["value"], birthDate="2026-01-05"))).json()["id"] == (
        first,
        second,
    )[order]


async def test_one_of_a_choice_remains(caller: Caller) -> None:
    a, number = caller("KLINIK-A"), nik()
    await a.post(f"{BASE}/Patient", json=patient(number, deceasedBoolean=False))
    joined = (await a.post(f"{BASE}/Patient", json=patient(number, deceasedDateTime="2026-02-01"))).json()
    assert "deceasedBoolean" not in joined
    assert joined["deceasedDateTime"] == "2026-02-01"


async def test_a_reference_is_resolved_when_its_target_arrives(caller: Caller) -> None:
    a = caller("KLINIK-A")
    id_ = (await a.post(f"{BASE}/Patient", json=patient(nik()))).json()["id"]
    visit, later = f"v-{id_}", f"l-{id_}"
    for target in (visit, later):
        hers = systolic(id_) | {"encounter": {"reference": f"Encounter/{target}"}}
        assert (await a.post(f"{BASE}/Observation", json=hers)).status_code == 201

    async def listed() -> set[str]:
        rows = (await a.get("/v1/unresolved", params={"limit": 1000})).json()["unresolved"]
        return {r["reference"] for r in rows}

    assert {f"Encounter/{visit}", f"Encounter/{later}"} <= await listed()
    assert (await a.put(f"{BASE}/Encounter/{visit}", json=encounter(id_))).status_code == 201
    assert f"Encounter/{visit}" not in await listed()
    assert f"Encounter/{later}" in await listed()


async def test_a_patient_under_a_name_of_the_senders_own_is_a_person_with_a_uuid(caller: Caller, sql: Any) -> None:
    a, number = caller("KLINIK-A"), nik()
    own = f"pasien.{number[-4:]}"
    answers = await asyncio.gather(
        *(a.put(f"{BASE}/Patient/{own}", json=patient("", id=own, identifier=[{"system": MRN, "value": "1"}]))
          for _ in range(6))
    )  # fmt: skip
    assert {r.status_code for r in answers} <= {200, 201}, [r.text for r in answers]
    rows = await sql("SELECT DISTINCT person_id FROM resource WHERE type = 'Patient' AND id = $1", own)
    person = rows[0]["person_id"]
    assert uuid.UUID(person)
    assert (await a.get(f"{BASE}/Patient/{own}")).json()["id"] == own
    assert (await a.get(f"{BASE}/Patient/{person}/$everything")).json()["entry"][0]["resource"]["id"] == own
    made = (await a.post(f"{BASE}/Observation", json=systolic(own))).json()["id"]
    found = (await a.get(f"{BASE}/Observation", params={"patient": own})).json()
    assert [e["resource"]["id"] for e in found["entry"]] == [made]
    assert (await a.put(f"{BASE}/Patient/{own}", json=patient(number, id=own))).json()["id"] == own
    assert (await caller("TPMD-B").post(f"{BASE}/Patient", json=patient(number))).json()["id"] == own


async def test_a_child_is_told_of_once_more_when_its_mother_becomes_known(caller: Caller, sql: Any) -> None:
    a, number, other = caller("KLINIK-A"), nik(), nik()
    baby = patient("", identifier=[{"system": IBU, "value": number}], multipleBirthInteger=1, birthDate="2026-01-05")
    child = (await a.post(f"{BASE}/Patient", json=baby)).json()["id"]
    await a.post(f"{BASE}/Patient", json=patient(other))
    assert await _mothers(sql, child) == [("created", None)]
    mother = (await a.post(f"{BASE}/Patient", json=patient(number))).json()["id"]
    ((person,),) = await sql("SELECT person_id FROM resource WHERE type = 'Patient' AND id = $1", mother)
    told = [("created", None), ("moved", person)]
    assert await _mothers(sql, child) == told
    await a.post(f"{BASE}/Patient", json=patient(number, birthDate="1985-01-01"))
    assert await _mothers(sql, child) == told, "known before"


async def _mothers(sql: Any, child: str) -> list[tuple[str, str | None]]:
    """Kind and mother of what was told of a child, in order."""
    rows = await sql(
        "SELECT kind, data::json->'resource'->>'mother' FROM (SELECT position AS n, kind, data, subject FROM event"
        " UNION ALL SELECT 1000000000 + id, kind, data, subject FROM event_pending) e WHERE subject = $1 ORDER BY n",
        child,
    )
    return list(dict.fromkeys(tuple(r) for r in rows))  # what is sealed may lie among the pending still
