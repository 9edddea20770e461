"""SQL of the units behind a number: from the standings when they stand for the asked day, else computed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from services.indicators.compiler.schema import Measured
from services.indicators.compiler.sql import quoted
from services.indicators.compiler.statements import RESULT
from services.indicators.queries.numbers import Asked
from services.indicators.queries.standings import WIDE
from services.indicators.queries.tallies import BY_VILLAGE, MONTHS
from services.indicators.room import Kept
from services.kernel.db import Connection, Tx

MINE = "generation = (SELECT generation FROM state WHERE id = 1)"
"""What is shown."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which units are asked for. `villages` None: any; `outside`: those in no village of the registry."""

    villages: Sequence[str] | None = None
    outside: bool = False
    state: str = "eligible"
    missing: str | None = None
    facilities: Sequence[str] | None = None
    month: int | None = None
    sex: str | None = None
    age: int | None = None
    payer: str | None = None
    after: tuple[str, ...] = ("", "")
    limit: int = 50

    @property
    def wanted(self) -> tuple[Any, ...]:
        """What a unit must be and lack, as parameters."""
        return self.missing, self.facilities, self.month, self.sex, self.age, self.payer

    @property
    def stand(self) -> str:
        """SQL condition over `month`: 0 to 12 served, -1 not."""
        return {"eligible": "true", "served": "month >= 0"}.get(self.state, "month = -1")

    @property
    def summed(self) -> str:
        """SQL of the same over the columns of a sum by month."""
        months = " + ".join(MONTHS) if self.month is None else MONTHS[self.month]
        return {"eligible": months if self.month is not None else f"unserved + {months}", "served": months}.get(
            self.state, "unserved"
        )


def _wanted(first: int) -> str:
    """SQL condition over a standing: `wanted` of the filter, from parameter `first` on."""
    item, by, month, sex, age, payer = (f"${n}" for n in range(first, first + 6))
    return f"""({item}::text IS NULL OR EXISTS (
        SELECT FROM unnest(missing) m WHERE m = {item} OR starts_with(m, {item} || ':')))
      AND ({by}::text[] IS NULL OR facilities && {by}) AND ({month}::int IS NULL OR month = {month})
      AND ({sex}::text IS NULL OR sex = {sex}) AND ({age}::int IS NULL OR age_band = {age})
      AND ({payer}::text IS NULL OR payer = {payer})"""


def _where(village: str, first: int) -> str:
    """SQL condition over a village: `villages` and `outside` of the filter, from parameter `first` on."""
    return f"""({village} = ANY (${first}::text[]) OR ${first} IS NULL)
      AND ${first + 1}::bool = NOT EXISTS (SELECT FROM area a WHERE a.code = {village} AND length(a.code) = 10)"""


async def units(tx: Tx, asked: Asked, which: Filter) -> list[dict[str, Any]]:
    """The units behind a number, by village and unit id."""
    if asked.kept:
        return await _kept(tx, asked, which)
    sql = f"""{asked.standard.everybody} SELECT {RESULT} FROM calc u
    WHERE {_where("u.village", 3)} AND {which.stand} AND {_wanted(5)} AND (village, unit_id) > ($11, $12)
    ORDER BY village, unit_id LIMIT $13"""
    return await _of(
        tx, asked, sql, which.villages, which.outside, *which.wanted, *which.after, which.limit
    )  # fmt: skip


async def _kept(tx: Tx, asked: Asked, which: Filter) -> list[dict[str, Any]]:
    """From the standings, village by village: the tallies say which villages have such units, and about how many, so
    that no village is read in vain."""
    key = quoted(asked.standard.standard.key)
    sql = f"""
SELECT u.* FROM unnest($2::text[]) v (village) CROSS JOIN LATERAL (
    SELECT {RESULT} FROM standing s
    WHERE {MINE} AND standard = {key} AND year = $1 AND s.village = v.village AND {which.stand} AND {_wanted(3)}
      AND unit_id > CASE WHEN v.village = $9 THEN $10 ELSE '' END
    ORDER BY unit_id LIMIT $11
) u ORDER BY u.village, u.unit_id LIMIT $11"""
    rest, found = await _having(tx, key, asked.year, which), list[Any]()
    while rest and len(found) < which.limit:
        villages, limit = list[str](), which.limit - len(found)
        hoped = 0
        while rest and hoped < limit:
            village, some = rest.pop(0)
            villages.append(village)
            hoped += some
        found += await tx.fetch(sql, asked.year, villages, *which.wanted, *which.after, limit)
    return [dict(r) for r in found]


async def _having(tx: Tx, key: str, year: int, which: Filter) -> list[tuple[str, int]]:
    """Villages from the cursor on, with how many of their units may be meant: never too few, perhaps too many."""
    asked: Any = which.facilities
    units, condition, table = "units", f"{which.stand} AND facilities && $5::text[]", "tally_contribution"
    if which.facilities is None and which.missing is not None:
        asked = which.missing
        units, condition, table = "units", "(item = $5 OR starts_with(item, $5 || ':'))", "tally_lacking"
    elif which.facilities is None:
        asked = None
        units, condition, table = which.summed, "$5::int IS NULL", "tally_months"
    if table != "tally_contribution":
        condition += f" AND cut = {BY_VILLAGE}"
    sql = f"""
SELECT village, sum({units})::int AS units FROM {table} t
WHERE {MINE} AND standard = {key} AND year = $1 AND {_where("t.village", 2)} AND village >= $4 AND {condition}
GROUP BY village HAVING sum({units}) > 0 ORDER BY village"""
    rows = await tx.fetch(sql, year, which.villages, which.outside, which.after[0], asked)
    return [(r["village"], r["units"]) for r in rows]


async def measured(tx: Tx, asked: Asked, person: UUID) -> dict[str, Any] | None:
    """Of a measured child: the measures, and the z-scores made of them."""
    if not isinstance(asked.standard.standard.population, Measured):
        return None
    rows = await _of(tx, asked, asked.standard.measurements, [person])
    return rows[0] if rows else None


async def detail(tx: Tx, asked: Asked, person: UUID) -> list[dict[str, Any]]:
    """Every item of the person's units with the facts that fell into its window."""
    return await _of(tx, asked, asked.standard.detail, [person])


async def standing(tx: Tx, asked: Asked, person: UUID, unit_id: str) -> dict[str, Any] | None:
    """One unit's standing at the asked day, computed."""
    rows = await _of(
        tx, asked, f"{asked.standard.some} SELECT {RESULT} FROM calc WHERE unit_id = $4", [person], unit_id
    )
    return rows[0] if rows else None


async def _of(tx: Tx, asked: Asked, sql: str, *more: Any) -> list[dict[str, Any]]:
    await tx.execute(WIDE)
    return [dict(r) for r in await tx.fetch(sql, *asked.parameters, *more)]


async def due(tx: Tx, kept: Kept, days: Mapping[int, date], persons: Sequence[UUID]) -> list[dict[str, Any]]:
    """What these persons' units of some years, each at its day, still miss."""
    await tx.execute(WIDE)
    return [dict(r) for r in await tx.fetch(kept.lacking, list(days), list(days.values()), persons)]


async def resting_on(conn: Connection, persons: Sequence[UUID], concepts: Sequence[str]) -> list[dict[str, Any]]:
    """The resources by which these persons have these concepts."""
    rows = await conn.fetch(
        "SELECT DISTINCT person_id, concept, resource_type || '/' || resource_id AS ref FROM fact"
        " WHERE person_id = ANY ($1) AND concept = ANY ($2) AND date IS NOT NULL",
        persons, concepts,
    )  # fmt: skip
    return [dict(r) for r in rows]


async def with_unit(conn: Connection, persons: Sequence[UUID], standards: Sequence[str], year: int) -> list[UUID]:
    """Those of these persons who have a unit of one of these standards in a year."""
    rows = await conn.fetch(
        f"SELECT DISTINCT person_id FROM standing WHERE {MINE} AND standard = ANY ($2) AND year = $3"
        " AND person_id = ANY ($1)",
        persons, standards, year,
    )  # fmt: skip
    return [r["person_id"] for r in rows]


async def parked(tx: Tx, person: UUID) -> bool:
    """Whether events of this person wait for somebody to mend something."""
    return bool(await tx.fetchval("SELECT EXISTS (SELECT 1 FROM parked_event WHERE person_id = $1)", str(person)))


async def at_facilities(
    conn: Connection, pairs: Sequence[tuple[UUID, str]], concepts: Sequence[str]
) -> list[tuple[str, str, str]]:
    """(person, facility, resource): the last few records of these concepts that a facility has of a person, of pairs
    of both."""
    sql = """SELECT q.person_id::text, q.code, f.ref
        FROM unnest($1::uuid[], $2::text[]) q (person_id, code) CROSS JOIN LATERAL (
            SELECT resource_type || '/' || resource_id AS ref FROM fact f
            WHERE f.person_id = q.person_id AND f.facility = q.code AND f.concept = ANY ($3)
            ORDER BY date DESC, receipt DESC LIMIT 4) f"""
    return [tuple(r) for r in await conn.fetch(sql, [p for p, _ in pairs], [c for _, c in pairs], concepts)]
