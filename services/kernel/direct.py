"""The short way to a simple route: what needs nothing that FastAPI solves is called without it.

Simple is a route that returns a Response and asks for the request, the service, its guard's actor and texts of its
path, nothing else. It is declared like any other, so OpenAPI, the roles and their tests see no difference; the first
route that fits an address is the same one FastAPI would find. An address that misses a route's pattern, and every other
route, take FastAPI's way. Why: FastAPI's routing and solving cost more than our whole read (docs/speed.md).
"""

import inspect
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_type_hints

from fastapi import FastAPI, Request, Response
from fastapi.routing import RouteContext
from starlette.convertors import StringConvertor
from starlette.types import Receive, Scope, Send

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


@dataclass(frozen=True, slots=True)
class Call:
    """How to call a route's function: the names it gives its request, service and actor, and its path's patterns."""

    route: Any
    guard: Allow | PeersOnly | Public
    request: str | None
    service: str | None
    actor: str | None
    patterns: Mapping[str, re.Pattern[str]]

    def takes(self, texts: Mapping[str, str]) -> bool:
        """Whether a path's texts have the patterns the route asks for."""
        for name, pattern in self.patterns.items():  # noqa: SIM110 - a generator costs as much as the matching
            if pattern.fullmatch(texts[name]) is None:
                return False
        return True


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

    async def answer(self, call: Call, texts: dict[str, str], scope: Scope, receive: Receive, send: Send) -> None:
        """Call the route and send its answer; what it raises becomes what the app's handlers say."""
        scope["app"], scope["route"], scope["path_params"] = self._app, call.route, texts
        request = Quick(scope, receive)
        try:
            values: dict[str, Any] = dict(texts)
            actor = await call.guard(request)
            if call.actor is not None:
                values[call.actor] = actor
            if call.service is not None:
                values[call.service] = self._service
            if call.request is not None:
                values[call.request] = request
            response: Response = await call.route.endpoint(**values)
        except Exception as error:
            handler = next((self._handlers[c] for c in type(error).__mro__[:-3] if c in self._handlers), None)
            if handler is None:
                raise
            response = await handler(request, error)  # type: ignore[misc]
        await response(scope, receive, send)


def _call(route: RouteContext) -> Call | None:
    """The way to call a route, or None when it is not simple."""
    wants = route.dependant
    guards = [d for d in wants.dependencies if isinstance(d.call, Allow | PeersOnly | Public)]
    services = [d.name for d in wants.dependencies if d.call is service_of]
    path = {p.name: _pattern(p.field_info) for p in wants.path_params}
    asked = {wants.request_param_name, guards[0].name if guards else None, *services, *path} - {None}
    endpoint = route.endpoint
    simple = (
        len(guards) == 1
        and len(guards) + len(services) == len(wants.dependencies)
        and False not in path.values()
        and endpoint is not None
        and inspect.iscoroutinefunction(endpoint)
        and asked == set(inspect.signature(endpoint).parameters)
        and _is_response(get_type_hints(endpoint).get("return"))
    )
    if not simple:
        return None
    patterns = {name: pattern for name, pattern in path.items() if isinstance(pattern, re.Pattern)}
    name = services[0] if services else None
    return Call(route.original_route, guards[0].call, wants.request_param_name, name, guards[0].name, patterns)


def _is_response(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Response)


def _pattern(info: Any) -> re.Pattern[str] | bool | None:
    """The pattern a path's text must have, None when any will do, False for what only FastAPI can check."""
    if info.annotation is not str or len(info.metadata) > 1:
        return False
    if not info.metadata:
        return None
    rules = getattr(info.metadata[0], "__dict__", {})
    return re.compile(rules["pattern"]) if rules.keys() == {"pattern"} else False
