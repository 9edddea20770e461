"""A district of synthetic people with about 20 facts each, written straight into the tables of the indicators service.

The mix is that of a district: a tenth small children with weights, vaccines and newborn care, a sixth of school age, most
grown up and screened about once a year, some old, some with hypertension or diabetes measured every month, two in a
hundred pregnant with an episode, visits and mostly a delivery. What is due is done nine times of ten, so that served
and not served both are many. Facts lie in the order they would have arrived in: month after month, not by person.
"""

import time
from datetime import date
from typing import Any

import asyncpg

TODAY = date(2026, 11, 21)
VILLAGES, FACILITIES = 200, 60
FIRST = date(2025, 1, 1)

_PERSONS = f"""
CREATE UNLOGGED TABLE someone AS
SELECT n, h, ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid AS person_id,
       CASE WHEN (n / 7) % 2 = 0 OR h BETWEEN 300 AND 319 THEN 'female' ELSE 'male' END AS sex,
       (14100000000 + n % {VILLAGES})::text AS raw_village,
       CASE WHEN h < 85 THEN DATE '{TODAY}' - (hashint4(n) & 2047)
            WHEN h < 250 THEN DATE '{TODAY}' - 2400 - (hashint4(n) & 4095) * 3200 / 4096
            WHEN h BETWEEN 300 AND 319 THEN DATE '{TODAY}' - 365 * 20 - (hashint4(n) & 4095)
            WHEN h < 885 THEN DATE '{TODAY}' - 5700 - (hashint4(n) & 16383) * 15500 / 16384
            ELSE DATE '{TODAY}' - 22100 - (hashint4(n) & 4095) * 2 END AS born,
       CASE WHEN h BETWEEN 300 AND 319 THEN DATE '{FIRST}' - 150 + (hashint4(n + 5) & 511) END AS lmp,
       'F' || n % {FACILITIES} AS facility
FROM (SELECT n, (n * 7919::bigint % 1000)::int AS h FROM generate_series(1, $1::int) n) s
"""

_KINDS = {
    "small": "born > DATE '2021-01-01'",
    "newborn": "born >= DATE '2024-06-01'",
    "school": "h BETWEEN 85 AND 249",
    "adult": "h BETWEEN 250 AND 884",
    "old": "h >= 885",
    "pregnant": "lmp IS NOT NULL",
    "hypertension": "h BETWEEN 400 AND 424 OR h BETWEEN 900 AND 924",
    "diabetes": "h BETWEEN 440 AND 451 OR h BETWEEN 940 AND 949",
    "mental": "h BETWEEN 460 AND 461",
    "tbc": "h BETWEEN 470 AND 475",
    "hiv": "h BETWEEN 480 AND 487",
}

OBS, PRO, IMM, CON, QUE, DIS, ENC = (
    "Observation", "Procedure", "Immunization", "Condition", "QuestionnaireResponse", "MedicationDispense", "Encounter",
)  # fmt: skip
CALENDAR: list[tuple[str, str, str, int, int, int]] = [
    # kind, concept, resource, every so many months, in which of them, how often done of 100
    *[("small", c, r, e, k, 90) for c, r, e, k in (
        ("weight", OBS, 1, 0), ("length_lying", OBS, 5, 0), ("development_screen", QUE, 5, 1), ("vitamin_a", PRO, 5, 2))],
    *[("school", c, OBS, 11, 0, 95) for c in ("weight", "height", "bp_systolic", "bp_diastolic", "vision", "hearing")],
    *[("adult", c, OBS, 11, 0, 94) for c in ("weight", "height", "waist", "bp_systolic", "bp_diastolic", "glucose")],
    ("adult", "risk_behaviour", QUE, 11, 0, 94),
    *[("adult", c, OBS, 11, 5, 30) for c in ("weight", "bp_systolic", "bp_diastolic", "glucose")],
    *[("old", c, OBS, 11, 0, 93) for c in (
        "bp_systolic", "bp_diastolic", "glucose", "cholesterol", "independence", "weight", "height")],
    ("old", "skilas", QUE, 11, 0, 90),
    *[("old", c, OBS, 11, 4, 30) for c in ("bp_systolic", "bp_diastolic", "weight")],
    *[("hypertension", c, OBS, 1, 0, 97) for c in ("bp_systolic", "bp_diastolic")],
    ("hypertension", "education", PRO, 6, 1, 80),
    ("diabetes", "glucose", OBS, 1, 0, 97),
    ("diabetes", "education", PRO, 6, 1, 80),
    ("mental", "mental_status_exam", OBS, 6, 1, 80),
    ("mental", "education", PRO, 6, 1, 80),
    ("tbc", "tb_suspect", CON, 11, 1, 90),
    ("tbc", "tb_test", OBS, 11, 1, 80),
    ("tbc", "education", PRO, 11, 1, 80),
    ("hiv", "hiv_risk_group", OBS, 11, 1, 100),
    ("hiv", "hiv_test", OBS, 11, 1, 80),
    ("hiv", "education", PRO, 11, 1, 80),
]  # fmt: skip
ANCHORED: list[tuple[str, str, str, int, int]] = [
    # kind, concept, resource, day after birth or LMP, how often done of 100
    *[("newborn", c, r, a, 95) for c, r, a in (
        ("neonatal_contact", ENC, 1), ("neonatal_contact", ENC, 5), ("neonatal_contact", ENC, 14), ("vitamin_k", PRO, 0),
        ("eye_ointment", PRO, 0), ("early_breastfeeding", OBS, 0))],
    *[("small", c, IMM, a, 97) for c, a in (
        ("vaccine_hepb", 0), ("vaccine_bcg", 30), ("vaccine_opv", 31), ("vaccine_opv", 62), ("vaccine_opv", 93),
        ("vaccine_opv", 124), ("vaccine_dpt", 62), ("vaccine_dpt", 93), ("vaccine_dpt", 124), ("vaccine_dpt", 560),
        ("vaccine_mr", 275), ("vaccine_mr", 561), ("vaccine_ipv", 124), ("vaccine_ipv", 276), ("vaccine_pcv", 62),
        ("vaccine_pcv", 93), ("vaccine_rotavirus", 62), ("vaccine_rotavirus", 93), ("vaccine_rotavirus", 124))],
    *[("pregnant", c, ENC, a, 97) for c, a in (
        ("anc_contact", 50), ("anc_contact", 100), ("anc_contact", 150), ("anc_contact", 190), ("anc_contact", 220),
        ("anc_contact", 260))],
    *[("pregnant", c, OBS, a, 97) for a in (50, 150, 220) for c in ("weight", "bp_systolic", "bp_diastolic")],
    *[("pregnant", c, OBS, 50, 98) for c in (
        "height", "muac", "hemoglobin", "blood_group", "urine_protein", "hiv_test", "syphilis_test", "hbsag_test")],
    *[("pregnant", c, OBS, a, 97) for a in (150, 220) for c in ("fundal_height", "fetal_heart_rate")],
    *[("pregnant", "ultrasound_pregnancy", PRO, a, 97) for a in (50, 220)],
    ("pregnant", "td_vaccine", IMM, 100, 97),
    *[("pregnant", "education", PRO, a, 97) for a in (50, 220)],
    *[("pregnant", "iron_tablets", DIS, a, 98) for a in (100, 150, 190, 220)],
    *[("pregnant", c, OBS, 276, 90) for c in ("delivery", "delivery_place")],
    *[("pregnant", "delivery_attendant", OBS, 276, 85) for _ in range(2)],
]  # fmt: skip

_FACT = """
INSERT INTO fact (person_id, concept, resource_type, resource_id, seq, own_date, late_date, value, value_date, value_code,
                  until, provider, client, encounter_id, receipt, date, facility, episodes, astray)
SELECT person_id, concept, resource_type,
       lpad(to_hex(n), 8, '0') || '-0000-4000-8000-' || lpad(to_hex(k * 4096 + m), 12, '0'), 0, day, NULL,
       value, value_date, value_code, NULL, NULL, facility, CASE WHEN encounter THEN
           lpad(to_hex(n), 8, '0') || '-0000-4000-9000-' || lpad(to_hex(day - DATE '2000-01-01'), 12, '0') END,
       $1 + row_number() OVER (), day, facility, episodes, false
FROM ({}) r WHERE day <= DATE '{}'"""

_CALENDAR = """
SELECT s.person_id, c.concept, c.resource_type, s.n, c.k, $2::int AS m,
       CASE c.kind || c.concept WHEN 'smallweight' THEN 3.3 + 0.0083 * lived + (s.n % 7 - 3) * 0.25
            WHEN 'smalllength_lying' THEN round((50 + 1.35 * sqrt(greatest(lived, 0)))::numeric, 1) + s.n % 7 - 3 ELSE 100 END::float8 AS value,
       NULL::date AS value_date, NULL AS value_code, true AS encounter, s.facility,
       NULL::text[] AS episodes, (DATE '2025-01-01' + make_interval(months => $2))::date
           + (hashint4(s.n + $2) & 15) AS day
FROM (SELECT *, (DATE '2025-01-01' + make_interval(months => $2))::date - born AS lived
      FROM someone WHERE cardinality(kinds) > 0) s JOIN plan c ON c.kind = ANY (s.kinds)
WHERE ($2 + s.n) % c.every = c.off AND (hashint4(s.n * 97 + c.k * 7 + $2) & 127) < c.chance * 128 / 100"""

_ANCHORED = """
SELECT s.person_id, c.concept, c.resource_type, s.n, c.k, $2::int AS m, CASE concept
           WHEN 'iron_tablets' THEN 30 ELSE 100 END::float8 AS value,
       CASE concept WHEN 'delivery' THEN s.lmp + c.day WHEN 'lmp' THEN s.lmp END AS value_date,
       CASE concept WHEN 'delivery_place' THEN 'facility' WHEN 'delivery_attendant' THEN 'midwife' END AS value_code,
       true AS encounter, s.facility,
       CASE c.kind WHEN 'pregnant' THEN ARRAY['ep-' || s.n] END AS episodes,
       coalesce(s.lmp, s.born) + c.day + CASE WHEN c.day = 0 OR c.kind = 'newborn' THEN 0 ELSE s.n % 5 END AS day
FROM someone s JOIN anchored c ON c.kind = ANY (s.kinds)
WHERE (hashint4(s.n * 97 + c.k * 7) & 127) < c.chance * 128 / 100"""

_OPENED = f"""
INSERT INTO fact (person_id, concept, resource_type, resource_id, seq, own_date, value, value_date, client, encounter_id,
                  receipt, date, facility, episodes, astray)
SELECT person_id, 'anc_episode', 'EpisodeOfCare', 'ep-' || n, 0, lmp + 50, NULL::float8, NULL::date, facility, NULL,
       n, lmp + 50, facility, NULL::text[], false FROM someone WHERE lmp + 50 <= DATE '{TODAY}' AND lmp IS NOT NULL
UNION ALL
SELECT person_id, 'lmp', 'Observation', 'lmp-' || n, 0, lmp + 50, NULL, lmp, facility, NULL,
       n, lmp + 50, facility, ARRAY['ep-' || n], false FROM someone WHERE lmp + 50 <= DATE '{TODAY}' AND lmp IS NOT NULL
UNION ALL
SELECT person_id, k, 'Condition', k || n, 0, d, NULL, NULL, facility, NULL, n, d, facility, NULL, false
FROM (SELECT *, DATE '2024-06-01' + (hashint4(n + 9) & 511) AS d FROM someone) s, unnest(kinds) kind,
     LATERAL (SELECT CASE kind WHEN 'mental' THEN 'severe_mental_disorder' ELSE kind END) x (k)
WHERE kind IN ('hypertension', 'diabetes', 'mental')
"""

_NETWORK = f"""
INSERT INTO area (code, name, level, parent)
SELECT (1410000000 + n)::text, 'Desa ' || n, 'desa', (141000 + n / 12)::text FROM generate_series(0, {VILLAGES} - 1) n
UNION ALL SELECT (141000 + n)::text, 'Kecamatan ' || n, 'kecamatan', '1410' FROM generate_series(0, {VILLAGES} / 12) n;
INSERT INTO facility (code, name, kind, ownership, active)
SELECT 'F' || n, 'Faskes ' || n, CASE WHEN n < 30 THEN 'puskesmas' ELSE 'klinik-pratama' END,
       CASE WHEN n < 30 THEN 'public' ELSE 'private' END, true FROM generate_series(0, {FACILITIES} - 1) n;
INSERT INTO catchment (id, village, facility, valid_from)
SELECT 'c' || n, (1410000000 + n)::text, 'F' || n % 30, DATE '2020-01-01' FROM generate_series(0, {VILLAGES} - 1) n;
"""

_REGISTERED = """
INSERT INTO patient (person_id, patient_id, written, active, birth_date, sex, village)
SELECT person_id, 'p-' || n, n, true, born, sex, village FROM someone;
INSERT INTO person (person_id, birth_date, sex, own_village, village)
SELECT person_id, born, sex, village, village FROM someone;
INSERT INTO member (person_id, checked_on, status)
SELECT person_id, DATE '2025-01-10', CASE WHEN n % 7 = 0 THEN 'inactive' ELSE 'active' END FROM someone WHERE n % 5 < 4;
"""

MONTHS = (TODAY.year - FIRST.year) * 12 + TODAY.month


async def fill(conn: "asyncpg.Connection[asyncpg.Record]", persons: int) -> int:
    """Write `persons` people and their facts; how many facts."""
    begin = time.monotonic()
    await conn.execute("SET work_mem = '256MB'; SET maintenance_work_mem = '1GB'; SET synchronous_commit = off")
    await conn.execute(_PERSONS.replace("$1", str(persons)))
    kinds = ", ".join(f"CASE WHEN {where} THEN '{kind}' END" for kind, where in _KINDS.items())
    await conn.execute(
        "ALTER TABLE someone ADD village text, ADD kinds text[];"
        f"UPDATE someone SET village = (1410000000 + n % {VILLAGES})::text, kinds = array_remove(ARRAY[{kinds}], NULL)"
    )
    await conn.execute(
        "CREATE TABLE plan (k serial, kind text, concept text, resource_type text, every int, off int, chance int)"
    )
    await conn.execute(
        "CREATE TABLE anchored (k serial, kind text, concept text, resource_type text, day int, chance int)"
    )
    await conn.executemany(
        "INSERT INTO plan (kind, concept, resource_type, every, off, chance) VALUES ($1, $2, $3, $4, $5, $6)", CALENDAR
    )
    await conn.executemany(
        "INSERT INTO anchored (kind, concept, resource_type, day, chance) VALUES ($1, $2, $3, $4, $5)", ANCHORED
    )
    await conn.execute("UPDATE anchored SET k = k + 1000")
    await conn.execute("VACUUM ANALYZE someone, plan, anchored")
    made = await _without_indexes(conn)
    await conn.execute(_NETWORK + _REGISTERED)
    await conn.execute(_OPENED)
    receipt = 10 * persons
    for text, months in ((_ANCHORED, [4000]), (_CALENDAR, list(range(MONTHS)))):
        for month in months:
            said = await conn.execute(_FACT.format(text, TODAY), receipt, month)
            receipt += int(said.rsplit(" ", 1)[-1])
    print(f"  … {receipt - 10 * persons:,} facts in {time.monotonic() - begin:.0f} s", flush=True)
    for definition in made:
        await conn.execute(definition)
    await conn.execute("DROP TABLE someone, plan, anchored")
    await conn.execute("VACUUM ANALYZE")
    return int(await conn.fetchval("SELECT count(*) FROM fact"))


async def _without_indexes(conn: Any) -> list[str]:
    """Take the indexes off the tables that are filled; the statements that make them again."""
    rows = await conn.fetch(
        "SELECT i.indexname, i.tablename, i.indexdef, c.conname FROM pg_indexes i"
        " LEFT JOIN pg_constraint c ON c.conname = i.indexname WHERE i.schemaname = 'public'"
        " AND i.tablename IN ('fact', 'person', 'patient', 'member')"
    )
    made = []
    for r in rows:
        made.append(r["indexdef"])
        if r["conname"]:
            await conn.execute(f"ALTER TABLE {r['tablename']} DROP CONSTRAINT {r['conname']}")
            made.append(f"ALTER TABLE {r['tablename']} ADD PRIMARY KEY USING INDEX {r['indexname']}")
        else:
            await conn.execute(f"DROP INDEX {r['indexname']}")
    return made
