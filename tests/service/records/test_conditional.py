"""Conditional create, update, patch, delete and references: by any search, only over what the sender may see."""

import asyncio
import uuid
from collections.abc import Callable
from typing import Any

import httpx
import orjson
import pytest

from tests.service.records.bodies import BASE, NIK, encounter, nik, patient, systolic

Caller = Callable[..., httpx.AsyncClient]
LOCAL = "http://sys-ids.kemkes.go.id/observation/1"


@pytest.fixture
async def person(caller: Caller) -> str:
    made = await caller("KLINIK-A").post(f"{BASE}/Patient", json=patient(nik()))
    return str(made.json()["id"])


def marked(person: str, mark: str, **more: Any) -> dict[str, Any]:
    return systolic(person) | {"identifier": [{"system": LOCAL, "value": mark}]} | more


async def count(client: httpx.AsyncClient, query: str) -> int:
    return int((await client.get(f"{BASE}/{query}")).json()["total"])


async def test_create_by_any_search(caller: Caller, person: str) -> None:
    a = caller("KLINIK-A")
    only = {"if-none-exist": f"patient={person}&code=http://loinc.org|8480-6&date=2026-03-01"}
    first = await a.post(f"{BASE}/Observation", json=systolic(person), headers=only)
    assert first.status_code == 201
    again = await a.post(f"{BASE}/Observation", json=systolic(person, "130"), headers=only)
    assert (again.status_code, again.json()) == (200, first.json())
    by_address = await a.post(f"{BASE}/Observation?patient={person}&code=8480-6", json=systolic(person))
    assert (by_address.status_code, by_address.json()["id"]) == (200, first.json()["id"])
    await a.post(f"{BASE}/Observation", json=systolic(person))
    several = await a.post(f"{BASE}/Observation", json=systolic(person), headers=only)
    assert (several.status_code, several.json()["issue"][0]["code"]) == (412, "multiple-matches")
    assert await count(a, f"Observation?patient={person}") == 2


@pytest.mark.parametrize("query", ["warna=merah", "identifier=", "identifier=x&warna=merah", "identifier=x&patient="])
async def test_a_condition_that_could_mean_anything_is_refused(caller: Caller, person: str, query: str) -> None:
    a = caller("KLINIK-A")
    for answer in (
        await a.post(f"{BASE}/Observation", json=systolic(person), headers={"if-none-exist": query}),
        await a.post(f"{BASE}/Observation?{query}", json=systolic(person)),
        await a.put(f"{BASE}/Observation?{query}", json=systolic(person)),
        await a.delete(f"{BASE}/Observation?{query}"),
    ):
        assert answer.status_code == 400, answer.text
    assert await count(a, f"Observation?patient={person}") == 0


async def test_equal_conditions_at_once_end_in_one_resource(caller: Caller, person: str) -> None:
    a = caller("KLINIK-A")
    spelt = [f"patient={person}&code=8480-6", f"code=8480-6&patient={person}"]
    wishes = [a.post(f"{BASE}/Observation?{spelt[n % 2]}", json=systolic(person)) for n in range(10)]
    answers = await asyncio.gather(*wishes)
    assert sorted(r.status_code for r in answers) == [200] * 9 + [201]
    mark = str(uuid.uuid4())
    puts = [a.put(f"{BASE}/Observation?identifier={LOCAL}|{mark}", json=marked(person, mark)) for _ in range(8)]
    assert {r.status_code for r in await asyncio.gather(*puts)} == {200, 201}
    assert await count(a, f"Observation?identifier={LOCAL}|{mark}") == 1


async def test_update_patch_delete_by_search(caller: Caller, person: str) -> None:
    a, mark = caller("KLINIK-A"), str(uuid.uuid4())
    where = f"{BASE}/Observation?identifier={LOCAL}|{mark}"
    assert (await a.patch(where, json={"status": "amended"})).status_code == 404
    assert (await a.delete(where)).status_code == 204
    made = await a.put(where, json=marked(person, mark))
    assert made.status_code == 201
    id_ = made.json()["id"]
    changed = await a.put(where, json=marked(person, mark, status="amended"))
    assert (changed.status_code, changed.json()["id"], changed.json()["meta"]["versionId"]) == (200, id_, "2")
    assert (await a.put(where, json=marked(person, mark, id="another"))).status_code == 400
    patched = await a.patch(where, json=[{"op": "replace", "path": "/status", "value": "corrected"}])
    assert (patched.status_code, patched.json()["status"]) == (200, "corrected")
    assert (await a.delete(where, headers={"if-match": 'W/"1"'})).status_code == 412
    assert (await a.delete(where)).status_code == 204
    assert (await a.get(f"{BASE}/Observation/{id_}")).status_code == 410
    other = str(uuid.uuid4())
    with_id = f"{BASE}/Observation?identifier={LOCAL}|{other}"
    named = await a.put(with_id, json=marked(person, other, id=other))
    assert (named.status_code, named.json()["id"]) == (201, other)
    taken = f"{BASE}/Observation?identifier={LOCAL}|{uuid.uuid4()}"
    assert (await a.put(taken, json=marked(person, other, id=other))).status_code == 412
    assert (await a.delete(f"{BASE}/Observation")).status_code == 412


async def test_what_is_hidden_does_not_count(caller: Caller, person: str) -> None:
    a, b, mark = caller("KLINIK-A"), caller("TPMD-B"), str(uuid.uuid4())
    await a.post(f"{BASE}/Observation", json=marked(person, mark))
    own = (await b.post(f"{BASE}/Patient", json=patient(nik()))).json()["id"]
    for query in (f"identifier={LOCAL}|{mark}", f"patient={person}&code=8480-6"):
        assert (await b.delete(f"{BASE}/Observation?{query}")).status_code == 204
        assert (await b.patch(f"{BASE}/Observation?{query}", json={"status": "amended"})).status_code == 404
        made = await b.post(f"{BASE}/Observation?{query}", json=systolic(own))
        assert made.status_code == 201
    assert await count(a, f"Observation?identifier={LOCAL}|{mark}") == 1


def entry(method: str, url: str, resource: Any = None, **request: Any) -> dict[str, Any]:
    return {"request": {"method": method, "url": url, **request}} | ({"resource": resource} if resource else {})


def transaction(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "transaction", "entry": list(entries)}


async def test_conditions_in_a_transaction(caller: Caller, person: str) -> None:
    a, mark = caller("KLINIK-A"), str(uuid.uuid4())
    token = f"identifier={LOCAL}|{mark}"
    first = (await a.post(f"{BASE}/Observation", json=marked(person, mark))).json()
    kept = await a.post(BASE, json=transaction(entry("POST", "Observation", marked(person, mark), ifNoneExist=token)))
    assert kept.json()["entry"][0]["response"]["location"].split("/")[-3] == first["id"]
    # deleted first, so that the condition of the creation finds nothing (FHIR's order, whatever the entries' order)
    anew = await a.post(
        BASE,
        json=transaction(
            entry("POST", "Observation", marked(person, mark), ifNoneExist=token),
            entry("DELETE", f"Observation?{token}"),
        ),
    )
    assert [e["response"]["status"] for e in anew.json()["entry"]] == ["201 Created", "204 No Content"], anew.text
    assert await count(a, f"Observation?{token}") == 1
    # "clear, then store" is the same Bundle the first time, when there is nothing to clear
    fresh = f"identifier={LOCAL}|{(new := str(uuid.uuid4()))}"
    clear = entry("DELETE", f"Observation?{fresh}")
    store = entry("POST", "Observation", marked(person, new), ifNoneExist=fresh)
    first_time = await a.post(BASE, json=transaction(clear, store))
    assert first_time.status_code == 200, first_time.text
    assert await count(a, f"Observation?{fresh}") == 1
    twice = f"identifier={LOCAL}|{uuid.uuid4()}"
    same = await a.post(
        BASE, json=transaction(*(entry("POST", "Observation", systolic(person), ifNoneExist=twice) for _ in range(2)))
    )
    assert (same.status_code, same.json()["issue"][0]["expression"]) == (412, ["Bundle.entry[1].request"])
    wrong = await a.post(BASE, json=transaction(entry("PUT", "Observation?warna=merah", systolic(person))))
    assert (wrong.status_code, wrong.json()["issue"][0]["expression"]) == (400, ["Bundle.entry[0].request.url"])


async def test_conditional_references(caller: Caller, sql: Any) -> None:
    a, number = caller("KLINIK-A"), nik()
    id_ = (await a.post(f"{BASE}/Patient", json=patient(number))).json()["id"]
    license_ = {"system": "https://fhir.kemkes.go.id/id/nakes-his-number", "value": str(uuid.uuid4())}
    room = {"system": "http://sys-ids.kemkes.go.id/location/1", "value": str(uuid.uuid4())}
    place = (await a.post(f"{BASE}/Location", json={"resourceType": "Location", "identifier": [room]})).json()["id"]
    visit = encounter(id_) | {
        "subject": {"reference": f"Patient?identifier={NIK}|{number}"},
        "participant": [
            {"individual": {"reference": f"Practitioner?identifier={license_['system']}%7C{license_['value']}"}}
        ],
        "location": [{"location": {"reference": f"Location?identifier={room['system']}|{room['value']}"}}],
    }
    unknown = await a.post(f"{BASE}/Encounter", json=visit)
    assert unknown.status_code == 422
    assert unknown.json()["issue"][0]["expression"] == ["Encounter.participant[0].individual.reference"]
    doctor = {"resourceType": "Practitioner", "identifier": [license_]}
    done = await a.post(
        BASE, json=transaction(entry("POST", "Encounter", visit), entry("POST", "Practitioner", doctor))
    )
    assert done.status_code == 200, done.text
    made = [e["response"]["location"].split("/")[-3] for e in done.json()["entry"]]
    stored = (await a.get(f"{BASE}/Encounter/{made[0]}")).json()
    assert stored["subject"] == {"reference": f"Patient/{id_}"}
    assert stored["participant"][0]["individual"] == {"reference": f"Practitioner/{made[1]}"}
    assert stored["location"][0]["location"] == {"reference": f"Location/{place}"}
    plain = await a.post(f"{BASE}/Encounter", json=visit)  # now the practitioner is there
    assert (plain.status_code, plain.json()["subject"]) == (201, {"reference": f"Patient/{id_}"})
    assert number not in orjson.dumps([dict(r) for r in await sql(
        "SELECT data::text FROM event_pending WHERE subject = $1 UNION ALL"
        " SELECT data::text FROM event WHERE subject = $1",
        made[0],
    )]).decode()  # fmt: skip
    await a.post(f"{BASE}/Location", json={"resourceType": "Location", "identifier": [room]})
    several = await a.post(f"{BASE}/Encounter", json=visit)
    assert several.status_code == 422
    assert several.json()["issue"][0]["expression"] == ["Encounter.location[0].location.reference"]


async def test_a_patient_by_a_conditional_reference_that_is_nobody(caller: Caller) -> None:
    a = caller("KLINIK-A")
    for reference in (f"Patient?identifier={NIK}|{nik()}", "Patient?name=tidakada", "Patient?warna=merah"):
        answer = await a.post(f"{BASE}/Observation", json=systolic("x") | {"subject": {"reference": reference}})
        assert answer.status_code == 422, (reference, answer.text)
        assert {i["expression"][0] for i in answer.json()["issue"]} == {"Observation.subject.reference"}


async def test_a_patient_by_number(caller: Caller) -> None:
    """What fhirpy's `get_or_create` and a PIXm feed (ITI-104) send; whoever is hidden is joined, not doubled."""
    a, b, number, mrn = caller("KLINIK-A"), caller("TPMD-B"), nik(), str(uuid.uuid4())
    local = {"system": "http://sys-ids.kemkes.go.id/mrn/1", "value": mrn}
    body = patient(number)
    body["identifier"].append(local)
    where = f"{BASE}/Patient?identifier={local['system']}|{mrn}"
    made = await a.put(where, json=body)
    changed = await a.put(where, json=body | {"active": True})
    assert (made.status_code, changed.status_code) == (201, 200)
    assert changed.json()["id"] == made.json()["id"]
    kept = await a.post(where, json=body)
    assert (kept.status_code, kept.json()) == (200, changed.json())
    joined = await b.put(f"{BASE}/Patient?identifier={NIK}|{number}", json=patient(number))
    assert (joined.status_code, joined.json()["id"]) == (200, made.json()["id"])
    answers = await asyncio.gather(*(b.put(f"{BASE}/Patient?identifier={NIK}|{number}", json=body) for _ in range(6)))
    assert {r.json()["id"] for r in answers} == {made.json()["id"]}, [r.text for r in answers]
