"""The resources of one visit."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from services.kernel.db import Connection

_RESOURCES = """
SELECT r.type, r.id, r.client, r.person_id, r.body FROM resource e JOIN resource r
    ON r.person_id = e.person_id AND (r.encounter_id = e.id OR r.type = 'Encounter' AND r.id = e.id) AND NOT r.deleted
WHERE e.type = 'Encounter' AND e.id = $1 AND NOT e.deleted ORDER BY r.receipt
"""


async def resources(conn: Connection, visit_id: str) -> list[asyncpg.Record]:
    """The Encounter of a visit and what of the same person points to it."""
    return await conn.fetch(_RESOURCES, visit_id)


_OPEN_EPISODE = """
SELECT r.id FROM unnest($1::text[], $2::text[]) q(system, value)
JOIN person_identifier i ON i.system = q.system AND i.value = q.value
JOIN resource r ON r.person_id = i.person_id AND r.type = 'EpisodeOfCare' AND NOT r.deleted
WHERE r.status IN ('active', 'planned', 'waitlist', 'onhold')
  AND r.codes && ARRAY['http://terminology.kemkes.go.id/CodeSystem/episodeofcare-type|ANC']
  AND r.date BETWEEN $3::timestamptz - interval '308 days' AND $3::timestamptz
ORDER BY r.date DESC LIMIT 1
"""


async def open_episode(conn: Connection, keys: Sequence[tuple[str, str]], at: datetime) -> str | None:
    """The open pregnancy episode of the person with one of these identifiers, begun at most 308 days before."""
    found: str | None = await conn.fetchval(_OPEN_EPISODE, [s for s, _ in keys], [v for _, v in keys], at)
    return found
