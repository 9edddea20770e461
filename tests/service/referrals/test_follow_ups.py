"""What a closed referral asks of the home facility: begun by a step, done by word or by a visit, counted, rung for."""

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest

from services.kernel.events import Event
from services.referrals import follow
from services.referrals.usecases import follow_ups, visits
from tests.service.referrals.stage import CLINIC, DUE, HOSPITAL, OFFICE, PERSON, PRACTICE, PUSKESMAS, Stage, token
from tests.service.referrals.test_clock import DAY, passes_only

DOCTOR = token("clinician", PRACTICE, "dr-rahmat")
MIDWIFE = token("puskesmas-staff", PUSKESMAS, "bidan-ani")
NURSE = token("hospital", HOSPITAL, "ners-budi")
DINKES = token("dinkes-admin", OFFICE, "dinas")
CLINICIAN = token("clinic-system", CLINIC)
ADVICE = "Lanjut nifedipin 3x10 mg, kontrol mingguan"
LIST = "/v1/referrals/follow-ups"
TREATED = ("accept", "arrive", "treat")


@pytest.fixture
async def stage(house: Stage) -> Stage:
    """One service for the whole file, as if new."""
    return await house.cleared()


def today(stage: Stage) -> date:
    day: date = stage.app.state.service.clock.today()
    return day


async def walked(stage: Stage, referral: str, *steps: tuple[str, dict[str, str], dict[str, Any]]) -> None:
    for verb, who, told in steps:
        answer = await stage.take(referral, verb, who, told)
        assert answer.status_code == 200, (verb, answer.text)


async def referred_back(stage: Stage, due: int = 7, **told: Any) -> str:
    """A referral that the puskesmas has treated and sent home."""
    referral = await stage.sent(person_id=told.pop("person", None), patient=None) if "person" in told else (
        await stage.sent()
    )  # fmt: skip
    back = {"advice": ADVICE, "due": (today(stage) + timedelta(due)).isoformat()} | told
    await walked(stage, referral, *((v, MIDWIFE, {}) for v in TREATED), ("refer-back", MIDWIFE, back))
    return referral


async def listed(stage: Stage, who: dict[str, str], query: str = "") -> dict[str, Any]:
    answer = await stage.http.get(f"{LIST}{query}", headers=who)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def visit(facility: str, day: date | str, person: str | None = PERSON, **more: Any) -> Event:
    """An Encounter as the record's feed tells of it."""
    resource = {"resourceType": "Encounter", "status": "finished", "period": {"start": str(day)}} | more
    data = {"client": facility, "provider": facility, "receipt": 1, "resource": resource}
    return Event("Encounter", "created", "kunjungan-7", 1, data, person, 1)


async def sees(stage: Stage, *told: Event) -> None:
    service = stage.app.state.service
    async with service.db.transaction() as tx:
        await visits.apply(service, tx, list(told))


async def test_a_back_referral_is_the_home_facilitys_to_do(stage: Stage) -> None:
    referral = await referred_back(stage)
    page = await listed(stage, DOCTOR)
    [one] = page["items"]
    assert (one["referral"], one["person_id"], one["facility"]) == (referral, PERSON, PRACTICE)
    assert (one["cause"], one["stands"], one["advice"]) == ("back-referred", "due", ADVICE)
    assert page["counts"] == {"due": 1, "late": 0, "done": 0, "done_late": 0}
    assert (await listed(stage, MIDWIFE))["items"] == [], "the puskesmas has nothing to do"
    assert [i["referral"] for i in (await listed(stage, MIDWIFE, "?side=asker"))["items"]] == [referral]
    [office] = (await listed(stage, DINKES))["items"]
    assert (office["referral"], office["advice"]) == (referral, None), "the office counts; the words are not its own"
    [told] = await stage.events("followup")
    assert (told["id"], told["person"], told["data"]["facility"]) == (referral, PERSON, PRACTICE)
    assert told["data"]["task"]["status"] == "requested" and ADVICE not in str(told)

    assert (await stage.http.post(f"{LIST}/{referral}", json={"note": "Datang"}, headers=CLINICIAN)).status_code == 403
    early = {"note": "Tensi 130/80", "on": (today(stage) - DAY).isoformat()}
    assert (await stage.http.post(f"{LIST}/{referral}", json=early, headers=DOCTOR)).status_code == 422
    done = await stage.http.post(f"{LIST}/{referral}", json={"note": "Tensi 130/80"}, headers=DOCTOR)
    assert (done.status_code, done.json()["stands"], done.json()["how"]) == (200, "done", "told")
    again = await stage.http.post(f"{LIST}/{referral}", json={"note": "Tensi 130/80"}, headers=DOCTOR)
    assert (again.status_code, again.json()["done_on"]) == (409, today(stage).isoformat())
    assert (await listed(stage, DOCTOR, "?state=done"))["counts"]["done"] == 1
    assert (await listed(stage, DOCTOR))["items"] == []
    assert [e["data"]["task"]["status"] for e in await stage.events("followup")] == ["requested", "completed"]
    looks = [(r["action"], r["outcome"]) for r in await stage.looks() if r["what"] == "follow-up"]
    assert {("search", "allowed"), ("write", "allowed"), ("write", "refused")} == set(looks)


async def test_who_did_not_come_or_left_is_looked_for(stage: Stage) -> None:
    for n, (verb, told, before) in enumerate(
        [("no-show", {}, ["accept"]), ("close", {"outcome": "left"}, ["accept", "arrive"])]
    ):
        referral = await stage.sent(patient=None, person_id=f"orang-{n}")
        await walked(stage, referral, *((v, MIDWIFE, {}) for v in before), (verb, MIDWIFE, told))
    items = (await listed(stage, DOCTOR))["items"]
    assert {(i["cause"], i["due"]) for i in items} == {
        ("no-show", (today(stage) + 7 * DAY).isoformat()), ("left", (today(stage) + 7 * DAY).isoformat()),
    }  # fmt: skip
    admitted = await stage.sent(patient=None, person_id="orang-9")
    await walked(stage, admitted, *((v, MIDWIFE, {}) for v in TREATED),
                 ("close", MIDWIFE, {"outcome": "admitted"}))  # fmt: skip
    assert len((await listed(stage, DOCTOR))["items"]) == 2, "who is admitted is not the sender's to follow up"


async def test_who_takes_a_person_back_has_it_to_do(stage: Stage) -> None:
    referral = await stage.sent(who=NURSE, kind="back")
    assert (await listed(stage, MIDWIFE))["items"] == []
    await walked(stage, referral, ("accept", MIDWIFE, {}), ("arrive", MIDWIFE, {}))
    [one] = (await listed(stage, MIDWIFE))["items"]
    assert (one["cause"], one["facility"], one["from_facility"]) == ("back-accepted", PUSKESMAS, HOSPITAL)
    await walked(stage, referral, ("treat", MIDWIFE, {}))
    assert (await listed(stage, MIDWIFE))["items"] == [], "who treats the person has followed up"
    [done] = (await listed(stage, MIDWIFE, "?state=done"))["items"]
    assert (done["how"], done["done_on"]) == ("told", today(stage).isoformat())
    back = {"advice": ADVICE, "due": today(stage).isoformat()}
    await walked(stage, referral, ("refer-back", MIDWIFE, back))
    assert (await listed(stage, NURSE))["items"] == [], "a referral has one follow-up"


async def test_the_receiver_may_name_the_home(stage: Stage) -> None:
    referral = await referred_back(stage, home=CLINIC)
    assert [i["referral"] for i in (await listed(stage, CLINICIAN))["items"]] == [referral]
    assert (await listed(stage, DOCTOR))["items"] == []
    [told] = await stage.events("followup")
    assert (told["data"]["facility"], told["data"]["named"]) == (CLINIC, True)
    other = await stage.sent(patient=None, person_id="orang-1")
    await walked(stage, other, *((v, MIDWIFE, {}) for v in TREATED))
    wrong = await stage.take(other, "refer-back", MIDWIFE, {"advice": ADVICE, "due": DUE, "home": "X99"})
    assert (wrong.status_code, [e["pointer"] for e in wrong.json()["errors"]]) == (422, ["/home"])


@pytest.mark.parametrize(
    ("facility", "ahead", "person", "more", "does_it"),
    [
        (PRACTICE, 0, PERSON, {}, True),
        (PRACTICE, 0, PERSON, {"status": "in-progress"}, True),
        (PRACTICE, -1, PERSON, {}, False),
        (CLINIC, 0, PERSON, {}, False),
        (PRACTICE, 0, "orang-lain", {}, False),
        (PRACTICE, 0, None, {}, False),
        (PRACTICE, 0, PERSON, {"status": "planned"}, False),
        (PRACTICE, 0, PERSON, {"status": "cancelled"}, False),
    ],
)
async def test_a_visit_at_home_does_it(
    stage: Stage, facility: str, ahead: int, person: str | None, more: dict[str, Any], does_it: bool
) -> None:
    referral = await referred_back(stage)
    await sees(stage, visit(facility, today(stage) + ahead * DAY, person, **more))
    [row] = await stage.rows("SELECT done_on, how, done_by FROM follow_up WHERE referral_id = $1", referral)
    assert (row["how"] == "visit") is does_it
    if does_it:
        assert (row["done_on"], row["done_by"]) == (today(stage), "Encounter/kunjungan-7")
        assert (await stage.events("followup"))[-1]["data"]["how"] == "visit"
        await sees(stage, visit(facility, today(stage)))
        assert len(await stage.events("followup")) == 2, "told again it changes nothing"


async def test_done_late_and_late_still_open_are_counted(stage: Stage) -> None:
    ids = [await referred_back(stage, due=n, person=f"orang-{n}") for n in range(3)]
    await passes_only(stage, 2 * DAY)
    assert (await listed(stage, DOCTOR))["counts"] == {"due": 1, "late": 2, "done": 0, "done_late": 0}
    late = (await listed(stage, DOCTOR, "?state=late"))["items"]
    assert [(i["referral"], i["days_late"]) for i in late] == [(ids[0], 2), (ids[1], 1)]
    await sees(stage, visit(PRACTICE, today(stage), "orang-0"))
    await stage.http.post(f"{LIST}/{ids[2]}", json={"note": "Kunjungan rumah"}, headers=DOCTOR)
    assert (await listed(stage, DOCTOR))["counts"] == {"due": 0, "late": 1, "done": 1, "done_late": 1}
    answer = await stage.http.get(f"{LIST}/figures", headers=token("dinkes-analyst", OFFICE))
    assert answer.json() == [
        {"facility": PRACTICE, "name": "Praktik dr. Rahmat Hidayat", "due": 0, "late": 1, "done": 1, "done_late": 1,
         "oldest_due": late[1]["due"]}
    ]  # fmt: skip
    first = await listed(stage, DINKES, "?state=done&limit=1")
    second = await listed(stage, DINKES, f"?state=done&limit=1&after={first['next']}")
    assert {i["referral"] for i in first["items"] + second["items"]} == {ids[0], ids[2]} and second["next"] is None


async def test_late_ones_ring_at_home_then_at_the_office(stage: Stage) -> None:
    service, referral = stage.app.state.service, await referred_back(stage, due=0)

    async def after(span: timedelta) -> dict[str, Any]:
        await passes_only(stage, span)
        while await stage.rows("SELECT 1 FROM follow_up WHERE ring_at <= $1", service.clock.now()):
            await follow_ups.ring(service)
            await asyncio.sleep(0)
        return (await listed(stage, DINKES))["items"][0]

    assert (await after(DAY))["reminded_at"] is None, "a day's grace after the due day"
    assert (await after(DAY))["reminded_at"] is not None
    assert (await after(DAY))["escalated_at"] is None
    assert (await after(6 * DAY))["escalated_at"] is not None
    await after(8 * DAY)
    told = [(e["data"]["alarm"], e["data"]["escalated"]) for e in await stage.events("followup")]
    assert told == [(None, False), ("remind", False), ("escalate", True), ("remind", True)]
    done = await stage.http.post(f"{LIST}/{referral}", json={"note": "Pasien pindah domisili"}, headers=DINKES)
    assert done.status_code == 200, "the office may end what it was given"
    assert await stage.rows("SELECT 1 FROM follow_up WHERE ring_at IS NOT NULL") == []


@pytest.mark.parametrize(
    ("urgency", "before", "status", "verbs"),
    [
        ("urgent", ["accept"], "arrived", ["arrive"]),
        ("urgent", ["accept"], "in-progress", ["arrive", "treat"]),
        ("urgent", ["accept", "arrive"], "finished", ["treat"]),
        ("urgent", [], "in-progress", ["accept", "arrive", "treat"]),
        ("emergency", [], "in-progress", ["arrive", "treat"]),
        ("urgent", ["accept"], "planned", []),
    ],
)
async def test_a_visit_based_on_a_referral_is_the_arrival(
    stage: Stage, urgency: str, before: list[str], status: str, verbs: list[str]
) -> None:
    referral = await stage.sent(urgency=urgency)
    await walked(stage, referral, *((v, MIDWIFE, {}) for v in before))
    told = {"status": status, "basedOn": [{"reference": f"ServiceRequest/{referral}"}]}
    began = f"{today(stage).isoformat()}T00:05:00+07:00"
    for _ in range(2):  # told again, and by another way of pointing, it changes nothing
        await sees(stage, visit(PUSKESMAS, began, **told))
        told["basedOn"] = [{"reference": f"https://x.id/fhir/ServiceRequest/{referral}/_history/2"}]
    history = (await stage.open(referral, DOCTOR))["history"][1 + len(before) :]
    assert [s["verb"] for s in history] == verbs
    assert {(s["who"], s["facility"], s["side"]) for s in history} <= {("Encounter/kunjungan-7", PUSKESMAS, "receiver")}
    assert [e["data"]["state"] for e in await stage.events()][1 + len(before) :] == [s["state"] for s in history]


@pytest.mark.parametrize(("facility", "person"), [(CLINIC, PERSON), (PUSKESMAS, "orang-lain"), (PRACTICE, PERSON)])
async def test_somebody_elses_visit_moves_nothing(stage: Stage, facility: str, person: str) -> None:
    referral = await stage.sent()
    based = {"basedOn": [{"reference": f"https://x.id/fhir/ServiceRequest/{referral}"}, {"reference": "CarePlan/a"}]}
    await sees(stage, visit(facility, today(stage), person, **based))
    assert len((await stage.open(referral, DOCTOR))["history"]) == 1


async def test_what_an_earlier_release_closes_is_caught_up(stage: Stage) -> None:
    """While an update runs, the release before still closes referrals, and begins no follow-up."""
    soon, past = await referred_back(stage), await referred_back(stage, due=0, person="orang-1")
    await stage.rows("DELETE FROM follow_up RETURNING 1")
    await stage.rows(
        "UPDATE referral SET follow_up_due = follow_up_due - 1, closed_at = closed_at - interval '1 day' RETURNING 1"
    )
    for _ in range(2):
        await follow_ups.catch_up(stage.app.state.service)
    [one] = (await listed(stage, DOCTOR))["items"]
    assert (one["referral"], one["due"]) == (soon, (today(stage) + 6 * DAY).isoformat())
    assert [e["id"] for e in await stage.events("followup")] == [soon, past, soon], "told once more, and once"


async def test_it_follows_the_person_through_a_merge(stage: Stage) -> None:
    """Who is merged takes the follow-up along, and a visit under the number that stays does it."""
    other = "orang-lama"
    referral = await referred_back(stage, person=other)
    data = {"survivor": PERSON, "other": other, "persons": [PERSON, other]}
    service = stage.app.state.service
    async with service.db.transaction() as tx:
        await follow.records(service, tx, [Event("merge", "created", "m7", 1, data, PERSON)])
    assert [i["person_id"] for i in (await listed(stage, DOCTOR))["items"]] == [PERSON]
    told = await stage.events("followup")
    assert [e["person"] for e in told] == [other, PERSON]
    assert told[-1]["data"]["task"]["for"] == {"reference": f"Patient/{PERSON}"}
    await sees(stage, visit(PRACTICE, today(stage), PERSON))
    assert [i["referral"] for i in (await listed(stage, DOCTOR, "?state=done"))["items"]] == [referral]


async def test_a_bulk_load_costs_one_statement_a_batch(stage: Stage) -> None:
    await referred_back(stage)
    service, seen = stage.app.state.service, list[str]()
    day = today(stage)
    batch = [visit(CLINIC, day, f"orang-{n}") for n in range(1000)]
    async with service.db.transaction() as tx:
        await visits.apply(service, tx, batch[:1])  # the driver asks once for the types
        tx._con.add_query_logger(lambda record: seen.append(record.query))
        await visits.apply(service, tx, batch)
        while not seen:  # noqa: ASYNC110 - the driver notes a statement some turns of the loop later
            await asyncio.sleep(0)
        await asyncio.sleep(0.01)
    assert len(seen) == 1
