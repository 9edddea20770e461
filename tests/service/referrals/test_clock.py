"""It cannot die silently: the clock reminds, lets expire, asks the next, and gives to the office what nobody moves."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.kernel.clock import Clock
from services.referrals.room import load, room
from services.referrals.rules import clock_file
from services.referrals.usecases import ringing
from tests.service.referrals.stage import (
    CLINIC,
    HOSPITAL,
    OFFICE,
    PRACTICE,
    PUSKESMAS,
    Stage,
    token,
)

DOCTOR = token("clinician", PRACTICE, "dr-rahmat")
MIDWIFE = token("puskesmas-staff", PUSKESMAS, "bidan-ani")
NURSE = token("hospital", HOSPITAL, "ners-budi")
DINKES = token("dinkes-admin", OFFICE, "dinas")
CLINICIAN = token("clinic-system", CLINIC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
async def stage(house: Stage) -> Stage:
    """One service for the whole file, as if new."""
    return await house.cleared()


@dataclass(frozen=True)
class Later(Clock):
    """The clock, put forward."""

    ahead: timedelta = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def today(self) -> date:
        return self.now().astimezone(self.zone).date()


async def passes(stage: Stage, span: timedelta) -> None:
    """Time passes, and the clock has done what was due (the service's own job may have taken some of it)."""
    service = stage.app.state.service
    service.clock = Later(service.clock.zone, ahead=getattr(service.clock, "ahead", timedelta()) + span)
    await load(service)
    await ringing.orphans(service)
    await rings(stage)


async def rings(stage: Stage) -> None:
    service = stage.app.state.service
    due = "SELECT 1 FROM referral WHERE closed_at IS NULL AND ring_at <= $1"
    await ringing.ring(service)
    while await stage.rows(due, service.clock.now()):
        await asyncio.sleep(0.005)
        await ringing.ring(service)


async def lines(stage: Stage, referral: str) -> list[tuple[str, str, str, str]]:
    """Verb, side, state and for whom, of each step so far."""
    rows = await stage.rows(
        "SELECT verb, side, state, facility FROM referral_step WHERE referral_id = $1 ORDER BY number", referral
    )
    return [(r["verb"], r["side"], r["state"], r["facility"]) for r in rows]


async def stands(stage: Stage, referral: str) -> dict[str, Any]:
    return (await stage.rows("SELECT * FROM referral WHERE id = $1", referral))[0]


async def test_reminded_then_sent_to_the_next_then_the_senders_then_the_offices(stage: Stage) -> None:
    referral = await stage.sent(then=[HOSPITAL])
    await passes(stage, 29 * MINUTE)
    assert len(await lines(stage, referral)) == 1, "nothing rings before its time"

    await passes(stage, 2 * MINUTE)
    assert (await lines(stage, referral))[1:] == [("remind", "clock", "sent", PUSKESMAS)]
    inbox = (await stage.http.get("/v1/referrals", headers=MIDWIFE)).json()["items"]
    assert [(r["id"], r["reminded"], r["owner"]) for r in inbox] == [(referral, 1, "receiver")]

    await passes(stage, 30 * MINUTE)
    assert (await lines(stage, referral))[2:] == [
        ("expire", "clock", "expired", PUSKESMAS),
        ("send", "clock", "sent", PRACTICE),
    ]
    now = await stands(stage, referral)
    assert (now["leg"], now["to_facility"], now["owner_facility"], now["asked"]) == (2, HOSPITAL, HOSPITAL, [HOSPITAL])
    assert (now["former"], now["candidates"]) == ([PUSKESMAS], [])
    assert (await stage.take(referral, "accept", MIDWIFE)).status_code == 409, "its turn is over"
    assert (await stage.http.get("/v1/referrals", headers=MIDWIFE)).json()["items"] == []
    assert [r["id"] for r in (await stage.http.get("/v1/referrals", headers=NURSE)).json()["items"]] == [referral]
    history = (await stage.open(referral, DOCTOR))["history"]
    assert [s["reason"] for s in history[2:]] == [
        "Belum dijawab sampai batas waktunya", "Tidak dijawab; dikirim ke calon berikutnya",
    ]  # fmt: skip

    await passes(stage, 61 * MINUTE)
    now = await stands(stage, referral)
    assert (now["state"], now["owner"], now["owner_facility"]) == ("expired", "sender", PRACTICE)
    await passes(stage, 61 * MINUTE)
    now = await stands(stage, referral)
    assert (now["state"], now["owner"], now["owner_facility"]) == ("expired", "office", OFFICE)
    told = [e["data"] for e in await stage.events() if e["id"] == referral]
    assert [(d["step"]["verb"], d["owner_facility"]) for d in told][-2:] == [("expire", PRACTICE), ("escalate", OFFICE)]
    assert [e["version"] for e in await stage.events() if e["id"] == referral] == list(range(1, len(told) + 1))

    await passes(stage, 3 * HOUR)
    assert (await lines(stage, referral))[-1] == ("remind", "clock", "expired", OFFICE), "the office is reminded too"
    sent_on = await stage.take(referral, "send", DINKES, {"to_facility": CLINIC, "reason": "Tidak ada yang menjawab"})
    assert (sent_on.status_code, sent_on.json()["owner_facility"]) == (200, CLINIC)
    assert (await stage.take(referral, "accept", CLINICIAN)).json()["owner_facility"] == PRACTICE


async def test_who_was_asked_late_may_still_accept_while_nobody_has_it(stage: Stage) -> None:
    referral = await stage.sent()
    await passes(stage, 61 * MINUTE)
    assert (await stands(stage, referral))["state"] == "expired"
    late = await stage.take(referral, "accept", MIDWIFE)
    assert (late.status_code, late.json()["state"]) == (200, "accepted")


async def test_an_outage_rings_each_once_and_in_order(stage: Stage) -> None:
    service = stage.app.state.service
    urgencies = ("routine", "emergency", "urgent")
    ids = [await stage.sent(patient=None, person_id=f"orang-{n}", urgency=u) for n, u in enumerate(urgencies)]
    async with service.db.transaction() as tx:  # two days without a clock: what is in hand, it passes over
        await tx.fetch("SELECT 1 FROM referral FOR UPDATE")
        await passes_only(stage, 2 * DAY)
        await ringing.ring(service)
    await rings(stage)
    assert [[step[0] for step in await lines(stage, i)] for i in ids] == [["send", "expire"]] * 3
    rows = await stage.rows("SELECT referral_id FROM referral_step WHERE verb = 'expire' ORDER BY recorded_at")
    assert [r["referral_id"] for r in rows] == [ids[1], ids[2], ids[0]], "the longest awaited first"
    assert [(await stands(stage, i))["ring_at"] > service.clock.now() for i in ids] == [True] * 3, "then its time again"


async def passes_only(stage: Stage, span: timedelta) -> None:
    service = stage.app.state.service
    service.clock = Later(service.clock.zone, ahead=getattr(service.clock, "ahead", timedelta()) + span)


async def test_a_patient_under_way_or_in_care_is_not_forgotten(stage: Stage) -> None:
    """Each later state has its own end: the owner is reminded, then the office has it."""
    referral = await stage.sent()
    for verb, who in (("accept", MIDWIFE), ("depart", DOCTOR), ("arrive", MIDWIFE), ("treat", MIDWIFE)):
        answer = await stage.take(referral, verb, who)
        assert answer.status_code == 200, answer.text
        before = len(await lines(stage, referral))
        for span in (HOUR, 12 * HOUR, DAY, DAY, 7 * DAY, 7 * DAY):
            await passes(stage, span)
        rung = (await lines(stage, referral))[before:]
        assert rung[0][:2] == ("remind", "clock") and any(r[0] == "escalate" for r in rung), (verb, rung)
        assert (await stands(stage, referral))["owner"] == "office"


async def test_a_candidate_who_cannot_be_asked_is_passed_over(stage: Stage) -> None:
    """Closed meanwhile, or the person is on the way there with another referral: the next one is asked."""
    await stage.sent(who=CLINICIAN, to_facility=HOSPITAL, diagnosis="A15")
    referral = await stage.sent(then=[CLINIC, HOSPITAL])
    await stage.rows("UPDATE facility SET active = false WHERE code = $1 RETURNING 1", CLINIC)
    declined = await stage.take(referral, "decline", MIDWIFE, {"reason": "Bidan jaga sedang cuti"})
    assert (declined.status_code, declined.json()["state"]) == (200, "declined")
    now = await stands(stage, referral)
    assert (now["state"], now["owner_facility"], now["candidates"]) == ("declined", PRACTICE, [CLINIC, HOSPITAL])
    assert (await lines(stage, referral))[-1][0] == "decline"


async def test_what_an_inactive_facility_owns_is_taken_up_at_once(stage: Stage) -> None:
    referral = await stage.sent()
    await inactive(stage, PUSKESMAS)
    await passes(stage, MINUTE)
    assert (await lines(stage, referral))[-1][:3] == ("expire", "clock", "expired")
    assert (await stage.open(referral, DOCTOR))["history"][-1]["reason"] == ringing.INACTIVE
    await inactive(stage, PRACTICE)
    await passes(stage, MINUTE)
    now = await stands(stage, referral)
    assert (now["owner"], now["owner_facility"]) == ("office", OFFICE)
    before = len(await lines(stage, referral))
    await passes(stage, MINUTE)
    assert len(await lines(stage, referral)) == before, "the office has it; nothing more to take up"


async def inactive(stage: Stage, code: str) -> None:
    await stage.rows("UPDATE facility SET active = false WHERE code = $1 RETURNING 1", code)


async def test_many_instances_ring_each_once(stage: Stage) -> None:
    service = stage.app.state.service
    for n in range(30):
        await stage.sent(patient=None, person_id=f"orang-{n}")
    await passes_only(stage, 31 * MINUTE)
    await asyncio.gather(*(ringing.ring(service) for _ in range(5)))
    await rings(stage)
    rows = await stage.rows("SELECT verb, count(*) AS n FROM referral_step GROUP BY verb")
    assert {r["verb"]: r["n"] for r in rows} == {"send": 30, "remind": 30}


@pytest.mark.parametrize(
    ("broken", "mended"),
    [
        ("UPDATE referral SET kind = 'sideways' WHERE id = $1", "UPDATE referral SET kind = 'vertical' WHERE id = $1"),
        (
            "INSERT INTO referral_step SELECT (jsonb_populate_record(s, '{\"number\": 2}')).* FROM referral_step s"
            " WHERE referral_id = $1",
            "DELETE FROM referral_step WHERE referral_id = $1 AND number = 2",
        ),
    ],
)
async def test_one_that_fails_holds_up_no_other_and_is_tried_again(stage: Stage, broken: str, mended: str) -> None:
    """Whether it cannot be read or its step cannot be stored."""
    ids = [await stage.sent(patient=None, person_id=f"orang-{n}") for n in range(3)]
    await stage.rows(f"{broken} RETURNING 1", ids[0])
    await passes(stage, 31 * MINUTE)
    assert [(await stands(stage, i))["version"] for i in ids] == [1, 2, 2]
    await stage.rows(f"{mended} RETURNING 1", ids[0])
    await passes(stage, 2 * MINUTE)
    assert [(await stands(stage, i))["version"] for i in ids] == [2, 2, 2]


@pytest.fixture
def shipped() -> str:
    return "".join(line for line in clock_file.FILE.read_text().splitlines(True) if not line.startswith("#"))


async def test_the_office_loads_rules_from_a_day_on(stage: Stage, shipped: str) -> None:
    service, put = stage.app.state.service, loader(stage)
    assert (await stage.http.get("/v1/referrals/clocks", headers=DOCTOR)).json()["number"] == 0
    quick = shipped.replace("sent\turgent\tremind\tPT30M", "sent\turgent\tremind\tPT5M")
    tomorrow = (service.clock.today() + DAY).isoformat()
    planned = await put(quick, tomorrow)
    assert (planned.status_code, planned.json()["valid_from"]) == (200, tomorrow), planned.text
    first = await stage.sent(patient=None, person_id="orang-1")
    await passes(stage, 6 * MINUTE)
    assert len(await lines(stage, first)) == 1, "not yet"

    loaded = await put(quick, None)
    assert loaded.status_code == 200
    second = await stage.sent(patient=None, person_id="orang-2")
    await passes(stage, 6 * MINUTE)
    assert [len(await lines(stage, i)) for i in (first, second)] == [1, 2], "what runs rings as it was told to"

    async def held(query: str) -> dict[str, Any]:
        found: dict[str, Any] = (await stage.http.get(f"/v1/referrals/clocks{query}", headers=DINKES)).json()
        return found

    assert (await held(""))["number"] == 2
    assert (await held(f"?on={tomorrow}"))["number"] == 1
    assert (await held("?on=2020-01-01"))["number"] == 0
    assert [(v["number"], v["loaded_by"]) for v in (await held(""))["history"]] == [(1, "dinas"), (2, "dinas")]
    assert (await put(quick, None)).json()["number"] == 2, "the same again changes nothing"
    again = (await stage.http.get("/v1/referrals/clocks?format=csv", headers=DINKES)).text
    assert (await put(again, None)).json()["number"] == 2, "what is given out can be loaded"


def loader(stage: Stage) -> Callable[[str, str | None], Any]:
    async def put(text: str, day: str | None, who: dict[str, str] = DINKES) -> Any:
        query = f"?valid_from={day}" if day else ""
        headers = who | {"content-type": "text/csv"}
        return await stage.http.put(f"/v1/referrals/clocks{query}", content=text.encode(), headers=headers)

    return put


async def test_what_is_wrong_in_a_file_is_told_and_nothing_is_stored(stage: Stage, shipped: str) -> None:
    put = loader(stage)
    lines = shipped.splitlines()
    place = lines.index("sent\temergency\texpire\tPT15M\t\tSRBK") + 1
    refused = await put(shipped.replace("sent\temergency\texpire\tPT15M", "sent\temergency\texpire\t-15"), None)
    assert refused.status_code == 422
    assert [e["pointer"] for e in refused.json()["errors"]] == [f"/line/{place}/after"]
    unending = await put("\n".join(line for line in lines if not line.startswith("in-care\troutine\tescalate")), None)
    assert unending.status_code == 422 and "in-care/routine" in unending.text
    assert (await put(shipped, "2020-01-01")).status_code == 409
    assert (await put(shipped, None, MIDWIFE)).status_code == 403
    assert await stage.rows("SELECT 1 FROM clock_version") == []


async def test_another_instance_takes_a_version_over(stage: Stage, shipped: str, tmp_path: Path) -> None:
    """What one instance was given the others read with their next look, every two seconds."""
    service = stage.app.state.service
    rules = "".join(
        line.replace("sent\turgent\tdue\tPT1H", "sent\turgent\tdue\tPT50M") for line in shipped.splitlines(True)
    )
    assert (await loader(stage)(rules, None)).status_code == 200
    service.room.pop("referrals")  # as in an instance that has not looked yet
    assert room(service).version == 0
    await load(service)
    assert room(service).version == 1
    due = [w.due for (state, urgency), w in room(service).clocks.items() if (state, urgency) == ("sent", "urgent")]
    assert due == [50 * MINUTE]
