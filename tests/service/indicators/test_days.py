"""Time and change: the turn of days and years, other standards, other codings, a rebuild that was cut off."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.indicators.app import build
from services.indicators.queries import slices
from services.indicators.queries import standings as sql
from services.indicators.queries.numbers import Asked
from services.indicators.queries.slices import Slice
from services.indicators.reading.concepts import HERE
from services.indicators.room import room
from services.indicators.settings import IndicatorsSettings
from services.indicators.usecases import building, day, months, viewing
from services.kernel.service import Service
from tests.service.indicators.conftest import peers
from tests.service.indicators.world import Stage, Write, condition, patient, pressure, procedure, who

Start = Callable[..., Any]


@pytest.fixture
def start(new_database: Callable[[str], str], tmp_path: Path) -> Start:
    """`async with start(today, folder)` → the service, always on the same database."""
    url = new_database("indicators")

    @asynccontextmanager
    async def run(today: date, standards: Path | None = None) -> AsyncIterator[tuple[Service, Stage]]:
        settings = IndicatorsSettings(database_url=url, peer_key="k", today=today, data=tmp_path, standards=standards)
        app = build(settings, httpx.AsyncClient(transport=httpx.MockTransport(peers)))
        async with app.router.lifespan_context(app):
            service: Service = app.state.service
            conn = await service.db.connect()
            try:
                yield service, Stage(conn, room(service))
            finally:
                await conn.close()

    return run


async def settled(service: Service) -> sql.State:
    """After everything there is to do at this moment."""
    for _ in range(400):
        await day.upkeep(service)
        async with service.db.reading() as conn:
            state = await sql.state(conn)
        if state.building is None and state.day == service.clock.today():
            return state
        await asyncio.sleep(0.01)
    raise AssertionError(state)


async def missing(stage: Stage, year: int) -> list[str] | None:
    row = await stage.conn.fetchrow(
        "SELECT missing FROM standing JOIN state USING (generation) WHERE standard LIKE 'spm-08%' AND year = $1", year
    )
    return list(row["missing"]) if row else None


async def someone(stage: Stage) -> None:
    """A person with hypertension since October, measured once in October."""
    async with stage.conn.transaction():
        await stage.write([
            Write("Patient", "p", who(1), patient(date(1960, 1, 1))),
            Write("Condition", "c", who(1), condition("I10", date(2026, 10, 5))),
            Write("Observation", "o", who(1), pressure(date(2026, 10, 6))),
            Write("Procedure", "e", who(1), procedure("409073007", date(2026, 10, 6))),
        ])  # fmt: skip


async def test_a_month_ends_and_then_a_year(start: Start) -> None:
    async with start(date(2026, 11, 29)) as (service, stage):
        await someone(stage)
        assert await missing(stage, 2026) == []
    async with start(date(2026, 11, 30)) as (service, stage):
        await settled(service)
        assert await missing(stage, 2026) == ["bp:2026-11"]
    async with start(date(2026, 12, 31)) as (service, stage):
        await settled(service)
        assert await missing(stage, 2026) == ["bp:2026-11", "bp:2026-12"] and await missing(stage, 2027) is None
    async with start(date(2027, 1, 1)) as (service, stage):
        state = await settled(service)
        assert state.generation == 2 and await missing(stage, 2027) == ["bp", "education"]
        assert await missing(stage, 2026) == ["bp:2026-11", "bp:2026-12"]
        assert (await day.verify(service))[1] == []
    async with start(date(2026, 10, 20)) as (service, stage):
        await settled(service)
        assert await missing(stage, 2026) == [] and (await day.verify(service))[1] == []


async def test_another_standard_is_counted_in_the_background(start: Start, tmp_path: Path) -> None:
    file = "spm-08.permenkes-6-2024.toml"
    (tmp_path / file).write_text((HERE / file).read_text().replace('["education"]', '["waist"]'))
    today = date(2026, 11, 21)
    async with start(today) as (service, stage):
        await someone(stage)
        assert await missing(stage, 2026) == []
    async with start(today, tmp_path) as (service, stage):
        state = await settled(service)
        assert state.generation == 2 and await missing(stage, 2026) == ["education"]
        assert (await day.verify(service))[1] == []


async def test_what_is_shown_stands_until_the_rebuild_is_whole(start: Start) -> None:
    today = date(2026, 11, 21)
    async with start(today) as (service, stage):
        await someone(stage)
        async with service.db.transaction() as tx:
            await tx.execute("UPDATE state SET fingerprint = 'older rules'")
            await building.begin_rebuild(tx, today)
        async with stage.conn.transaction():
            await stage.write([Write("Procedure", "e", who(1), None)])
        async with service.db.reading() as conn:
            frozen = (await sql.state(conn)).building is not None and await missing(stage, 2026) == []
        state = await settled(service)
        assert state.generation == 2 and await missing(stage, 2026) == ["education"]
        assert frozen or state.done == 1, "either we looked before the job had rebuilt, or it was done already"


async def test_a_rebuild_cut_off_begins_anew(start: Start) -> None:
    today = date(2026, 11, 21)
    async with start(today) as (service, stage):
        await someone(stage)
        async with service.db.transaction() as tx:
            await tx.execute("UPDATE state SET building = 7, building_day = $1, at = $2, done = 5", today, who(9))
            await tx.execute("CREATE TEMP TABLE half ON COMMIT DROP AS SELECT * FROM standing")
            await tx.execute("UPDATE half SET generation = 7")
            await tx.execute("INSERT INTO standing SELECT * FROM half")
    async with start(today) as (service, stage):
        state = await settled(service)
        assert state.generation > 1 and (await day.verify(service))[1] == []
        assert await stage.conn.fetchval("SELECT count(DISTINCT generation) FROM standing") == 1


async def test_other_codings_read_everything_again(start: Start, tmp_path: Path) -> None:
    for name in ("concepts.tsv", "systems.tsv", "units.tsv"):
        (tmp_path / name).write_text((HERE / name).read_text() + ("# other\n" if name == "units.tsv" else ""))
    today = date(2026, 11, 21)
    async with start(today) as (service, stage):
        await someone(stage)
        await stage.conn.execute("UPDATE follower_cursor SET position = 4 WHERE source = 'records'")
        await stage.conn.execute("INSERT INTO follower_cursor VALUES ('records', 4) ON CONFLICT DO NOTHING")
        await stage.conn.execute("UPDATE follower_cursor SET position = 3 WHERE source = 'facilities'")
    async with start(today, tmp_path) as (service, stage):
        assert await stage.conn.fetchval("SELECT max(position) FROM follower_cursor") == 0
        await day.upkeep(service)
        async with service.db.reading() as conn:
            state = await sql.state(conn)
        assert state.building is not None and state.replay_to == 4 and await missing(stage, 2026) == []
        await stage.conn.execute("UPDATE follower_cursor SET position = 4 WHERE source = 'records'")
        await settled(service)
        assert await missing(stage, 2026) == [] and (await day.verify(service))[1] == []


async def test_month_ends_are_counted_in_the_background_and_marked_by_what_comes_late(start: Start) -> None:
    async with start(date(2026, 11, 21)) as (service, stage):
        await someone(stage)
        here, key, end = room(service), "spm-08.permenkes-6-2024", date(2026, 10, 31)

        async def stands() -> bool:
            kept = next(k for k in here.kept if k.standard.key == key)
            async with service.db.transaction() as tx:
                one = await viewing.standing(tx, here, Asked(kept, 2026, end, kept=False))
                if one.closed is None:
                    return False
                tallied = await slices.cells(tx, one, Slice())
                assert tallied == await slices.cells(tx, replace(one, closed=None), Slice())
                return True

        async def counted() -> None:
            """As the job does it, were there this service alone."""
            alone = here.only("spm-08")
            async with service.db.reading() as conn:
                state = replace(await sql.state(conn), fingerprint=alone.fingerprint)
            assert await months.count_one(service, alone, state)

        assert not await stands()
        while not await stands():
            await counted()
        async with stage.conn.transaction():  # today's data is no news to October
            await stage.write([Write("Procedure", "late", who(1), procedure("409073007", date(2026, 11, 20)))])
        assert await stands()
        async with stage.conn.transaction():
            await stage.write([Write("Procedure", "late", who(1), procedure("409073007", date(2026, 10, 20)))])
        assert not await stands(), "a correction that dates it into October"
        await stage.conn.execute("UPDATE month_end SET marked_at = now() - interval '2 minutes'")
        while not await stands():
            await counted()
