"""One referral and its history. A write is one statement: the row, its history, event, access row, first answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import asyncpg
import orjson

from services.kernel import access
from services.kernel.access import Access
from services.kernel.db import Connection, Tx
from services.kernel.events import Event
from services.referrals.contract import Alarm, Kind, Outcome, Side, State, Urgency, Verb
from services.referrals.queries import legs
from services.referrals.queries.answers import Kept
from services.referrals.queries.legs import LEGS
from services.referrals.queries.named import Named, typed
from services.referrals.rules.legs import told
from services.referrals.rules.referrals import Party, Referral, Step


@dataclass(frozen=True, slots=True)
class Change:
    """All that one step writes. The clock's own steps show nobody anything and have no `access`; `answer` is kept for
    retries when the caller gave a `key`."""

    referral: Referral
    step: Step
    event: Event
    access: Access | None = None
    answer: Kept | None = None
    key: str | None = None


HEAD = """
    r.id, r.version, r.person_id, r.from_facility, r.to_facility, r.leg, r.asked, r.former, r.candidates, r.urgency,
    r.kind, r.state, r.owner, r.owner_facility, r.opened_at, r.changed_at, r.due_at, r.ring_at, r.rung, r.sent_at,
    r.answered_at, r.arrived_at, r.closed_at, r.diagnosis, r.non_specialist, r.encounter, r.payer, r.beside,
    r.valid_until, r.content, r.summary, r.numbers, r.outcome, r.advice, r.follow_up_due, s.name AS from_name,
    coalesce(s.organization, r.from_facility) AS from_organization, t.name AS to_name,
    coalesce(t.organization, r.to_facility) AS to_organization
"""
NAMES = "LEFT JOIN facility s ON s.code = r.from_facility LEFT JOIN facility t ON t.code = r.to_facility"
_STEP = "number, verb, state, side, actor, role, facility, at, recorded_at, reason, note, asked"
_PLAIN = (
    "id", "version", "person_id", "leg", "asked", "former", "candidates", "owner_facility", "opened_at", "changed_at",
    "due_at", "ring_at", "rung", "sent_at", "answered_at", "arrived_at", "closed_at", "diagnosis", "non_specialist",
    "encounter", "payer", "beside", "valid_until", "advice", "follow_up_due",
)  # fmt: skip


def referral(row: asyncpg.Record) -> Referral:
    """The referral in a row of `HEAD`."""
    to = row["to_facility"]
    return Referral(
        sender=Party(row["from_facility"], row["from_organization"], row["from_name"]),
        receiver=Party(to, row["to_organization"], row["to_name"]) if to else None,
        urgency=Urgency(row["urgency"]), kind=Kind(row["kind"]), state=State(row["state"]), owner=Side(row["owner"]),
        content=orjson.loads(row["content"]), numbers=orjson.loads(row["numbers"]),
        summary=orjson.loads(row["summary"]) if row["summary"] else None,
        outcome=Outcome(row["outcome"]) if row["outcome"] else None, **{c: row[c] for c in _PLAIN},
    )  # fmt: skip


def _verb(word: str) -> Verb | Alarm | Literal["draft"]:
    if word == "draft":
        return "draft"
    return Alarm(word) if word in _ALARMS else Verb(word)


_ALARMS = frozenset(Alarm)


def _step(row: asyncpg.Record, prefix: str = "") -> Step:
    fields = {c: row[prefix + c] for c in Step.__dataclass_fields__}
    state, side = State(fields.pop("state")), Side(fields.pop("side"))
    return Step(verb=_verb(fields.pop("verb")), state=state, side=side, **fields)


_LOOK = f"SELECT {HEAD} FROM referral r {NAMES} WHERE r.id = $1"
_HOLD = f"{_LOOK} FOR UPDATE OF r"


async def look(conn: Connection, referral_id: str) -> Referral | None:
    """A referral as it stands."""
    row = await conn.fetchrow(_LOOK, referral_id)
    return referral(row) if row else None


async def hold(tx: Tx, referral_id: str) -> Referral | None:
    """A referral, locked until the transaction ends."""
    row = await tx.fetchrow(_HOLD, referral_id)
    return referral(row) if row else None


_WHOLE = f"""
SELECT {HEAD}, {", ".join(f"p.{c.strip()} AS step_{c.strip()}" for c in _STEP.split(","))}
FROM referral r {NAMES} JOIN referral_step p ON p.referral_id = r.id WHERE r.id = $1 ORDER BY p.number
"""


async def whole(conn: Connection, referral_id: str) -> tuple[Referral, list[Step]] | None:
    """A referral as it stands, with every step in order."""
    rows = await conn.fetch(_WHOLE, referral_id)
    return (referral(rows[0]), [_step(r, "step_") for r in rows]) if rows else None


_IN_THE_WAY = f"""
SELECT {HEAD} FROM referral r {NAMES}
WHERE r.person_id = $1 AND r.closed_at IS NULL AND r.state <> 'draft' AND (r.id <> $5 OR $6) AND (
    r.id = $5 OR r.to_facility = $2 AND r.state NOT IN ('declined', 'redirected')
    OR r.from_facility = $3 AND left(r.diagnosis, 3) = left($4, 3))
ORDER BY r.to_facility IS DISTINCT FROM $2, r.opened_at LIMIT 1
"""


async def in_the_way(conn: Connection, of: Referral) -> Referral | None:
    """The open referral beside which this one may not stand: of the same person to the same facility, or from the same
    facility for the same category of diagnosis; or, to a new one, the one that has its id already."""
    to = of.receiver.code if of.receiver else None
    row = await conn.fetchrow(_IN_THE_WAY, of.person_id, to, of.sender.code, of.diagnosis, of.id, of.version == 1)
    return referral(row) if row else None


async def histories(conn: Connection, referral_ids: Sequence[str]) -> dict[str, list[Step]]:
    """Every step of these referrals, in order."""
    rows = await conn.fetch(
        f"SELECT referral_id, {_STEP} FROM referral_step WHERE referral_id = ANY($1) ORDER BY referral_id, number",
        list(referral_ids),
    )
    found: dict[str, list[Step]] = {id_: [] for id_ in referral_ids}
    for row in rows:
        found[row["referral_id"]].append(_step(row))
    return found


async def last_step(conn: Connection, referral_id: str) -> Step:
    """What happened last."""
    row = await conn.fetchrow(
        f"SELECT {_STEP} FROM referral_step WHERE referral_id = $1 ORDER BY number DESC LIMIT 1", referral_id
    )
    assert row is not None  # noqa: S101 - a referral is stored with its first step
    return _step(row)


_FIRST = ("id", "person_id", "from_facility", "opened_at")
_SAID = (
    "kind", "beside", "leg", "sent_at", "diagnosis", "non_specialist", "encounter", "payer", "valid_until", "content",
    "summary", "numbers",
)  # fmt: skip
"""What only a sending, a redirection or a draft says: wide, and no other step writes it once more."""
_STANDS = (
    "version", "to_facility", "asked", "former", "candidates", "urgency", "state", "owner", "owner_facility",
    "changed_at", "due_at", "ring_at", "rung", "answered_at", "arrived_at", "closed_at", "outcome", "advice",
    "follow_up_due",
)  # fmt: skip
_SAYS = frozenset({Verb.SEND, Verb.REDIRECT, "draft"})

_BESIDES = f"""
noted AS (
    INSERT INTO referral_step (referral_id, {_STEP})
    SELECT {typed("id, version, verb, state, side, actor, role, facility, at, recorded_at, reason, note, step_asked")}
    FROM moved
), told AS (
    INSERT INTO event_pending (type, kind, subject, version, person_id, data)
    SELECT {typed("event_type, event_kind, id, version, person_id, event_data")} FROM moved
), looked AS (
    INSERT INTO access_pending ({access.COLUMNS})
    SELECT {typed("actor, role, facility, person_id, action, what, purpose, access_outcome, request_id, origin")},
           {typed("resources")} FROM moved WHERE :action::text IS NOT NULL
), kept AS (
    INSERT INTO first_answer (actor, key, fingerprint, referral_id, person_id, status, body)
    SELECT {typed("actor, key, fingerprint, id, person_id, status, body")} FROM moved WHERE :key::text IS NOT NULL
)
"""
_ALL = ", ".join(_FIRST + _STANDS + _SAID)
_ADD = Named(f"""
WITH moved AS (INSERT INTO referral ({_ALL}) VALUES ({typed(_ALL)}) RETURNING 1), {_BESIDES}, {LEGS}
SELECT count(*) FROM moved
""")


def _move(columns: Sequence[str], *others: str) -> Named:
    """A step, when the referral is still as it was read: all of it, or nothing."""
    put = ", ".join(f"{c} = {typed(c)}" for c in columns)
    return Named(f"""
WITH moved AS (
    UPDATE referral SET {put}
    WHERE id = {typed("id")} AND version = {typed("version")} - 1 AND person_id = {typed("person_id")}
          AND numbers = {typed("numbers")} RETURNING 1
), {", ".join((_BESIDES, *others))}
SELECT count(*) FROM moved
""")


_MOVES = {
    (says, legs): _move(_STANDS + _SAID if says else _STANDS, *([LEGS] if legs else []))
    for says in (True, False)
    for legs in (True, False)
}


class Raced(Exception):  # noqa: N818 - an answer, not an error
    """The referral is not any more as it was read."""


async def add(conn: Connection, change: Change) -> None:
    """Store a new referral. Raises UniqueViolationError when one is open, or the key was answered before."""
    await conn.execute(_ADD.sql, *_ADD.values(_values(change)))


async def move(conn: Connection, change: Change) -> None:
    """Store a step. Raises Raced when the referral is not any more what the step was taken on (never when it is held),
    UniqueViolationError when the key was answered before."""
    values = _values(change)
    statement = _MOVES[change.step.verb in _SAYS, bool(values["told_facilities"])]
    if not await conn.fetchval(statement.sql, *statement.values(values)):
        raise Raced


async def take(tx: Tx, change: Change) -> None:
    """Store a step on a held referral. When one of several asked now has it, to which the person has another open
    referral, it stands doubled beside that: only a sending asks for a reason."""
    if change.step.verb in (Verb.SEND, Verb.REFER_BACK):
        return await move(tx, change)
    try:
        async with tx.transaction():
            return await move(tx, change)
    except asyncpg.UniqueViolationError as clash:
        if clash.constraint_name != "referral_one_open":
            raise
    await tx.execute("UPDATE referral SET doubled = true WHERE id = $1", change.referral.id)
    return await move(tx, change)


async def complete(tx: Tx, referral_id: str, summary: dict[str, Any]) -> None:
    """Keep the summary of a referral that was sent without one."""
    await tx.execute(
        "UPDATE referral SET summary = $2 WHERE id = $1 AND summary ? 'missing'",
        referral_id, orjson.dumps(summary).decode(),
    )  # fmt: skip


def _values(change: Change) -> dict[str, Any]:
    return _row(change.referral) | _besides(change) | legs.values(told(change.referral, change.step))


def _row(of: Referral) -> dict[str, Any]:
    return {f: getattr(of, f) for f in Referral.__dataclass_fields__} | {
        "from_facility": of.sender.code,
        "to_facility": of.receiver.code if of.receiver else None,
        "content": orjson.dumps(of.content).decode(),
        "numbers": orjson.dumps(of.numbers).decode(),
        "summary": orjson.dumps(of.summary).decode() if of.summary is not None else None,
    }


def _besides(change: Change) -> dict[str, Any]:
    step, told, looked, answer = change.step, change.event, change.access, change.answer
    return {
        "verb": step.verb,
        "side": step.side,
        "actor": step.actor,
        "role": step.role,
        "facility": step.facility,
        "at": step.at,
        "recorded_at": step.recorded_at,
        "reason": step.reason,
        "note": step.note,
        "step_asked": step.asked,
        "event_type": told.type,
        "event_kind": told.kind,
        "event_data": orjson.dumps(told.data).decode(),
        "action": looked.action if looked else None,
        "what": looked.what if looked else None,
        "purpose": looked.actor.purpose if looked else None,
        "access_outcome": looked.outcome if looked else None,
        "request_id": looked.actor.request_id if looked else None,
        "origin": looked.actor.origin if looked else None,
        "resources": looked.listed() if looked else None,
        "key": change.key if answer else None,
        "fingerprint": answer.fingerprint if answer else None,
        "status": answer.status if answer else None,
        "body": answer.body if answer else None,
    }
