"""SQL for peers that show lists of persons: who they are, who wrote a resource, who belongs to a posyandu."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from services.kernel.auth import Actor
from services.kernel.db import Connection
from services.records.queries.reading import _ACTOR, _actor
from services.records.queries.visible import ASKER, CAME, LOG, Asker, purpose, sees_all, shown

_ASKER = Asker(subject="$2", facility="$3", sees_all="$4", today="$5")

_NAMES = f"""
WITH hit AS (
    SELECT q.asked, r.* FROM unnest($8::text[], $9::text[]) q (asked, person)
    JOIN person p ON p.person_id = q.person
    JOIN resource r ON r.type = 'Patient' AND r.id = p.patient_id AND NOT r.deleted
), decided AS (
    SELECT h.asked, h.person_id, h.id, h.body, coalesce({shown("h", ASKER)}, false) AS allowed FROM hit h
), looked AS (
    {LOG} SELECT {_ACTOR}, d.person_id, 'read', 'Patient', {purpose("d.person_id", ASKER)},
                 CASE WHEN allowed THEN 'allowed' ELSE 'refused' END, {CAME}, 'Patient/' || d.id FROM decided d
)
SELECT asked, body FROM decided WHERE allowed
"""


async def names(conn: Connection, actor: Actor, today: date, now_is: dict[str, str]) -> dict[str, str]:
    """Bodies of the Patients that speak for these persons (asked id → who it is now), where the actor may read them;
    each with its access row, refusals too."""
    rows = await conn.fetch(_NAMES, *_actor(actor, today), list(now_is), list(now_is.values()))
    return {r["asked"]: r["body"] for r in rows}


_BODIES = f"""
SELECT r.type || '/' || r.id AS ref, r.body FROM unnest($1::text[], $6::text[]) q(type, id)
JOIN resource r ON r.type = q.type AND r.id = q.id WHERE NOT r.deleted AND {shown("r", _ASKER)}
"""


async def bodies(conn: Connection, actor: Actor, today: date, refs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Those of these resources (type, id) the actor may see, as "Type/id" → body."""
    types, ids = [t for t, _ in refs], [i for _, i in refs]
    rows = await conn.fetch(_BODIES, types, actor.subject, actor.facility, sees_all(actor), today, ids)
    return {r["ref"]: r["body"] for r in rows}


_POSYANDU = """
SELECT coalesce(m.merged_into, m.person_id) AS person, f.posyandu = $1 AS mine
FROM family f JOIN family_member m ON m.family_id = f.id AND m.valid_from <= $3
  AND (m.valid_until IS NULL OR m.valid_until >= $3)
WHERE f.posyandu = $1 OR f.village = $2 AND f.posyandu IS NOT NULL
"""


async def of_posyandu(conn: Connection, posyandu: str, village: str | None, day: date) -> list[dict[str, Any]]:
    """Who belongs to a household of this posyandu on a day, or of another one in the village."""
    return [dict(r) for r in await conn.fetch(_POSYANDU, posyandu, village, day)]


_VISITS_OF_DAY = """
SELECT id, person_id FROM resource
WHERE type = 'Encounter' AND client = $1 AND date >= $2::date::timestamp AT TIME ZONE $3
  AND date < ($2::date + 1)::timestamp AT TIME ZONE $3 AND NOT deleted AND person_id IS NOT NULL
  AND status NOT IN ('entered-in-error', 'cancelled') AND (NOT $4 OR status = 'finished') ORDER BY date, id
"""


async def visits_of_day(
    conn: Connection, facility: str, day: date, zone: str, *, finished: bool
) -> list[dict[str, str]]:
    """A facility's visits of a local day, all or the finished ones: id and person."""
    rows = await conn.fetch(_VISITS_OF_DAY, facility, day, zone, finished)
    return [{"visit": r["id"], "person": r["person_id"]} for r in rows]
