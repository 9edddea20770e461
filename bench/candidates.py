"""`python -m bench.candidates`: where to refer, asked of a network of 2,000 facilities that all might take referrals, with
services, hours, competences, contracts and free beds, and of a year of referrals.

Prints milliseconds at the median and the 95th of a hundred through the gateway with a token, and the processor time of
one answer in our processes and in PostgreSQL. Everything stays on 127.0.0.1 and ends by itself.
"""

import argparse
import os
import statistics
import tempfile
from pathlib import Path

import asyncpg
import httpx
import uvloop

from bench import load
from bench.lists import prepare
from bench.product import Product, pin, quiet, turn
from bench.referrals import fill

NETWORK = (
    "UPDATE facility SET kind = CASE WHEN right(code, 2) = '00' THEN 'rs' ELSE 'puskesmas' END, organization_type = NULL",
    "UPDATE facility_version SET kind = CASE WHEN right(code, 2) = '00' THEN 'rs' ELSE 'puskesmas' END",
    "INSERT INTO offered_service SELECT f.code, t.code, '2020-01-01', NULL, 1 FROM facility f"
    " CROSS JOIN LATERAL (SELECT code FROM service_type ORDER BY md5(f.code || code) LIMIT 10) t",
    "INSERT INTO opening_hours SELECT code, d, '2020-01-01', '08:00-14:00', 1 FROM facility, generate_series(1, 7) d",
    "INSERT INTO competence (facility, system, code, valid_from, level, version)"
    " SELECT f.code, 'icd10', c, '2020-01-01', 'dasar', 1 FROM facility f,"
    " unnest(ARRAY['O10-O16', 'I10-I15', 'A15-A19', 'E10-E14', 'J18']) c",
    "INSERT INTO jkn_contract (facility, valid_from, kind, capitation, version)"
    " SELECT code, '2020-01-01', 'fktp', true, 1 FROM facility",
    "INSERT INTO free_bed SELECT code, 'umum', 'umum', 3, now(), 1 FROM facility",
    "INSERT INTO free_slot SELECT facility, service, 2, now(), 1 FROM offered_service",
    "VACUUM ANALYZE",
)
QUESTIONS = (
    ("all 2,000, ten shown", "diagnosis=O14.1&urgency=urgent&payer=jkn&near=0.99,102.7"),
    ("all 2,000, an emergency", "diagnosis=O14.1&urgency=emergency&near=0.99,102.7"),
    ("hospitals only (vertical)", "diagnosis=O14.1&kind=vertical&facility=B00000001"),
    ("with those excluded", "diagnosis=O14.1&kind=vertical&facility=B00000001&all=true"),
)


def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(prog="bench.candidates")
    parser.add_argument("--seconds", type=float, default=1.5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--year", type=int, default=50_000)
    uvloop.run(_bench(parser.parse_args()))


async def _bench(how: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(prefix="simpul-bench-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        with Product(Path(folder), split=False) as product:
            await product.ready()
            async with httpx.AsyncClient(base_url=product.base, timeout=120) as http:
                token = await prepare(http, product.credentials())
            urls = product.databases()
            network, referrals = await asyncpg.connect(urls["facilities"]), await asyncpg.connect(urls["referrals"])
            for statement in NETWORK:
                await network.execute(statement)
            await fill(referrals, how.year)
            print(f"quiet after {await quiet(product, 180):.0f} s", flush=True)
            pin(os.getpid(), load=True)
            product.pin()
            print(f"{'milliseconds':30}{'conn':>5}{'p50':>8}{'p95':>8}{'cpu':>7}{'+ SQL':>7}")
            for title, query in QUESTIONS:
                for connections in (1, 8):
                    asked = [load.request("GET", f"/v1/referrals/candidates?{query}", token)]
                    at = product.port, product.pids(), product.cluster()
                    found = [await turn(*at, asked, connections, how.seconds) for _ in range(how.rounds)]
                    p50, p95, cpu, sql = (
                        statistics.median(getattr(t, f) for t in found) for f in ("p50", "p95", "cpu", "database")
                    )
                    wrong = sum(t.wrong for t in found)
                    print(
                        f"{title:30}{connections:5}{p50:8.1f}{p95:8.1f}{cpu / 1000:7.1f}{sql / 1000:7.1f}"
                        + (f"  WRONG {wrong}" if wrong else ""),
                        flush=True,
                    )
            await network.close()
            await referrals.close()


if __name__ == "__main__":
    main()
