"""The access log: from where a request came, which things it showed, and a chain that old and new rows share."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Annotated

import httpx
import jwt
import pytest
from fastapi import APIRouter, Depends

from services.kernel import access, chain
from services.kernel.access import Access
from services.kernel.app import App, Manifest, create_app
from services.kernel.auth import Actor, Role, allow, gateway_key
from services.kernel.service import Svc
from services.kernel.settings import Settings
from tests.service.kernel.test_door import KEY, token

router = APIRouter()


@router.get("/look")
async def look(service: Svc, actor: Annotated[Actor, Depends(allow(Role.AUDITOR))], things: int = 1) -> str:
    async with service.db.reading() as conn:
        await access.log(conn, [Access(actor, "p", "read", "thing", resources=[f"thing/{n}" for n in range(things)])])
    return actor.origin


@pytest.fixture
async def app(new_database: Callable[[str], str], tmp_path: Path) -> AsyncIterator[App]:
    public = jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key(), as_dict=True) | {"kid": "k1", "alg": "RS256"}
    peers = httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(200, json={"keys": [public]})))
    settings = Settings(database_url=new_database("coverage"), peer_key="kunci", data=tmp_path)
    made = create_app(Manifest("door", "t", "d", routers=(router,)), settings, peers)
    async with made.router.lifespan_context(made):
        yield made


@pytest.fixture
def door(app: App) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app, client=("10.0.0.7", 1))
    return httpx.AsyncClient(transport=transport, base_url="http://t", headers=token() | {"user-agent": "curl/8.5.0"})


@pytest.mark.parametrize(
    ("headers", "origin"),
    [
        ({}, "10.0.0.7 curl/8.5.0"),
        ({"x-forwarded-for": "203.0.113.9"}, "10.0.0.7 curl/8.5.0"),
        ({"x-forwarded-for": "203.0.113.9", "x-gateway-key": "wrong"}, "10.0.0.7 curl/8.5.0"),
        ({"x-forwarded-for": "203.0.113.9", "x-gateway-key": gateway_key("kunci")}, "203.0.113.9 curl/8.5.0"),
        ({"x-forwarded-for": "2001:db8::1", "x-peer-key": "kunci"}, "2001:db8::1 curl/8.5.0"),
        ({"x-forwarded-for": "SITI AMINAH", "x-peer-key": "kunci"}, "10.0.0.7 curl/8.5.0"),
        ({"user-agent": "SITI AMINAH 1410014107900001"}, "10.0.0.7"),
        ({"user-agent": "Klinik-App/2.1 (SITI AMINAH)"}, "10.0.0.7 Klinik-App/2.1"),
    ],
)
async def test_a_forwarded_address_counts_when_the_house_vouches_for_it(
    door: httpx.AsyncClient, headers: dict[str, str], origin: str
) -> None:
    assert (await door.get("/look", headers=headers)).json() == origin


async def test_the_gateways_key_opens_no_inner_route(door: httpx.AsyncClient) -> None:
    answer = await door.get("/internal/status", headers={"x-gateway-key": gateway_key("kunci")})
    assert answer.status_code == 403
    assert (await door.get("/internal/status", headers={"x-peer-key": gateway_key("kunci")})).status_code == 403


async def test_the_previous_releases_rows_and_ours_are_one_chain(app: App, door: httpx.AsyncClient) -> None:
    old = "INSERT INTO access_pending (actor, role, facility, person_id, action, what, purpose, outcome, request_id)"
    await door.get("/look", params={"things": 60})
    async with app.state.service.db.reading() as conn:
        await conn.execute(f"{old} VALUES ('a', 'auditor', NULL, 'p', 'read', 'thing', 'TREAT', 'allowed', '-')")
        app.state.service.db.signal()
        async with asyncio.timeout(10):
            while await conn.fetchval("SELECT count(*) FROM access_pending"):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        # the previous release hashed neither column
        canon = "concat_ws('|', position, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US'), actor, role,"
        canon += " coalesce(facility, ''), coalesce(person_id, ''), action, what, purpose, outcome, request_id)"
        top = await conn.fetchval("SELECT max(last) FROM access_block")
        await conn.execute(
            "INSERT INTO access_log (position, at, actor, role, facility, person_id, action, what, purpose, outcome,"
            " request_id) SELECT $1 + 1, at, actor, role, facility, person_id, action, what, purpose, outcome,"
            " request_id FROM access_log WHERE origin IS NULL LIMIT 1", top,
        )  # fmt: skip
        await conn.execute(
            "INSERT INTO access_block (number, first, last, hash) SELECT max(b.number) + 1, $1 + 1, $1 + 1,"
            " sha256((SELECT hash FROM access_block ORDER BY number DESC LIMIT 1) || convert_to(("
            f"SELECT {canon} FROM access_log WHERE position = $1 + 1), 'UTF8')) FROM access_block b",
            top,
        )
        assert (await chain.prove(conn)).fault is None
        rows = await conn.fetch("SELECT origin, resources FROM access_log ORDER BY position")
        assert rows[0]["origin"] == "10.0.0.7 curl/8.5.0"
        assert rows[0]["resources"].startswith("thing/0 thing/1 ")
        assert rows[0]["resources"].endswith("thing/49 +10")
        for change in ("origin = '10.0.0.8'", "resources = 'thing/0'", "origin = NULL, resources = NULL"):
            async with conn.transaction():
                await conn.execute(f"UPDATE access_log SET {change} WHERE position = 1")
                fault = (await chain.prove(conn)).fault
                assert fault is not None
                assert (fault.kind, fault.block, fault.position) == ("changed", 1, 1)
                await conn.execute(
                    "UPDATE access_log SET origin = $1, resources = $2 WHERE position = 1", *rows[0].values()
                )
        assert (await chain.prove(conn)).fault is None
