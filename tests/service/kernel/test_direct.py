"""The short way to a simple route answers whatever FastAPI's way would have answered."""

import time
from collections.abc import AsyncIterator, Callable
from datetime import date
from itertools import product
from pathlib import Path
from typing import Annotated

import httpx
import orjson
import pytest
from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi import Path as InPath
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException

from services.kernel import metrics
from services.kernel.app import App, Manifest, create_app
from services.kernel.auth import Actor, Role, allow
from services.kernel.problems import NotFound, Text
from services.kernel.service import Svc
from services.kernel.settings import Settings

router = APIRouter()
HEAD = {"authorization": "Bearer auditor", "x-request-id": "r-1"}
Auditor = Annotated[Actor, Depends(allow(Role.AUDITOR))]
Id = Annotated[str, InPath(pattern=r"^[a-z]{1,8}$")]


async def _said(request: Request, service: Svc, actor: Actor, id_: str) -> Response:
    faults = {"missing": NotFound(Text("tidak ada", "nothing")), "http": HTTPException(404), "away": OSError("disk")}
    if id_ in faults:
        raise faults[id_]
    if id_ == "broken":
        raise RuntimeError("SITI")
    found = {"id": id_, "service": service.name, "body": len(await request.body()), "by": actor.subject}
    return Response(orjson.dumps(found), 202, {"etag": 'W/"1"'}, "application/json")


@router.post("/simple/{name}")
async def simple(request: Request, service: Svc, actor: Auditor, name: Id) -> Response:
    return await _said(request, service, actor, name)


@router.post("/solved/{name}")
async def solved(request: Request, service: Svc, actor: Auditor, name: Id, _more: int = 0) -> Response:
    return await _said(request, service, actor, name)


class Asked(BaseModel):
    """A body."""

    model_config = ConfigDict(extra="forbid")
    day: date | None = None
    many: int = 1


Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=2)]
Number = Annotated[int, InPath(ge=2)]


def _told(actor: Actor, number: int, asked: Asked | None, key: str | None) -> Response:
    found = {"asked": asked and asked.model_dump(), "number": number, "key": key, "by": actor.subject}
    return Response(orjson.dumps(found), 201)


@router.put("/simple/{number}")
async def simply_told(actor: Auditor, number: Number, asked: Asked | None = None, key: Key = None) -> Response:
    return _told(actor, number, asked, key)


@router.put("/solved/{number}")
async def told(actor: Auditor, number: Number, asked: Asked | None = None, key: Key = None, _more: int = 0) -> Response:
    return _told(actor, number, asked, key)


@router.patch("/simple/{number}")
async def simply_asked(actor: Auditor, number: Number, asked: Asked) -> Response:
    return _told(actor, number, asked, None)


@router.patch("/solved/{number}")
async def asked(actor: Auditor, number: Number, asked: Asked, _more: int = 0) -> Response:
    return _told(actor, number, asked, None)


@router.get("/simple/first")
async def first(actor: Auditor) -> Response:
    return Response(b"first")


@router.get("/simple/{name}")
async def second(actor: Auditor, name: Id) -> Response:
    return Response(b"second")


@pytest.fixture
def app(new_database: Callable[[str], str], tmp_path: Path) -> App:
    settings = Settings(database_url=new_database("coverage"), data=tmp_path, max_body=1000)
    app = create_app(Manifest("direct", "t", "d", routers=(router,)), settings, httpx.AsyncClient())
    for role in (Role.AUDITOR, Role.CLINICIAN):
        app.state.service.auth._actors[role.value] = (Actor("a", role, "P1"), time.time() + 60)
    return app


@pytest.fixture
async def ask(app: App) -> AsyncIterator[httpx.AsyncClient]:
    async with app.router.lifespan_context(app):
        yield httpx.AsyncClient(transport=httpx.ASGITransport(app=app, raise_app_exceptions=False), base_url="http://t")


def test_the_simple_and_only_the_simple_go_the_short_way(app: App) -> None:
    def found(method: str, path: str) -> bool:
        return app.direct.find({"method": method, "path": path}) is not None

    assert found("POST", "/simple/x")
    assert not found("POST", "/solved/x")
    assert not found("POST", "/simple/X1")
    assert not found("POST", "/simple/x\n")
    assert not found("POST", "/simple/x/y")
    assert not found("DELETE", "/simple/x")
    assert found("PUT", "/simple/x")
    assert found("PATCH", "/simple/x")
    assert not found("PUT", "/solved/x")


@pytest.mark.parametrize(
    ("id_", "headers", "body"),
    [
        ("good", {}, b"12345"),
        ("good", {"accept-language": "en", "x-purpose": "ETREAT"}, b""),
        ("good", {"x-purpose": "no code"}, b""),
        ("good", {"authorization": "Bearer clinician"}, b""),
        ("good", {"authorization": "Basic x"}, b""),
        ("good", {"authorization": "Bearer foreign"}, b""),
        ("good", {}, b"x" * 2000),
        ("UPPER", {}, b""),
        ("missing", {}, b""),
        ("http", {}, b""),
        ("away", {}, b""),
        ("broken", {}, b""),
    ],
)
async def test_both_ways_answer_alike(ask: httpx.AsyncClient, id_: str, headers: dict[str, str], body: bytes) -> None:
    sent = {"authorization": "Bearer auditor", "x-request-id": "r-1"} | headers
    short = await ask.post(f"/simple/{id_}", content=body, headers=sent)
    long = await ask.post(f"/solved/{id_}", content=body, headers=sent)
    assert short.status_code == long.status_code
    assert short.text.replace("/simple/", "/solved/") == long.text
    assert {k: v for k, v in short.headers.items() if k != "content-length"} == {
        k: v for k, v in long.headers.items() if k != "content-length"
    }


BODIES = [
    "", "{}", '{"day": "2026-11-22", "many": "3"}', '{"day": "2026-02-30"}', "null", "[1]", "{", b"\xed\xa0\x80",
    '{"less": 1}', "x" * 2000, "[" * 900,
]  # fmt: skip
KINDS = ["application/json", "Application/JSON; charset=utf-8", "text/plain", ""]
HEADS = [{}, {"idempotency-key": "k1"}, {"idempotency-key": "k"}, {"authorization": "Basic x"}]


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
async def test_what_is_asked_for_is_checked_alike(ask: httpx.AsyncClient, method: str) -> None:
    """Each body in every way once: numbers, kinds and heads are cheap beside a fixture."""
    for body, number in product(BODIES, ("2", "1")):
        for kind, more in [(k, HEADS[0]) for k in KINDS] + [(KINDS[0], h) for h in HEADS[1:]]:
            head = HEAD | {"content-type": kind} | more
            short = await ask.request(method, f"/simple/{number}", content=body, headers=head)
            long = await ask.request(method, f"/solved/{number}", content=body, headers=head)
            assert (short.status_code, short.headers) == (long.status_code, long.headers), (body, head)
            assert short.text.replace("/simple/", "/solved/") == long.text, (body, head)


async def test_what_is_asked_for_is_given(ask: httpx.AsyncClient) -> None:
    given = {"day": "2026-11-22", "many": 3}
    found = await ask.put("/simple/2", json=given, headers=HEAD | {"idempotency-key": "k1"})
    assert found.json() == {"asked": given, "number": 2, "key": "k1", "by": "a"}
    assert (await ask.put("/simple/2", headers=HEAD)).json()["asked"] is None


async def test_the_first_route_that_fits_answers(ask: httpx.AsyncClient) -> None:
    head = {"authorization": "Bearer auditor"}
    assert (await ask.get("/simple/first", headers=head)).text == "first"
    assert (await ask.get("/simple/other", headers=head)).text == "second"


async def test_it_is_counted_under_its_route(ask: httpx.AsyncClient) -> None:
    await ask.post("/simple/counted", headers={"authorization": "Bearer auditor"})
    assert 'method="POST",route="/simple/{name}",service="direct",status="202"' in metrics.exposition()[0].decode()
