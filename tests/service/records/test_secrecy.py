"""Attacks on the promise that a facility without a reason never sees a person, and that no look goes unlogged."""

import uuid
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.service.records.bodies import BASE, NIK, encounter, nik, patient, systolic

Caller = Callable[..., httpx.AsyncClient]
MARK = {"system": "urn:uji", "value": ""}


async def registered(client: httpx.AsyncClient, number: str, **more: Any) -> str:
    made = await client.post(f"{BASE}/Patient", json=patient(number, **more))
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


async def looks(sql: Any, person: str, facility: str) -> list[tuple[str, str, str]]:
    rows = await sql(
        "SELECT action, what, outcome FROM access_log WHERE person_id = $1 AND facility = $2 UNION ALL"
        " SELECT action, what, outcome FROM access_pending WHERE person_id = $1 AND facility = $2",
        person, facility,
    )  # fmt: skip
    return [tuple(r) for r in rows]


@pytest.mark.parametrize("said", [{}, {"name": [{"text": "SITI AMINAH"}]}])
async def test_a_registration_that_changes_nothing_is_logged_and_is_a_reason(
    caller: Caller, sql: Any, said: dict[str, Any]
) -> None:
    a, b, number = caller("KLINIK-A"), caller("TPMD-B"), nik()
    id_ = await registered(a, number)
    guessed = {"resourceType": "Patient", "identifier": [{"system": NIK, "value": number}], **said}
    answer = await b.post(f"{BASE}/Patient", json=guessed)
    assert (answer.status_code, answer.json()["id"]) == (200, id_)
    assert await looks(sql, id_, "TPMD-B") == [("read", "Patient", "allowed")]
    assert (await b.get(f"{BASE}/Patient/{id_}")).status_code == 200


async def test_a_condition_looks_only_at_what_the_sender_may_see(caller: Caller, sql: Any) -> None:
    a, b = caller("KLINIK-A"), caller("TPMD-B")
    id_, mark = await registered(a, nik()), MARK | {"value": str(uuid.uuid4())}
    token = f"{mark['system']}|{mark['value']}"
    theirs = await a.post(f"{BASE}/Observation", json=systolic(id_) | {"identifier": [mark]})
    own = systolic(await registered(b, nik())) | {"identifier": [mark]}
    made = await b.post(f"{BASE}/Observation", json=own, headers={"if-none-exist": f"identifier={token}"})
    assert made.status_code == 201, made.text
    assert id_ not in made.text
    again = await b.post(f"{BASE}/Observation", json=own, headers={"if-none-exist": f"identifier={token}"})
    assert (again.status_code, again.json()["id"]) == (200, made.json()["id"])
    put = await b.put(f"{BASE}/Observation", params={"identifier": token}, json=own | {"status": "amended"})
    assert (put.status_code, put.json()["id"]) == (200, made.json()["id"])
    kept = await a.get(f"{BASE}/Observation/{theirs.json()['id']}")
    assert kept.json() == theirs.json()


async def test_what_is_kept_was_looked_at(caller: Caller, sql: Any) -> None:
    a, b = caller("KLINIK-A"), caller("TPMD-B")
    number = nik()
    id_, mark = await registered(a, number), MARK | {"value": str(uuid.uuid4())}
    await a.post(f"{BASE}/Observation", json=systolic(id_) | {"identifier": [mark]})
    await registered_again(b, number)
    before = len(await looks(sql, id_, "TPMD-B"))
    kept = await b.post(
        f"{BASE}/Observation", json=systolic(id_) | {"identifier": [mark]},
        headers={"if-none-exist": f"identifier={mark['system']}|{mark['value']}"},
    )  # fmt: skip
    assert kept.status_code == 200
    assert (await looks(sql, id_, "TPMD-B"))[before:] == [("read", "Observation", "allowed")]


async def registered_again(client: httpx.AsyncClient, number: str) -> None:
    assert (await client.post(f"{BASE}/Patient", json=patient(number))).status_code == 200


async def test_a_patch_is_no_oracle(caller: Caller) -> None:
    a, b = caller("KLINIK-A"), caller("TPMD-B")
    seen = (await a.post(f"{BASE}/Observation", json=systolic(await registered(a, nik())))).json()["id"]
    for value in ("final", "amended"):
        answer = await b.patch(f"{BASE}/Observation/{seen}", json=[{"op": "test", "path": "/status", "value": value}])
        assert answer.status_code == 403, answer.text


async def test_no_search_tries_out_conditions_on_a_hidden_record(caller: Caller) -> None:
    a, b, number = caller("KLINIK-A"), caller("TPMD-B"), nik()
    id_ = await registered(a, number)
    for _ in range(3):
        await a.post(f"{BASE}/Observation", json=systolic(id_))

    async def said(type_: str, face: str = "fhir", **params: Any) -> str:
        answer = await caller("TPMD-B", face=face).get(f"{BASE}/{type_}", params=params)
        assert "next" not in {link["relation"] for link in answer.json()["link"]}
        body = answer.json() | {"link": []}
        return str(body)

    for face in ("fhir", "satusehat"):
        there = [await said("Observation", face, patient=id_, code="8480-6", _count=n) for n in (0, 1, 50)]
        absent = [await said("Observation", face, patient=id_, code="1-8", _count=n) for n in (0, 1, 50)]
        assert there == absent
        token = f"{NIK}|{number}"
        right = await said("Patient", face, identifier=token, birthdate="1990-07-01", name="siti")
        wrong = await said("Patient", face, identifier=token, birthdate="1991-07-01", name="budi")
        assert right == wrong
    mine = (await b.post(f"{BASE}/Observation", json=systolic(id_))).json()["id"]
    found = (await b.get(f"{BASE}/Observation", params={"patient": id_})).json()
    assert found["total"] == 1
    assert [e["resource"]["id"] for e in found["entry"] if e["search"]["mode"] == "match"] == [mine]


async def test_a_version_stays_with_the_person_it_spoke_of(caller: Caller, sql: Any) -> None:
    a, b, number = caller("KLINIK-A"), caller("TPMD-B"), nik()
    first, second = await registered(a, nik()), await registered(a, number)
    await registered_again(b, number)
    visit = (await a.post(f"{BASE}/Encounter", json=encounter(first))).json()["id"]
    moved = await a.put(f"{BASE}/Encounter/{visit}", json=encounter(second))
    assert moved.json()["meta"]["versionId"] == "2"
    assert (await b.get(f"{BASE}/Encounter/{visit}")).status_code == 200
    history = await b.get(f"{BASE}/Encounter/{visit}/_history")
    assert first not in history.text
    assert len(history.json()["entry"]) == 1
    assert (await b.get(f"{BASE}/Encounter/{visit}/_history/1")).status_code == 404
    assert ("read", "Encounter/_history", "refused") in await looks(sql, first, "TPMD-B")
    assert len((await a.get(f"{BASE}/Encounter/{visit}/_history")).json()["entry"]) == 2


async def test_a_planted_encounter_gathers_nobody_elses_data(caller: Caller) -> None:
    a, b, visit = caller("KLINIK-A"), caller("TPMD-B"), str(uuid.uuid4())
    hers = systolic(await registered(a, nik())) | {"encounter": {"reference": f"Encounter/{visit}"}}
    assert (await a.post(f"{BASE}/Observation", json=hers)).status_code == 201
    planted = await b.put(f"{BASE}/Encounter/{visit}", json=encounter(await registered(b, nik())))
    assert planted.status_code == 201
    shown = (await b.get(f"/v1/visits/{visit}")).json()["resources"]
    assert [r["resourceType"] for r in shown] == ["Encounter"]


async def test_a_correction_leaves_what_others_wrote(caller: Caller) -> None:
    a, b = caller("KLINIK-A"), caller("TPMD-B")
    visit = {
        "patient": {"nik": nik(), "name": "Siti", "birth_date": "1990-07-01", "sex": "P"},
        "at": "2026-03-01T08:00:00+07:00", "measurements": {"pulse": 80},
    }  # fmt: skip
    made = (await a.post("/v1/visits", json=visit)).json()
    added = systolic(made["person_id"]) | {"encounter": {"reference": f"Encounter/{made['visit_id']}"}}
    other = (await b.post(f"{BASE}/Observation", json=added)).json()["id"]
    corrected = await a.put(f"/v1/visits/{made['visit_id']}", json=visit | {"measurements": {"pulse": 82}})
    assert corrected.status_code == 200, corrected.text
    assert (await b.get(f"{BASE}/Observation/{other}")).status_code == 200


async def test_one_key_is_one_visit(caller: Caller) -> None:
    a, key = caller("KLINIK-A"), {"idempotency-key": str(uuid.uuid4())}
    one = {
        "patient": {"nik": nik(), "name": "Siti", "birth_date": "1990-07-01", "sex": "P"},
        "at": "2026-03-01T08:00:00+07:00", "measurements": {"pulse": 80},
    }  # fmt: skip
    first = await a.post("/v1/visits", json=one, headers=key)
    assert (await a.post("/v1/visits", json=one, headers=key)).status_code == 200
    other = one | {"patient": one["patient"] | {"nik": nik()}}
    assert (await a.post("/v1/visits", json=other, headers=key)).status_code == 409
    assert (await caller("TPMD-B").post("/v1/visits", json=one, headers=key)).json()["visit_id"] != first.json()[
        "visit_id"
    ]


async def test_an_import_report_is_its_senders(caller: Caller) -> None:
    line = b'{"resourceType":"Patient","identifier":[{"system":"x","value":"1"}],"gender":"wrong"}\n'
    job = (await caller("KLINIK-A").post("/v1/imports", content=line)).json()["id"]
    assert (await caller("KLINIK-A").get(f"/v1/imports/{job}")).status_code == 200
    assert (await caller("TPMD-B").get(f"/v1/imports/{job}")).status_code == 404
    assert (await caller(None, "dinkes-admin").get(f"/v1/imports/{job}")).status_code == 200


async def test_an_import_line_of_another_facility_is_refused_alone(caller: Caller, sql: Any) -> None:
    a, b = caller("KLINIK-A"), caller("TPMD-B")
    person, mine = await registered(a, nik()), await registered(b, nik())
    theirs = (await a.post(f"{BASE}/Observation", json=systolic(person))).json()
    import orjson

    file = orjson.dumps(theirs | {"status": "amended"}) + b"\n" + orjson.dumps(systolic(mine)) + b"\n"
    report = (await b.post("/v1/imports", content=file)).json()
    assert (report["stored"], report["refused"], report["rows"][0]["line"]) == (1, 1, 1)
    assert ("write", "resource", "refused") in await looks(sql, person, "TPMD-B")


async def test_a_group_of_people_is_not_everyones(caller: Caller) -> None:
    a, b = caller("KLINIK-A"), caller("TPMD-B")
    member = {"entity": {"reference": f"Patient/{await registered(a, nik())}", "display": "SITI AMINAH"}}
    body = {"resourceType": "Group", "type": "person", "actual": True, "name": "ODHA", "member": [member]}
    made = await a.post(f"{BASE}/Group", json=body)
    assert made.status_code == 201, made.text
    assert (await b.get(f"{BASE}/Group/{made.json()['id']}")).status_code == 403
    assert (await b.get(f"{BASE}/Group")).json().get("total") == 0


async def test_a_nik_is_no_id(caller: Caller) -> None:
    number = nik()
    for type_, body in (("Patient", patient(number)), ("Organization", {"resourceType": "Organization", "name": "x"})):
        answer = await caller("KLINIK-A").put(f"{BASE}/{type_}/{number}", json=body | {"id": number})
        assert answer.status_code == 422
        assert number not in answer.text


async def test_who_belongs_to_no_facility_writes_nothing(caller: Caller) -> None:
    nobody = caller(None, "clinician")
    assert (await nobody.post(f"{BASE}/Patient", json=patient(nik()))).status_code == 403
    assert (await nobody.get("/v1/unresolved")).json()["unresolved"] == []
