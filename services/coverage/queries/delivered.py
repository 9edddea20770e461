"""SQL of what people see of the outbox and decide about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from services.kernel.db import Connection, Tx

_SHOWN = """id, position, facility, kind, subject, person_id, day, action, state, because, fields, message, no_urut,
    no_kunjungan, tried, due_at, created_at, changed_at, delivered_at, decided_by, note"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which deliveries are asked for; None: whatever."""

    facility: str | None = None
    states: Sequence[str] | None = None
    because: str | None = None
    since: date | None = None
    until: date | None = None
    subject: str | None = None
    person_id: str | None = None


_LIST = f"""
SELECT {_SHOWN} FROM delivery
WHERE ($1::text IS NULL OR facility = $1) AND ($2::text[] IS NULL OR state = ANY ($2))
  AND ($3::text IS NULL OR because = $3) AND ($4::date IS NULL OR day >= $4) AND ($5::date IS NULL OR day <= $5)
  AND ($6::text IS NULL OR subject = $6) AND ($7::text IS NULL OR person_id = $7)
  AND ($8::bigint IS NULL OR position < $8)
ORDER BY position DESC LIMIT $9
"""


async def page(conn: Connection, wanted: Wanted, before: int | None, limit: int) -> list[dict[str, Any]]:
    """Deliveries, the newest first."""
    w = wanted
    rows = await conn.fetch(
        _LIST, w.facility, w.states, w.because, w.since, w.until, w.subject, w.person_id, before, limit
    )
    return [dict(r) for r in rows]


async def one(conn: Connection, delivery_id: str) -> dict[str, Any] | None:
    """One delivery."""
    row = await conn.fetchrow(f"SELECT {_SHOWN} FROM delivery WHERE id = $1", delivery_id)
    return dict(row) if row else None


async def proof(conn: Connection, delivery_id: str) -> list[dict[str, Any]]:
    """Its tries, in order."""
    rows = await conn.fetch(
        "SELECT number, at, step, outcome, code, because, ms, digest, given FROM delivery_try"
        " WHERE delivery_id = $1 ORDER BY number",
        delivery_id,
    )
    return [dict(r) for r in rows]


_RETRY = """
UPDATE delivery SET state = 'waiting', due_at = now(), failed = 0, changed_at = now(), decided_by = $2, note = NULL
WHERE id = $1 AND state IN ('parked', 'skipped', 'waiting')
RETURNING true
"""


async def retry(tx: Tx, delivery_id: str, by: str) -> bool:
    """Put a parked or skipped one back into its queue, or a waiting one at once; False when it is none of these."""
    return bool(await tx.fetchval(_RETRY, delivery_id, by))


_GIVE_UP = """
UPDATE delivery SET state = 'skipped', because = 'given-up', decided_by = $2, note = $3, changed_at = now(),
    version = version + 1
WHERE id = $1 AND (state IN ('parked', 'skipped') OR (state = 'waiting' AND sent_at IS NULL)) RETURNING version
"""


async def give_up(tx: Tx, delivery_id: str, by: str, note: str) -> int | None:
    """Take one out of its queue for good: the version to tell; None when something may be under way at BPJS."""
    version = await tx.fetchval(_GIVE_UP, delivery_id, by, note)
    return int(version) if version is not None else None


_QUEUES = """
SELECT q.facility, q.service, o.waiting, o.sending, p.parked, t.delivered_today, o.oldest_due,
    CASE WHEN q.rests_until > now() AND q.rests_until < 'infinity' THEN q.rests_until END AS rests_until,
    q.rests_until = 'infinity' AS held, q.because, q.since
FROM delivery_queue q
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE state = 'waiting') AS waiting, count(*) FILTER (WHERE state = 'sending') AS sending,
        min(due_at) AS oldest_due
    FROM delivery d WHERE d.facility = q.facility AND d.service = q.service AND d.state IN ('waiting', 'sending')
) o
CROSS JOIN LATERAL (
    SELECT count(*) AS parked FROM delivery d
    WHERE d.facility = q.facility AND d.service = q.service AND d.state = 'parked'
) p
CROSS JOIN LATERAL (
    SELECT count(*) AS delivered_today FROM delivery d WHERE d.facility = q.facility AND d.service = q.service
      AND d.day >= $2::date - 7 AND d.state = 'delivered' AND d.delivered_at >= $3
) t
WHERE ($1::text IS NULL OR q.facility = $1) ORDER BY q.facility, q.service
"""


async def queues(conn: Connection, facility: str | None, today: date, midnight: datetime) -> list[dict[str, Any]]:
    """How each queue stands; `midnight`: the moment `today` began."""
    return [dict(r) for r in await conn.fetch(_QUEUES, facility, today, midnight)]
