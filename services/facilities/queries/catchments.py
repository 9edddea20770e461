"""SQL of catchments."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from services.kernel.db import Connection

_CATCHMENTS = """
SELECT village, facility, valid_from, valid_until, version FROM catchment
WHERE (village, valid_from) > ($1, $2) AND ($3::text IS NULL OR facility = $3) AND ($4::text IS NULL OR village = $4)
  AND ($5::date IS NULL OR daterange(valid_from, valid_until, '[]') @> $5::date)
ORDER BY village, valid_from LIMIT $6
"""


async def catchments(
    conn: Connection, after: tuple[str, date], facility: str | None, village: str | None, on: date | None, limit: int
) -> list[dict[str, Any]]:
    """Catchments in order of village and first day."""
    return [dict(r) for r in await conn.fetch(_CATCHMENTS, *after, facility, village, on, limit)]


async def of_villages(conn: Connection, villages: Sequence[str]) -> list[dict[str, Any]]:
    """All catchments of some villages."""
    rows = await conn.fetch(
        "SELECT village, valid_from, valid_until, facility FROM catchment WHERE village = ANY($1::text[])", villages
    )
    return [dict(r) for r in rows]
