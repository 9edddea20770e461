"""Ends from which a referral would not have come on: each has a way out."""

from datetime import UTC, datetime, timedelta

import pytest

from services.kernel.events import Event
from tests.service.referrals.stage import CLINIC, DUE, HOSPITAL, OFFICE, PERSON, PRACTICE, PUSKESMAS, Stage, token
from tests.service.referrals.test_clock import inactive, lines, passes, stands
from tests.service.referrals.test_follow_ups import sees, visit, walked

DOCTOR = token("clinician", PRACTICE, "dr-rahmat")
MIDWIFE = token("puskesmas-staff", PUSKESMAS, "bidan-ani")
NURSE = token("hospital", HOSPITAL, "ners-budi")
CLINICIAN = token("clinic-system", CLINIC)
DINKES = token("dinkes-admin", OFFICE, "dinas")
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
FULL = {"reason": "Tempat tidur penuh"}


@pytest.fixture
async def stage(house: Stage) -> Stage:
    """One service for the whole file, as if new."""
    return await house.cleared()


def pointers(answer: object) -> list[str]:
    return [e["pointer"] for e in answer.json()["errors"]]  # type: ignore[attr-defined]


async def test_nobody_sends_it_to_its_sender(stage: Stage) -> None:
    """The clock could not store such a leg, and would try again for ever."""
    referral = await stage.sent()
    back = await stage.take(referral, "redirect", MIDWIFE, FULL | {"to_facility": PRACTICE})
    assert (back.status_code, pointers(back)) == (422, ["/to_facility"])
    for field in ("then", "at_once"):
        sent = await stage.take(referral, "send", DINKES, {"to_facility": HOSPITAL, field: [PRACTICE]})
        assert (sent.status_code, pointers(sent)) == (422, [f"/{field}"])
    await stage.rows("UPDATE referral SET candidates = $2 WHERE id = $1 RETURNING 1", referral, [PRACTICE, HOSPITAL])
    await passes(stage, 61 * MINUTE)
    now = await stands(stage, referral)
    assert (now["to_facility"], now["candidates"]) == (HOSPITAL, []), "one that stands so already comes on too"


async def test_who_declined_is_not_asked_once_more_by_the_clock(stage: Stage) -> None:
    referral = await stage.sent(to_facility=HOSPITAL, at_once=[PUSKESMAS])
    await stage.take(referral, "redirect", NURSE, FULL | {"to_facility": PUSKESMAS})
    await stage.take(referral, "decline", MIDWIFE, FULL)
    now = await stands(stage, referral)
    assert (now["state"], now["leg"]) == ("declined", 1)


@pytest.mark.parametrize("how", ["accept", "decline", "visit"])
async def test_of_several_asked_one_has_another_of_the_same_person(stage: Stage, how: str) -> None:
    other = await stage.sent(who=CLINICIAN, to_facility=HOSPITAL, diagnosis="I10")
    referral = await stage.sent(at_once=[HOSPITAL])
    if how == "accept":
        assert (await stage.take(referral, "accept", NURSE)).status_code == 200
    elif how == "decline":
        assert (await stage.take(referral, "decline", MIDWIFE, FULL)).status_code == 200
    else:
        based = {"basedOn": [{"reference": f"ServiceRequest/{referral}"}]}
        await sees(stage, visit(HOSPITAL, datetime.now(UTC).date(), **based))
    now = await stands(stage, referral)
    assert (now["to_facility"], now["state"]) == (
        HOSPITAL, {"accept": "accepted", "decline": "sent", "visit": "in-care"}[how],
    )  # fmt: skip
    assert (await stands(stage, other))["version"] == 1


async def test_who_got_worse_is_not_waited_for_until_the_day_that_was_named(stage: Stage) -> None:
    later = (datetime.now(UTC) + timedelta(days=60)).isoformat()
    referral = await stage.sent(urgency="routine", needed_at=later)
    await stage.take(referral, "accept", MIDWIFE)
    assert (await stands(stage, referral))["ring_at"] > datetime.now(UTC) + timedelta(days=60)
    worse = {"urgency": "emergency", "reason": "Kejang"}
    assert (await stage.take(referral, "raise", DOCTOR, worse)).status_code == 200
    assert (await stands(stage, referral))["ring_at"] < datetime.now(UTC) + HOUR


async def test_days_that_never_come_are_refused(stage: Stage) -> None:
    for at in ("0001-01-01T00:00:00+14:00", "9999-12-31T10:00:00+07:00"):
        assert pointers(await stage.send(needed_at=at)) == ["/needed_at"]
    referral = await stage.sent()
    await walked(stage, referral, *((v, MIDWIFE, {}) for v in ("accept", "arrive", "treat")))
    for due in ("9999-12-31", "2126-01-04"):
        back = await stage.take(referral, "refer-back", MIDWIFE, {"advice": "Kontrol", "due": due})
        assert (back.status_code, pointers(back)) == (422, ["/due"])
    await sees(stage, Event("Encounter", "created", "k-1", 1, {"client": CLINIC, "resource": {
        "status": "finished", "period": {"start": "0001-01-01T00:00:00+14:00"}}}, PERSON, 1))  # fmt: skip


async def test_a_person_is_not_sent_to_a_facility_that_closed_since_it_was_named(stage: Stage) -> None:
    draft = await stage.sent(draft=True, to_facility=HOSPITAL)
    await inactive(stage, HOSPITAL)
    sent = await stage.take(draft, "send", DOCTOR)
    assert (sent.status_code, pointers(sent)) == (422, ["/to_facility"])
    assert (await stage.take(draft, "send", DOCTOR, {"to_facility": CLINIC})).status_code == 200


async def test_when_one_of_several_asked_closes_the_others_keep_their_time(stage: Stage) -> None:
    referral = await stage.sent(to_facility=HOSPITAL, at_once=[PUSKESMAS])
    due = (await stands(stage, referral))["due_at"]
    await inactive(stage, HOSPITAL)
    await passes(stage, MINUTE)
    now = await stands(stage, referral)
    assert (now["state"], now["owner_facility"], now["asked"], now["due_at"]) == ("sent", PUSKESMAS, [PUSKESMAS], due)
    assert now["former"] == [HOSPITAL]
    await passes(stage, 30 * MINUTE)
    assert (await lines(stage, referral))[-1] == ("remind", "clock", "sent", PUSKESMAS)
    await passes(stage, 30 * MINUTE)
    assert (await stands(stage, referral))["state"] == "expired"


async def test_the_visit_from_which_it_came_is_no_follow_up(stage: Stage) -> None:
    """Sent, treated and sent home in a day; then the puskesmas closes the morning's visit."""
    began = datetime.now(UTC) - timedelta(minutes=5)
    referral = await stage.sent(encounter="kunjungan-pagi")
    back = ("refer-back", MIDWIFE, {"advice": "Kontrol", "due": DUE})
    await walked(stage, referral, *((v, MIDWIFE, {}) for v in ("accept", "arrive", "treat")), back)
    morning = visit(PRACTICE, began.isoformat())
    day = stage.app.state.service.clock.today()
    own = Event("Encounter", "changed", "kunjungan-pagi", 2, visit(PRACTICE, day).data, PERSON, 2)
    await sees(stage, morning, own)
    query = "SELECT done_by FROM follow_up WHERE referral_id = $1"
    assert (await stage.rows(query, referral))[0]["done_by"] is None
    [row] = await stage.rows("SELECT opened_at FROM referral WHERE id = $1", referral)
    told = row["opened_at"].isoformat(timespec="seconds")  # a system tells the second, the machine knows more of it
    await sees(stage, visit(PRACTICE, told))
    assert (await stage.rows(query, referral))[0]["done_by"] == "Encounter/kunjungan-7"


async def test_a_follow_up_goes_along_when_another_takes_the_person_back(stage: Stage) -> None:
    referral = await stage.sent(kind="back")
    await walked(
        stage, referral, ("accept", MIDWIFE, {}), ("redirect", MIDWIFE, FULL),
        ("send", DOCTOR, {"to_facility": CLINIC}), ("accept", CLINICIAN, {}),
    )  # fmt: skip
    [row] = await stage.rows("SELECT facility, done_at, version FROM follow_up WHERE referral_id = $1", referral)
    assert (row["facility"], row["done_at"], row["version"]) == (CLINIC, None, 2)
    assert [(e["kind"], e["data"]["facility"]) for e in await stage.events("followup")] == [
        ("created", PUSKESMAS), ("changed", CLINIC),
    ]  # fmt: skip
