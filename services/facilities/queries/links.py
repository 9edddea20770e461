"""SQL of the chain posyandu → pustu → puskesmas."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from services.facilities.contract import Link
from services.facilities.queries.listing import Chosen, Listing
from services.kernel.db import Connection

LINKS = Listing("link", Link, key=("child", "valid_from"), sorts=("child", "parent", "valid_from", "valid_until"))

_DOWN = """
WITH RECURSIVE down AS (
    SELECT code, NULL::text AS parent, NULL::boolean AS coordinates, 0 AS step FROM facility WHERE code = $1
    UNION ALL
    SELECT l.child, l.parent, l.coordinates, down.step + 1 FROM down JOIN link l ON l.parent = down.code
    WHERE daterange(l.valid_from, l.valid_until, '[]') @> $2::date AND down.step < 10
)
SELECT f.code, coalesce(v.name, f.name) AS name, coalesce(v.kind, f.kind) AS kind,
       coalesce(v.village, f.village) AS village, down.parent, down.coordinates
FROM down JOIN facility f USING (code)
LEFT JOIN facility_version v ON v.code = f.code AND v.valid_from <= $2 AND coalesce(v.valid_until, $2) >= $2
ORDER BY down.step, f.code
"""
_UP = """
WITH RECURSIVE up AS (
    SELECT parent AS code, coordinates, 1 AS step FROM link
    WHERE child = $1 AND daterange(valid_from, valid_until, '[]') @> $2::date
    UNION ALL
    SELECT l.parent, l.coordinates, up.step + 1 FROM up JOIN link l ON l.child = up.code
    WHERE daterange(l.valid_from, l.valid_until, '[]') @> $2::date AND up.step < 10
)
SELECT f.code, coalesce(v.name, f.name) AS name, coalesce(v.kind, f.kind) AS kind,
       coalesce(v.village, f.village) AS village, up.coordinates
FROM up JOIN facility f USING (code)
LEFT JOIN facility_version v ON v.code = f.code AND v.valid_from <= $2 AND coalesce(v.valid_until, $2) >= $2
ORDER BY up.step
"""
_HELD = """
SELECT l.child, c.kind AS child_kind, l.parent, p.kind AS parent_kind
FROM link l JOIN facility c ON c.code = l.child JOIN facility p ON p.code = l.parent
WHERE l.valid_until IS NULL AND (l.child = ANY($1::text[]) OR l.parent = ANY($1::text[]))
"""


def chosen(child: str | None, parent: str | None, on: date | None) -> Chosen:
    """Links of a child, of a parent, in force on a day."""
    return LINKS.chosen().equal("child", child).equal("parent", parent).on(on)


async def link(conn: Connection, child: str, valid_from: date) -> dict[str, Any]:
    """One link that stands."""
    row = await conn.fetchrow(
        "SELECT child, parent, valid_from, valid_until, coordinates, version FROM link"
        " WHERE child = $1 AND valid_from = $2", child, valid_from,
    )  # fmt: skip
    return dict(row) if row else {}


async def all_links(conn: Connection) -> list[dict[str, Any]]:
    """Every link: a circle may close anywhere."""
    return [dict(r) for r in await conn.fetch("SELECT child, parent, valid_from, valid_until FROM link")]


async def down(conn: Connection, code: str, on: date) -> list[dict[str, Any]]:
    """A facility and all that hangs on it on a day, the upper before the lower."""
    return [dict(r) for r in await conn.fetch(_DOWN, code, on)]


async def up(conn: Connection, code: str, on: date) -> list[dict[str, Any]]:
    """What a facility hangs on that day, nearest first."""
    return [dict(r) for r in await conn.fetch(_UP, code, on)]


async def held(conn: Connection, codes: Sequence[str]) -> list[tuple[str, str, str, str]]:
    """The open links that facilities are an end of: child, its kind, parent, its kind."""
    return [tuple(r) for r in await conn.fetch(_HELD, codes)]
