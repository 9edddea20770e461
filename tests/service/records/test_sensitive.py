"""Sensitive classes: stored with the resource, tighter to read, told as withheld and never disclosed."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from services.kernel.app import App
from services.records import peers
from services.records.usecases import classifying
from tests.service.records.bodies import BASE, encounter, nik, patient, systolic
from tests.service.records.conftest import own_record

Caller = Callable[..., httpx.AsyncClient]
records = own_record()
"""What a facility finds without naming a person can be counted."""
ICD10, LOINC = "http://hl7.org/fhir/sid/icd-10", "http://loinc.org"


def condition(person: str, code: str, visit: str | None = None, **more: Any) -> dict[str, Any]:
    category = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-category",
                            "code": "encounter-diagnosis"}]}  # fmt: skip
    body = {
        "resourceType": "Condition", "category": [category], "code": {"coding": [{"system": ICD10, "code": code}]},
        "subject": {"reference": f"Patient/{person}"}, "recordedDate": "2026-03-01", **more,
    }  # fmt: skip
    return body | ({"encounter": {"reference": f"Encounter/{visit}"}} if visit else {})


def hiv_test(person: str) -> dict[str, Any]:
    return systolic(person) | {"code": {"coding": [{"system": LOINC, "code": "68961-2"}]}}


async def registered(*clients: httpx.AsyncClient, born: str = "1990-07-01") -> str:
    number, answer = nik(), None
    for client in clients:
        answer = await client.post(f"{BASE}/Patient", json=patient(number, birthDate=born))
        assert answer.status_code in (200, 201), answer.text
    assert answer is not None
    return str(answer.json()["id"])


async def stored(client: httpx.AsyncClient, body: dict[str, Any]) -> str:
    answer = await client.post(f"{BASE}/{body['resourceType']}", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def classes(sql: Any, type_: str, id_: str) -> list[str] | None:
    found = (await sql("SELECT sensitive FROM resource WHERE type = $1 AND id = $2", type_, id_))[0]["sensitive"]
    return sorted(found) if found else found


async def test_the_class_is_stored_and_follows_the_next_version(caller: Caller, sql: Any) -> None:
    a = caller("KLINIK-A")
    person = await registered(a)
    id_ = await stored(a, condition(person, "B20"))
    assert await classes(sql, "Condition", id_) == ["HIV"]
    mended = await a.put(f"{BASE}/Condition/{id_}", json=condition(person, "I10", id=id_))
    assert mended.status_code == 200
    assert await classes(sql, "Condition", id_) is None
    kept = await sql("SELECT sensitive FROM resource_history WHERE type = 'Condition' AND id = $1", id_)
    assert [r["sensitive"] for r in kept] == [["HIV"]]


async def test_only_at_that_age(caller: Caller, sql: Any) -> None:
    a = caller("KLINIK-A")
    young, grown = await registered(a, born="2010-07-01"), await registered(a, born="1990-07-01")
    assert await classes(sql, "Condition", await stored(a, condition(young, "Z30.0"))) == ["SEX"]
    assert await classes(sql, "Condition", await stored(a, condition(grown, "Z30.0"))) is None


@pytest.mark.parametrize(("born", "wanted"), [("2010-07-01", ["SEX"]), ("1990-07-01", None)])
async def test_only_at_that_age_also_in_the_bundle_that_registers(
    caller: Caller, sql: Any, born: str, wanted: list[str] | None
) -> None:
    entries = [
        {"fullUrl": "urn:uuid:p", "resource": patient(nik(), birthDate=born),
         "request": {"method": "POST", "url": "Patient"}},
        {"fullUrl": "urn:uuid:c",
         "resource": condition("x", "Z30.0") | {"subject": {"reference": "urn:uuid:p"}},
         "request": {"method": "POST", "url": "Condition"}},
    ]  # fmt: skip
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
    answer = await caller("KLINIK-A").post(BASE, json=bundle)
    assert answer.status_code == 200, answer.text
    id_ = answer.json()["entry"][1]["response"]["location"].split("/Condition/")[1].split("/")[0]
    assert await classes(sql, "Condition", id_) == wanted


async def test_a_diagnosis_gives_its_class_to_its_visit(caller: Caller, sql: Any) -> None:
    a, b = caller("KLINIK-A"), caller("TPMD-B")
    person = await registered(a, b)
    visit, other = await stored(a, encounter(person)), await stored(a, encounter(person))
    await stored(a, condition(person, "B20", visit))
    await stored(a, condition(person, "Z11.4", other))
    theirs = await stored(a, encounter(person))
    await stored(b, condition(person, "B20", theirs))
    assert await classes(sql, "Encounter", visit) == ["HIV"]
    assert await classes(sql, "Encounter", other) is None, "a screening says nothing of the visit"
    assert await classes(sql, "Encounter", theirs) is None, "nobody closes another facility's visit"
    again = await a.put(f"{BASE}/Encounter/{visit}", json=encounter(person) | {"id": visit})
    assert again.status_code == 200
    assert await classes(sql, "Encounter", visit) == ["HIV"]


async def test_read_and_search_withhold_and_say_so(caller: Caller) -> None:
    a, b = caller("KLINIK-A"), caller("TPMD-B")
    person = await registered(a, b)
    secret, plain = await stored(a, hiv_test(person)), await stored(a, systolic(person))
    assert (await a.get(f"{BASE}/Observation/{secret}")).status_code == 200
    for path in (f"Observation/{secret}", f"Observation/{secret}/_history", f"Observation/{secret}/_history/1"):
        refused = await b.get(f"{BASE}/{path}")
        assert refused.status_code == 403, path
        assert "HIV" not in refused.text
    found = (await b.get(f"{BASE}/Observation", params={"patient": person})).json()
    kinds = [e["resource"]["resourceType"] for e in found["entry"]]
    assert kinds == ["Observation", "OperationOutcome"]
    assert found["entry"][0]["resource"]["id"] == plain
    assert found["total"] == 1
    assert found["entry"][1]["resource"]["issue"][0]["code"] == "suppressed"
    everything = await b.get(f"{BASE}/Patient/{person}/$everything")
    assert secret not in everything.text
    assert "suppressed" in everything.text
    assert "suppressed" not in (await a.get(f"{BASE}/Patient/{person}/$everything")).text


async def test_what_is_withheld_cannot_be_found_by_asking(caller: Caller) -> None:
    a, b = caller("KLINIK-A"), caller("TPMD-B")
    person = await registered(a, b)
    await stored(a, hiv_test(person))

    async def said(client: httpx.AsyncClient, **asked: str) -> str:
        body = (await client.get(f"{BASE}/Observation", params={"patient": person, **asked})).json()
        return str(body | {"link": [link["relation"] for link in body["link"]]})

    assert await said(b, code="68961-2") == await said(b, code="1-8") == await said(b, date="1999")
    unnamed = (await b.get(f"{BASE}/Observation", params={"code": "68961-2"})).json()
    assert (unnamed["total"], person in str(unnamed)) == (0, False)


async def test_the_office_sees_that_something_is_withheld(caller: Caller) -> None:
    a, office = caller("KLINIK-A"), caller(None, "dinkes-admin")
    person = await registered(a)
    secret = await stored(a, condition(person, "F20.0"))
    assert (await office.get(f"{BASE}/Condition/{secret}")).status_code == 403
    assert "suppressed" in (await office.get(f"{BASE}/Condition", params={"patient": person})).text


async def test_who_treats_under_the_class_sees_it(caller: Caller) -> None:
    a, b = caller("KLINIK-A"), caller("TPMD-B")
    person = await registered(a, b)
    hiv, mental = await stored(a, condition(person, "B20")), await stored(a, condition(person, "F20.0"))
    visit = await stored(b, encounter(person))
    assert (await b.get(f"{BASE}/Condition/{hiv}")).status_code == 403
    await stored(b, condition(person, "B20", visit))
    assert (await b.get(f"{BASE}/Condition/{hiv}")).status_code == 200
    assert (await b.get(f"{BASE}/Condition/{mental}")).status_code == 403


async def test_an_open_referral_clears_and_a_closed_one_does_not(caller: Caller, sql: Any) -> None:
    a, b = caller("KLINIK-A"), caller("TPMD-B")
    person = await registered(a)
    id_ = await stored(a, condition(person, "B20"))
    await sql("INSERT INTO care_relation VALUES ($1, 'TPMD-B', 'referral', 'ref-1', NULL)", person)
    assert (await b.get(f"{BASE}/Condition/{id_}")).status_code == 200
    await sql("UPDATE care_relation SET until = now() + interval '1 day' WHERE source = 'ref-1'")
    assert (await b.get(f"{BASE}/Condition/{id_}")).status_code == 403
    assert (await b.get(f"{BASE}/Patient/{person}")).status_code == 200


async def test_what_was_stored_before_is_looked_at_again(caller: Caller, sql: Any, records: App) -> None:
    a = caller("KLINIK-A")
    person = await registered(a)
    visit = await stored(a, encounter(person))
    known, plain = await stored(a, condition(person, "B20", visit)), await stored(a, systolic(person))
    await a.put(f"{BASE}/Condition/{known}", json=condition(person, "B20", visit, id=known, recorder={"display": "x"}))
    await sql("UPDATE resource SET sensitive = NULL WHERE person_id = $1", person)
    await sql("UPDATE resource_history SET sensitive = NULL WHERE person_id = $1", person)
    await sql("UPDATE resource SET sensitive = '{VIO}' WHERE id = $1", plain)
    await sql("DELETE FROM classified")
    await classifying.again(records.state.service)
    assert await classes(sql, "Condition", known) == ["HIV"]
    assert await classes(sql, "Encounter", visit) == ["HIV"]
    assert await classes(sql, "Observation", plain) is None
    assert (await sql("SELECT sensitive FROM resource_history WHERE id = $1", known))[0]["sensitive"] == ["HIV"]
    await classifying.again(records.state.service)
    assert (await sql("SELECT passes FROM classified"))[0]["passes"] == 1, "again only when a day has gone by"


async def test_what_is_due_does_not_tell_why(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = caller("KLINIK-A"), caller("TPMD-B")
    person = await registered(a, b)
    secret = await stored(a, hiv_test(person))

    async def told(*_: Any) -> dict[str, Any]:
        more = {"title": {"id": "x", "en": "x"}, "regulation": "x", "unit_id": person, "items": []}
        standards = [{"standard": s, **more} for s in ("spm-06.x", "spm-12.x")]
        rests_on = {"spm-12.x": [f"Observation/{secret}"]}
        return {"known": True, "as_of": "2026-11-21", "standards": standards, "rests_on": rests_on}

    monkeypatch.setattr(peers, "due", told)
    for client, seen in ((a, ["spm-06.x", "spm-12.x"]), (b, ["spm-06.x"])):
        answer = await client.get(f"/v1/persons/{person}/due")
        assert [s["standard"] for s in answer.json()["standards"]] == seen
        assert secret not in answer.text
