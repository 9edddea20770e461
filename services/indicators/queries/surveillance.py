"""SQL of surveillance: cases out of facts. A case is the first record of a disease of a person in an episode.

The condition on `concept` is the one of the index `fact_watched`, word for word.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.indicators.contract import Syndrome
from services.kernel.db import Connection

WATCHED = "concept ~ '^(skdr|tb|home)_'"
"""What the index `fact_watched` holds."""


@dataclass(frozen=True, slots=True)
class Span:
    """Days asked for, both included, and the day whose catchments say where a village belongs."""

    since: date
    until: date


_CASES = f"""
WITH watch AS (
    SELECT * FROM unnest($1::text[], $2::int[], $3::int[]) AS w (concept, episode_days, until_age)
), place AS MATERIALIZED (
    SELECT a.code AS village, c.facility AS puskesmas FROM area a LEFT JOIN LATERAL (
        SELECT facility FROM catchment c WHERE c.village = a.code AND c.valid_from <= $5::date
          AND (c.valid_until IS NULL OR c.valid_until >= $5) ORDER BY c.valid_from DESC LIMIT 1
    ) c ON true WHERE length(a.code) = 10
), record AS (
    SELECT f.person_id, f.concept, f.date, f.facility, f.resource_type, f.resource_id, w.episode_days, w.until_age,
           lag(f.date) OVER (PARTITION BY f.person_id, f.concept ORDER BY f.date, f.receipt, f.seq) AS before
    FROM fact f JOIN watch w USING (concept)
    WHERE f.{WATCHED} AND f.concept = ANY ($1)
      AND f.date BETWEEN $4::date - (SELECT max(episode_days) FROM watch) AND $5::date
), found AS (
    SELECT r.person_id, r.concept, r.date, r.facility, r.resource_type, r.resource_id, r.episode_days,
           coalesce(n.village, '') AS village, p.village IS NULL AS outside, coalesce(p.puskesmas, '') AS puskesmas,
           n.dead_on IS NOT NULL AND n.dead_on BETWEEN r.date AND least($5::date, r.date + r.episode_days) AS died
    FROM record r LEFT JOIN person n ON n.person_id = r.person_id LEFT JOIN place p ON p.village = n.village
    WHERE r.date >= $4::date AND (r.before IS NULL OR r.date - r.before > r.episode_days)
      AND (r.until_age IS NULL OR r.date < (n.birth_date + make_interval(years => r.until_age + 1))::date)
)"""

_KEYS = {
    "district": "CASE WHEN outside THEN '#' ELSE '' END", "puskesmas": "CASE WHEN outside THEN '#' ELSE puskesmas END",
    "village": "CASE WHEN outside THEN '#' ELSE village END", "facility": "facility",
}  # fmt: skip


async def weekly(
    conn: Connection, watched: Sequence[Syndrome], span: Span, by: str
) -> list[tuple[str, str, int, int, int]]:
    """(concept, place, week counted back from the last one, cases, deaths); OUTSIDE ('#') lives in no village here."""
    sql = f"""{_CASES}
SELECT concept, {_KEYS[by]} AS place, (($5::date - date) / 7)::int AS week, count(*)::int,
       count(*) FILTER (WHERE died)::int
FROM found GROUP BY 1, 2, 3"""
    return [tuple(r) for r in await conn.fetch(sql, *_given(watched, span))]


async def totals(conn: Connection, watched: Sequence[Syndrome], span: Span, by: str) -> dict[tuple[str, str], int]:
    """Cases of the whole span by concept and place."""
    sql = f"{_CASES} SELECT concept, {_KEYS[by]} AS place, count(*)::int AS n FROM found GROUP BY 1, 2"
    return {(r["concept"], r["place"]): r["n"] for r in await conn.fetch(sql, *_given(watched, span))}


async def cases(
    conn: Connection, watched: Syndrome, span: Span, by: str, place: str | None, villages: Sequence[str] | None
) -> list[dict[str, Any]]:
    """The cases of one disease, oldest first: of a place, in these villages."""
    sql = f"""{_CASES}
SELECT person_id::text, date, facility, ARRAY[resource_type || '/' || resource_id] AS refs,
    nullif(village, '') AS village, (
    SELECT count(*)::int FROM fact f WHERE f.person_id = found.person_id AND f.concept = found.concept
      AND f.date BETWEEN found.date AND $5
) AS records
FROM found WHERE ($6::text IS NULL OR {_KEYS[by]} = $6) AND ($7::text[] IS NULL OR village = ANY ($7))
ORDER BY date, person_id LIMIT 2000"""
    return [dict(r) for r in await conn.fetch(sql, *_given([watched], span), place, villages)]


def _given(watched: Sequence[Syndrome], span: Span) -> tuple[list[str], list[int], list[int | None], date, date]:
    one = {s.concept: s for s in watched}  # of codes that share a concept the last speaks
    return (
        list(one), [s.episode_days for s in one.values()], [s.until_age_years for s in one.values()], span.since,
        span.until,
    )  # fmt: skip
