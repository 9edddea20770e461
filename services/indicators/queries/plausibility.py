"""SQL of the plausibility lists: entries to mend, by the facility that sent them, and the lags of its clock."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from services.indicators.compiler.sql import quoted
from services.indicators.queries.standings import HASHED
from services.indicators.room import Kept
from services.kernel.db import Connection, Tx

_BEFORE_BIRTH = """
WITH ought AS MATERIALIZED (
    SELECT DISTINCT ON (f.person_id, f.resource_type, f.resource_id) f.person_id, f.resource_type, f.resource_id,
           f.concept, f.date, f.provider, f.client, f.encounter_id
    FROM fact f JOIN person p USING (person_id) WHERE f.person_id = ANY ($1) AND f.date < p.birth_date
    ORDER BY 1, 2, 3, f.seq
), gone AS (
    DELETE FROM implausible i WHERE i.person_id = ANY ($1) AND i.seq = -1 AND NOT EXISTS (
        SELECT FROM ought o WHERE (o.person_id, o.resource_type, o.resource_id)
                                = (i.person_id, i.resource_type, i.resource_id))
)
INSERT INTO implausible (person_id, resource_type, resource_id, seq, concept, reason, own_date, provider, client,
                         encounter_id)
SELECT person_id, resource_type, resource_id, -1, concept, 'before-birth', date, provider, client, encounter_id
FROM ought
ON CONFLICT (person_id, resource_type, resource_id, seq) DO UPDATE SET own_date = excluded.own_date,
    provider = excluded.provider, client = excluded.client, encounter_id = excluded.encounter_id
"""
"""Entries of a resource's own reading are numbered from 0; this one, which the person's birth date decides, is -1."""


async def put_before_birth(tx: Tx, persons: Collection[UUID]) -> None:
    """Bring up to date what of these persons is dated before their birth."""
    await tx.execute(_BEFORE_BIRTH, persons)


async def put_lags(tx: Tx, lags: Mapping[tuple[str, date, int], int]) -> None:
    """Add timed records to the lags of their senders: (sender, day of receipt, hours) → how many."""
    await tx.execute(
        "INSERT INTO clock_lag AS c (sender, day, hours, records)"
        " SELECT * FROM unnest($1::text[], $2::date[], $3::smallint[], $4::int[])"
        " ON CONFLICT (sender, day, hours) DO UPDATE SET records = c.records + excluded.records",
        [k[0] for k in lags], [k[1] for k in lags], [k[2] for k in lags], list(lags.values()),
    )  # fmt: skip


async def forget_lags(tx: Tx) -> None:
    """Before all events are read anew."""
    await tx.execute("DELETE FROM clock_lag")


_ENTRIES = """
SELECT i.person_id, i.resource_type, i.resource_id, i.seq, i.concept, i.reason, i.detail,
       coalesce(i.own_date, v.start, i.late_date) AS day, coalesce(v.provider, i.provider, i.client, '') AS facility
FROM implausible i LEFT JOIN encounter v ON v.encounter_id = i.encounter_id AND v.person_id = i.person_id
"""


async def counts(conn: Connection, facility: str | None) -> list[dict[str, Any]]:
    """How many entries of each kind each facility has."""
    rows = await conn.fetch(
        f"SELECT facility, reason, count(*) AS entries FROM ({_ENTRIES}) e"
        " WHERE $1::text IS NULL OR facility = $1 GROUP BY 1, 2 ORDER BY 1, 2",
        facility,
    )
    return [dict(r) for r in rows]


async def lags(conn: Connection, facility: str | None, since: date) -> dict[str, dict[int, int]]:
    """By sender: hours → records since a day."""
    rows = await conn.fetch(
        "SELECT sender, hours, sum(records)::int AS records FROM clock_lag"
        " WHERE day >= $2 AND ($1::text IS NULL OR sender = $1) GROUP BY 1, 2",
        facility, since,
    )  # fmt: skip
    found = dict[str, dict[int, int]]()
    for r in rows:
        found.setdefault(r["sender"], {})[r["hours"]] = r["records"]
    return found


async def entries(
    conn: Connection, facility: str | None, reason: str | None, after: Sequence[str], limit: int
) -> list[dict[str, Any]]:
    """Entries in the order of facility and resource."""
    rows = await conn.fetch(
        f"SELECT * FROM ({_ENTRIES}) e WHERE ($1::text IS NULL OR facility = $1) AND ($2::text IS NULL OR reason = $2)"
        " AND (facility, resource_type, resource_id, seq) > ($3, $4, $5, $6::int)"
        " ORDER BY facility, resource_type, resource_id, seq LIMIT $7",
        facility, reason, *after[:3], int(after[3] or -2), limit,
    )  # fmt: skip
    return [dict(r) for r in rows]


async def measured_wrongly(tx: Tx, kept: Kept, year: int, day: date) -> list[dict[str, Any]]:
    """What was measured of every child on the list to measure again, as it stands on the day the numbers stand for."""
    persons = await tx.fetch(
        "SELECT person_id FROM standing WHERE generation = (SELECT generation FROM state WHERE id = 1)"
        f" AND standard = {quoted(kept.standard.key)} AND year = $1",
        year,
    )
    await tx.execute(HASHED)
    return [dict(r) for r in await tx.fetch(kept.measurements, [year], [day], [r["person_id"] for r in persons])]
