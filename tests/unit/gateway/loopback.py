"""Real servers on loopback for the gateway's tests: an upstream that does what its path says, and a door before it."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import orjson
import uvicorn
from starlette.types import Receive, Scope, Send

from gateway.app import Gateway, Route, Settings, build

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
MIB = 1024 * 1024
ROUTES = [Route("/t", "t"), Route("/fhir-r4/v1", "t"), Route("/t/bulk", "t", unlimited=True),
          Route("/t/held", "t", held=True)]  # fmt: skip


class Upstream:
    """An ASGI service; the second segment of the path is the method that answers."""

    def __init__(self) -> None:
        self.seen: list[Scope] = []
        self.left = asyncio.Event()
        self.entered = asyncio.Event()
        self.taken = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self.seen.append(scope)
            await getattr(self, scope["path"].split("/")[2])(scope, receive, send)

    async def echo(self, scope: Scope, receive: Receive, send: Send) -> None:
        digest = hashlib.sha256()
        self.taken, more = 0, True
        while more:
            message = await receive()
            digest.update(message.get("body", b""))
            self.taken += len(message.get("body", b""))
            more = message.get("more_body", False)
        headers = [[n.decode(), v.decode("latin-1")] for n, v in scope["headers"]]
        said = {
            "size": self.taken, "sha": digest.hexdigest(), "headers": headers, "method": scope["method"],
            "path": scope["path"], "raw": scope["raw_path"].decode(), "query": scope["query_string"].decode(),
        }  # fmt: skip
        await say(send, 200, orjson.dumps(said), (b"x-request-id", b"inner"), (b"keep-alive", b"timeout=5"))

    bulk = echo

    async def big(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for i in range(30):
            await send({"type": "http.response.body", "body": bytes([i]) * MIB, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def slow(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        self.entered.set()
        gone = asyncio.create_task(receive())
        if (await asyncio.wait({gone}, timeout=1))[0] and gone.result()["type"] == "http.disconnect":
            self.left.set()
        gone.cancel()
        await say(send, 200, b"late")

    async def held(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"begun", "more_body": True})
        while (await receive())["type"] != "http.disconnect":
            pass
        self.left.set()

    async def status(self, scope: Scope, receive: Receive, send: Send) -> None:
        code = int(scope["path"].split("/")[3])
        await say(send, code, b"" if code in (204, 304) else b"x" * 5, (b"etag", b'"7"'))

    async def early(self, scope: Scope, receive: Receive, send: Send) -> None:
        await say(send, 401, b"no")

    async def page(self, scope: Scope, receive: Receive, send: Send) -> None:
        await say(send, 200, b"<p>", (b"content-type", b"text/html"), (b"x-frame-options", b"SAMEORIGIN"))


async def say(send: Send, status: int, body: bytes, *headers: tuple[bytes, bytes]) -> None:
    sized = [(b"content-length", str(len(body)).encode())] if status not in (204, 304) else []
    await send({"type": "http.response.start", "status": status, "headers": [*headers, *sized]})
    await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def serving(app: Any, **config: Any) -> AsyncIterator[str]:
    """A real server on a free port of loopback."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, lifespan="off", **config))
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110
        await asyncio.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = server.force_exit = True
        await task


@asynccontextmanager
async def speaking(handler: Handler) -> AsyncIterator[str]:
    """A server that speaks exactly the bytes the test wants."""
    server = await asyncio.start_server(handler, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


async def head(reader: asyncio.StreamReader) -> bytes:
    """One request's head (b"" when the client closed)."""
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return b""


async def spoken(url: str, request: bytes) -> bytes:
    """All that a server answers to exactly these bytes until it closes the connection."""
    reader, writer = await asyncio.open_connection(url[7:].split(":")[0], int(url.rsplit(":", 1)[1]))
    try:
        writer.write(request)
        await writer.drain()
        return await asyncio.wait_for(reader.read(), 10)
    finally:
        writer.close()


@asynccontextmanager
async def door(upstream: Any, **settings: Any) -> AsyncIterator[str]:
    """A door served before an upstream (an ASGI app, or the address of a server)."""
    async with httpx.AsyncClient() as http:
        gateway: Gateway = build(Settings(**{"rate_limit": 0, **settings}), ROUTES, http, {"t": upstream})
        async with serving(gateway) as url:
            yield url
        await gateway.close()


@asynccontextmanager
async def through(upstream: Any, **settings: Any) -> AsyncIterator[httpx.AsyncClient]:
    """A client of such a door."""
    async with (
        door(upstream, **settings) as url,
        httpx.AsyncClient(base_url=url, timeout=20, trust_env=False) as client,
    ):
        yield client
