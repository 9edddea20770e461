"""A hospital's visits move a referral, a visit at home does its follow-up: the two services together."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest

from services.referrals.usecases import ringing
from tests.service.records.bodies import BASE
from tests.service.records.referral_stage import CLINIC, HOSPITAL, ORGANIZATION, PUSKESMAS, SCT, Both, Caller, both

ADVICE = "Lanjut amlodipin 1x10 mg, kontrol tiap bulan"
FOLLOW_UP = f"{SCT}|390906007"


@pytest.fixture(scope="module")
async def stage(new_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Both]:
    folder = tmp_path_factory.mktemp("both")
    async with both(new_database("records"), new_database("referrals"), folder) as running:
        yield running


async def visit(who: Caller, person: str, status: str, **more: Any) -> None:
    """A visit of today, as a facility's system writes it."""
    service = who.both.referrals.state.service
    body = {
        "resourceType": "Encounter", "status": status, "subject": {"reference": f"Patient/{person}"},
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
        "period": {"start": service.clock.now().astimezone(service.clock.zone).isoformat(timespec="seconds")},
        "serviceProvider": {"reference": f"Organization/{ORGANIZATION[who.facility]}"}, **more,
    }  # fmt: skip
    answer = await who.post(body)
    assert answer.status_code == 201, answer.text


async def until(asked: Callable[[], Any], wanted: Any) -> None:
    """What is followed has arrived, within seconds."""
    async with asyncio.timeout(10):
        while await asked() != wanted:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def referred(stage: Both) -> tuple[Caller, str, str]:
    """The clinic has sent somebody to the hospital, which has accepted."""
    clinic = stage.at(CLINIC)
    person, _ = await clinic.person()
    row = await stage.sql("SELECT person_id FROM person WHERE patient_id = $1", person)
    body = {
        "person_id": row[0]["person_id"], "to_facility": HOSPITAL, "kind": "vertical", "diagnosis": "I10",
        "reason": "Krisis hipertensi", "urgency": "urgent", "consent": True, "limit": "Tidak ada alat",
    }  # fmt: skip
    sent = await clinic.call("POST", "/v1/referrals", body)
    assert sent.status_code == 201, sent.text
    referral = sent.json()["id"]
    assert (await stage.at(HOSPITAL).take(referral, "accept")).status_code == 200
    await stage.settle()
    return clinic, person, referral


async def test_a_hospitals_visit_is_the_arrival_and_a_visit_at_home_the_follow_up(stage: Both) -> None:
    clinic, person, referral = await referred(stage)
    hospital, home, third = stage.at(HOSPITAL), stage.at(PUSKESMAS), stage.at("P1410010102")

    async def state() -> str:
        return str((await clinic.referral(referral))["state"])

    await visit(hospital, person, "in-progress", basedOn=[{"reference": f"ServiceRequest/{referral}"}])
    await until(state, "in-care")
    verbs = [(s["verb"], s["facility"]) for s in (await clinic.referral(referral))["history"]]
    assert verbs[-2:] == [("arrive", HOSPITAL), ("treat", HOSPITAL)]

    assert (await home.call("GET", f"{BASE}/Patient/{person}")).status_code == 403
    due = (stage.referrals.state.service.clock.today() + timedelta(7)).isoformat()
    back = await hospital.take(referral, "refer-back", advice=ADVICE, due=due, home=PUSKESMAS)
    assert back.status_code == 200, back.text
    await stage.settle()
    assert (await home.call("GET", f"{BASE}/Patient/{person}")).status_code == 200, "the named home sees the record"
    assert (await third.call("GET", f"{BASE}/Patient/{person}")).status_code == 403
    [task] = await home.found("Task", code=FOLLOW_UP, patient=person)
    body = await home.get(f"Task/{task}")
    assert (body["status"], body["owner"]["reference"]) == ("requested", f"Organization/{ORGANIZATION[PUSKESMAS]}")
    assert body["focus"]["reference"] == f"ServiceRequest/{referral}" and ADVICE not in str(body)
    assert body["restriction"]["period"]["end"] > due
    assert (await third.call("GET", f"{BASE}/Task/{task}")).status_code in (403, 404)

    await visit(home, person, "finished")

    async def stands() -> str:
        await stage.settle()
        return str((await home.get(f"Task/{task}"))["status"])

    await until(stands, "completed")
    listed = (await home.call("GET", "/v1/referrals/follow-ups?state=done")).json()
    assert [(i["referral"], i["stands"], i["how"]) for i in listed["items"]] == [(referral, "done", "visit")]


async def test_the_clocks_step_reaches_the_record(stage: Both) -> None:
    """A reminder and an escalation change the Task, so that webhooks, /v1/changes and polling tell of them."""
    _, _, referral = await referred(stage)
    async with stage.referrals.state.service.db.reading() as conn:
        for _ in range(2):  # reminded, then the office's
            await conn.execute("UPDATE referral SET ring_at = now() - interval '1 minute' WHERE id = $1", referral)

            async def waits() -> bool:
                async with stage.referrals.state.service.db.reading() as other:
                    query = "SELECT ring_at < now() FROM referral WHERE id = $1"
                    return bool(await other.fetchval(query, referral))

            await ringing.ring(stage.referrals.state.service)
            await until(waits, wanted=False)
    await stage.settle()
    rows = await stage.sql(
        "SELECT body FROM resource WHERE type = 'Task' AND body LIKE $1 AND body LIKE '%lastModified%'",
        f"%ServiceRequest/{referral}%",
    )
    versions = await stage.sql(
        "SELECT count(*) AS n FROM resource_history h WHERE h.type = 'Task' AND h.body LIKE $1",
        f"%ServiceRequest/{referral}%",
    )
    assert len(rows) == 1 and versions[0]["n"] == 3, "sent, accepted, reminded, escalated"
