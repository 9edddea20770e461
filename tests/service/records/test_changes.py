"""/v1/changes: everything that may be seen since a cursor, the earlier record after a grant, nothing that is hidden."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from services.kernel.app import App
from services.kernel.events import Event
from services.records import follow
from services.records.queries.visible import Asker, shown
from services.records.usecases import changes
from tests.service.records.bodies import BASE, encounter, nik, systolic
from tests.service.records.conftest import own_record
from tests.service.records.test_merging import merged, undone
from tests.service.records.test_secrecy import registered

Caller = Callable[..., httpx.AsyncClient]
PATH = "/v1/changes"


records = own_record()
"""A record nobody else writes to: what is told can be counted."""


class Consumer:
    """A system that keeps a copy: what it holds by type and id, and its cursor."""

    def __init__(self, client: httpx.AsyncClient, limit: int = 500) -> None:
        self.client, self.limit, self.after = client, limit, ""
        self.held: dict[str, dict[str, Any]] = {}
        self.told: list[dict[str, Any]] = []

    async def follow(self) -> list[dict[str, Any]]:
        """All there is now; what was told this time."""
        begin = len(self.told)
        while True:
            answer = await self.client.get(PATH, params={"after": self.after, "limit": self.limit})
            assert answer.status_code == 200, answer.text
            page = answer.json()
            self.after = page["next"]
            for entry in page["entries"]:
                self.told.append(entry)
                self.held[f"{entry['type']}/{entry['id']}"] = entry
            if not page["more"]:
                return self.told[begin:]


async def sealed(records: App) -> None:
    service = records.state.service
    async with asyncio.timeout(10), service.db.reading() as conn:
        while await conn.fetchval("SELECT count(*) FROM event_pending"):
            service.db.signal()
            await asyncio.sleep(0.02)


def ids(entries: list[dict[str, Any]]) -> set[str]:
    return {f"{e['type']}/{e['id']}" for e in entries}


async def test_created_changed_and_deleted_come_once_in_order(records: App, caller: Caller) -> None:
    a = caller("KLINIK-A")
    consumer = Consumer(a)
    await sealed(records)
    await consumer.follow()
    id_ = await registered(a, nik())
    body = (await a.post(f"{BASE}/Observation", json=systolic(id_))).json()
    ref = f"Observation/{body['id']}"
    await sealed(records)
    first = await consumer.follow()
    assert [e["type"] for e in first if e["kind"] == "created"] == ["Patient", "Observation"]
    held = consumer.held[ref]
    assert (held["patient"], held["version"], held["resource"]) == (id_, 1, (await a.get(f"{BASE}/{ref}")).json())
    await a.put(f"{BASE}/{ref}", json=body | {"status": "amended"})
    await a.put(f"{BASE}/{ref}", json=body | {"status": "corrected"})
    await sealed(records)
    second = await consumer.follow()
    assert [(e["kind"], e["version"]) for e in second] == [("changed", 3)]  # what was followed by another is not told
    await a.delete(f"{BASE}/{ref}")
    await sealed(records)
    third = await consumer.follow()
    assert [(e["kind"], e["version"], "resource" in e) for e in third] == [("deleted", 4, False)]
    assert await consumer.follow() == []


@pytest.mark.parametrize("way", ["registration", "referral", "opt-in", "glass"])
async def test_a_new_grant_makes_the_earlier_record_appear(records: App, caller: Caller, sql: Any, way: str) -> None:
    a, b = caller("KLINIK-A"), caller("TPMD-B")
    number = nik()
    id_ = await registered(a, number)
    seen = (await a.post(f"{BASE}/Observation", json=systolic(id_))).json()["id"]
    if way == "opt-in":
        await sql("INSERT INTO care_relation (person_id, facility, reason) VALUES ($1, 'TPMD-B', 'encounter')", id_)
        rule = "INSERT INTO consent_rule (consent_id, part, person_id, facility, class, permit, valid_from, decided_at)"
        await sql(f"{rule} VALUES ($1, 1, $1, '', '', false, '2020-01-01', now())", id_)
    consumer = Consumer(b, limit=1)
    await sealed(records)
    await consumer.follow()
    assert not any(id_ in (e["id"], e["patient"]) for e in consumer.told)
    if way == "registration":
        await registered_again(b, number)
    elif way == "referral":
        data = {"state": "accepted", "urgency": "routine", "from_facility": "KLINIK-A", "to_facility": "TPMD-B"}
        event = Event("referral", "changed", "r-1", 2, data, id_, at=datetime.now(UTC))
        async with records.state.service.db.transaction() as tx:
            await follow.referrals(records.state.service, tx, [event])
    elif way == "opt-in":
        await sql("UPDATE consent_rule SET permit = true WHERE person_id = $1", id_)
    else:
        await sql(
            "INSERT INTO break_glass (id, person_id, facility, subject, role, reason, note, until, due)"
            " VALUES ($1, $1, 'TPMD-B', 'app-TPMD-B', 'clinic-system', 'r', 'n', now() + interval '1 hour', now())",
            id_,
        )
    await sealed(records)
    told = await consumer.follow()
    assert {f"Patient/{id_}", f"Observation/{seen}"} <= ids(told)
    assert {e["kind"] for e in told if e["id"] == seen} == {"granted"}
    assert await consumer.follow() == []


async def registered_again(client: httpx.AsyncClient, number: str) -> None:
    body = {"resourceType": "Patient", "identifier": [{"system": "https://fhir.kemkes.go.id/id/nik", "value": number}]}
    assert (await client.post(f"{BASE}/Patient", json=body)).status_code == 200


async def test_a_puskesmas_gets_the_people_of_a_village_it_takes_over(records: App, caller: Caller, sql: Any) -> None:
    a, village = caller("KLINIK-A"), "1410019001"
    people = [await registered(a, nik()) for _ in range(5)]
    for id_ in people:
        await a.post(f"{BASE}/Observation", json=systolic(id_))
    await sql("UPDATE person SET village = $1 WHERE person_id = ANY($2)", village, people)
    consumer = Consumer(caller("PKM-C", "puskesmas-staff"), limit=3)
    await sealed(records)
    await consumer.follow()
    assert not any(e["patient"] in people for e in consumer.told)
    await sql("INSERT INTO catchment VALUES ($1, '2020-01-01', 'PKM-C', NULL)", village)
    await sealed(records)
    told = await consumer.follow()
    assert {e["patient"] for e in told} == set(people)
    assert len(told) == len(ids(told)) == 10
    moved = await registered(a, nik())
    await sealed(records)
    await consumer.follow()
    await sql("UPDATE person SET village = $1 WHERE person_id = $2", village, moved)
    await sealed(records)
    assert ids(await consumer.follow()) == {f"Patient/{moved}"}


async def test_a_lost_right_stops_the_stream(records: App, caller: Caller, sql: Any) -> None:
    a, b, number = caller("KLINIK-A"), caller("TPMD-B"), nik()
    id_ = await registered(a, number)
    await registered_again(b, number)
    consumer = Consumer(b)
    await sealed(records)
    await consumer.follow()
    assert f"Patient/{id_}" in consumer.held
    await sql("DELETE FROM care_relation WHERE person_id = $1 AND facility = 'TPMD-B'", id_)
    seen = (await a.post(f"{BASE}/Observation", json=systolic(id_))).json()["id"]
    await sealed(records)
    told = await consumer.follow()
    assert not any(seen == e["id"] for e in told)


async def test_who_begins_gets_each_thing_once_and_only_what_it_may_see(
    records: App, caller: Caller, sql: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "SCANNED", 7)  # many small steps
    a, office = caller("KLINIK-A"), caller(None, "dinkes-admin")
    people = [await registered(a, nik()) for _ in range(5)]
    for id_ in people:
        await a.post(f"{BASE}/Encounter", json=encounter(id_))
    await merged(office, people[0], people[1])
    await undone(office, await merged(office, people[2], people[3]))
    await sealed(records)
    consumer = Consumer(a, limit=4)
    told = await consumer.follow()
    assert len(told) == len(ids(told))
    patients = {e["patient"] for e in told if e["type"] == "Encounter"}
    assert patients & {*people} == {*people} - {people[1]}, "each under the person it belongs to in the end"
    assert [e["position"] for e in told] == sorted(e["position"] for e in told)
    by = Asker(subject="'app-KLINIK-A'", facility="'KLINIK-A'", sees_all="false", today="current_date")
    may = await sql(f"SELECT r.type || '/' || r.id FROM resource r WHERE NOT r.deleted AND {shown('r', by)}")
    assert {r[0] for r in may} <= ids(told)
    stranger = Consumer(caller("RS-X", "hospital"))
    assert [e for e in await stranger.follow() if e["patient"]] == []
    task = {"resourceType": "Task", "status": "requested", "intent": "order"}
    of_nobody = (await caller("KLINIK-A").post(f"{BASE}/Task", json=task)).json()["id"]
    await sealed(records)
    all_ = await Consumer(office).follow()
    assert any(e["patient"] for e in all_) and f"Task/{of_nobody}" in ids(all_)  # as a search finds it


async def test_who_has_a_copy_is_told_what_a_merge_moved(records: App, caller: Caller) -> None:
    a, office = caller("KLINIK-A"), caller(None, "dinkes-admin")
    first, second = [await registered(a, nik()) for _ in range(2)]
    ref = f"Encounter/{(await a.post(f'{BASE}/Encounter', json=encounter(second))).json()['id']}"
    consumer = Consumer(a, limit=4)
    await sealed(records)
    await consumer.follow()
    merge = await merged(office, first, second)
    await sealed(records)
    told = [e for e in await consumer.follow() if f"{e['type']}/{e['id']}" == ref]
    assert [(e["kind"], e["patient"], e["version"]) for e in told] == [("changed", first, 1)]
    await undone(office, merge)
    await sealed(records)
    told = [e for e in await consumer.follow() if f"{e['type']}/{e['id']}" == ref]
    assert [(e["kind"], e["patient"], e["version"]) for e in told] == [("changed", second, 1)]


async def test_a_copy_stays_equal_while_others_write(records: App, caller: Caller) -> None:
    a, b = caller("KLINIK-A"), caller("TPMD-B")
    consumer, numbers = Consumer(b, limit=3), [nik() for _ in range(6)]
    people = [await registered(a, n) for n in numbers]
    done = asyncio.Event()

    async def write() -> None:
        for n, id_ in zip(numbers, people, strict=True):
            await a.post(f"{BASE}/Observation", json=systolic(id_))
            await registered_again(b, n)
            await a.post(f"{BASE}/Observation", json=systolic(id_))
            await b.post(f"{BASE}/Encounter", json=encounter(id_))
        done.set()

    async def read() -> None:
        while not done.is_set():
            await consumer.follow()

    await asyncio.gather(write(), read())
    await sealed(records)
    await consumer.follow()
    for id_ in people:
        page = (await b.get(f"{BASE}/Patient/{id_}/$everything", params={"_count": 100})).json()
        there = {f"{e['resource']['resourceType']}/{e['resource']['id']}" for e in page["entry"]}
        assert there == {ref for ref, e in consumer.held.items() if e["patient"] == id_}


async def test_each_page_is_in_the_access_log(records: App, caller: Caller, sql: Any) -> None:
    a = caller("KLINIK-A")
    consumer = Consumer(a)
    await sealed(records)
    await consumer.follow()
    id_ = await registered(a, nik())
    seen = (await a.post(f"{BASE}/Observation", json=systolic(id_))).json()["id"]
    await sealed(records)
    await consumer.follow()
    rows = await sql(
        "SELECT action, outcome, resources FROM access_log WHERE person_id = $1 AND what = 'changes' UNION ALL"
        " SELECT action, outcome, resources FROM access_pending WHERE person_id = $1 AND what = 'changes'",
        id_,
    )
    assert [tuple(r)[:2] for r in rows[:1]] == [("read", "allowed")]
    named = {ref for r in rows for ref in (r["resources"] or "").split()}
    assert named == {f"Patient/{id_}", f"Observation/{seen}"}


async def test_waiting_ends_when_something_comes(records: App, caller: Caller) -> None:
    a = caller("KLINIK-A")
    consumer = Consumer(a)
    await sealed(records)
    await consumer.follow()
    begun = time.monotonic()
    empty = (await a.get(PATH, params={"after": consumer.after, "wait": 0.5})).json()
    assert empty["entries"] == []
    assert 0.4 < time.monotonic() - begun < 3
    waiting = asyncio.create_task(a.get(PATH, params={"after": consumer.after, "wait": 20}))
    await asyncio.sleep(0.2)
    id_ = await registered(caller("KLINIK-A"), nik())
    page = (await asyncio.wait_for(waiting, 10)).json()
    assert f"Patient/{id_}" in ids(page["entries"])


async def test_odd_cursors_are_told_so(caller: Caller) -> None:
    a = caller("KLINIK-A")
    for odd in ("x", "e30", "WzFd", "WzEsMCwwLDAsMSwiIiwwXQ", "WzEsMCwwLDAsIiIsIiIsLTFd"):
        answer = await a.get(PATH, params={"after": odd})
        assert answer.status_code == 400, odd
    assert (await a.get(PATH, params={"limit": 5000})).status_code == 422
    assert (await a.get(PATH, params={"wait": 31})).status_code == 422
    assert (await caller("KLINIK-A", "dinkes-analyst").get(PATH)).status_code == 403
