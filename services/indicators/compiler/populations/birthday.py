"""A child who completes an age in months in the year."""

from services.indicators.compiler.schema import Birthday
from services.indicators.compiler.sql import NO_MONTHS, completes


def builder(unit: Birthday, called: str = "unit") -> str:
    """The CTE `unit`."""
    day = completes("p.birth_date", str(unit.months))
    return f"""
{called} AS (
    SELECT q.year, q.d, p.person_id, p.person_id::text AS unit_id, p.birth_date AS anchor, p.birth_date AS since,
           b.day - 1 AS until, b.day - 1 AS ends, NULL::text[] AS fixed, p.birth_date AS born, p.sex, p.village,
           {NO_MONTHS}
    FROM period q JOIN p ON p.birth_date BETWEEN (q.first - interval '{unit.months} months')::date - 31
                                             AND (q.d - interval '{unit.months} months')::date
    CROSS JOIN LATERAL (SELECT {day} AS day) b
    WHERE b.day BETWEEN q.first AND q.last AND (p.dead_on IS NULL OR p.dead_on > b.day)
)"""


def turning(unit: Birthday) -> list[str]:
    """The day the age is completed."""
    return [
        f"""SELECT p.person_id, {completes("p.birth_date", str(unit.months))} FROM p, period q
WHERE p.birth_date > (q.d - interval '{unit.months} months')::date
  AND p.birth_date <= (q.last - interval '{unit.months} months')::date"""
    ]
