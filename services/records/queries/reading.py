"""Reading: each statement decides access, writes the access row and returns the text, in one round trip."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from services.kernel.auth import Actor
from services.kernel.db import Connection
from services.records.queries.statement import ALIAS, IHS
from services.records.queries.visible import (
    ASKER,
    CAME,
    LOG,
    VISIBLE_PERSONS,
    came,
    purpose,
    sees_all,
    shown,
)  # fmt: skip

_ACTOR = "$1, $2, $3"  # subject, role, facility


def _actor(actor: Actor, today: date) -> list[Any]:
    return [actor.subject, actor.role, actor.facility, actor.purpose, came(actor), sees_all(actor), today]


@dataclass(frozen=True, slots=True)
class Found:
    """One resource version as it lies. `allowed` is the access decision; the body is only shown when it holds."""

    type: str
    id: str
    person_id: str | None
    version: int
    updated_at: datetime
    deleted: bool
    client: str | None
    body: str
    allowed: bool


_READ = f"""
WITH hit AS (
    SELECT type, id, person_id, version, updated_at, deleted, client, body, sensitive
    FROM resource WHERE type = $8 AND id = $9
    UNION ALL
    SELECT r.type, r.id, r.person_id, r.version, r.updated_at, r.deleted, r.client, r.body, r.sensitive
    FROM person_identifier i JOIN person p USING (person_id)
    JOIN resource r ON r.type = 'Patient' AND r.id = p.patient_id
    WHERE $8 = 'Patient' AND i.system IN ('{IHS}', '{ALIAS}') AND i.value = $9
    LIMIT 1
), decided AS (
    SELECT h.*, {shown("h", ASKER)} AS allowed FROM hit h
), looked AS (
    {LOG} SELECT {_ACTOR}, d.person_id, 'read', $8, {purpose("d.person_id", ASKER)}, 'allowed', {CAME},
                 type || '/' || id FROM decided d
    WHERE allowed AND person_id IS NOT NULL
)
SELECT type, id, person_id, version, updated_at, deleted, client, body, allowed FROM decided
"""


async def read(conn: Connection, actor: Actor, today: date, type_: str, id_: str) -> Found | None:
    """One resource by id (a Patient also by IHS number), with its access row when the reader may see it."""
    row = await conn.fetchrow(_READ, *_actor(actor, today), type_, id_)
    return Found(*row) if row else None


async def visible_persons(conn: Connection, actor: Actor, today: date, persons: list[str]) -> list[str]:
    """Which of these persons the actor may see."""
    rows = await conn.fetch(VISIBLE_PERSONS, persons, actor.subject, actor.facility, sees_all(actor), today)
    return [r["person_id"] for r in rows]
