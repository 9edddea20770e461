"""One service in another process, as an ASGI app: every request is streamed through a pooled HTTP client.

What the hop must get right, beyond copying bytes: hop-by-hop headers end here; a kept-alive connection that the
service closed meanwhile costs a reader nothing (one retry); a client that leaves takes its upstream request with it;
a service that is away is a clear problem, and one that dies in the middle of an answer breaks the answer off visibly.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterable

import aiohttp
from multidict import CIMultiDict
from starlette.types import Message, Receive, Scope, Send
from yarl import URL

from gateway.settings import Settings
from services.kernel.auth import gateway_key
from services.kernel.frame import BodyTooLarge
from services.kernel.problems import Text, Unavailable

WHOLE = 64 * 1024
"""Bodies up to this size travel in one piece, longer ones as a stream."""

HOP_BY_HOP = frozenset(
    (b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"proxy-connection", b"te",
     b"trailer", b"transfer-encoding", b"upgrade")
)  # fmt: skip
NOT_FORWARDED = HOP_BY_HOP | {b"expect", b"x-request-id"}
NOT_RETURNED = HOP_BY_HOP | {b"date", b"server", b"x-request-id"}
REPEATABLE = ("GET", "HEAD")
PATIENCE = 0.05
"""Seconds of waiting for the service before watching whether the client is still there (a watch costs a task)."""


class Proxy:
    """The ASGI app that stands for the service at `base` ("http://10.0.0.7:8001")."""

    def __init__(self, base: str, settings: Settings) -> None:
        self._base = base.rstrip("/")
        self._settings = settings
        self._key = gateway_key(settings.peer_key.get_secret_value())
        self._opened: dict[bool, aiohttp.ClientSession] = {}

    def _session(self, held: bool) -> aiohttp.ClientSession:
        """The connections to the service: those that answers pass through, or those that answers stay open on (which
        would soon leave none for the others)."""
        if held not in self._opened:
            s = self._settings
            limit = s.upstream_streams if held else s.upstream_connections
            opened = self._opened[held] = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=limit, keepalive_timeout=45),
                timeout=aiohttp.ClientTimeout(
                    total=None, connect=s.upstream_connect, sock_connect=s.upstream_connect,
                    sock_read=s.upstream_silence,
                ),
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
                max_line_size=WHOLE,
                max_field_size=WHOLE,
            )  # fmt: skip
            # aiohttp would repeat PUT and DELETE too; each may write a version, so repeating is decided in `_ask`
            opened._retry_connection = False
        return self._opened[held]

    async def close(self) -> None:
        """Close the pooled connections."""
        while self._opened:
            await self._opened.popitem()[1].close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = _Body(scope, receive)
        watch = _Watch(body)
        begun = False
        try:
            data = await body.start()
            watch.arm()
            answer = await self._ask(scope, data)
            begun = True
            try:
                await _relay(answer, send)
            finally:
                answer.close()  # hands a fully read connection back to the pool, drops any other
        except asyncio.CancelledError:
            if not watch.forgiven():
                raise
        except _ClientLeft:
            pass
        except (aiohttp.ClientError, TimeoutError) as error:
            if body.broken is None:
                raise Unavailable(_AWAY, headers={"Retry-After": "1"}) from error
            if not isinstance(body.broken, _ClientLeft):
                raise body.broken from None
        finally:
            watch.end()
        if body.left and not begun:  # nobody hears it; it keeps the departure from being counted as our failure
            await send({"type": "http.response.start", "status": 499, "headers": []})

    async def _ask(self, scope: Scope, data: "bytes | AsyncGenerator[bytes] | None") -> aiohttp.ClientResponse:
        target: bytes = scope["raw_path"]
        if scope["query_string"]:
            target += b"?" + scope["query_string"]
        url = URL(self._base + target.decode("latin-1"), encoded=True)  # as it came: nothing decoded, no ".." resolved
        headers = _forwarded(scope, self._key)
        method: str = scope["method"]
        session = self._session(scope["route"].held)
        try:
            return await session.request(method, url, headers=headers, data=data, allow_redirects=False)
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
            if method not in REPEATABLE or data is not None:
                raise
            return await session.request(method, url, headers=headers, allow_redirects=False)


_AWAY = Text("Layanan sedang tidak menjawab, coba lagi sebentar", "The service does not answer now, try again shortly")


class _ClientLeft(Exception):  # noqa: N818
    """The client closed its connection; there is nobody to answer."""


class _Body:
    """The request's body on its way in. `broken` keeps why it ended early (aiohttp hides what its writer raised)."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self._scope, self.receive = scope, receive
        self.done = False
        self.left = False
        self.broken: Exception | None = None

    async def start(self) -> "bytes | AsyncGenerator[bytes] | None":
        """Nothing, all of a short body, or a stream."""
        length: int | None = None
        streamed = False
        for name, value in self._scope["headers"]:
            if name == b"content-length":
                length = int(value)
            elif name == b"transfer-encoding":
                streamed = True
        if streamed or (length or 0) > WHOLE:
            return self._stream()
        data = b""
        while length and not self.done:
            data += await self._next()
        self.done = True
        return data or None

    async def _stream(self) -> AsyncGenerator[bytes]:
        while not self.done:
            chunk = await self._next()
            if chunk:
                yield chunk

    async def _next(self) -> bytes:
        try:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                self.left = True
                raise _ClientLeft
        except (_ClientLeft, BodyTooLarge) as error:
            self.broken = error
            raise
        self.done = not message.get("more_body", False)
        chunk: bytes = message.get("body", b"")
        return chunk


class _Watch:
    """Cancels the exchange when the client leaves while the service is still at work."""

    def __init__(self, body: _Body) -> None:
        self._body = body
        self._exchange = asyncio.current_task()
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._cancelled = False

    def arm(self) -> None:
        """Begin to watch after a while."""
        self._timer = asyncio.get_running_loop().call_later(PATIENCE, self._begin)

    def _begin(self) -> None:
        if self._body.done:
            self._task = asyncio.create_task(self._until_gone())
        else:
            self.arm()

    async def _until_gone(self) -> None:
        while (await self._body.receive())["type"] != "http.disconnect":
            pass
        if self._exchange is not None and self._timer is not None:
            self._cancelled = self._body.left = True
            self._exchange.cancel()

    def forgiven(self) -> bool:
        """Whether the cancellation just caught was this watch's own."""
        if self._cancelled and self._exchange is not None:
            self._exchange.uncancel()
        return self._cancelled

    def end(self) -> None:
        """Stop watching; the exchange is over."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._task is not None:
            self._task.cancel()


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _dropped(headers: Iterable[tuple[bytes, bytes]]) -> set[bytes]:
    """The headers that a Connection header names as its own (RFC 9110 §7.6.1)."""
    named = b",".join(v for n, v in headers if n.lower() == b"connection")
    return {part.strip().lower() for part in named.split(b",")} if named else set()


def _forwarded(scope: Scope, key: str) -> CIMultiDict[str]:
    """The request's headers as they go on: without what belongs to this hop, with where it came from."""
    own = _dropped(scope["headers"])
    headers: CIMultiDict[str] = CIMultiDict()
    for name, value in scope["headers"]:
        if name not in NOT_FORWARDED and name not in own:
            headers.add(name.decode("latin-1"), _text(value))
    client = scope.get("client")
    headers["x-gateway-key"] = key
    headers["x-forwarded-for"] = client[0] if client else "unknown"
    headers["x-forwarded-proto"] = scope.get("scheme", "http")
    headers["x-request-id"] = scope["simpul"].request_id
    return headers


async def _relay(answer: aiohttp.ClientResponse, send: Send) -> None:
    """The service's answer as it lies; a short one is read whole first, so that a broken one can still become a 503."""
    own = _dropped(answer.raw_headers)
    headers = [(n, v) for n, v in ((n.lower(), v) for n, v in answer.raw_headers) if n not in NOT_RETURNED | own]
    start: Message = {"type": "http.response.start", "status": answer.status, "headers": headers}
    length = answer.headers.get("content-length", "")
    if answer.content.at_eof() or (length.isdigit() and int(length) <= WHOLE):
        body = await answer.content.read()
        await send(start)
        await send({"type": "http.response.body", "body": body})
        return
    await send(start)
    async for chunk in answer.content.iter_any():
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
