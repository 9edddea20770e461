"""Default deny: every route of every service has one guard, and the guard really answers 401 and 403."""

import re
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi.routing import RouteContext

from deploy import topology
from services.kernel.app import App
from services.kernel.auth import Actor, Allow, PeersOnly, Public, Role
from services.kernel.openapi import api_routes

PUBLIC = {
    "GET /health/live",
    "GET /health/ready",
    "POST /oauth2/v1/accesstoken",
    "POST /oauth2/v1/token",
    "GET /oauth2/v1/jwks",
    "GET /fhir-r4/v1/metadata",
    "GET /v1/surveys/links/{token}",
    "POST /v1/surveys/links/{token}/answers",
    "GET /v1/referrals/letters/{number}",
    "POST /v1/referrals/letters/{number}/check",
    "GET /antreanfktp/auth",
    "GET /antreanfktp/antrean/status/{poli}/{day}",
    "GET /antreanfktp/antrean/sisapeserta/{card}/{poli}/{day}",
    "POST /antreanfktp/antrean",
    "POST /antreanfktp/antrean/batal",
    "PUT /antreanfktp/antrean/batal",
    "POST /antreanfktp/peserta",
}
"""All that anyone may call without a token of ours (BPJS brings its own). An entry more is a decision, not a detail."""


class Deaf(httpx.AsyncBaseTransport):
    """Peers are away: a route that lets its caller in gets no further than this."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(503, json={})


def built(name: str) -> App:
    """A service without a database: whoever passes the guard finds it starting (503)."""
    http = httpx.AsyncClient(transport=Deaf())
    app = topology.build_service(name, {"database_url": "postgresql:///none", "peer_key": "the-key"}, http)
    assert isinstance(app, App)
    for role in Role:
        actor = Actor(subject=f"test-{role}", role=role, facility="P1410010101")
        app.state.service.auth._actors[f"token-{role}"] = (actor, time.time() + 36_000)
    return app


def guards(route: RouteContext) -> list[Any]:
    """Every guard of a route, its router's included, however deep it hangs."""
    found, open_ = [], list(route.dependant.dependencies)
    while open_:
        dependency = open_.pop()
        open_ += dependency.dependencies
        if isinstance(dependency.call, Allow | PeersOnly | Public):
            found.append(dependency.call)
    return found


def operations(app: App) -> Iterator[tuple[str, str, Any]]:
    """Method, path and guard of every route; the guard is checked to be exactly one."""
    for route in api_routes(app):
        held = guards(route)
        assert len(held) == 1, f"{sorted(route.methods or ())} {route.path}: {held}"
        for method in sorted(route.methods or ()):
            yield method, str(route.path), held[0]


async def ask(client: httpx.AsyncClient, method: str, path: str, **headers: str) -> httpx.Response:
    concrete = re.sub(r"\{[^}]+\}", "x1", path)
    body = None if method in ("GET", "DELETE", "HEAD") else b"{}"
    return await client.request(method, concrete, content=body, headers={"content-type": "application/json", **headers})


@pytest.mark.parametrize("name", topology.NAMES)
def test_every_route_has_exactly_one_guard(name: str) -> None:
    assert list(operations(built(name)))


def test_public_is_only_what_stands_in_the_list() -> None:
    found = {f"{m} {p}" for n in topology.NAMES for m, p, g in operations(built(n)) if isinstance(g, Public)}
    assert found == PUBLIC


@pytest.mark.parametrize("name", topology.NAMES)
def test_what_is_internal_is_never_public(name: str) -> None:
    for method, path, held in operations(built(name)):
        internal = path.startswith("/internal/")
        assert not (internal and isinstance(held, Public)), f"{method} {path}"
        assert not (isinstance(held, PeersOnly) and not internal), f"{method} {path}"


@pytest.mark.parametrize("name", topology.NAMES)
async def test_every_route_and_every_role(name: str) -> None:
    app, wrong, count = built(name), [], Counter[int]()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        for method, path, held in operations(app):
            expected = await _answers(client, method, path, held)
            for who, (status, allowed) in expected.items():
                count[status] += 1
                if not allowed:
                    wrong.append(f"{method} {path} as {who}: {status}")
    assert not wrong, "\n".join(wrong)
    assert count[401] and count[403]


async def _answers(client: httpx.AsyncClient, method: str, path: str, held: Any) -> dict[str, tuple[int, bool]]:
    """Per caller: the answer's status, and whether it is what the guard promises."""
    found: dict[str, tuple[int, bool]] = {}

    async def note(who: str, wanted: int | None, **headers: str) -> None:
        answer = await ask(client, method, path, **headers)
        fits = answer.status_code == wanted if wanted else answer.status_code not in (401, 403)
        if wanted:
            face = "application/fhir+json" if path.startswith("/fhir-r4/") else "application/problem+json"
            fits = fits and answer.headers["content-type"] == face
        found[who] = (answer.status_code, fits)

    if isinstance(held, PeersOnly):
        await note("nobody", 403)
        await note("an administrator", 403, authorization=f"Bearer token-{Role.DINKES_ADMIN}")
        await note("a wrong key", 403, **{"x-peer-key": "the-kez"})
        await note("a peer", None, **{"x-peer-key": "the-key"})
    elif isinstance(held, Allow):
        await note("nobody", 401)
        await note("a foreign token", 401, authorization="Bearer abc.def.ghi")
        await note("another scheme", 401, authorization="Basic abc")
        for role in Role:
            await note(role, None if role in held.roles else 403, authorization=f"Bearer token-{role}")
    return found
