"""The short way to a simple route: what needs nothing that FastAPI solves is called without it.

Simple is a route that returns a Response and asks for the request, the service, its guard's actor, values of its path,
single headers and one JSON model, nothing else. It is declared like any other, so OpenAPI, the roles and their tests
see no difference; the first route that fits an address is the same one FastAPI would find. A request that does not fit
what a route asks for, and every other route, take FastAPI's way, so that what is wrong is said by nobody else. Why:
FastAPI's routing and solving cost more than our whole read (docs/speed.md).
"""

import inspect
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args, get_type_hints

from fastapi import FastAPI, Request, Response, params
from fastapi.routing import RouteContext
from pydantic import BaseModel
from starlette.convertors import StringConvertor
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope, Send

from services.kernel.auth import Allow, PeersOnly, Public
from services.kernel.frame import Heads
from services.kernel.openapi import api_routes
from services.kernel.service import Service, service_of


class Quick(Request):
    """A request whose headers the frame has read already."""

    @property
    def headers(self) -> Heads:
        """The headers; read again when the door took some of them out."""
        known: Heads = self.scope["simpul"].headers
        if known.raw_list is not self.scope["headers"]:
            known = self.scope["simpul"].headers = Heads(self.scope)
        return known


class Misfit(Exception):  # noqa: N818 - not an error yet: FastAPI will say
    """The request does not fit what the route asks for."""


@dataclass(frozen=True, slots=True)
class Call:
    """How to call a route's function: the names it gives its request, service and actor, its path's patterns, and what
    is checked by its declaration: values of the path, headers, the body."""

    route: Any
    guard: Allow | PeersOnly | Public
    request: str | None
    service: str | None
    actor: str | None
    patterns: Mapping[str, re.Pattern[str]]
    path: Sequence[Any] = ()
    headers: Sequence[Any] = ()
    body: Any = None

    def takes(self, texts: Mapping[str, str]) -> bool:
        """Whether a path's texts have the patterns the route asks for."""
        for name, pattern in self.patterns.items():  # noqa: SIM110 - a generator costs as much as the matching
            if pattern.fullmatch(texts[name]) is None:
                return False
        return True

    async def read(self, request: Request) -> Any:
        """The body's JSON, or nothing when there is no body. Raises Misfit for what is no JSON."""
        try:
            if not await request.body():
                return _NOTHING
            if request.headers.get("content-type", "").partition(";")[0].strip().lower() not in _JSON:
                raise Misfit
            return await request.json()
        except ClientDisconnect:
            raise HTTPException(400) from None
        except (ValueError, RecursionError):
            raise Misfit from None

    def values(self, request: Request, texts: Mapping[str, str], body: Any) -> dict[str, Any]:
        """What the route's function is given of a request. Raises Misfit."""
        found: dict[str, Any] = dict(texts)
        for field in self.path:
            found[field.name] = _valid(field, texts[field.name])
        for field in self.headers:
            if (text := request.headers.get(field.alias)) is not None:
                found[field.name] = _valid(field, text)
            elif field.field_info.is_required():
                raise Misfit
        if self.body is not None and body is not _NOTHING:
            found[self.body.name] = _valid(self.body, body)
        elif self.body is not None and self.body.field_info.is_required():
            raise Misfit
        return found


_NOTHING = object()
_JSON = frozenset({"application/json", "application/fhir+json"})


def _valid(field: Any, given: Any) -> Any:
    value, faults = field.validate(given)
    if faults:
        raise Misfit
    return value


class Direct:
    """The simple routes of an app, by method and number of segments, in the order they were declared."""

    def __init__(self, app: FastAPI, service: Service) -> None:
        self._app, self._service, self._handlers = app, service, app.exception_handlers
        self._found: dict[tuple[str, int], list[tuple[re.Pattern[str], Call | None]]] = {}
        for route in api_routes(app):
            if any(not isinstance(c, StringConvertor) for c in route.param_convertors.values()):
                break  # it may span segments, so what follows might be meant by it
            call = _call(route)
            for method in route.methods or ():
                key = method, str(route.path).count("/")
                self._found.setdefault(key, []).append((route.path_regex, call))

    def find(self, scope: Scope) -> tuple[Call, dict[str, str]] | None:
        """The simple route of a request and its path's texts, or None for FastAPI's way."""
        path: str = scope["path"]
        for regex, call in self._found.get((scope["method"], path.count("/")), ()):
            match = regex.match(path)
            if match is None:
                continue
            texts: dict[str, str] = match.groupdict()
            if call is None or not call.takes(texts):
                return None
            return call, texts
        return None

    async def answer(
        self, call: Call, texts: dict[str, str], scope: Scope, receive: Receive, send: Send
    ) -> Receive | None:
        """Call the route and send its answer; what it raises becomes what the app's handlers say. A request that does
        not fit is not answered: what is given back reads it once more."""
        scope["app"], scope["route"], scope["path_params"] = self._app, call.route, texts
        request = Quick(scope, receive)
        try:
            body = _NOTHING if call.body is None else await call.read(request)  # before the guard, as FastAPI does
            actor = await call.guard(request)
            values = call.values(request, texts, body)
            if call.actor is not None:
                values[call.actor] = actor
            if call.service is not None:
                values[call.service] = self._service
            if call.request is not None:
                values[call.request] = request
            response: Response = await call.route.endpoint(**values)
        except Misfit:
            return receive if call.body is None else _again(await request.body(), receive)
        except Exception as error:
            handler = next((self._handlers[c] for c in type(error).__mro__[:-3] if c in self._handlers), None)
            if handler is None:
                raise
            response = await handler(request, error)  # type: ignore[misc]
        await response(scope, receive, send)
        return None


def _again(body: bytes, receive: Receive) -> Receive:
    """The `receive` of a request whose body was read already."""
    first: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return first.pop() if first else await receive()

    return again


def _call(route: RouteContext) -> Call | None:
    """The way to call a route, or None when it is not simple."""
    wants = route.dependant
    guards = [d for d in wants.dependencies if isinstance(d.call, Allow | PeersOnly | Public)]
    services = [d.name for d in wants.dependencies if d.call is service_of]
    headers = {p.name for p in wants.header_params if _is_single(p)}
    bodies = {p.name for p in wants.body_params if _is_model(p)}
    path = {p.name: _pattern(p.field_info) for p in wants.path_params if p.name == p.alias}
    asked = {wants.request_param_name, guards[0].name if guards else None, *services, *path, *headers, *bodies} - {None}
    endpoint = route.endpoint
    simple = (
        len(guards) == 1
        and len(guards) + len(services) == len(wants.dependencies)
        and len(bodies) == len(wants.body_params) <= 1
        and endpoint is not None
        and inspect.iscoroutinefunction(endpoint)
        and asked == set(inspect.signature(endpoint).parameters)
        and _is_response(get_type_hints(endpoint).get("return"))
    )
    if not simple:
        return None
    return Call(
        route.original_route, guards[0].call, wants.request_param_name, services[0] if services else None,
        guards[0].name, {name: pattern for name, pattern in path.items() if isinstance(pattern, re.Pattern)},
        [p for p in wants.path_params if path[p.name] is False], wants.header_params,
        wants.body_params[0] if bodies else None,
    )  # fmt: skip


def _is_single(header: Any) -> bool:
    """Whether a header is one text, under a name that FastAPI reads as it stands."""
    return header.field_info.annotation in (str, str | None) and header.field_info.alias == header.alias


def _is_model(body: Any) -> bool:
    """Whether a body is one JSON model, or none."""
    kinds = get_args(body.field_info.annotation) or (body.field_info.annotation,)
    is_json = type(body.field_info) is params.Body and not body.field_info.embed
    return is_json and all(k is type(None) or (isinstance(k, type) and issubclass(k, BaseModel)) for k in kinds)


def _is_response(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Response)


def _pattern(info: Any) -> re.Pattern[str] | bool | None:
    """The pattern a path's text must have, None when any will do, False for what its declaration checks."""
    if info.annotation is not str or len(info.metadata) > 1:
        return False
    if not info.metadata:
        return None
    rules = getattr(info.metadata[0], "__dict__", {})
    return re.compile(rules["pattern"]) if rules.keys() == {"pattern"} else False
