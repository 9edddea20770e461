"""SQL of how two months of member lists differ, and of sums over the lists of a month. Only current versions count."""

from collections.abc import Sequence
from typing import Any

from services.kernel.db import Connection

_SIDE = """
    SELECT DISTINCT ON (r.key) r.key, r.list_id, r.line, r.bpjs_code, r.status, r.card, r.person_id,
           coalesce(r.payer_code, r.payer_name) AS segment, r.nik
    FROM member_list_part p JOIN member_list_row r ON r.list_id = p.list_id AND r.bpjs_code = p.bpjs_code
    JOIN member_list l ON l.id = p.list_id
    WHERE p.kind = 'members' AND p.current AND p.month = {month} AND ($3::text IS NULL OR p.bpjs_code = $3)
    ORDER BY r.key, l.at DESC, l.id"""
_ELSEWHERE = """
    SELECT r.bpjs_code FROM member_list_row r
    JOIN member_list_part p ON p.list_id = r.list_id AND p.bpjs_code = r.bpjs_code
    WHERE {gone} IS NULL AND $3::text IS NOT NULL AND r.key = c.key AND p.kind = 'members' AND p.current
      AND p.month = {month} AND p.bpjs_code <> $3 ORDER BY r.bpjs_code LIMIT 1"""


def _same(number: str, name: str, of: str) -> str:
    """The rows of both months (`of`), those without a counterpart by their key (card, else NIK) that are one member
    by `number` under one key. By windows alone: joins of fresh lists are planned badly."""
    return f"""{name} AS (
    SELECT side, CASE WHEN alone AND {number} IS NOT NULL
        THEN first_value(key) OVER (PARTITION BY alone, {number}, nth ORDER BY key) ELSE key END AS key, list_id, line,
        bpjs_code, status, card, person_id, segment, nik
    FROM (SELECT *, row_number() OVER (PARTITION BY alone, {number}, side ORDER BY key) AS nth
        FROM (SELECT *, count(*) OVER (PARTITION BY key) = 1 AS alone FROM {of}) x) y
)"""


_CHANGES = f"""
WITH told AS (
    SELECT 'b' AS side, x.* FROM ({_SIDE.format(month="$1")}) x
    UNION ALL SELECT 'a', x.* FROM ({_SIDE.format(month="$2")}) x
), {_same("nik", "first", "told")}, {_same("person_id", "second", "first")},
a AS (SELECT * FROM second WHERE side = 'a'), b AS (SELECT * FROM second WHERE side = 'b'), c AS (
    SELECT key, a.list_id AS a_list, a.line AS a_line, a.bpjs_code AS a_code, a.status AS a_status,
           a.segment AS a_segment, b.list_id AS b_list, b.line AS b_line, b.bpjs_code AS b_code,
           b.status AS b_status, b.segment AS b_segment,
           coalesce(a.card, b.card) AS card, coalesce(a.person_id, b.person_id) AS person_id
    FROM a FULL JOIN b USING (key)
), d AS (
    SELECT c.*, CASE WHEN b_line IS NULL THEN 'in' WHEN a_line IS NULL THEN 'out' ELSE 'stayed' END AS way,
           coalesce(b_code, f.bpjs_code) AS from_code, coalesce(a_code, t.bpjs_code) AS to_code,
           coalesce(a_status <> b_status, false) AS status_changed,
           a_line IS NOT NULL AND b_line IS NOT NULL AND a_segment IS DISTINCT FROM b_segment AS segment_changed
    FROM c LEFT JOIN LATERAL ({_ELSEWHERE.format(gone="c.b_line", month="$1")}) f ON true
    LEFT JOIN LATERAL ({_ELSEWHERE.format(gone="c.a_line", month="$2")}) t ON true
)"""
_COUNTED = f"""{_CHANGES}
SELECT way, from_code, to_code, status_changed, segment_changed, count(*)::int AS count FROM d
GROUP BY 1, 2, 3, 4, 5
"""
_MOVED = "from_code IS NOT NULL AND to_code IS NOT NULL AND from_code <> to_code"
OPENED = {
    "in": "way = 'in'",
    "out": "way = 'out'",
    "moved-in": f"way <> 'out' AND {_MOVED}",
    "moved-out": f"way <> 'in' AND {_MOVED}",
    "status": "status_changed",
    "segment": "segment_changed",
}
_VERSIONS = """
SELECT month, version FROM member_list_part
WHERE kind = 'members' AND current AND bpjs_code = $1 AND month = ANY ($2::text[])
"""


async def counted(conn: Connection, before: str, after: str, bpjs_code: str | None) -> list[dict[str, Any]]:
    """How many went which way between two months: `way`, from and to which facility, what changed."""
    return [dict(r) for r in await conn.fetch(_COUNTED, before, after, bpjs_code)]


async def opened(
    conn: Connection, before: str, after: str, bpjs_code: str | None, change: str, skip: int, limit: int
) -> list[dict[str, Any]]:
    """The rows behind one of those counts."""
    sql = (
        f"{_CHANGES} SELECT * FROM d WHERE {OPENED[change]} ORDER BY coalesce(a_list, b_list), coalesce(a_line, b_line)"
    )
    return [dict(r) for r in await conn.fetch(f"{sql} OFFSET $4 LIMIT $5", before, after, bpjs_code, skip, limit)]


async def versions(conn: Connection, bpjs_code: str, months: Sequence[str]) -> dict[str, int]:
    """The current version of a facility's member list in some months."""
    return {r["month"]: r["version"] for r in await conn.fetch(_VERSIONS, bpjs_code, list(months))}


BY = {
    "facility": "r.bpjs_code",
    "segment": "coalesce(r.payer_code, r.payer_name, '')",
    "village": "coalesce(r.village, '')",
}


async def sums(conn: Connection, month: str, bpjs_code: str | None, by: Sequence[str]) -> list[dict[str, Any]]:
    """Registered and active members of the lists of a month, by `by` (of `BY`)."""
    columns = ", ".join(f"{BY[name]} AS {name}" for name in by)
    numbers = ", ".join(str(n + 1) for n in range(len(by)))
    sql = f"""
        SELECT {columns}, count(*)::int AS registered, count(*) FILTER (WHERE r.status = 'active')::int AS active,
               count(*) FILTER (WHERE r.status <> 'unknown')::int AS told
        FROM member_list_part p JOIN member_list_row r ON r.list_id = p.list_id AND r.bpjs_code = p.bpjs_code
        WHERE p.kind = 'members' AND p.current AND p.month = $1 AND ($2::text IS NULL OR p.bpjs_code = $2)
        GROUP BY {numbers} ORDER BY {numbers}"""
    return [dict(r) for r in await conn.fetch(sql, month, bpjs_code)]


async def listed(conn: Connection, month: str, bpjs_code: str | None) -> int:
    """How many facilities have a member list of a month."""
    sql = """SELECT count(*) FROM member_list_part WHERE kind = 'members' AND current AND month = $1
        AND ($2::text IS NULL OR bpjs_code = $2)"""
    return int(await conn.fetchval(sql, month, bpjs_code))


async def latest_month(conn: Connection) -> str | None:
    """The last month that has a member list."""
    sql = "SELECT max(month) FROM member_list_part WHERE kind = 'members' AND current"
    found: str | None = await conn.fetchval(sql)
    return found


async def names(conn: Connection, codes: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Our code and name of facilities by BPJS code."""
    sql = "SELECT bpjs_code, code, name FROM facility WHERE bpjs_code = ANY ($1::text[]) ORDER BY active, code DESC"
    return {r["bpjs_code"]: (r["code"], r["name"]) for r in await conn.fetch(sql, list(codes))}
