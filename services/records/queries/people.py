"""Persons: by identifier for peers, and the numbers a peer needs to ask BPJS."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.kernel import auth
from services.kernel.auth import Actor
from services.kernel.db import Connection
from services.records.queries.visible import Asker, glass, reason, related, sees_all, shown, visible_to

_ASKER = Asker(subject="$2", facility="$3", sees_all="$4", today="$5")

_PERSON = """
SELECT p.person_id, p.patient_id FROM person_identifier i JOIN person p USING (person_id)
WHERE i.system = $1 AND i.value = $2
"""


async def by_identifier(conn: Connection, system: str, value: str) -> dict[str, Any] | None:
    """The person who owns an identifier."""
    row = await conn.fetchrow(_PERSON, system, value)
    return dict(row) if row else None


_IDENTIFIERS = "SELECT system, value FROM person_identifier WHERE person_id = $1 ORDER BY system, value"


async def identifiers(conn: Connection, person_id: str) -> list[dict[str, str]]:
    """All identifiers that prove a person."""
    return [dict(r) for r in await conn.fetch(_IDENTIFIERS, person_id)]


async def residents(conn: Connection, villages: Sequence[str]) -> int:
    """How many persons have one of these villages in their address, as far as we know alive."""
    return int(await conn.fetchval(_RESIDENTS, villages))


_RESIDENTS = """
SELECT count(*) FROM person p JOIN resource r ON r.type = 'Patient' AND r.id = p.patient_id AND NOT r.deleted
WHERE p.village = ANY($1::text[])
  AND NOT (r.body::jsonb ? 'deceasedDateTime' OR coalesce(r.body::jsonb ->> 'deceasedBoolean', '') = 'true')
"""

_UNRESOLVED = """
SELECT u.type, u.id, u.target_type, u.target_id FROM unresolved_reference u
JOIN resource r ON r.type = u.type AND r.id = u.id
WHERE ($2::boolean OR r.client = $1) AND (u.type, u.id, u.target_type, u.target_id) > ($3, $4, $5, $6)
ORDER BY u.type, u.id, u.target_type, u.target_id LIMIT $7
"""


async def unresolved(
    conn: Connection, client: str | None, everyones: bool, after: tuple[str, str, str, str], limit: int
) -> list[Any]:
    """References to things not known here, of one facility's resources or of everyone's."""
    return await conn.fetch(_UNRESOLVED, client, everyones, *after, limit)


@dataclass(frozen=True, slots=True)
class Stands:
    """How an actor stands to a person: a `reason` to see them, `related` (an agreement too, where one is needed), and
    whether the person is in fact `seen` (consent, broken glass)."""

    reason: bool = False
    related: bool = False
    seen: bool = False


_STANDING = f"""
SELECT {reason("q.person_id", _ASKER)} AS reason, {related("q.person_id", _ASKER)} AS related,
       {visible_to("q.person_id", _ASKER)} AS seen
FROM (SELECT $1::text AS person_id) q
"""


async def standing(conn: Connection, actor: Actor, today: date, person: str | None) -> Stands:
    """How the actor stands to a person."""
    row = await conn.fetchrow(_STANDING, person, actor.subject, actor.facility, sees_all(actor), today)
    return Stands(*(bool(v) for v in row)) if row else Stands()


_OPENED = f"""
SELECT q.person_id FROM unnest($1::text[]) q(person_id)
WHERE {glass("q.person_id", Asker(subject="$2", facility="$3"))}
"""


async def opened(conn: Connection, actor: Actor, persons: Sequence[str]) -> list[str]:
    """Those of these persons for whom the actor has broken the glass."""
    rows = await conn.fetch(_OPENED, list(persons), actor.subject, actor.facility)
    return [r["person_id"] for r in rows]


async def looking(conn: Connection, actor: Actor, person: str) -> Actor:
    """The actor with the purpose a look at this person is to be logged with."""
    return auth.looking(actor, person in await opened(conn, actor, [person]))


_SHOWN = f"""
SELECT r.type || '/' || r.id AS ref FROM unnest($1::text[], $6::text[]) q(type, id)
JOIN resource r ON r.type = q.type AND r.id = q.id WHERE {shown("r", _ASKER)}
"""


async def shown_of(conn: Connection, actor: Actor, today: date, refs: Sequence[tuple[str, str]]) -> list[str]:
    """Those of these resources (type, id) the actor may see, as "Type/id"."""
    types, ids = [t for t, _ in refs], [i for _, i in refs]
    rows = await conn.fetch(_SHOWN, types, actor.subject, actor.facility, sees_all(actor), today, ids)
    return [r["ref"] for r in rows]


_IDS = """
WITH RECURSIVE up AS (
    SELECT person_id, 0 AS step FROM person WHERE person_id = $1 OR patient_id = $1
    UNION SELECT survivor, 1 FROM person_merge WHERE undone_at IS NULL AND $1 IN (other, other_patient)
    UNION SELECT m.survivor, step + 1 FROM up JOIN person_merge m ON m.other = up.person_id AND m.undone_at IS NULL
), down AS (
    SELECT p.person_id, 0 AS step FROM (SELECT person_id FROM up ORDER BY step DESC LIMIT 1) p
    UNION SELECT m.other, step + 1 FROM down JOIN person_merge m ON m.survivor = down.person_id AND m.undone_at IS NULL
)
SELECT person_id FROM down ORDER BY step, person_id
"""


async def ids_of(conn: Connection, person: str) -> list[str]:
    """The ids a person has had, the present one first; none when nobody is known by this person or Patient id."""
    return [r["person_id"] for r in await conn.fetch(_IDS, person)]


async def facility_names(conn: Connection) -> dict[str, str]:
    """Facility code → name."""
    return {r["code"]: r["name"] for r in await conn.fetch("SELECT code, name FROM facility")}


async def exists(conn: Connection, person: str) -> bool:
    """Whether the record knows this person."""
    return bool(await conn.fetchval("SELECT EXISTS (SELECT 1 FROM person WHERE person_id = $1)", person))


async def unsealed(conn: Connection, person: str) -> bool:
    """Whether something written of the person has no position in the feed yet."""
    return bool(await conn.fetchval("SELECT EXISTS (SELECT 1 FROM event_pending WHERE person_id = $1)", person))
