"""A delivery: the deliveries told of one woman so close together that they are one."""

from services.indicators.compiler.schema import Delivery
from services.indicators.compiler.sql import NO_MONTHS, quoted


def builder(unit: Delivery, called: str = "unit") -> str:
    """Told deliveries → deliveries, each at its first day; named by the one first received.

    Beside the usual columns: `last_told`, the day of the last of its facts, and `visits`, those that hold one.
    """
    return f"""
told AS (
    SELECT day.d, f.person_id, f.date, f.receipt, f.seq, f.encounter_id,
           f.resource_id || CASE f.seq WHEN 0 THEN '' ELSE '~' || f.seq END AS name
    FROM (SELECT DISTINCT d FROM period) day JOIN f ON f.concept = {quoted(unit.delivery)} AND f.date <= day.d
), neighbour AS (
    SELECT *, date - lag(date) OVER (PARTITION BY d, person_id ORDER BY date, receipt, name) AS gap FROM told
), grouped AS (
    SELECT *, count(*) FILTER (WHERE gap IS NULL OR gap > {unit.same_within_days})
              OVER (PARTITION BY d, person_id ORDER BY date, receipt, name) AS g FROM neighbour
), delivery AS (
    SELECT d, person_id, min(date) AS born_on, max(date) AS last_told,
           (array_agg(name ORDER BY receipt, name))[1] AS name,
           array_remove(array_agg(DISTINCT encounter_id::text), NULL) AS visits
    FROM grouped GROUP BY d, person_id, g
), {called} AS (
    SELECT q.year, q.d, c.person_id, c.name AS unit_id, c.born_on AS anchor, c.born_on - {unit.near_days} AS since,
           least(c.born_on + {unit.near_days}, q.d) AS until, c.born_on + {unit.near_days} AS ends,
           NULL::text[] AS fixed, p.birth_date AS born, p.sex, p.village, {NO_MONTHS}, c.last_told, c.visits
    FROM delivery c JOIN period q ON q.d = c.d AND q.year = extract(year FROM c.born_on) LEFT JOIN p USING (person_id)
)"""
