"""`simpul status`: what the databases say of the house's health, whether it runs or not.

Read from the databases and not over HTTP: the services' inner routes lead nowhere from outside, and the figures are
wanted most when something does not answer.
"""

import asyncio
import shutil
from typing import Any

import asyncpg
import httpx

from deploy import topology
from deploy.house import House, read_json
from deploy.obstacle import Obstacle
from services.kernel import access, events

_FOLLOWERS = """
SELECT c.source, c.position, extract(epoch FROM now() - c.moved_at)::int AS quiet,
       (SELECT count(DISTINCT person_id) FROM parked_event p WHERE p.source = c.source) AS parked,
       (SELECT min(error) FROM parked_event p WHERE p.source = c.source) AS error
FROM follower_cursor c ORDER BY c.source
"""


def status(house: House) -> dict[str, Any]:
    """Everything there is to say. Raises Obstacle when the house does not run on this data folder."""
    databases = house.given_databases() or read_json(house.running).get("databases", {})
    if not databases:
        raise Obstacle(
            id=f"Simpul tidak berjalan pada {house.data}. Jalankan: make up",
            en=f"Simpul does not run on {house.data}. Run: make up",
        )
    return asyncio.run(_gathered(house, databases))


async def _gathered(house: House, databases: dict[str, str]) -> dict[str, Any]:
    try:
        services = {name: await _one(url) for name, url in databases.items()}
    except (OSError, asyncpg.PostgresError):
        raise Obstacle(
            id=f"Basis data tidak menjawab; Simpul pada {house.data} tidak berjalan? Jalankan: make up",
            en=f"The databases do not answer; is Simpul on {house.data} not running? Run: make up",
        ) from None
    await measure(services, databases)
    free = shutil.disk_usage(house.data).free
    return {"address": house.address, "ready": await _ready(house), "disk_free": free, "services": services}


async def measure(services: dict[str, Any], databases: dict[str, str]) -> None:
    """Say of every follower how far it is behind what matters to it: all of a feed, or its events of one type."""
    for name, found in services.items():
        only = {f.cursor: f.only for f in topology.follows(name)}
        for follower in found["followers"]:
            source = follower["source"].partition(":")[0]
            head = await _head(databases[source], only.get(follower["source"]))
            follower["behind"] = head - follower["position"]


async def _one(url: str) -> dict[str, Any]:
    conn = await asyncpg.connect(url)
    try:
        return {
            "head": await events.head(conn),
            "unsealed": await conn.fetchval("SELECT count(*) FROM event_pending"),
            "chain": await access.chain_head(conn),
            "size": await conn.fetchval("SELECT pg_database_size(current_database())"),
            "followers": [dict(row) for row in await conn.fetch(_FOLLOWERS)],
        }
    finally:
        await conn.close()


async def _head(url: str, only: str | None) -> int:
    """How far a feed goes, for who follows all of it or one type."""
    conn = await asyncpg.connect(url)
    try:
        return await events.head(conn, only)
    finally:
        await conn.close()


async def _ready(house: House) -> bool:
    async with httpx.AsyncClient(trust_env=False, timeout=5) as http:
        try:
            return (await http.get(f"{house.door}/health/ready")).status_code == 200
        except httpx.HTTPError:
            return False


def as_text(found: dict[str, Any]) -> str:
    """The status for a person to read."""
    word = "siap · ready" if found["ready"] else "TIDAK SIAP · NOT READY"
    lines = [f"{found['address']}  {word}   ruang kosong · free disk: {_size(found['disk_free'])}", ""]
    lines.append(
        f"{'layanan · service':<20}{'peristiwa · events':>20}{'akses · access':>16}{'data':>10}  rantai · chain"
    )
    for name, service in found["services"].items():
        chain = service["chain"]
        head = f"#{chain['number']} {chain['hash'][:12]}" if chain["number"] else "-"
        lines.append(f"{name:<20}{service['head']:>20}{chain['last']:>16}{_size(service['size']):>10}  {head}")
    lines += ["", f"{'pengikut · follower':<32}{'tertinggal · behind':>20}{'tertahan · parked':>20}"]
    for name, service in found["services"].items():
        for follower in service["followers"]:
            feed = f"{name} ← {follower['source']}"
            lines.append(f"{feed:<32}{follower['behind']:>20}{follower['parked']:>20}")
    return "\n".join(lines)


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"
