"""A pregnancy, from the episodes that open it."""

from services.indicators.compiler.schema import Pregnancy
from services.indicators.compiler.sql import NO_MONTHS, quoted


def builder(unit: Pregnancy, called: str = "unit") -> str:
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
), reckoned AS (
    SELECT extract(year FROM coalesce(born_on, lmp + {unit.term_days}))::int AS year, d, person_id,
           named.episode AS unit_id, lmp, until, NULL::text[] AS fixed
    FROM pregnancy JOIN named USING (d, person_id, g) WHERE lost_on IS NULL OR born_on <= lost_on
    UNION ALL
    SELECT extract(year FROM start)::int, d, person_id, episode, NULL, NULL, ARRAY[{quoted(unit.undated)}] FROM alone
), {called} AS (
    SELECT c.year, c.d, c.person_id, c.unit_id, c.lmp AS anchor, c.lmp AS since, least(c.until, c.d) AS until,
           c.until AS ends, c.fixed, p.birth_date AS born, p.sex, p.village, {NO_MONTHS}
    FROM reckoned c JOIN period q USING (year, d) LEFT JOIN p USING (person_id)
)"""
