"""The door itself, in pure ASGI: what may come in, who it is counted as, and whom it goes to."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import httpx
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.health import Health
from gateway.limits import Rate
from gateway.openapi import Described
from gateway.origin import origin
from gateway.pages import PAGE_HEADERS, pages
from gateway.routing import Route, Table
from gateway.settings import Settings
from services.kernel.frame import Frame
from services.kernel.problems import Invalid, MethodNotAllowed, NotFound, Text, Throttled

if TYPE_CHECKING:
    from gateway.proxy import Proxy

LINGER = 2.0
"""Seconds a refused upload is read on."""

__all__ = ["Gateway", "Route", "Settings", "build"]


def build(
    settings: Settings, routes: Sequence[Route], http: httpx.AsyncClient, upstreams: Mapping[str, ASGIApp | str]
) -> "Gateway":
    """The door before `upstreams`: an ASGI app is called directly, a base URL ("http://10.0.0.7:8001") is proxied.

    `http` reaches the same services by name (`http://records`), for their health and their descriptions.
    """
    unknown = {r.upstream for r in routes} - set(upstreams)
    if unknown:
        raise ValueError(f"routes lead to unknown upstreams: {sorted(unknown)}")
    return Gateway(settings, routes, http, upstreams)


class Gateway:
    """One ASGI app for the whole house. Stateless but for rate limits and two small caches."""

    def __init__(
        self,
        settings: Settings,
        routes: Sequence[Route],
        http: httpx.AsyncClient,
        upstreams: Mapping[str, ASGIApp | str],
    ) -> None:
        self._settings = settings
        self._table = Table(routes)
        self._proxies: list[Proxy] = []
        self._apps = {n: self._proxy(u) if isinstance(u, str) else u for n, u in upstreams.items()}
        self._rate = Rate(settings.rate_limit, settings.rate_burst) if settings.rate_limit > 0 else None
        guests = {r.upstream for r in routes if r.guest}
        names = [name for name in upstreams if name not in guests]
        health = Health(settings, http, names)
        self._own: dict[str, ASGIApp] = {
            **pages(),
            "/openapi.json": Described(http, names, self._table),
            "/health/live": health.live,
            "/health/ready": health.ready,
            "/metrics": health.metrics,
        }
        unlimited = tuple(r.prefix for r in routes if r.unlimited) or ("\0",)
        framed: ASGIApp = Frame(self._serve, "gateway", settings.max_body, unlimited, LINGER)
        if settings.cors_origins:
            framed = CORSMiddleware(
                framed, allow_origins=settings.cors_origins, allow_methods=["*"],
                allow_headers=["*"], expose_headers=["etag", "location", "x-request-id", "retry-after"], max_age=600,
            )  # fmt: skip
        self._framed = framed

    def _proxy(self, base: str) -> "Proxy":
        from gateway.proxy import Proxy  # the client library costs 9 MB that a house in one process need not spend

        self._proxies.append(Proxy(base, self._settings))
        return self._proxies[-1]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._framed(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        else:  # no service speaks WebSocket
            await send({"type": "websocket.close", "code": 1008})

    async def close(self) -> None:
        """Close what is open towards the services."""
        for proxy in self._proxies:
            await proxy.close()

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while (await receive())["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        await self.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        came = origin(scope, self._settings.trusted_proxies)
        if came.ambiguous:
            raise Invalid(
                Text(
                    "Panjang isi tidak jelas: kirim Content-Length atau Transfer-Encoding, bukan keduanya",
                    "The body's length is unclear: send Content-Length or Transfer-Encoding, not both",
                )
            )
        path: str = scope["path"]
        own = self._own.get(path)
        if own is not None:
            scope["simpul_origin"] = came
            await self._answer(own, scope, receive, send)
            return
        if self._rate is not None and (wait := self._rate.wait(came.client)) > 0:
            raise _throttled(wait)
        route = None if not scope["raw_path"].startswith(b"/") or _inner(path) else self._table.find(path)
        if route is None or (route.near and not came.local):
            raise NotFound(Text("Alamat ini tidak ada; lihat /docs", "There is no such address; see /docs"))
        scope["route"] = route
        if came.browser:
            send = _as_page(send)
        if scope["method"] == "HEAD":  # every service answers GET; the server leaves the body out
            scope, send = {**scope, "method": "GET"}, _without_body(send)
        await self._apps[route.upstream](scope, receive, send)

    async def _answer(self, own: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        scope["route"] = Route(scope["path"], "gateway")
        if scope["method"] == "HEAD":
            await own({**scope, "method": "GET"}, receive, _without_body(send))
        elif scope["method"] == "GET":
            await own(scope, receive, send)
        else:
            raise MethodNotAllowed(headers={"Allow": "GET, HEAD"})


def _inner(path: str) -> bool:
    """The services' own conversation, which never leaves the house."""
    return path == "/internal" or path.startswith("/internal/")


def _throttled(wait: float) -> Throttled:
    seconds = math.ceil(wait)
    return Throttled(
        Text(
            f"Terlalu banyak permintaan dari klien ini; coba lagi dalam {seconds} detik",
            f"Too many requests from this client; try again in {seconds} seconds",
        ),
        headers={"Retry-After": str(seconds)},
    )


def _as_page(send: Send) -> Send:
    """Adds the security headers to an answer that turns out to be a web page, unless the service set its own."""

    async def added(message: Message) -> None:
        if message["type"] == "http.response.start":
            sent = {n.lower(): v for n, v in message.get("headers", [])}
            if sent.get(b"content-type", b"").startswith(b"text/html"):
                more = [(n, v) for n, v in PAGE_HEADERS if n not in sent]
                message = {**message, "headers": [*message["headers"], *more]}
        await send(message)

    return added


def _without_body(send: Send) -> Send:
    """The answer's head only."""

    async def bare(message: Message) -> None:
        if message["type"] == "http.response.start":
            await send(message)
        elif not message.get("more_body", False):
            await send({"type": "http.response.body", "body": b""})

    return bare
