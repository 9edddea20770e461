"""Merging what services say of themselves into one description."""

import asyncio
from typing import Any

import httpx

from gateway.app import Settings, build
from gateway.openapi import merge
from gateway.routing import Route, Table

Json = dict[str, Any]


def ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def spec(title: str, path: str, schemas: Json, uses: str, tags: list[str] | None = None) -> Json:
    operation: Json = {
        "operationId": path,
        "responses": {"200": {"content": {"application/json": {"schema": ref(uses)}}}},
    }
    if tags:
        operation["tags"] = tags
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "description": f"about {title}", "version": "1"},
        "paths": {path: {"get": operation}},
        "components": {"schemas": schemas, "securitySchemes": {"masuk": {"type": "oauth2"}}},
    }


TABLE = Table([Route("/a", "alpha"), Route("/b", "beta")])
SAME = {"type": "object", "title": "Same"}


def schema_of(whole: Json, path: str) -> str:
    found: str = whole["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]["$ref"]
    return found.rsplit("/", 1)[1]


def test_equal_components_are_kept_once() -> None:
    whole = merge({"alpha": spec("A", "/a", {"X": SAME}, "X"), "beta": spec("B", "/b", {"X": SAME}, "X")}, TABLE)
    assert whole["components"]["schemas"] == {"X": SAME}
    assert list(whole["components"]["securitySchemes"]) == ["masuk"]


def test_different_components_are_named_after_their_service() -> None:
    alpha = spec("A", "/a", {"X": {"type": "string"}}, "X")
    beta = spec("B", "/b", {"X": {"type": "integer"}}, "X")
    whole = merge({"alpha": alpha, "beta": beta}, TABLE)
    assert (schema_of(whole, "/a"), schema_of(whole, "/b")) == ("AlphaX", "BetaX")
    assert whole["components"]["schemas"] == {"AlphaX": {"type": "string"}, "BetaX": {"type": "integer"}}
    assert alpha["components"]["schemas"] == {"X": {"type": "string"}}  # what came in is left alone


def test_alike_but_speaking_of_different_things() -> None:
    list_of = {"type": "array", "items": ref("X")}
    alpha = spec("A", "/a", {"X": {"type": "string"}, "L": list_of, "S": SAME}, "L")
    beta = spec("B", "/b", {"X": {"type": "integer"}, "L": list_of, "S": SAME}, "L")
    schemas = merge({"alpha": alpha, "beta": beta}, TABLE)["components"]["schemas"]
    assert schemas["AlphaL"]["items"] == ref("AlphaX")
    assert schemas["BetaL"]["items"] == ref("BetaX")
    assert "S" not in schemas  # nobody speaks of it


def test_only_what_the_door_sends_there_is_described() -> None:
    lost = spec("B", "/a/x", {"X": SAME}, "X")
    whole = merge({"alpha": spec("A", "/a", {"X": SAME}, "X"), "beta": lost}, TABLE)
    assert list(whole["paths"]) == ["/a"]


def test_groups_have_their_services_words() -> None:
    whole = merge(
        {"alpha": spec("A", "/a", {"X": SAME}, "X"), "beta": spec("B", "/b", {"X": SAME}, "X", ["own"])}, TABLE
    )
    assert whole["tags"] == [{"name": "A", "description": "about A"}, {"name": "own"}]


def test_optional_parameters_are_shown_plainly() -> None:
    alpha = spec("A", "/a", {"X": SAME}, "X")
    optional = {"anyOf": [{"type": "string", "pattern": "x"}, {"type": "null"}], "title": "T"}
    union = {"anyOf": [{"type": "string"}, {"type": "integer"}]}
    alpha["paths"]["/a"]["get"]["parameters"] = [{"name": n, "in": "query", "schema": s} for n, s in
                                                 (("o", optional), ("u", union))]  # fmt: skip
    shown = merge({"alpha": alpha}, TABLE)["paths"]["/a"]["get"]["parameters"]
    assert shown[0]["schema"] == {"type": "string", "pattern": "x", "title": "T"}
    assert shown[1]["schema"] == union


async def test_kept_only_once_every_service_has_answered() -> None:
    asked: list[str] = []
    away = {"beta"}

    async def peers(request: httpx.Request) -> httpx.Response:
        name = request.url.host
        asked.append(name)
        if name in away:
            raise httpx.ConnectError("away")
        await asyncio.sleep(0)
        return httpx.Response(200, json=spec(name, f"/{name[0]}", {"X": SAME}, "X"))

    async def nobody(*_: Any) -> None:
        raise AssertionError

    http = httpx.AsyncClient(transport=httpx.MockTransport(peers))
    routes = [Route("/a", "alpha"), Route("/b", "beta")]
    door = build(Settings(), routes, http, {"alpha": nobody, "beta": nobody})
    async with httpx.AsyncClient(transport=httpx.ASGITransport(door), base_url="http://door") as client:
        assert list((await client.get("/openapi.json")).json()["paths"]) == ["/a"]
        away.clear()
        assert list((await client.get("/openapi.json")).json()["paths"]) == ["/a", "/b"]
        asked.clear()
        assert (await client.get("/openapi.json")).status_code == 200
        assert asked == []
        away.update(("alpha", "beta"))
    fresh = build(Settings(), routes, http, {"alpha": nobody, "beta": nobody})
    async with httpx.AsyncClient(transport=httpx.ASGITransport(fresh), base_url="http://door") as client:
        assert (await client.get("/openapi.json")).status_code == 503
