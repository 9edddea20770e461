"""What users of other systems complain of, tried here: duplicates, wrong receivers, silent hospitals, hidden reasons,
days without a line, data entered at the wrong place."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.service.referrals import picture
from tests.service.referrals.stage import CLINIC, DUE, HOSPITAL, PRACTICE, PUSKESMAS, REASON, Stage, staged, token
from tests.service.referrals.test_clock import rings

SECOND = "P1410010102"
DOCTOR, LINA = token("clinician", PRACTICE, "dr-rahmat"), token("clinic-system", CLINIC, "klinik-lina")
MIDWIFE, ROSA = token("puskesmas-staff", PUSKESMAS, "bidan-ani"), token("puskesmas-staff", SECOND, "bidan-rosa")
NURSE, DINKES = token("hospital", HOSPITAL, "ners-budi"), token("dinkes-admin", None, "dinas")
PEOPLE = count(1)
WHY = {"reason": "Bukan di sini"}


@pytest.fixture(scope="module")
def one_database(new_database: Callable[[str], str]) -> str:
    """For the whole file; each test has a person of its own."""
    return new_database("referrals")


@pytest_asyncio.fixture(scope="module")
async def stage(one_database: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """A running referrals service."""
    folder: Path = tmp_path_factory.mktemp("rujukan")
    async with staged(one_database, folder) as opened:
        yield opened


@pytest.fixture
def person() -> dict[str, Any]:
    """Somebody nobody has referred yet."""
    return {"patient": None, "person_id": f"pasien-{next(PEOPLE)}"}


async def verbs(stage: Stage, referral: str) -> list[str]:
    history = (await stage.open(referral, DINKES))["history"]
    return [f"{s['verb']} {s['facility']}" for s in history]


async def test_a_second_one_is_tracked_not_doubled(stage: Stage, person: dict[str, Any]) -> None:
    """Of thirty at one moment, by two facilities, one is sent; the others are told which, and can go on with it."""
    answers = await asyncio.gather(
        *(stage.send(DOCTOR if n % 2 else LINA, diagnosis=f"O{10 + n}", **person) for n in range(30))
    )
    won = [a.json() for a in answers if a.status_code == 201]
    assert len(won) == 1
    told = [a.json() for a in answers if a.status_code == 409]
    assert len(told) == 29
    assert {(t["referral"], t["number"], t["state"], t["to_facility"]) for t in told} == {
        (won[0]["id"], won[0]["number"], "sent", PUSKESMAS)
    }
    own = [set(a.json()["legal"]) for a in answers if a.status_code == 409 and a.json()["legal"]]
    assert own == [{"send", "raise", "close", "cancel"}] * 14, "to its sender the way on, to the other facility nothing"
    assert all(won[0]["number"] in t["detail"] and REASON not in str(t) for t in told)
    sender = DOCTOR if won[0]["from_facility"] == PRACTICE else LINA
    worse = {"reason": "Kejang", "urgency": "emergency"}
    assert (await stage.take(won[0]["id"], "raise", sender, worse)).json()["urgency"] == "emergency"
    await picture.holds(stage, [person["person_id"]])


async def test_one_beside_another_says_why(stage: Stage, person: dict[str, Any]) -> None:
    first = await stage.sent(who=DOCTOR, **person)
    same = await stage.send(DOCTOR, to_facility=HOSPITAL, diagnosis="O13", **person)
    assert (same.status_code, same.json()["referral"]) == (409, first), "the same reason elsewhere is the same referral"
    other = await stage.send(DOCTOR, to_facility=PUSKESMAS, diagnosis="K02", **person)
    assert (other.status_code, other.json()["referral"]) == (409, first)
    beside = await stage.send(DOCTOR, diagnosis="K02", beside="Poli gigi, terpisah dari kehamilan", **person)
    assert (beside.status_code, beside.json()["beside"]) == (201, "Poli gigi, terpisah dari kehamilan")
    assert (await stage.take(first, "cancel", DOCTOR, {"reason": "Salah pasien"})).json()["outcome"] == "cancelled"
    assert (await stage.send(DOCTOR, to_facility=HOSPITAL, **person)).status_code == 201, "an ended one is in no way"


async def test_a_wrong_receiver_points_elsewhere_and_sees_no_more(stage: Stage, person: dict[str, Any]) -> None:
    referral = await stage.sent(who=DOCTOR, **person)
    assert (await stage.open(referral, MIDWIFE))["content"]["reason"] == REASON
    wrong = await stage.take(referral, "redirect", MIDWIFE, {"reason": "Perlu spesialis", "to_facility": HOSPITAL})
    assert (wrong.json()["state"], wrong.json()["owner_facility"]) == ("redirected", PRACTICE)
    on = await stage.take(referral, "send", DOCTOR)
    assert (on.json()["to_facility"], on.json()["leg"], on.json()["state"]) == (HOSPITAL, 2, "sent")
    read = await stage.http.get(f"/v1/referrals/{referral}", headers=MIDWIFE)
    seen = read.json()
    assert (seen["withheld"], seen["content"], seen["state"], seen["version"]) == (True, None, "redirected", 2)
    assert REASON not in read.text
    assert HOSPITAL not in read.text, "nor where the person went"
    assert [line["verb"] for line in seen["history"]] == ["send", "redirect"]
    late = await stage.take(referral, "accept", MIDWIFE)
    assert (late.status_code, late.json()["state"], late.json()["legal"]) == (409, "sent", [])
    assert REASON not in late.text
    inbox = (await stage.http.get("/v1/referrals", headers=MIDWIFE)).json()["items"]
    assert referral not in [r["id"] for r in inbox]
    assert (await stage.open(referral, NURSE))["content"]["reason"] == REASON, "the right one sees why"
    assert (await stage.take(referral, "accept", NURSE)).status_code == 200
    later = await stage.take(referral, "accept", MIDWIFE)
    assert (later.status_code, later.json()["state"], later.json()["last"]["verb"]) == (409, "accepted", "accept")
    assert HOSPITAL not in later.text, "told what became of it, and not where"
    assert await verbs(stage, referral) == [
        f"send {PRACTICE}", f"redirect {PUSKESMAS}", f"send {PRACTICE}", f"accept {HOSPITAL}",
    ]  # fmt: skip


async def test_an_ambulance_is_diverted(stage: Stage, person: dict[str, Any]) -> None:
    """On the way elsewhere it stays one referral: whoever had it loses sight, the next is asked and takes it in."""
    referral = await stage.sent(who=DOCTOR, urgency="emergency", **person)
    assert (await stage.take(referral, "accept", MIDWIFE)).status_code == 200
    assert (await stage.take(referral, "depart", DOCTOR)).json()["state"] == "departed"
    same = await stage.take(referral, "send", DOCTOR, {"to_facility": PUSKESMAS})
    assert (same.status_code, same.json()["errors"][0]["pointer"]) == (422, "/to_facility")
    on = await stage.take(referral, "send", DOCTOR, {"to_facility": HOSPITAL, "reason": "Jalan terputus"})
    assert (on.json()["state"], on.json()["to_facility"], on.json()["leg"]) == ("sent", HOSPITAL, 2)
    assert (await stage.take(referral, "arrive", MIDWIFE)).status_code == 409
    assert (await stage.take(referral, "arrive", NURSE)).json()["state"] == "arrived"
    await picture.holds(stage, [person["person_id"]])


async def test_the_receiver_never_acts_behind_the_senders_back(stage: Stage, person: dict[str, Any]) -> None:
    """Each of its acts stands in the sender's box and history at once, and in an event that names who is to act."""
    referral = await stage.sent(who=DOCTOR, **person)
    back = {"advice": "Lanjut nifedipin", "due": DUE}
    for n, (verb, told) in enumerate([("accept", {}), ("arrive", {}), ("treat", {}), ("refer-back", back)], 2):
        assert (await stage.take(referral, verb, MIDWIFE, told)).status_code == 200
        ended = verb == "refer-back"
        box = await stage.http.get("/v1/referrals", params={"box": "outbox", "open": not ended}, headers=DOCTOR)
        mine = next(r for r in box.json()["items"] if r["id"] == referral)
        line = (await stage.open(referral, DOCTOR))["history"][-1]
        assert (mine["version"], line["number"], line["verb"], line["who"]) == (n, n, verb, "bidan-ani")
    told_events = [e["data"] for e in await stage.events() if e["id"] == referral]
    assert [e["step"]["verb"] for e in told_events] == ["send", "accept", "arrive", "treat", "refer-back"]
    assert told_events[-1]["owner_facility"] == PRACTICE, "sent back it is the sender's to look after"


async def test_the_reason_is_never_hidden_from_who_must_answer(stage: Stage, person: dict[str, Any]) -> None:
    sbar = {"situation": "Tekanan darah 150/95 dua kali", "recommendation": "Periksa protein urin"}
    referral = await stage.sent(who=DOCTOR, sbar=sbar, therapy="Nifedipin 10 mg", **person)
    listed = (await stage.http.get("/v1/referrals", headers=MIDWIFE)).json()["items"]
    seen = next(r for r in listed if r["id"] == referral)
    for one in (seen, await stage.open(referral, MIDWIFE)):
        assert one["content"]["reason"] == REASON
        assert one["content"]["sbar"]["recommendation"] == "Periksa protein urin"
        assert (one["content"]["therapy"], one["diagnosis"], one["withheld"]) == ("Nifedipin 10 mg", "O13", False)


async def test_a_day_without_a_line_on_both_sides(stage: Stage, person: dict[str, Any]) -> None:
    """What happened yesterday comes in today, in whatever order the queues are drained, some of it twice."""
    day = datetime.now(UTC) - timedelta(days=1)
    key, queue = f"antre-{person['person_id']}", []
    first = await stage.send(DOCTOR, key=key, at=day.isoformat(), **person)
    referral = first.json()["id"]
    for n, (who, verb, told) in enumerate(
        [(MIDWIFE, "accept", {}), (DOCTOR, "depart", {}), (MIDWIFE, "arrive", {}), (MIDWIFE, "treat", {})], 1
    ):
        queue.append((verb, who, told | {"at": (day + timedelta(hours=n)).isoformat()}, f"{key}-{n}"))
    dice, left = random.Random(5), list(queue)  # noqa: S311
    for _ in range(20):
        dice.shuffle(left)
        turned = []
        for verb, who, told, step_key in left:
            answer = await stage.take(referral, verb, who, told, step_key)
            if answer.status_code == 409:  # not yet, or overtaken: it says where things stand and what goes on
                assert answer.json()["state"] and answer.json()["last"]["recorded_at"]
                turned.append((verb, who, told, step_key))
            else:
                assert answer.status_code == 200, answer.text
        left = turned
    again = await asyncio.gather(
        stage.send(DOCTOR, key=key, at=day.isoformat(), **person), *(stage.take(referral, *q) for q in queue)
    )
    whole = await stage.open(referral, DOCTOR)
    done = [s["verb"] for s in whole["history"]]
    assert sum(a.status_code in (200, 201) for a in again) == len(done), "each told twice is one step"
    assert whole["state"] == "in-care"
    for line in whole["history"]:
        assert day <= datetime.fromisoformat(line["at"]) < day + timedelta(hours=5), "when it happened"
        assert datetime.fromisoformat(line["recorded_at"]) > day + timedelta(hours=20), "and when we were told"
    assert await rings(stage) is None
    assert (await stage.open(referral, DOCTOR))["version"] == len(done), "nothing rang for what had been done in time"
    await picture.holds(stage, [person["person_id"]])


async def test_entered_at_the_wrong_facility_it_can_be_put_right(stage: Stage, person: dict[str, Any]) -> None:
    """A stranger cannot touch it; who took it by mistake hands it on; what was done by mistake the office ends."""
    referral = await stage.sent(who=DOCTOR, **person)
    for verb in ("accept", "arrive", "close", "cancel"):
        refused = await stage.take(referral, verb, ROSA, {"outcome": "died"} if verb == "close" else WHY | {})
        assert refused.status_code == 403, refused.text
    assert (await stage.take(referral, "accept", MIDWIFE)).status_code == 200
    handed = await stage.take(referral, "redirect", MIDWIFE, WHY | {"to_facility": SECOND})
    assert (handed.json()["state"], handed.json()["owner_facility"]) == ("redirected", PRACTICE)
    await stage.take(referral, "send", DOCTOR)
    for verb in ("accept", "arrive"):
        assert (await stage.take(referral, verb, ROSA)).status_code == 200
    blocked = await stage.take(referral, "send", DOCTOR, {"to_facility": HOSPITAL})
    assert (blocked.status_code, blocked.json()["legal"]) == (409, [])
    ended = await stage.take(
        referral, "close", DINKES, {"outcome": "left", "note": "Dicatat tiba di faskes yang salah"}
    )
    assert (ended.json()["state"], ended.json()["outcome"]) == ("closed", "left")
    assert (await stage.send(DOCTOR, to_facility=HOSPITAL, **person)).status_code == 201, "nothing blocks the real one"


async def test_everyone_at_once_is_answered_with_what_happened(stage: Stage, person: dict[str, Any]) -> None:
    """Sender cancels, receiver declines, accepts, redirects and the office sends on at one moment: one wins."""
    referral = await stage.sent(who=DOCTOR, **person)
    answers: list[httpx.Response] = await asyncio.gather(
        stage.take(referral, "cancel", DOCTOR, WHY),
        stage.take(referral, "accept", MIDWIFE),
        stage.take(referral, "decline", MIDWIFE, WHY),
        stage.take(referral, "redirect", MIDWIFE, WHY),
    )
    won = [a.json() for a in answers if a.status_code == 200]
    history = (await stage.open(referral, DINKES))["history"]
    assert len(history) == 1 + len(won)
    for lost in (a for a in answers if a.status_code == 409):
        assert lost.json()["last"]["verb"] in [s["verb"] for s in history[1:]]
    await picture.holds(stage, [person["person_id"]])


async def test_of_several_asked_at_once_one_always_owns_it(stage: Stage, person: dict[str, Any]) -> None:
    referral = await stage.sent(who=DOCTOR, at_once=[HOSPITAL, SECOND], **person)
    for who, verb, owner in [(MIDWIFE, "decline", HOSPITAL), (NURSE, "redirect", SECOND), (ROSA, "decline", PRACTICE)]:
        assert (await stage.take(referral, verb, who, WHY)).json()["leg"] == 1
        left = await stage.open(referral, DOCTOR)
        assert left["owner_facility"] == owner
        assert left["state"] == ("sent" if owner != PRACTICE else "declined")
    await picture.holds(stage, [person["person_id"]])
