"""SQL that reads numbers: from the tallies when they stand for the asked day, else computed by the same rules.

Both give three relations: `cell` (units by village, sex, age_band, payer, month), `lack` (units by missing item) and
`credit` (units by set of facilities). Where a village belongs is decided here, by the catchments of the asked day.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from services.indicators.compiler.sql import quoted
from services.indicators.queries.standings import WIDE
from services.indicators.room import Kept
from services.indicators.rules.cells import Place
from services.kernel.db import Connection, Tx

OUTSIDE = "#"
"""Key of those who live in no village of the district's registry."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A standard, a year and a day; `kept` says that the tallies stand for that day."""

    standard: Kept
    year: int
    day: date
    kept: bool

    @property
    def parameters(self) -> tuple[list[int], list[date]]:
        """$1 and $2 of every statement here."""
        return [self.year], [self.day]


_PLACE = """place AS MATERIALIZED (
    SELECT a.code AS village, a.name, a.parent AS kecamatan, c.facility AS puskesmas
    FROM area a LEFT JOIN LATERAL (
        SELECT facility FROM catchment c WHERE c.village = a.code AND c.valid_from <= ($2::date[])[1]
          AND (c.valid_until IS NULL OR c.valid_until >= ($2::date[])[1]) ORDER BY c.valid_from DESC LIMIT 1
    ) c ON true WHERE length(a.code) = 10
)"""

_MINE = "generation = (SELECT generation FROM state WHERE id = 1) AND year = ANY ($1::int[])"


def _relations(asked: Asked) -> str:
    """`WITH cell, lack, credit, place`."""
    key = quoted(asked.standard.standard.key)
    if asked.kept:
        return f"""WITH cell AS (
    SELECT village, sex, age_band, payer, month, units FROM tally_residence WHERE {_MINE} AND standard = {key}
), lack AS (
    SELECT village, sex, age_band, payer, item, units FROM tally_missing WHERE {_MINE} AND standard = {key}
), credit AS (
    SELECT facilities, village, month, units FROM tally_contribution WHERE {_MINE} AND standard = {key}
), {_PLACE}"""
    return f"""{asked.standard.everybody}, cell AS (
    SELECT village, sex, age_band, payer, month, count(*) AS units FROM calc GROUP BY 1, 2, 3, 4, 5
), lack AS (
    SELECT village, sex, age_band, payer, item, count(*) AS units FROM calc, unnest(missing) item GROUP BY 1, 2, 3, 4, 5
), credit AS (
    SELECT facilities, village, month, count(*) AS units FROM calc GROUP BY 1, 2, 3
), {_PLACE}"""


_KEYS = {
    "village": "p.village", "puskesmas": "coalesce(p.puskesmas, '')", "kecamatan": "coalesce(p.kecamatan, '')",
    "sex": "t.sex", "age": "t.age_band::text", "payer": "t.payer", "total": "''",
}  # fmt: skip


async def snapshot(tx: Tx) -> None:
    """First in a transaction that reads several times: all of it sees one moment."""
    await tx.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")


async def by_residence(tx: Tx, asked: Asked, by: str) -> list[tuple[str, int | None, str | None, int]]:
    """(key, month, item, units): units by month, then by missing item. Residents elsewhere have the key OUTSIDE."""
    key = f"CASE WHEN p.village IS NULL THEN '{OUTSIDE}' ELSE {_KEYS[by]} END"
    sql = f"""{_relations(asked)}
SELECT {key} AS key, t.month::int AS month, NULL AS item, sum(t.units)::int AS units
FROM cell t LEFT JOIN place p USING (village) GROUP BY 1, 2 HAVING sum(t.units) <> 0
UNION ALL
SELECT {key}, NULL, t.item, sum(t.units)::int FROM lack t LEFT JOIN place p USING (village)
GROUP BY 1, 3 HAVING sum(t.units) <> 0"""
    return [tuple(r) for r in await _fetch(tx, asked, sql)]


_CREDITS = {"facility": "x", "kind": "coalesce(f.kind, 'unknown')", "ownership": "coalesce(f.ownership, 'unknown')"}


async def by_contribution(tx: Tx, asked: Asked, by: str) -> list[tuple[str, int, int]]:
    """(key, units, of these served): each unit of a resident once per facility, kind or owner that met an item."""
    sql = f"""{_relations(asked)}
SELECT k.key, sum(t.units)::int, coalesce(sum(t.units) FILTER (WHERE t.month >= 0), 0)::int
FROM credit t JOIN place p USING (village) CROSS JOIN LATERAL (
    SELECT DISTINCT {_CREDITS[by]} AS key FROM unnest(t.facilities) x LEFT JOIN facility f ON f.code = x
) k GROUP BY 1 HAVING sum(t.units) <> 0 ORDER BY 1"""
    return [(r[0], r[1], r[2]) for r in await _fetch(tx, asked, sql)]


async def totals(tx: Tx, asked: Asked) -> tuple[int, int, int]:
    """Residents eligible, of these served, and the eligible who live elsewhere."""
    sql = f"""{_relations(asked)}
SELECT coalesce(sum(t.units) FILTER (WHERE p.village IS NOT NULL), 0)::int,
       coalesce(sum(t.units) FILTER (WHERE p.village IS NOT NULL AND t.month >= 0), 0)::int,
       coalesce(sum(t.units) FILTER (WHERE p.village IS NULL), 0)::int
FROM cell t LEFT JOIN place p USING (village)"""
    row = (await _fetch(tx, asked, sql))[0]
    return row[0], row[1], row[2]


async def _fetch(tx: Tx, asked: Asked, sql: str, *more: Any) -> list[Any]:
    if not asked.kept:
        await tx.execute(WIDE)
    return list(await tx.fetch(sql, *asked.parameters, *more))


async def places(conn: Connection, day: date) -> list[Place]:
    """All villages of the registry."""
    sql = (
        f"WITH {_PLACE} SELECT village, name, kecamatan, puskesmas FROM place WHERE $1::int[] IS NULL ORDER BY village"
    )
    return [Place(**dict(r)) for r in await conn.fetch(sql, None, [day])]


async def district(conn: Connection) -> tuple[str, str | None]:
    """Code and name of the district: the area above every kecamatan."""
    row = await conn.fetchrow("SELECT code, name FROM area WHERE length(code) = 4 ORDER BY code LIMIT 1")
    if row is None:
        return str(await conn.fetchval("SELECT left(min(code), 4) FROM area") or "-"), None
    return row["code"], row["name"]


async def names(conn: Connection) -> tuple[dict[str, str], dict[str, dict[str, Any]]]:
    """Names of areas, and the facilities with name, kind and ownership."""
    areas = {r["code"]: r["name"] for r in await conn.fetch("SELECT code, name FROM area")}
    rows = await conn.fetch("SELECT code, name, kind, ownership FROM facility")
    return areas, {r["code"]: dict(r) for r in rows}
