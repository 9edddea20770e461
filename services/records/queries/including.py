"""What matches of a search lead to, under the reader's own rights: hidden things are left out, shown ones logged."""

from collections.abc import Sequence
from datetime import date

from services.kernel.access import refs
from services.kernel.auth import Actor
from services.kernel.db import Connection
from services.records.params.query import Query
from services.records.params.table import Param
from services.records.queries import search
from services.records.queries.reading import _actor
from services.records.queries.search import Hit
from services.records.queries.statement import ALIAS, IHS
from services.records.queries.visible import ASKER, CAME, LOG, purpose, shown
from services.records.queries.where import Where

_FETCH = f"""
WITH asked AS (
    SELECT * FROM unnest($8::text[], $9::text[]) q(type, id)
), wanted AS (
    SELECT type, id FROM asked UNION
    SELECT 'Patient', p.patient_id FROM asked q JOIN person_identifier i ON i.system IN ('{IHS}', '{ALIAS}')
        AND i.value = q.id JOIN person p USING (person_id) WHERE q.type = 'Patient'
), found AS (
    SELECT r.type, r.id, r.receipt, r.person_id, r.body FROM wanted w JOIN resource r ON r.type = w.type AND r.id = w.id
    WHERE NOT r.deleted AND {shown("r", ASKER)}
), looked AS (
    {LOG} SELECT $1, $2, $3, f.person_id, 'search', '_include', {purpose("f.person_id", ASKER)}, 'allowed', {CAME},
                 {refs("f.type", "f.id", "f.receipt")}
    FROM found f WHERE f.person_id IS NOT NULL GROUP BY f.person_id
)
SELECT * FROM found ORDER BY type, receipt
"""


async def fetch(conn: Connection, actor: Actor, today: date, keys: Sequence[tuple[str, str]]) -> list[Hit]:
    """The resources of these types and ids that the actor may see, each look logged."""
    rows = await conn.fetch(_FETCH, *_actor(actor, today), [t for t, _ in keys], [i for _, i in keys])
    return [Hit(*r) for r in rows]


async def pointing(
    conn: Connection, actor: Actor, today: date, param: Param, hits: Sequence[Hit], most: int
) -> list[Hit]:
    """What points at these matches (all of one type) through a reference parameter."""
    where = Where(param.type)
    search.pointing_at(where, param, hits)
    return (await search.run(conn, actor, today, Query(param.type, total="none"), where, limit=most)).hits[:most]
