"""The one OpenAPI: every service describes itself completely, and the merged whole holds together."""

from collections.abc import Iterator
from typing import Any

import httpx
import orjson
import pytest
from fastapi import FastAPI

from deploy import topology
from gateway.openapi import VERBS, merge
from gateway.routing import Route, Table
from services.kernel.auth import Allow
from services.kernel.openapi import api_routes, guard
from services.kernel.problems import FHIR_JSON, PROBLEM_JSON

Json = dict[str, Any]
BODILESS = {
    "POST /v1/indicators/rebuild",
    "POST /v1/jkn/deliveries/{delivery}/retry",
    "POST /v1/jkn-gaps/proposals/export",
    "PUT /v1/jkn/queue/accounts/{account}/password",
    "POST /v1/jkn/lines/{facility}/{service}/check",
} | {f"POST /v1/webhooks/{{webhook}}/{verb}" for verb in ("test", "pause", "resume")}
"""Commands: the address says everything."""
OWN_ERRORS = {"POST /oauth2/v1/accesstoken", "POST /oauth2/v1/token"}
"""Their clients expect RFC 6749's error, not RFC 9457's problem."""
BPJS_BASE = "/antreanfktp/"
"""Where BPJS calls us it expects its own envelope."""


def built(name: str) -> FastAPI:
    app = topology.build_service(name, {"database_url": "postgresql:///none"}, httpx.AsyncClient())
    assert isinstance(app, FastAPI)
    return app


def operations(spec: Json) -> Iterator[tuple[str, str, Json]]:
    for path, item in spec["paths"].items():
        for verb in VERBS:
            if verb in item:
                yield verb.upper(), path, item[verb]


def followed(spec: Json, node: Json) -> Json:
    """The schema behind a reference."""
    while "$ref" in node:
        target: Any = spec
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = target
    return node


def has_example(spec: Json, content: Json) -> bool:
    """Whether a body can be sent as it is shown: an example of the whole, or of every required part."""
    schema = followed(spec, content.get("schema", {}))
    if any(k in holder for holder in (content, schema) for k in ("example", "examples", "const", "default")):
        return True
    options = schema.get("oneOf") or schema.get("anyOf")
    if options:
        return any(has_example(spec, {"schema": o}) for o in options)
    if "enum" in schema:
        return True
    parts = schema.get("properties", {})
    shown = {p for p in parts if has_example(spec, {"schema": parts[p]})}
    return bool(shown) and shown.issuperset(schema.get("required", ()))


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


@pytest.fixture(scope="module")
def specs() -> dict[str, Json]:
    return {n: orjson.loads(orjson.dumps(built(n).openapi())) for n in topology.NAMES}


@pytest.fixture(scope="module")
def whole(specs: dict[str, Json]) -> Json:
    return merge(specs, Table([Route(p, s.name) for s in topology.SERVICES for p in s.prefixes]))


def test_nothing_is_lost_in_the_merge(specs: dict[str, Json], whole: Json) -> None:
    every = {(m, p) for spec in specs.values() for m, p, _ in operations(spec)}
    assert {(m, p) for m, p, _ in operations(whole)} == every
    assert not [p for p in whole["paths"] if p.startswith("/internal")]


def test_every_reference_resolves(whole: Json) -> None:
    for reference in set(references(whole)):
        assert followed(whole, {"$ref": reference})


def test_operation_ids_are_unique(whole: Json) -> None:
    ids = [o["operationId"] for _, _, o in operations(whole)]
    assert len(ids) == len(set(ids))


def test_the_frame_of_the_whole(whole: Json) -> None:
    assert whole["openapi"].startswith("3.1")
    assert whole["servers"] == [{"url": "/"}]
    flows = whole["components"]["securitySchemes"]["masuk"]["flows"]
    assert {f["tokenUrl"] for f in flows.values()} == {"/oauth2/v1/token"}
    assert set(flows) == {"password", "clientCredentials"}
    used = {t for _, _, o in operations(whole) for t in o["tags"]}
    assert used == {t["name"] for t in whole["tags"]}


def test_every_operation_speaks_for_itself(whole: Json) -> None:
    wrong = []
    for method, path, operation in operations(whole):
        told = operation.get("description", "").split("Peran (roles):")[0].strip()
        if not operation.get("summary") or not told:
            wrong.append(f"{method} {path}: summary or description missing")
        if operation["summary"] == operation["operationId"].split("_v1_")[0].replace("_", " ").title():
            wrong.append(f"{method} {path}: the summary is only the function's name")
    assert not wrong, "\n".join(wrong)


def test_every_body_has_an_example(whole: Json) -> None:
    wrong = []
    for method, path, operation in operations(whole):
        content = operation.get("requestBody", {}).get("content", {})
        if not content and method in ("POST", "PUT", "PATCH") and f"{method} {path}" not in BODILESS:
            wrong.append(f"{method} {path}: no body described")
        wrong += [f"{method} {path}: no example ({k})" for k, c in content.items() if not has_example(whole, c)]
    assert not wrong, "\n".join(wrong)


def test_problems_are_declared_in_their_own_media_type(whole: Json) -> None:
    wrong = []
    for method, path, operation in operations(whole):
        face = FHIR_JSON if path.startswith("/fhir-r4/") else PROBLEM_JSON
        for status, answer in operation["responses"].items():
            kinds = set(answer.get("content", {}))
            plain = f"{method} {path}" in OWN_ERRORS or path.startswith(BPJS_BASE)
            own = plain and kinds == {"application/json"}
            if status[0] in "45" and kinds != {face} and not own:
                wrong.append(f"{method} {path}: {status} {sorted(kinds)}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", topology.NAMES)
def test_guarded_routes_say_so(name: str) -> None:
    app = built(name)
    spec = app.openapi()
    for route in api_routes(app):
        for method in route.methods or () if route.include_in_schema else ():
            operation = spec["paths"][route.path_format][method.lower()]
            guarded = isinstance(guard(route), Allow)
            assert (operation.get("security") == [{"masuk": []}]) == guarded, f"{method} {route.path}"
            assert ("Peran (roles):" in operation["description"]) == guarded
