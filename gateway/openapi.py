"""One OpenAPI of the whole house, merged from what each service says of itself."""

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

import httpx
import orjson
from starlette.types import Receive, Scope, Send

from gateway.answers import answer
from gateway.routing import Table
from services.kernel.problems import Text, Unavailable

Json: TypeAlias = dict[str, Any]

_TITLE = "Simpul ILP"
_ABOUT = """\
Satu rekam layanan primer yang dipakai bersama oleh fasilitas pemerintah dan swasta di satu kabupaten/kota.
*(One primary-care record shared by the public and private providers of a district.)*

**Mulai:** tekan **Masuk**, isi akun staf atau client id dan secret aplikasi; lalu buka satu alamat dan tekan
**Jalankan**. *(Press Authorize, sign in, then open an operation and press Execute.)*

- Kesalahan dijawab sebagai `application/problem+json` (RFC 9457), di bawah `/fhir-r4/` sebagai `OperationOutcome`.
  *(Errors follow RFC 9457, or FHIR under the FHIR base.)*
- Bahasa jawaban mengikuti `Accept-Language`: `id` (bawaan) atau `en`. *(Messages come in Indonesian or English.)*
- Setiap jawaban membawa `x-request-id`; sebutkan saat melapor. *(Quote it when reporting a problem.)*
"""
VERBS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


class Described:
    """GET /openapi.json: merged at first use, kept once every service has answered."""

    PATIENCE = 30.0
    """Seconds: describing a hundred routes takes a busy machine several, once."""

    def __init__(self, http: httpx.AsyncClient, names: list[str], table: Table) -> None:
        self._http, self._names, self._table = http, names, table
        self._kept: bytes | None = None

    async def __call__(self, _: Scope, __: Receive, send: Send) -> None:
        body = self._kept
        if body is None:
            specs = dict(zip(self._names, await asyncio.gather(*map(self._fetch, self._names)), strict=True))
            known = {n: s for n, s in specs.items() if s is not None}
            if not known:
                raise Unavailable(Text("Layanan belum siap, coba lagi", "The services are not ready, try again"))
            body = orjson.dumps(merge(known, self._table))
            if len(known) == len(self._names):
                self._kept = body
        await answer(send, 200, ((b"content-type", b"application/json"), (b"cache-control", b"no-cache")), body)

    async def _fetch(self, name: str) -> Json | None:
        try:
            async with asyncio.timeout(self.PATIENCE):
                reply = await self._http.get(f"http://{name}/internal/openapi.json")
                reply.raise_for_status()
        except (httpx.HTTPError, TimeoutError):
            return None
        spec: Json = orjson.loads(reply.content)
        return spec


def merge(specs: Mapping[str, Json], table: Table) -> Json:
    """One description from many: of each service what the door really sends to it.

    A component that two services define differently is named after its service; equal ones are kept once.
    """
    clashes = _clashes(specs)
    paths: Json = {}
    components: Json = {}
    tags: dict[str, Json] = {}
    for name, spec in specs.items():
        title = spec.get("info", {}).get("title", name)
        own = _renamed(spec, {c: (c[0], f"{name.capitalize()}{c[1]}") for c in clashes})
        for kind, defined in own.get("components", {}).items():
            components.setdefault(kind, {}).update(defined)
        declared = {title: {"name": title, "description": spec.get("info", {}).get("description", "")}}
        declared |= {t["name"]: t for t in own.get("tags", ())}
        for path, item in own.get("paths", {}).items():
            route = table.find(path)
            if route is None or route.upstream != name:
                continue
            paths.setdefault(path, {}).update(item)
            for operation in _operations(item):
                for parameter in operation.get("parameters", ()):
                    parameter["schema"] = _without_null(parameter.get("schema", {}))
                operation["tags"] = operation.get("tags") or [title]
                for tag in operation["tags"]:
                    tags.setdefault(tag, declared.get(tag) or {"name": tag})
    return {
        "openapi": "3.1.0",
        "info": {"title": _TITLE, "version": _version(specs), "description": _ABOUT},
        "servers": [{"url": "/"}],
        "tags": list(tags.values()),
        "paths": paths,
        "components": _used(paths, components),
    }


def _without_null(schema: Json) -> Json:
    """A parameter's schema as a form shows it: an optional one is left out of the request, never sent as null."""
    options: list[Json] = [o for o in schema.get("anyOf", ()) if o != {"type": "null"}]
    if len(options) != 1:
        return schema
    return options[0] | {k: v for k, v in schema.items() if k != "anyOf"}


def _version(specs: Mapping[str, Json]) -> str:
    return max((str(s.get("info", {}).get("version", "0")) for s in specs.values()), default="0")


def _operations(item: Json) -> Iterator[Json]:
    yield from (item[v] for v in VERBS if v in item)


def _defined(spec: Json) -> Iterator[tuple[tuple[str, str], Any]]:
    for kind, named in spec.get("components", {}).items():
        for name, body in named.items():
            yield (kind, name), body


def _clashes(specs: Mapping[str, Json]) -> set[tuple[str, str]]:
    """Components defined differently by two services, and those defined alike that speak of such a one."""
    bodies: dict[tuple[str, str], list[Any]] = {}
    for spec in specs.values():
        for key, body in _defined(spec):
            bodies.setdefault(key, []).append(body)
    clashing = {k for k, found in bodies.items() if any(b != found[0] for b in found)}
    shared = {k: set(_references(found[0])) for k, found in bodies.items() if len(found) > 1}
    while True:
        more = {k for k, refs in shared.items() if k not in clashing and refs & clashing}
        if not more:
            return clashing
        clashing |= more


def _references(node: Any) -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):
        ref = node.get("$ref")
        if isinstance(ref, str) and ref.startswith("#/components/"):
            _, _, kind, name = ref.split("/", 3)
            yield kind, name
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)


def _renamed(spec: Json, names: dict[tuple[str, str], tuple[str, str]]) -> Json:
    """The description with some components, and every reference to them, under other names."""

    def walk(node: Any) -> Any:
        if isinstance(node, dict):
            out = {k: walk(v) for k, v in node.items()}
            for found in _references({"$ref": node.get("$ref")}):
                if found in names:
                    out["$ref"] = "#/components/" + "/".join(names[found])
            return out
        return [walk(v) for v in node] if isinstance(node, list) else node

    own: Json = walk(spec)
    own["components"] = {
        kind: {names.get((kind, n), (kind, n))[1]: body for n, body in named.items()}
        for kind, named in own.get("components", {}).items()
    }
    return own


def _used(paths: Json, components: Json) -> Json:
    """The components that the paths reach; what only unrouted addresses used is left out."""
    reached: set[tuple[str, str]] = set()
    open_: list[Any] = [paths]
    while open_:
        for key in _references(open_.pop()):
            if key not in reached and key[1] in components.get(key[0], {}):
                reached.add(key)
                open_.append(components[key[0]][key[1]])
    kept = {
        kind: {n: b for n, b in sorted(named.items()) if kind == "securitySchemes" or (kind, n) in reached}
        for kind, named in components.items()
    }
    return {kind: named for kind, named in kept.items() if named}
