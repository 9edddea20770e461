"""Looking again at what is stored, when the list of sensitive codes has changed."""

from collections.abc import Sequence
from typing import Any

import asyncpg

from services.kernel.db import Tx

_TAKE = """
INSERT INTO classified AS c (list) VALUES ($1)
ON CONFLICT (list) DO UPDATE SET place = CASE WHEN c.finished_at IS NULL THEN c.place ELSE '' END, finished_at = NULL
WHERE c.finished_at IS NULL OR c.passes < 2 AND c.finished_at < now() - interval '1 day'
RETURNING place
"""


async def take(tx: Tx, edition: str) -> str | None:
    """Where the pass for this list stands, held until the transaction ends; None when there is nothing to do."""
    place: str | None = await tx.fetchval(_TAKE, edition)
    return place


async def move(tx: Tx, edition: str, place: str | None) -> None:
    """How far the pass is; None: through."""
    await tx.execute(
        "UPDATE classified SET place = coalesce($2::text, ''), finished_at = CASE WHEN $2::text IS NULL THEN now() END,"
        " passes = passes + CASE WHEN $2::text IS NULL THEN 1 ELSE 0 END WHERE list = $1",
        edition, place,
    )  # fmt: skip


_PAGE = """
SELECT r.type, r.id, {version} AS version, r.client, r.person_id, {date} AS date, r.updated_at, r.body, r.sensitive,
       p.birth_date
FROM {table} r LEFT JOIN person p USING (person_id)
WHERE (r.type, r.id, {version}) > ($1, $2, $3) AND r.person_id IS NOT NULL AND NOT r.deleted
ORDER BY r.type, r.id{order} LIMIT $4
"""
_PAGES = {
    "resource": _PAGE.format(table="resource", version="0", date="r.date", order=""),
    "resource_history": _PAGE.format(
        table="resource_history", version="r.version", date="NULL::timestamptz", order=", r.version"
    ),
}


async def page(tx: Tx, table: str, after: tuple[str, str, int], limit: int) -> list[asyncpg.Record]:
    """The next rows of `resource` or `resource_history` that speak of a person."""
    return await tx.fetch(_PAGES[table], *after, limit)


_DIAGNOSES = """
SELECT c.encounter_id, c.person_id, c.client, c.body, c.sensitive FROM resource c
WHERE c.type = 'Condition' AND c.encounter_id = ANY($1::text[]) AND NOT c.deleted AND c.sensitive IS NOT NULL
"""


async def diagnoses(tx: Tx, visits: Sequence[str]) -> list[asyncpg.Record]:
    """The Conditions of a sensitive class that name these Encounters."""
    return await tx.fetch(_DIAGNOSES, list(visits))


_SETS = {
    "resource": """
UPDATE resource r SET sensitive = string_to_array(q.classes, ' ')
FROM unnest($1::text[], $2::text[], $3::int[], $4::text[]) q(type, id, version, classes)
WHERE r.type = q.type AND r.id = q.id""",
    "resource_history": """
UPDATE resource_history r SET sensitive = string_to_array(q.classes, ' ')
FROM unnest($1::text[], $2::text[], $3::int[], $4::text[]) q(type, id, version, classes)
WHERE r.type = q.type AND r.id = q.id AND r.version = q.version""",
}


async def put(tx: Tx, table: str, found: Sequence[tuple[Any, ...]]) -> None:
    """Set the classes (type, id, version, names or None)."""
    await tx.execute(_SETS[table], *[list(column) for column in zip(*found, strict=True)])
