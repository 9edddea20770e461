"""The frame around every request, in pure ASGI: request id, language, body limit, timing, last-resort errors."""

import asyncio
import logging
import re
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import orjson
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.kernel import metrics
from services.kernel.ids import new_id
from services.kernel.problems import FHIR_JSON, PROBLEM_JSON, Failure, Invalid, Problem, Text, TooLarge, language

log = logging.getLogger(__name__)

FHIR_BASE = "/fhir-r4/"
BPJS_BASE = "/antreanfktp/"
"""Where BPJS calls us (Mobile JKN): it reads its own envelope."""
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_ASCII = bytes(range(33, 127))


class Heads(Headers):
    """A request's headers, read once into a dictionary: looking one up in starlette's own walks through all of them."""

    def __init__(self, scope: Scope) -> None:
        super().__init__(scope=scope)
        self.raw_list = scope["headers"]
        self._known: dict[str, str] = {k.decode("latin-1"): v.decode("latin-1") for k, v in reversed(self.raw_list)}

    def __getitem__(self, key: str) -> str:
        return self._known[key.lower()]

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and key.lower() in self._known

    def get(self, key: str, default: Any = None) -> Any:
        """The first header of a name, or `default`."""
        return self._known.get(key.lower(), default)


@dataclass(slots=True)
class State:
    """What the frame knows of a request and of its answer so far (status 0: not begun); in `scope["simpul"]`."""

    request_id: str
    language: str
    headers: Heads
    status: int = 0
    done: bool = False
    face: str = "fhir"
    """How the caller's application is spoken to; known once its token is read."""


class BodyTooLarge(HTTPException):
    """Raised out of `receive` when a streamed body passes the limit (an HTTPException passes through FastAPI)."""

    def __init__(self, limit: int) -> None:
        super().__init__(413)
        self.limit = limit


def render(problem: Problem, scope: Scope) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    """Status, headers and body of a problem: an OperationOutcome under the FHIR base, the envelope BPJS reads under its
    own, else RFC 9457."""
    state: State = scope["simpul"]
    fhir, bpjs = (scope["path"].startswith(base) for base in (FHIR_BASE, BPJS_BASE))
    if fhir:
        body = problem.as_outcome(state.language, state.request_id)
    elif bpjs:
        body = problem.as_metadata()
    else:
        body = problem.as_problem(state.language, scope["path"], state.request_id)
    headers = [
        (b"content-type", (FHIR_JSON if fhir else "application/json" if bpjs else PROBLEM_JSON).encode()),
        (b"content-language", b"id" if bpjs else state.language.encode()),
        *((k.lower().encode(), v.encode()) for k, v in problem.headers.items()),
    ]
    status = 400 if fhir and state.face == "satusehat" and problem.status == 422 else problem.status
    return status, headers, orjson.dumps(body)


class Frame:
    """Wraps one app. `unlimited` are path prefixes whose bodies are read as a stream and limited by the route.

    Within another frame of the same process (the door's around a service's) it only counts and renders: the outer one
    has read the request already. `linger`: for how many seconds a refused upload is read on and thrown away, so that
    the client sees the answer: a socket closed with unread bytes is reset, and a reset can overtake the answer.
    """

    def __init__(
        self, app: ASGIApp, service: str, max_body: int, unlimited: tuple[str, ...] = (), linger: float = 0
    ) -> None:
        self.app, self.service, self.max_body, self.unlimited = app, service, max_body, unlimited
        self.linger = linger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, state = time.perf_counter(), scope.get("simpul")
        outermost = state is None
        if state is None:
            headers = Heads(scope)
            scope["simpul"] = state = State(_request_id(headers), language(headers.get("accept-language")), headers)
            send = self._noting(state, receive, send)
        try:
            if outermost:
                _readable(scope)
                receive = self._limited(scope, state.headers, receive)
            await self.app(scope, receive, send)
        except BodyTooLarge as large:
            await self._say(too_large(large.limit), scope, send)
        except Problem as problem:
            await self._say(problem, scope, send)
        except Exception:
            log.error(
                "unhandled", exc_info=True,
                extra={"service": self.service, "request_id": state.request_id, "method": scope["method"]},
            )  # fmt: skip
            if not state.done:  # else the app has told the caller already
                await self._say(Failure(), scope, send)
        finally:
            route = getattr(scope.get("route"), "path", "-")
            metrics.observe(self.service, scope["method"], route, state.status or 500, time.perf_counter() - started)

    def _noting(self, state: State, receive: Receive, send: Send) -> Send:
        """A `send` that keeps in `state` how far the answer is, and gives it its request id."""

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                state.status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", state.request_id.encode())]
            elif not message.get("more_body", False):
                state.done = True
                if state.status == 413 and self.linger:
                    await send({**message, "more_body": True})
                    await _drain(receive, self.linger)
                    message = {"type": "http.response.body", "body": b""}
            await send(message)

        return noted

    def _limited(self, scope: Scope, headers: Headers, receive: Receive) -> Receive:
        if scope["path"].startswith(self.unlimited):
            return receive
        length = headers.get("content-length")
        if length is not None and length.isdecimal():
            if int(length) > self.max_body:
                raise too_large(self.max_body)
            return receive  # the server enforces the announced length
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self.max_body:
                raise BodyTooLarge(self.max_body)
            return message

        return counted

    async def _say(self, problem: Problem, scope: Scope, send: Send) -> None:
        if scope["simpul"].status:  # the answer has begun; all that is left is to break it off
            raise problem
        status, headers, body = render(problem, scope)
        headers.append((b"content-length", str(len(body)).encode()))
        if problem.status == 413:
            headers.append((b"connection", b"close"))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


async def _drain(receive: Receive, seconds: float) -> None:
    """Read what is still coming and throw it away."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect" or not message.get("more_body", False):
                    return


def _request_id(headers: Headers) -> str:
    """The caller's id of the request when it looks like one (it is logged), else a new one."""
    given = headers.get("x-request-id", "")
    return given if _REQUEST_ID.fullmatch(given) and not given.isdecimal() else new_id()


def _readable(scope: Scope) -> None:
    """Quote what came unquoted in the query; drop closing and doubled slashes of a FHIR address (bases are often put
    together by hand). Raises Invalid for U+0000, which no text here may hold."""
    path: str = scope["path"]
    if path.startswith(FHIR_BASE) and ("//" in path or path[-1] == "/") and path != FHIR_BASE:
        scope["path"] = "/" + "/".join(filter(None, path.split("/")))
    query: bytes = scope["query_string"]
    if not query.isascii():
        scope["query_string"] = query = quote(query, safe=_ASCII).encode()
    if b"%00" in query or "\0" in scope["path"]:
        raise Invalid(Text("Alamat memuat karakter U+0000", "The address holds the character U+0000"))


def too_large(limit: int) -> TooLarge:
    """The 413 with its limit and the way out."""
    mib = limit // (1024 * 1024)
    return TooLarge(
        Text(
            f"Isi permintaan melebihi {mib} MiB; bagi menjadi beberapa kiriman, atau pakai impor NDJSON (/v1/imports)",
            f"The body exceeds {mib} MiB; split it, or use the NDJSON import (/v1/imports)",
        )
    )
