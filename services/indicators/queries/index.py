"""SQL of availability: of those in force on the day, what was loaded last counts."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import uuid4

from services.kernel.db import Connection, Tx

_COLUMNS = "service, year, place, kind, item, needed, available, source, valid_from, loaded_at, loaded_by"
_COUNTING = f"""
SELECT DISTINCT ON (service, year, place, kind, lower(item)) {_COLUMNS} FROM availability
WHERE year = $2 AND ($1::date IS NULL OR valid_from IS NULL OR valid_from <= $1)
  AND ($3::text IS NULL OR service = $3) AND ($4::text IS NULL OR place = $4)
ORDER BY service, year, place, kind, lower(item), loaded_at DESC
"""


async def counting(
    conn: Connection, day: date | None, year: int, service: str | None = None, place: str | None = None
) -> list[dict[str, Any]]:
    """What counts on a day (None: whatever was loaded last), of all services and places or one."""
    return [dict(r) for r in await conn.fetch(_COUNTING, day, year, service, place)]


_PUT = f"""
INSERT INTO availability (id, {_COLUMNS})
SELECT id, service, year, place, kind, item, needed, available, source, valid_from, clock_timestamp(), loaded_by
FROM unnest($1::uuid[], $2::text[], $3::smallint[], $4::text[], $5::text[], $6::text[], $7::numeric[], $8::numeric[],
    $9::text[], $10::date[], $11::text[])
  r (id, service, year, place, kind, item, needed, available, source, valid_from, loaded_by)
"""


async def put(tx: Tx, rows: Sequence[tuple[Any, ...]]) -> None:
    """Add availability: (service, year, place, kind, item, needed, available, source, valid_from, loaded_by)."""
    await tx.execute(_PUT, [uuid4() for _ in rows], *zip(*rows, strict=True))


async def hold(tx: Tx) -> None:
    """One load at a time."""
    await tx.execute("LOCK TABLE availability IN SHARE ROW EXCLUSIVE MODE")
