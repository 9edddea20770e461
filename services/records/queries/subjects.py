"""Subject requests and retention; and the dated values that law gives them."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from services.kernel.db import Connection, Tx

_POLICY = """
SELECT value FROM access_policy WHERE name = $1
ORDER BY valid_from <= $2 DESC, CASE WHEN valid_from <= $2 THEN valid_from END DESC, valid_from LIMIT 1
"""


async def policy(conn: Connection, name: str, on: date) -> int:
    """A dated number of law or policy as it stands on a day (before its first day: its first value)."""
    return int(await conn.fetchval(_POLICY, name, on))


_COLUMNS = """id, person_id, kind, detail, facility, recorded_by, received_at, due_at, outcome, note, amended,
    answered_by, answered_at"""


async def add(tx: Tx, row: dict[str, Any]) -> None:
    """A new request."""
    await tx.execute(
        "INSERT INTO subject_request (id, person_id, kind, detail, facility, recorded_by, received_at, due_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        row["id"], row["person_id"], row["kind"], row["detail"], row["facility"], row["recorded_by"],
        row["received_at"], row["due_at"],
    )  # fmt: skip


async def one(conn: Connection, id_: str, *, lock: bool = False) -> dict[str, Any] | None:
    """A request, locked when it is about to be answered."""
    row = await conn.fetchrow(
        f"SELECT {_COLUMNS} FROM subject_request WHERE id = $1" + (" FOR UPDATE" if lock else ""), id_
    )
    return dict(row) if row else None


STATES = {
    "open": "answered_at IS NULL",
    "overdue": "answered_at IS NULL AND due_at < $5",
    "answered": "answered_at IS NOT NULL",
    "all": "true",
}


async def page(
    conn: Connection, facility: str | None, state: str, after: tuple[datetime, str], limit: int, now: datetime
) -> list[dict[str, Any]]:
    """Requests of a facility (None: of all), by due time."""
    sql = f"""SELECT {_COLUMNS} FROM subject_request
        WHERE ($1::text IS NULL OR facility = $1) AND (due_at, id) > ($2, $3) AND $5::timestamptz IS NOT NULL
          AND {STATES[state]} ORDER BY due_at, id LIMIT $4"""
    return [dict(r) for r in await conn.fetch(sql, facility, *after, limit, now)]


async def overdue(conn: Connection, facility: str | None, now: datetime) -> int:
    """How many are late."""
    return int(await conn.fetchval(
        "SELECT count(*) FROM subject_request WHERE answered_at IS NULL AND due_at < $2"
        " AND ($1::text IS NULL OR facility = $1)", facility, now,
    ))  # fmt: skip


async def answer(tx: Tx, id_: str, outcome: str, note: str, amended: Sequence[str], by: str, at: datetime) -> None:
    """Write the answer of a locked request."""
    await tx.execute(
        "UPDATE subject_request SET outcome = $2, note = $3, amended = $4, answered_by = $5, answered_at = $6"
        " WHERE id = $1",
        id_, outcome, note, list(amended), by, at,
    )  # fmt: skip


_AMENDED = """
SELECT q.type || '/' || q.id FROM unnest($2::text[], $3::text[]) q(type, id)
WHERE NOT EXISTS (
    SELECT 1 FROM resource r JOIN resource_history h ON h.type = r.type AND h.id = r.id
    WHERE r.type = q.type AND r.id = q.id AND $1 IN (r.person_id, h.person_id) AND r.updated_at >= $4)
"""


async def not_amended(conn: Connection, person: str, refs: Sequence[str], since: datetime) -> list[str]:
    """Those of these resources that are not this person's, or have no version since then beside the one before."""
    types, ids = [r.split("/")[0] for r in refs], [r.split("/")[1] for r in refs]
    return [r[0] for r in await conn.fetch(_AMENDED, person, types, ids, since)]


_RETENTION = """
WITH seen AS (
    SELECT person_id, count(*) AS n, max(date) AS last,
           max(date) FILTER (
               WHERE type = 'Encounter' AND coalesce(status, '') NOT IN ('cancelled', 'entered-in-error')) AS visit
    FROM resource WHERE person_id IS NOT NULL AND NOT deleted GROUP BY person_id
), kept AS (
    SELECT n, ((coalesce(visit, last) AT TIME ZONE $3)::date + make_interval(years => $2))::date AS until FROM seen
)
SELECT extract(year FROM until)::int AS year, count(*) AS persons, sum(n)::bigint AS resources
FROM kept WHERE until <= $1 GROUP BY 1 ORDER BY 1
"""


async def retention(conn: Connection, at: date, years: int, zone: str) -> list[dict[str, Any]]:
    """Persons whose last visit (without any: last dated resource) lies so many years back, by the year it became so."""
    return [dict(r) for r in await conn.fetch(_RETENTION, at, years, zone)]
