"""A private facility sees what others wrote only by an agreement in force (decision 0024)."""

import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from services.kernel.app import App
from services.kernel.clock import Clock
from services.kernel.events import Event
from services.records import follow
from services.records.usecases import policy
from tests.service.records.bodies import BASE, encounter, nik, patient, systolic
from tests.service.records.conftest import running
from tests.service.records.test_adversary_access import pregnancy
from tests.service.records.test_changes import Consumer, ids, sealed
from tests.service.records.test_sensitive import registered, stored

Caller = Callable[..., httpx.AsyncClient]
TODAY = date(2026, 3, 10)


@pytest.fixture(scope="module")
async def records(new_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[App]:
    """A record of its own, whose policy and day these tests turn."""
    async with running(new_database("records"), tmp_path_factory.mktemp("agreements")) as app:
        yield app


@pytest.fixture(autouse=True)
async def fresh(records: App, sql: Any) -> None:
    """A fixed day, no policy, no agreement."""
    on(records, TODAY)
    for table in ("access_policy WHERE name = 'private-agreement'", "agreement", "barred"):
        await sql(f"DELETE FROM {table}")


def on(records: App, day: date) -> None:
    """It is another day from now on."""
    service = records.state.service
    service.clock = replace(service.clock, fixed=day) if isinstance(service.clock, Clock) else service.clock


async def required(caller: Caller, since: date = TODAY, value: str = "required") -> None:
    answer = await caller(None, "dinkes-admin").put(
        f"/v1/access-policy/private-agreement/{since}", json={"value": value}
    )
    assert answer.status_code == 200, answer.text


async def agreed(records: App, id_: str = "pks-1", **change: Any) -> None:
    """An agreement of the office with TPMD-B, as the registry tells it."""
    data = {
        "parties": [{"facility": "DINKES", "role": "authority"}, {"facility": "TPMD-B", "role": "member"}],
        "valid_from": "2026-01-01", "in_force_until": "2026-12-31", "member_sees": "record",
    } | change  # fmt: skip
    service = records.state.service
    async with service.db.transaction() as tx:
        await follow.facilities(service, tx, [Event("agreement", "changed", id_, 1, data)])


async def shared(caller: Caller) -> tuple[httpx.AsyncClient, str, str, str]:
    """TPMD-B, a person both know, what KLINIK-A wrote of them, and what TPMD-B wrote itself."""
    a, b = caller("KLINIK-A"), caller("TPMD-B")
    person = await registered(a, b)
    return b, person, await stored(a, systolic(person)), await stored(b, systolic(person))


async def status(client: httpx.AsyncClient, id_: str) -> int:
    return (await client.get(f"{BASE}/Observation/{id_}")).status_code


async def test_without_the_policy_nobody_needs_an_agreement(records: App, caller: Caller) -> None:
    b, _, theirs, own = await shared(caller)
    assert [await status(b, theirs), await status(b, own)] == [200, 200]


async def test_the_policy_holds_from_its_day_on(records: App, caller: Caller) -> None:
    b, _, theirs, own = await shared(caller)
    await required(caller, TODAY + timedelta(days=2))
    await required(caller, TODAY + timedelta(days=4), "not-required")
    seen = []
    for days in range(6):
        on(records, TODAY + timedelta(days=days))
        seen.append(await status(b, theirs))
        assert await status(b, own) == 200
    assert seen == [200, 200, 403, 403, 200, 200]


async def test_an_agreement_opens_the_record_on_its_days_only(records: App, caller: Caller) -> None:
    b, _, theirs, own = await shared(caller)
    await required(caller)
    await agreed(records, valid_from=str(TODAY + timedelta(days=1)), in_force_until=str(TODAY + timedelta(days=2)))
    seen = []
    for days in range(5):
        on(records, TODAY + timedelta(days=days))
        seen.append(await status(b, theirs))
        assert await status(b, own) == 200
    assert seen == [403, 200, 200, 403, 403], "dates turn at local midnight, without any event"


@pytest.mark.parametrize("sees", ["none", "reports"])
async def test_a_clause_that_opens_less_opens_nothing(records: App, caller: Caller, sees: str) -> None:
    b, _, theirs, _ = await shared(caller)
    await required(caller)
    await agreed(records, member_sees=sees)
    assert await status(b, theirs) == 403
    await agreed(records, "pks-2", in_force_until=None)
    assert await status(b, theirs) == 200, "of several agreements one is enough"


async def test_a_termination_closes_at_once_and_a_renewal_opens(records: App, caller: Caller) -> None:
    b, _, theirs, _ = await shared(caller)
    await required(caller)
    await agreed(records)
    assert await status(b, theirs) == 200
    await agreed(records, in_force_until=str(TODAY - timedelta(days=1)))
    assert await status(b, theirs) == 403
    await agreed(records, in_force_until="2025-12-31")
    assert await status(b, theirs) == 403, "terminated before it began: never in force"
    await agreed(records, "pks-2", valid_from=str(TODAY))
    assert await status(b, theirs) == 200


async def test_the_refusal_says_why_and_what_would_help_and_is_logged(records: App, caller: Caller, sql: Any) -> None:
    b, person, theirs, own = await shared(caller)
    await required(caller)
    said = await b.get(f"{BASE}/Observation/{theirs}", headers={"accept-language": "en"})
    assert said.status_code == 403
    issue = said.json()["issue"][0]
    assert (issue["code"], "no agreement in force" in issue["details"]["text"]) == ("suppressed", True)
    assert "/v1/agreements" in issue["details"]["text"]
    rows = await sql(
        "SELECT outcome FROM access_pending WHERE actor = 'app-TPMD-B' AND person_id = $1 UNION ALL"
        " SELECT outcome FROM access_log WHERE actor = 'app-TPMD-B' AND person_id = $1",
        person,
    )
    assert "refused" in [r["outcome"] for r in rows]
    due = await b.get(f"/v1/persons/{person}/due")
    assert due.status_code == 403
    assert "tidak mempunyai perjanjian" in due.json()["detail"]
    found = (await b.get(f"{BASE}/Observation?patient={person}", headers={"accept-language": "en"})).json()
    shown = [e["resource"]["id"] for e in found["entry"] if e["resource"]["resourceType"] == "Observation"]
    assert shown == [own]
    assert "no agreement in force" in str(found)


async def test_public_and_unknown_facilities_are_not_concerned(records: App, caller: Caller, sql: Any) -> None:
    a, c = caller("KLINIK-A"), caller("PKM-C")
    person = await registered(a, c)
    theirs = await stored(a, systolic(person))
    await required(caller)
    assert await status(c, theirs) == 200
    stranger = caller("BELUM-ADA")
    await sql("INSERT INTO care_relation (person_id, facility, reason) VALUES ($1, 'BELUM-ADA', 'encounter')", person)
    assert await status(stranger, theirs) == 200, "not followed yet: as before"


async def test_a_referral_shows_itself_and_an_emergency_the_record(records: App, caller: Caller) -> None:
    a, b = caller("KLINIK-A"), caller("TPMD-B")
    person = (await a.post(f"{BASE}/Patient", json=patient(nik()))).json()["id"]
    theirs, request, task = await stored(a, systolic(person)), str(uuid.uuid4()), str(uuid.uuid4())
    own_request = await stored(a, {"resourceType": "ServiceRequest", "status": "active", "intent": "order",
                                   "subject": {"reference": f"Patient/{person}"},
                                   "code": {"text": "lain"}})  # fmt: skip
    await required(caller)
    subject = {"reference": f"Patient/{person}"}
    data = {
        "state": "accepted", "urgency": "routine", "from_facility": "KLINIK-A", "to_facility": "TPMD-B",
        "servicerequest": {"resourceType": "ServiceRequest", "id": request, "status": "active", "subject": subject,
                           "intent": "order"},
        "task": {"resourceType": "Task", "id": task, "status": "accepted", "for": subject, "intent": "order",
                 "focus": {"reference": f"ServiceRequest/{request}"}},
    }  # fmt: skip
    service = records.state.service

    async def told(**change: Any) -> None:
        event = Event("referral", "changed", request, 1, data | change, person, at=datetime.now(UTC))
        async with service.db.transaction() as tx:
            await follow.referrals(service, tx, [event])

    await told()
    assert (await b.get(f"{BASE}/ServiceRequest/{request}")).status_code == 200
    assert (await b.get(f"{BASE}/Task/{task}")).status_code == 200
    assert (await b.get(f"{BASE}/ServiceRequest/{own_request}")).status_code == 403, "not the one that was sent here"
    assert await status(b, theirs) == 403
    await told(urgency="emergency")
    assert await status(b, theirs) == 200, "an emergency waits for no agreement"
    await told(urgency="emergency", state="declined", closed_at=datetime.now(UTC).isoformat())
    assert await status(b, theirs) == 403
    assert (await b.get(f"{BASE}/ServiceRequest/{request}")).status_code == 403


async def test_without_an_agreement_a_visit_joins_no_pregnancy_of_another(records: App, caller: Caller) -> None:
    on(records, date(2026, 10, 1))
    a, b, number = caller("KLINIK-A"), caller("TPMD-B"), nik()
    await required(caller, date(2026, 10, 1))
    first = await a.post("/v1/visits", json=pregnancy(number, "2026-08-01T08:00:00+07:00"))
    (episode,) = [r["id"] for r in first.json()["resources"] if r["type"] == "EpisodeOfCare"]
    second = await b.post("/v1/visits", json=pregnancy(number, "2026-09-01T08:00:00+07:00"))
    assert second.status_code == 201, second.text
    visit = (await b.get(f"{BASE}/Encounter/{second.json()['visit_id']}")).text
    assert "EpisodeOfCare/" in visit
    assert episode not in visit


async def test_the_feed_tells_what_was_missed_once_the_agreement_is_in_force(records: App, caller: Caller) -> None:
    b, person, _, own = await shared(caller)
    consumer = Consumer(b)
    await required(caller)
    await sealed(records)
    await consumer.follow()
    theirs = await stored(caller("KLINIK-A"), systolic(person))
    stranger = await stored(caller("KLINIK-A"), encounter(await registered(caller("KLINIK-A"))))
    await sealed(records)
    assert f"Observation/{theirs}" not in ids(await consumer.follow())
    await agreed(records)
    await sealed(records)
    told = ids(await consumer.follow())
    assert f"Observation/{theirs}" in told
    assert f"Encounter/{stranger}" not in told
    assert f"Observation/{own}" in consumer.held


async def test_the_feed_tells_it_when_the_day_turns(records: App, caller: Caller) -> None:
    b, person, theirs, _ = await shared(caller)
    await required(caller)
    await agreed(records, valid_from=str(TODAY + timedelta(days=1)))
    await sealed(records)
    consumer = Consumer(b)
    await consumer.follow()
    assert f"Observation/{theirs}" not in consumer.held
    on(records, TODAY + timedelta(days=1))
    for _ in range(2):
        await policy.day_turns(records.state.service)
    await sealed(records)
    told = await consumer.follow()
    assert [e["id"] for e in told].count(theirs) == 1
    assert f"Patient/{person}" in ids(told)


async def test_what_a_policy_may_say(caller: Caller) -> None:
    office = caller(None, "dinkes-admin")
    url = "/v1/access-policy/private-agreement"
    assert (await office.put(f"{url}/{TODAY}", json={"value": "ya"})).status_code == 422
    assert (await office.put(f"{url}/{TODAY - timedelta(days=1)}", json={"value": "required"})).status_code == 409
    assert (await office.put(f"/v1/access-policy/lain/{TODAY}", json={"value": "1"})).status_code == 404
    assert (await office.put(f"/v1/access-policy/retention-years/{TODAY}", json={"value": "0"})).status_code == 422
    await required(caller)
    names = {(p["name"], p["value"]) for p in (await office.get("/v1/access-policy")).json()}
    assert ("private-agreement", "required") in names
