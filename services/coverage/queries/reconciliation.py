"""SQL of reconciliation: runs, how a day stood, differences and their steps."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson

from services.coverage.rules.reconciliation import Found, Ours
from services.kernel.db import Connection, Tx
from services.kernel.ids import new_id

BY = "reconciliation"
"""Who found, settled and reopened what nobody did by hand."""

_ADD_RUN = """
INSERT INTO reconciliation_run (id, asked_by, facility, since, until, state, done, failed)
VALUES ($1, $2, $3, $4, $5, 'waiting', 0, 0) RETURNING *
"""
_CLAIM = """
UPDATE reconciliation_run SET state = 'running', beat_at = now() WHERE id = (
    SELECT id FROM reconciliation_run
    WHERE state = 'waiting' OR (state = 'running' AND beat_at < now() - interval '5 minutes')
    ORDER BY made_at LIMIT 1 FOR UPDATE SKIP LOCKED
) RETURNING *
"""
_BEAT = """
UPDATE reconciliation_run SET beat_at = now(), total = $2, done = $3, failed = $4,
    state = CASE WHEN $5 THEN 'done' ELSE state END, finished_at = CASE WHEN $5 THEN now() END WHERE id = $1
"""


async def add_run(tx: Tx, by: str, facility: str | None, since: date, until: date) -> dict[str, Any]:
    """A run that waits for a worker."""
    row = await tx.fetchrow(_ADD_RUN, new_id(), by, facility, since, until)
    assert row is not None  # noqa: S101 - an insert returns its row
    return dict(row)


async def run(conn: Connection, run_id: str, facility: str | None) -> dict[str, Any] | None:
    """A run of this facility (None: any)."""
    row = await conn.fetchrow(
        "SELECT * FROM reconciliation_run WHERE id = $1 AND ($2::text IS NULL OR facility = $2)", run_id, facility
    )
    return dict(row) if row else None


async def claim(conn: Connection) -> dict[str, Any] | None:
    """The oldest run nobody is at; one whose worker died is taken up again after five minutes."""
    row = await conn.fetchrow(_CLAIM)
    return dict(row) if row else None


async def beat(conn: Connection, run_id: str, total: int, done: int, failed: int, *, finished: bool = False) -> None:
    """How far a run is."""
    await conn.execute(_BEAT, run_id, total, done, failed, finished)


_NIGHTLY = """
INSERT INTO reconciliation_run (id, asked_by, since, until, state, done, failed)
SELECT $1, $2::text, $3, $4::date, 'waiting', 0, 0 WHERE NOT EXISTS (
    SELECT FROM reconciliation_run WHERE asked_by = $2::text AND until = $4::date) AND EXISTS (SELECT FROM delivery)
"""


async def nightly(conn: Connection, by: str, since: date, until: date) -> None:
    """The run of a night, once (two processes may both want it: the second one changes nothing more)."""
    await conn.execute(_NIGHTLY, new_id(), by, since, until)


_OURS = """
SELECT d.id, d.subject, d.person_id, d.state, d.because, d.poli, d.no_urut, d.no_kunjungan,
       d.given #>> '{numbers,card}' AS mark, s.delivery_id IS NOT NULL AS seen, d.tried,
       d.because IS NULL AND d.changed_at > now() - interval '1 hour' AS fresh
FROM delivery d LEFT JOIN seen_listed s ON s.delivery_id = d.id
WHERE d.kind = 'visit' AND d.facility = $1 AND d.day = $2 ORDER BY d.position
"""


async def ours(conn: Connection, facility: str, day: date) -> tuple[list[Ours], dict[str, int]]:
    """What the outbox holds of a facility's day, and its sums."""
    rows = await conn.fetch(_OURS, facility, day)
    owed = [r for r in rows if r["state"] not in ("skipped", "removed")]
    sums = {
        "owed": len(owed), "skipped": sum(r["state"] == "skipped" for r in rows),
        "sent": sum(r["tried"] > 0 for r in owed), "accepted": sum(r["state"] == "delivered" for r in owed),
    }  # fmt: skip
    found = [
        Ours(
            r["id"], r["subject"], r["person_id"], r["state"], r["because"], r["poli"], r["no_urut"],
            r["no_kunjungan"], r["mark"], r["seen"], r["fresh"],
        )
        for r in rows
    ]  # fmt: skip
    return found, sums


_DAY = """
INSERT INTO reconciled_day AS r (facility, day, service, owed, skipped, sent, accepted, listed, because, compared_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::text, CASE WHEN $9::text IS NULL THEN now() END)
ON CONFLICT (facility, day, service) DO UPDATE SET owed = excluded.owed, skipped = excluded.skipped,
    sent = excluded.sent, accepted = excluded.accepted, tried_at = now(), because = excluded.because,
    listed = CASE WHEN excluded.because IS NULL THEN excluded.listed ELSE r.listed END,
    compared_at = coalesce(excluded.compared_at, r.compared_at)
"""


async def stood(
    tx: Tx, facility: str, day: date, service: str, sums: dict[str, int], listed: int, because: str | None
) -> None:
    """How a day stood; when BPJS could not be asked, what it listed before stays."""
    values = [sums[k] for k in ("owed", "skipped", "sent", "accepted")]
    await tx.execute(_DAY, facility, day, service, *values, listed, because)


async def seen(tx: Tx, deliveries: Sequence[str]) -> None:
    """BPJS has listed these."""
    await tx.execute(
        "INSERT INTO seen_listed (delivery_id) SELECT unnest($1::text[])"
        " ON CONFLICT (delivery_id) DO UPDATE SET seen_at = now()",
        deliveries,
    )


_HOLD = "SELECT pg_advisory_xact_lock(hashtextextended('reconcile ' || $1 || ' ' || $2 || ' ' || $3, 0))"
_STANDING = """
SELECT id, kind, key, state, owner, because, version FROM difference WHERE facility = $1 AND day = $2 AND service = $3
FOR UPDATE
"""
_NEW = """
INSERT INTO difference (id, facility, day, service, kind, key, person_id, subject, delivery_id, poli, no_urut,
    no_kunjungan, because, fields, state, owner, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 'open', $15, 1)
"""
_AGAIN = """
UPDATE difference SET seen_at = now(), because = $2, fields = $3, person_id = coalesce($4, person_id),
    state = CASE WHEN state = 'settled' THEN 'open' ELSE state END,
    closed_at = CASE WHEN state = 'settled' THEN NULL ELSE closed_at END,
    version = version + CASE WHEN state = 'settled' THEN 1 ELSE 0 END WHERE id = $1 RETURNING state, owner
"""
_SETTLE = """
UPDATE difference SET state = 'settled', closed_at = now(), version = version + 1
WHERE id = ANY ($1::text[]) RETURNING id, owner
"""
_STEP = """
INSERT INTO difference_step (difference_id, number, by, step, state, owner, note)
SELECT $1::text, coalesce(max(number), 0) + 1, $2, $3, $4, $5, $6 FROM difference_step
WHERE difference_id = $1::text
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """How many differences a comparison found anew, found again, and settled."""

    new: int
    again: int
    settled: int


async def keep(tx: Tx, facility: str, day: date, service: str, found: Sequence[Found]) -> Kept:
    """The differences of a day as they are now: new ones open, those that are gone settled, settled ones reopened."""
    await tx.execute(_HOLD, facility, day.isoformat(), service)
    standing = {(r["kind"], r["key"]): r for r in await tx.fetch(_STANDING, facility, day, service)}
    new = again = 0
    for one in {(d.kind.value, d.key): d for d in found}.values():
        before = standing.pop((one.kind.value, one.key), None)
        fields = orjson.dumps(list(one.fields)).decode() if one.fields else None
        if before is None:
            new += 1
            await _open(tx, facility, day, service, one, fields)
        else:
            again += 1
            row = await tx.fetchrow(_AGAIN, before["id"], one.because, fields, _person(one))
            if before["state"] == "settled" and row is not None:
                await step(tx, before["id"], BY, "again", row["state"], row["owner"], None)
    gone = [r["id"] for r in standing.values() if r["state"] in ("open", "in-hand")]
    for r in await tx.fetch(_SETTLE, gone):
        await step(tx, r["id"], BY, "settled", "settled", r["owner"], None)
    return Kept(new, again, len(gone))


async def _open(tx: Tx, facility: str, day: date, service: str, one: Found, fields: str | None) -> None:
    id_, o, t = new_id(), one.ours, one.theirs
    await tx.execute(
        _NEW, id_, facility, day, service, one.kind.value, one.key, _person(one), o.subject if o else None,
        o.delivery_id if o else None, (o and o.poli) or (t and t.poli), (o and o.no_urut) or (t and t.no_urut),
        (o and o.no_kunjungan) or (t and t.visit), one.because, fields, one.owner.value,
    )  # fmt: skip
    await step(tx, id_, BY, "found", "open", one.owner.value, None)


def _person(one: Found) -> str | None:
    ours_ = one.ours.person_id if one.ours else None
    return ours_ or (one.theirs.person_id if one.theirs else None)


async def step(tx: Tx, difference: str, by: str, name: str, state: str, owner: str, note: str | None) -> None:
    """Write down who did what."""
    await tx.execute(_STEP, difference, by, name, state, owner, note)


_SUMMARY = """
SELECT r.facility, f.name, r.day, r.service, r.owed, r.skipped, r.sent, r.accepted, r.listed, r.because, r.compared_at,
    coalesce(d.open, 0) AS open, coalesce(d.in_hand, 0) AS in_hand, coalesce(d.settled, 0) AS settled,
    coalesce(d.accepted, 0) AS agreed, coalesce(d.kinds, '{}') AS kinds
FROM reconciled_day r LEFT JOIN facility f ON f.code = r.facility
LEFT JOIN LATERAL (
    SELECT sum(n) FILTER (WHERE state = 'open') AS open, sum(n) FILTER (WHERE state = 'in-hand') AS in_hand,
        sum(n) FILTER (WHERE state = 'settled') AS settled, sum(n) FILTER (WHERE state = 'accepted') AS accepted,
        jsonb_object_agg(kind, left_over) FILTER (WHERE left_over > 0) AS kinds
    FROM (SELECT kind, state, count(*) AS n,
            sum(count(*) FILTER (WHERE state IN ('open', 'in-hand'))) OVER (PARTITION BY kind) AS left_over
          FROM difference x WHERE (x.facility, x.day, x.service) = (r.facility, r.day, r.service)
          GROUP BY kind, state) k
) d ON true
WHERE r.day BETWEEN $1 AND $2 AND ($3::text IS NULL OR r.facility = $3) ORDER BY r.day DESC, r.facility, r.service
"""


async def summary(conn: Connection, since: date, until: date, facility: str | None) -> list[dict[str, Any]]:
    """How each day stood, newest first, with what is still open by kind."""
    rows = [dict(r) for r in await conn.fetch(_SUMMARY, since, until, facility)]
    return [r | {"kinds": orjson.loads(r["kinds"])} for r in rows]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which differences are asked for; None narrows nothing. `after`: behind this one."""

    facility: str | None = None
    since: date | None = None
    until: date | None = None
    kind: str | None = None
    state: str | None = None
    owner: str | None = None
    after: tuple[date, str] | None = None


_LIST = """
SELECT * FROM difference WHERE ($1::text IS NULL OR facility = $1) AND ($2::date IS NULL OR day >= $2)
AND ($3::date IS NULL OR day <= $3) AND ($4::text IS NULL OR kind = $4)
AND (CASE WHEN $5::text IS NULL THEN state IN ('open', 'in-hand') WHEN $5 = 'all' THEN true ELSE state = $5 END)
AND ($6::text IS NULL OR owner = $6) AND ($7::date IS NULL OR (day, id) < ($7, $8::text))
ORDER BY day DESC, id DESC LIMIT $9
"""


async def differences(conn: Connection, wanted: Wanted, limit: int) -> list[dict[str, Any]]:
    """Newest day first."""
    w, (day, id_) = wanted, wanted.after or (None, None)
    rows = await conn.fetch(_LIST, w.facility, w.since, w.until, w.kind, w.state, w.owner, day, id_, limit)
    return [_difference(r) for r in rows]


def _difference(row: Any) -> dict[str, Any]:
    return dict(row) | {"fields": orjson.loads(row["fields"]) if row["fields"] else []}


async def difference(conn: Connection, id_: str, facility: str | None) -> dict[str, Any] | None:
    """One difference of this facility (None: of any)."""
    row = await conn.fetchrow(
        "SELECT * FROM difference WHERE id = $1 AND ($2::text IS NULL OR facility = $2)", id_, facility
    )
    return _difference(row) if row else None


async def steps(conn: Connection, id_: str) -> list[dict[str, Any]]:
    """Who did what with it, in order."""
    rows = await conn.fetch(
        "SELECT at, by, step, state, owner, note FROM difference_step WHERE difference_id = $1 ORDER BY number", id_
    )
    return [dict(r) for r in rows]


_MOVE = """
UPDATE difference SET state = $3::text, owner = $4, version = version + 1,
    closed_at = CASE WHEN $3::text IN ('accepted', 'settled') THEN coalesce(closed_at, now()) END
WHERE id = $1 AND version = $2 RETURNING *
"""


async def move(tx: Tx, one: dict[str, Any], state: str, owner: str) -> dict[str, Any] | None:
    """One guarded write; None when somebody was quicker."""
    row = await tx.fetchrow(_MOVE, one["id"], one["version"], state, owner)
    return _difference(row) if row else None
