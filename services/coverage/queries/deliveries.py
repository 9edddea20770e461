"""SQL of the outbox: the queues, the row that is sent, and what came of it. Moments are the database's.

How rows come into it is in `queries/owing`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson

from services.coverage.contract.deliveries import Action, Came, State
from services.coverage.rules.deliveries import Delivery, Given
from services.kernel.db import Connection

LOCK = 0x4A4B4E
"""Class of the advisory locks: one a queue."""

_COLUMNS = """id, facility, service, kind, subject, person_id, day, action, state, step, wanted, tried, failed,
    sent_at IS NOT NULL AS unsure, sent_digest, poli, no_urut, no_kunjungan, given"""


def _row(r: Any) -> Delivery:
    more = orjson.loads(r["given"])
    given = Given(r["poli"], r["no_urut"], r["no_kunjungan"], more.get("digests", {}), more.get("numbers", {}))
    return Delivery(
        r["id"], r["facility"], r["service"], r["kind"], r["subject"], r["person_id"], r["day"], Action(r["action"]),
        State(r["state"]), r["step"], r["wanted"], r["tried"], r["failed"], r["unsure"], r["sent_digest"], given,
    )  # fmt: skip


def _more(given: Given) -> str:
    return orjson.dumps({"digests": dict(given.digests), "numbers": dict(given.numbers)}).decode()


_DUE = """
SELECT facility, service FROM delivery_queue q
WHERE rests_until <= now() AND service = ANY ($1::text[]) AND NOT (facility || ' ' || service) = ANY ($2::text[])
  AND (SELECT due_at FROM delivery d WHERE d.facility = q.facility AND d.service = q.service
       AND d.state IN ('waiting', 'sending') ORDER BY due_at, position LIMIT 1) <= now()
ORDER BY served_at LIMIT $3
"""


async def due_queues(
    conn: Connection, services: Sequence[str], busy: Sequence[tuple[str, str]], limit: int
) -> list[tuple[str, str]]:
    """Queues with something due, the one that waited longest first; `busy` ones are left out."""
    taken = [f"{facility} {service}" for facility, service in busy]
    return [(r["facility"], r["service"]) for r in await conn.fetch(_DUE, services, taken, limit)]


async def lock(conn: Connection, facility: str, service: str) -> bool:
    """Take the queue for this connection, unless another one has it."""
    taken = await conn.fetchval("SELECT pg_try_advisory_lock($1, hashtext($2))", LOCK, f"{facility} {service}")
    return bool(taken)


async def unlock(conn: Connection, facility: str, service: str) -> None:
    """Give the queue back."""
    await conn.execute("SELECT pg_advisory_unlock($1, hashtext($2))", LOCK, f"{facility} {service}")


async def serve(conn: Connection, facility: str, service: str) -> int | None:
    """Mark the queue as served now: its failures in a row; None when it is not to be served after all."""
    failures = await conn.fetchval(
        "UPDATE delivery_queue SET served_at = clock_timestamp() WHERE facility = $1 AND service = $2"
        " AND rests_until <= now() RETURNING failures",
        facility, service,
    )  # fmt: skip
    return int(failures) if failures is not None else None


_HEAD = f"""
SELECT {_COLUMNS}, extract(epoch FROM sent_at - now())::float8 AS ago FROM delivery
WHERE facility = $1 AND service = $2 AND state IN ('waiting', 'sending') AND due_at <= now()
ORDER BY due_at, position LIMIT 1
"""


async def head(conn: Connection, facility: str, service: str) -> tuple[Delivery, float] | None:
    """The first that is due in a queue, and seconds since its last request of unknown outcome (0: none)."""
    row = await conn.fetchrow(_HEAD, facility, service)
    return (_row(row), -(row["ago"] or 0.0)) if row else None


_ONE = f"SELECT {_COLUMNS} FROM delivery WHERE id = $1 AND state IN ('waiting', 'sending')"


async def owed(conn: Connection, delivery_id: str) -> Delivery | None:
    """One delivery as it stands, while it is owed."""
    row = await conn.fetchrow(_ONE, delivery_id)
    return _row(row) if row else None


async def standing(conn: Connection, delivery_id: str) -> Delivery | None:
    """One delivery as it stands, owed or not."""
    row = await conn.fetchrow(f"SELECT {_COLUMNS} FROM delivery WHERE id = $1", delivery_id)
    return _row(row) if row else None


@dataclass(frozen=True, slots=True)
class Try:
    """What is written of one request, or of one look (`look`: it takes a number of its own)."""

    step: str
    outcome: Came
    ms: int
    code: int | None = None
    because: str | None = None
    digest: str | None = None
    look: bool = False


@dataclass(frozen=True, slots=True)
class Stand:
    """How the row stands after a try. `sure`: no request of unknown outcome is left."""

    state: State
    given: Given
    sure: bool
    failed: int = 0
    because: str | None = None
    fields: Sequence[tuple[str, str]] = ()
    message: str | None = None
    word: int | None = None
    """The word of the subject that is dealt with; was more said meanwhile, it waits again."""
    settle: float = 0.0
    facility: str | None = None
    """Whose queue has it from now on, when it is another's."""


_PROVE = """
INSERT INTO delivery_try (delivery_id, number, step, outcome, code, because, ms, digest, given)
SELECT id, {number}, t.step, t.outcome, t.code, t.because, t.ms, t.digest, t.given::jsonb
FROM stood, unnest({args}::text[], {args_1}::text[], {args_2}::int[], {args_3}::text[], {args_4}::int[],
    {args_5}::text[], {args_6}::text[]) AS t(step, outcome, code, because, ms, digest, given)
"""


def _prove(number: str, first: int) -> str:
    names = {"args": f"${first}"} | {f"args_{i}": f"${first + i}" for i in range(1, 7)}
    return _PROVE.format(number=number, **names)


def _proof(tried: Try | None, given: Given) -> list[list[Any]]:
    """The columns of the try, for `_prove`: empty when there is none."""
    if tried is None:
        return [[] for _ in range(7)]
    gave = _numbers(given) if tried.outcome in (Came.ACCEPTED, Came.ADOPTED) else None
    t = tried
    return [[t.step], [t.outcome.value], [t.code], [t.because], [t.ms], [t.digest], [gave]]


_SEND = f"""
WITH stood AS (
    UPDATE delivery SET state = 'sending', step = $3, sent_at = clock_timestamp(), sent_digest = $4, action = $5,
        tried = tried + 1, because = NULL, changed_at = now(), day = $6, person_id = $7, poli = $8, no_urut = $9,
        no_kunjungan = $10, given = $11::jsonb, failed = $12
    WHERE id = $1 AND tried = $2 AND state IN ('waiting', 'sending') RETURNING id, tried
), proved AS ({_prove("tried - 1", 13)})
SELECT tried FROM stood
"""


async def sending(conn: Connection, owed: Delivery, action: Action, before: Try | None) -> int | None:
    """Write down that a request is about to go out, before it does, and the proof of the step `before` it, which was
    accepted. Its number, or None when the row has moved on."""
    given = owed.given
    number = await conn.fetchval(
        _SEND, owed.id, owed.tried, owed.step, owed.sent_digest, action, owed.day, owed.person_id, given.poli,
        given.no_urut, given.no_kunjungan, _more(given), owed.failed, *_proof(before, given),
    )  # fmt: skip
    return int(number) if number is not None else None


_STAND = f"""
WITH stood AS (
    UPDATE delivery SET
        state = CASE WHEN wanted > coalesce($13, wanted) THEN 'waiting' ELSE $3 END,
        due_at = CASE WHEN wanted > coalesce($13, wanted) THEN now() + $14 * interval '1 second' ELSE due_at END,
        sent_at = CASE WHEN $4 THEN NULL ELSE sent_at END, failed = $5, because = $6, fields = $7::jsonb, message = $8,
        poli = $9, no_urut = $10, no_kunjungan = $11, given = $12::jsonb, sent = coalesce($13, sent),
        tried = tried + $15, version = version + CASE WHEN $16::text IS NULL THEN 0 ELSE 1 END, changed_at = now(),
        delivered_at = CASE WHEN $3 = 'delivered' THEN now() ELSE delivered_at END, facility = coalesce($18, facility)
    WHERE id = $1 AND tried = $2 AND state IN ('waiting', 'sending')
    RETURNING id, tried, version, state, person_id
), proved AS ({_prove("tried", 19)}
), told AS (
    INSERT INTO event_pending (type, kind, subject, version, person_id, data)
    SELECT $17, CASE version WHEN 1 THEN 'created' ELSE 'changed' END, id, version, person_id, $16 FROM stood
    WHERE $16 IS NOT NULL
)
SELECT tried, state FROM stood
"""


async def stands(
    conn: Connection, owed: Delivery, stand: Stand, tried: Try | None, told: tuple[str, str] | None
) -> tuple[int, State] | None:
    """Write how a row stands after a try, its proof and what followers are `told` (event type and data), in one
    statement: its number of tries, and its state. None when the row is not as it was any more: another runner has it.
    """
    given = stand.given
    fields = orjson.dumps(stand.fields).decode() if stand.fields else None
    row = await conn.fetchrow(
        _STAND, owed.id, owed.tried, stand.state, stand.sure, stand.failed, stand.because, fields, stand.message,
        given.poli, given.no_urut, given.no_kunjungan, _more(given), stand.word, stand.settle,
        int(tried is not None and tried.look), told and told[1], told[0] if told else "", stand.facility,
        *_proof(tried, given),
    )  # fmt: skip
    return (row["tried"], State(row["state"])) if row is not None else None


def _numbers(given: Given) -> str:
    named = {"noUrut": given.no_urut, "noKunjungan": given.no_kunjungan, **given.numbers}
    return orjson.dumps({k: v for k, v in named.items() if v}).decode()


_HELD = """
SELECT no_urut, no_kunjungan FROM delivery WHERE id <> $1 AND (
    no_kunjungan = ANY ($2::text[])
    OR (facility = $3 AND day = $4 AND poli = $5 AND no_urut = ANY ($6::text[])))
"""


async def held_by_others(conn: Connection, owed: Delivery, candidates: Sequence[Given]) -> set[str]:
    """Which of the numbers found at BPJS another delivery holds."""
    visits = [c.no_kunjungan for c in candidates if c.no_kunjungan]
    places = [c.no_urut for c in candidates if c.no_urut]
    poli = next((c.poli for c in candidates if c.poli), None)
    rows = await conn.fetch(_HELD, owed.id, visits, owed.facility, owed.day, poli, places)
    return {n for r in rows for n in (r["no_urut"], r["no_kunjungan"]) if n}


_REST = """
UPDATE delivery_queue SET rests_until = now() + $3 * interval '1 second', failures = failures + 1, because = $4,
    since = coalesce(since, now())
WHERE facility = $1 AND service = $2
"""


async def rest(conn: Connection, facility: str, service: str, seconds: float, because: str) -> None:
    """Let a queue rest after a failure."""
    await conn.execute(_REST, facility, service, seconds, because)


async def hold(conn: Connection, facility: str, service: str, because: str) -> None:
    """Stop a queue until its line is mended."""
    await conn.execute(
        "UPDATE delivery_queue SET rests_until = 'infinity', because = $3, since = coalesce(since, now())"
        " WHERE facility = $1 AND service = $2",
        facility, service, because,
    )  # fmt: skip


async def wake(conn: Connection, facility: str, service: str) -> None:
    """Let a queue go on: an answer came, or its line was mended."""
    await conn.execute(
        "UPDATE delivery_queue SET rests_until = now(), failures = 0, because = NULL, since = NULL"
        " WHERE facility = $1 AND service = $2",
        facility, service,
    )  # fmt: skip


_WAKE_ALL = """
UPDATE delivery_queue SET rests_until = now() WHERE service = $1 AND failures > 0 AND rests_until > now()
    AND rests_until < 'infinity' AND because = ANY ($2::text[])
"""


async def wake_all(conn: Connection, service: str, because: Sequence[str]) -> None:
    """Let the queues go on that rest for one of these reasons: the outage is over."""
    await conn.execute(_WAKE_ALL, service, because)


_REVIVE = """
UPDATE delivery SET state = 'waiting', due_at = now(), failed = 0, changed_at = now()
WHERE state = 'parked' AND because = $1 AND changed_at < now() - $2 * interval '1 second'
"""


async def revive(conn: Connection, because: str, after: float) -> None:
    """Try again what was parked for a reason that may pass by itself."""
    await conn.execute(_REVIVE, because, after)


_FREED = """
UPDATE delivery SET state = 'waiting', due_at = now(), failed = 0, changed_at = now()
WHERE person_id = $1 AND day = $2 AND facility = $3 AND state = 'parked' AND because = $4
"""


async def freed(conn: Connection, gone: Delivery, day: date, because: str) -> None:
    """What this one held at BPJS on a day is gone there: send again the same person's others that had to wait."""
    await conn.execute(_FREED, gone.person_id, day, gone.facility, because)


async def held(conn: Connection) -> list[tuple[str, str]]:
    """The queues that wait for their line."""
    rows = await conn.fetch("SELECT facility, service FROM delivery_queue WHERE rests_until = 'infinity'")
    return [(r["facility"], r["service"]) for r in rows]
