"""Versions: of one resource, and of a type. Each is decided by the person it spoke of: a correction may change that."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from services.kernel.auth import Actor
from services.kernel.db import Connection, Tx
from services.records.queries.reading import _ACTOR, _actor
from services.records.queries.visible import ASKER, CAME, LOG, cleared, open_to, purpose, shown

_COLUMNS = "type, id, version, person_id, client, updated_at, deleted, body, sensitive"

_VERSIONS = f"""
WITH h AS (
    SELECT {_COLUMNS} FROM resource WHERE type = $8 AND id = $9
    UNION ALL SELECT {_COLUMNS} FROM resource_history WHERE type = $8 AND id = $9
), decided AS (
    SELECT h.*, {shown("h", ASKER)} AS allowed FROM h
    WHERE ($10::bigint IS NULL OR version = $10) AND ($11::timestamptz IS NULL OR updated_at >= $11)
), looked AS (
    {LOG} SELECT {_ACTOR}, d.person_id, 'read', $8 || '/_history', {purpose("d.person_id", ASKER)},
                 CASE WHEN allowed THEN 'allowed' ELSE 'refused' END, {CAME},
                 $8 || '/' || $9 || CASE WHEN count(*) = 1 THEN '/_history/' || min(version) ELSE '' END
    FROM decided d WHERE person_id IS NOT NULL GROUP BY person_id, allowed
)
SELECT id, version, updated_at, deleted, body, (SELECT count(*) FROM decided WHERE allowed) AS total
FROM decided WHERE allowed AND ($12::bigint IS NULL OR version < $12) ORDER BY version DESC LIMIT $13
"""


@dataclass(frozen=True, slots=True)
class Span:
    """Which versions of one resource: one of them, or those since a moment and before a version, at most so many."""

    version: int | None = None
    since: datetime | None = None
    before: int | None = None
    limit: int | None = None


async def versions(
    conn: Connection, actor: Actor, today: date, type_: str, id_: str, span: Span
) -> list[dict[str, Any]]:
    """The versions of a resource that the actor may see, newest first, each with the `total` of the span; logged."""
    asked = (span.version, span.since, span.before, span.limit)
    return [dict(r) for r in await conn.fetch(_VERSIONS, *_actor(actor, today), type_, id_, *asked)]


_OF_TYPE = f"""
SELECT h.id, h.version, h.updated_at, h.deleted, h.body, h.person_id, {purpose("h.person_id", ASKER)} AS purpose
FROM (
    SELECT {_COLUMNS} FROM resource
    WHERE type = $8 AND updated_at >= $9 AND updated_at <= $10 AND (updated_at, id, version) < ($10, $11, $12)
    UNION ALL SELECT {_COLUMNS} FROM resource_history
    WHERE type = $8 AND updated_at >= $9 AND updated_at <= $10 AND (updated_at, id, version) < ($10, $11, $12)
) h
WHERE {shown("h", ASKER)} AND NOT EXISTS (  -- of a class by now: that it is there was not said before either
    SELECT 1 FROM resource present WHERE present.type = h.type AND present.id = h.id AND present.version > h.version
    AND present.sensitive IS NOT NULL
    AND NOT coalesce({open_to("present", ASKER)} OR {cleared("present", ASKER)}, false))
  AND coalesce($2::text, ($5::text[])[1], '') IS NOT NULL  -- what nothing else names
ORDER BY h.updated_at DESC, h.id DESC, h.version DESC LIMIT $13
"""

Mark = tuple[datetime, str, int]
"""Where a page of a type's history ends: moment, id and version of its last entry."""


async def of_type(
    tx: Tx, actor: Actor, today: date, type_: str, since: datetime, before: Mark, limit: int
) -> Sequence[Any]:
    """Versions of all resources of a type that the actor may see, newest first. The caller logs them."""
    return await tx.fetch(_OF_TYPE, *_actor(actor, today), type_, since, *before, limit)


async def plan_for_values(tx: Tx) -> None:
    """Let the transaction's statements be planned for the values they are given: how far back decides the way."""
    await tx.execute("SET LOCAL plan_cache_mode = force_custom_plan")
