"""SQL of the life table: population and official values as loaded, deaths from the record."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from services.kernel.db import Connection, Tx

_NOW = "SELECT clock_timestamp()"


async def hold(tx: Tx) -> None:
    """One load at a time."""
    await tx.execute("LOCK TABLE population, official_life_expectancy IN SHARE ROW EXCLUSIVE MODE")


async def put_population(tx: Tx, rows: Sequence[tuple[str, int, str, int, int, str]], by: str) -> None:
    """Add (place, year, sex, age, value, source), all with one moment of loading."""
    await tx.execute(
        "INSERT INTO population (place, year, sex, age, value, source, loaded_by, loaded_at)"
        " SELECT r.*, $7, $8"
        " FROM unnest($1::text[], $2::smallint[], $3::text[], $4::smallint[], $5::int[], $6::text[]) r",
        *zip(*rows, strict=True), by, await tx.fetchval(_NOW),
    )  # fmt: skip


async def put_official(tx: Tx, rows: Sequence[tuple[str, int, str, float, str]], by: str) -> None:
    """Add (place, year, sex, value, source)."""
    await tx.execute(
        "INSERT INTO official_life_expectancy (place, year, sex, value, source, loaded_by, loaded_at)"
        " SELECT r.*, $6, $7 FROM unnest($1::text[], $2::smallint[], $3::text[], $4::float8[], $5::text[]) r",
        *zip(*rows, strict=True), by, await tx.fetchval(_NOW),
    )  # fmt: skip


async def population(conn: Connection, places: Collection[str], years: Collection[int]) -> list[dict[str, Any]]:
    """What counts: of each place, year, sex and age what was loaded last."""
    rows = await conn.fetch(
        "SELECT DISTINCT ON (place, year, sex, age) * FROM population WHERE place = ANY ($1) AND year = ANY ($2::int[])"
        " ORDER BY place, year, sex, age, loaded_at DESC",
        list(places), list(years),
    )  # fmt: skip
    return [dict(r) for r in rows]


async def official(conn: Connection, place: str) -> list[dict[str, Any]]:
    """What BPS says of a place, every year, newest first."""
    rows = await conn.fetch(
        "SELECT DISTINCT ON (year, sex) * FROM official_life_expectancy WHERE place = $1"
        " ORDER BY year DESC, sex, loaded_at DESC",
        place,
    )
    return [dict(r) for r in rows]


_DEATHS = """
SELECT p.village, p.sex, CASE WHEN p.birth_date <= p.dead_on AND p.dead_on > '-infinity'
                              THEN extract(year FROM age(p.dead_on, p.birth_date))::int END AS age,
       count(*)::int AS deaths
FROM person p JOIN area a ON a.code = p.village AND length(a.code) = 10
WHERE (p.dead_on BETWEEN $1 AND $2 OR p.dead_on = '-infinity') AND starts_with(p.village, $3)
  AND ($4::text = 'all' OR p.sex = $4)
GROUP BY 1, 2, 3
"""


async def deaths(conn: Connection, since: date, until: date, place: str, sex: str) -> list[dict[str, Any]]:
    """Deaths of residents by village, sex and completed age (null: unknown, or the day of death is)."""
    return [dict(r) for r in await conn.fetch(_DEATHS, since, until, place, sex)]


async def known_places(conn: Connection) -> frozenset[str]:
    """Codes of every area of the registry."""
    return frozenset(r["code"] for r in await conn.fetch("SELECT code FROM area"))
