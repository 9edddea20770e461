"""Two at once, the same twice, and many at random: nothing is lost, nothing is done twice."""

import asyncio
import random
from dataclasses import replace
from typing import Any

import pytest

from services.referrals.contract import Alarm
from services.referrals.queries import referrals as queries
from services.referrals.usecases.onward import by_clock
from tests.service.referrals.stage import CLINIC, DUE, HOSPITAL, PERSON, PRACTICE, PUSKESMAS, Stage, token

DOCTOR = token("clinician", PRACTICE, "dr-rahmat")
MIDWIFE, NURSE = (token("puskesmas-staff", PUSKESMAS, who) for who in ("bidan-ani", "perawat-budi"))
WHY = {"reason": "Keluarga memilih faskes lain"}


async def test_two_accept_at_once(stage: Stage) -> None:
    referral = await stage.sent(who=DOCTOR)
    answers = await asyncio.gather(*(stage.take(referral, "accept", who) for who in [MIDWIFE, NURSE] * 5))
    assert sorted(a.status_code for a in answers) == [200] + [409] * 9
    loser = next(a for a in answers if a.status_code == 409).json()
    assert (loser["state"], loser["last"]["verb"], loser["last"]["facility"]) == ("accepted", "accept", PUSKESMAS)
    assert loser["legal"] == ["redirect", "arrive", "no-show", "close", "cancel"]
    assert len((await stage.open(referral, DOCTOR))["history"]) == 2


async def test_accept_against_cancel(stage: Stage) -> None:
    referral = await stage.sent(who=DOCTOR)
    accepted, cancelled = await asyncio.gather(
        stage.take(referral, "accept", MIDWIFE), stage.take(referral, "cancel", DOCTOR, WHY)
    )
    verbs = [s["verb"] for s in (await stage.open(referral, DOCTOR))["history"]]
    assert cancelled.status_code == 200  # the sender may cancel either way
    assert verbs == (["send", "accept", "cancel"] if accepted.status_code == 200 else ["send", "cancel"])


async def test_one_open_referral_to_a_facility(stage: Stage) -> None:
    answers = await asyncio.gather(*(stage.send(DOCTOR) for _ in range(8)))
    assert sorted(a.status_code for a in answers) == [201] + [409] * 7
    first = next(a for a in answers if a.status_code == 201).json()["id"]
    problem = next(a for a in answers if a.status_code == 409).json()
    assert (problem["referral"], problem["state"], problem["legal"]) == (
        first,
        "sent",
        ["send", "raise", "close", "cancel"],
    )
    other = (await stage.send(token("clinic-system", CLINIC))).json()
    assert (other["referral"], other["from_facility"], other["legal"]) == (first, PRACTICE, [])
    elsewhere = await stage.send(DOCTOR, to_facility=HOSPITAL)  # the same reason: it is tracked, not doubled
    assert (elsewhere.status_code, elsewhere.json()["referral"]) == (409, first)
    assert (await stage.send(DOCTOR, to_facility=HOSPITAL, diagnosis="K02")).status_code == 201
    assert (await stage.send(DOCTOR, to_facility=HOSPITAL, beside="USG di sana, kontrol di sini")).status_code == 201
    await stage.take(first, "cancel", DOCTOR, WHY)
    assert (await stage.send(DOCTOR)).status_code == 201


async def test_sending_again_with_the_same_key(stage: Stage) -> None:
    answers = await asyncio.gather(*(stage.send(DOCTOR, key="a-1") for _ in range(6)))
    assert {a.status_code for a in answers} == {201}
    assert len({a.text for a in answers}) == 1
    assert sum("idempotency-replayed" in a.headers for a in answers) == 5
    referral = answers[0].json()["id"]
    await stage.take(referral, "cancel", DOCTOR, WHY)
    asked = stage.peers.asked
    late = await stage.send(DOCTOR, key="a-1")
    assert (late.status_code, late.json()["id"], late.json()["state"]) == (201, referral, "sent")
    assert stage.peers.asked == asked
    other = await stage.send(DOCTOR, key="a-1", diagnosis="O14.1")
    assert other.status_code == 422
    elsewhere = await stage.send(token("clinic-system", CLINIC), key="a-1", to_facility=HOSPITAL)
    assert elsewhere.json()["id"] != referral
    assert len(await stage.rows("SELECT 1 FROM referral")) == 2


async def test_a_key_that_is_forgotten_still_never_sends_twice(stage: Stage) -> None:
    referral = (await stage.send(DOCTOR, key="a-1")).json()["id"]
    await stage.rows("DELETE FROM first_answer")
    while_open = await stage.send(DOCTOR, key="a-1")
    assert (while_open.status_code, while_open.json()["referral"]) == (409, referral)
    await stage.take(referral, "cancel", DOCTOR, WHY)
    assert (await stage.send(DOCTOR, key="a-1")).status_code == 409
    assert (await stage.send(DOCTOR, key="a-2")).status_code == 201


async def test_stepping_again_with_the_same_key(stage: Stage) -> None:
    referral = await stage.sent(who=DOCTOR)
    answers = await asyncio.gather(*(stage.take(referral, "accept", MIDWIFE, key="b-1") for _ in range(6)))
    assert {a.status_code for a in answers} == {200}
    assert len({a.text for a in answers}) == 1
    await stage.take(referral, "arrive", MIDWIFE, key="b-2")
    late = await stage.take(referral, "accept", MIDWIFE, key="b-1")
    assert (late.status_code, late.text) == (200, answers[0].text)
    assert late.headers["idempotency-replayed"] == "true"
    reused = await stage.take(referral, "treat", MIDWIFE, key="b-1")
    assert reused.status_code == 422
    assert (await stage.take(referral, "accept", NURSE, key="b-1")).status_code == 409  # a key belongs to its actor
    assert [s["verb"] for s in (await stage.open(referral, DOCTOR))["history"]] == ["send", "accept", "arrive"]


async def test_many_at_random(stage: Stage) -> None:
    """24 actors take whatever they like on 8 referrals: legal states, whole histories, one event per step."""
    dice = random.Random(7)  # noqa: S311
    targets = [f"P14100{n}0101" for n in range(1, 9)]
    urgencies = ["routine", "urgent", "emergency"]
    ids = [
        await stage.sent(who=DOCTOR, to_facility=t, urgency=dice.choice(urgencies), diagnosis=f"O1{n}")
        for n, t in enumerate(targets)
    ]
    back = {"advice": "Kontrol", "due": DUE}
    told: dict[str, dict[str, Any]] = {
        "decline": WHY, "cancel": WHY, "close": {"outcome": "died"}, "refer-back": back,
    }  # fmt: skip
    verbs = ["accept", "depart", "arrive", "treat", "refer-back", "no-show", "decline", "cancel", "close"]

    async def act(turn: random.Random) -> list[tuple[str, int]]:
        done = []
        for _ in range(12):
            at = turn.randrange(len(ids))
            who = DOCTOR if turn.random() < 0.4 else token("puskesmas-staff", targets[at])
            verb = turn.choices(verbs, [4, 4, 4, 3, 2, 1, 1, 1, 1])[0]
            done.append((ids[at], (await stage.take(ids[at], verb, who, told.get(verb))).status_code))
        return done

    done = [d for actor in await asyncio.gather(*(act(random.Random(n)) for n in range(24))) for d in actor]  # noqa: S311
    assert {status for _, status in done} <= {200, 409}
    events = await stage.events()
    for referral in ids:
        shown = await stage.open(referral, DOCTOR)
        steps = 1 + sum(status == 200 and i == referral for i, status in done)
        assert [s["number"] for s in shown["history"]] == list(range(1, steps + 1))
        assert shown["version"] == steps
        assert shown["state"] == shown["history"][-1]["state"]
        assert shown["owner_facility"] in (shown["from_facility"], shown["to_facility"])
        told_states = [e["data"]["state"] for e in events if e["id"] == referral]
        assert told_states == [s["state"] for s in shown["history"]]
    assert {e["person"] for e in events} == {PERSON}


async def test_a_step_on_what_is_no_more_so_is_not_stored(stage: Stage) -> None:
    referral = await stage.sent(who=DOCTOR)
    service = stage.app.state.service
    async with service.db.reading() as conn:
        seen = await queries.look(conn, referral)
        assert seen is not None
        stale = by_clock(seen, replace(seen, version=2), Alarm.REMIND, service.clock.now(), "Terlambat")
        await stage.take(referral, "accept", MIDWIFE)
        with pytest.raises(queries.Raced):
            await queries.move(conn, stale)
    assert [s["verb"] for s in (await stage.open(referral, MIDWIFE))["history"]] == ["send", "accept"]
    assert len([e for e in await stage.events() if e["id"] == referral]) == 2


async def test_the_clock_and_a_person_at_once_wait_for_each_other_in_one_order(stage: Stage) -> None:
    """The clock holds the row while a step without a lock is stored: it waits for the row, and is taken again."""
    referral = await stage.sent(who=DOCTOR)
    service = stage.app.state.service
    async with service.db.transaction() as tx:
        held = await queries.hold(tx, referral)
        assert held is not None
        accepting = asyncio.create_task(stage.take(referral, "accept", MIDWIFE))
        await asyncio.sleep(0.1)
        rung = by_clock(held, replace(held, version=2, rung=1), Alarm.REMIND, service.clock.now(), "Terlambat")
        await queries.move(tx, rung)
    assert (await accepting).status_code == 200
    assert [s["verb"] for s in (await stage.open(referral, MIDWIFE))["history"]] == ["send", "remind", "accept"]
