"""One running indicators service on a fresh database, and callers of every role. Its peers are played here."""

import time
from collections.abc import AsyncIterator, Callable
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import httpx
import orjson
import pytest

from services.indicators.app import build
from services.indicators.queries.growth import put_growth
from services.indicators.room import Room, room
from services.indicators.settings import IndicatorsSettings
from services.indicators.usecases import feed
from services.kernel.app import App
from services.kernel.auth import Actor
from services.kernel.events import Event
from tests.service.indicators.world import TODAY, Stage, who

VILLAGES = {"1410011001": "Selatpanjang Kota", "1410011002": "Selatpanjang Barat", "1410022003": "Anak Setatah"}
PUSKESMAS = {"1410011001": "P1", "1410011002": "P1", "1410022003": "P2"}
FACILITIES = {"P1": ("puskesmas", "public"), "P2": ("puskesmas", "public"), "K1": ("klinik-pratama", "private"),
              "K2": ("tpmd", "private")}  # fmt: skip
SEES: dict[str, set[str]] = {"K1": {who(1)}, "K2": set()}
"""Who records says a facility may see; of facilities not named, everyone."""
OPTED_OUT: set[str] = set()
"""Whose record is closed."""
KEPT: set[str] = set()
"""Resources of a sensitive class."""
POSYANDU: dict[str, list[str]] = {"mine": [], "others": []}
"""Who belongs to the posyandu asked for, and who to another one of its village."""


def peers(request: httpx.Request) -> httpx.Response:
    """Records answers what a facility may see; nobody else is at home."""
    if request.url.host == "records" and request.url.path == "/internal/visible":
        facility = request.headers["authorization"].removeprefix("Bearer ").split("/")[0]
        asked = orjson.loads(request.content)["person_ids"]
        seen = [p for p in asked if facility not in SEES or p in SEES[facility]]
        return httpx.Response(200, json={"visible": [p for p in seen if p not in OPTED_OUT], "opened": []})
    if request.url.host == "records" and request.url.path == "/internal/shown":
        refs = orjson.loads(request.content)["resources"]
        return httpx.Response(200, json={"shown": [r for r in refs if r not in KEPT]})
    if request.url.host == "records" and request.url.path == "/internal/recorders":
        refs = orjson.loads(request.content)["resources"]
        return httpx.Response(200, json={r: "bidan Rina" for r in refs if r not in KEPT})
    if request.url.host == "records" and request.url.path == "/internal/names":
        asked = orjson.loads(request.content)["person_ids"]
        return httpx.Response(200, json={p: {"name": f"Orang {p[-1]}"} for p in asked if p not in OPTED_OUT})
    if request.url.host == "records" and request.url.path.startswith("/internal/posyandu/"):
        return httpx.Response(200, json=POSYANDU)
    return httpx.Response(503)


def network() -> list[Event]:
    """The district as the facilities service tells it."""
    told = [
        Event("area", "created", c, 1, {"code": c, "name": n, "level": "desa", "parent": c[:6]})
        for c, n in VILLAGES.items()
    ]
    told += [
        Event("area", "created", c, 1, {"code": c, "name": f"Kecamatan {c}", "level": "kecamatan", "parent": "1410"})
        for c in ("141001", "141002")
    ]
    told += [
        Event(
            "facility", "created", c, 1, {"code": c, "name": f"Faskes {c}", "kind": k, "ownership": o, "active": True}
        )
        for c, (k, o) in FACILITIES.items()
    ]
    return told + [
        Event(
            "catchment",
            "created",
            f"{v}/2020-01-01",
            1,
            {"village": v, "facility": p, "valid_from": "2020-01-01", "valid_until": None},
        )
        for v, p in PUSKESMAS.items()
    ]


@pytest.fixture(scope="module")
def rules() -> Room:
    """Our concepts and standards."""
    return Room(None, ZoneInfo("Asia/Jakarta"))


@pytest.fixture(scope="module")
async def conn(new_database: Callable[[str], str], rules: Room) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """A connection to an empty database, for stories that are rolled back."""
    conn = await asyncpg.connect(
        new_database("indicators"), server_settings={"jit": "off"}, max_cacheable_statement_size=64 * 1024
    )
    await put_growth(conn, rules.growth)
    yield conn
    await conn.close()


@pytest.fixture
async def scene(conn: Any, rules: Any) -> AsyncIterator[Stage]:
    """An empty service in a transaction that is rolled back."""
    undo = conn.transaction()
    await undo.start()
    stage = Stage(conn, rules)
    await stage.begin(TODAY)
    yield stage
    await stage.assert_exact()
    await undo.rollback()


@pytest.fixture
async def house(new_database: Callable[[str], str], tmp_path: object) -> AsyncIterator[App]:
    """The service with the district's network and nobody in it."""
    settings = IndicatorsSettings(database_url=new_database("indicators"), peer_key="kunci", today=TODAY, data=tmp_path)
    app = build(settings, httpx.AsyncClient(transport=httpx.MockTransport(peers)))
    async with app.router.lifespan_context(app):
        async with app.state.service.db.transaction() as tx:
            await feed.take_network(tx, network())
        yield app


@pytest.fixture
def caller(house: App) -> Callable[..., httpx.AsyncClient]:
    """`caller("dinkes-admin")`, `caller("clinic-system", "K1")` → a client of that role."""

    def make(role: str, facility: str | None = None, language: str = "id") -> httpx.AsyncClient:
        token = f"{facility}/{role}"
        actor = Actor(subject=f"someone-{role}", role=role, facility=facility, token=token)
        house.state.service.auth._actors[token] = (actor, time.time() + 3600)
        headers = {"authorization": f"Bearer {token}", "accept-language": language}
        return httpx.AsyncClient(transport=httpx.ASGITransport(house), base_url="http://t", headers=headers)

    return make


@pytest.fixture
async def stage(house: App) -> AsyncIterator[Stage]:
    """Writes reach the running service in transactions of their own."""
    service = house.state.service
    conn = await service.db.connect()
    yield Stage(conn, room(service))
    await conn.close()
