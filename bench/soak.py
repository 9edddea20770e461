"""`make soak`: kill -9 at random moments of a bulk load and of single posts, start again, look whether anything is lost.

Each round starts the house, writes by four doors at once (single resources, Bundles, a bulk import, referrals),
kills the whole process group (every second time the database server too, all with -9) and keeps only what had been
acknowledged. After the restart every acknowledged write must stand, every Bundle whole or not at all, and at the end
the numbers must equal a rebuild from zero.
"""

import argparse
import asyncio
import json
import os
import random
import shutil
import signal
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import orjson

from bench import soak_referrals
from bench.scenarios import BASE, NDJSON, PUSKESMAS, bundle, observation, patient
from bench.warm import Started
from deploy import placing
from deploy.demo import seed

MOST = 40
"""Acknowledged requests of a round before its kill."""


@dataclass(slots=True)
class Kept:
    """What the system has acknowledged."""

    singles: int = 0
    bundles: int = 0
    imports: int = 0
    rung: int = 0
    steps: list[soak_referrals.Step] = field(default_factory=list)
    fresh: list[str] = field(default_factory=list)
    """Ids acknowledged since the last look."""
    every: list[str] = field(default_factory=list)
    receipt: int = 0

    @property
    def acknowledged(self) -> int:
        """How many requests were, by all doors."""
        return self.singles + self.bundles + self.imports + len(self.steps)

    def keep(self, ids: list[str]) -> None:
        """Note acknowledged ids."""
        self.fresh += ids
        self.every += ids


class House:
    """`simpul up` in a folder of its own, killed and started again."""

    def __init__(self, folder: Path, port: int) -> None:
        self.data, self.port = folder / "data", port
        self.base = f"http://127.0.0.1:{port}"
        self.process: Started | None = None

    async def start(self) -> None:
        """Start and wait until it serves. Raises AssertionError with its last words."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("SIMPUL_")}
        env = kept | {"SIMPUL_DATA": str(self.data), "SIMPUL_PORT": str(self.port), "SIMPUL_RATE_LIMIT": "0"}
        self.process = Started(["up", "--no-seed"], env)
        async with httpx.AsyncClient(timeout=5) as http:
            for _ in range(600):
                with suppress(httpx.HTTPError):
                    if (await http.get(self.base + "/health/ready")).status_code == 200:
                        return
                assert self.process.alive(), "the house ended by itself"
                await asyncio.sleep(0.05)
        raise AssertionError("the house does not come up")

    def kill(self, database_too: bool) -> None:
        """kill -9 the process group; the database server lives in a session of its own."""
        assert self.process is not None
        pidfile = self.data / "postgres" / "postmaster.pid"
        server = int(pidfile.read_text().split()[0]) if pidfile.exists() else 0
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        if database_too and server:
            with suppress(ProcessLookupError):
                os.kill(server, signal.SIGKILL)
        self.process.ended()

    def stop(self) -> None:
        """End it in order."""
        if self.process is not None and self.process.alive():
            os.killpg(self.process.pid, signal.SIGINT)
            self.process.ended(within=20)

    async def rows(self, service: str, sql: str, *args: Any) -> list[asyncpg.Record]:
        """Rows of a service's own database."""
        url = json.loads((self.data / "running.json").read_text())["databases"][service]
        conn = await asyncpg.connect(url)
        try:
            return await conn.fetch(sql, *args)
        finally:
            await conn.close()


async def soak(rounds: int, chance: int, port: int = 18680, note: Any = print) -> Kept:
    """Play `rounds` kills; `chance` seeds the moments. Raises AssertionError at the first loss."""
    folder = Path(tempfile.mkdtemp(prefix="simpul-soak-"))
    folder.chmod(0o755)
    house, dice, kept = House(folder, port), random.Random(chance), Kept()
    try:
        await house.start()
        await _prepare(house)
        for n in range(rounds):
            await _round(house, dice, kept, database_too=n % 2 == 1)
            await house.start()
            await _check(house, kept)
            note(
                f"{n + 1}/{rounds}: {kept.singles} singles, {kept.bundles} Bundles, {kept.imports} imports,"
                f" {len(kept.steps)} referral steps kept",
            )
        assert not await _lost(house, kept.every), "an earlier acknowledged write is gone"
        await soak_referrals.check(house.rows, kept.steps)
        kept.rung = await soak_referrals.rung(house.rows)
        await _numbers(house)
    finally:
        house.stop()
        placing.remove_clusters(house.data)
        shutil.rmtree(folder, ignore_errors=True)
    return kept


async def _prepare(house: House) -> None:
    credentials = json.loads((house.data / "credentials.json").read_text())
    async with httpx.AsyncClient(base_url=house.base, timeout=60) as http:
        await seed.sign_in(http, credentials)
        await seed.load_network(http, lambda _: None)
        for facility in (PUSKESMAS, soak_referrals.RECEIVER):
            made = (await http.post("/v1/clients", json={"facility": facility, "face": "fhir", "name": "soak"})).json()
            (house.data.parent / f"{facility}.json").write_text(json.dumps(made))


async def _token(http: httpx.AsyncClient, house: House, facility: str = PUSKESMAS) -> dict[str, str]:
    made = json.loads((house.data.parent / f"{facility}.json").read_text())
    form = {"grant_type": "client_credentials", "client_id": made["id"], "client_secret": made["secret"]}
    answer = await http.post("/oauth2/v1/token", data=form)
    return {"authorization": f"Bearer {answer.json()['access_token']}"}


async def _round(house: House, dice: random.Random, kept: Kept, *, database_too: bool) -> None:
    async with httpx.AsyncClient(base_url=house.base, timeout=30) as http:
        http.headers.update(await _token(http, house))
        person = (await http.post(f"{BASE}/Patient", json=patient(dice.randrange(10**9)))).json()["id"]
        kept.keep([person])
        receiver = await _token(http, house, soak_referrals.RECEIVER)
        await soak_referrals.hurry(house.rows)
        writers = [
            asyncio.create_task(_singles(http, person, kept)),
            asyncio.create_task(_bundles(http, person, kept)),
            asyncio.create_task(_imports(http, kept)),
            asyncio.create_task(soak_referrals.refer(http, receiver, person, kept.steps)),
        ]
        await _acknowledged(kept, dice.randint(0, MOST))
        await asyncio.sleep(dice.uniform(0, 0.05))
        await asyncio.to_thread(house.kill, database_too)
        for w in writers:
            w.cancel()
        await asyncio.gather(*writers, return_exceptions=True)


async def _acknowledged(kept: Kept, more: int) -> None:
    """Wait for so many more acknowledged writes: a slow machine is killed as deep in its work as a fast one."""
    wanted = kept.acknowledged + more
    async with asyncio.timeout(60):
        while kept.acknowledged < wanted:
            await asyncio.sleep(0.005)


async def _singles(http: httpx.AsyncClient, person: str, kept: Kept) -> None:
    with suppress(httpx.HTTPError):
        for n in range(10_000):
            answer = await http.post(f"{BASE}/Observation", json=observation(person, n))
            if answer.status_code == 201:
                kept.singles += 1
                kept.keep([answer.json()["id"]])


async def _bundles(http: httpx.AsyncClient, person: str, kept: Kept) -> None:
    with suppress(httpx.HTTPError):
        for n in range(10_000):
            answer = await http.post(BASE, json=bundle(person, n))
            if answer.status_code == 200:
                locations = [e["response"]["location"].split("/") for e in answer.json()["entry"]]
                kept.bundles += 1
                kept.keep([parts[-3] for parts in locations])


async def _imports(http: httpx.AsyncClient, kept: Kept) -> None:
    with suppress(httpx.HTTPError):
        for n in range(10_000):
            people = [patient(n * 50 + i) for i in range(50)]
            rows = [
                r
                for p in people
                for r in (p, *(observation(p["id"], i) | {"id": f"{p['id'][:30]}o{i:05d}"} for i in range(9)))
            ]
            answer = await http.post(
                "/v1/imports", content=b"\n".join(orjson.dumps(r) for r in rows), headers={"content-type": NDJSON}
            )
            if answer.status_code == 200 and answer.json()["refused"] == 0:
                kept.imports += 1
                kept.keep([r["id"] for r in rows if r["resourceType"] == "Observation"])


async def _check(house: House, kept: Kept) -> None:
    """What this round acknowledged is there; no Encounter of its Bundles stands without its nine Observations; every
    stored resource has its event. (What earlier rounds acknowledged is looked at once more at the end.)"""
    await soak_referrals.check(house.rows, kept.steps[-1000:])
    fresh, kept.fresh = kept.fresh, []
    assert not await _lost(house, fresh), "acknowledged writes lost"
    since, kept.receipt = kept.receipt, (await house.rows("records", "SELECT max(receipt) FROM resource"))[0][0] or 0
    halves = await house.rows(
        "records",
        "SELECT e.id FROM resource e WHERE e.type = 'Encounter' AND e.receipt > $1"
        " AND (SELECT count(*) FROM resource o WHERE o.encounter_id = e.id) <> 9",
        since,
    )
    assert not halves, f"{len(halves)} half Bundles"
    silent = await house.rows(
        "records",
        "SELECT id FROM resource WHERE NOT projected AND receipt > $1"
        " EXCEPT (SELECT subject FROM event UNION ALL SELECT subject FROM event_pending)",
        since,
    )
    assert not silent, "a stored resource without its event"


async def _lost(house: House, wanted: list[str]) -> list[str]:
    there = {r["id"] for r in await house.rows("records", "SELECT id FROM resource WHERE id = ANY($1::text[])", wanted)}
    return [i for i in wanted if i not in there]


async def _numbers(house: House) -> None:
    """The numbers as they grew equal the numbers of a rebuild from zero."""
    credentials = json.loads((house.data / "credentials.json").read_text())
    async with httpx.AsyncClient(base_url=house.base, timeout=600) as http:
        await seed.sign_in(http, credentials)
        for _ in range(600):
            behind = await _behind(house)
            if not behind:
                break
            await asyncio.sleep(0.1)
        answer = await http.get("/v1/indicators/verify")
        assert answer.status_code == 200, answer.text
        assert answer.json()["differences"] == [], answer.text


async def _behind(house: House) -> int:
    head = (
        await house.rows(
            "records", "SELECT coalesce(max(position), 0) + (SELECT count(*) FROM event_pending) FROM event"
        )
    )[0][0]
    at = await house.rows("indicators", "SELECT position FROM follower_cursor WHERE source = 'records'")
    return int(head) - int(at[0][0] if at else 0)


def main() -> None:
    """Parse and play."""
    parser = argparse.ArgumentParser(prog="soak")
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--chance", type=int, default=date.today().toordinal())
    chosen = parser.parse_args()
    kept = asyncio.run(soak(chosen.rounds, chosen.chance))
    print(
        f"{chosen.rounds} kills, nothing lost: {kept.singles} singles, {kept.bundles} Bundles, {kept.imports} imports,"
        f" {len(kept.steps)} referral steps; {kept.rung} alarms rang"
    )


if __name__ == "__main__":
    main()
