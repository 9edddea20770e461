"""From the release before: what it wrote is kept under the new words, and what it still writes meanwhile too."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import asyncpg
from alembic import command

from deploy.postgres import Embedded
from services.kernel import migrate
from services.referrals.queries import referrals as queries

SENT = """
INSERT INTO referral (id, version, person_id, from_facility, to_facility, urgency, kind, state, owner_facility,
                      opened_at, changed_at, due_at, diagnosis, content)
VALUES ($1, 1, $1, 'D1', 'P1', 'urgent', 'vertical', 'sent', 'P1', now(), now(), now() + interval '1 hour', 'O13', '{}')
"""
STEP = """
INSERT INTO referral_step (referral_id, number, verb, state, actor, role, facility, at, recorded_at)
VALUES ($1, $2, $3, $4, 'a', 'clinician', $5, now(), now())
"""
MOVED = """
UPDATE referral SET version = 2, state = $2, owner_facility = $3, changed_at = now(), answered_at = now(),
       closed_at = CASE WHEN $4 THEN now() END, due_at = CASE WHEN NOT $4 THEN now() + interval '1 day' END,
       outcome = $5 WHERE id = $1
"""
ENDS: dict[str, tuple[str, str, str, str | None]] = {
    "declined": ("decline", "P1", "closed", "cancelled"),
    "cancelled": ("cancel", "D1", "closed", "cancelled"),
    "no-show": ("no-show", "P1", "closed", "no-show"),
    "accepted": ("accept", "P1", "accepted", None),
}


SECOND = SENT.replace("$1, 1, $1, 'D1', 'P1'", "$1, 1, $2, 'D1', 'R1'").replace("'sent', 'P1'", "'sent', 'R1'")
"""For the same reason to another facility: that release allowed it."""


async def written(conn: "asyncpg.Connection[Any]", prefix: str) -> None:
    """A referral that came to each of these states, in the words and statements of the release before."""
    for state, (verb, facility, _, _) in ENDS.items():
        id_ = f"{prefix}-{state}"
        await conn.execute(SENT, id_)
        await conn.execute(STEP, id_, 1, "send", "sent", "D1")
        await conn.execute(MOVED, id_, state, "D1", state != "accepted", None)
        await conn.execute(STEP, id_, 2, verb, state, facility)
    await conn.execute(SECOND, f"{prefix}-second", f"{prefix}-accepted")
    await conn.execute(STEP, f"{prefix}-second", 1, "send", "sent", "D1")


async def test_its_words_become_ours(postgres: Embedded) -> None:
    postgres.ensure_databases(["referrals_before"])
    config = migrate.config("referrals", postgres.url("referrals_before"))
    with ThreadPoolExecutor(1) as aside:
        aside.submit(command.upgrade, config, "0003").result()
        conn = await asyncpg.connect(postgres.url("referrals_before"))
        await written(conn, "before")
        aside.submit(command.upgrade, config, "head").result()
    await conn.close()
    conn = await asyncpg.connect(postgres.url("referrals_before"))
    await written(conn, "meanwhile")
    for prefix in ("before", "meanwhile"):
        for state, (_, facility, now, outcome) in ENDS.items():
            found = await queries.whole(conn, f"{prefix}-{state}")
            assert found is not None
            referral, steps = found
            assert (referral.state, referral.outcome, referral.leg, list(referral.asked)) == (now, outcome, 1, ["P1"])
            assert (referral.ring_at is None) == (referral.closed_at is not None) == (now == "closed")
            assert (referral.owner, referral.owner_facility) == ("sender", "D1")
            assert [(s.state, s.side) for s in steps] == [
                ("sent", "sender"), (now, "sender" if facility == "D1" else "receiver"),
            ]  # fmt: skip
            stored = await conn.fetchval("SELECT number FROM referral WHERE id = $1", referral.id)
            assert stored == referral.number
        besides = [await queries.look(conn, f"{prefix}-{name}") for name in ("accepted", "second")]
        assert [bool(r and r.beside) for r in besides] == [False, True]
    await conn.close()
    with ThreadPoolExecutor(1) as aside:
        aside.submit(command.downgrade, config, "0003").result()
        aside.submit(command.upgrade, config, "head").result()
