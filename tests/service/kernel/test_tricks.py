"""Tricks at every service's door: tokens that are none, words where codes belong, bytes that no text may hold."""

import base64
import logging
import time
from collections.abc import AsyncIterator, Callable
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import httpx
import jwt
import orjson
import pytest
from cryptography.hazmat.primitives import serialization
from fastapi import APIRouter, Depends

from services.kernel import access, metrics
from services.kernel.access import Access
from services.kernel.app import App, Manifest, create_app
from services.kernel.auth import Actor, Role, allow
from services.kernel.logs import JsonLines
from services.kernel.service import Svc
from services.kernel.settings import Settings
from tests.service.kernel.test_door import KEY, token

router = APIRouter()
Auditor = Annotated[Actor, Depends(allow(Role.AUDITOR))]


@router.get("/say/{word}")
async def say(service: Svc, actor: Auditor, word: str, number: int = 0) -> dict[str, Any]:
    async with service.db.reading() as conn:
        await access.log(conn, [Access(actor, "p", "read", "thing")])
        return {"word": await conn.fetchval("SELECT $1::text || $2::bigint", word, number), "id": actor.request_id}


@router.get("/day")
async def day(service: Svc, _: Auditor, on: date) -> dict[str, Any]:
    async with service.db.reading() as conn:
        return {"day": await conn.fetchval("SELECT $1::timestamptz", service.clock.now().replace(year=on.year))}


@pytest.fixture
async def door(new_database: Callable[[str], str], tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    public = jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key(), as_dict=True) | {"kid": "k1", "alg": "RS256"}
    peers = httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(200, json={"keys": [public]})))
    settings = Settings(database_url=new_database("coverage"), peer_key="kunci", data=tmp_path)
    app: App = create_app(Manifest("door", "t", "d", routers=(router,)), settings, peers)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        yield httpx.AsyncClient(transport=transport, base_url="http://t", headers=token())


def forged(header: Any, signature: bytes = b"") -> str:
    claims = {"iss": "simpul", "sub": "a", "role": "auditor", "exp": time.time() + 60}
    parts = [base64.urlsafe_b64encode(orjson.dumps(p)).rstrip(b"=").decode() for p in (header, claims)]
    return ".".join([*parts, base64.urlsafe_b64encode(signature).rstrip(b"=").decode()])


PEM = KEY.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def signed_with_the_public_key() -> str:
    import hashlib
    import hmac

    whole = forged({"alg": "HS256", "kid": "k1", "typ": "JWT"}).rpartition(".")[0]
    mac = hmac.new(PEM, whole.encode(), hashlib.sha256).digest()
    return whole + "." + base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "bearer",
    [
        forged({"alg": "none", "kid": "k1"}),
        forged({"alg": "None"}),
        forged({"alg": "RS256", "kid": ["k1"]}),
        forged({"alg": "RS256", "kid": {"a": 1}}),
        forged({"alg": "RS256", "kid": "../../etc/passwd"}),
        forged({"alg": "RS256", "kid": "k1", "jwk": {"kty": "oct", "k": "eA"}, "jku": "http://evil"}),
        forged({"alg": "RS256", "kid": "k1", "crit": ["x"]}),
        forged([1]),
        signed_with_the_public_key(),
        "a.b.c",
        "....",
        "x" * 20000,
    ],
    ids=lambda _: "bearer",
)
async def test_no_forged_token_passes(door: httpx.AsyncClient, bearer: str) -> None:
    answer = await door.get("/say/x", headers={"authorization": f"Bearer {bearer}"})
    assert answer.status_code == 401, answer.text


async def test_what_no_column_can_hold_is_the_callers_fault(door: httpx.AsyncClient) -> None:
    for path in ("/say/a%00b", "/say/x?number=99999999999999999999", "/say/x?x=%00", "/nowhere%00"):
        answer = await door.get(path)
        assert answer.status_code == 400, (path, answer.text)
    assert (await door.get("/say/x", params={"number": "²"})).status_code == 422
    assert (await door.get("/say/x?odd=\xff")).status_code == 200


async def test_words_do_not_get_into_the_access_log(door: httpx.AsyncClient) -> None:
    assert (await door.get("/say/x", headers={"x-purpose": "SITI AMINAH 1410014107900001"})).status_code == 400
    assert (await door.get("/say/x", headers={"x-purpose": "ETREAT"})).status_code == 200
    for rid in ("SITI AMINAH", "1410014107900001", "x" * 65):
        answer = await door.get("/say/x", headers={"x-request-id": rid})
        assert answer.json()["id"] != rid
        assert answer.headers["x-request-id"] != rid
    assert (await door.get("/say/x", headers={"x-request-id": "req-1"})).json()["id"] == "req-1"


async def test_a_verb_of_the_callers_own_is_no_label(door: httpx.AsyncClient) -> None:
    await door.request("SITI1410014107900001", "/say/x")
    assert b"SITI" not in metrics.exposition()[0]


def test_a_librarys_message_loses_what_it_quotes() -> None:
    said = "Task exception was never retrieved\nfuture: <Task exception=DataError(\"invalid input: 'SITI'\")>"
    line = JsonLines().format(logging.LogRecord("asyncio", logging.ERROR, "", 1, said, (), None))
    assert "SITI" not in line
    assert "never retrieved" in line
