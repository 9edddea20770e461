"""The unit builders: who or what is counted, as SQL. Each yields the CTE `unit`, one row per counted unit and year.

Columns of `unit`: year, d (as-of date), person_id, unit_id, anchor (day 0 of the items' windows), since and until
(the unit's own window, never beyond d), fixed (what is missing whatever the facts say, or null), born, sex, village;
for monthly items m_first and m_last (months required, null when none is yet), m_since and m_until.

They read `period` (year, d, first, last), `f` (facts that have a day) and `p` (persons), and nothing else.
Building blocks join on person_id only, so that the statements distribute by person.
"""

from services.indicators.compiler.schema import Birthday, Person, Pregnancy, Standard

NO_MONTHS = "NULL::int AS m_first, NULL::int AS m_last, NULL::date AS m_since, NULL::date AS m_until"


def quoted(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def completes(birth: str, months: str) -> str:
    """The day on which so many months of age are completed; a day the month lacks is the 1st of the next month."""
    month = f"date_trunc('month', {birth}::timestamp)"
    return (
        f"least(({month} + make_interval(months => {months}))::date + extract(day FROM {birth})::int - 1, "
        f"({month} + make_interval(months => {months} + 1))::date)"
    )


def builder(standard: Standard) -> str:
    """The CTEs that end in `unit` for a standard's population."""
    match standard.population:
        case Pregnancy():
            return _pregnancy(standard.population)
        case Person():
            return _person(standard.population, next((i.months for i in standard.items if i.every), None))
        case Birthday():
            return _birthday(standard.population)


def turning(standard: Standard) -> list[str]:
    """SELECTs of (person_id, on_date): the days on which time alone will change who is counted, or what is asked."""
    match standard.population:
        case Pregnancy():
            return []
        case Person():
            return _person_turning(standard.population, any(i.every for i in standard.items))
        case Birthday() as unit:
            return [
                f"""SELECT p.person_id, {completes("p.birth_date", str(unit.months))} FROM p, period q
WHERE p.birth_date > (q.d - interval '{unit.months} months')::date
  AND p.birth_date <= (q.last - interval '{unit.months} months')::date"""
            ]


def _birthday(unit: Birthday) -> str:
    day = completes("p.birth_date", str(unit.months))
    return f"""
unit AS (
    SELECT q.year, q.d, p.person_id, p.person_id::text AS unit_id, p.birth_date AS anchor, p.birth_date AS since,
           b.day - 1 AS until, NULL::text[] AS fixed, p.birth_date AS born, p.sex, p.village, {NO_MONTHS}
    FROM period q JOIN p ON p.birth_date BETWEEN (q.first - interval '{unit.months} months')::date - 31
                                             AND (q.d - interval '{unit.months} months')::date
    CROSS JOIN LATERAL (SELECT {day} AS day) b
    WHERE b.day BETWEEN q.first AND q.last AND (p.dead_on IS NULL OR p.dead_on > b.day)
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


def _person(unit: Person, months: str | None) -> str:
    condition = f"condition AS ({_open(unit)}\n),\n" if unit.open_condition else ""
    joined = "JOIN condition c USING (year, d) JOIN p USING (person_id)" if unit.open_condition else "CROSS JOIN p"
    return f"""
{condition}unit AS (
    SELECT q.year, q.d, p.person_id, p.person_id::text AS unit_id, p.birth_date AS anchor, q.first AS since,
           q.d AS until, NULL::text[] AS fixed, p.birth_date AS born, p.sex, p.village, {_months(months)}
    FROM period q {joined} {_span(months)}
    WHERE {_aged(unit)} AND (p.dead_on IS NULL OR p.dead_on > q.d)
)"""


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


def _person_turning(unit: Person, monthly: bool) -> list[str]:
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


def _pregnancy(unit: Pregnancy) -> str:
    """Episodes → dated episodes → pregnancies, each with its window; then those that were never dated."""
    lmp, edd, age = (quoted(c) for c in (unit.lmp, unit.edd, unit.gestational_age))
    best = """source, CASE WHEN source = 3 THEN date - DATE '2000-01-01' ELSE DATE '2000-01-01' - date END,
        CASE WHEN source = 3 THEN receipt ELSE -receipt END, seq"""
    return f"""
day AS (SELECT DISTINCT d FROM period),
ep AS (
    SELECT day.d, f.person_id, f.resource_id AS episode, f.date AS start, f.until AS ended, f.receipt
    FROM day JOIN f ON f.concept = {quoted(unit.episode)} AND f.date <= day.d
), happened AS (
    SELECT person_id, array_agg(date) FILTER (WHERE concept = {quoted(unit.delivery)}) AS births,
           array_agg(date) FILTER (WHERE concept = {quoted(unit.loss)}) AS losses
    FROM f WHERE concept IN ({quoted(unit.delivery)}, {quoted(unit.loss)}) GROUP BY person_id
), said AS (
    SELECT ep.d, ep.person_id, ep.episode, f.date, f.receipt, f.seq,
           CASE f.concept WHEN {lmp} THEN 1 WHEN {edd} THEN 2 ELSE 3 END AS source,
           CASE f.concept WHEN {lmp} THEN f.value_date WHEN {edd} THEN f.value_date - {unit.term_days}
                ELSE f.date - trunc(round((least(greatest(f.value, 0), 1000) * 7)::numeric, 6))::int END AS lmp
    FROM ep JOIN f ON f.person_id = ep.person_id AND f.concept IN ({lmp}, {edd}, {age})
                  AND f.date <= ep.d AND ep.episode = ANY (f.episodes)
), dated AS (
    SELECT DISTINCT ON (d, person_id, episode) d, person_id, episode, lmp FROM said
    ORDER BY d, person_id, episode, {best}
), neighbour AS (
    SELECT *, lag(lmp) OVER (PARTITION BY d, person_id ORDER BY lmp, episode) AS before FROM dated
), grouped AS (
    SELECT n.d, n.person_id, n.episode, count(*) FILTER (
               WHERE before IS NULL OR lmp - before > {unit.same_within_days}
                  OR EXISTS (SELECT FROM unnest(h.losses) x WHERE x > before AND x < lmp AND x <= n.d)
           ) OVER (PARTITION BY n.d, n.person_id ORDER BY lmp, episode) AS g
    FROM neighbour n LEFT JOIN happened h USING (person_id)
), afresh AS (
    SELECT DISTINCT ON (d, person_id, g) d, person_id, g, lmp FROM grouped JOIN said USING (d, person_id, episode)
    ORDER BY d, person_id, g, {best}
), bounded AS (
    SELECT *, least(lmp + {unit.longest_days}, lead(lmp) OVER (PARTITION BY d, person_id ORDER BY lmp, g) - 1) AS bound
    FROM afresh
), pregnancy AS (
    SELECT b.d, b.person_id, b.g, b.lmp, born.day AS born_on, lost.day AS lost_on,
           least(b.bound, born.day, lost.day) AS until
    FROM bounded b LEFT JOIN happened h USING (person_id)
    CROSS JOIN LATERAL (SELECT min(x) AS day FROM unnest(h.births) x WHERE x BETWEEN b.lmp AND least(b.bound, b.d)) born
    CROSS JOIN LATERAL (SELECT min(x) AS day FROM unnest(h.losses) x WHERE x BETWEEN b.lmp AND least(b.bound, b.d)) lost
), named AS (
    SELECT DISTINCT ON (d, person_id, g) d, person_id, g, episode FROM grouped JOIN ep USING (d, person_id, episode)
    ORDER BY d, person_id, g, ep.start, ep.receipt, episode
), alone AS (
    SELECT ep.* FROM ep LEFT JOIN dated USING (d, person_id, episode) LEFT JOIN happened h USING (person_id)
    WHERE dated.episode IS NULL
      AND NOT EXISTS (SELECT FROM pregnancy w WHERE w.d = ep.d AND w.person_id = ep.person_id AND ep.start <= w.until
                      AND coalesce(ep.ended, ep.start + {unit.longest_days}) >= w.lmp)
      AND NOT EXISTS (SELECT FROM unnest(h.losses) x WHERE x BETWEEN ep.start AND ep.start + {unit.longest_days}
                      AND x <= ep.d AND NOT EXISTS (SELECT FROM unnest(h.births) y WHERE y BETWEEN ep.start AND x))
), counted AS (
    SELECT extract(year FROM coalesce(born_on, lmp + {unit.term_days}))::int AS year, d, person_id,
           named.episode AS unit_id, lmp, until, NULL::text[] AS fixed
    FROM pregnancy JOIN named USING (d, person_id, g) WHERE lost_on IS NULL OR born_on <= lost_on
    UNION ALL
    SELECT extract(year FROM start)::int, d, person_id, episode, NULL, NULL, ARRAY[{quoted(unit.undated)}] FROM alone
), unit AS (
    SELECT c.year, c.d, c.person_id, c.unit_id, c.lmp AS anchor, c.lmp AS since, least(c.until, c.d) AS until, c.fixed,
           p.birth_date AS born, p.sex, p.village, {NO_MONTHS}
    FROM counted c JOIN period q USING (year, d) LEFT JOIN p USING (person_id)
)"""
