"""SQL of the panels: some items of a standard together, visits at home, children weighed this month."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from services.indicators.compiler.sql import quoted
from services.indicators.compiler.statements import RESULT
from services.indicators.queries.numbers import MINE, OUTSIDE, PLACE, Asked
from services.indicators.queries.standings import WIDE
from services.indicators.queries.surveillance import WATCHED
from services.kernel.db import Connection, Tx

_KEYS = {name: f"coalesce(p.{name}, '')" for name in ("village", "puskesmas", "kecamatan")} | {"total": "''"}


def _key(by: str) -> str:
    return f"CASE WHEN p.village IS NULL THEN {quoted(OUTSIDE)} ELSE {_KEYS[by]} END"


async def met(tx: Tx, asked: Asked, items: Sequence[str], by: str) -> list[tuple[str, bool, int]]:
    """(place, whether none of these items is missing, units) of a standard; without items, whether it is served."""
    mine = f"{MINE} AND standard = {quoted(asked.standard.standard.key)}"
    kept = f"WITH u AS (SELECT {RESULT} FROM standing WHERE {mine})"
    source = kept if asked.kept else f"{asked.standard.everybody}, u AS (SELECT {RESULT} FROM calc)"
    lacking = "EXISTS (SELECT FROM unnest(u.missing) m WHERE split_part(m, ':', 1) = ANY ($3::text[]))"
    if not asked.kept:
        await tx.execute(WIDE)
    rows = await tx.fetch(
        f"""{source}, {PLACE}
SELECT {_key(by)}, CASE WHEN cardinality($3::text[]) = 0 THEN u.month >= 0 ELSE NOT {lacking} END, count(*)::int
FROM u LEFT JOIN place p ON p.village = u.village GROUP BY 1, 2""",
        *asked.parameters, list(items),
    )  # fmt: skip
    return [tuple(r) for r in rows]


_VISIT = f"""
WITH {PLACE.replace("($2::date[])[1]", "$2::date")}, visit AS (
    SELECT f.person_id, f.date, f.resource_type || '/' || f.resource_id AS ref, n.village
    FROM fact f JOIN person n USING (person_id)
    WHERE f.{WATCHED} AND f.concept = 'home_visit' AND f.date BETWEEN $1 AND $2
      AND ($3::int IS NULL OR (n.birth_date + make_interval(years => $3))::date <= f.date)
      AND ($4::int IS NULL OR (n.birth_date + make_interval(years => $4 + 1))::date > f.date)
)"""


async def visits(
    conn: Connection, span: tuple[date, date], ages: tuple[int | None, int | None], by: str
) -> list[tuple[str, int, int]]:
    """(place, persons, visits): visits at home to persons of these ages on that day."""
    rows = await conn.fetch(
        f"""{_VISIT} SELECT {_key(by)}, count(DISTINCT v.person_id)::int, count(*)::int
FROM visit v LEFT JOIN place p ON p.village = v.village GROUP BY 1""",
        *span, *ages,
    )  # fmt: skip
    return [tuple(r) for r in rows]


_CHILD = f"""
WITH {PLACE.replace("($2::date[])[1]", "$1::date")}, child AS (
    SELECT n.person_id, n.village, now.date AS weighed_on, now.ref, now.value > before.value AS gained
    FROM person n LEFT JOIN LATERAL (
        SELECT w.date, w.value, w.resource_type || '/' || w.resource_id AS ref FROM fact w
        WHERE w.person_id = n.person_id AND w.concept = 'weight'
          AND w.date BETWEEN date_trunc('month', $1::date)::date AND $1::date
        ORDER BY w.date DESC, w.receipt DESC, w.seq DESC LIMIT 1
    ) now ON true LEFT JOIN LATERAL (
        SELECT w.value FROM fact w WHERE w.person_id = n.person_id AND w.concept = 'weight'
          AND w.date >= (date_trunc('month', $1::date) - interval '1 month')::date
          AND w.date < date_trunc('month', $1::date)::date
        ORDER BY w.date DESC, w.receipt DESC, w.seq DESC LIMIT 1
    ) before ON true
    WHERE n.birth_date > ($1::date - interval '60 months')::date AND n.birth_date <= $1::date
      AND (n.dead_on IS NULL OR n.dead_on > $1::date)
)"""


async def weighed(conn: Connection, day: date, by: str) -> list[tuple[str, int, int, int, int]]:
    """(place, children under five, weighed this month, weighed last month too, of these heavier)."""
    rows = await conn.fetch(
        f"""{_CHILD} SELECT {_key(by)}, count(*)::int, count(weighed_on)::int, count(gained)::int,
    count(*) FILTER (WHERE gained)::int
FROM child c LEFT JOIN place p ON p.village = c.village GROUP BY 1""",
        day,
    )  # fmt: skip
    return [tuple(r) for r in rows]


async def visited(
    conn: Connection, span: tuple[date, date], ages: tuple[int | None, int | None], villages: Sequence[str] | None,
    after: UUID, limit: int,
) -> list[dict[str, Any]]:  # fmt: skip
    """Who was visited at home, with the visits."""
    rows = await conn.fetch(
        f"""{_VISIT} SELECT v.person_id, min(v.village) AS village, max(v.date) AS since, array_agg(v.ref) AS refs
FROM visit v WHERE v.village IN (SELECT village FROM place) AND ($5::text[] IS NULL OR v.village = ANY ($5))
  AND v.person_id > $6 GROUP BY 1 ORDER BY 1 LIMIT $7""",
        *span, *ages, villages, after, limit,
    )  # fmt: skip
    return [dict(r) for r in rows]


async def not_weighed(
    conn: Connection, day: date, gained: bool, villages: Sequence[str] | None, after: UUID, limit: int
) -> list[dict[str, Any]]:
    """Children not weighed this month; with `gained`, those weighed in both months and not heavier."""
    lacking = "gained = false" if gained else "weighed_on IS NULL"
    rows = await conn.fetch(
        f"""{_CHILD} SELECT person_id, village, weighed_on AS since, CASE WHEN ref IS NULL THEN NULL ELSE ARRAY[ref] END
    AS refs
FROM child WHERE {lacking} AND village IN (SELECT village FROM place) AND ($2::text[] IS NULL OR village = ANY ($2))
  AND person_id > $3 ORDER BY 1 LIMIT $4""",
        day, villages, after, limit,
    )  # fmt: skip
    return [dict(r) for r in rows]


_BIRTH = """, pn_woman AS MATERIALIZED (SELECT DISTINCT person_id, village FROM u), pn_told AS (
    SELECT f.person_id, f.date, f.resource_type || '/' || f.resource_id AS ref,
           f.date - lag(f.date) OVER (PARTITION BY f.person_id ORDER BY f.date, f.receipt, f.seq) AS gap
    FROM fact f JOIN pn_woman USING (person_id)
    WHERE f.concept = 'delivery' AND f.date BETWEEN make_date(($1::int[])[1], 1, 1) AND ($2::date[])[1]
), pn_grouped AS (
    SELECT *, count(*) FILTER (WHERE gap IS NULL OR gap > 2) OVER (PARTITION BY person_id ORDER BY date, ref) AS g
    FROM pn_told
), pn_birth AS (
    SELECT b.person_id, m.village, b.born_on, b.refs, (
        SELECT bool_and(EXISTS (
            SELECT FROM fact k WHERE k.person_id = b.person_id AND k.concept = 'pnc_contact'
              AND k.date BETWEEN b.born_on + w.first AND least(b.born_on + w.last, ($2::date[])[1])
        )) FROM unnest($3::int[], $4::int[]) AS w (first, last)
    ) AS met
    FROM (SELECT person_id, g, min(date) AS born_on, array_agg(ref) AS refs FROM pn_grouped GROUP BY 1, 2) b
    JOIN pn_woman m USING (person_id)
)"""
"""Deliveries of the women of a standard's units (told within two days they are one), and whether every window holds a
postnatal contact."""


def _births(asked: Asked) -> str:
    mine = f"{MINE} AND standard = {quoted(asked.standard.standard.key)}"
    kept = f"WITH u AS (SELECT {RESULT} FROM standing WHERE {mine})"
    source = kept if asked.kept else f"{asked.standard.everybody}, u AS (SELECT {RESULT} FROM calc)"
    return f"{source}, {PLACE}{_BIRTH}"


async def postnatal(tx: Tx, asked: Asked, windows: Sequence[tuple[int, int]], by: str) -> list[tuple[str, int, int]]:
    """(place, deliveries with a contact in every window, deliveries)."""
    rows = await tx.fetch(
        f"""{_births(asked)} SELECT {_key(by)}, count(*) FILTER (WHERE met)::int, count(*)::int
FROM pn_birth b LEFT JOIN place p ON p.village = b.village GROUP BY 1""",
        *asked.parameters, [w[0] for w in windows], [w[1] for w in windows],
    )  # fmt: skip
    return [tuple(r) for r in rows]


async def not_contacted(
    conn: Connection, asked: Asked, windows: Sequence[tuple[int, int]], villages: Sequence[str] | None, after: UUID,
    limit: int,
) -> list[dict[str, Any]]:  # fmt: skip
    """Women without a contact in every window, with what told of the delivery."""
    rows = await conn.fetch(
        f"""{_births(asked)} SELECT DISTINCT ON (person_id) person_id, village, born_on AS since, refs
FROM pn_birth WHERE NOT met AND village IN (SELECT village FROM place)
  AND ($5::text[] IS NULL OR village = ANY ($5)) AND person_id > $6 ORDER BY person_id, born_on DESC LIMIT $7""",
        *asked.parameters, [w[0] for w in windows], [w[1] for w in windows], villages, after, limit,
    )  # fmt: skip
    return [dict(r) for r in rows]
