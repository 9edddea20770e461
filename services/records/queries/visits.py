"""The resources of a visit, a facility's visits, and what a cancelled or moved one leaves behind."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import asyncpg

from services.kernel.access import refs
from services.kernel.auth import Actor
from services.kernel.db import Connection, Tx
from services.records.queries.visible import (
    ASKER,
    CAME,
    LOG,
    Asker,
    bound,
    came,
    cleared,
    consented,
    purpose,
    sees_all,
    shown,
)
from services.records.rules import Identity

KK = "https://fhir.kemkes.go.id/id/kk"

_PART = "r.encounter_id = e.id OR r.type = 'Encounter' AND r.id = e.id"

_RESOURCES = f"""
SELECT r.type, r.id, r.client, r.person_id, r.body, r.updated_at
FROM resource e JOIN resource r ON r.person_id = e.person_id AND ({_PART}) AND NOT r.deleted
WHERE e.type = 'Encounter' AND e.id = $1 AND NOT e.deleted ORDER BY r.receipt
"""


async def resources(conn: Connection, visit_id: str) -> list[asyncpg.Record]:
    """The Encounter of a visit and what of the same person points to it."""
    return await conn.fetch(_RESOURCES, visit_id)


_SHOWN = f"""
WITH part AS (
    SELECT r.type, r.id, r.client, r.person_id, r.body, r.updated_at, r.receipt FROM resource e
    JOIN resource r ON r.person_id = e.person_id AND NOT r.deleted
      AND ({_PART} OR r.type = 'Patient' AND r.id = (SELECT p.patient_id FROM person p WHERE p.person_id = e.person_id))
    WHERE e.type = 'Encounter' AND e.id = $8 AND NOT e.deleted AND {shown("r", ASKER)}
), looked AS (
    {LOG} SELECT $1, $2, $3, d.person_id, 'read', 'visit', {purpose("d.person_id", ASKER)}, 'allowed', {CAME},
                 {refs("d.type", "d.id", "d.receipt")}
    FROM part d WHERE EXISTS (SELECT 1 FROM part WHERE type = 'Encounter') GROUP BY d.person_id
)
SELECT * FROM part WHERE EXISTS (SELECT 1 FROM part WHERE type = 'Encounter') ORDER BY receipt
"""


async def shown_resources(conn: Connection, actor: Actor, today: date, visit_id: str) -> list[asyncpg.Record]:
    """Of a visit whose Encounter the actor may see, with the Patient, what may be seen; logged as one look."""
    asks = [actor.subject, actor.role, actor.facility, actor.purpose, came(actor), sees_all(actor), today]
    return await conn.fetch(_SHOWN, *asks, visit_id)


_JOINS = Asker(subject="$4", facility="$5", today="$6")
_OPEN_EPISODE = f"""
SELECT r.id FROM (
    SELECT i.person_id FROM unnest($1::text[], $2::text[]) q(system, value)
    JOIN person_identifier i ON i.system = q.system AND i.value = q.value UNION SELECT $7::text
) i JOIN resource r ON r.person_id = i.person_id AND r.type = 'EpisodeOfCare' AND NOT r.deleted
WHERE r.status IN ('active', 'planned', 'waitlist', 'onhold')
  AND r.codes && ARRAY['http://terminology.kemkes.go.id/CodeSystem/episodeofcare-type|ANC']
  AND r.date BETWEEN $3::timestamptz - interval '308 days' AND $3::timestamptz
  AND (r.client = $5 OR {bound(_JOINS)} AND {consented("r.person_id", _JOINS)} AND {cleared("r", _JOINS)})
ORDER BY r.date DESC LIMIT 1
"""


async def open_episode(
    conn: Connection,
    actor: Actor,
    today: date,
    keys: Sequence[tuple[str, str]],
    at: datetime,
    person: str | None = None,
) -> str | None:
    """The open pregnancy episode of the person with one of these identifiers (or of this person), begun at most 308
    days before; one of another facility when the person lets the actor's see it (the visit itself is the reason to see
    the person)."""
    asker = (actor.subject, actor.facility, today)
    found: str | None = await conn.fetchval(
        _OPEN_EPISODE, [s for s, _ in keys], [v for _, v in keys], at, *asker, person
    )
    return found


_STANDING = """
SELECT e.version, e.deleted, e.client, e.person_id, e.body, e.status,
       EXISTS (SELECT 1 FROM unnest($2::text[], $3::text[]) q(system, value) JOIN person_identifier i
               ON i.system = q.system AND i.value = q.value WHERE i.person_id = e.person_id)
       OR EXISTS (SELECT 1 FROM person p WHERE p.person_id = e.person_id AND p.name = $4 AND p.birth_date = $5)
       OR e.person_id = $6 AS same
FROM resource e WHERE e.type = 'Encounter' AND e.id = $1
"""


async def standing(conn: Connection, visit_id: str, who: Identity, person: str | None = None) -> asyncpg.Record | None:
    """The Encounter of a visit, and whether its person is this one: by id or number, else by name and birth date."""
    keys = [*who.keys, *who.disputed()]
    name, born = (None, None) if keys else (who.name, who.birth_date)
    return await conn.fetchrow(_STANDING, visit_id, [s for s, _ in keys], [v for _, v in keys], name, born, person)


@dataclass(frozen=True, slots=True)
class Which:
    """Which visits of a facility are asked for; `before` is the last (date, id) of the page before."""

    facility: str
    since: datetime
    until: datetime
    person: str | None = None
    codes: tuple[str, ...] = ()
    family: str | None = None
    cancelled: bool | None = None
    before: tuple[datetime, str] | None = None
    limit: int = 50


_LISTED = f"""
SELECT r.id, r.person_id, r.version, r.updated_at, r.date, r.status, r.body, coalesce(
    (SELECT h.updated_at FROM resource_history h WHERE h.type = 'Encounter' AND h.id = r.id AND h.version = 1),
    r.updated_at) AS received_at
FROM resource r
WHERE r.type = 'Encounter' AND r.client = $1 AND NOT r.deleted AND r.date >= $2 AND r.date < $3
  AND ($4::text IS NULL OR r.person_id = $4) AND r.codes @> $5::text[]
  AND ($6::text IS NULL OR EXISTS (
       SELECT 1 FROM resource_identifier i JOIN resource p ON p.type = i.type AND p.id = i.id
       WHERE i.type = 'Patient' AND i.system = '{KK}' AND i.value = $6 AND p.person_id = r.person_id))
  AND ($7::boolean IS NULL OR (r.status IN ('cancelled', 'entered-in-error')) = $7)
  AND ($8::timestamptz IS NULL OR (r.date, r.id) < ($8, $9::text))
ORDER BY r.date DESC, r.id DESC LIMIT $10
"""


async def listed(conn: Connection, which: Which) -> list[asyncpg.Record]:
    """A facility's own visits, the latest first."""
    moment, id_ = which.before or (None, None)
    return await conn.fetch(
        _LISTED, which.facility, which.since, which.until, which.person, list(which.codes), which.family,
        which.cancelled, moment, id_, which.limit,
    )  # fmt: skip


_EPISODE = """
SELECT e.body, EXISTS (SELECT 1 FROM resource o WHERE o.type = 'Encounter' AND o.person_id = e.person_id
    AND NOT o.deleted AND o.id <> $2 AND o.status <> 'entered-in-error'
    AND o.body::jsonb -> 'episodeOfCare' @> jsonb_build_array(jsonb_build_object('reference', 'EpisodeOfCare/' || $1)))
    AS shared
FROM resource e WHERE e.type = 'EpisodeOfCare' AND e.id = $1 AND NOT e.deleted
"""


async def episode(conn: Connection, id_: str, visit_id: str) -> tuple[str, bool] | None:
    """An episode's body, and whether another visit that stands belongs to it."""
    row = await conn.fetchrow(_EPISODE, id_, visit_id)
    return (row["body"], row["shared"]) if row else None


_BEFORE = """
SELECT p.id, p.client, h.body FROM person q
JOIN resource p ON p.type = 'Patient' AND p.id = q.patient_id AND NOT p.deleted
JOIN resource_history h ON h.type = 'Patient' AND h.id = p.id AND h.version = p.version - 1 AND NOT h.deleted
WHERE q.person_id = $1 AND h.person_id = $1 AND p.updated_at = (
    SELECT min(v.updated_at) FROM (
        SELECT updated_at FROM resource WHERE type = 'Encounter' AND id = $2
        UNION ALL SELECT updated_at FROM resource_history WHERE type = 'Encounter' AND id = $2) v)
"""


async def patient_before(conn: Connection, person: str, visit_id: str) -> asyncpg.Record | None:
    """The Patient (id, client, body) as it was before this visit registered the person anew, if nothing came since."""
    return await conn.fetchrow(_BEFORE, person, visit_id)


_WITHDRAW = """
WITH written AS (
    SELECT updated_at FROM resource WHERE type = 'Encounter' AND id = $3
    UNION ALL SELECT updated_at FROM resource_history WHERE type = 'Encounter' AND id = $3
), standing AS (
    SELECT r.type FROM resource r
    WHERE r.person_id = $1 AND r.client = $2 AND NOT r.deleted AND r.type <> 'Patient'
      AND r.status IS DISTINCT FROM 'entered-in-error' AND r.encounter_id IS DISTINCT FROM $3
      AND (r.encounter_id IS NULL OR EXISTS (SELECT 1 FROM resource e WHERE e.type = 'Encounter'
           AND e.id = r.encounter_id AND e.status IS DISTINCT FROM 'entered-in-error'))
), registered AS (
    SELECT 1 FROM (
        SELECT client, updated_at FROM resource WHERE type = 'Patient' AND person_id = $1
        UNION ALL SELECT client, updated_at FROM resource_history WHERE type = 'Patient' AND person_id = $1) v
    WHERE v.client = $2 AND v.updated_at NOT IN (SELECT updated_at FROM written)
)
DELETE FROM care_relation c WHERE c.person_id = $1 AND c.facility = $2 AND c.source = ''
  AND CASE c.reason WHEN 'encounter' THEN NOT EXISTS (SELECT 1 FROM standing WHERE type = 'Encounter')
      WHEN 'registration' THEN NOT EXISTS (SELECT 1 FROM standing) AND NOT EXISTS (SELECT 1 FROM registered)
      ELSE false END
"""


async def withdraw(tx: Tx, person: str, facility: str, visit_id: str) -> None:
    """Take back the reasons a facility had to see a person from a visit that was none, when nothing else gives them:
    no other visit of its own, and no registration but that of the visit itself."""
    await tx.execute(_WITHDRAW, person, facility, visit_id)
