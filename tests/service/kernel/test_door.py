"""What every service answers at its door: tokens, limits, one shape of error, nothing leaked."""

import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Annotated, Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from fastapi import APIRouter, Depends

from services.kernel.app import App, Manifest, create_app
from services.kernel.auth import Actor, Role, allow
from services.kernel.ids import Nik
from services.kernel.settings import Settings

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
router = APIRouter()


@router.get("/who")
async def who(actor: Annotated[Actor, Depends(allow(Role.AUDITOR))]) -> dict[str, str]:
    return {"subject": actor.subject, "language": actor.language}


@router.post("/echo")
async def echo(body: dict[str, Any], _: Annotated[Actor, Depends(allow(Role.AUDITOR))]) -> dict[str, Any]:
    return body


@router.get("/broken")
@router.get("/fhir-r4/v1/broken")
async def broken(nik: Nik, _: Annotated[Actor, Depends(allow(Role.AUDITOR))]) -> None:
    raise RuntimeError(f"SITI {nik}")


@pytest.fixture
async def door(new_database: Callable[[str], str], tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    public = jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key(), as_dict=True) | {"kid": "k1", "alg": "RS256"}
    peers = httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(200, json={"keys": [public]})))
    settings = Settings(database_url=new_database("coverage"), peer_key="kunci", data=tmp_path, max_body=1024 * 1024)
    app: App = create_app(Manifest("door", "t", "d", routers=(router,)), settings, peers)
    async with app.router.lifespan_context(app):
        yield httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://t")


def token(key: Any = KEY, kid: str = "k1", **change: Any) -> dict[str, str]:
    claims = {"iss": "simpul", "sub": "a", "role": "auditor", "exp": time.time() + 60} | change
    return {"authorization": "Bearer " + jwt.encode(claims, key, "RS256", headers={"kid": kid})}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "Basic abc"},
        {"authorization": "Bearer abc"},
        token(exp=time.time() - 1),
        token(OTHER),
        token(kid="k2"),
        token(iss="other"),
        token(role="king"),
        {
            "authorization": "Bearer "
            + jwt.encode({"sub": "a", "role": "auditor"}, "x" * 32, "HS256", headers={"kid": "k1"})
        },
    ],
)
async def test_a_wrong_token_is_401(door: httpx.AsyncClient, headers: dict[str, str]) -> None:
    answer = await door.get("/who", headers=headers)
    assert answer.status_code == 401, answer.text
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_the_right_token_and_the_wrong_role(door: httpx.AsyncClient) -> None:
    assert (await door.get("/who", headers=token() | {"accept-language": "en-GB"})).json() == {
        "subject": "a",
        "language": "en",
    }
    refused = await door.get("/who", headers=token(role="clinician"))
    assert refused.status_code == 403
    assert "auditor" in refused.json()["detail"]


async def test_a_body_over_the_limit(door: httpx.AsyncClient) -> None:
    async def stream() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b"x" * 65536

    for content in (b"x" * 2_000_000, stream()):
        answer = await door.post("/echo", content=content, headers=token() | {"content-type": "application/json"})
        assert (answer.status_code, answer.json()["status"]) == (413, 413)


async def test_our_own_fault_says_nothing_of_the_person(
    door: httpx.AsyncClient, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    from services.kernel import logs

    logs.configure()
    for path in ("/broken", "/fhir-r4/v1/broken"):
        answer = await door.get(path, params={"nik": "1410014107900001"}, headers=token())
        assert answer.status_code == 500
        assert "SITI" not in answer.text
        assert answer.json().get("request_id") or answer.json()["resourceType"] == "OperationOutcome"
    said = capsys.readouterr().err + caplog.text
    assert "RuntimeError" in said
    assert "SITI" not in said
    assert "1410014107900001" not in said


async def test_validation_speaks_both_languages_and_repeats_no_value(door: httpx.AsyncClient) -> None:
    for lang, word in (("id", "16 angka"), ("en", "16 digits")):
        answer = await door.get(
            "/broken", params={"nik": "14100141079000"}, headers=token() | {"accept-language": lang}
        )
        assert answer.status_code == 422
        assert word in answer.json()["errors"][0]["detail"]
        assert "14100141079000" not in answer.text
    assert (
        await door.post("/echo", content=b"{", headers=token() | {"content-type": "application/json"})
    ).status_code == 400


async def test_inner_routes_need_the_peers_key(door: httpx.AsyncClient) -> None:
    for path in ("/internal/events", "/internal/status", "/internal/metrics", "/internal/access-log?person=x"):
        assert (await door.get(path)).status_code == 403
        assert (await door.get(path, headers={"x-peer-key": "kunci"})).status_code == 200
