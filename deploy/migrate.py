"""Brings every service's database into being and up to date, before anything is served."""

import asyncio
import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

import services
from deploy.obstacle import Obstacle

LOCK = 0x5349_4D50  # "SIMP": one migrator at a time per database; the others wait, then find nothing to do
WAIT = 30.0  # seconds a database server may take to come up beside us


def migrate(databases: Mapping[str, str], note: Callable[[str], None] = lambda sentence: None) -> None:
    """Create the missing ones of `databases` (service → URL) and run their migrations.

    Not from inside a running event loop. Raises Obstacle when a database cannot be reached or created.
    """
    for service, url in databases.items():
        note(service)
        asyncio.run(_one(service, url))


async def _one(service: str, url: str) -> None:
    conn = await _connect_or_create(service, url)
    try:
        if await _is_current(conn, service):
            return
        await conn.execute("SELECT pg_advisory_lock($1)", LOCK, timeout=600)
        from services.kernel.migrate import upgrade

        await asyncio.to_thread(upgrade, service, url)  # alembic is synchronous; our lock outlives its commit
    finally:
        await conn.close()


async def _is_current(conn: "asyncpg.Connection[asyncpg.Record]", service: str) -> bool:
    """Whether there is nothing to do. Asked without alembic, whose loading takes a second of every start."""
    try:
        there = await conn.fetch("SELECT version_num FROM alembic_version")
    except asyncpg.UndefinedTableError:
        return False
    return {row["version_num"] for row in there} == _newest(service)


def _newest(service: str) -> set[str]:
    """The revisions no other builds upon, as the migration files say themselves."""
    folder = Path(services.__file__ or "").parent / service / "migrations" / "versions"
    texts = [path.read_text() for path in folder.glob("*.py")]
    made = {name for text in texts for name in re.findall(r"^revision\b[^=]*= ['\"](\w+)", text, re.MULTILINE)}
    built_on = {name for text in texts for name in re.findall(r"^down_revision\b[^=]*= ['\"](\w+)", text, re.MULTILINE)}
    return made - built_on


async def _connect_or_create(service: str, url: str) -> "asyncpg.Connection[asyncpg.Record]":
    deadline = time.monotonic() + WAIT
    while True:
        try:
            return await asyncpg.connect(url)
        except asyncpg.InvalidCatalogNameError:
            await _create(url)
        except (OSError, asyncpg.CannotConnectNowError, TimeoutError):
            if time.monotonic() > deadline:
                raise _unreachable(service, url) from None
            await asyncio.sleep(0.5)
        except (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidPasswordError):
            raise _unreachable(service, url) from None


async def _create(url: str) -> None:
    """Create the database a URL names, with the rights the URL gives."""
    parts = urlsplit(url)
    name = parts.path.lstrip("/").replace('"', '""')
    try:
        conn = await asyncpg.connect(parts._replace(path="/postgres").geturl())
        try:
            await conn.execute(f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8'")
        finally:
            await conn.close()
    except (asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
        return  # another migrator was quicker
    except (asyncpg.InsufficientPrivilegeError, asyncpg.InvalidCatalogNameError):
        raise Obstacle(
            id=f"Basis data '{name}' belum ada dan tidak boleh dibuat oleh '{parts.username}'. Buatkan: "
            f'CREATE DATABASE "{name}" OWNER "{parts.username}" ENCODING \'UTF8\'',
            en=f"The database '{name}' does not exist and '{parts.username}' may not create it. Create it: "
            f'CREATE DATABASE "{name}" OWNER "{parts.username}" ENCODING \'UTF8\'',
        ) from None


def _unreachable(service: str, url: str) -> Obstacle:
    """Says where we knocked, without the password."""
    parts = urlsplit(url)
    where = f"{parts.username}@{parts.hostname or 'localhost'}:{parts.port or 5432}{parts.path}"
    return Obstacle(
        id=f"Basis data layanan {service} tidak dapat dibuka ({where}). Periksa servernya dan "
        f"SIMPUL_{service.upper()}_DATABASE_URL.",
        en=f"The database of {service} cannot be opened ({where}). Check its server and "
        f"SIMPUL_{service.upper()}_DATABASE_URL.",
    )
