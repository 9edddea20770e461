"""Follow-ups of closed referrals: opened by a step, done by word or by a visit, rung for when they are late."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import asyncpg

from services.kernel.db import Connection, Tx
from services.referrals.contract.follow_ups import Cause, How
from services.referrals.queries.referrals import HEAD, NAMES, referral
from services.referrals.rules.follow_ups import FollowUp
from services.referrals.rules.referrals import Referral

_OWN = (
    "referral_id", "facility", "from_facility", "cause", "due", "opened_at", "opened_on", "ring_at", "rung",
    "reminded_at", "escalated_at", "done_at", "done_on", "done_by", "how", "note", "named", "version",
)  # fmt: skip
_HEAD = (
    ", ".join(f"f.{c}" for c in _OWN)
    + """, r.person_id,
    coalesce(h.organization, f.facility) AS organization, coalesce(g.organization, f.from_facility) AS from_organization
"""
)
_FROM = """follow_up f JOIN referral r ON r.id = f.referral_id LEFT JOIN facility h ON h.code = f.facility
    LEFT JOIN facility g ON g.code = f.from_facility"""


def _follow_up(row: asyncpg.Record) -> FollowUp:
    how = How(row["how"]) if row["how"] else None
    rest = {c: row[c] for c in (*_OWN, "person_id", "organization", "from_organization") if c not in ("cause", "how")}
    return FollowUp(cause=Cause(row["cause"]), how=how, **rest)


_OPEN = f"""
INSERT INTO follow_up AS f ({", ".join(_OWN)}) VALUES ({", ".join(f"${n + 1}" for n in range(len(_OWN)))})
ON CONFLICT (referral_id) DO UPDATE SET
    facility = excluded.facility, from_facility = excluded.from_facility, cause = excluded.cause, due = excluded.due,
    opened_at = excluded.opened_at, opened_on = excluded.opened_on, ring_at = excluded.ring_at, rung = 0,
    reminded_at = NULL, escalated_at = NULL, named = excluded.named, version = f.version + 1
WHERE f.done_at IS NULL AND f.facility <> excluded.facility
RETURNING version
"""


async def add(tx: Tx, one: FollowUp) -> FollowUp | None:
    """Keep a follow-up, also when it passes from one facility to another; None when the referral has it already."""
    version = await tx.fetchval(_OPEN, *(getattr(one, c) for c in _OWN))
    return replace(one, version=version) if version else None


_HOLD = f"SELECT {_HEAD} FROM {_FROM} WHERE f.referral_id = $1 FOR UPDATE OF f"


async def hold(tx: Tx, referral_id: str) -> FollowUp | None:
    """A follow-up, locked until the transaction ends."""
    row = await tx.fetchrow(_HOLD, referral_id)
    return _follow_up(row) if row else None


_MISSED = f"""
SELECT {HEAD} FROM referral r {NAMES}
WHERE r.closed_at > $1 AND r.outcome = ANY ($2::text[])
      AND coalesce(r.follow_up_due, r.closed_at::date + $3::int) >= $4::date
      AND NOT EXISTS (SELECT 1 FROM follow_up f WHERE f.referral_id = r.id)
ORDER BY r.closed_at LIMIT 200 FOR UPDATE OF r SKIP LOCKED
"""


async def missed(tx: Tx, since: datetime, outcomes: Sequence[str], days: int, today: date) -> list[Referral]:
    """Referrals closed lately that ask for a follow-up which is not yet past (`days` when no day was named), and have
    none: a release closed them that knew of none."""
    return [referral(r) for r in await tx.fetch(_MISSED, since, list(outcomes), days, today)]


_OF = f"SELECT {_HEAD} FROM {_FROM} WHERE f.referral_id = ANY ($1::text[]) ORDER BY f.referral_id"


async def of(conn: Connection, referrals: Sequence[str]) -> list[FollowUp]:
    """The follow-ups of these referrals, of those that have one."""
    return [_follow_up(r) for r in await conn.fetch(_OF, list(referrals))]


_MOVING = ("ring_at", "rung", "reminded_at", "escalated_at", "done_at", "done_on", "done_by", "how", "note", "version")
_MOVE = f"UPDATE follow_up SET {', '.join(f'{c} = ${n + 2}' for n, c in enumerate(_MOVING))} WHERE referral_id = $1"


async def move(tx: Tx, one: FollowUp) -> None:
    """Store what became of a held follow-up."""
    await tx.execute(_MOVE, one.referral_id, *(getattr(one, c) for c in _MOVING))


_DUE = f"""
SELECT {_HEAD} FROM {_FROM} WHERE f.done_at IS NULL AND f.ring_at <= $1
ORDER BY f.ring_at LIMIT $2 FOR UPDATE OF f SKIP LOCKED
"""


async def ringing(tx: Tx, now: datetime, limit: int) -> list[FollowUp]:
    """Follow-ups whose clock rings now, held until the transaction ends."""
    return [_follow_up(r) for r in await tx.fetch(_DUE, now, limit)]


_VISITED = f"""
WITH seen AS MATERIALIZED (
    SELECT * FROM unnest($1::text[], $2::text[], $3::date[], $4::text[], $6::timestamptz[])
                  AS v(person_id, facility, day, visit, began)
), first AS (
    SELECT DISTINCT ON (f.referral_id) f.referral_id, v.day, v.visit
    FROM seen v JOIN referral r ON r.person_id = v.person_id JOIN follow_up f ON f.referral_id = r.id
    WHERE f.done_at IS NULL AND f.facility = v.facility AND v.day >= f.opened_on
          AND v.visit IS DISTINCT FROM 'Encounter/' || r.encounter
          AND (v.began IS NULL OR v.began >= date_trunc('second', r.opened_at))
    ORDER BY f.referral_id, v.day
), done AS (
    UPDATE follow_up f SET done_at = $5, done_on = v.day, done_by = v.visit, how = '{How.VISIT}', ring_at = NULL,
                           version = f.version + 1
    FROM first v WHERE f.referral_id = v.referral_id AND f.done_at IS NULL RETURNING f.*
)
SELECT {_HEAD} FROM {_FROM.replace("follow_up f", "done f")}
"""


@dataclass(frozen=True, slots=True)
class Visit:
    """That a facility saw a person on a local day."""

    person_id: str
    facility: str
    day: date
    visit: str
    began: datetime | None = None


async def visited(tx: Tx, visits: Sequence[Visit], now: datetime) -> list[FollowUp]:
    """The follow-ups that these visits do: of the same person, at the home facility, on the day they began or after.
    The visit from which the referral came is none, however late it is closed. A visit is told to the second, so it is
    held against the second in which the referral was opened."""
    columns = [[v.person_id for v in visits], [v.facility for v in visits], [v.day for v in visits],
               [v.visit for v in visits]]  # fmt: skip
    return [_follow_up(r) for r in await tx.fetch(_VISITED, *columns, now, [v.began for v in visits])]


_STANDS = {
    "open": "f.done_at IS NULL",
    "due": "f.done_at IS NULL AND f.due >= $2",
    "late": "f.done_at IS NULL AND f.due < $2",
    "done": "f.done_at IS NOT NULL",
}
_DAY = {s: "done_on" if s == "done" else "due" for s in _STANDS}
_WHOSE = {"home": "f.facility = $1", "asker": "f.from_facility = $1", "district": "$1::text IS NULL"}
_PAGE = {
    (stands, whose): f"""
SELECT {_HEAD}, h.name, g.name AS from_name, r.advice, r.number FROM {_FROM}
WHERE {condition} AND {mine} AND $2::date IS NOT NULL
      AND (f.{_DAY[stands]}, f.referral_id) {"<" if stands == "done" else ">"} ($3, $4)
ORDER BY f.{_DAY[stands]} {"DESC" if stands == "done" else ""}, f.referral_id {"DESC" if stands == "done" else ""}
LIMIT $5
"""
    for stands, condition in _STANDS.items()
    for whose, mine in _WHOSE.items()
}
Row = tuple[FollowUp, asyncpg.Record]
"""A follow-up, and its row with the names, the referral's number and the advice."""


async def page(
    conn: Connection, stands: str, whose: str, facility: str | None, today: date, after: tuple[date, str], limit: int
) -> list[Row]:
    """Follow-ups of a home facility, of one that asked for them, or of all: the open ones by their due day, the done
    ones the last first."""
    rows = await conn.fetch(_PAGE[stands, whose], facility, today, *after, limit)
    return [(_follow_up(r), r) for r in rows]


_ONE = f"SELECT {_HEAD}, h.name, g.name AS from_name, r.advice, r.number FROM {_FROM} WHERE f.referral_id = $1"


async def one(conn: Connection, referral_id: str) -> Row | None:
    """The follow-up of a referral."""
    row = await conn.fetchrow(_ONE, referral_id)
    return (_follow_up(row), row) if row else None


_COUNTS = """
count(*) FILTER (WHERE f.done_at IS NULL AND f.due >= $1) AS due,
count(*) FILTER (WHERE f.done_at IS NULL AND f.due < $1) AS late,
count(*) FILTER (WHERE f.done_on <= f.due) AS done, count(*) FILTER (WHERE f.done_on > f.due) AS done_late
"""
_SPAN = "($2::date IS NULL OR f.due >= $2) AND ($3::date IS NULL OR f.due <= $3)"
_BY_FACILITY = {
    side: f"""
SELECT f.facility, min(h.name) AS name, {_COUNTS}, min(f.due) FILTER (WHERE f.done_at IS NULL) AS oldest_due
FROM follow_up f LEFT JOIN facility h ON h.code = f.facility
WHERE {_SPAN} AND ($4::text IS NULL OR {column} = $4) GROUP BY f.facility ORDER BY late DESC, 1
"""
    for side, column in (("home", "f.facility"), ("asker", "f.from_facility"))
}


async def counts(
    conn: Connection, today: date, since: date | None, until: date | None, facility: str | None, side: str = "home"
) -> list[dict[str, Any]]:
    """How the follow-ups that fell due in a span stand, by home facility: a home facility's, or what one asked for."""
    return [dict(r) for r in await conn.fetch(_BY_FACILITY[side], today, since, until, facility)]
