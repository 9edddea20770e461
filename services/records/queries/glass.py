"""Broken glass: who looked without another reason, why, until when, and what the review said."""

from datetime import date, datetime
from typing import Any

from services.kernel.auth import Actor
from services.kernel.db import Connection, Tx

_COLUMNS = """id, person_id, facility, subject, role, reason, note, opened_at, until, due, verdict, verdict_note,
    reviewer, reviewed_at"""


async def open_(
    tx: Tx, actor: Actor, id_: str, person: str, reason: str, note: str, minutes: int, due: date
) -> dict[str, Any]:
    """Let this account see this person for some minutes."""
    row = await tx.fetchrow(
        "INSERT INTO break_glass (id, person_id, facility, subject, role, reason, note, until, due)"
        f" VALUES ($1, $2, $3, $4, $5, $6, $7, now() + $8 * interval '1 minute', $9) RETURNING {_COLUMNS}",
        id_, person, actor.facility, actor.subject, actor.role, reason, note, minutes, due,
    )  # fmt: skip
    assert row is not None  # noqa: S101 - an INSERT that returns gives its row
    return dict(row)


_STATES = {
    "open": "verdict IS NULL",
    "overdue": "verdict IS NULL AND due < $2",
    "active": "until > now()",
    "reviewed": "verdict IS NOT NULL",
    "all": "true",
}
STATES = tuple(_STATES)


async def page(
    conn: Connection, facility: str | None, state: str, today: date, after: datetime | None, limit: int
) -> list[dict[str, Any]]:
    """Openings of one facility, or of all (None), newest first, opened before a moment."""
    rows = await conn.fetch(
        f"SELECT {_COLUMNS} FROM break_glass WHERE ($1::text IS NULL OR facility = $1) AND ({_STATES[state]})"
        " AND ($3::timestamptz IS NULL OR opened_at < $3) AND $2::date IS NOT NULL ORDER BY opened_at DESC LIMIT $4",
        facility, today, after, limit,
    )  # fmt: skip
    return [dict(r) for r in rows]


async def counts(conn: Connection, facility: str | None, today: date) -> dict[str, int]:
    """How many wait for a review, and how many of them too long."""
    row = await conn.fetchrow(
        "SELECT count(*) AS open, count(*) FILTER (WHERE due < $2) AS overdue FROM break_glass"
        " WHERE verdict IS NULL AND ($1::text IS NULL OR facility = $1)",
        facility, today,
    )  # fmt: skip
    return dict(row) if row else {"open": 0, "overdue": 0}


async def one(tx: Tx, id_: str) -> dict[str, Any] | None:
    """An opening, locked."""
    row = await tx.fetchrow(f"SELECT {_COLUMNS} FROM break_glass WHERE id = $1 FOR UPDATE", id_)
    return dict(row) if row else None


async def review(tx: Tx, id_: str, verdict: str, note: str, reviewer: str) -> dict[str, Any]:
    """Keep the verdict; an unjustified opening ends at once."""
    row = await tx.fetchrow(
        "UPDATE break_glass SET verdict = $2::text, verdict_note = $3, reviewer = $4, reviewed_at = now(),"
        " until = CASE WHEN $2::text = 'unjustified' THEN least(until, now()) ELSE until END"
        f" WHERE id = $1 RETURNING {_COLUMNS}",
        id_, verdict, note, reviewer,
    )  # fmt: skip
    assert row is not None  # noqa: S101 - locked before
    return dict(row)
