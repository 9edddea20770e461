"""SQL of areas: as they stood on a day, and what became of them."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from services.facilities.contract import Area, AreaChange, Level
from services.facilities.queries.listing import Chosen, Listing
from services.kernel.db import Connection

_NAMED = """
SELECT a.code,
       coalesce((SELECT c.old_name FROM area_change c WHERE c.old = a.code AND c.new = a.code AND c.old_name IS NOT NULL
                AND c.from_day > {day} ORDER BY c.from_day LIMIT 1), a.name) AS name,
       a.level, a.parent, a.valid_from, a.valid_until, a.regulation, a.version
"""
"""An area under the name it had on a day."""
IN_FORCE = (
    """({a}.valid_from IS NULL OR {a}.valid_from <= {day}) AND ({a}.valid_until IS NULL OR {a}.valid_until >= {day})"""
)

_ONE = f"{_NAMED.format(day='$2::date')} FROM area a WHERE a.code = $1"
_ABOVE = f"""
WITH RECURSIVE up AS (
    SELECT parent AS code, 1 AS step FROM area WHERE code = $1
    UNION ALL SELECT p.parent, up.step + 1 FROM up JOIN area p ON p.code = up.code WHERE up.step < 5
)
{_NAMED.format(day="$2::date")} FROM up JOIN area a ON a.code = up.code ORDER BY up.step
"""
_HERE = f"""
WITH RECURSIVE later AS (
    SELECT $1::text AS code
    UNION SELECT c.new FROM later JOIN area a ON a.code = later.code AND a.valid_until < $2::date
    JOIN area_change c ON c.old = a.code AND c.new <> c.old AND c.from_day <= $2::date
), earlier AS (
    SELECT $1::text AS code
    UNION SELECT c.old FROM earlier JOIN area a ON a.code = earlier.code AND a.valid_from > $2::date
    JOIN area_change c ON c.new = a.code AND c.new <> c.old AND c.from_day > $2::date
)
{_NAMED.format(day="$2::date")} FROM area a
WHERE a.code IN (SELECT code FROM later UNION SELECT code FROM earlier) AND {IN_FORCE.format(a="a", day="$2::date")}
ORDER BY a.code
"""
_ON = f"""({_NAMED.format(day="d.day")} FROM area a, (SELECT {{}}::date AS day) d
WHERE {IN_FORCE.format(a="a", day="d.day")}) area"""

AREAS = Listing(
    "area", Area, key=("code",), sorts=("code", "name", "level"), named="name",
    geometry="SELECT json_build_object('type', 'MultiPoint', 'coordinates',"
    " json_agg(json_build_array(longitude, latitude) ORDER BY place.code)) FROM facility place"
    " WHERE starts_with(place.village, area.code) AND longitude IS NOT NULL HAVING count(*) > 0",
)  # fmt: skip
"""No outlines of areas are kept: an area's places are those of its facilities."""
CHANGES = Listing("area_change", AreaChange, key=("from_day", "old", "new"), sorts=("from_day", "old", "new", "kind"))

_CHANGES = """
SELECT old, new, from_day, kind, regulation, heir, old_name FROM area_change
WHERE old = $1 OR new = $1 ORDER BY from_day, old, new
"""
_HEIRS = """
WITH RECURSIVE read AS (
    SELECT $1::text AS code
    UNION SELECT c.old FROM read JOIN area_change c ON c.new = read.code AND c.heir AND c.old <> c.new
    JOIN area a ON a.code = c.old AND a.valid_until IS NOT NULL
)
SELECT code FROM read WHERE code <> $1 ORDER BY code
"""
_STANDING = """
SELECT code, name, level, parent, valid_from, valid_until, regulation FROM area WHERE code = ANY($1::text[])
"""
_BENEATH = """
SELECT code, parent FROM area WHERE parent = ANY($1::text[]) AND (valid_until IS NULL OR valid_until >= $2)
ORDER BY code
"""
_STANDS = """
SELECT DISTINCT code, village FROM facility_version
WHERE active AND village = ANY($1::text[]) AND coalesce(valid_until, $2) >= $2 ORDER BY code
"""


def chosen(parent: str | None, level: Level | None, name: str | None, on: date) -> Chosen:
    """Areas in force on a day under that day's names: directly in another, of a level, by parts of their name."""
    return AREAS.chosen().source(_ON, on).equal("parent", parent).equal("level", level).named(name)


def chosen_changes(code: str | None, since: date | None) -> Chosen:
    """Changes of areas: of one code, from a day on."""
    listed = CHANGES.chosen().where("from_day >= {}", since)
    return listed.where("{} IN (old, new)", code)


async def area(conn: Connection, code: str, on: date) -> dict[str, Any] | None:
    """One area under its name of a day."""
    row = await conn.fetchrow(_ONE, code, on)
    return dict(row) if row else None


async def above(conn: Connection, code: str, on: date) -> list[dict[str, Any]]:
    """The areas above, nearest first."""
    return [dict(r) for r in await conn.fetch(_ABOVE, code, on)]


async def here(conn: Connection, code: str, on: date) -> list[dict[str, Any]]:
    """The areas in force on a day where this code is, was or will be: itself, what it became, what it came from."""
    return [dict(r) for r in await conn.fetch(_HERE, code, on)]


async def changes_of(conn: Connection, code: str) -> list[dict[str, Any]]:
    """All changes an area came from or went into."""
    return [dict(r) for r in await conn.fetch(_CHANGES, code)]


async def read_as(conn: Connection, code: str) -> list[str]:
    """Ended codes that are read as this one."""
    return [r["code"] for r in await conn.fetch(_HEIRS, code)]


async def registered(conn: Connection, codes: Sequence[str]) -> set[str]:
    """Those of `codes` that are registered areas."""
    return set(await last_days(conn, codes))


async def last_days(conn: Connection, codes: Sequence[str]) -> dict[str, date | None]:
    """Those of `codes` that are registered areas, each with its last day (None: open)."""
    rows = await conn.fetch("SELECT code, valid_until FROM area WHERE code = ANY($1::text[])", codes)
    return {r["code"]: r["valid_until"] for r in rows}


async def standing(conn: Connection, codes: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The registered areas among `codes`, whole."""
    return {r["code"]: dict(r) for r in await conn.fetch(_STANDING, codes)}


async def beneath(conn: Connection, codes: Sequence[str], on: date) -> list[dict[str, Any]]:
    """Areas still in force on a day (or later) whose parent is one of `codes`."""
    return [dict(r) for r in await conn.fetch(_BENEATH, codes, on)]


async def stands_in(conn: Connection, codes: Sequence[str], on: date) -> list[dict[str, Any]]:
    """Facilities that lie in one of these villages on a day or later, in operation."""
    return [dict(r) for r in await conn.fetch(_STANDS, codes, on)]
