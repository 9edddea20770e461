"""SQL of official targets: which version counts on a day, all versions there were, loading new ones.

Of the versions in force on the day (`valid_from`; null: all the year) the one loaded last counts, place by place.
"""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from services.kernel.db import Connection, Tx

Row = tuple[str, int, str, str, int, str, date | None, str, bool]
"""service, year, place, version, value, source, valid_from, loaded_by, confirmed."""

_SHOWN = "service, year, place, value, source, version, valid_from, loaded_at, loaded_by"
_NEWEST = "loaded_at DESC, version DESC"


def _counting(where: str) -> str:
    """$1 the day, or null for any: what counts."""
    return f"""SELECT DISTINCT ON (service, year, place) {_SHOWN} FROM official_target
WHERE ($1::date IS NULL OR valid_from IS NULL OR valid_from <= $1) AND {where}
ORDER BY service, year, place, {_NEWEST}"""


async def targets(conn: Connection, service: str, year: int, day: date | None = None) -> dict[str, dict[str, Any]]:
    """The official target by place (village or puskesmas) that counts on the day; without one the newest."""
    rows = await conn.fetch(_counting("service = $2 AND year = $3"), day, service, year)
    return {r["place"]: dict(r) for r in rows}


async def counting(
    conn: Connection, day: date | None, year: int, service: str | None = None, place: str | None = None
) -> list[dict[str, Any]]:
    """What counts on a day, of all services or one, at all places or one."""
    where = "year = $2 AND ($3::text IS NULL OR service = $3) AND ($4::text IS NULL OR place = $4)"
    return [dict(r) for r in await conn.fetch(_counting(where), day, year, service, place)]


async def of_groups(
    conn: Connection, services: Collection[str], years: Collection[int]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What counts now, whatever the day, and every version stored, of these services and years."""
    where = "service = ANY ($2::text[]) AND year = ANY ($3::int[])"
    now = await conn.fetch(_counting(where), None, list(services), list(years))
    kept = await conn.fetch(
        f"SELECT {_SHOWN} FROM official_target WHERE service = ANY ($1::text[]) AND year = ANY ($2::int[])",
        list(services), list(years),
    )  # fmt: skip
    return [dict(r) for r in now], [dict(r) for r in kept]


async def versions(conn: Connection, service: str, year: int, day: date) -> list[dict[str, Any]]:
    """Every version of a service's year, newest first, with how many of its places count on the day."""
    sql = f"""WITH counts AS ({_counting("service = $2 AND year = $3")})
SELECT v.service, v.year, v.version, v.valid_from, max(v.loaded_at) AS loaded_at, v.confirmed,
       CASE WHEN count(DISTINCT v.loaded_by) = 1 THEN min(v.loaded_by) END AS loaded_by,
       CASE WHEN count(DISTINCT v.source) = 1 THEN min(v.source) END AS source,
       count(*)::int AS places, count(c.place)::int AS counting, sum(v.value)::bigint AS sum
FROM official_target v LEFT JOIN counts c USING (service, year, place, version)
WHERE service = $2 AND year = $3 GROUP BY 1, 2, 3, 4, v.confirmed ORDER BY max(v.loaded_at) DESC, 3 DESC"""
    return [dict(r) for r in await conn.fetch(sql, day, service, year)]


async def history(conn: Connection, service: str, year: int, place: str) -> list[dict[str, Any]]:
    """All values a place ever had, newest first."""
    sql = f"""SELECT {_SHOWN} FROM official_target WHERE service = $1 AND year = $2 AND place = $3 ORDER BY {_NEWEST}"""
    return [dict(r) for r in await conn.fetch(sql, service, year, place)]


_PUT = """
INSERT INTO official_target (service, year, place, version, value, source, valid_from, loaded_by, confirmed, loaded_at)
SELECT *, clock_timestamp() FROM unnest($1::text[], $2::smallint[], $3::text[], $4::text[], $5::int[], $6::text[],
    $7::date[], $8::text[], $9::bool[])
ON CONFLICT (service, year, place, version) DO NOTHING
"""
_ONE_AT_A_TIME = "LOCK TABLE official_target IN SHARE ROW EXCLUSIVE MODE"


async def hold(tx: Tx) -> None:
    """One load at a time, so that what was checked is what is written."""
    await tx.execute(_ONE_AT_A_TIME)


async def put(tx: Tx, rows: Sequence[Row]) -> None:
    """Load official targets. A version once stored never changes."""
    await tx.execute(_PUT, *zip(*rows, strict=True))
