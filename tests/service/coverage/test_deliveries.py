"""The record's visits come into the outbox; people see how they stand and decide what is sent again."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.coverage.rules.deliveries import id_of
from services.coverage.usecases.outbox import owing
from services.kernel.events import Event
from tests.service.coverage.jkn_stage import NIK, PERSON, Stage, staged, token

HERE, CLINIC = "P1410010101", "K1410010201"
TODAY = date(2026, 11, 22)
ADMIN = token("facility-admin", HERE)


@pytest.fixture
async def stage(database: str) -> AsyncIterator[Stage]:
    """Nothing is sent by itself: the worker looks once an hour."""
    async with staged(database, outbox_poll=3600.0, outbox_settle=300.0, today=TODAY) as opened:
        async with opened.app.state.service.db.transaction() as tx:
            await tx.execute("UPDATE facility SET kind = 'puskesmas' WHERE bpjs_code IS NOT NULL")
        yield opened


def encounter(
    subject: str, day: date = TODAY, kind: str = "created", facility: str | None = HERE, status: str = "finished"
) -> Event:
    resource = {"status": status, "period": {"start": f"{day}T01:00:00Z"}} if kind != "deleted" else None
    return Event("Encounter", kind, subject, 1, {"client": HERE, "provider": facility, "resource": resource}, PERSON)


async def follow(stage: Stage, *events: Event) -> None:
    async with stage.app.state.service.db.transaction() as tx:
        await owing.follow(stage.app.state.service, tx, list(events))


async def rows(stage: Stage) -> dict[str, dict[str, Any]]:
    return {r["subject"]: r for r in await stage.rows("SELECT * FROM delivery")}


async def test_finished_visits_of_facilities_with_a_line_are_owed(stage: Stage) -> None:
    await follow(
        stage,
        encounter("finished"), encounter("open", status="in-progress"), encounter("elsewhere", facility="R1410010401"),
        encounter("nobodys", facility=None), encounter("clinic", facility=CLINIC),
    )  # fmt: skip
    found = await rows(stage)
    assert set(found) == {"finished", "clinic"}
    row = found["finished"]
    assert (row["state"], row["facility"], row["person_id"], row["day"]) == ("waiting", HERE, PERSON, TODAY)
    assert row["id"] == id_of("visit", "finished")
    wait = (await stage.rows("SELECT due_at - now() AS w FROM delivery WHERE subject = 'finished'"))[0]["w"]
    assert timedelta(seconds=290) < wait <= timedelta(seconds=300)


async def test_what_is_said_of_an_owed_visit_lets_it_settle_but_not_for_ever(stage: Stage) -> None:
    await follow(stage, encounter("v"))
    said = Event("Observation", "created", "o", 1, {"resource": {"encounter": {"reference": "Encounter/v"}}}, PERSON)
    await follow(stage, said)
    assert (await rows(stage))["v"]["wanted"] == 2
    await stage.rows("UPDATE delivery SET created_at = now() - interval '2 days', due_at = now()")
    await follow(stage, said)
    due = (await stage.rows("SELECT due_at <= now() AS due FROM delivery"))[0]
    assert due["due"]  # it has waited long enough
    await stage.rows("UPDATE delivery SET state = 'delivered'")
    await follow(stage, Event("Observation", "deleted", "o", 2, {"resource": None}, PERSON))
    assert (await rows(stage))["v"]["state"] == "waiting"
    await stage.rows("UPDATE delivery SET state = 'sending', sent_at = now(), due_at = now()")
    before = (await rows(stage))["v"]
    await follow(stage, said)
    after = (await rows(stage))["v"]
    assert (after["state"], after["due_at"], after["wanted"]) == ("sending", before["due_at"], before["wanted"] + 1)


async def test_a_visit_entered_in_error_is_looked_at_and_a_moved_one_follows_its_person(stage: Stage) -> None:
    await follow(stage, encounter("v"))
    await stage.rows("UPDATE delivery SET state = 'delivered'")
    await follow(stage, encounter("v", kind="changed", status="entered-in-error"))
    assert (await rows(stage))["v"]["state"] == "waiting"
    moved = encounter("v", kind="moved")
    await follow(stage, Event(moved.type, "moved", "v", 1, moved.data, "other"))
    assert (await rows(stage))["v"]["person_id"] == "other"


async def test_months_that_are_closed(stage: Stage) -> None:
    """October closes on 5 November: what is told or read later is skipped and seen, what is older is history."""
    late, old = date(2026, 10, 20), date(2026, 9, 10)
    told_in_time = {
        "in-time": (late, datetime(2026, 11, 2, tzinfo=UTC)),
        "history": (old, datetime(2026, 9, 11, tzinfo=UTC)),
    }
    events = [replace(encounter(s, day), at=at) for s, (day, at) in told_in_time.items()]
    await follow(stage, encounter("late", late), encounter("ended-late", late, kind="changed"), *events)
    found = await rows(stage)
    assert {s: (r["state"], r["because"]) for s, r in found.items()} == dict.fromkeys(
        ("late", "ended-late", "in-time"), ("skipped", "closed-month")
    )
    await follow(stage, encounter("late", late, kind="changed"), finding("late"))
    assert (await rows(stage))["late"]["state"] == "skipped", "what is closed is not sent because more is said of it"
    await follow(stage, encounter("late", TODAY, kind="changed"))
    assert (await rows(stage))["late"]["state"] == "waiting", "its day was corrected into an open month"


def finding(visit: str) -> Event:
    return Event(
        "Observation", "created", "o", 1, {"resource": {"encounter": {"reference": f"Encounter/{visit}"}}}, PERSON
    )


async def test_what_people_gave_up_stays_so_while_bpjs_has_nothing_of_it(stage: Stage) -> None:
    await follow(stage, encounter("v"), encounter("w"))
    await stage.rows("UPDATE delivery SET state = 'skipped', because = 'given-up'")
    await stage.rows("UPDATE delivery SET no_urut = 'A1' WHERE subject = 'w'")
    await follow(stage, finding("v"), finding("w"), Event("Observation", "deleted", "o", 2, {"resource": None}, PERSON))
    assert {s: r["state"] for s, r in (await rows(stage)).items()} == {"v": "skipped", "w": "waiting"}


async def test_a_posts_visits_are_owed_by_its_puskesmas(stage: Stage) -> None:
    """A posyandu under a pustu under the puskesmas, neither with a BPJS code: by whom it hung on that day."""
    post, pustu = "Y1410010701", "U1410010601"
    for code, kind in ((post, "posyandu"), (pustu, "pustu")):
        stage.peers.facility(code, kind, None, kind=kind)
    for child, parent, first, last in (
        (post, pustu, "2024-01-01", None), (pustu, CLINIC, "2024-01-01", "2026-11-21"),
        (pustu, HERE, "2026-11-22", None),
    ):  # fmt: skip
        stage.peers.link(child, parent, first, last)
    await follow(stage, encounter("today", facility=post), encounter("before", TODAY - timedelta(1), facility=pustu))
    assert {s: r["facility"] for s, r in (await rows(stage)).items()} == {"today": HERE, "before": CLINIC}


async def test_the_visits_of_a_facility_that_is_not_known_yet_wait_for_it(stage: Stage) -> None:
    stage.peers.facility("P1410010102", "Puskesmas baru", "9914P009")
    await follow(stage, encounter("v", facility="P1410010102"), encounter("w", facility="P9999999999"))
    assert set(await rows(stage)) == {"v"}


async def test_who_becomes_an_active_member_is_sent_while_the_month_is_open(stage: Stage) -> None:
    for subject, because, day in (
        ("inactive", "inactive", TODAY), ("nobody", "not-member", TODAY), ("numberless", "no-number", TODAY),
        ("october", "inactive", date(2026, 10, 31)), ("unfinished", "unfinished", TODAY),
    ):  # fmt: skip
        await follow(stage, encounter(subject, day))
        await stage.rows("UPDATE delivery SET state = 'skipped', because = $2 WHERE subject = $1", subject, because)
    said = await stage.ask({"nik": NIK})
    assert said.json()["status"] == "active", said.text
    waiting = {s for s, r in (await rows(stage)).items() if r["state"] == "waiting"}
    assert waiting == {"inactive", "nobody"}
    await follow(stage, Event("Patient", "changed", "p", 2, {"resource": {}}, PERSON))
    waiting = {s for s, r in (await rows(stage)).items() if r["state"] == "waiting"}
    assert waiting == {"inactive", "nobody", "numberless"}


async def get(stage: Stage, path: str, who: dict[str, str] = ADMIN) -> Any:
    return await stage.http.get(f"/v1/jkn/deliveries{path}", headers=who)


async def test_a_facility_sees_its_own_and_an_office_all(stage: Stage) -> None:
    await follow(stage, encounter("v"), encounter("w"), encounter("c", facility=CLINIC))
    shown = (await get(stage, "")).json()["deliveries"]
    assert [d["subject"] for d in shown] == ["w", "v"]
    page = (await get(stage, "?limit=1")).json()
    rest = (await get(stage, f"?limit=1&after={page['next']}")).json()
    assert [d["subject"] for d in page["deliveries"] + rest["deliveries"]] == ["w", "v"]
    office = token("dinkes-admin", None)
    assert len((await get(stage, "", office)).json()["deliveries"]) == 3
    assert len((await get(stage, f"?facility={CLINIC}", office)).json()["deliveries"]) == 1
    assert (await get(stage, f"?facility={CLINIC}")).status_code == 403
    foreign = id_of("visit", "c")
    assert (await get(stage, f"/{foreign}")).status_code == 404
    assert (await stage.http.post(f"/v1/jkn/deliveries/{foreign}/retry", headers=ADMIN)).status_code == 404
    seen = [a for a in await stage.accesses() if a["what"] == "JKN/delivery"]
    assert {a["person_id"] for a in seen} == {PERSON}
    assert [a["action"] for a in seen if a["outcome"] == "refused"] == ["read", "write"], "of another's, too"
    queues = (await get(stage, "/queues")).json()["queues"]
    assert [(q["facility"], q["waiting"], q["held"]) for q in queues] == [(HERE, 2, False)]


async def test_giving_up_and_sending_again(stage: Stage) -> None:
    await follow(stage, encounter("v"))
    path = f"/v1/jkn/deliveries/{id_of('visit', 'v')}"
    bad = await stage.http.post(f"{path}/give-up", json={"reason": " "}, headers=ADMIN)
    assert (bad.status_code, bad.json()["errors"][0]["pointer"]) == (422, "/reason")
    gone = await stage.http.post(f"{path}/give-up", json={"reason": "sudah diinput manual"}, headers=ADMIN)
    told = gone.json()
    assert (told["state"], told["because"], told["note"]) == ("skipped", "given-up", "sudah diinput manual")
    await asyncio.sleep(0)
    event = next(e for e in await stage.events() if e["type"] == "delivery")
    assert (event["person"], event["data"]["state"], event["data"]["because"]) == (PERSON, "skipped", "given-up")
    again = await stage.http.post(f"{path}/retry", headers=ADMIN)
    assert (again.json()["state"], again.json()["decided_by"]) == ("waiting", "test-facility-admin")
    await stage.rows("UPDATE delivery SET state = 'sending', sent_at = now()")
    for verb, body in (("give-up", {"reason": "tidak jadi"}), ("retry", None)):
        refused = await stage.http.post(f"{path}/{verb}", json=body, headers=ADMIN)
        assert refused.status_code == 409
    clinician = token("clinician", HERE)
    assert (await stage.http.post(f"{path}/retry", headers=clinician)).status_code == 403
