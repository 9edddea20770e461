"""A child who was weighed and measured on one day of the year: the last such day, as z-scores of a growth reference.

WHO Child Growth Standards 2006, chapter 7: z from L, M and S; beyond 3 SD the weight indices by the restricted
formula. The rule of days, postures and of the fact that is chosen: standards/README.md, `measured`.
"""

from services.indicators.compiler.schema import Measured
from services.indicators.compiler.sql import NO_MONTHS, completes, quoted

INDICES = ("weight_for_age", "height_for_age", "weight_for_height")
LEAST, MOST = 0.1, 500
"""Kilograms outside which nothing is computed: no child, and a power of them would overflow."""


def builder(unit: Measured, called: str = "unit", scored: str | None = None) -> str:
    """`unit`, with columns for the items of an index: the z-scores, and which facts were chosen.

    `scored` names a table that holds what `scores` says already.
    """
    ok = " AND ".join(f"coalesce({i} BETWEEN {low:g} AND {high:g}, false)" for i, (low, high) in _limits(unit))
    which = "plausible" if unit.counted == "plausible" else "NOT plausible"
    first = "" if scored else f"{scores(unit)}, "
    return f"""{first}judged AS (
    SELECT *, {ok} AS plausible FROM {scored or "scored"}
), {called} AS (
    SELECT year, d, person_id, person_id::text AS unit_id, born AS anchor, date AS since, date AS until,
           date AS ends, NULL::text[] AS fixed, born, sex, village, {NO_MONTHS}, plausible,
           {", ".join(INDICES)}, weight_id, weight_seq, weight, height_id, height_seq, height, lying, age_days, size
    FROM judged WHERE {which}
)"""


def scores(unit: Measured) -> str:
    """The CTEs that end in `scored`: what all standards of one reference and one way to measure share."""
    return f"{_chosen(unit)}, {_scored(unit)}"


def turning(unit: Measured) -> list[str]:
    """The day a child leaves by age, and the day of a birth that is dated ahead."""
    months = unit.until_age_months + 1
    return [
        f"""SELECT p.person_id, {completes("p.birth_date", str(months))} FROM p, period q
WHERE p.birth_date > (q.d - interval '{months} months')::date
  AND p.birth_date <= (q.last - interval '{months} months')::date
  AND EXISTS (SELECT FROM f WHERE f.person_id = p.person_id)""",
        "SELECT p.person_id, p.birth_date FROM p, period q WHERE p.birth_date > q.d AND p.birth_date <= q.last",
    ]


def _limits(unit: Measured) -> list[tuple[str, tuple[float, float]]]:
    return [(name, getattr(unit.plausible, name)) for name in INDICES]


def _chosen(unit: Measured) -> str:
    """The last day with both, and on it one weight and one length or height: posture first, then the last received."""
    of = ", ".join(quoted(c) for c in unit.concepts)
    turn = unit.standing_from_day
    lying = f"""CASE WHEN f.concept = {quoted(unit.length)} OR f.posture = 'lying' THEN true
                     WHEN f.posture = 'standing' THEN false ELSE f.date - c.born < {turn} END"""
    return f"""
child AS (
    SELECT q.year, q.d, q.first, p.person_id, p.birth_date AS born, p.sex, p.village
    FROM period q JOIN p ON p.birth_date > (q.d - interval '{unit.until_age_months + 1} months')::date
                        AND p.birth_date <= q.d
    WHERE p.dead_on IS NULL OR p.dead_on > q.d
), gauge AS (
    SELECT c.year, c.person_id, f.date, f.date - c.born AS age_days, f.concept = {quoted(unit.weight)} AS weighs,
           {lying} AS lying, f.value, f.receipt, f.seq, f.resource_id
    FROM child c JOIN f USING (person_id) WHERE f.concept IN ({of}) AND f.date BETWEEN c.first AND c.d
), together AS (
    SELECT year, person_id, max(date) AS date FROM (
        SELECT year, person_id, date FROM gauge GROUP BY 1, 2, 3 HAVING bool_or(weighs) AND bool_or(NOT weighs)
    ) g GROUP BY 1, 2
), picked AS (
    SELECT DISTINCT ON (year, person_id, weighs) * FROM gauge JOIN together USING (year, person_id, date)
    ORDER BY year, person_id, weighs, weighs OR lying = (age_days < {turn}) DESC, receipt DESC, seq DESC
), pair AS (
    SELECT c.*, w.date, w.age_days, w.value AS weight, w.resource_id AS weight_id, w.seq AS weight_seq,
           h.value AS height, h.lying, h.resource_id AS height_id, h.seq AS height_seq,
           CASE WHEN h.value BETWEEN 10 AND 300 THEN round((h.value + CASE
               WHEN w.age_days < {turn} AND NOT h.lying THEN {unit.posture_cm:g}
               WHEN w.age_days >= {turn} AND h.lying THEN -{unit.posture_cm:g} ELSE 0 END)::numeric, 4) END AS size
    FROM child c JOIN picked w USING (year, person_id) JOIN picked h USING (year, person_id)
    WHERE w.weighs AND NOT h.weighs
)"""


def _scored(unit: Measured) -> str:
    """L, M and S of each, then z to two decimals. Single rows by index: the reference is small and never joined.

    Between two rows of the tables (a length told finer than a millimetre) it is interpolated, as by WHO's software.
    """
    point = f"FROM growth_point g WHERE g.reference = {quoted(unit.reference)} AND g.sex = x.sex"
    heavy, tall = (f"SELECT ARRAY[l, m, s] {point} AND g.curve = '{c}' AND g.at = x.age_days" for c in INDICES[:2])
    size = f"{point} AND g.curve = x.curve AND g.at"
    share = "CASE WHEN g.at = x.mm THEN 1 - x.part ELSE x.part END"
    between = ", ".join(f"sum({c} * {share})" for c in "lms")
    return f"""known AS MATERIALIZED (
    SELECT x.*, ({heavy}) AS a, ({tall}) AS h,
           CASE WHEN x.part = 0 THEN (SELECT ARRAY[l, m, s] {size} = x.mm)
                ELSE (SELECT ARRAY[{between}] {size} BETWEEN x.mm AND x.mm + 1 HAVING count(*) = 2) END AS b
    FROM (SELECT *, floor(size * 10)::int AS mm, (size * 10 - floor(size * 10))::float8 AS part,
                 'weight_for_' || CASE WHEN age_days < {unit.standing_from_day} THEN 'length' ELSE 'height' END AS curve
          FROM pair) x
), scored AS MATERIALIZED (
    SELECT k.*, {_z("k.weight", "k.a", True)} AS weight_for_age,
           {_z("k.size::float8", "k.h", False)} AS height_for_age, {_z("k.weight", "k.b", True)} AS weight_for_height
    FROM known k
)"""


def _z(value: str, lms: str, restricted: bool) -> str:
    """z to two decimals; null outside the reference."""
    l, m, s = (f"{lms}[{n}]" for n in (1, 2, 3))  # noqa: E741
    z = f"(power({value} / {m}, {l}) - 1) / ({l} * {s})"

    def at(k: int) -> str:
        return f"({m} * power(1 + {l} * {s} * {k}, 1 / {l}))"

    if not restricted:
        return f"CASE WHEN {m} IS NOT NULL THEN round(({z})::numeric, 2) END"
    return f"""(SELECT round((CASE WHEN z > 3 THEN 3 + ({value} - {at(3)}) / ({at(3)} - {at(2)})
               WHEN z < -3 THEN -3 + ({value} - {at(-3)}) / ({at(-2)} - {at(-3)}) ELSE z END)::numeric, 2)
             FROM (SELECT CASE WHEN {value} BETWEEN {LEAST} AND {MOST} THEN {z} END AS z) t)"""
