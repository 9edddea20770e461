"""Referrals of persons who became one: seen under the one that stays, and back when it is undone."""

from services.kernel.events import Event
from services.referrals import follow
from services.referrals.usecases import merges
from tests.service.referrals.stage import CLINIC, HOSPITAL, PERSON, PRACTICE, PUSKESMAS, Stage, token

OTHER = "0190a3f0-0000-7000-8000-000000000002"
DOCTOR, CLINICIAN = token("clinician", PRACTICE, "dr-rahmat"), token("clinician", CLINIC, "dr-lina")
WHOSE = "SELECT id, person_id, doubled FROM referral ORDER BY opened_at, id"


async def told(stage: Stage, kind: str) -> None:
    data = {"survivor": PERSON, "other": OTHER, "persons": [PERSON, OTHER]}
    event = Event("merge", kind, "m1", 1 if kind == "created" else 2, data, PERSON)
    async with stage.app.state.service.db.transaction() as tx:
        await follow.records(stage.app.state.service, tx, [event])


async def of_other(stage: Stage, to: str) -> str:
    why = {"diagnosis": "K02"} if to == HOSPITAL else {}
    return await stage.sent(who=CLINICIAN, patient=None, person_id=OTHER, to_facility=to, **why)


async def whose(stage: Stage) -> dict[str, tuple[str, bool]]:
    return {r["id"]: (r["person_id"], r["doubled"]) for r in await stage.rows(WHOSE)}


async def test_they_move_are_announced_and_go_back(stage: Stage) -> None:
    hers, same, elsewhere = (
        await stage.sent(who=DOCTOR),
        await of_other(stage, PUSKESMAS),
        await of_other(stage, HOSPITAL),
    )
    before = await whose(stage)
    await told(stage, "created")
    await told(stage, "created")
    assert await whose(stage) == {hers: (PERSON, False), same: (PERSON, True), elsewhere: (PERSON, False)}
    said = [e for e in await stage.events() if e["id"] == same]
    assert [e["person"] for e in said] == [OTHER, PERSON]
    assert said[-1]["data"]["servicerequest"]["subject"] == {"reference": f"Patient/{PERSON}"}

    again = await stage.send(DOCTOR, to_facility=HOSPITAL)
    assert (again.status_code, again.json()["referral"]) == (409, elsewhere)
    taken = await stage.take(same, "accept", token("puskesmas-staff", PUSKESMAS))
    assert taken.status_code == 200, taken.text

    await told(stage, "deleted")
    await told(stage, "deleted")
    assert await whose(stage) == before
    assert [e["person"] for e in await stage.events() if e["id"] == elsewhere] == [OTHER, PERSON, OTHER]


async def test_what_was_sent_past_a_merge_is_found(stage: Stage) -> None:
    await told(stage, "created")
    sent = await of_other(stage, PUSKESMAS)
    await merges.late(stage.app.state.service)
    assert (await whose(stage))[sent] == (PERSON, False)
    await told(stage, "deleted")
    assert (await whose(stage))[sent] == (OTHER, False)


async def test_who_was_merged_is_referred_as_the_one_that_stays(stage: Stage) -> None:
    stage.peers.merged = {OTHER: PERSON}
    sent = await of_other(stage, PUSKESMAS)
    assert (await whose(stage))[sent] == (PERSON, False)
