"""A child in the first days of life."""

from services.indicators.compiler.schema import Newborn
from services.indicators.compiler.sql import NO_MONTHS


def builder(unit: Newborn, called: str = "unit") -> str:
    """The CTE `unit`; beside the usual columns `born_at`, the time of birth when it is known."""
    return f"""
{called} AS (
    SELECT q.year, q.d, p.person_id, p.person_id::text AS unit_id, p.birth_date AS anchor, p.birth_date AS since,
           least(p.birth_date + {unit.days}, q.d) AS until, p.birth_date + {unit.days} AS ends, NULL::text[] AS fixed,
           p.birth_date AS born, p.sex, p.village, {NO_MONTHS}, p.birth_at AS born_at
    FROM period q JOIN p ON p.birth_date BETWEEN q.first - {unit.days} AND least(q.last - {unit.days}, q.d)
)"""


def turning() -> list[str]:
    """The day of birth, when it lies ahead."""
    return ["SELECT p.person_id, p.birth_date FROM p WHERE p.birth_date > (SELECT max(d) FROM period)"]
