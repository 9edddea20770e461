"""The way of one request through a simulated service: faults before, gate, handler, faults after, seal, envelope.

A service declares its addresses once (`@PCARE.get("/peserta/nik/{nik}")`); every world answers them through a `Door`.
A handler is a plain function `(ask, **texts of the path)`: it gives a value, `Said`, or a `Refusal`, or raises `Stop`.
"""

import asyncio
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from email.utils import formatdate
from typing import Any

import orjson
from fastapi import Request, Response
from starlette.datastructures import Headers

from services.coverage.bpjs.crypto import Key
from services.coverage.simulator import envelope, gate
from services.coverage.simulator.accounts import Account, ServiceName
from services.coverage.simulator.answers import UNKNOWN_PATH, Refusal, Said
from services.coverage.simulator.faults import Call, Fault, Moment, Struck, strikes
from services.coverage.simulator.store import Store
from services.coverage.simulator.world import World

Handler = Callable[..., Any]
METHODS = ("GET", "POST", "PUT", "DELETE")
LARGE = 4 * 1024
"""Characters from which sealing an answer leaves the event loop."""


class Stop(Exception):  # noqa: N818 - a way out of a handler, no error
    """Ends a handler with a refusal; what it has written is taken back."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class Ask:
    """One request that has passed the gate. `body` is the JSON that was sent (None without one)."""

    world: World
    account: Account
    method: str
    path: str
    headers: Headers
    body: Any = None

    @property
    def store(self) -> Store:
        """The world's memory."""
        return self.world.store

    @property
    def today(self) -> date:
        """The day at BPJS (western Indonesian time)."""
        return self.world.today()

    @property
    def provider(self) -> str | None:
        """kdProvider of the facility that asks; None for the public account of a district."""
        return self.account.provider


@dataclass(frozen=True, slots=True)
class _Route:
    method: str
    pattern: re.Pattern[str]
    texts: int
    handler: Handler


@dataclass(slots=True)
class Service:
    """One BPJS service: its names in addresses, how it signs in and how it wraps its answers."""

    name: ServiceName
    prefixes: tuple[str, ...]
    basic: bool = False
    """Wants X-authorization beside the signature."""
    meta: str = "metaData"
    text_code: bool = False
    """The code in the envelope is a string."""
    status_follows: bool = False
    """The HTTP status is the code of the envelope (PCare); else 200."""
    routes: list[_Route] = field(default_factory=list)

    def on(self, method: str, *paths: str) -> Callable[[Handler], Handler]:
        """Declare a handler; `{name}` in a path becomes its keyword. Literals match in any case, as at BPJS."""

        def declare(handler: Handler) -> Handler:
            for path in paths:
                pattern = re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(path)), re.IGNORECASE)
                self.routes.append(_Route(method, pattern, path.count("{"), handler))
            self.routes.sort(key=lambda r: r.texts)  # a literal before a text in its place
            return handler

        return declare

    def get(self, *paths: str) -> Callable[[Handler], Handler]:
        """Declare a GET."""
        return self.on("GET", *paths)

    def post(self, *paths: str) -> Callable[[Handler], Handler]:
        """Declare a POST."""
        return self.on("POST", *paths)

    def put(self, *paths: str) -> Callable[[Handler], Handler]:
        """Declare a PUT."""
        return self.on("PUT", *paths)

    def delete(self, *paths: str) -> Callable[[Handler], Handler]:
        """Declare a DELETE."""
        return self.on("DELETE", *paths)

    def find(self, method: str, path: str) -> tuple[Handler, Mapping[str, str]] | None:
        """The handler of an address and the texts in it, or None."""
        for route in self.routes:
            if route.method == method and (match := route.pattern.fullmatch(path)):
                return route.handler, match.groupdict()
        return None


class Door:
    """One service of one world."""

    def __init__(self, world: World, service: Service) -> None:
        self.world, self.service = world, service

    async def answer(self, request: Request) -> Response:
        """Answer one request."""
        started, world = time.perf_counter(), self.world
        account = world.accounts.of(request.headers.get("x-cons-id", ""))
        path = "/" + request.path_params["path"].rstrip("/")
        call = Call(self.service.name, request.method, path, account.provider if account else None)
        struck = world.strike(call)
        work, status = self._answer(request, account, call, struck), 0
        try:
            if struck.has(Fault.LATE_WORK):  # it goes on when the caller leaves
                reply = await asyncio.shield(asyncio.create_task(work))
            else:
                reply = await work
            status = reply.status_code
            return reply
        finally:  # also when the connection was cut, or the caller left
            world.note(call, status, struck, (time.perf_counter() - started) * 1000)

    async def _answer(self, request: Request, account: Account | None, call: Call, struck: Struck) -> Response:
        body = await request.body()  # before any silence: a caller that leaves takes what was not read with it
        instead = await strikes.instead(request, struck, Moment.BEFORE)
        if instead is not None:
            return instead
        world, service, headers = self.world, self.service, request.headers
        now = world.now() + strikes.clock_ahead(struck, world.settings.skew)
        said: Said | Refusal | None = strikes.refusal(request, struck, Moment.BEFORE) or gate.refusal(
            headers, account, service.name, service.basic, now, world.settings.skew
        )
        if said is None and account is not None:
            ask = Ask(world, account, call.method, call.path, headers)
            said = self._handled(ask, body)
            if struck.has(Fault.SAME_VISIT_TWICE):
                said = self._handled(ask, body)
            said = strikes.refusal(request, struck, Moment.AFTER) or said
        assert said is not None  # noqa: S101 - without an account the gate has refused
        instead = await strikes.instead(request, struck, Moment.AFTER)
        if instead is not None:
            return instead
        value = said.response if isinstance(said, Refusal) else strikes.content(struck, said.value)
        if account is not None and value is not None and strikes.seals(struck, said):
            value = await _sealed(value, account, headers.get("x-timestamp", ""), struck)
        reply = envelope.wrapped(service, said.code, said.message, value, struck)
        reply.headers["date"] = formatdate(now, usegmt=True)
        return reply

    def _handled(self, ask: Ask, body: bytes) -> Said | Refusal:
        """What the handler says; what it writes is committed when this returns."""
        found = self.service.find(ask.method, ask.path)
        if found is None:
            return UNKNOWN_PATH
        handler, texts = found
        try:
            if ask.method == "GET":
                said = handler(ask, **texts)
            else:
                with self.world.store.writing():
                    said = handler(_with_body(ask, body), **texts)
        except Stop as stop:
            said = stop.refusal
        return said if isinstance(said, Said | Refusal) else Said(said)


def _with_body(ask: Ask, body: bytes) -> Ask:
    """The request with its JSON, whatever content type it names. Raises Stop when it is no JSON."""
    try:
        read = orjson.loads(body) if body.strip() else None
    except orjson.JSONDecodeError:
        raise Stop(Refusal(400, "BAD_REQUEST: isi permintaan bukan JSON")) from None
    return Ask(ask.world, ask.account, ask.method, ask.path, ask.headers, read)


async def _sealed(value: Any, account: Account, timestamp: str, struck: Struck) -> str:
    """`value` sealed with the timestamp of its own request (or, as a fault, of another)."""
    key = Key.of(account.cons_id, account.secret, strikes.sealed_at(struck, timestamp))
    text = orjson.dumps(value).decode()
    return await asyncio.to_thread(key.seal, text) if len(text) > LARGE else key.seal(text)
