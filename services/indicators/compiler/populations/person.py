"""A living person of an age at the as-of date, with an open condition when one is named."""

from services.indicators.compiler.schema import Person
from services.indicators.compiler.sql import NO_MONTHS, completes, quoted


def builder(unit: Person, months: str | None) -> str:
    """The CTE `unit`; `months` is how a monthly item counts them."""
    condition = f"condition AS ({_open(unit)}\n),\n" if unit.open_condition else ""
    joined = "JOIN condition c USING (year, d) JOIN p USING (person_id)" if unit.open_condition else "CROSS JOIN p"
    return f"""
{condition}unit AS (
    SELECT q.year, q.d, p.person_id, p.person_id::text AS unit_id, p.birth_date AS anchor, q.first AS since,
           q.d AS until, q.last AS ends, NULL::text[] AS fixed, p.birth_date AS born, p.sex, p.village,
           {_months(months)}
    FROM period q {joined} {_span(months)}
    WHERE {_aged(unit)} AND (p.dead_on IS NULL OR p.dead_on > q.d)
)"""


def _aged(unit: Person) -> str:
    """Completed years at d: who turns n on the 1st of March because of a 29 February is exactly right with `-`."""
    parts = ["true"]
    if unit.from_age_years is not None:
        parts.append(f"p.birth_date <= (q.d - interval '{unit.from_age_years} years')::date")
    if unit.until_age_years is not None:
        parts.append(f"p.birth_date > (q.d - interval '{unit.until_age_years + 1} years')::date")
    return " AND ".join(parts)


def _open(unit: Person, extra: str = "") -> str:
    """The condition facts open at d, by person and year: `since` is the earliest."""
    return f"""
    SELECT q.year, q.d, f.person_id, min(f.date) AS since FROM period q
    JOIN f ON f.concept = {quoted(unit.open_condition or "")} AND f.date <= q.d AND (f.until IS NULL OR f.until > q.d)
    {extra} GROUP BY 1, 2, 3"""


def _span(months: str | None) -> str:
    """The first days of the first and last month required: to the last month ended by d, its last day ending it."""
    if months is None:
        return ""
    if months == "whole-year":
        return "CROSS JOIN LATERAL (SELECT q.first AS a, q.last - 30 AS b) m"
    return """CROSS JOIN LATERAL (
        SELECT greatest(q.first, date_trunc('month', c.since::timestamp)::date) AS a,
               (date_trunc('month', (q.d + 1)::timestamp) - interval '1 month')::date AS b) m"""


def _months(months: str | None) -> str:
    """What a monthly item needs of the unit; while no month is required, the time since the diagnosis in the year."""
    if months is None:
        return NO_MONTHS
    return """CASE WHEN a <= b THEN extract(month FROM a)::int END AS m_first,
           CASE WHEN a <= b THEN extract(month FROM b)::int END AS m_last,
           CASE WHEN a <= b THEN a ELSE greatest(c.since, q.first) END AS m_since,
           CASE WHEN a <= b THEN least((b + interval '1 month')::date - 1, q.d) ELSE q.d END AS m_until"""


def turning(unit: Person, monthly: bool) -> list[str]:
    """The ends of months and the days an age begins or ends."""
    parts = []
    if monthly:  # the current month ends; on its last day the next one is what is waited for
        month_end = "(date_trunc('month', (u.d + 1)::timestamp) + interval '1 month')::date - 1"
        parts.append(f"SELECT u.person_id, {month_end} FROM unit u")
    has = quoted(unit.open_condition or "")
    with_it = f"JOIN f ON f.person_id = p.person_id AND f.concept = {has}" if unit.open_condition else ""
    for years in (unit.from_age_years, None if unit.until_age_years is None else unit.until_age_years + 1):
        if years:
            parts.append(f"""SELECT p.person_id, {completes("p.birth_date", str(years * 12))} FROM period q JOIN p
  ON p.birth_date > (q.d - interval '{years} years')::date AND p.birth_date <= (q.last - interval '{years} years')::date
{with_it}""")
    return parts
