"""Boxes page through everything once, in order and by index; the schema is what the tables say."""

import asyncio
from collections.abc import Awaitable
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from alembic import command
from fastapi.routing import APIRoute

from services.kernel import migrate
from services.kernel.auth import Allow
from services.kernel.openapi import guard
from services.referrals.contract import NewReferral, StepTaken
from services.referrals.queries import boxes
from services.referrals.routes.referrals import NEW_EXAMPLES, STEP_EXAMPLES, router
from services.referrals.usecases.answers import forget
from tests.service.referrals.stage import CLINIC, DUE, HOSPITAL, PRACTICE, PUSKESMAS, Stage, token

MIDWIFE = token("puskesmas-staff", PUSKESMAS, "bidan-ani")
DOCTOR = token("clinician", PRACTICE, "dr-rahmat")
ADMIN, RSUD = token("dinkes-admin", None), token("hospital", HOSPITAL)

BACK = {"advice": "Kontrol mingguan", "due": DUE}
MANY = """
INSERT INTO referral (id, version, person_id, from_facility, to_facility, urgency, kind, state, owner_facility,
                      owner, asked, opened_at, changed_at, due_at, ring_at, closed_at, outcome, diagnosis, content)
SELECT 'r-' || n, 1, 'p-' || n, $1, there, (ARRAY['routine', 'urgent', 'emergency'])[1 + n % 3], 'vertical',
       CASE WHEN n % 4 = 0 THEN 'closed' WHEN n % 4 = 1 THEN 'accepted' ELSE 'sent' END, $1, 'sender', ARRAY[there],
       now() - (n % 97) * interval '1 minute', now(), CASE WHEN n % 4 > 0 THEN now() END,
       CASE WHEN n % 4 > 0 THEN now() + interval '1 day' END,
       CASE WHEN n % 4 = 0 THEN now() - (n % 89) * interval '1 minute' END, CASE WHEN n % 4 = 0 THEN 'cancelled' END,
       'O13', '{"reason": "Kontrol"}'
FROM (SELECT n, CASE WHEN n % 10 = 0 THEN $3 ELSE $2 END AS there FROM generate_series(1, $4) n) rows
"""


async def walk(stage: Stage, who: dict[str, str], **params: Any) -> list[dict[str, Any]]:
    """Every item of a box, page by page."""
    items: list[dict[str, Any]] = []
    after: str | None = None
    while True:
        given = params | ({"after": after} if after else {})
        answer = await stage.http.get("/v1/referrals", params=given, headers=who)
        assert answer.status_code == 200, answer.text
        items += answer.json()["items"]
        after = answer.json()["next"]
        if after is None:
            return items


RANK = {"emergency": 0, "urgent": 1, "routine": 2}


async def test_pages_hold_everything_once_in_order(stage: Stage) -> None:
    await stage.rows(MANY, PRACTICE, PUSKESMAS, HOSPITAL, 1000)
    inbox = await walk(stage, MIDWIFE, limit=70)
    assert len(inbox) == len({r["id"] for r in inbox}) == 700
    assert inbox == sorted(inbox, key=lambda r: (RANK[r["urgency"]], r["opened_at"], r["id"]))
    accepted = await walk(stage, MIDWIFE, state="accepted", limit=200)
    assert {r["id"] for r in accepted} == {r["id"] for r in inbox if r["state"] == "accepted"}
    outbox = await walk(stage, DOCTOR, box="outbox", limit=200)
    assert len(outbox) == 750
    ended = await walk(stage, MIDWIFE, open="false", limit=33)
    assert len(ended) == len({r["id"] for r in ended}) == 200
    assert [r["closed_at"] for r in ended] == sorted((r["closed_at"] for r in ended), reverse=True)
    assert await walk(stage, MIDWIFE, state="closed", limit=200) == ended
    assert await walk(stage, MIDWIFE, box="outbox") == []
    assert len(await walk(stage, ADMIN, limit=200)) == 750
    assert len(await walk(stage, ADMIN, limit=200, facility=HOSPITAL)) == 50
    assert await walk(stage, ADMIN, box="office") == []
    await stage.rows("UPDATE referral SET owner = 'office', owner_facility = 'dinas' WHERE id IN ('r-5', 'r-7')")
    assert {r["id"] for r in await walk(stage, ADMIN, box="office", limit=1)} == {"r-5", "r-7"}
    assert (await stage.http.get("/v1/referrals?box=office", headers=MIDWIFE)).status_code == 403


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({"after": "bukan"}, 422),
        ({"after": "WzEsMl0"}, 422),
        ({"after": "WzEsIDIsIDNd"}, 422),
        ({"state": "sent", "open": "false"}, 422),
        ({"state": "lupa"}, 422),
        ({"limit": "0"}, 422),
        ({"facility": CLINIC}, 403),
        ({"facility": PUSKESMAS}, 200),
        ({"state": "closed", "open": "false"}, 200),
    ],
)
async def test_what_may_be_asked(stage: Stage, params: dict[str, str], status: int) -> None:
    assert (await stage.http.get("/v1/referrals", params=params, headers=MIDWIFE)).status_code == status


async def test_a_page_is_read_by_index(stage: Stage) -> None:
    await stage.rows(MANY, PRACTICE, PUSKESMAS, HOSPITAL, 5000)
    await stage.rows("ANALYZE referral")
    place = (1, datetime.now(UTC) - timedelta(minutes=30), "r-5")
    asked = {"inbox": PUSKESMAS, "outbox": PRACTICE, "district": None}
    for box, facility in asked.items():
        for sql, args in (
            (boxes._OPEN_PAGE[box], [facility, *place, None, 51, None, None, None]),
            (boxes._ENDED_PAGE[box], [facility, *place[1:], None, 51]),
        ):
            plan = "\n".join(r["QUERY PLAN"] for r in await stage.rows(f"EXPLAIN {sql}", *args))
            assert "Seq Scan on referral" not in plan, plan
            assert f"referral_{'open' if 'UNION' in sql or 'rank' in sql else 'ended'}" in plan
            assert "Sort" not in plan or box == "inbox", plan
            if "UNION" in sql:  # those asked beside others are not looked for in all that is open
                assert "referral_parallel" in plan, plan


async def test_round_trips(stage: Stage) -> None:
    """Sending is a look at the registry and one write, a step a look and one write, showing a read and its access
    rows; none opens a transaction. A step from which another follows is taken under a lock."""
    seen: list[str] = []
    ours = ContextVar("ours", default=False)  # jobs and followers ask too, at any moment, in contexts of their own
    db = stage.app.state.service.db
    held = [await db.take() for _ in range(db.pool.get_max_size())]
    for conn in held:
        conn._con.add_query_logger(lambda record: seen.append(record.query.split()[0]) if ours.get() else None)
    for conn in held:
        await db.give(conn, in_order=True)

    async def counted(work: Awaitable[Any]) -> int:
        await asyncio.sleep(0)
        seen.clear()
        ours.set(True)
        await work
        await asyncio.sleep(0.01)  # the driver notes a statement some turns of the loop later
        ours.set(False)
        return len(seen)

    assert await counted(stage.send(DOCTOR)) == 2
    referral = (await walk(stage, DOCTOR, box="outbox"))[0]["id"]
    assert await counted(stage.take(referral, "accept", MIDWIFE, key="kunci")) == 2
    assert await counted(stage.take(referral, "arrive", MIDWIFE)) == 2
    assert await counted(stage.take(referral, "treat", MIDWIFE)) == 2
    assert await counted(stage.take(referral, "refer-back", MIDWIFE, BACK)) == 8, "lock, home, step, follow-up, event"
    assert await counted(stage.open(referral, MIDWIFE)) == 2
    assert await counted(stage.http.get("/v1/referrals?open=false", headers=MIDWIFE)) == 2


async def test_the_office_sees_the_way_and_only_the_content_the_record_would_show(stage: Stage) -> None:
    """A person's opt-out and the sensitive classes bind the office here too; an auditor reads no record at all."""
    told, kept = await stage.sent(who=DOCTOR), await stage.sent(who=RSUD, to_facility="P1410010102")
    stage.peers.closed.add(kept)
    auditor = token("auditor", None)
    hidden = {"diagnosis": None, "content": None, "encounter": None, "follow_up": None, "withheld": True}
    for who, open_ in ((ADMIN, {told}), (auditor, set())):
        items = (await stage.http.get("/v1/referrals", headers=who)).json()["items"]
        assert {i["id"] for i in items} == {told, kept}
        for item in items:
            whole = (await stage.http.get(f"/v1/referrals/{item['id']}", headers=who)).json()
            for shown in (item, whole):
                assert (shown["diagnosis"] is not None) == (not shown["withheld"]) == (item["id"] in open_)
                assert item["id"] in open_ or shown | hidden == shown
            assert (whole["history"][0]["reason"] is not None) == (item["id"] in open_)
    assert not (await stage.http.get(f"/v1/referrals/{kept}", headers=RSUD)).json()["withheld"]
    stage.peers.records_down = True
    assert (await stage.http.get(f"/v1/referrals/{told}", headers=ADMIN)).json()["withheld"]


async def test_the_database_holds_the_rules_too(stage: Stage) -> None:
    referral = await stage.sent(who=DOCTOR)
    for broken in (
        "state = 'closed'",
        "closed_at = now()",
        "due_at = NULL",
        "owner_facility = ''",
        "owner = 'nobody'",
        "to_facility = NULL",
    ):
        with pytest.raises(asyncpg.CheckViolationError):
            await stage.rows(f"UPDATE referral SET {broken} WHERE id = $1", referral)


async def test_old_answers_are_forgotten(stage: Stage) -> None:
    await stage.send(DOCTOR, key="lama")
    await stage.rows("UPDATE first_answer SET at = now() - interval '8 days'")
    await forget(stage.app.state.service)
    assert await stage.rows("SELECT 1 FROM first_answer") == []
    assert (await stage.send(DOCTOR, key="lama")).status_code == 409


def test_migrations_make_the_tables(database: str) -> None:
    command.check(migrate.config("referrals", database))


LETTERS = ("/v1/referrals/letters/{number}", "/v1/referrals/letters/{number}/check")
"""For whoever holds the paper: no roles."""


async def test_docs(stage: Stage) -> None:
    """Every route is guarded and documented; the examples pass their own schema."""
    paths = (await stage.http.get("/internal/openapi.json")).json()["paths"]
    own = {p: m for p, m in paths.items() if p.startswith("/v1/referrals")}
    assert set(own) >= {"/v1/referrals", "/v1/referrals/{referral}", "/v1/referrals/{referral}/{verb}", *LETTERS}
    told = [o for p, m in own.items() for o in m.values() if p not in LETTERS]
    assert all(o["summary"] and "Peran (roles)" in o["description"] for o in told)
    assert all(isinstance(guard(route), Allow) for route in router.routes if isinstance(route, APIRoute))
    for model, examples in ((NewReferral, NEW_EXAMPLES), (StepTaken, STEP_EXAMPLES)):
        for example in examples.values():
            model.model_validate(example["value"])
