"""Transactions and batches: entries meet each other wherever a reference can stand; FHIR's order; reads come last."""

import base64
import uuid
from collections.abc import Callable
from typing import Any

import httpx
import orjson
import pytest

from tests.service.records.bodies import BASE, NIK, encounter, nik, patient, systolic

Caller = Callable[..., httpx.AsyncClient]
TYPE = {"coding": [{"system": "urn:uji", "code": "x"}]}


def entry(method: str, url: str, resource: Any = None, full: str | None = None, **request: Any) -> dict[str, Any]:
    whole: dict[str, Any] = {"request": {"method": method, "url": url, **request}}
    return whole | ({"resource": resource} if resource is not None else {}) | ({"fullUrl": full} if full else {})


def transaction(*entries: dict[str, Any], kind: str = "transaction") -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": kind, "entry": list(entries)}


def ids(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [e["response"].get("location", "///").split("/")[-3] for e in answer.json()["entry"]]


async def test_an_address_is_resolved_wherever_it_stands(caller: Caller, sql: Any) -> None:
    a = caller("KLINIK-A")
    p, e, t, o = (f"urn:uuid:{uuid.uuid4()}" for _ in range(4))
    task = {
        "resourceType": "Task", "status": "requested", "intent": "order", "for": {"reference": p},
        "contained": [
            {"resourceType": "QuestionnaireResponse", "id": "q", "status": "completed", "subject": {"reference": p},
             "encounter": {"reference": e}}
        ],
        "requester": {"identifier": {"system": "urn:ietf:rfc:3986", "value": o}},
        "focus": {"reference": e},
        "input": [
            {"type": TYPE, "valueReference": {"reference": e}},
            {"type": TYPE, "valueUri": e},
            {"type": TYPE, "valueString": e},
        ],
        "output": [{"type": TYPE, "valueReference": {"reference": "#q", "extension": [
            {"url": "http://x.id/asal", "valueReference": {"reference": e}}]}}],
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": t}],
        "text": {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml"><a href="{e}">x</a></div>'},
    }  # fmt: skip
    visit = encounter("x") | {"subject": {"reference": p}, "serviceProvider": {"reference": o}}
    sent = transaction(
        entry("POST", "Task", task, t),
        entry("POST", "Encounter", visit, e),
        entry("POST", "Organization", {"resourceType": "Organization", "name": "x"}, o),
        entry("POST", "Patient", patient(nik()), p),
    )
    made = dict(zip((t, e, o, p), ids(await a.post(BASE, json=sent)), strict=True))
    stored = (await a.get(f"{BASE}/Task/{made[t]}")).json()
    there = f"Encounter/{made[e]}"
    assert stored["for"] == {"reference": f"Patient/{made[p]}"} == stored["contained"][0]["subject"]
    assert stored["focus"] == {"reference": there} == stored["contained"][0]["encounter"]
    assert [next(v for k, v in i.items() if k != "type") for i in stored["input"]] == [{"reference": there}, there, e]
    assert stored["output"][0]["valueReference"]["extension"][0]["valueReference"] == {"reference": there}
    assert stored["requester"] == {"reference": f"Organization/{made[o]}"}
    assert stored["identifier"][0]["value"] == t  # its own number, not a reference
    assert f'href="{there}"' in stored["text"]["div"]
    row = (await sql("SELECT person_id, organization FROM resource WHERE id = $1", made[e]))[0]
    assert (row["person_id"], row["organization"]) == (made[p], made[o])
    assert not await sql("SELECT 1 FROM unresolved_reference WHERE id = ANY($1::text[])", list(made.values()))


async def test_addresses_that_are_urls_and_entries_with_ids(caller: Caller) -> None:
    a, number, id_ = caller("KLINIK-A"), nik(), str(uuid.uuid4())
    base = "http://klinik.example/fhir"
    old = patient(number) | {"id": "lama"}
    visit = encounter("lama") | {"id": id_}
    reading = systolic("x") | {
        "subject": {"reference": f"{base}/Patient/lama"}, "encounter": {"reference": f"Encounter/{id_}"},
        "derivedFrom": [{"reference": f"{base}/Observation/lain"}],
    }  # fmt: skip
    sent = transaction(
        entry("POST", "Observation", reading, f"{base}/Observation/1"),
        entry("PUT", f"Encounter/{id_}", visit),
        entry("POST", "Patient", old, f"{base}/Patient/lama"),
    )
    one, two, person = ids(await a.post(BASE, json=sent))
    assert two == id_
    stored = (await a.get(f"{BASE}/Observation/{one}")).json()
    assert stored["subject"] == {"reference": f"Patient/{person}"}
    assert stored["encounter"] == {"reference": f"Encounter/{id_}"}
    assert stored["derivedFrom"] == [{"reference": f"{base}/Observation/lain"}]
    assert (await a.get(f"{BASE}/Encounter/{id_}")).json()["subject"] == {"reference": f"Patient/{person}"}
    found = await a.get(f"{BASE}/Observation?encounter={id_}&patient={person}")
    assert found.json()["total"] == 1


async def test_an_address_that_stands_twice_names_its_entry(caller: Caller) -> None:
    sent = transaction(*(entry("POST", "Location", {"resourceType": "Location"}, "urn:uuid:1") for _ in range(2)))
    answer = await caller("KLINIK-A").post(BASE, json=sent)
    assert (answer.status_code, answer.json()["issue"][0]["expression"]) == (422, ["Bundle.entry[1].fullUrl"])


async def test_reads_see_what_the_transaction_wrote(caller: Caller) -> None:
    a, mark = caller("KLINIK-A"), str(uuid.uuid4())
    place = {"resourceType": "Location", "identifier": [{"system": "urn:uji", "value": mark}]}
    id_ = str(uuid.uuid4())
    sent = transaction(
        entry("GET", f"Location?identifier=urn:uji|{mark}"),
        entry("GET", f"/Location/{id_}", ifNoneMatch='W/"1"'),
        entry("POST", "Location", place),
        entry("GET", f"{'http://testserver'}{BASE}/Location/{id_}/_history/1"),
        entry("PUT", f"Location/{id_}", place),
    )
    answer = await a.post(BASE, json=sent)
    assert answer.status_code == 200, answer.text
    entries = answer.json()["entry"]
    assert [e["response"]["status"] for e in entries] == [
        "200 OK", "304 Not Modified", "201 Created", "200 OK", "201 Created"
    ]  # fmt: skip
    assert entries[0]["resource"]["total"] == 2
    assert entries[3]["resource"]["id"] == id_
    only = await a.post(BASE, json=transaction(entry("GET", f"Location/{id_}")))
    assert only.json()["entry"][0]["resource"]["id"] == id_


async def test_a_read_that_fails_undoes_the_transaction_and_is_logged(caller: Caller, sql: Any) -> None:
    a, b, mark = caller("KLINIK-A"), caller("TPMD-B"), str(uuid.uuid4())
    hers = (await a.post(f"{BASE}/Patient", json=patient(nik()))).json()["id"]
    place = {"resourceType": "Location", "identifier": [{"system": "urn:uji", "value": mark}]}
    for url, status in ((f"Patient/{hers}", 403), (f"Observation/{uuid.uuid4()}", 404), ("Bukan/1", 404)):
        answer = await b.post(BASE, json=transaction(entry("POST", "Location", place), entry("GET", url)))
        assert answer.status_code == status, answer.text
    assert (await a.get(f"{BASE}/Location?identifier=urn:uji|{mark}")).json()["total"] == 0
    refused = await sql(
        "SELECT outcome FROM access_log WHERE person_id = $1 AND facility = 'TPMD-B' UNION ALL"
        " SELECT outcome FROM access_pending WHERE person_id = $1 AND facility = 'TPMD-B'",
        hers,
    )
    assert [r["outcome"] for r in refused] == ["refused"]


@pytest.mark.parametrize("kind", ["transaction", "batch"])
async def test_patches_in_a_bundle(caller: Caller, kind: str) -> None:
    a = caller("KLINIK-A")
    person = (await a.post(f"{BASE}/Patient", json=patient(nik()))).json()["id"]
    made = [(await a.post(f"{BASE}/Observation", json=systolic(person))).json()["id"] for _ in range(3)]
    steps = [{"op": "replace", "path": "/status", "value": "amended"}]
    binary = {
        "resourceType": "Binary", "contentType": "application/json-patch+json",
        "data": base64.b64encode(orjson.dumps(steps)).decode(),
    }  # fmt: skip
    sent = [
        entry("PATCH", f"Observation/{made[0]}", binary),
        entry("PATCH", f"Observation/{made[1]}", steps),
        entry("PATCH", f"/Observation/{made[2]}", {"status": "amended"}, ifMatch='W/"1"'),
    ]
    answer = await a.post(BASE, json=transaction(*sent, kind=kind))
    assert {e["response"]["status"] for e in answer.json()["entry"]} == {"200 OK"}, answer.text
    for id_ in made:
        assert (await a.get(f"{BASE}/Observation/{id_}")).json()["status"] == "amended"
    late = await a.post(BASE, json=transaction(sent[2], kind=kind))
    assert ("412" in late.text) if kind == "batch" else late.status_code == 412
    wrong = transaction(entry("PATCH", f"Observation/{made[0]}", {"resourceType": "Binary", "data": "%"}))
    answer = await a.post(BASE, json=wrong)
    assert (answer.status_code, answer.json()["issue"][0]["expression"]) == (422, ["Bundle.entry[0].resource.data"])


async def test_a_batch_stands_entry_by_entry(caller: Caller) -> None:
    a, b = caller("KLINIK-A"), caller("TPMD-B")
    hers = (await a.post(f"{BASE}/Patient", json=patient(nik()))).json()["id"]
    mark = str(uuid.uuid4())
    place = {"resourceType": "Location", "identifier": [{"system": "urn:uji", "value": mark}]}
    sent = transaction(
        entry("GET", f"/Patient/{hers}"), entry("POST", "/Location", place), {"resource": place},
        entry("GET", f"Location?identifier=urn:uji%7C{mark}"), entry("DELETE", f"Location?identifier=urn:uji|{mark}"),
        entry("POST", "Location", place, ifNoneExist="warna=merah"), entry("HAPUS", "Location/1"), kind="batch",
    )  # fmt: skip
    entries = (await b.post(BASE, json=sent)).json()["entry"]
    assert [e["response"]["status"][:3] for e in entries] == ["403", "201", "422", "200", "204", "400", "422"]
    assert entries[1]["resource"]["resourceType"] == "Location"
    assert entries[3]["resource"]["total"] == 1
    assert entries[2]["response"]["outcome"]["issue"][0]["expression"] == ["Bundle.entry[2].request"]


async def test_a_patient_known_already_is_meant_by_the_id_the_bundle_gave(caller: Caller) -> None:
    a, b, number, id_ = caller("KLINIK-A"), caller("TPMD-B"), nik(), str(uuid.uuid4())
    known = (await a.post(f"{BASE}/Patient", json=patient(number))).json()["id"]
    sent = transaction(
        entry("PUT", f"Patient/{id_}", patient(number) | {"id": id_}),
        entry("POST", "Encounter", encounter(id_)),
    )
    person, visit = ids(await b.post(BASE, json=sent))
    assert person == known
    assert (await b.get(f"{BASE}/Encounter/{visit}")).json()["subject"] == {"reference": f"Patient/{known}"}
    again = await b.get(f"{BASE}/Patient?identifier={NIK}|{number}")
    assert again.json()["total"] == 1
