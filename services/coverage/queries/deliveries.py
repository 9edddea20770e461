"""SQL of the outbox: the queues, the row that is sent, and what came of it. Moments are the database's."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson

from services.coverage.contract.deliveries import Action, Came, State
from services.coverage.rules.deliveries import Delivery, Given
from services.kernel.db import Connection, Tx

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
UPDATE delivery d SET state = 'waiting', due_at = now(), failed = 0, changed_at = now()
FROM delivery gone WHERE gone.id = $1 AND d.person_id = gone.person_id AND d.day = gone.day
    AND d.facility = gone.facility AND d.state = 'parked' AND d.because = $2
"""


async def freed(conn: Connection, delivery_id: str, because: str) -> None:
    """What this one held at BPJS is gone there: send again the same person's others of the day that had to wait."""
    await conn.execute(_FREED, delivery_id, because)


@dataclass(frozen=True, slots=True)
class Owing:
    """Something said of a subject that is owed to BPJS."""

    id: str
    facility: str
    service: str
    kind: str
    subject: str
    person_id: str | None
    day: date
    skipped: str | None = None
    """Why it is not sent, when it is new and that is certain already."""


_QUEUES = """
INSERT INTO delivery_queue (facility, service, failures)
SELECT DISTINCT f, s, 0 FROM unnest($1::text[], $2::text[]) AS n(f, s) ORDER BY 1, 2 ON CONFLICT DO NOTHING
"""
_BUMP = """wanted = d.wanted + 1, changed_at = now(),
    state = CASE WHEN d.state = 'sending' THEN 'sending' ELSE 'waiting' END,
    due_at = CASE WHEN d.state = 'sending' THEN d.due_at
        WHEN d.state = 'waiting' THEN least(now() + {wait}, greatest(d.due_at, d.created_at + {most}))
        ELSE now() + {wait} END,
    because = CASE WHEN d.state = 'sending' THEN d.because END,
    fields = CASE WHEN d.state = 'sending' THEN d.fields END,
    message = CASE WHEN d.state = 'sending' THEN d.message END"""
_SECONDS, _MOST = "${} * interval '1 second'", "${} * interval '10 seconds'"
_LEFT = """(d.state = 'skipped' AND d.because IN ('given-up', 'closed-month') AND d.sent_at IS NULL
    AND d.no_urut IS NULL AND d.no_kunjungan IS NULL)"""
"""Nothing of it is at BPJS, and it is decided that nothing goes there."""
_OWE = f"""
INSERT INTO delivery AS d (id, facility, service, kind, subject, person_id, day, action, state, because, wanted, sent,
    tried, failed, version, due_at)
SELECT id, facility, service, kind, subject, person_id, day, 'send',
    CASE WHEN because IS NULL THEN 'waiting' ELSE 'skipped' END, because, 1, 0, 0, 0, 0,
    now() + $8 * interval '1 second'
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::date[], $9::text[])
    WITH ORDINALITY AS n(id, facility, service, kind, subject, person_id, day, because, place)
ORDER BY place
ON CONFLICT (kind, subject) DO UPDATE SET person_id = excluded.person_id,
    {_BUMP.format(wait=_SECONDS.format(8), most=_MOST.format(8))}
WHERE NOT {_LEFT} OR (d.because = 'closed-month' AND excluded.because IS NULL)
"""


async def opened(conn: Connection, facility: str, service: str) -> None:
    """See that a facility has its queue."""
    await conn.execute(_QUEUES, [facility], [service])


async def owe(tx: Tx, owed: Sequence[Owing], settle: float) -> None:
    """Put subjects (each once) into their queues; what is there already is looked at again."""
    if not owed:
        return
    await tx.execute(_QUEUES, [o.facility for o in owed], [o.service for o in owed])
    await tx.execute(
        _OWE, [o.id for o in owed], [o.facility for o in owed], [o.service for o in owed], [o.kind for o in owed],
        [o.subject for o in owed], [o.person_id for o in owed], [o.day for o in owed], settle,
        [o.skipped for o in owed],
    )  # fmt: skip


_AGAIN_SAID = _BUMP.format(wait=_SECONDS.format(3), most=_MOST.format(3))
_TOUCH = f"UPDATE delivery d SET {_AGAIN_SAID} WHERE kind = $1 AND NOT {_LEFT} AND "


async def touch(tx: Tx, kind: str, subjects: Sequence[str], settle: float) -> None:
    """Something was said of these subjects, where they are owed: look at them again."""
    if subjects:
        await tx.execute(_TOUCH + "subject = ANY ($2::text[])", kind, subjects, settle)


async def touch_persons(tx: Tx, kind: str, persons: Sequence[str], settle: float, since: date) -> None:
    """Something of these persons is gone, and nobody says of which subject: look at their newer ones again."""
    if persons:
        await tx.execute(_TOUCH + "person_id = ANY ($2::text[]) AND day >= $4", kind, persons, settle, since)


_SENT_BY = """
SELECT f.code FROM facility f LEFT JOIN line l ON l.facility = f.code AND l.service = $2
WHERE f.code = ANY ($1::text[]) AND f.active AND f.bpjs_code IS NOT NULL
  AND (l.sealed IS NOT NULL OR ($3 AND f.kind = ANY ($4::text[])))
"""


async def with_lines(
    conn: Connection, facilities: Sequence[str], service: str, simulated: bool, kinds: Sequence[str]
) -> set[str]:
    """Which of these facilities have a line to a BPJS service; at the simulator all of these kinds have."""
    return {r["code"] for r in await conn.fetch(_SENT_BY, facilities, service, simulated, kinds)}


_AGAIN = """
UPDATE delivery SET state = 'waiting', due_at = now(), failed = 0, changed_at = now()
WHERE state = 'parked' AND because = ANY ($2::text[]) AND ($1::text IS NULL OR facility = $1)
"""


async def again(conn: Connection, facility: str | None, because: Sequence[str]) -> int:
    """Send again what is parked for these reasons; how many."""
    return int((await conn.execute(_AGAIN, facility, because)).rsplit(" ", 1)[-1])


_OWED_NOW = """
UPDATE delivery SET state = 'waiting', due_at = now() + $4 * interval '1 second', failed = 0, changed_at = now()
WHERE state = 'skipped' AND because = ANY ($2::text[]) AND person_id = ANY ($1::text[]) AND day >= $3
"""


async def owed_now(tx: Tx, persons: Sequence[str], because: Sequence[str], since: date, settle: float) -> None:
    """Look again at what was skipped for these reasons: they may have passed for these persons."""
    if persons:
        await tx.execute(_OWED_NOW, persons, because, since, settle)
