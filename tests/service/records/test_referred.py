"""Who sees a referral and the record behind it, leg by leg, whatever the person, the agreements and the law say."""

import uuid
from collections.abc import Callable
from datetime import date, timedelta
from random import Random
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.kernel.app import App
from services.kernel.events import Event
from tests.service.records.bodies import BASE, nik, patient, systolic
from tests.service.records.conftest import own_record
from tests.service.records.referring import BEGIN, RECEIVERS, Way, apply, wandering
from tests.service.records.test_changes import Consumer, ids, sealed
from tests.service.records.test_consent import says
from tests.service.records.test_merging import merged, undone
from tests.service.records.test_sensitive import condition, stored

Caller = Callable[..., httpx.AsyncClient]
records = own_record(still=True)


async def born(client: httpx.AsyncClient) -> str:
    answer = await client.post(f"{BASE}/Patient", json=patient(nik()))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def sees(client: httpx.AsyncClient, way: Way, ref: str) -> str:
    """What a facility sees: "-" nothing, "r" the referral itself, "R" the referral and the record."""
    request, task, record = [
        (await client.get(f"{BASE}/{r}")).status_code == 200
        for r in (f"ServiceRequest/{way.id}", f"Task/{way.task}", ref)
    ]
    assert request == task
    assert request or not record
    return "R" if record else "r" if request else "-"


STEPS: list[tuple[str, dict[str, Any], str]] = [
    ("sent", {"asked": ["TPMD-B", "RS-D"], "to": "TPMD-B"}, "rr-"),
    ("accepted", {"asked": ["RS-D"], "to": "RS-D"}, "-R-"),
    ("redirected", {}, "---"),
    ("sent", {"asked": ["PKM-C"], "to": "PKM-C"}, "--r"),
    ("expired", {"asked": ["PKM-C"]}, "--r"),
    ("sent", {"asked": ["TPMD-B"], "to": "TPMD-B"}, "r--"),
    ("declined", {}, "---"),
    ("sent", {"asked": ["RS-D"], "to": "RS-D", "urgency": "emergency"}, "-R-"),
    ("sent", {"asked": ["RS-D", "PKM-C"], "urgency": "emergency"}, "-RR"),
    ("expired", {"asked": ["RS-D", "PKM-C"], "urgency": "emergency"}, "-rr"),
    ("departed", {"asked": ["RS-D", "PKM-C"], "to": "PKM-C", "urgency": "emergency"}, "-RR"),
    ("in-care", {"asked": ["PKM-C"], "urgency": "emergency"}, "--R"),
    ("closed", {"asked": ["PKM-C"], "urgency": "emergency", "outcome": "admitted"}, "--R"),
]


async def test_leg_by_leg(records: App, caller: Caller, sql: Any) -> None:
    """A redirect, a decline, an expiry, another's acceptance end at once what a facility had."""
    a, others = caller("KLINIK-A"), [caller("TPMD-B"), caller("RS-D", "hospital"), caller("PKM-C")]
    person = await born(a)
    ref, way = f"Observation/{await stored(a, systolic(person))}", Way(person)
    for n, (state, told, wanted) in enumerate(STEPS):
        await apply(records, [way.told(state, **told)])
        assert "".join([await sees(o, way, ref) for o in others]) == wanted, f"step {n}, {state}"
        assert (await a.get(f"{BASE}/ServiceRequest/{way.id}")).status_code == 200
    await sql("UPDATE referral SET until = now() - interval '1 second' WHERE id = $1", way.id)
    await sql("UPDATE care_relation SET until = now() - interval '1 second' WHERE source = $1", way.id)
    assert await sees(others[2], way, ref) == "-", "30 days are over"


@pytest.mark.parametrize(("outcome", "wanted"), [("cancelled", "r"), ("no-show", "r"), ("died", "R"), ("left", "R")])
async def test_what_came_to_nothing_shuts_the_record_and_shows_how_it_ended(
    records: App, caller: Caller, outcome: str, wanted: str
) -> None:
    a, b = caller("KLINIK-A"), caller("TPMD-B")
    person = await born(a)
    ref, way = f"Observation/{await stored(a, systolic(person))}", Way(person)
    await apply(
        records,
        [way.told(s, ["TPMD-B"], outcome=o) for s, o in (("sent", None), ("accepted", None), ("closed", outcome))],
    )
    assert await sees(b, way, ref) == wanted


async def test_who_had_declined_gets_nothing_back_by_the_end(records: App, caller: Caller) -> None:
    a, b = caller("KLINIK-A"), caller("TPMD-B")
    person = await born(a)
    ref, way = f"Observation/{await stored(a, systolic(person))}", Way(person)
    await apply(records, [way.told("draft", leg=0, to_facility=None, servicerequest=None, task=None)])
    await apply(records, [way.told("sent", ["TPMD-B"]), way.told("declined"), way.told("closed", outcome="died")])
    assert await sees(b, way, ref) == "-"


async def test_how_long_is_a_dated_rule(records: App, caller: Caller, sql: Any) -> None:
    office, day = caller(None, "dinkes-admin"), BEGIN.astimezone(records.state.service.clock.zone).date()
    path = "/v1/access-policy/referral-days"
    assert (await office.put(f"{path}/2099-01-01", json={"value": "366"})).status_code == 422
    assert (await office.put(f"{path}/2099-01-01", json={"value": "7"})).status_code == 200
    person = await born(caller("KLINIK-A"))

    async def lasts() -> set[timedelta]:
        way = Way(person)
        await apply(records, [way.told(s, ["TPMD-B"], outcome="left") for s in ("sent", "accepted", "closed")])
        rows = await sql("SELECT until FROM care_relation WHERE source = $1 UNION ALL"
                         " SELECT until FROM referral WHERE id = $1", way.id)  # fmt: skip
        return {r["until"] - way.events[-1].at for r in rows}

    assert await lasts() == {timedelta(days=30)}, "a value of another day says nothing of today"
    await sql("INSERT INTO access_policy VALUES ('referral-days', $1, '90')", day)
    assert await lasts() == {timedelta(days=90)}
    await sql("DELETE FROM access_policy WHERE name = 'referral-days' AND valid_from > $1", date(2020, 1, 1))


@pytest.mark.parametrize("urgency", ["routine", "emergency"])
@pytest.mark.parametrize("state", ["sent", "accepted"])
@pytest.mark.parametrize("shut", ["open", "opted-out", "no-agreement", "HIV", "HIV denied", "glass"])
async def test_every_word_beside_every_referral(
    records: App, caller: Caller, sql: Any, shut: str, state: str, urgency: str
) -> None:
    """The way is never closed: whoever is asked sees what is asked. The record obeys the person and the agreement; an
    emergency stands in for the agreement and not for the person; glass opens it to the account that broke it."""
    a, b = caller("KLINIK-A"), caller("TPMD-B")
    person = await born(a)
    plain, hiv = await stored(a, systolic(person)), await stored(a, condition(person, "B20"))
    way = Way(person, urgency, diagnosis="B20" if shut.startswith("HIV") else "O13")
    told = [way.told("sent", ["TPMD-B"])] + ([way.told("accepted", ["TPMD-B"])] if state == "accepted" else [])
    if shut in ("opted-out", "glass"):
        await says(a, person, decision="deny")
    elif shut == "HIV denied":
        await says(a, person, decision="deny", **{"class": "HIV"})
    elif shut == "no-agreement":
        await sql("INSERT INTO barred VALUES ('{(,)}', 'TPMD-B')")
    try:
        await apply(records, told)
        opened = state == "accepted" or urgency == "emergency"
        if shut == "glass":
            why = {"patient": person, "reason": "emergency", "note": "Tidak sadar di IGD, perlu riwayat obat"}
            assert (await b.post("/v1/break-glass", json=why)).status_code == 201
        whole = {"open": opened, "HIV": opened, "HIV denied": opened, "glass": True, "opted-out": False,
                 "no-agreement": urgency == "emergency"}[shut]  # fmt: skip
        assert await sees(b, way, f"Observation/{plain}") == ("R" if whole else "r")
        assert await sees(b, way, f"Condition/{hiv}") == ("R" if whole and shut != "HIV denied" else "r")
        found = (await b.get(f"{BASE}/ServiceRequest", params={"_id": way.id})).json()
        assert found["total"] == 1
        assert (await caller("RS-E").get(f"{BASE}/ServiceRequest/{way.id}")).status_code == 403
    finally:
        await sql("DELETE FROM barred")


async def test_what_is_asked_is_no_way_to_try_out_the_person(records: App, caller: Caller) -> None:
    """Asked and not yet answered: the referral itself is found, by nothing that the record alone knows."""
    a, b = caller("KLINIK-A"), caller("TPMD-B")
    person = await born(a)
    way = Way(person)
    await apply(records, [way.told("sent", ["TPMD-B"])])

    async def found(**asked: str) -> int:
        answer = await b.get(f"{BASE}/ServiceRequest", params=asked)
        assert answer.status_code == 200, answer.text
        entries = answer.json().get("entry", [])
        assert {e["resource"]["resourceType"] for e in entries} <= {"ServiceRequest", "OperationOutcome"}
        return len([e for e in entries if e["resource"]["resourceType"] == "ServiceRequest"])

    assert await found(_id=way.id) == await found(_id=way.id, status="active") == 1
    assert await found(_id=way.id, **{"patient.name": "SITI"}) == await found(_id=way.id, **{"patient.name": "BUDI"})
    born_on = "patient.birthdate"
    assert await found(_id=way.id, **{born_on: "1990-07-01"}) == await found(_id=way.id, **{born_on: "1980-07-01"})
    assert await found(_id=way.id, _include="ServiceRequest:subject") == 1


async def test_the_parties_hear_of_each_step_and_the_third_of_none(records: App, caller: Caller) -> None:
    """Sender and whoever is asked are told of each step; the one asked later is given what was there before."""
    a = caller("KLINIK-A")
    feeds = {f: Consumer(caller(f)) for f in ("KLINIK-A", *RECEIVERS)}
    person = await born(a)
    seen = await stored(a, systolic(person))
    way = Way(person)
    itself = {f"ServiceRequest/{way.id}", f"Task/{way.task}"}
    steps: list[tuple[str, dict[str, Any], set[str]]] = [
        ("sent", {"asked": ["TPMD-B"]}, {"KLINIK-A", "TPMD-B"}),
        ("redirected", {}, {"KLINIK-A"}),
        ("sent", {"asked": ["RS-D"], "to": "RS-D"}, {"KLINIK-A", "RS-D"}),
        ("accepted", {"asked": ["RS-D"]}, {"KLINIK-A", "RS-D"}),
        ("departed", {"asked": ["RS-D"]}, {"KLINIK-A", "RS-D"}),
        ("closed", {"asked": ["RS-D"], "outcome": "cancelled"}, {"KLINIK-A", "RS-D"}),
    ]
    await sealed(records)
    for feed in feeds.values():
        await feed.follow()
    for state, told, wanted in steps:
        await apply(records, [way.told(state, **told)])
        await sealed(records)
        for facility, feed in feeds.items():
            heard = ids(await feed.follow())
            assert (f"Task/{way.task}" in heard) == (facility in wanted), f"{facility} at {state}"
            assert heard <= itself or (facility, state) == ("RS-D", "accepted")
            if state == "sent" and facility == way.to:
                assert heard == itself, "the one redirected to is given the older ServiceRequest too"
    assert f"Observation/{seen}" in feeds["RS-D"].held, "accepted: the record"
    assert f"Observation/{seen}" not in feeds["TPMD-B"].held


async def test_a_merge_takes_the_referral_along_at_once(records: App, caller: Caller, sql: Any) -> None:
    """Before the referrals' own feed has told it once more; and undone, the receiver sees one of the two only."""
    a, office = caller("KLINIK-A"), caller(None, "dinkes-admin")
    first, second = await born(a), await born(a)
    way = Way(second, "emergency")
    await apply(records, [way.told("sent", ["TPMD-B"])])

    async def opened() -> list[tuple[str, bool]]:
        rows = await sql("SELECT person_id, urgent FROM care_relation WHERE source = $1", way.id)
        stands = await sql("SELECT person_id FROM referral WHERE id = $1", way.id)
        assert [r["person_id"] for r in rows] == [r["person_id"] for r in stands]
        return [tuple(r) for r in rows]

    follow_up = str(uuid.uuid4())
    task = {"resourceType": "Task", "id": follow_up, "status": "requested", "intent": "order",
            "for": {"reference": f"Patient/{second}"}}  # fmt: skip
    asked = {"facility": "RS-D", "from_facility": "TPMD-B", "named": True, "done_on": None, "task": task}
    await apply(records, [Event("followup", "created", follow_up, 1, asked, second)])

    async def asked_of() -> list[str]:
        found = await sql("SELECT person_id FROM care_relation WHERE source = $1 AND facility = 'RS-D'", follow_up)
        return [r["person_id"] for r in found]

    merge = await merged(office, first, second)
    assert (await opened(), await asked_of()) == ([(first, True)], [first])
    await undone(office, merge)
    assert (await opened(), await asked_of()) == ([(second, True)], [second])


ROWS = (
    "SELECT person_id, facility, source, until, urgent FROM care_relation WHERE source = ANY ($1) ORDER BY 3, 1, 2",
    "SELECT * FROM referral WHERE id = ANY ($1) ORDER BY id",
)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32))
async def test_any_way_in_any_batches_gives_the_same_rows(records: App, caller: Caller, sql: Any, seed: int) -> None:
    """Legs, merges and unmerges: what stands is what the last steps say, once; told again from the beginning, in
    batches of any size, the same; and told to a record that knows nothing of them."""
    rnd, a, office = Random(seed), caller("KLINIK-A"), caller(None, "dinkes-admin")  # noqa: S311
    people = [await born(a), await born(a)]
    ways = [Way(p, rnd.choice(["routine", "emergency"])) for p in people for _ in range(2)]
    own = {w.id: w.person for w in ways}
    holds: dict[str, dict[str, set[str]]] = {w.id: {"itself": set(), "record": set()} for w in ways}
    feed, merge = [], None
    for _ in range(rnd.randrange(5, 30)):
        batch = []
        if rnd.random() < 0.15:
            merge = (await undone(office, merge), None)[1] if merge else await merged(office, people[0], people[1])
            batch += [e for w in ways if w.person != (own[w.id] if not merge else people[0])
                             and (e := w.moved(own[w.id] if not merge else people[0]))]  # fmt: skip
        for _ in range(rnd.randrange(4)):
            way = rnd.choice(ways)
            if event := wandering(rnd, way, holds[way.id]):
                batch.append(event)
        feed += batch
        await apply(records, batch)

    async def rows() -> list[Any]:
        return [[tuple(r) for r in await sql(q, list(own))] for q in ROWS]

    first = await rows()
    now = {(r[2], r[0], r[1]) for r in first[0]}
    assert now == {(w.id, w.person, f) for w in ways for f in holds[w.id]["record"]}
    parties = {r["id"]: set(r["parties"]) for r in await sql("SELECT * FROM referral WHERE id = ANY ($1)", list(own))}
    assert parties == {w.id: holds[w.id]["itself"] for w in ways if w.events}
    told = list(feed)
    while feed:
        size = rnd.randrange(1, len(feed) + 1)
        await apply(records, feed[:size])
        feed = feed[size:]
        held = {(r[2], r[0], r[1]) for r in (await rows())[0]}
        assert held <= now | {(i, p, f) for i, _, f in now for p in people}, "nobody gets back what a later step ended"
    assert await rows() == first
    for table, key in (("care_relation", "source"), ("referral", "id"), ("referral_followed", "id")):
        await sql(f"DELETE FROM {table} WHERE {key} = ANY ($1)", list(own))
    while told:
        size = rnd.randrange(1, len(told) + 1)
        await apply(records, told[:size])
        told = told[size:]
    assert await rows() == first, "and so does a record that has forgotten all of it"
    if merge:
        await undone(office, merge)
