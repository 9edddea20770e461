"""Standards written by hand as SQL, as an engineer would who needs just this number from these tables, once.

Each gives (year, eligible, served) for 2025 at its end and for this year at $1. They know the synthetic people: one
episode a pregnancy, every dose far enough from the one before, diagnoses that stay open. Yet they must count the same.
"""

YEARS = "y (year, d) AS (VALUES (2025, DATE '2025-12-31'), (2026, $1::date))"
_END = "SELECT year, sum(n)::int, sum(s)::int FROM v GROUP BY 1 ORDER BY 1"


def _yearly(ages: str, single: dict[str, tuple[str, ...]], paired: bool) -> str:
    """Living persons of an age who had each of these in the year; blood pressure: both halves on one day."""
    bits = {name: 4 << n for n, name in enumerate(single)}
    cases = " ".join(f"WHEN '{c}' THEN {bits[name]}" for name, concepts in single.items() for c in concepts)
    concepts = [c for found in single.values() for c in found] + (["bp_systolic", "bp_diastolic"] if paired else [])
    listed = ", ".join(f"'{c}'" for c in concepts)
    all_bits, both = sum(bits.values()), "bool_or(mask & 3 = 3)" if paired else "true"
    return f"""
WITH {YEARS}, day AS (
    SELECT person_id, date, bit_or(CASE concept WHEN 'bp_systolic' THEN 1 WHEN 'bp_diastolic' THEN 2 {cases} END) AS mask
    FROM fact WHERE concept IN ({listed}) AND date BETWEEN DATE '2025-01-01' AND $1 GROUP BY 1, 2
), got AS (
    SELECT person_id, extract(year FROM date)::int AS year FROM day GROUP BY 1, 2
    HAVING bit_or(mask) & {all_bits} = {all_bits} AND {both}
), v AS (
    SELECT y.year, p.village, count(*) AS n, count(g.person_id) AS s
    FROM y CROSS JOIN person p LEFT JOIN got g ON g.person_id = p.person_id AND g.year = y.year
    WHERE {ages} AND (p.dead_on IS NULL OR p.dead_on > y.d) GROUP BY 1, 2
) {_END}"""


def _aged(low: int, high: int | None) -> str:
    older = f"p.birth_date <= (y.d - interval '{low} years')::date"
    return older + (f" AND p.birth_date > (y.d - interval '{high + 1} years')::date" if high else "")


def _monthly(condition: str, measure: tuple[str, ...]) -> str:
    """People of 15 and over with a diagnosis, measured in every month required and counselled in the year."""
    listed = ", ".join(f"'{c}'" for c in measure)
    return f"""
WITH {YEARS}, ill AS (
    SELECT person_id, min(date) AS since FROM fact WHERE concept = '{condition}' GROUP BY 1
), days AS MATERIALIZED (
    SELECT f.person_id, f.date, f.concept = 'education' AS taught, count(DISTINCT f.concept) AS parts
    FROM ill JOIN fact f USING (person_id) WHERE f.concept IN ({listed}, 'education')
      AND f.date BETWEEN DATE '2025-01-01' AND $1 GROUP BY 1, 2, 3
), asked AS (
    SELECT y.year, y.d, p.person_id, p.village, i.since,
           CASE WHEN i.since < make_date(y.year, 1, 1) THEN 1 ELSE extract(month FROM i.since)::int END AS a,
           CASE y.year WHEN 2025 THEN 12 ELSE extract(month FROM $1::date)::int - 1 END AS b
    FROM y JOIN ill i ON i.since <= y.d JOIN person p USING (person_id)
    WHERE {_aged(15, None)} AND (p.dead_on IS NULL OR p.dead_on > y.d)
), got AS (
    SELECT u.year, u.village, u.person_id, coalesce(bool_or(k.taught), false) AND CASE WHEN u.a <= u.b
        THEN count(DISTINCT extract(month FROM k.date)) FILTER (
                WHERE NOT k.taught AND k.parts = {len(measure)} AND extract(month FROM k.date) BETWEEN u.a AND u.b
            ) = u.b - u.a + 1
        ELSE coalesce(bool_or(NOT k.taught AND k.parts = {len(measure)} AND k.date >= u.since), false) END AS served
    FROM asked u LEFT JOIN days k ON k.person_id = u.person_id AND k.date BETWEEN make_date(u.year, 1, 1) AND u.d
    GROUP BY u.year, u.village, u.person_id, u.a, u.b
), v AS (
    SELECT year, village, count(*) AS n, count(*) FILTER (WHERE served) AS s FROM got GROUP BY 1, 2
) {_END}"""


def _immunised(doses: dict[str, int]) -> str:
    """Children whose first birthday falls in the year, with every dose before it."""
    listed = ", ".join(f"'vaccine_{name}'" for name in (*doses, "hepb"))
    enough = " AND ".join(f"count(*) FILTER (WHERE f.concept = 'vaccine_{k}') >= {n}" for k, n in doses.items())
    return f"""
WITH {YEARS}, child AS (
    SELECT y.year, p.person_id, p.village, p.birth_date, b.day FROM y CROSS JOIN person p CROSS JOIN LATERAL (
        SELECT CASE WHEN extract(month FROM p.birth_date) = 2 AND extract(day FROM p.birth_date) = 29
                    THEN make_date(extract(year FROM p.birth_date)::int + 1, 3, 1)
                    ELSE (p.birth_date + interval '1 year')::date END AS day) b
    WHERE p.birth_date >= DATE '2023-12-01' AND b.day BETWEEN make_date(y.year, 1, 1) AND y.d
      AND (p.dead_on IS NULL OR p.dead_on > b.day)
), got AS (
    SELECT c.person_id FROM child c JOIN fact f USING (person_id)
    WHERE f.concept IN ({listed}) AND f.date >= c.birth_date AND f.date < c.day GROUP BY 1
    HAVING {enough} AND bool_or(f.concept = 'vaccine_hepb' AND f.date <= c.birth_date + 7)
), v AS (
    SELECT c.year, c.village, count(*) AS n, count(g.person_id) AS s
    FROM child c LEFT JOIN got g USING (person_id) GROUP BY 1, 2
) {_END}"""


_TOLD = {
    "weight": ("weight",), "height": ("height", "length_lying"), "muac": ("muac",), "fundus": ("fundal_height",),
    "heart": ("fetal_heart_rate",), "td": ("td_vaccine",), "hb": ("hemoglobin",), "group": ("blood_group",),
    "protein": ("urine_protein",), "hiv": ("hiv_test",), "syphilis": ("syphilis_test",), "hbsag": ("hbsag_test",),
    "education": ("education",),
}  # fmt: skip


def _pregnancies() -> str:
    listed = ", ".join(f"'{c}'" for found in _TOLD.values() for c in found)
    each = " AND ".join(
        f"bool_or(f.concept IN ({', '.join(repr(c) for c in found)}))" for found in _TOLD.values()
    )  # fmt: skip
    visits = " AND ".join(
        f"count(DISTINCT f.date) FILTER (WHERE f.concept = 'anc_contact' AND g BETWEEN {a} AND {b}) >= {n}"
        for a, b, n in ((0, 90, 1), (91, 174, 2), (175, 999, 3))
    )
    return f"""
WITH {YEARS.replace("$1::date)", "$1::date), (2027, $1::date)")}, one AS (
    SELECT f.person_id, f.value_date AS lmp, f.date AS start, b.date AS born
    FROM fact f LEFT JOIN fact b ON b.person_id = f.person_id AND b.concept = 'delivery' WHERE f.concept = 'lmp'
), asked AS (
    SELECT y.year, y.d, o.person_id, o.lmp, p.village, least(o.born, o.lmp + 308, y.d) AS until
    FROM y JOIN one o ON o.start <= y.d
      AND extract(year FROM coalesce(CASE WHEN o.born <= y.d THEN o.born END, o.lmp + 280)) = y.year
    JOIN person p USING (person_id)
), got AS (
    SELECT u.year, u.person_id FROM asked u JOIN fact f USING (person_id) CROSS JOIN LATERAL (SELECT f.date - u.lmp AS g) g
    WHERE f.concept IN ({listed}, 'anc_contact', 'ultrasound_pregnancy', 'bp_systolic', 'bp_diastolic', 'iron_tablets')
      AND f.date BETWEEN u.lmp AND u.until GROUP BY 1, 2
    HAVING {each} AND {visits} AND bool_or(f.concept = 'ultrasound_pregnancy' AND g <= 90)
       AND bool_or(f.concept = 'ultrasound_pregnancy' AND g >= 175)
       AND sum(f.value) FILTER (WHERE f.concept = 'iron_tablets') >= 90
       AND array_agg(f.date) FILTER (WHERE f.concept = 'bp_systolic')
           && array_agg(f.date) FILTER (WHERE f.concept = 'bp_diastolic')
), v AS (
    SELECT u.year, u.village, count(*) AS n, count(g.person_id) AS s
    FROM asked u LEFT JOIN got g USING (year, person_id) GROUP BY 1, 2
) {_END}"""


def _suspects() -> str:
    """Who was suspected, tested or treated for TB in the year, tested and counselled in it."""
    return f"""
WITH {YEARS}, got AS (
    SELECT person_id, extract(year FROM date)::int AS year, bool_or(concept = 'tb_test') AS tested
    FROM fact WHERE concept IN ('tb_suspect', 'tb_test', 'tb_case') AND date BETWEEN DATE '2025-01-01' AND $1 GROUP BY 1, 2
), taught AS (
    SELECT DISTINCT person_id, extract(year FROM date)::int AS year FROM got JOIN fact f USING (person_id)
    WHERE f.concept = 'education' AND f.date BETWEEN DATE '2025-01-01' AND $1
), v AS (
    SELECT g.year, p.village, count(*) AS n, count(*) FILTER (WHERE g.tested AND t.person_id IS NOT NULL) AS s
    FROM got g LEFT JOIN taught t USING (person_id, year) LEFT JOIN person p USING (person_id) GROUP BY 1, 2
) {_END}"""


_MEASURED = {"weight": ("weight",), "height": ("height", "length_lying")}
STANDARDS = {
    "spm-01.permenkes-6-2024": _pregnancies(),
    "spm-05.permenkes-6-2024": _yearly(_aged(7, 15), _MEASURED | {"v": ("vision",), "h": ("hearing",)}, True),
    "spm-06.permenkes-6-2024": _yearly(
        _aged(15, 59), _MEASURED | {"w": ("waist",), "g": ("glucose",), "r": ("risk_behaviour",)}, True
    ),
    "spm-07.permenkes-6-2024": _yearly(
        _aged(60, None),
        {"g": ("glucose",), "c": ("cholesterol",), "i": ("independence",), "s": ("skilas",)}, True,
    ),
    "spm-08.permenkes-6-2024": _monthly("hypertension", ("bp_systolic", "bp_diastolic")),
    "spm-09.permenkes-6-2024": _monthly("diabetes", ("glucose",)),
    "spm-11.permenkes-6-2024": _suspects(),
    "pip-2.idl-classic": _immunised({"bcg": 1, "opv": 4, "dpt": 3, "mr": 1}),
    "pip-2-2023.idl-2023": _immunised({"bcg": 1, "opv": 4, "dpt": 3, "mr": 1, "ipv": 2, "pcv": 2, "rotavirus": 3}),
}  # fmt: skip
