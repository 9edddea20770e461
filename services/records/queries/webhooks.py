"""Webhooks and their deliveries: each one's state is in the database, so that none is lost with a process."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.kernel.db import Connection, Tx

_SHOWN = """
SELECT w.id, w.url, w.types, w.state, w.facility, w.subject AS created_by, w.created_at, w.delivered_at, w.failures,
       (SELECT count(*) FROM webhook_delivery d WHERE d.webhook_id = w.id AND d.state = 'waiting') AS waiting,
       (SELECT count(*) FROM webhook_delivery d WHERE d.webhook_id = w.id AND d.state = 'dead') AS dead
FROM webhook w
"""


async def add(tx: Tx, row: dict[str, Any]) -> None:
    """A new webhook."""
    await tx.execute(
        "INSERT INTO webhook (id, facility, subject, role, url, types, secret, cursor)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        row["id"], row["facility"], row["subject"], row["role"], row["url"], row["types"], row["secret"], row["cursor"],
    )  # fmt: skip


async def any_there(conn: Connection) -> bool:
    """Whether anybody has a webhook."""
    return bool(await conn.fetchval("SELECT EXISTS (SELECT 1 FROM webhook)"))


async def count(conn: Connection, facility: str | None) -> int:
    """How many a facility has."""
    return int(await conn.fetchval("SELECT count(*) FROM webhook WHERE facility IS NOT DISTINCT FROM $1", facility))


async def of_facility(conn: Connection, facility: str | None, id_: str | None = None) -> list[dict[str, Any]]:
    """A facility's webhooks with their counts, or the one asked for."""
    sql = f"{_SHOWN} WHERE w.facility IS NOT DISTINCT FROM $1 AND ($2::text IS NULL OR w.id = $2) ORDER BY w.created_at"
    return [dict(r) for r in await conn.fetch(sql, facility, id_)]


async def secret_of(conn: Connection, id_: str) -> tuple[str, str]:
    """Where a webhook is sent and what signs it."""
    row = await conn.fetchrow("SELECT url, secret FROM webhook WHERE id = $1", id_)
    assert row is not None  # noqa: S101 - asked only for what was found
    return row["url"], row["secret"]


async def turn(tx: Tx, id_: str, state: str) -> None:
    """Pause or resume; what rested is tried at once."""
    await tx.execute("UPDATE webhook SET state = $2, failures = 0, rests_until = NULL WHERE id = $1", id_, state)


async def delete(tx: Tx, id_: str) -> None:
    """Forget a webhook and all its deliveries."""
    await tx.execute("DELETE FROM webhook_delivery WHERE webhook_id = $1", id_)
    await tx.execute("DELETE FROM webhook WHERE id = $1", id_)


async def deliveries(conn: Connection, id_: str, state: str | None, limit: int) -> list[dict[str, Any]]:
    """A webhook's deliveries, newest first."""
    rows = await conn.fetch(
        "SELECT id, state, created_at, attempts, CASE state WHEN 'waiting' THEN next_at END AS next_at, status, error,"
        " entries FROM webhook_delivery WHERE webhook_id = $1 AND ($2::text IS NULL OR state = $2)"
        " ORDER BY created_at DESC, id DESC LIMIT $3",
        id_, state, limit,
    )  # fmt: skip
    return [dict(r) for r in rows]


async def resend(tx: Tx, id_: str, ids: Sequence[str]) -> int:
    """Put dead deliveries back in line as if they were new; the webhook rests no more."""
    done = await tx.execute(
        "UPDATE webhook_delivery SET state = 'waiting', attempts = 0, tried_since = now(), next_at = now()"
        " WHERE webhook_id = $1 AND state = 'dead' AND (cardinality($2::text[]) = 0 OR id = ANY($2))",
        id_, list(ids),
    )  # fmt: skip
    await tx.execute("UPDATE webhook SET rests_until = NULL WHERE id = $1", id_)
    return int(done.rsplit(" ", 1)[-1])


@dataclass(frozen=True, slots=True)
class Hook:
    """A webhook about to be fed: who it speaks for, what it wants, where in the feed it is."""

    id: str
    subject: str
    role: str
    facility: str | None
    types: list[str]
    cursor: str


_NEXT = """
SELECT id, subject, role, facility, types, cursor FROM webhook w
WHERE state = 'active' AND id > $1
  AND (SELECT count(*) FROM (SELECT FROM webhook_delivery d WHERE d.webhook_id = w.id AND d.state = 'waiting'
                             LIMIT $2) c) < $2
ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
"""


async def next_hook(tx: Tx, after: str, most: int) -> Hook | None:
    """The next active webhook in the order of ids that does not have too much in line; held by who feeds it."""
    row = await tx.fetchrow(_NEXT, after, most)
    return Hook(*row) if row else None


async def enqueue(tx: Tx, hook: Hook, cursor: str, messages: Sequence[tuple[str, str, int]]) -> None:
    """Messages (id, payload, entries) in line, and the webhook's new place in the feed."""
    ids, payloads, entries = (list(c) for c in zip(*messages, strict=True)) if messages else ([], [], [])
    await tx.execute(
        "INSERT INTO webhook_delivery (id, webhook_id, payload, entries)"
        " SELECT m.id, $1, m.payload, m.entries FROM unnest($2::text[], $3::text[], $4::int[]) m(id, payload, entries)",
        hook.id, ids, payloads, entries,
    )  # fmt: skip
    await tx.execute("UPDATE webhook SET cursor = $2 WHERE id = $1", hook.id, cursor)


async def of_the_office(tx: Tx) -> list[str]:
    """The webhooks of the health office, paused ones too."""
    rows = await tx.fetch("SELECT id FROM webhook WHERE role = 'dinkes-admin' ORDER BY id")
    return [r["id"] for r in rows]


async def put_in_line(tx: Tx, webhook: str, id_: str, payload: str) -> None:
    """One message of one entry, beside the feed."""
    await tx.execute(
        "INSERT INTO webhook_delivery (id, webhook_id, payload, entries) VALUES ($1, $2, $3, 1)", id_, webhook, payload
    )


_DUE = """
SELECT w.id FROM webhook w
WHERE w.state = 'active' AND (w.rests_until IS NULL OR w.rests_until <= now()) AND NOT w.id = ANY($1::text[])
  AND EXISTS (SELECT 1 FROM webhook_delivery d WHERE d.webhook_id = w.id AND d.state = 'waiting' AND d.next_at <= now())
LIMIT $2
"""


async def due(conn: Connection, busy: Sequence[str], limit: int) -> list[str]:
    """Webhooks with something to deliver now that nobody here is busy with."""
    return [r["id"] for r in await conn.fetch(_DUE, list(busy), limit)]


@dataclass(frozen=True, slots=True)
class Due:
    """A delivery taken on."""

    id: str
    payload: str
    attempts: int
    url: str
    secret: str


_TAKE = """
UPDATE webhook_delivery d SET attempts = d.attempts + 1, next_at = now() + $2
FROM webhook w
WHERE w.id = d.webhook_id AND d.id = (
    SELECT c.id FROM webhook_delivery c JOIN webhook v ON v.id = c.webhook_id
    WHERE c.webhook_id = $1 AND c.state = 'waiting' AND c.next_at <= now()
      AND v.state = 'active' AND (v.rests_until IS NULL OR v.rests_until <= now())
    ORDER BY c.next_at, c.id LIMIT 1 FOR UPDATE OF c SKIP LOCKED)
RETURNING d.id, d.payload, d.attempts, w.url, w.secret
"""


async def take(conn: Connection, id_: str, lease: timedelta) -> Due | None:
    """The next due delivery of a webhook. Who dies with it leaves it due again after the lease."""
    row = await conn.fetchrow(_TAKE, id_, lease)
    return Due(*row) if row else None


async def delivered(tx: Tx, webhook: str, id_: str, status: int) -> None:
    """It arrived; the address is well."""
    await tx.execute(
        "UPDATE webhook_delivery SET state = 'delivered', status = $2, error = NULL, done_at = now() WHERE id = $1",
        id_, status,
    )  # fmt: skip
    await tx.execute("UPDATE webhook SET delivered_at = now(), failures = 0, rests_until = NULL WHERE id = $1", webhook)


async def failed(tx: Tx, id_: str, status: int | None, error: str, again: timedelta) -> None:
    """It did not arrive; it is tried again after a while."""
    await tx.execute(
        "UPDATE webhook_delivery SET status = $2, error = $3, next_at = now() + $4 WHERE id = $1",
        id_, status, error, again,
    )  # fmt: skip


async def failures(tx: Tx, webhook: str) -> int:
    """One failure more of the address: how many in a row."""
    return int(
        await tx.fetchval("UPDATE webhook SET failures = failures + 1 WHERE id = $1 RETURNING failures", webhook) or 1
    )


async def lay_down(tx: Tx, webhook: str, rest: timedelta, patience: timedelta, *, gone: bool) -> None:
    """The address rests; what has waited too long is dead. `gone`: it said that it is no more."""
    await tx.execute(
        "UPDATE webhook SET rests_until = now() + $2, state = CASE WHEN $3 THEN 'gone' ELSE state END WHERE id = $1",
        webhook, rest, gone,
    )  # fmt: skip
    await tx.execute(
        "UPDATE webhook_delivery SET state = 'dead', done_at = now()"
        " WHERE webhook_id = $1 AND state = 'waiting' AND attempts > 0 AND tried_since < now() - $2::interval",
        webhook, patience,
    )  # fmt: skip


async def forget(conn: Connection, before: datetime) -> None:
    """Drop what was delivered long ago; the dead stay until they are sent again."""
    await conn.execute("DELETE FROM webhook_delivery WHERE state = 'delivered' AND done_at < $1", before)
