"""One running record on a fresh database, and callers of several facilities."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.kernel.app import App, create_app
from services.kernel.auth import Actor
from services.records.app import MANIFEST
from services.records.settings import RecordsSettings


@asynccontextmanager
async def running(database_url: str, folder: Path, *, still: bool = False) -> AsyncIterator[App]:
    """The record alone: its peers are away, as after a power cut. `still`: it does nothing unless asked."""
    manifest = replace(MANIFEST, jobs=(), follows=()) if still else MANIFEST
    settings = RecordsSettings(database_url=database_url, peer_key="kunci", data=folder, pool_size=4)
    app = create_app(
        manifest, settings, httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(503)))
    )
    async with app.router.lifespan_context(app):
        async with app.state.service.db.transaction() as tx:
            await tx.execute(
                "INSERT INTO facility VALUES ('KLINIK-A','100000001','Klinik A','klinik-pratama','private',true),"
                "('TPMD-B','100000002','TPMD B','tpmd','private',true),"
                "('PKM-C','100000003','PKM C','puskesmas','public',true)"
            )
            await tx.execute("INSERT INTO catchment VALUES ('1410011001','2020-01-01','PKM-C',NULL)")
        from services.records import room

        await room.load(app.state.service)
        yield app


@pytest.fixture(scope="session")
async def records(new_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[App]:
    """One record that most tests share."""
    async with running(new_database("records"), tmp_path_factory.mktemp("records")) as app:
        yield app


def own_record(*, still: bool = False) -> Any:
    """`records = own_record()` in a module: a record nobody else writes to, so that one can count."""

    @pytest.fixture(scope="module", name="records")
    async def own(new_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[App]:
        async with running(new_database("records"), tmp_path_factory.mktemp("own"), still=still) as app:
            yield app

    return own


@pytest.fixture
def caller(records: App) -> Callable[..., httpx.AsyncClient]:
    """`caller("KLINIK-A")` → a client with a token of that facility."""

    def make(facility: str | None, role: str = "clinic-system", face: str = "fhir") -> httpx.AsyncClient:
        token = f"{facility}-{role}-{face}"
        actor = Actor(subject=f"app-{facility}", role=role, facility=facility, face=face, token=token)
        records.state.service.auth._actors[token] = (actor, time.time() + 3600)
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app=records),
            base_url="http://t",
            headers={"authorization": f"Bearer {token}"},
        )

    return make


@pytest.fixture
async def sql(records: App) -> Callable[..., Any]:
    """`await sql("select …")` → rows of the record's own database."""

    async def run(statement: str, *args: Any) -> Any:
        async with records.state.service.db.reading() as conn:
            return await conn.fetch(statement, *args)

    return run
