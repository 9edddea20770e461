"""`python -m bench.searches`: what a search and a create cost the database, from small to large.

Fills a record on a PostgreSQL of its own with made-up visits (100 facilities; a person has 25 resources), and at each
size prints the median milliseconds of searches as one facility asks them (access rule and access log included), and
the processor time of one row of `resource` with all its indexes.
"""

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from datetime import date
from pathlib import Path
from urllib.parse import parse_qsl

import asyncpg

from deploy.postgres import Embedded
from services.kernel import migrate
from services.kernel.auth import Actor
from services.records import params
from services.records.queries import search

FACILITIES, TODAY = 100, date(2026, 1, 1)
ACTOR = Actor(subject="bench", role="clinic-system", facility="F77", face="fhir", token="-")
SEARCHES = {
    "of a patient": ("Observation", "patient=p77"),
    "patient + code": ("Observation", "patient=p77&code=8480-6"),
    "patient + code + date": ("Observation", "patient=p77&code=http://loinc.org|8480-6&date=ge2024-06-01"),
    "patient + value": ("Observation", "patient=p77&value-quantity=gt150"),
    "by identifier": ("Encounter", "identifier=urn:visit:O77|V77"),
    "name, birth date, sex": ("Patient", "name=budi77&birthdate=1990-03-19&gender=female"),
    "newest of a type": ("Observation", ""),
    "newest by change": ("Encounter", "_sort=-_lastUpdated"),
    "changed since": ("Encounter", "_lastUpdated=ge2025-11-25"),
    "a frequent code": ("Observation", "code=8480-6"),
    "a rare code": ("Observation", "code=RARE-1"),
    "a provider's week": ("Encounter", "service-provider=Organization/O77&date=ge2025-03-01&date=le2025-03-07"),
    "a provider's newest": ("Encounter", "service-provider=Organization/O77"),
    "asked of an organization": ("ServiceRequest", "performer=Organization/O78"),
    "by practitioner": ("Encounter", "practitioner=Practitioner/N77"),
    "chain by name": ("Observation", "patient.name=budi77&code=8480-6"),
}

_PERSONS = (
    "INSERT INTO person (person_id, patient_id, name, birth_date, sex) SELECT 'p' || g, 'p' || g,"
    " 'budi' || g || ' santoso', date '1990-01-01' + (g % 10000)::int, 'female' FROM generate_series($1::int, $2::int) g",
    "INSERT INTO care_relation (person_id, facility, reason) SELECT 'p' || g, 'F' || g % 100, 'registration'"
    " FROM generate_series($1::int, $2::int) g",
    "INSERT INTO resource (type, id, person_id, version, client, updated_at, body) SELECT 'Patient', 'p' || g, 'p' || g,"
    " 1, 'F' || g % 100, '2024-01-01', json_build_object('resourceType', 'Patient', 'id', 'p' || g, 'gender', 'female',"
    " 'name', json_build_array(json_build_object('text', 'BUDI' || g || ' SANTOSO')),"
    " 'birthDate', date '1990-01-01' + (g % 10000)::int)::text FROM generate_series($1::int, $2::int) g",
)
_VISITS = """
WITH visit AS (
    SELECT g AS n, 'p' || g * 7919 % $3 AS person, g * 7919 % $3 % 100 AS f,
           timestamptz '2024-01-01' + g * (interval '700 days' / $4::int) AS at
    FROM generate_series($1::bigint, $2::bigint) g
), part AS (
    SELECT *, CASE WHEN k = 0 THEN 'Encounter' WHEN k <= 4 THEN 'Observation' WHEN k = 5 THEN 'Condition'
                   ELSE 'ServiceRequest' END AS type
    FROM visit CROSS JOIN generate_series(0, 6) k WHERE k < 6 OR n % 20 = 0
), coded AS (
    SELECT *, CASE type WHEN 'Encounter' THEN 'AMB' WHEN 'ServiceRequest' THEN '3457005'
        WHEN 'Condition' THEN (ARRAY['I10', 'E11', 'J00', 'A09', 'K29'])[1 + n % 5]
        ELSE CASE WHEN n % 500 = 0 AND k = 4 THEN 'RARE-1'
                  ELSE (ARRAY['8480-6', '8462-4', '29463-7', '8302-2'])[k] END END AS code
    FROM part ORDER BY n, k
)
INSERT INTO resource (type, id, person_id, version, client, updated_at, status, date, encounter_id, organization, codes,
                      body)
SELECT type, 'r' || n || '-' || k, person, 1, 'F' || f, at, 'final', at, CASE WHEN k > 0 THEN 'r' || n || '-0' END,
       CASE WHEN type IN ('Encounter', 'ServiceRequest') THEN 'O' || f END,
       ARRAY[CASE WHEN type = 'Observation' THEN 'http://loinc.org|' ELSE 'urn:code|' END || code],
       replace(json_build_object('resourceType', type, 'id', 'r' || n || '-' || k, 'status', 'final',
           'meta', json_build_object('versionId', '1', 'lastUpdated', at),
           'code', json_build_object('coding', json_build_array(json_build_object('code', code,
               'system', 'http://loinc.org', 'display', repeat('sistolik ', 8)))),
           'subject', json_build_object('reference', 'Patient/' || person),
           'participant', json_build_array(json_build_object('individual',
               json_build_object('reference', 'Practitioner/N' || n % 1000))),
           'performer', json_build_array(json_build_object('reference', 'Organization/O' || (f + 1) % 100)),
           'serviceProvider', json_build_object('reference', 'Organization/O' || f),
           'effectiveDateTime', at, 'valueQuantity', json_build_object('value', 100 + n % 60, 'unit', 'mm[Hg]',
               'system', 'http://unitsofmeasure.org', 'code', 'mm[Hg]'))::text, '" : ', '":')
FROM coded
"""
_NUMBERS = """
INSERT INTO resource_identifier (value, system, type, id)
SELECT 'V' || split_part(substr(id, 2), '-', 1), 'urn:visit:' || organization, type, id FROM resource
WHERE type = 'Encounter' ON CONFLICT DO NOTHING
"""


def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(prog="bench.searches")
    parser.add_argument("--sizes", type=int, nargs="+", default=[20_000, 200_000, 1_000_000])
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="simpul-bench-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        with Embedded(Path(folder) / "data", durable=False) as server:
            server.ensure_databases(["records"])
            migrate.upgrade("records", server.url("records"))
            asyncio.run(_bench(server.url("records"), chosen.sizes))


async def _bench(url: str, sizes: list[int]) -> None:
    found: list[dict[str, float]] = []
    for size in sizes:
        conn = await asyncpg.connect(
            url, server_settings={"jit": "off", "plan_cache_mode": "force_generic_plan", "timezone": "UTC"}
        )
        await _fill(conn, size)
        figures = {name: await _asked(conn, *what) for name, what in SEARCHES.items()}
        found.append(figures | {f"a row of {t} (cpu µs)": await _row(conn, t) for t in ("Observation", "Encounter")})
        await conn.close()
    print(f"{'milliseconds (median)':28}" + "".join(f"{size:>12,}" for size in sizes))
    for name in found[0]:
        print(f"{name:28}" + "".join(f"{figures[name]:12.2f}" for figures in found), flush=True)


async def _fill(conn: "asyncpg.Connection[asyncpg.Record]", size: int) -> None:
    """Grow to about `size` resources."""
    persons, visits = size // 25, size * 10 // 63
    had = await conn.fetchrow("SELECT count(*), count(*) FILTER (WHERE type = 'Patient') FROM resource")
    first = await conn.fetchval("SELECT count(*) FROM resource WHERE type = 'Encounter'") + 1
    for statement in _PERSONS:
        await conn.execute(statement, had[1] if had else 0, persons - 1)
    for begin in range(first, visits + 1, 20_000):
        await conn.execute(_VISITS, begin, min(begin + 19_999, visits), persons, visits)
    await conn.execute(_NUMBERS)
    await conn.execute("VACUUM ANALYZE")


async def _asked(conn: "asyncpg.Connection[asyncpg.Record]", type_: str, asked: str) -> float:
    """Milliseconds of one search, the median of fifteen, once it is prepared."""
    taken = []
    for _ in range(18):
        query = params.parse(type_, parse_qsl(asked), page=50, max_page=500, strict=True)
        begin = time.perf_counter()
        await search.search(conn, ACTOR, TODAY, query, limit=50)
        taken.append(time.perf_counter() - begin)
    return statistics.median(taken[3:]) * 1000


async def _row(conn: "asyncpg.Connection[asyncpg.Record]", type_: str) -> float:
    """Processor time of the server per stored row, microseconds; the rows are taken back."""
    pid, rows, best = await conn.fetchval("SELECT pg_backend_pid()"), 4000, float("inf")
    for n in range(5):
        turn = conn.transaction()
        await turn.start()
        begin = _cpu(pid)
        for part in range(3):
            await conn.execute(
                "INSERT INTO resource (type, id, person_id, version, client, updated_at, status, date, encounter_id,"
                " organization, codes, body) SELECT type, id || $2, person_id, 1, client, now(), status, now(),"
                " encounter_id, organization, codes, body FROM resource WHERE type = $1 AND id LIKE 'r1%' LIMIT $3",
                type_, f"n{n}{part}", rows,
            )  # fmt: skip
        best = min(best, (_cpu(pid) - begin) / rows / 3 * 1e6)
        await turn.rollback()
    return best


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
