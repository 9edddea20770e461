"""Persons in short: who they are, which numbers they have, who has none yet, whose registration is doubted."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from services.kernel.db import Connection, Tx

_ONE = """
SELECT p.person_id, p.patient_id, p.birth_date, p.sex, p.village, r.body, v.reason, v.facility, v.since
FROM person p JOIN resource r ON r.type = 'Patient' AND r.id = p.patient_id
LEFT JOIN provisional_person v ON v.person_id = p.person_id WHERE p.person_id = $1
"""


async def one(conn: Connection, person: str) -> asyncpg.Record | None:
    """A person with the Patient that speaks and why they are provisional."""
    return await conn.fetchrow(_ONE, person)


_MINE = """($1::text IS NULL OR v.facility = $1 OR EXISTS (
    SELECT 1 FROM catchment k WHERE k.village = p.village AND k.facility = $1 AND k.valid_from <= $2::date
    AND (k.valid_until IS NULL OR k.valid_until >= $2::date)))"""
"""What is a facility's to follow up: what it registered, and the people of its villages. None: the whole district's."""

_PROVISIONAL = f"""
SELECT v.person_id, p.patient_id, p.sex, p.birth_date, v.reason, v.facility, v.since, r.body
FROM provisional_person v JOIN person p USING (person_id)
JOIN resource r ON r.type = 'Patient' AND r.id = p.patient_id AND NOT r.deleted
WHERE {_MINE} AND NOT EXISTS (
    SELECT 1 FROM person_identifier i WHERE i.person_id = v.person_id AND i.system = ANY ($3::text[]))
AND ($4::timestamptz IS NULL OR (v.since, v.person_id) > ($4, $5)) AND ($6::text IS NULL OR v.reason = $6)
ORDER BY v.since, v.person_id LIMIT $7
"""

Place = tuple[datetime, str]


async def provisional(
    conn: Connection, facility: str | None, day: object, settling: Sequence[str], after: Place | None,
    reason: str | None, limit: int,
) -> list[asyncpg.Record]:  # fmt: skip
    """Who still has no number that settles who they are, the longest waiting first."""
    return await conn.fetch(_PROVISIONAL, facility, day, list(settling), *(after or (None, "")), reason, limit)


_DOUBTED = f"""
SELECT v.person_id, p.patient_id, v.facility, max(v.at) AS at, array_agg(v.code) AS codes, min(r.body) AS body
FROM identity_doubt v JOIN person p USING (person_id)
JOIN resource r ON r.type = 'Patient' AND r.id = p.patient_id AND NOT r.deleted
WHERE {_MINE} GROUP BY v.person_id, p.patient_id, v.facility
HAVING $3::timestamptz IS NULL OR (max(v.at), v.person_id) < ($3, $4)
ORDER BY max(v.at) DESC, v.person_id DESC LIMIT $5
"""


async def doubted(
    conn: Connection, facility: str | None, day: object, before: Place | None, limit: int
) -> list[asyncpg.Record]:
    """Registrations with something to look at again, newest first, with the codes noted then."""
    return await conn.fetch(_DOUBTED, facility, day, *(before or (None, "")), limit)


async def settled(tx: Tx, rows: Sequence[tuple[str, str]]) -> None:
    """These (person, code) are doubted no more."""
    await tx.execute(
        "DELETE FROM identity_doubt d USING unnest($1::text[], $2::text[]) g(person_id, code)"
        " WHERE d.person_id = g.person_id AND d.code = g.code",
        [p for p, _ in rows], [c for _, c in rows],
    )  # fmt: skip
