"""SQL of the territory: who answers, where nobody does, what the rule demands."""

from datetime import date
from typing import Any

from services.facilities.queries.areas import IN_FORCE
from services.kernel.db import Connection

VILLAGE = "{a}.level IN ('desa', 'kelurahan')"
OPERATES = "{f}.active AND {f}.valid_from <= {day} AND coalesce({f}.valid_until, {day}) >= {day}"
"""A version of a facility that holds on a day, and is of one in operation."""


def _held(alias: str, day: str) -> str:
    return f"daterange({alias}.valid_from, {alias}.valid_until, '[]') @> {day}"


_GAPS = f"""
SELECT a.code AS village, a.name, a.parent AS kecamatan, lower(gap) AS first, upper(gap) - 1 AS last,
       upper(gap) - lower(gap) AS days,
       (SELECT c.gap_reason FROM catchment c WHERE c.village = a.code AND c.valid_until < lower(gap)
        ORDER BY c.valid_from DESC LIMIT 1) AS reason
FROM area a, unnest(
    datemultirange(daterange(a.valid_from, a.valid_until, '[]') * daterange($1, $2, '[]'))
    - coalesce((SELECT range_agg(daterange(c.valid_from, c.valid_until, '[]')) FROM catchment c
                WHERE c.village = a.code), '{{}}')) AS gap
WHERE {VILLAGE.format(a="a")} AND ($3::text IS NULL OR starts_with(a.code, $3)) ORDER BY a.code, first
"""
_VILLAGES = f"""
SELECT count(*) FROM area a WHERE {VILLAGE.format(a="a")} AND ($3::text IS NULL OR starts_with(a.code, $3))
  AND daterange(a.valid_from, a.valid_until, '[]') && daterange($1, $2, '[]')
"""
_ANSWERING = f"""
SELECT f.code, f.name, c.valid_from AS since FROM catchment c JOIN facility_version f ON f.code = c.facility
    AND f.valid_from <= $2 AND coalesce(f.valid_until, $2) >= $2
WHERE c.village = $1 AND {_held("c", "$2::date")}
"""
_POSTS = f"""
SELECT f.code, f.name, f.kind FROM facility_version f
WHERE f.kind IN ('pustu', 'posyandu') AND f.village = $1 AND {OPERATES.format(f="f", day="$2::date")}
UNION
SELECT p.code, p.name, p.kind FROM facility_version f JOIN link l ON l.child = f.code AND {_held("l", "$2::date")}
JOIN facility_version p ON p.code = l.parent AND p.kind = 'pustu' AND {OPERATES.format(f="p", day="$2::date")}
WHERE f.kind = 'posyandu' AND f.village = $1 AND {OPERATES.format(f="f", day="$2::date")}
ORDER BY 1
"""
_RULE = """
SELECT valid_from, regulation, puskesmas_per_kecamatan, several_allowed, pustu_per_desa, posyandu_per_desa
FROM territory_rule WHERE valid_from <= $1 ORDER BY valid_from DESC LIMIT 1
"""
_RULES = """
SELECT valid_from, regulation, puskesmas_per_kecamatan, several_allowed, pustu_per_desa, posyandu_per_desa
FROM territory_rule ORDER BY valid_from
"""
_AREAS = f"SELECT code, name, level, parent FROM area a WHERE {IN_FORCE.format(a='a', day='$1::date')} ORDER BY code"
_FACILITIES = f"""
SELECT f.code, f.name, f.kind, f.village, l.parent FROM facility_version f
LEFT JOIN link l ON l.child = f.code AND {_held("l", "$1::date")}
WHERE f.kind IN ('puskesmas', 'pustu', 'posyandu') AND {OPERATES.format(f="f", day="$1::date")} ORDER BY f.code
"""
_HELD = f"SELECT village, facility FROM catchment c WHERE {_held('c', '$1::date')} ORDER BY village"


async def gaps(conn: Connection, first: date, last: date, area: str | None) -> list[dict[str, Any]]:
    """Days of a span on which villages in force have no puskesmas, in order of village and day."""
    return [dict(r) for r in await conn.fetch(_GAPS, first, last, area)]


async def villages(conn: Connection, first: date, last: date, area: str | None) -> int:
    """How many villages were in force in a span."""
    return int(await conn.fetchval(_VILLAGES, first, last, area))


async def answering(conn: Connection, village: str, on: date) -> dict[str, Any] | None:
    """The puskesmas of a village on a day, and since when."""
    row = await conn.fetchrow(_ANSWERING, village, on)
    return dict(row) if row else None


async def posts(conn: Connection, village: str, on: date) -> list[dict[str, Any]]:
    """Pustu and posyandu of a village on a day: those that lie there, and the pustu its posyandu hang on."""
    return [dict(r) for r in await conn.fetch(_POSTS, village, on)]


async def rule(conn: Connection, on: date) -> dict[str, Any] | None:
    """The rule in force on a day."""
    row = await conn.fetchrow(_RULE, on)
    return dict(row) if row else None


async def rules(conn: Connection) -> list[dict[str, Any]]:
    """All rules by their first day."""
    return [dict(r) for r in await conn.fetch(_RULES)]


async def standing(conn: Connection, on: date) -> tuple[list[dict[str, Any]], list[dict[str, Any]], dict[str, str]]:
    """What the rule is held against: areas in force, posts in operation with what they hang on, village → puskesmas."""
    areas = [dict(r) for r in await conn.fetch(_AREAS, on)]
    posts = [dict(r) for r in await conn.fetch(_FACILITIES, on)]
    return areas, posts, {r["village"]: r["facility"] for r in await conn.fetch(_HELD, on)}
