"""Eligibility on a day, fresh and stale, once for many; the same over FHIR."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import httpx
import pytest_asyncio

from services.coverage.simulator.faults import Fault
from services.coverage.simulator.members import Override
from tests.service.coverage.jkn_stage import NIK, PERSON, Stage, staged, token

B = "9914P003"
FHIR = "/fhir-r4/v1"


@pytest_asyncio.fixture(scope="module")
async def house(new_database: Any) -> AsyncIterator[Stage]:
    async with staged(await asyncio.to_thread(new_database, "coverage"), member_fresh=3600) as stage:
        yield stage


async def test_many_at_once_ask_bpjs_once_and_each_look_is_logged(house: Stage) -> None:
    before, looks = house.world.asked, len(await house.accesses())
    answers = await asyncio.gather(*(house.ask({"nik": NIK, "max_age": 0}) for _ in range(12)))
    assert {(a.json()["status"], a.json()["source"]) for a in answers} == {("active", "live")}
    assert house.world.asked - before == 1
    assert len(await house.accesses()) - looks == 12
    assert len(await house.rows("SELECT 1 FROM member_statement WHERE person_id = $1", PERSON)) == 1


async def test_a_fresh_answer_says_its_age_and_a_caller_may_want_it_fresher(house: Stage) -> None:
    await house.ask({"nik": NIK, "max_age": 0})
    await age(house, seconds=600)
    asked = house.world.asked
    kept = (await house.ask({"nik": NIK})).json()
    assert (kept["source"], kept["trouble"], kept["in_force"]) == ("cached", None, True)
    assert 600 <= kept["age_seconds"] < 660 and house.world.asked == asked
    newer = (await house.ask({"nik": NIK, "max_age": 60})).json()
    assert (newer["source"], newer["age_seconds"]) == ("live", 0)
    await age(house, seconds=7200)
    assert (await house.ask({"nik": NIK})).json()["source"] == "live"


async def test_bpjs_down_gives_the_last_answer_with_age_and_reason(house: Stage) -> None:
    await house.ask({"nik": NIK, "max_age": 0})
    await age(house, seconds=9000)
    await house.play(Fault.HTML_500)
    told = (await house.ask({"nik": NIK})).json()
    await house.heal()
    assert (told["source"], told["status"], told["in_force"]) == ("cached", "active", True)
    assert told["trouble"] == "not-json" and told["age_seconds"] >= 9000


async def test_elsewhere_three_visits_a_month_or_an_emergency(house: Stage) -> None:
    house.world.fix(NIK, Override(active=True, provider=B))
    for visits, covered, basis in (
        (0, True, "outside-area"),
        (2, True, "outside-area"),
        (3, False, "outside-area-used-up"),
    ):
        house.peers.insured[PERSON] = {"visits": visits}
        told = (await house.ask({"nik": NIK, "max_age": 0})).json()
        assert (told["eligible_here"], told["in_force"], told["covered"], told["basis"]) == (
            False,
            True,
            covered,
            basis,
        )
        assert (told["elsewhere"]["used"], told["elsewhere"]["limit"]) == (visits, 3)
    emergency = (await house.ask({"nik": NIK, "emergency": True})).json()
    assert (emergency["covered"], emergency["basis"]) == (True, "emergency")
    house.world.fix(NIK, Override(active=True))
    here = (await house.ask({"nik": NIK, "max_age": 0})).json()
    assert (here["covered"], here["basis"]) == (True, "registered")


async def test_a_newborn_is_covered_by_the_mothers_membership(house: Stage) -> None:
    baby, today = "person-baby", house.app.state.service.clock.today()
    house.peers.identifiers[baby], house.peers.visible = {}, house.peers.visible | {baby}
    for days, covered in ((5, True), (40, None)):
        born = (today - timedelta(days)).isoformat()
        house.peers.insured[baby] = {"born": born, "mother": PERSON, "mother_nik": NIK}
        told = (await house.ask({"person_id": baby})).json()
        assert told["covered"] is covered and told["status"] == "unknown" and told["in_force"] is None
    assert any(a["person_id"] == PERSON and a["what"] == "JKN/eligibility" for a in await house.accesses())


async def test_another_day_is_answered_by_what_was_said_of_it(house: Stage) -> None:
    await house.ask({"nik": NIK, "max_age": 0})
    await house.rows("DELETE FROM member_statement WHERE person_id = $1", PERSON)
    said = """INSERT INTO member_statement (person_id, status, checked_at, since, source)
        VALUES ($1, $2, $3::text::timestamptz, $4, $5)"""
    await house.rows(said, PERSON, "active", "2026-01-10T03:00Z", date(2020, 1, 1), "bpjs")
    await house.rows(said, PERSON, "inactive", "2026-03-10T03:00Z", None, "bpjs")
    found = {}
    for day in ("2019-06-01", "2025-06-01", "2026-02-01", "2026-04-01"):
        found[day] = (await house.ask({"nik": NIK, "serviced_date": day})).json()["in_force"]
    assert found == {"2019-06-01": False, "2025-06-01": True, "2026-02-01": True, "2026-04-01": False}


async def test_what_staff_saw_is_kept_and_stands_until_bpjs_says_otherwise(house: Stage) -> None:
    person = "person-staff"
    house.peers.visible.add(person)
    house.peers.identifiers[person] = {}
    url = f"/v1/jkn/members/{person}/statements"
    body = {"because": "card", "status": "active", "payer_code": "13", "provider_code": "9914P001"}
    made = await house.http.post(url, json=body, headers=token("puskesmas-staff"))
    assert made.status_code == 201, made.text
    more = (
        await house.http.post(url, json={"because": "receipt", "arrears": 50000}, headers=token("puskesmas-staff"))
    ).json()
    assert [(s["source"], s["because"], s["by"]) for s in more["statements"]] == [
        ("staff", "card", "test-puskesmas-staff"), ("staff", "receipt", "test-puskesmas-staff"),
    ]  # fmt: skip
    stands = more["stands"]
    assert (stands["status"], stands["payer"]["code"], stands["arrears"], stands["stated_by"]) == (
        "active",
        "13",
        50000,
        "staff",
    )
    told = [e for e in await house.events() if e["person"] == person]
    assert [(e["version"], e["data"]["source"]) for e in told] == [(1, "staff")]


def question(**more: Any) -> dict[str, Any]:
    return {
        "resourceType": "CoverageEligibilityRequest", "status": "active", "purpose": ["validation"],
        "patient": {"reference": f"Patient/{PERSON}"}, "created": "2026-11-22",
        "insurer": {"reference": "Organization/bpjs-kesehatan"},
    } | more  # fmt: skip


async def fhir(stage: Stage, method: str, path: str, role: str = "clinic-system", **kw: Any) -> httpx.Response:
    headers = token(role) | kw.pop("headers", {})
    answer = await stage.http.request(method, FHIR + path, headers=headers, **kw)
    assert answer.headers["content-type"].startswith("application/fhir+json"), answer.text
    return answer


async def test_eligibility_over_fhir_is_kept_with_its_question(house: Stage) -> None:
    made = await fhir(
        house, "POST", "/CoverageEligibilityRequest", json=question(), headers={"cache-control": "max-age=0"}
    )
    told = made.json()
    assert (made.status_code, told["resourceType"], told["outcome"]) == (201, "CoverageEligibilityResponse", "complete")
    assert told["insurance"][0]["inforce"] is True
    assert (await fhir(house, "GET", f"/{told['request']['reference']}")).json()["patient"] == told["patient"]
    again = (await fhir(house, "GET", f"/CoverageEligibilityResponse/{told['id']}")).json()
    assert again == told
    found = (await fhir(house, "GET", f"/CoverageEligibilityResponse?patient=Patient/{PERSON}")).json()
    assert told["id"] in [e["resource"]["id"] for e in found["entry"]]
    by_number = question(patient={"identifier": {"system": "https://fhir.kemkes.go.id/id/nik", "value": NIK}})
    answer = (await fhir(house, "POST", "/CoverageEligibilityRequest", json=by_number)).json()
    assert answer["patient"] == {"reference": f"Patient/{PERSON}"}
    kept = await house.rows("SELECT request, response FROM eligibility_asked")
    assert NIK not in str(kept)


async def test_an_outage_over_fhir_is_an_error_and_never_not_in_force(house: Stage) -> None:
    for active in (True, False):
        house.world.fix(NIK, Override(active=active))
        await house.ask({"nik": NIK, "max_age": 0})
        await house.play(Fault.EMPTY_BODY)
        now = {"cache-control": "max-age=0"}
        told = (await fhir(house, "POST", "/CoverageEligibilityRequest", json=question(), headers=now)).json()
        await house.heal()
        assert told["outcome"] == "error" and told["error"][0]["code"]["coding"][0]["code"] == "empty"
        assert told["insurance"][0].get("inforce") is (True if active else None)
    down = question(patient={"identifier": {"system": "https://fhir.kemkes.go.id/id/bpjs", "value": "0009999999999"}})
    await house.play(Fault.EMPTY_BODY)
    unknown = (await fhir(house, "POST", "/CoverageEligibilityRequest", json=down)).json()
    await house.heal()
    assert unknown["outcome"] == "error" and "insurance" not in unknown
    house.world.fix(NIK, Override(active=True))
    await house.ask({"nik": NIK, "max_age": 0})


async def test_coverage_is_read_and_searched_by_who_may(house: Stage) -> None:
    one = (await fhir(house, "GET", f"/Coverage/{PERSON}")).json()
    assert (one["status"], one["payor"][0]["reference"]) == ("active", "Organization/bpjs-kesehatan")
    assert one["type"]["coding"][0]["code"] == "PUBLICPOL" and one["period"]["end"] == "2050-01-01"
    assert one["extension"][0]["valueReference"]["identifier"]["value"] == "9914P001"
    assert {c["type"]["coding"][0]["code"] for c in one["class"]} == {"group", "class"}
    house.peers.identifiers[PERSON]["bpjs"] = "0000000000017"
    house.peers.persons[("jkn", "0000000000017")] = PERSON
    for asked in (f"beneficiary=Patient/{PERSON}", "subscriber-id=0000000000017", f"patient={PERSON}&status=active"):
        found = (await fhir(house, "GET", f"/Coverage?{asked}")).json()
        assert [e["resource"]["subscriberId"] for e in found["entry"]] == ["0000000000017"], asked
    assert (await fhir(house, "GET", f"/Coverage?patient={PERSON}&status=cancelled")).json()["total"] == 0
    for other in ("0000000000018", "urn:lain|0000000000017"):  # every condition counts
        asked = f"/Coverage?patient={PERSON}&identifier={other}"
        assert (await fhir(house, "GET", asked)).json()["total"] == 0, other
    house.peers.visible.discard(PERSON)
    hidden = [
        (await fhir(house, "GET", f"/Coverage?{a}")).json()
        for a in ("subscriber-id=0000000000017", f"patient={PERSON}")
    ]
    assert [h["total"] for h in hidden] == [0, 0]
    refused = await fhir(house, "GET", f"/Coverage/{PERSON}")
    assert (refused.status_code, refused.json()["resourceType"]) == (403, "OperationOutcome")
    house.peers.visible.add(PERSON)


async def test_bad_questions_over_fhir_say_which_field(house: Stage) -> None:
    zeros = {"identifier": {"system": "https://fhir.kemkes.go.id/id/nik", "value": "0" * 16}}
    for body, where in (
        (question(patient=zeros), "patient.identifier.value"),
        (question(purpose=["benefits"]), "purpose"),
        (question(umur=3), "umur"),
        (question(servicedDate="besok"), "servicedDate"),
    ):
        answer = await fhir(house, "POST", "/CoverageEligibilityRequest", json=body)
        assert answer.status_code in (400, 422)
        assert where in str(answer.json()["issue"]), answer.text
    assert (await fhir(house, "GET", "/Coverage")).status_code == 422


async def test_what_clients_wrote_themselves_is_the_records(house: Stage) -> None:
    headers = token()
    assert (await house.http.get(f"{FHIR}/Coverage/own-1", headers=headers)).json()["id"] == "own-1"
    found = (await house.http.get(f"{FHIR}/Coverage?patient=Patient/own", headers=headers)).json()
    assert [e["resource"]["id"] for e in found["entry"]] == ["own-1"]
    for path in (
        "/Coverage/x/%2e%2e/%2e%2e/Patient",
        "/Coverage/x/%2e%2e",
        "/Coverage/x%3F_count=1",
        "/Coverage/x/%23y",
    ):
        answer = await house.http.put(f"{FHIR}{path}", headers=headers, json={})
        assert answer.status_code == 404, f"led out of what is asked: {path}"


async def age(stage: Stage, seconds: int) -> None:
    """What was said of the person was said so long ago."""
    await stage.rows(
        "UPDATE member SET checked_at = now() - $1 * interval '1 second' WHERE person_id = $2", seconds, PERSON
    )
