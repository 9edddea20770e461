"""Databases come into being and up to date, once, however many try; what stands in the way is said."""

import multiprocessing
import time

import asyncpg
import pytest

from deploy import migrate, topology
from deploy.obstacle import Obstacle
from deploy.postgres import Embedded


def test_creates_and_migrates_and_then_finds_nothing_to_do(postgres: Embedded) -> None:
    url = postgres.url("migrate_once")
    migrate.migrate({"coverage": url})
    assert postgres.sql("SELECT count(*) FROM alembic_version", "migrate_once") == "1\n"
    began = time.monotonic()
    migrate.migrate({"coverage": url})
    assert time.monotonic() - began < 1


@pytest.mark.parametrize("service", topology.NAMES)
def test_newest_revision_is_read_as_alembic_reads_it(service: str) -> None:
    from alembic.script import ScriptDirectory

    from services.kernel.migrate import config

    assert migrate._newest(service) == set(ScriptDirectory.from_config(config(service, "")).get_heads())


def test_several_at_once_wait_for_one_another(postgres: Embedded) -> None:
    context = multiprocessing.get_context("spawn")
    url = {"coverage": postgres.url("migrate_together")}
    several = [context.Process(target=migrate.migrate, args=(url,)) for _ in range(3)]
    for process in several:
        process.start()
    for process in several:
        process.join(60)
    assert [process.exitcode for process in several] == [0, 0, 0]


def test_wrong_password_is_said_without_the_password(postgres: Embedded) -> None:
    url = postgres.url("postgres").replace(postgres._password, "hunter2")
    with pytest.raises(Obstacle, match="SIMPUL_RECORDS_DATABASE_URL") as caught:
        migrate.migrate({"records": url})
    assert "hunter2" not in str(caught.value)


def test_server_that_is_away_is_waited_for_and_then_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrate, "WAIT", 0.6)
    with pytest.raises(Obstacle, match=r"simpul@127\.0\.0\.1:9/records"):
        migrate.migrate({"records": "postgresql://simpul:secret@127.0.0.1:9/records"})


def test_role_that_may_not_create_is_told_what_to_ask_for(postgres: Embedded) -> None:
    postgres.sql("CREATE ROLE weak LOGIN PASSWORD 'weak'")
    url = postgres.url("not_there").replace(f"simpul:{postgres._password}@", "weak:weak@")
    with pytest.raises(Obstacle, match='CREATE DATABASE "not_there" OWNER "weak"'):
        migrate.migrate({"records": url})


async def test_database_left_usable_by_the_services(postgres: Embedded) -> None:
    conn = await asyncpg.connect(postgres.url("migrate_once"))
    try:
        assert await conn.fetchval("SHOW server_encoding") == "UTF8"
        here = "SELECT oid FROM pg_database WHERE datname = current_database()"
        held = f"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = ({here})"
        assert await conn.fetchval(held) == 0
    finally:
        await conn.close()
