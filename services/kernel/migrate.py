"""Alembic, once for all services: each keeps only its `versions/` and a three-line env.

Every migration must suit the previous release (expand, deploy, contract).
"""

import asyncio
from pathlib import Path

from alembic import command, context
from alembic.config import Config
from sqlalchemy import Connection, MetaData, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

LOCK = 0x51_4D_50_4C  # any constant; one migrator at a time per database


def async_url(url: str) -> str:
    """A PostgreSQL URL in SQLAlchemy's spelling for asyncpg."""
    return url.replace("postgresql://", "postgresql+asyncpg://", 1).replace("postgres://", "postgresql+asyncpg://", 1)


def run_env(metadata: MetaData) -> None:
    """Body of a service's migrations/env.py."""
    url = context.config.attributes["url"]
    asyncio.run(_online(url, metadata))


async def _online(url: str, metadata: MetaData) -> None:
    engine = create_async_engine(async_url(url), poolclass=NullPool)
    async with engine.connect() as conn:
        await conn.run_sync(_run, metadata)
        await conn.commit()
    await engine.dispose()


def _run(conn: Connection, metadata: MetaData) -> None:
    conn.execute(text("SET statement_timeout = '60s'"))
    conn.execute(text("SET lock_timeout = '4s'"))
    conn.execute(text(f"SELECT pg_advisory_lock({LOCK})"))
    context.configure(connection=conn, target_metadata=metadata, compare_type=True, compare_server_default=False)
    with context.begin_transaction():
        context.run_migrations()
    conn.execute(text(f"SELECT pg_advisory_unlock({LOCK})"))


def config(service: str, url: str) -> Config:
    """The alembic configuration of one service ("records") and its database."""
    here = Path(__file__).resolve().parents[1] / service / "migrations"
    cfg = Config(attributes={"url": url})
    cfg.set_main_option("script_location", str(here))
    cfg.set_main_option("path_separator", "os")
    return cfg


def upgrade(service: str, url: str) -> None:
    """Bring one service's database to the newest version. Not from inside a running event loop."""
    command.upgrade(config(service, url), "head")
