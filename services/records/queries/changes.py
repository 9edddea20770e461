"""The feed of changes for an actor: events joined with what stands now, decided and logged in the same statement."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from services.kernel.access import refs
from services.kernel.auth import Actor
from services.kernel.db import Connection
from services.records.contract import MOVED
from services.records.queries.reading import _ACTOR, _actor
from services.records.queries.visible import ASKER, CAME, LOG, purpose, shown, visible_to

GRANT, PROJECTED = "grant", "projected"
"""Event types beside the FHIR types: somebody may see more than before; a peer's resource was stored here."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change that may be shown. `body` is the resource as it lies, None when it was deleted."""

    position: int
    kind: str
    type: str
    id: str
    version: int
    receipt: int
    patient: str | None
    body: str | None


_TOLD = f"""who AS MATERIALIZED (
    SELECT q.person_id, {visible_to("q.person_id", ASKER)} AS seen
    FROM (SELECT DISTINCT person_id FROM candidate WHERE person_id IS NOT NULL) q
), page AS MATERIALIZED (
    SELECT n.*, p.patient_id FROM candidate n LEFT JOIN who w USING (person_id) LEFT JOIN person p USING (person_id)
    WHERE {shown("n", ASKER, f"coalesce(w.seen, {ASKER.sees_all}::boolean)")} ORDER BY n.position, n.receipt LIMIT $8
), looked AS (
    {LOG} SELECT {_ACTOR}, l.person_id, 'read', $9, {purpose("l.person_id", ASKER)}, 'allowed', {CAME},
                 {refs("type", "id", "receipt")}
    FROM page l WHERE l.person_id IS NOT NULL GROUP BY l.person_id
)
SELECT p.position, p.kind, p.type, p.id, p.version, p.receipt, p.patient_id AS patient,
       CASE WHEN NOT p.deleted THEN r.body END AS body
FROM page p JOIN resource r ON r.type = p.type AND r.id = p.id ORDER BY p.position, p.receipt
"""
_COLUMNS = "r.type, r.id, r.version, r.person_id, r.client, r.sensitive, r.deleted, r.receipt"

_CHANGED = f"""
WITH scanned AS MATERIALIZED (
    SELECT position, CASE kind WHEN '{MOVED}' THEN 'changed' ELSE kind END AS kind, version,
           CASE type WHEN '{PROJECTED}' THEN split_part(subject, '/', 1) ELSE type END AS type,
           CASE type WHEN '{PROJECTED}' THEN split_part(subject, '/', 2) ELSE subject END AS id
    FROM event WHERE position > $10 AND position <= $11 AND type <> '{GRANT}'
), candidate AS MATERIALIZED (
    SELECT s.position, s.kind, {_COLUMNS}
    FROM scanned s JOIN resource r ON r.type = s.type AND r.id = s.id AND r.version = s.version
    WHERE NOT EXISTS (SELECT 1 FROM event m WHERE m.kind = '{MOVED}' AND m.subject = s.id AND m.type = s.type
                                              AND m.version = s.version AND m.position > s.position)
), {_TOLD}"""

_RECORD = f"""
WITH told AS MATERIALIZED (
    SELECT CASE type WHEN '{PROJECTED}' THEN subject ELSE type || '/' || subject END AS ref, version
    FROM event WHERE position > $13 AND position <= $14 AND person_id = $11
), candidate AS MATERIALIZED (
    SELECT $10::bigint AS position, 'granted' AS kind, {_COLUMNS} FROM resource r
    WHERE r.person_id = $11 AND NOT r.deleted AND r.receipt + 0 > $12
      AND NOT EXISTS (SELECT 1 FROM told t WHERE t.ref = r.type || '/' || r.id AND t.version = r.version)
), {_TOLD}"""
"""Without what the present round of the feed tells anyway."""


_BODY = "CASE WHEN NOT p.deleted THEN r.body END"
_STANDS = "CASE WHEN NOT p.deleted THEN '' END"
"""In place of the body, for who only wants to know that it is there."""
_CHANGED_IDS, _RECORD_IDS = _CHANGED.replace(_BODY, _STANDS), _RECORD.replace(_BODY, _STANDS)


async def changed(
    conn: Connection, actor: Actor, today: date, after: int, until: int, limit: int, what: str, *, bodies: bool = True
) -> list[Change]:
    """What changed in (after, until] and still stands so, as far as the actor may see it; logged as read.

    A version that was followed by another, or that moved to another person, is not told: the later event tells it.
    """
    rows = await conn.fetch(_CHANGED if bodies else _CHANGED_IDS, *_actor(actor, today), limit, what, after, until)
    return [Change(*r) for r in rows]


async def record(
    conn: Connection, actor: Actor, today: date, place: tuple[int, str, int], told: tuple[int, int], limit: int,
    what: str, *, bodies: bool = True,
) -> list[Change]:  # fmt: skip
    """The record of a person, for who may see more of it since a grant; logged as read.

    `place`: the grant's position, the person, and the receipt after which to go on; `told`: the part of the feed
    (after, until) whose events are told to the actor in any case.
    """
    rows = await conn.fetch(_RECORD if bodies else _RECORD_IDS, *_actor(actor, today), limit, what, *place, *told)
    return [Change(*r) for r in rows]


@dataclass(frozen=True, slots=True)
class Grant:
    """Somebody may see more: of one person, of all who live in a village, or (neither) of all they have a reason to
    see."""

    position: int
    person: str | None
    village: str | None


_GRANT = f"""
SELECT position, person_id, data::json ->> 'village' FROM event
WHERE position > $1 AND position <= $2 AND type = '{GRANT}'
  AND coalesce(data::json ->> 'facility', $3) = $3
ORDER BY position LIMIT 1
"""


async def grant(conn: Connection, facility: str, after: int, until: int) -> Grant | None:
    """The first grant in (after, until] that may concern a facility."""
    row = await conn.fetchrow(_GRANT, after, until, facility)
    return Grant(*row) if row else None


async def next_resident(conn: Connection, village: str, after: str) -> str | None:
    """The next person of a village, by id."""
    found: str | None = await conn.fetchval(
        "SELECT min(person_id) FROM person WHERE village = $1 AND person_id > $2", village, after
    )
    return found


async def next_related(conn: Connection, facility: str, after: str) -> str | None:
    """The next person a facility has a care relation with, by id."""
    found: str | None = await conn.fetchval(
        "SELECT min(person_id) FROM care_relation WHERE facility = $1 AND person_id > $2", facility, after
    )
    return found


_ANNOUNCE = f"""
INSERT INTO event_pending (type, kind, subject, version, person_id, data)
SELECT '{PROJECTED}', CASE version WHEN 1 THEN 'created' ELSE 'changed' END, type || '/' || id, version, person_id,
       '{{}}'
FROM resource WHERE type = $1 AND id = $2
"""


async def announce(conn: Any, type_: str, id_: str) -> None:
    """Tell of a peer's resource that was stored here (its owner's feed tells the services; this tells /v1/changes)."""
    await conn.execute(_ANNOUNCE, type_, id_)
