"""SQL of signs: contacts in bulk without a measurement, last digits, values rewritten, contacts of the dead, and two
contacts of one person in one minute. $1 and $2 are the month's days, $3 the FKTPs (or null)."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from services.indicators.queries.kbk import CONTACT, ROOT, Span
from services.kernel.db import Connection

_BARE = f"""{ROOT}, {CONTACT}, bare AS MATERIALIZED (
    SELECT c.person_id, c.fktp, c.date, c.at, c.ref, NOT EXISTS (
        SELECT FROM fact f WHERE f.person_id = c.person_id AND f.encounter_id = c.resource_id
          AND f.concept = ANY ($4::text[])
    ) AS bare FROM contact c
)"""


async def bulk(
    conn: Connection, span: Span, vitals: Sequence[str], least: int, share: float
) -> list[tuple[str, date, int, int]]:
    """(FKTP, day, contacts, of these without any measurement): days with at least so many, so large a share without."""
    rows = await conn.fetch(
        f"""{_BARE} SELECT fktp, date, count(*)::int, count(*) FILTER (WHERE bare)::int FROM bare GROUP BY 1, 2
HAVING count(*) >= $5 AND count(*) FILTER (WHERE bare) >= $6::float8 * count(*) ORDER BY 1, 2""",
        *span.given, list(vitals), least, share,
    )  # fmt: skip
    return [tuple(r) for r in rows]


async def bulk_evidence(
    conn: Connection, span: Span, vitals: Sequence[str], facility: str, limit: int
) -> list[dict[str, Any]]:
    """The contacts without a measurement at an FKTP on these days."""
    rows = await conn.fetch(
        f"""{_BARE} SELECT person_id, fktp AS facility, date AS "on", at, ARRAY[ref] AS refs FROM bare
WHERE bare AND fktp = $5 ORDER BY date, ref LIMIT $6""",
        *span.given, list(vitals), facility, limit,
    )  # fmt: skip
    return [dict(r) for r in rows]


_DIGITS = """
SELECT concept, facility, (round(value)::int % 10) AS digit, count(*) FILTER (WHERE date >= $2)::int AS month,
       count(*)::int AS every
FROM fact WHERE concept = ANY ($4::text[]) AND date BETWEEN $1 AND $3 AND value IS NOT NULL AND NOT absurd
GROUP BY 1, 2, 3"""


async def digits(
    conn: Connection, since: date, span: Span, concepts: Sequence[str]
) -> dict[tuple[str, str], tuple[list[int], list[int]]]:
    """(measure, facility) → counts of last digits in the month, and since the first day of the comparison."""
    found: dict[tuple[str, str], tuple[list[int], list[int]]] = {}
    for concept, facility, digit, month, every in await conn.fetch(
        _DIGITS, since, span.first, span.last, list(concepts)
    ):
        counts = found.setdefault((concept, facility), ([0] * 10, [0] * 10))
        counts[0][digit] += month
        counts[1][digit] += every
    return found


async def digit_evidence(
    conn: Connection, span: Span, concept: str, facility: str, digit: int, limit: int
) -> list[dict[str, Any]]:
    """The values of a month that end in a digit."""
    rows = await conn.fetch(
        """SELECT person_id, facility, date AS "on", at, value, ARRAY[resource_type || '/' || resource_id] AS refs
FROM fact WHERE concept = $3 AND facility = $4 AND date BETWEEN $1 AND $2 AND NOT absurd
  AND round(value)::int % 10 = $5 ORDER BY date, resource_id LIMIT $6""",
        span.first, span.last, concept, facility, digit, limit,
    )  # fmt: skip
    return [dict(r) for r in rows]


async def rewritten(conn: Connection, span: Span, facility: str | None) -> list[dict[str, Any]]:
    """Measurements of a month that once said another value, or stand in the place of one that was deleted: of each
    resource and concept what was, what is, when."""
    rows = await conn.fetch(
        """SELECT f.person_id, f.concept, f.facility, f.date AS "on", g.value AS was, f.value AS now, g.gone_at, g.date,
       f.resource_type || '/' || f.resource_id AS ref, p.birth_date
FROM fact_gone g JOIN fact f ON f.person_id = g.person_id AND f.concept = g.concept
    AND f.resource_type = g.resource_type AND f.resource_id = g.resource_id AND f.seq = g.seq
JOIN person p ON p.person_id = f.person_id
WHERE g.concept IN ('bp_systolic', 'bp_diastolic', 'glucose_fasting') AND f.date BETWEEN $1 AND $2
  AND ($3::text IS NULL OR f.facility = $3)
UNION ALL
SELECT f.person_id, f.concept, f.facility, f.date, g.value, f.value, g.gone_at, g.date,
       f.resource_type || '/' || f.resource_id, p.birth_date
FROM fact_gone g JOIN fact f ON f.person_id = g.person_id AND f.concept = g.concept AND f.date = g.date
    AND f.resource_id <> g.resource_id AND f.taken_at >= g.taken_at
JOIN person p ON p.person_id = f.person_id
WHERE g.concept IN ('bp_systolic', 'bp_diastolic', 'glucose_fasting') AND f.date BETWEEN $1 AND $2
  AND ($3::text IS NULL OR f.facility = $3) AND NOT EXISTS (
      SELECT FROM fact x WHERE x.resource_id = g.resource_id AND x.resource_type = g.resource_type
  )
ORDER BY ref, gone_at, concept""",
        span.first, span.last, facility,
    )  # fmt: skip
    return [dict(r) for r in rows]


async def of_the_dead(conn: Connection, span: Span, facility: str | None) -> list[dict[str, Any]]:
    """Contacts dated after the person's death."""
    rows = await conn.fetch(
        f"""{ROOT}, {CONTACT} SELECT c.person_id, c.fktp AS facility, c.date AS "on", c.at, p.dead_on,
       ARRAY[c.ref] AS refs
FROM contact c JOIN person p USING (person_id)
WHERE p.dead_on < c.date AND p.dead_on > '-infinity' AND ($4::text IS NULL OR c.fktp = $4) ORDER BY c.date, c.ref""",
        *span.given, facility,
    )  # fmt: skip
    return [dict(r) for r in rows]


async def twice(conn: Connection, span: Span, facility: str | None) -> list[dict[str, Any]]:
    """Two contacts of one person in one minute at houses that are not one."""
    rows = await conn.fetch(
        f"""{ROOT}, {CONTACT} SELECT c.person_id, c.fktp AS facility, o.fktp AS other_facility, c.date AS "on", c.at,
       ARRAY[c.ref, o.ref] AS refs
FROM contact c JOIN contact o ON o.person_id = c.person_id AND o.fktp <> c.fktp
    AND date_trunc('minute', o.at) = date_trunc('minute', c.at)
WHERE ($4::text IS NULL OR c.fktp = $4) ORDER BY c.at, c.ref""",
        *span.given, facility,
    )  # fmt: skip
    return [dict(r) for r in rows]
