"""The resume that goes with a referral: what the sender may see and may hand on, and from whom it is kept."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from services.records.queries import summaries
from tests.service.records.bodies import BASE, nik, patient, systolic
from tests.service.records.test_consent import says
from tests.service.records.test_sensitive import condition, hiv_test, stored

Caller = Callable[..., httpx.AsyncClient]
LOINC = "http://loinc.org"
NOW, LONG_AGO = datetime.now(UTC).date().isoformat(), (datetime.now(UTC).date() - timedelta(days=500)).isoformat()
SUBJECT = {
    "AllergyIntolerance": "patient", "Immunization": "patient", "MedicationStatement": "subject",
    "Observation": "subject",
}  # fmt: skip


def thing(type_: str, person: str, code: str, **more: Any) -> dict[str, Any]:
    concept = {"coding": [{"system": "urn:uji", "code": code, "display": code.upper()}]}
    field = {"Immunization": "vaccineCode", "MedicationStatement": "medicationCodeableConcept"}.get(type_, "code")
    of = {SUBJECT[type_]: {"reference": f"Patient/{person}"}}
    return {"resourceType": type_, field: concept} | of | more


async def a_record(client: httpx.AsyncClient, born: str = "1990-07-01") -> str:
    person = str((await client.post(f"{BASE}/Patient", json=patient(nik(), birthDate=born))).json()["id"])
    lab = {"status": "final", "category": [{"coding": [{"code": "laboratory"}]}], "valueString": "+2"}
    for body in (
        thing("AllergyIntolerance", person, "amoksisilin"),
        thing("MedicationStatement", person, "nifedipin", status="active", dateAsserted=NOW),
        thing("MedicationStatement", person, "antasida", status="stopped", dateAsserted=NOW),
        thing("Observation", person, "protein", effectiveDateTime=NOW, **lab),
        thing("Observation", person, "protein", effectiveDateTime=LONG_AGO, **lab),
        thing("Observation", person, "kolesterol", effectiveDateTime=LONG_AGO, **lab),
        thing("Immunization", person, "td", status="completed", occurrenceDateTime=LONG_AGO),
        systolic(person, "150") | {"effectiveDateTime": NOW},
        systolic(person, "120") | {"effectiveDateTime": NOW + "T00:00:01+07:00", "status": "entered-in-error"},
        condition(person, "O13", recordedDate=NOW),
        condition(person, "J06", recordedDate=LONG_AGO),
        condition(person, "B20", recordedDate=NOW),
        hiv_test(person) | {"effectiveDateTime": NOW, "category": lab["category"]},
    ):
        await stored(client, body)
    return person


async def taken(client: httpx.AsyncClient, person: str, diagnosis: str = "O13", *to: str) -> dict[str, Any]:
    asked = {"person": person, "diagnosis": diagnosis, "facilities": list(to or ("RS-D",))}
    answer = await client.post("/internal/resume", json=asked)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def codes(found: dict[str, Any], section: str) -> list[str]:
    return [e["code"] for e in found["resume"][section]]


async def test_what_it_says(caller: Caller, sql: Any) -> None:
    a = caller("KLINIK-A")
    person = await a_record(a)
    found = await taken(a, person)
    assert {s: codes(found, s) for s in found["resume"] if s != "patient"} == {
        "allergies": ["amoksisilin"], "problems": ["O13"], "medicines": ["nifedipin"], "vitals": ["8480-6"],
        "lab": ["protein"], "pregnancy": [], "immunizations": [],
    }  # fmt: skip
    assert found["resume"]["patient"]["name"] == "SITI AMINAH"
    assert found["resume"]["lab"][0] == {
        "system": "urn:uji", "code": "protein", "display": "PROTEIN", "date": NOW, "value": "+2",
    }  # fmt: skip
    assert found["resume"]["vitals"][0]["value"].startswith("150")
    assert found["withheld"], "HIV is left out: the referral is not about it; the sender, who sees it, is told"
    own = "WHERE person_id = $1 AND actor = 'app-KLINIK-A'"
    looked = await sql(f"SELECT what FROM access_pending {own} UNION ALL SELECT what FROM access_log {own}", person)
    assert "Patient/$summary" in {r["what"] for r in looked}


async def test_a_child_takes_the_immunisations_along(caller: Caller) -> None:
    a = caller("KLINIK-A")
    person = await a_record(a, born=f"{datetime.now(UTC).year - 3}-01-01")
    assert codes(await taken(a, person), "immunizations") == ["td"]


async def test_a_class_comes_along_only_when_the_referral_is_about_it(caller: Caller) -> None:
    a = caller("KLINIK-A")
    person = await a_record(a)
    about = await taken(a, person, "B24")
    assert set(codes(about, "problems")) == {"O13", "B20"}
    assert "68961-2" in codes(about, "lab")
    assert (about["classes"], about["kept"], about["withheld"]) == (["HIV"], {"RS-D": None}, False)
    await says(a, person, decision="deny", facility="TPMD-B", **{"class": "HIV"})
    assert (await taken(a, person, "B24", "RS-D", "TPMD-B"))["kept"] == {"RS-D": None, "TPMD-B": "consent"}
    assert (await taken(a, person, "O13", "TPMD-B"))["kept"] == {"TPMD-B": None}, "not about it: not in it"


async def test_the_persons_word_and_agreements_are_weighed_for_each_who_may_be_asked(caller: Caller, sql: Any) -> None:
    a, key = caller("KLINIK-A"), {"x-peer-key": "kunci"}
    person = await a_record(a)
    await says(a, person, decision="deny", facility="TPMD-B")
    await sql("INSERT INTO barred VALUES ('{(,)}', 'RS-E')")
    wanted = {"RS-D": None, "TPMD-B": "consent", "RS-E": "agreement"}
    found = await taken(a, person, "O13", *wanted)
    assert (found["kept"], codes(found, "allergies")) == (wanted, ["amoksisilin"])
    asked = {"person": person, "facilities": list(wanted)}
    assert (await a.post("/internal/kept", json=asked, headers=key)).json() == wanted
    assert (await a.post("/internal/kept", json=asked)).status_code == 403
    shut = await taken(a, person, "O13", "TPMD-B")
    assert [codes(shut, s) for s in shut["resume"] if s != "patient"] == [[]] * 7, "kept from all: taken for nobody"
    assert (shut["resume"]["patient"]["name"], shut["withheld"]) == ("SITI AMINAH", True)


async def test_who_may_not_see_the_person_hands_nothing_on(caller: Caller) -> None:
    person = await a_record(caller("KLINIK-A"))
    found = await taken(caller("RS-E"), person)
    assert found["resume"]["patient"] is None
    assert not any(found["resume"][s] for s in found["resume"])


async def test_a_sender_asks_once(caller: Caller, sql: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who a number belongs to, whether the sender may act for them and the resume: what three questions would say."""
    a, number = caller("KLINIK-A"), nik()
    person = str((await a.post(f"{BASE}/Patient", json=patient(number))).json()["id"])
    asked: dict[str, Any] = {"system": "nik", "value": number, "diagnosis": "O13"}
    looks = "SELECT count(*) AS n FROM (SELECT what, person_id FROM access_pending UNION ALL SELECT what, person_id"
    looks += " FROM access_log) l WHERE person_id = $1 AND what = 'Patient/$summary'"

    async def told(client: httpx.AsyncClient, **more: Any) -> dict[str, Any]:
        answer = await client.post("/internal/sending", json=asked | more)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    assert await told(a) == {"person": person, "known": True, "resume": None}
    assert (await sql(looks, person))[0]["n"] == 0, "a draft looks at nothing"
    whole = await told(a, facilities=["RS-D"])
    assert whole["resume"] == await taken(a, person)
    assert (await sql(looks, person))[0]["n"] == 2
    stranger = await told(caller("TPMD-B"), person=person, facilities=["RS-D"])
    assert stranger == {"person": person, "known": False, "resume": None}
    assert await told(a, value=nik(), facilities=["RS-D"]) == {"person": None, "known": False, "resume": None}
    assert (await a.post("/internal/sending", json=asked, headers={"authorization": "Bearer x"})).status_code == 401

    async def broken(*_: Any) -> None:
        raise RuntimeError("SITI")

    monkeypatch.setattr(summaries, "parts", broken)
    assert await told(a, facilities=["RS-D"]) == whole | {"resume": None}, "it never stops a referral"
