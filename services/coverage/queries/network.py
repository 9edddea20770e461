"""SQL of what is followed from the facilities service."""

from collections.abc import Sequence
from datetime import date

from services.coverage.rules.eligibility import KnownFacility
from services.kernel.db import Connection, Tx

_FACILITIES = """
SELECT code, name, bpjs_code, active, kind FROM facility
WHERE code = $1 OR bpjs_code = upper($2) ORDER BY active DESC, code
"""


async def facilities(conn: Connection, code: str | None, bpjs_code: str | None) -> list[KnownFacility]:
    """The facility with our code and those with a BPJS code; active ones first."""
    return [KnownFacility(**r) for r in await conn.fetch(_FACILITIES, code, bpjs_code)]


_FOLLOW = """
INSERT INTO facility AS f (code, version, name, bpjs_code, active, kind)
SELECT DISTINCT ON (code) code, version, name, upper(bpjs_code), active, kind
FROM unnest($1::text[], $2::int[], $3::text[], $4::text[], $5::bool[], $6::text[])
     AS n(code, version, name, bpjs_code, active, kind)
ORDER BY code, version DESC
ON CONFLICT (code) DO UPDATE
SET version = excluded.version, name = excluded.name, bpjs_code = excluded.bpjs_code, active = excluded.active,
    kind = excluded.kind
WHERE f.version < excluded.version
"""


async def follow_facilities(tx: Tx, rows: Sequence[tuple[str, int, str, str | None, bool, str | None]]) -> None:
    """Take over facilities (code, version, name, BPJS code, active, kind) where they are newer than ours."""
    if rows:
        await tx.execute(_FOLLOW, *map(list, zip(*rows, strict=True)))


async def codes(conn: Connection) -> list[str]:
    """All facilities, by our codes."""
    return [r["code"] for r in await conn.fetch("SELECT code FROM facility ORDER BY code")]


async def known(conn: Connection, codes: Sequence[str]) -> set[str]:
    """Which of these codes are facilities of the network."""
    return {r["code"] for r in await conn.fetch("SELECT code FROM facility WHERE code = ANY ($1::text[])", codes)}


_PLACED = """
SELECT code FROM facility f WHERE code = ANY ($1::text[]) AND (
    bpjs_code IS NOT NULL OR kind IS NULL OR kind NOT IN ('pustu', 'posyandu')
    OR EXISTS (SELECT FROM facility_link WHERE child = f.code))
"""


async def placed(conn: Connection, codes: Sequence[str]) -> set[str]:
    """Which of these are known, and on whom they hang when they are posts without a BPJS code."""
    return {r["code"] for r in await conn.fetch(_PLACED, codes)}


_LINK = """
INSERT INTO facility_link (name, child, parent, valid_from, valid_until)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::date[], $5::date[])
ON CONFLICT (name) DO UPDATE SET parent = excluded.parent, valid_from = excluded.valid_from,
    valid_until = excluded.valid_until
"""


async def follow_links(tx: Tx, gone: Sequence[str], rows: Sequence[tuple[str, str, str, date, date | None]]) -> None:
    """Take over on whom a posyandu or pustu hangs (name, child, parent, days), and what no longer stands."""
    await tx.execute("DELETE FROM facility_link WHERE name = ANY ($1::text[])", gone)
    if rows:
        await tx.execute(_LINK, *map(list, zip(*rows, strict=True)))


_HOMES = """
WITH RECURSIVE up AS (
    SELECT facility, day, facility AS code, 0 AS steps FROM unnest($1::text[], $2::date[]) AS n(facility, day)
    UNION ALL
    SELECT u.facility, u.day, l.parent, steps + 1 FROM up u
    JOIN facility f ON f.code = u.code AND f.bpjs_code IS NULL
    CROSS JOIN LATERAL (SELECT parent FROM facility_link WHERE child = u.code AND valid_from <= u.day
        AND (valid_until IS NULL OR valid_until >= u.day) ORDER BY valid_from DESC LIMIT 1) l
    WHERE steps < 5
)
SELECT DISTINCT ON (facility, day) facility, day, code FROM up ORDER BY facility, day, steps DESC
"""


async def homes(conn: Connection, asked: Sequence[tuple[str, date]]) -> dict[tuple[str, date], str]:
    """Who answers to BPJS for a facility on a day: itself, or whom a posyandu or pustu without a BPJS code of its own
    hangs on."""
    rows = await conn.fetch(_HOMES, [f for f, _ in asked], [d for _, d in asked])
    return {(r["facility"], r["day"]): r["code"] for r in rows}


_UNDER = """
WITH RECURSIVE down AS (
    SELECT $1::text AS code, 0 AS steps
    UNION ALL
    SELECT l.child, steps + 1 FROM down d JOIN facility_link l ON l.parent = d.code AND l.valid_from <= $2
        AND (l.valid_until IS NULL OR l.valid_until >= $2)
    JOIN facility f ON f.code = l.child AND f.bpjs_code IS NULL
    WHERE steps < 5
)
SELECT DISTINCT code FROM down
"""


async def answered_for(conn: Connection, facility: str, day: date) -> list[str]:
    """Whose visits of a day a facility tells BPJS: its own and those of its posyandu and pustu without a code."""
    codes = [r["code"] for r in await conn.fetch(_UNDER, facility, day)]
    told = await homes(conn, [(code, day) for code in codes])
    return sorted(code for (code, _), home in told.items() if home == facility)


_BY_BPJS = "SELECT bpjs_code, min(code) AS code FROM facility WHERE bpjs_code = ANY ($1::text[]) AND active GROUP BY 1"


async def by_bpjs(conn: Connection, codes: Sequence[str]) -> dict[str, str]:
    """Our code of each active facility with one of these codes of BPJS (in capitals)."""
    return {r["bpjs_code"]: r["code"] for r in await conn.fetch(_BY_BPJS, [c.upper() for c in codes])}
