"""Tokens: both faces, both places for credentials, every refusal, and what other services make of them."""

import asyncio
import base64
import logging
import time
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from services.facilities.rules import secrets
from services.facilities.usecases import keys
from services.kernel.auth import Auth
from services.kernel.problems import Unauthenticated
from tests.service.facilities.conftest import House

URL = "/oauth2/v1/accesstoken"
GRANT = {"grant_type": "client_credentials"}


def _basic(client: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{client['id']}:{client['secret']}".encode()).decode()}


def _form(client: dict[str, Any]) -> dict[str, str]:
    return {"client_id": client["id"], "client_secret": client["secret"]}


async def test_satusehat_face_gets_the_satusehat_shape(house: House) -> None:
    client = await house.client("991410001", face="satusehat")
    before = int(time.time() * 1000)
    answer = await house.http.post(URL, params=GRANT, data=_form(client))
    assert answer.status_code == 200
    body = answer.json()
    assert set(body) == {
        "refresh_token_expires_in", "api_product_list", "api_product_list_json", "organization_name", "developer.email",
        "token_type", "issued_at", "client_id", "access_token", "application_name", "scope", "expires_in",
        "refresh_count", "status",
    }  # fmt: skip
    assert all(isinstance(v, str) for k, v in body.items() if k != "api_product_list_json")
    assert (body["token_type"], body["expires_in"], body["status"]) == ("BearerToken", "14399", "approved")
    assert before - 1 <= int(body["issued_at"]) <= int(time.time() * 1000)
    assert body["client_id"] == client["id"]
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("where", ["form", "basic", "multipart", "grant in the body"])
async def test_other_clients_get_rfc_6749_wherever_the_credentials_stand(house: House, where: str) -> None:
    client = await house.client("K1410050201")
    ways: dict[str, dict[str, Any]] = {
        "form": {"params": GRANT, "data": _form(client)},
        "basic": {"params": GRANT, "headers": _basic(client)},
        "multipart": {"params": GRANT, "files": {k: (None, v) for k, v in _form(client).items()}},
        "grant in the body": {"data": GRANT | _form(client)},
    }
    answer = await house.http.post(URL, **ways[where])
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert set(body) == {"access_token", "token_type", "expires_in"}
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 14400)
    claims = jwt.decode(body["access_token"], options={"verify_signature": False})
    assert claims["sub"] == client["id"]
    assert (claims["role"], claims["facility"], claims["face"], claims["iss"]) == (
        "clinic-system", "K1410050201", "fhir", "simpul",
    )  # fmt: skip
    assert claims["exp"] - claims["iat"] == 14400
    assert claims["jti"]


async def test_wrong_secret_is_an_outcome_and_an_oauth_error_at_once(house: House) -> None:
    client = await house.client("P1410010101", face="satusehat")
    for sent in ({**_form(client), "client_secret": "salah"}, {"client_id": "tidak-ada", "client_secret": "x"}, {}):
        answer = await house.http.post(URL, params=GRANT, data=sent)
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/json"
        body = answer.json()
        assert body["resourceType"] == "OperationOutcome"
        assert body["issue"] == [
            {
                "severity": "invalid",
                "code": "value",
                "details": {
                    "text": "The user or system was not able to be authenticated "
                    "(either client_id or client_secret combination is unacceptable)"
                },
            }
        ]
        assert body["error"] == "invalid_client"
        assert "client_secret" in body["error_description"]


async def test_other_grants_are_refused_as_rfc_6749_says(house: House) -> None:
    for url in (URL, "/oauth2/v1/token"):
        for grant in ("authorization_code", None):
            answer = await house.http.post(url, params={"grant_type": grant} if grant else {})
            assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")
    answer = await house.http.post("/oauth2/v1/token", data={"grant_type": "password", "username": "admin"})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_misses_are_slowed_down_and_the_right_secret_still_passes(house: House) -> None:
    client = await house.client("P1410010101")
    wrong = {**_form(client), "client_secret": "salah"}
    said = [(await house.http.post(URL, params=GRANT, data=wrong)).status_code for _ in range(6)]
    assert said == [401] * 5 + [429]
    answer = await house.http.post(URL, params=GRANT, data=wrong)
    assert 0 < int(answer.headers["retry-after"]) <= 61
    assert (await house.http.post(URL, params=GRANT, data=_form(client))).status_code == 200


async def test_guessing_a_password_is_stopped(empty: House) -> None:
    form = {"grant_type": "password", "username": "admin", "password": "tebakan"}
    said = [(await empty.http.post("/oauth2/v1/token", data=form)).status_code for _ in range(6)]
    assert said == [400] * 5 + [429]


async def test_a_revoked_client_gets_no_token(house: House) -> None:
    client = await house.client("P1410010101")
    assert (await house.http.delete(f"/v1/clients/{client['id']}", headers=house.admin)).status_code == 204
    assert (await house.http.post(URL, params=GRANT, data=_form(client))).status_code == 401
    assert (await house.http.delete("/v1/clients/tidak-ada", headers=house.admin)).status_code == 404


async def test_other_services_verify_by_the_published_keys(house: House) -> None:
    client = await house.client("P1410010101")
    token = (await house.http.post(URL, params=GRANT, data=_form(client))).json()["access_token"]
    other = Auth(house.http, "simpul", "")
    actor = await other.actor(token)
    assert (actor.subject, actor.role, actor.facility) == (client["id"], "clinic-system", "P1410010101")
    published = (await house.http.get("/oauth2/v1/jwks")).json()["keys"]
    assert all("d" not in k and k["kid"] and k["use"] == "sig" for k in published)


async def test_expired_foreign_and_altered_tokens_are_refused_elsewhere(house: House) -> None:
    held = keys.of(house.service)
    now = int(time.time())
    claims = {"iss": "simpul", "sub": "x", "role": "clinic-system", "exp": now + 60, "iat": now}
    strange = generate_private_key(public_exponent=65537, key_size=2048)
    good = jwt.encode(claims, held.private, algorithm="RS256", headers={"kid": held.kid})
    refused = {
        "expired": jwt.encode(claims | {"exp": now - 1}, held.private, algorithm="RS256", headers={"kid": held.kid}),
        "issuer": jwt.encode(claims | {"iss": "lain"}, held.private, algorithm="RS256", headers={"kid": held.kid}),
        "key": jwt.encode(claims, strange, algorithm="RS256", headers={"kid": held.kid}),
        "key id": jwt.encode(claims, strange, algorithm="RS256", headers={"kid": "lain"}),
        "role": jwt.encode(claims | {"role": "raja"}, held.private, algorithm="RS256", headers={"kid": held.kid}),
        "none": jwt.encode(claims, "", algorithm="none", headers={"kid": held.kid}),
        "altered": good[:-8] + ("A" * 8),
        "noise": "bukan.token.sama.sekali",
    }
    other = Auth(house.http, "simpul", "")
    assert (await other.actor(good)).subject == "x"
    for token in refused.values():
        with pytest.raises(Unauthenticated):
            await other.actor(token)
        answer = await house.http.get("/v1/facilities", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 401


async def test_secrets_are_nowhere_in_clear(house: House, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        client = await house.client("P1410010101")
        await house.http.post(URL, params=GRANT, data=_form(client))
        await house.http.post(URL, params=GRANT, data={**_form(client), "client_secret": client["secret"][::-1]})
    assert len(client["secret"]) == 40
    rows: list[str] = []
    async with house.service.db.reading() as conn:
        tables = await conn.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for table in tables:
            rows += [r["t"] for r in await conn.fetch(f'SELECT t::text FROM "{table["tablename"]}" t')]
    text = "\n".join(rows) + caplog.text
    assert client["id"] in text
    assert secrets.digest(client["secret"]).hex() in text
    for clear in (client["secret"], client["secret"][::-1], "sandi-admin-uji"):
        assert clear not in text
    listed = (await house.http.get("/v1/clients", headers=house.admin)).text
    assert client["id"] in listed
    assert client["secret"] not in listed
    assert "secret_hash" not in listed


async def test_several_starts_at_once_agree_on_one_key_and_one_administrator(empty: House) -> None:
    service = empty.service
    async with service.db.transaction() as tx:
        await tx.execute("DELETE FROM signing_key")
    await asyncio.gather(*(keys.prepare(service) for _ in range(3)))
    async with service.db.reading() as conn:
        assert await conn.fetchval("SELECT count(*) FROM signing_key") == 1
        assert await conn.fetchval("SELECT count(*) FROM staff") == 1
        assert await conn.fetchval("SELECT kid FROM signing_key") == keys.of(service).kid


async def test_a_large_form_is_refused(empty: House) -> None:
    answer = await empty.http.post(URL, data={"client_id": "x" * 20_000})
    assert answer.status_code == 413


async def test_broken_basic_header_is_a_401(empty: House) -> None:
    for header in ("Basic", "Basic !!!", "Basic /////w=="):
        answer: httpx.Response = await empty.http.post(URL, params=GRANT, headers={"Authorization": header})
        assert answer.status_code == 401
