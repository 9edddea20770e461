"""SQL of areas."""

from collections.abc import Sequence
from typing import Any

from services.kernel.db import Connection

_AREAS = """
SELECT code, name, level, parent, version FROM area
WHERE code > $1 AND ($2::text IS NULL OR parent = $2) AND ($3::text IS NULL OR level = $3) ORDER BY code LIMIT $4
"""


async def areas(
    conn: Connection, after: str, parent: str | None, level: str | None, limit: int
) -> list[dict[str, Any]]:
    """Areas in order of their code."""
    return [dict(r) for r in await conn.fetch(_AREAS, after, parent, level, limit)]


async def registered(conn: Connection, codes: Sequence[str]) -> set[str]:
    """Those of `codes` that are registered areas."""
    return {r["code"] for r in await conn.fetch("SELECT code FROM area WHERE code = ANY($1::text[])", codes)}
