"""All SQL of the referrals service. A write is one statement: the row, its history, event, access row, first answer."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg
import orjson

from services.kernel import access
from services.kernel.access import Access
from services.kernel.db import Connection, Tx
from services.kernel.events import Event
from services.referrals.contract import Kind, Outcome, State, Urgency, Verb
from services.referrals.rules import Party, Referral, Step


class Named:
    """A statement with `:named` parameters, for those too wide to be counted; `values` puts them in order."""

    def __init__(self, sql: str) -> None:
        self._names: list[str] = []
        self.sql = re.sub(r"(?<!:):([a-z_]+)", self._number, sql)

    def _number(self, match: re.Match[str]) -> str:
        if match[1] not in self._names:
            self._names.append(match[1])
        return f"${self._names.index(match[1]) + 1}"

    def values(self, given: dict[str, Any]) -> list[Any]:
        """The parameters in the statement's order."""
        return [given[n] for n in self._names]


@dataclass(frozen=True, slots=True)
class Kept:
    """The first answer to an idempotent request, and whom it speaks of."""

    fingerprint: str
    referral_id: str
    person_id: str
    status: int
    body: str


@dataclass(frozen=True, slots=True)
class Facility:
    """A facility as followed."""

    code: str
    name: str
    kind: str
    organization: str
    active: bool

    def party(self) -> Party:
        """The facility as one end of a referral."""
        return Party(self.code, self.organization, self.name)


@dataclass(frozen=True, slots=True)
class Change:
    """All that one step writes. `answer` is kept for retries when the caller gave a key."""

    referral: Referral
    step: Step
    event: Event
    access: Access
    answer: Kept
    key: str | None


_HEAD = """
    r.id, r.version, r.person_id, r.from_facility, r.to_facility, r.urgency, r.kind, r.state, r.owner_facility,
    r.opened_at, r.changed_at, r.due_at, r.answered_at, r.closed_at, r.diagnosis, r.encounter, r.content, r.outcome,
    r.advice, r.follow_up_due, s.name AS from_name, coalesce(s.organization, r.from_facility) AS from_organization,
    t.name AS to_name, coalesce(t.organization, r.to_facility) AS to_organization
"""
_FROM = """
FROM referral r LEFT JOIN facility s ON s.code = r.from_facility LEFT JOIN facility t ON t.code = r.to_facility
"""
_STEP = "number, verb, state, actor, role, facility, at, recorded_at, reason, note"


def _referral(row: asyncpg.Record) -> Referral:
    return Referral(
        id=row["id"], version=row["version"], person_id=row["person_id"],
        sender=Party(row["from_facility"], row["from_organization"], row["from_name"]),
        receiver=Party(row["to_facility"], row["to_organization"], row["to_name"]),
        urgency=Urgency(row["urgency"]), kind=Kind(row["kind"]), state=State(row["state"]),
        owner_facility=row["owner_facility"], opened_at=row["opened_at"], changed_at=row["changed_at"],
        due_at=row["due_at"], answered_at=row["answered_at"], closed_at=row["closed_at"], diagnosis=row["diagnosis"],
        encounter=row["encounter"], content=orjson.loads(row["content"]),
        outcome=Outcome(row["outcome"]) if row["outcome"] else None, advice=row["advice"],
        follow_up_due=row["follow_up_due"],
    )  # fmt: skip


def _step(row: asyncpg.Record, prefix: str = "") -> Step:
    fields = {c: row[prefix + c] for c in Step.__dataclass_fields__}
    verb = fields.pop("verb")
    return Step(verb=verb if verb == "send" else Verb(verb), state=State(fields.pop("state")), **fields)


_FACILITIES = "SELECT code, name, kind, organization, active FROM facility WHERE code = ANY($1)"


async def facilities(conn: Connection, codes: Sequence[str]) -> dict[str, Facility]:
    """The known ones among `codes`."""
    return {r["code"]: Facility(**r) for r in await conn.fetch(_FACILITIES, codes)}


_KEPT = "SELECT fingerprint, referral_id, person_id, status, body FROM first_answer WHERE actor = $1 AND key = $2"


async def kept(conn: Connection, actor: str, key: str) -> Kept | None:
    """The first answer given to this actor under this key."""
    row = await conn.fetchrow(_KEPT, actor, key)
    return Kept(**row) if row else None


async def forget(conn: Connection, before: datetime) -> None:
    """Drop the first answers older than `before`."""
    await conn.execute("DELETE FROM first_answer WHERE at < $1", before)


_HOLD = f"SELECT {_HEAD} {_FROM} WHERE r.id = $1 FOR UPDATE OF r"


async def hold(tx: Tx, referral_id: str) -> Referral | None:
    """A referral, locked until the transaction ends."""
    row = await tx.fetchrow(_HOLD, referral_id)
    return _referral(row) if row else None


_WHOLE = f"""
SELECT {_HEAD}, {", ".join(f"p.{c.strip()} AS step_{c.strip()}" for c in _STEP.split(","))}
{_FROM} JOIN referral_step p ON p.referral_id = r.id WHERE r.id = $1 ORDER BY p.number
"""


async def whole(conn: Connection, referral_id: str) -> tuple[Referral, list[Step]] | None:
    """A referral as it stands, with every step in order."""
    rows = await conn.fetch(_WHOLE, referral_id)
    return (_referral(rows[0]), [_step(r, "step_") for r in rows]) if rows else None


async def open_one(conn: Connection, person_id: str, to_facility: str) -> Referral | None:
    """The open referral of a person to a facility; there is at most one."""
    where = "WHERE r.person_id = $1 AND r.to_facility = $2 AND r.closed_at IS NULL"
    row = await conn.fetchrow(f"SELECT {_HEAD} {_FROM} {where}", person_id, to_facility)
    return _referral(row) if row else None


async def last_step(conn: Connection, referral_id: str) -> Step:
    """What happened last."""
    row = await conn.fetchrow(
        f"SELECT {_STEP} FROM referral_step WHERE referral_id = $1 ORDER BY number DESC LIMIT 1", referral_id
    )
    assert row is not None  # noqa: S101 - a referral is stored with its first step
    return _step(row)


_FIRST = ("id", "person_id", "from_facility", "to_facility", "urgency", "kind", "opened_at", "diagnosis", "encounter",
          "content")  # fmt: skip
_MOVING = ("version", "state", "owner_facility", "changed_at", "due_at", "answered_at", "closed_at", "outcome",
           "advice", "follow_up_due")  # fmt: skip

_BESIDES = f"""
noted AS (
    INSERT INTO referral_step (referral_id, {_STEP})
    VALUES (:id, :version, :verb, :state, :actor, :role, :facility, :at, :changed_at, :reason, :note)
), told AS (
    INSERT INTO event_pending (type, kind, subject, version, person_id, data)
    VALUES (:event_type, :event_kind, :id, :version, :person_id, :event_data)
), looked AS (
    INSERT INTO access_pending ({access.COLUMNS})
    VALUES (:actor, :role, :facility, :person_id, :action, :what, :purpose, :access_outcome, :request_id, :origin,
            :resources)
), kept AS (
    INSERT INTO first_answer (actor, key, fingerprint, referral_id, person_id, status, body)
    SELECT :actor, :key::text, :fingerprint, :id, :person_id, :status, :body WHERE :key::text IS NOT NULL
)
"""

_ADD = Named(f"""
WITH {_BESIDES}
INSERT INTO referral ({", ".join(_FIRST + _MOVING)})
VALUES ({", ".join(f":{c}" for c in _FIRST + _MOVING)})
""")

_MOVE = Named(f"""
WITH {_BESIDES}
UPDATE referral SET {", ".join(f"{c} = :{c}" for c in _MOVING)} WHERE id = :id
""")


async def add(tx: Tx, change: Change) -> None:
    """Store a new referral. Raises UniqueViolationError when one is open, or the key was answered before."""
    await tx.execute(_ADD.sql, *_ADD.values(_values(change)))


async def move(tx: Tx, change: Change) -> None:
    """Store a step of a held referral. Raises UniqueViolationError when the key was answered before."""
    await tx.execute(_MOVE.sql, *_MOVE.values(_values(change)))


def _values(change: Change) -> dict[str, Any]:
    referral, told, looked, answer = change.referral, change.event, change.access, change.answer
    columns = {f: getattr(referral, f) for f in Referral.__dataclass_fields__}
    return {
        **columns,
        "from_facility": referral.sender.code,
        "to_facility": referral.receiver.code,
        "content": orjson.dumps(referral.content).decode(),
        "verb": change.step.verb,
        "actor": change.step.actor,
        "role": change.step.role,
        "facility": change.step.facility,
        "at": change.step.at,
        "reason": change.step.reason,
        "note": change.step.note,
        "event_type": told.type,
        "event_kind": told.kind,
        "event_data": orjson.dumps(told.data).decode(),
        "action": looked.action,
        "what": looked.what,
        "purpose": looked.actor.purpose,
        "access_outcome": looked.outcome,
        "request_id": looked.actor.request_id,
        "origin": looked.actor.origin,
        "resources": looked.listed(),
        "key": change.key,
        "fingerprint": answer.fingerprint,
        "status": answer.status,
        "body": answer.body,
    }


BOXES = {"inbox": "r.to_facility = $1", "outbox": "r.from_facility = $1", "district": "$1::text IS NULL"}

_OPEN_PAGE = {
    box: f"""
SELECT {_HEAD}, r.rank {_FROM}
WHERE {mine} AND r.closed_at IS NULL AND (r.rank, r.opened_at, r.id) > ($2, $3, $4)
      AND ($5::text IS NULL OR r.state = $5)
ORDER BY r.rank, r.opened_at, r.id LIMIT $6
"""
    for box, mine in BOXES.items()
}

_ENDED_PAGE = {
    box: f"""
SELECT {_HEAD} {_FROM}
WHERE {mine} AND r.closed_at IS NOT NULL AND (r.closed_at, r.id) < ($2, $3)
      AND ($4::text IS NULL OR r.state = $4)
ORDER BY r.closed_at DESC, r.id DESC LIMIT $5
"""
    for box, mine in BOXES.items()
}

Place = tuple[int, datetime, str]
"""Where a page of open referrals ended: rank, opened_at, id."""


async def open_page(
    conn: Connection, box: str, facility: str | None, state: State | None, after: Place, limit: int
) -> tuple[list[Referral], list[Place]]:
    """Open referrals of a box, the most urgent first, then the oldest; and the place of each."""
    rows = await conn.fetch(_OPEN_PAGE[box], facility, *after, state, limit)
    return [_referral(r) for r in rows], [(r["rank"], r["opened_at"], r["id"]) for r in rows]


async def ended_page(
    conn: Connection, box: str, facility: str | None, state: State | None, after: tuple[datetime, str], limit: int
) -> list[Referral]:
    """Ended referrals of a box, the last ended first."""
    return [_referral(r) for r in await conn.fetch(_ENDED_PAGE[box], facility, *after, state, limit)]


_FIGURES = """
SELECT r.from_facility, r.to_facility, r.state,
       (SELECT f.name FROM facility f WHERE f.code = coalesce(r.from_facility, r.to_facility)) AS name,
       count(*) AS sent, count(r.answered_at) AS answered,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM r.answered_at - r.opened_at)) AS response,
       count(*) FILTER (WHERE r.state = 'closed') AS closed,
       count(*) FILTER (WHERE r.state = 'cancelled') AS cancelled
FROM referral r
WHERE r.opened_at >= $1 AND r.opened_at < $2
GROUP BY GROUPING SETS ((), (r.from_facility), (r.to_facility), (r.state))
"""


async def figures(conn: Connection, since: datetime, until: datetime) -> list[asyncpg.Record]:
    """Counts of the referrals opened in [since, until): for all, by sender, by receiver and by state."""
    return await conn.fetch(_FIGURES, since, until)


_FOLLOW = """
INSERT INTO facility AS f (code, version, name, kind, organization, active)
SELECT DISTINCT ON (code) code, version, name, kind, organization, active
FROM unnest($1::text[], $2::int[], $3::text[], $4::text[], $5::text[], $6::bool[])
     AS n(code, version, name, kind, organization, active)
ORDER BY code, version DESC
ON CONFLICT (code) DO UPDATE SET version = excluded.version, name = excluded.name, kind = excluded.kind,
    organization = excluded.organization, active = excluded.active
WHERE f.version < excluded.version
"""


async def follow_facilities(tx: Tx, rows: Sequence[tuple[str, int, str, str, str, bool]]) -> None:
    """Take over facilities (code, version, name, kind, organization, active) where they are newer than ours."""
    if rows:
        await tx.execute(_FOLLOW, *map(list, zip(*rows, strict=True)))


# referrals of persons who became one: they move, noted, and go back when the merge is undone


async def begin_merge(tx: Tx, merge_id: str, survivor: str, other: str) -> None:
    """Note a standing merge."""
    await tx.execute(
        "INSERT INTO person_merge (merge_id, survivor, other) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        merge_id, survivor, other,
    )  # fmt: skip


_PAST = "SELECT merge_id, survivor, other FROM person_merge WHERE other IN (SELECT person_id FROM referral)"


async def past_merges(tx: Tx) -> list[tuple[str, str, str]]:
    """Standing merges past which a referral was still sent for the one who was joined."""
    return [(r["merge_id"], r["survivor"], r["other"]) for r in await tx.fetch(_PAST)]


_JOINING = """
INSERT INTO moved_referral (merge_id, referral_id) SELECT $1, id FROM referral WHERE person_id = $2
ON CONFLICT DO NOTHING RETURNING referral_id
"""


async def joining(tx: Tx, merge_id: str, other: str) -> list[str]:
    """The referrals of the one who is joined, noted."""
    await tx.execute("SELECT 1 FROM referral WHERE person_id = $1 ORDER BY id FOR UPDATE", other)
    return [r["referral_id"] for r in await tx.fetch(_JOINING, merge_id, other)]


_LEAVING = """
WITH gone AS (DELETE FROM person_merge WHERE merge_id = $1), moved AS (
    DELETE FROM moved_referral WHERE merge_id = $1 RETURNING referral_id
)
SELECT r.id FROM referral r JOIN moved m ON m.referral_id = r.id WHERE r.person_id = $2 ORDER BY r.id FOR UPDATE OF r
"""


async def leaving(tx: Tx, merge_id: str, survivor: str) -> list[str]:
    """The referrals that moved with a merge, which is forgotten."""
    return [r["id"] for r in await tx.fetch(_LEAVING, merge_id, survivor)]


_GIVE = "UPDATE referral SET person_id = $2, doubled = closed_at IS NULL WHERE id = ANY ($1::text[])"
_SINGLE = """
UPDATE referral r SET doubled = false
WHERE r.person_id = ANY ($1::text[]) AND r.doubled AND r.closed_at IS NULL AND NOT EXISTS (
    SELECT 1 FROM referral o WHERE o.person_id = r.person_id AND o.to_facility = r.to_facility
    AND o.closed_at IS NULL AND o.id <> r.id AND (NOT o.doubled OR (o.opened_at, o.id) < (r.opened_at, r.id)))
"""


async def give(tx: Tx, referrals: Sequence[str], source: str, target: str) -> None:
    """Give referrals to another person. One open referral to a facility counts; what is open beside it is doubled."""
    await tx.execute(_GIVE, referrals, target)
    await tx.execute(_SINGLE, [source, target])
