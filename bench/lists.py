"""`python -m bench.lists`: lists and name searches of a network of 2,000 facilities, through the gateway with a token,
beside a bare route over the same table (one statement, rows to JSON) and the statement alone, in turns.

Prints milliseconds at the median and the 95th of a hundred, by the number of connections, the ratio of the medians, and
the processor time of one answer in our processes and in PostgreSQL: on a shared machine only these two mean something.
Everything stays on 127.0.0.1 and ends by itself.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import asyncpg
import httpx
import orjson
import uvloop
from fastapi import FastAPI, Request, Response

from bench import load
from bench.product import PROJECT, Product, Turn, beside, free_port, pin, quiet, turn
from services.facilities.queries.facilities import Wanted, chosen
from services.facilities.rules.listing import Asked

FACILITIES = 2000
NETWORK = PROJECT / "deploy" / "demo" / "network"
FLOWERS = ("Melati", "Mawar", "Anggrek", "Kenanga", "Flamboyan", "Cempaka", "Dahlia", "Teratai", "Sakura", "Wijaya")


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of the list of facilities."""

    title: str
    name: str | None = None
    limit: int = 100
    sort: str | None = None
    total: bool = False

    def asked(self) -> Asked:
        """As the list's own statement takes it."""
        return Asked(None, self.limit, self.sort, self.total)

    def query(self) -> str:
        """As the wire takes it."""
        said = {"name": self.name, "limit": self.limit, "sort": self.sort, "total": "true" if self.total else None}
        return urlencode({k: v for k, v in said.items() if v is not None})


QUESTIONS = (
    Question("2,000 facilities at once", limit=2000),
    Question("2,000 by name", limit=2000, sort="name"),
    Question("a page of 100", limit=100),
    Question("a page of 100, with the total", limit=100, total=True),
    Question("part of a name", name="angg"),
    Question("two parts of a name", name="12 melat"),
    Question("a part that few have", name="wijaya 199"),
    Question("two letters", name="ke"),
    Question("a name that is none", name="xyzzy"),
)
_SHOWN = "code, name, kind, ownership, satusehat_id, bpjs_code, registration, organization_type, village, latitude, " \
    "longitude, phone, active, valid_from, version"  # fmt: skip

app = FastAPI()
"""The bare route."""


@asynccontextmanager
async def _lifespan(_: FastAPI) -> AsyncIterator[None]:
    app.state.pool = await asyncpg.create_pool(os.environ["BARE_DATABASE_URL"], min_size=8, max_size=10)
    yield


app.router.lifespan_context = _lifespan


@app.get("/v1/facilities")
async def bare(request: Request, limit: int = 100, name: str = "", sort: str = "code") -> Response:
    """One statement, rows to JSON; no token, no gateway, no order but by column, no mark."""
    like = [f"%{word}%" for word in name.split()]
    async with request.app.state.pool.acquire() as conn:
        rows = await conn.fetch(
            f"SELECT {_SHOWN} FROM facility WHERE lower(name) LIKE ALL($1::text[])"
            f" ORDER BY {'name' if sort == 'name' else 'code'} LIMIT $2", like, limit,
        )  # fmt: skip
    return Response(orjson.dumps({"items": [dict(r) for r in rows]}), media_type="application/json")


def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(prog="bench.lists")
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 8])
    uvloop.run(_bench(parser.parse_args()))


async def _bench(chosen_: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(prefix="simpul-bench-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        with Product(Path(folder), split=False) as product:
            await product.ready()
            async with httpx.AsyncClient(base_url=product.base, timeout=120) as http:
                token = await prepare(http, product.credentials())
            url = product.databases()["facilities"]
            conn = await asyncpg.connect(url)
            await conn.execute("VACUUM ANALYZE facility")
            print(f"the followers were done after {await quiet(product, 180):.0f} s", flush=True)
            async with beside("bench.lists:app", url, free_port()) as bare_side:
                pin(os.getpid(), load=True)
                product.pin()
                print(HEAD)
                for question in QUESTIONS:
                    for connections in chosen_.connections:
                        await _compare(question, product, bare_side, conn, token, connections, chosen_)
            await conn.close()


HEAD = (
    f"{'milliseconds':32}{'conn':>5}{'gateway p50':>13}{'p95':>8}{'bare p50':>10}{'p95':>8}{'SQL p50':>9}{'× bare':>8}"
    f"{'cpu ours':>10}{'+ SQL':>7}{'bare':>7}{'+ SQL':>7}"
)


async def prepare(http: httpx.AsyncClient, credentials: dict[str, Any]) -> str:
    """Load the demo's areas and 2,000 made-up facilities; a token."""
    form = {"grant_type": "password", "username": "admin", "password": credentials["admin"]["password"]}
    answer = await http.post("/oauth2/v1/token", data=form)
    answer.raise_for_status()
    token = str(answer.json()["access_token"])
    head = {"authorization": f"Bearer {token}", "content-type": "text/csv"}
    areas = (NETWORK / "areas.csv").read_text()
    villages = [line.split(",")[0] for line in areas.splitlines() if line.split(",")[2] in ("desa", "kelurahan")]
    for what, text in (("areas", areas), ("facilities", facilities(villages))):
        (await http.post(f"/v1/network/{what}", content=text.encode(), headers=head)).raise_for_status()
    return token


def facilities(villages: list[str]) -> str:
    """A network of posyandu, klinik and puskesmas as a CSV; the same each time."""
    rows = ["code,name,kind,ownership,satusehat_id,bpjs_code,registration,village,latitude,longitude,phone,valid_from"]
    for n in range(FACILITIES):
        kind, owner = ("posyandu", "public") if n % 10 else ("klinik-pratama", "private")
        payer = "" if n % 10 else f"{n:08}"  # a posyandu goes by the code of its puskesmas
        village, flower = villages[n % len(villages)], FLOWERS[n // 7 % len(FLOWERS)]
        rows.append(
            f"B{n:08},{kind.split('-')[0].capitalize()} {flower} {n},{kind},{owner},{200000000 + n},{payer},R{n:07},"
            f"{village},{0.9 + n / 10000:.5f},{102.5 + n / 10000:.5f},0763-99{n:04},2020-01-01"
        )
    return "\n".join(rows) + "\n"


async def _compare(
    question: Question, product: Product, bare_side: tuple[int, int], conn: "asyncpg.Connection[asyncpg.Record]",
    token: str, connections: int, how: argparse.Namespace,
) -> None:  # fmt: skip
    """Short turns, one side after the other, so that a burst of the machine hits all."""
    asked = [load.request("GET", f"/v1/facilities?{question.query()}", token)]
    cluster, (port, pid) = product.cluster(), bare_side
    sides = {"ours": (product.port, product.pids()), "bare": (port, [pid])}
    found: dict[str, list[Turn]] = {name: [] for name in sides}
    alone = []
    for _ in range(how.rounds):
        for name, (at, pids) in sides.items():
            found[name].append(await turn(at, pids, cluster, asked, connections, how.seconds))
        begin = time.perf_counter()
        await chosen(Wanted(name=question.name), date.today()).rows(conn, question.asked())
        alone.append((time.perf_counter() - begin) * 1000)
    wrong = sum(r.wrong for results in found.values() for r in results)
    a, b = ((_median(r, "p50"), _median(r, "p95")) for r in found.values())
    spent = [_median(turns, what) / 1000 for turns in found.values() for what in ("cpu", "database")]
    print(
        f"{question.title:32}{connections:5}{a[0]:13.1f}{a[1]:8.1f}{b[0]:10.1f}{b[1]:8.1f}"
        f"{statistics.median(alone):9.1f}{a[0] / b[0]:8.2f}{spent[0]:10.1f}{spent[1]:7.1f}{spent[2]:7.1f}{spent[3]:7.1f}"
        + (f"  WRONG {wrong}" if wrong else ""),
        flush=True,
    )


def _median(results: list[Turn], what: str) -> float:
    return statistics.median(float(getattr(r, what)) for r in results)


if __name__ == "__main__":
    main()
