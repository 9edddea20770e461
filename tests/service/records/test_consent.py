"""A person's word: opt-out closes the record to other facilities and stops no writing; opt-in opens it again."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.service.records.bodies import BASE, NIK, encounter, nik, patient, systolic
from tests.service.records.test_sensitive import condition, registered, stored

Caller = Callable[..., httpx.AsyncClient]
PAPER = {"agent": "Rina Marlina", "document": "Formulir no. 12/2026"}
SAT = "/consent/v1/Consent"


async def opt(client: httpx.AsyncClient, person: str, action: str) -> dict[str, Any]:
    answer = await client.post(SAT, json={"patient_id": person, "action": action, "agent": "Rina Marlina"})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def says(client: httpx.AsyncClient, person: str, **more: Any) -> dict[str, Any]:
    answer = await client.post("/v1/consents", json={"patient": person, **PAPER, **more})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def at_catchment(sql: Any, person: str) -> None:
    await sql("UPDATE person SET village = '1410011001' WHERE person_id = $1", person)


async def test_opt_out_closes_to_others_and_opt_in_opens(caller: Caller, sql: Any) -> None:
    a, b, c = caller("KLINIK-A"), caller("TPMD-B"), caller("PKM-C", role="puskesmas-staff")
    office = caller(None, "dinkes-admin")
    person = await registered(a, b)
    await at_catchment(sql, person)
    theirs, mine = await stored(a, systolic(person)), await stored(b, systolic(person))
    paths = (f"Observation/{theirs}", f"Observation/{theirs}/_history", f"Observation/{theirs}/_history/1")

    async def open_to(client: httpx.AsyncClient) -> list[int]:
        return [(await client.get(f"{BASE}/{path}")).status_code for path in paths]

    for client in (a, b, c, office):
        assert await open_to(client) == [200] * 3
    consent = await opt(b, person, "OPTOUT")
    assert (consent["resourceType"], consent["status"]) == ("Consent", "active")
    for client in (b, c, office):
        assert await open_to(client) == [403] * 3
        refused = await client.get(f"{BASE}/{paths[0]}", headers={"accept-language": "en"})
        assert refused.json()["issue"][0]["code"] == "suppressed"
        found = (await client.get(f"{BASE}/Observation", params={"patient": person})).json()
        ids = [e["resource"]["id"] for e in found.get("entry", []) if e["search"]["mode"] == "match"]
        assert ids == ([mine] if client is b else []), "each sees what it wrote"
        assert "suppressed" in str(found)
        everything = await client.get(f"{BASE}/Patient/{person}/$everything")
        assert theirs not in everything.text
        assert everything.status_code == (403 if client is c else 200)
    assert await open_to(a) == [200] * 3, "the writer sees its own"
    assert (await b.get(f"{BASE}/Patient/{person}")).status_code == 200, "who registered knows who this is"
    assert (await c.get(f"{BASE}/Patient/{person}")).status_code == 403
    assert (await stored(b, encounter(person))) and (await stored(b, systolic(person))), "sending goes on"
    await opt(a, person, "OPTIN")
    for client in (a, b, c, office):
        assert await open_to(client) == [200] * 3


async def test_the_national_form(caller: Caller) -> None:
    a = caller("KLINIK-A")
    number = nik()
    numbers = [(NIK, number), ("https://fhir.kemkes.go.id/id/ihs-number", "P20395452999")]
    body = patient(number, identifier=[{"system": system, "value": value} for system, value in numbers])
    person = (await a.post(f"{BASE}/Patient", json=body)).json()["id"]
    none = (await a.get(SAT, params={"patient_id": "P20395452999"})).json()
    assert none["issue"][0]["code"] == "suppressed"
    made = await opt(a, "P20395452999", "OPTOUT")
    assert made["patient"]["reference"] == f"Patient/{person}"
    assert made["policyRule"]["coding"][0]["code"] == "OPTOUT"
    assert (await a.get(SAT, params={"patient_id": person})).json() == made
    assert (await a.get(f"{BASE}/Consent", params={"patient": person})).json()["entry"][0]["resource"] == made
    assert (await a.post(SAT, json={"patient_id": person, "action": "MAYBE", "agent": "Rina"})).status_code == 422
    assert (await a.get(SAT, params={"patient_id": "nobody"})).status_code == 404


async def test_a_search_in_the_national_face_says_it_in_its_words(caller: Caller) -> None:
    a, b = caller("KLINIK-A"), caller("TPMD-B", face="satusehat")
    person = await registered(a, caller("TPMD-B"))
    await stored(a, systolic(person))
    await opt(a, person, "OPTOUT")
    (entry,) = (await b.get(f"{BASE}/Observation", params={"patient": person})).json()["entry"]
    (issue,) = entry["resource"]["issue"]
    assert (issue["code"], issue["severity"]) == ("suppressed", "information")
    assert issue["diagnostics"] == f"No consent available for Patient/{person}"
    assert "fullUrl" not in entry


async def test_through_the_fhir_door_it_has_the_same_effect(caller: Caller) -> None:
    a, b = caller("KLINIK-A"), caller("TPMD-B")
    person = await registered(a, b)
    theirs = await stored(a, systolic(person))
    consent = {
        "resourceType": "Consent", "status": "active", "patient": {"reference": f"Patient/{person}"},
        "scope": {"coding": [{"code": "patient-privacy"}]},
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
        "policyRule": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "OPTOUT"}]},
    }  # fmt: skip
    id_ = await stored(b, consent)
    assert (await b.get(f"{BASE}/Observation/{theirs}")).status_code == 403
    entered = await b.put(f"{BASE}/Consent/{id_}", json=consent | {"id": id_, "status": "entered-in-error"})
    assert entered.status_code == 200
    assert (await b.get(f"{BASE}/Observation/{theirs}")).status_code == 200
    again = await b.put(f"{BASE}/Consent/{id_}", json=consent | {"id": id_})
    assert again.status_code == 200
    assert (await b.get(f"{BASE}/Observation/{theirs}")).status_code == 403
    assert (await b.delete(f"{BASE}/Consent/{id_}")).status_code == 204
    assert (await b.get(f"{BASE}/Observation/{theirs}")).status_code == 200
    narrow = consent | {"provision": {"type": "deny", "code": [{"coding": [{"code": "x"}]}]}}
    refused = await b.post(f"{BASE}/Consent", json=narrow)
    assert refused.status_code == 422
    assert "Consent.provision.code" in refused.text


async def test_a_bundle_that_registers_may_permit(caller: Caller) -> None:
    entries = [
        {"fullUrl": "urn:uuid:p", "resource": patient(nik()), "request": {"method": "POST", "url": "Patient"}},
        {"fullUrl": "urn:uuid:c", "request": {"method": "POST", "url": "Consent"}, "resource": {
            "resourceType": "Consent", "status": "active", "patient": {"reference": "urn:uuid:p"},
            "scope": {"coding": [{"code": "patient-privacy"}]}, "category": [{"text": "izin"}],
            "policyRule": {"coding": [{"code": "OPTIN"}]},
            "provision": {"type": "permit", "securityLabel": [{"code": "HIV"}]},
        }},
    ]  # fmt: skip
    made = await caller("KLINIK-A").post(BASE, json={"resourceType": "Bundle", "type": "transaction", "entry": entries})
    assert made.status_code == 200, made.text


async def test_one_facility_and_a_period(caller: Caller) -> None:
    a, b, c = caller("KLINIK-A"), caller("TPMD-B"), caller("PKM-C")
    person = await registered(a, b, c)
    theirs = await stored(a, systolic(person))
    await says(a, person, decision="deny")
    await says(a, person, decision="permit", facility="TPMD-B", valid_until="2099-12-31")
    assert (await b.get(f"{BASE}/Observation/{theirs}")).status_code == 200
    assert (await c.get(f"{BASE}/Observation/{theirs}")).status_code == 403
    await says(a, person, decision="permit", facility="PKM-C", valid_until="2020-12-31", valid_from="2020-01-01")
    assert (await c.get(f"{BASE}/Observation/{theirs}")).status_code == 403
    unknown = await a.post("/v1/consents", json={"patient": person, **PAPER, "decision": "permit", "facility": "X-1"})
    assert unknown.status_code == 404


async def test_a_class_is_opened_and_closed_for_one_facility(caller: Caller) -> None:
    a, b = caller("KLINIK-A"), caller("TPMD-B")
    person = await registered(a, b)
    hiv, mental = await stored(a, condition(person, "B20")), await stored(a, condition(person, "F20.0"))
    made = await says(a, person, decision="permit", facility="TPMD-B", **{"class": "HIV"})
    assert (made["class"], made["facility"], made["decision"]) == ("HIV", "TPMD-B", "permit")
    assert (await b.get(f"{BASE}/Condition/{hiv}")).status_code == 200
    assert (await b.get(f"{BASE}/Condition/{mental}")).status_code == 403
    ended = await a.post(f"/v1/consents/{made['id']}/withdraw", json={"agent": "Rina Marlina"})
    assert (ended.status_code, ended.json()["status"]) == (200, "inactive")
    assert (await b.get(f"{BASE}/Condition/{hiv}")).status_code == 403
    assert (await a.post(f"/v1/consents/{made['id']}/withdraw", json={})).status_code == 409
    past = (await a.get(f"/v1/consents/{made['id']}/history")).json()
    assert [v["status"] for v in past] == ["inactive", "active"]
    visit = await stored(b, encounter(person))
    await stored(b, condition(person, "B20", visit))
    assert (await b.get(f"{BASE}/Condition/{hiv}")).status_code == 200, "it treats under the class"
    await says(a, person, decision="deny", **{"class": "HIV"})
    assert (await b.get(f"{BASE}/Condition/{hiv}")).status_code == 403, "but the person's word decides"


async def test_one_persons_word_is_not_anothers(caller: Caller) -> None:
    a, b = caller("KLINIK-A"), caller("TPMD-B")
    first, second = await registered(a, b), await registered(a, b)
    for person in (first, second):
        await stored(a, condition(person, "B20"))
    await says(a, first, decision="permit", facility="TPMD-B", **{"class": "HIV"})
    said = [(await b.get(f"{BASE}/Condition", params={"patient": p})).text for p in (first, second)]
    assert ["suppressed" in text for text in said] == [False, True]
    await says(a, first, decision="deny")
    assert (await b.get(f"{BASE}/Observation/{await stored(a, systolic(second))}")).status_code == 200


async def test_who_sees_the_word(caller: Caller) -> None:
    a, b, stranger = caller("KLINIK-A"), caller("TPMD-B"), caller("PKM-C")
    person = await registered(a, b)
    of_class = await says(a, person, decision="permit", facility="KLINIK-A", **{"class": "HIV"})
    whole = await says(a, person, decision="deny")
    ids = lambda answer: [c["id"] for c in answer.json()]  # noqa: E731
    assert ids(await a.get("/v1/consents", params={"patient": person})) == [whole["id"], of_class["id"]]
    assert ids(await b.get("/v1/consents", params={"patient": person})) == [whole["id"]]
    assert ids(await stranger.get("/v1/consents", params={"patient": person})) == []
    assert (await stranger.get(f"/v1/consents/{whole['id']}/history")).status_code == 404
    assert (await b.get(f"/v1/consents/{of_class['id']}/history")).status_code == 404
    assert (await b.post(f"/v1/consents/{whole['id']}/withdraw", json={})).status_code == 200, (
        "the person goes anywhere"
    )


async def test_a_stranger_cannot_open(caller: Caller, sql: Any) -> None:
    a, stranger = caller("KLINIK-A"), caller("TPMD-B")
    person = await registered(a)
    word = await says(a, person, decision="deny")
    for body in ({"decision": "permit"}, {"decision": "permit", "class": "HIV", "facility": "TPMD-B"}):
        refused = await stranger.post("/v1/consents", json={"patient": person, **PAPER, **body})
        assert refused.status_code == 403, refused.text
    assert (await stranger.post(f"/v1/consents/{word['id']}/withdraw", json={})).status_code == 404
    logged = await sql(
        "SELECT outcome FROM access_log WHERE person_id = $1 AND facility = 'TPMD-B' UNION ALL"
        " SELECT outcome FROM access_pending WHERE person_id = $1 AND facility = 'TPMD-B'",
        person,
    )
    assert [r["outcome"] for r in logged] == ["refused"] * len(logged)
    assert len(logged) >= 3
    assert await sql("SELECT 1 FROM consent_rule WHERE person_id = $1 AND permit", person) == []


async def test_the_default_is_a_dated_policy(caller: Caller, sql: Any) -> None:
    a, b = caller("KLINIK-A"), caller("TPMD-B")
    person = await registered(a, b)
    theirs = await stored(a, systolic(person))
    await sql(
        "INSERT INTO consent_rule (consent_id, part, person_id, permit, valid_from, decided_at)"
        " VALUES ('policy', 0, '', false, '2021-01-01', now())"
    )
    try:
        assert (await b.get(f"{BASE}/Observation/{theirs}")).status_code == 403
        await opt(b, person, "OPTIN")
        assert (await b.get(f"{BASE}/Observation/{theirs}")).status_code == 200
        await sql("UPDATE consent_rule SET valid_from = '2099-01-01' WHERE consent_id = 'policy'")
        silent = await stored(a, systolic(await registered(a, b)))
        assert (await b.get(f"{BASE}/Observation/{silent}")).status_code == 200, "a policy holds from its day on"
    finally:
        await sql("DELETE FROM consent_rule WHERE consent_id = 'policy'")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"decision": "maybe"}, "/decision"), ({"decision": "deny", "class": "XYZ"}, "/class"),
        ({"decision": "deny", "document": ""}, "/document"), ({"decision": "deny", "extra": 1}, "/extra"),
        ({"decision": "deny", "valid_from": "2026-02-01", "valid_until": "2026-01-01"}, ""),
    ],
)  # fmt: skip
async def test_bad_input_says_where(caller: Caller, body: dict[str, Any], pointer: str) -> None:
    answer = await caller("KLINIK-A").post("/v1/consents", json={"patient": "x", **PAPER, **body})
    assert answer.status_code == 422, answer.text
    assert pointer in str(answer.json()["errors"])
