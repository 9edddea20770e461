"""SQL of single rows of the network, whatever their table: as they stand, and as they were."""

from typing import Any

import orjson

from services.facilities.queries.loading import keys, types
from services.kernel.db import Connection


async def current(conn: Connection, table: str, key: str) -> dict[str, Any] | None:
    """A row as it stands, by its key as one text; None when there is none."""
    parts = key.split("/")
    columns = keys(table)
    if len(parts) != len(columns):
        return None
    given = " AND ".join(f"{c} = ($1::text[])[{n}]::{types(table)[c]}" for n, c in enumerate(columns, 1))
    row = await conn.fetchrow(f"SELECT * FROM {table} WHERE {given}", parts)
    return dict(row) if row else None


async def version(conn: Connection, table: str, key: str, number: int) -> dict[str, Any] | None:
    """A row as a version of it was; None when that version is not kept or says that there was none."""
    sql = "SELECT row FROM history WHERE of = $1 AND key = $2 AND version = $3"
    kept = await conn.fetchval(sql, table, key, number)
    return dict(orjson.loads(kept)) if kept else None


_SINCE = """
SELECT version, recorded_at, recorded_by, because FROM history
WHERE of = $1 AND key = $2 AND version > $3 ORDER BY version
"""


async def since(conn: Connection, table: str, key: str, number: int) -> list[dict[str, Any]]:
    """What was done to a row after a version of it."""
    return [dict(r) for r in await conn.fetch(_SINCE, table, key, number)]
