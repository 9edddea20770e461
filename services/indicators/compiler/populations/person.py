"""A person of an age at the as-of date: all, those with an open condition, or those to whom something happened."""

from collections.abc import Callable

from services.indicators.compiler.schema import Person
from services.indicators.compiler.sql import NO_MONTHS, completes, quoted

Nested = Callable[[], str]
"""The CTEs that end in `inner_unit`: the units of the standard named by `units_of`."""


def builder(unit: Person, months: str | None, nested: Nested, called: str = "unit") -> str:
    """The CTE `unit`; `months` is how a monthly item counts them."""
    if unit.any_of or unit.units:
        return _happened(unit, nested, called)
    condition = f"condition AS ({_open(unit)}\n),\n" if unit.open_condition else ""
    joined = "JOIN condition c USING (year, d) JOIN p USING (person_id)" if unit.open_condition else "CROSS JOIN p"
    return f"""
{condition}{called} AS (
    SELECT q.year, q.d, p.person_id, p.person_id::text AS unit_id, p.birth_date AS anchor, q.first AS since,
           q.d AS until, q.last AS ends, NULL::text[] AS fixed, p.birth_date AS born, p.sex, p.village,
           {_months(months)}
    FROM period q {joined} {_span(months)}
    WHERE {_kept(unit)}
)"""


def _happened(unit: Person, nested: Nested, called: str) -> str:
    """Who has one of the facts in the year, and who has a unit of the other standard in it.

    `spans` are the windows of those units: what was done in one counts also before the year began.
    """
    anyone = f"""anyone AS (
    SELECT q.year, q.d, f.person_id FROM period q
    JOIN f ON f.concept IN ({", ".join(quoted(c) for c in unit.any_of)}) AND f.date BETWEEN q.first AND q.d
    GROUP BY 1, 2, 3
)"""
    theirs = """theirs AS (
    SELECT year, d, person_id, range_agg(daterange(since, until, '[]')) FILTER (WHERE since <= until) AS spans
    FROM inner_unit GROUP BY 1, 2, 3
)"""
    if not unit.units:
        parts, who, since, spans = f"{anyone},", "anyone w", "q.first", ""
    elif not unit.any_of:
        parts, who = f"{nested()},\n{theirs},", "theirs w"
        since, spans = "least(q.first, lower(w.spans))", ", w.spans"
    else:
        parts = f"{nested()},\n{anyone}, {theirs},"
        who = "(SELECT year, d, person_id, spans FROM anyone FULL JOIN theirs USING (year, d, person_id)) w"
        since, spans = "least(q.first, lower(w.spans))", ", w.spans"
    return f"""
{parts} {called} AS (
    SELECT q.year, q.d, w.person_id, w.person_id::text AS unit_id, p.birth_date AS anchor, {since} AS since,
           q.d AS until, q.last AS ends, NULL::text[] AS fixed, p.birth_date AS born, p.sex, p.village,
           {NO_MONTHS}{spans}
    FROM {who} JOIN period q USING (year, d) {"" if unit.alive else "LEFT "}JOIN p USING (person_id)
    WHERE {_kept(unit)}
)"""


def _kept(unit: Person) -> str:
    """Alive and of the age at d: who turns n on the 1st of March because of a 29 February is exactly right with `-`."""
    first, last = unit.ages
    parts = ["(p.dead_on IS NULL OR p.dead_on > q.d)"] if unit.alive else []
    if first is not None:
        parts.append(f"p.birth_date <= (q.d - interval '{first} months')::date")
    if last is not None:
        parts.append(f"p.birth_date > (q.d - interval '{last + 1} months')::date")
    return " AND ".join(parts) or "true"


def _open(unit: Person) -> str:
    """The condition facts open at d, by person and year: `since` is the earliest."""
    return f"""
    SELECT q.year, q.d, f.person_id, min(f.date) AS since FROM period q
    JOIN f ON f.concept = {quoted(unit.open_condition or "")} AND f.date <= q.d AND (f.until IS NULL OR f.until > q.d)
    GROUP BY 1, 2, 3"""


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
    of = unit.concepts
    with_it = ""
    if of:
        concepts = ", ".join(quoted(c) for c in of)
        with_it = f"AND EXISTS (SELECT FROM f WHERE f.person_id = p.person_id AND f.concept IN ({concepts}))"
    first, last = unit.ages
    for months in (first, None if last is None else last + 1):
        if months:
            parts.append(f"""SELECT p.person_id, {completes("p.birth_date", str(months))} FROM period q JOIN p
  ON p.birth_date > (q.d - interval '{months} months')::date
 AND p.birth_date <= (q.last - interval '{months} months')::date
{with_it}""")
    return parts
