"""Persons without a number: registered with a reason, listed until it is known, then joined; soft checks that warn."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from services.records import numbers, rules
from tests.service.records.bodies import BASE, NIK, nik, patient, systolic

Caller = Callable[..., httpx.AsyncClient]
ID = "https://fhir.kemkes.go.id/id/"
WAITING = "/v1/identity/provisional"


async def waiting(client: httpx.AsyncClient, **asked: Any) -> list[dict[str, Any]]:
    answer = await client.get(WAITING, params={"limit": 500, **asked})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["persons"])


async def test_unknown_in_an_emergency_then_named(caller: Caller, sql: Any) -> None:
    a, number = caller("KLINIK-A"), nik()
    key = {"idempotency-key": f"igd-{number}"}
    wish = {"reason": "unidentified", "sex": "P", "name": "Ny. X"}
    made = await a.post("/v1/persons", json=wish, headers=key)
    assert made.status_code == 201, made.text
    assert (await a.post("/v1/persons", json=wish, headers=key)).json() == made.json()
    person, patient_id = made.json()["person_id"], made.json()["patient_id"]
    assert (await a.post(f"{BASE}/Observation", json=systolic(patient_id))).status_code == 201
    listed = [p for p in await waiting(a) if p["person_id"] == person]
    assert [(p["reason"], p["facility"], p["name"]) for p in listed] == [("unidentified", "KLINIK-A", "Ny. X")]
    assert not [p for p in await waiting(caller("TPMD-B")) if p["person_id"] == person]
    assert (await caller("TPMD-B").get(f"/v1/persons/{person}")).status_code == 403

    known = {"nik": number, "name": "SITI AMINAH", "birth_date": "1990-07-01", "sex": "P"}
    assert (await caller("TPMD-B").post(f"/v1/persons/{person}/upgrade", json=known)).status_code == 403
    done = await a.post(f"/v1/persons/{person}/upgrade", json=known)
    assert (done.status_code, done.json()["person_id"], done.json()["merged"]) == (200, person, None), done.text
    assert not [p for p in await waiting(a) if p["person_id"] == person]
    shown = (await a.get(f"/v1/persons/{person}")).json()
    assert shown["numbers"] == [{"system": "nik", "value": number}]
    assert (shown["provisional"], shown["name"], shown["birth_date"]) == (None, "SITI AMINAH", "1990-07-01")
    again = await caller("TPMD-B").post(f"{BASE}/Patient", json=patient(number))
    assert again.json()["id"] == patient_id


async def test_a_number_that_stands_joins_them(caller: Caller) -> None:
    a, b, number = caller("KLINIK-A"), caller("TPMD-B"), nik()
    stands = (await b.post(f"{BASE}/Patient", json=patient(number))).json()["id"]
    made = (await a.post("/v1/persons", json={"reason": "no-document", "sex": "P", "name": "Siti"})).json()
    reading = (await a.post(f"{BASE}/Observation", json=systolic(made["patient_id"]))).json()["id"]
    done = await a.post(f"/v1/persons/{made['person_id']}/upgrade", json={"nik": number})
    assert done.status_code == 200, done.text
    assert done.json()["person_id"] == stands
    assert done.json()["merged"]
    assert (await b.get(f"{BASE}/Observation/{reading}")).status_code == 200
    shown = (await b.get(f"/v1/persons/{made['person_id']}")).json()
    assert (shown["person_id"], shown["also"]) == (stands, [made["person_id"]])
    assert not [p for p in await waiting(a) if p["person_id"] in (stands, made["person_id"])]


@pytest.mark.parametrize("wrong", [{"birth_date": "1991-01-01"}, {"sex": "L"}])
async def test_a_contradiction_joins_nobody(caller: Caller, wrong: dict[str, str]) -> None:
    a, number = caller("KLINIK-A"), nik()
    await caller("TPMD-B").post(f"{BASE}/Patient", json=patient(number))
    made = (await a.post("/v1/persons", json={"reason": "no-document"})).json()
    done = await a.post(f"/v1/persons/{made['person_id']}/upgrade", json={"nik": number} | wrong)
    assert done.status_code == 409, done.text
    assert [p for p in await waiting(a) if p["person_id"] == made["person_id"]]


async def test_by_fhir_with_a_reason(caller: Caller) -> None:
    a = caller("KLINIK-A")
    reason = {"extension": [{"url": rules.PROVISIONAL, "valueCode": "foreigner"}]}
    dummy = {"identifier": [{"system": NIK, "value": "9" * 16}]}
    bare = {k: v for k, v in patient("").items() if k != "identifier"}
    assert (await a.post(f"{BASE}/Patient", json=bare | dummy)).status_code == 422
    made = await a.post(f"{BASE}/Patient", json=bare | dummy | reason)
    assert made.status_code == 201, made.text
    assert "dummy-nik" in made.headers["warning"]
    unknown = {"extension": [{"url": rules.PROVISIONAL, "valueCode": "malas"}]}
    refused = await a.post(f"{BASE}/Patient", json=bare | unknown)
    assert refused.status_code == 422
    assert refused.json()["issue"][0]["expression"] == ["Patient.extension[0].valueCode"]
    listed = {p["person_id"]: p["reason"] for p in await waiting(a)}
    assert listed[made.json()["id"]] == "foreigner"
    baby = patient("", identifier=[{"system": ID + "nik-ibu", "value": nik()}], birthDate="2026-10-05")
    born = (await a.post(f"{BASE}/Patient", json=baby)).json()["id"]
    plain = (await a.post(f"{BASE}/Patient", json=bare)).json()["id"]
    listed = {p["person_id"]: p["reason"] for p in await waiting(a)}
    assert (listed[born], listed[plain]) == ("newborn", "unstated")
    assert [p["person_id"] for p in await waiting(a, reason="newborn")][-1] == born
    order = [p["since"] for p in await waiting(a)]
    assert order == sorted(order)
    first = (await a.get(WAITING, params={"limit": 1})).json()
    second = (await a.get(WAITING, params={"limit": 1, "after": first["next"]})).json()
    assert first["persons"][0]["person_id"] != second["persons"][0]["person_id"]
    assert (await a.get(WAITING, params={"after": "x"})).status_code == 400


async def test_a_medical_record_number_proves_at_home_only(caller: Caller) -> None:
    a, b, number = caller("KLINIK-A"), caller("TPMD-B"), nik()
    card = {"type": {"coding": [{"code": "MR"}]}, "system": "urn:rm", "value": f"RM-{number}"}
    body = patient("", identifier=[card])
    first = (await a.post(f"{BASE}/Patient", json=body)).json()["id"]
    assert (await a.post(f"{BASE}/Patient", json=body)).json()["id"] == first
    assert (await b.post(f"{BASE}/Patient", json=body)).json()["id"] != first
    other = (await a.post(f"{BASE}/Patient", json=body | {"birthDate": "1961-02-03"})).json()["id"]
    assert other != first, "a family folder"
    named = patient("", identifier=[card, {"system": NIK, "value": number}])
    assert (await a.post(f"{BASE}/Patient", json=named)).json()["id"] == first, "upgraded"
    assert (await b.post(f"{BASE}/Patient", json=patient(number))).json()["id"] == first


async def test_a_family_card_proves_nothing(caller: Caller) -> None:
    a, number = caller("KLINIK-A"), nik()
    body = patient("", identifier=[{"system": ID + "kk", "value": number}])
    ids = {(await a.post(f"{BASE}/Patient", json=body)).json()["id"] for _ in range(2)}
    assert len(ids) == 2


async def test_doubts_warn_and_are_listed_until_mended(caller: Caller) -> None:
    a, number = caller("KLINIK-A"), nik()
    body = patient(number, gender="male", birthDate="2020-01-01")
    made = await a.post(f"{BASE}/Patient", json=body, headers={"prefer": "return=OperationOutcome"})
    assert made.status_code == 201, made.text
    told = {i["details"]["coding"][0]["code"] for i in made.json()["issue"] if i["severity"] == "warning"}
    assert told == {"nik-sex", "mothers-nik"}
    id_ = made.headers["location"].split("/")[-3]

    async def listed() -> set[str]:
        found = (await a.get("/v1/identity/warnings", params={"limit": 500})).json()["registrations"]
        return {w["code"] for r in found if r["person_id"] == id_ for w in r["warnings"]}

    assert await listed() == told
    await a.put(f"{BASE}/Patient/{id_}", json=patient(number, id=id_, birthDate="2020-01-01"))
    assert await listed() == {"mothers-nik"}
    await a.put(f"{BASE}/Patient/{id_}", json=patient(number, id=id_))
    assert await listed() == set()
    visit = {
        "patient": {"nik": nik(), "name": "Siti", "birth_date": "1990-07-02", "sex": "P"},
        "at": "2026-03-01T08:00:00+07:00",
    }  # fmt: skip
    answer = (await a.post("/v1/visits", json=visit)).json()
    assert [w["code"] for w in answer["warnings"] if w["code"].startswith("nik")] == ["nik-birth-date"]


def test_what_proves_is_dated() -> None:
    from datetime import date

    assert numbers.valid(date(2000, 1, 1)) == {}
    now = numbers.valid(date(2026, 11, 22))
    assert now[ID + "patient-ihs-number"] is now[ID + "ihs-number"]
    assert {n.name for n in now.values() if n.proves == "never"} == {"kk"}
