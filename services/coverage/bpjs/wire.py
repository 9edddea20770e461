"""One signed call to one BPJS service, its answer opened and told as a Reply.

Each try keeps its own timestamp (the answer is sealed with it) and each retry is signed anew. Only GETs are
retried: BPJS has no idempotency key. Nothing here logs a number, a body or an address: a member's address contains
the number that was asked.
"""

import asyncio
import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import orjson

from services.coverage.bpjs import answers
from services.coverage.bpjs.envelope import NotAnEnvelope, opened, parse
from services.coverage.bpjs.login import Login
from services.coverage.bpjs.outcomes import Because, Refused, Reply, Unavailable
from services.coverage.contract.lines import BpjsService

__all__ = ["BpjsService", "Patience", "Wire"]

log = logging.getLogger(__name__)


class _NoAddresses(logging.Filter):
    """Holds back httpx's line per request: it prints the address, and a member's address is their number."""

    def filter(self, record: logging.LogRecord) -> bool:
        return record.levelno > logging.INFO


logging.getLogger("httpx").addFilter(_NoAddresses())

CLOCK_TOLERANCE = 120
"""Seconds between BPJS' clock and ours from which a refused signature is blamed on the clock."""


CONTENT_TYPES: dict[BpjsService, str | None] = {
    BpjsService.PCARE: "text/plain",
    BpjsService.VCLAIM: "Application/x-www-form-urlencoded",
    BpjsService.ANTREAN: "application/json",
    BpjsService.ICARE: "application/json",
    BpjsService.SRBK: None,
}
"""What each service wants to be told of a body, which is JSON whatever this says; SRBK fails when told at all."""

CREATES_WITH_201 = frozenset({BpjsService.PCARE, BpjsService.SRBK})
"""Where code 201 means created; elsewhere, with nothing in it, it means no data or a refusal."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait: seconds for one try of a GET, for all its tries, number of tries, pause; for one write."""

    one: float = 5.0
    all: float = 9.0
    tries: int = 3
    pause: float = 0.2
    write: float = 20.0


class Wire:
    """The way to one BPJS service at one base address ("https://…/pcare-rest"), for any sign-in.

    `http` must not follow redirects or log addresses.
    """

    def __init__(
        self,
        http: httpx.AsyncClient,
        base_url: str,
        patience: Patience | None = None,
        *,
        service: BpjsService = BpjsService.PCARE,
        content_type: str | None = "",
        now: Callable[[], float] = time.time,
    ) -> None:
        """`content_type`: "" for the service's own habit, None to send none."""
        self.service, self.base_url, self.patience = service, base_url.rstrip("/"), patience or Patience()
        self._content_type = CONTENT_TYPES[service] if content_type == "" else content_type
        self._http, self._now = http, now

    async def call(
        self, login: Login, method: str, path: str, body: Any = None, *, seconds: float | None = None
    ) -> Reply:
        """One call: `path` after the base address, `body` as JSON. A GET is tried again while that may help.

        `seconds` caps the call: all tries of a GET, the one try of a write.
        """
        if method == "GET":
            reply, tries = await self._asked(login, path, seconds or self.patience.all)
        else:
            reply, tries = await self._try(login, method, path, body, seconds or self.patience.write), 1
        if isinstance(reply, Refused | Unavailable):
            extra = {"service": self.service.value, "error": reply.because.value, "count": tries}
            log.log(
                logging.DEBUG if reply.because is Because.NO_DATA else logging.WARNING,
                "bpjs gave no answer",
                extra=extra,
            )
        return reply

    async def _asked(self, login: Login, path: str, seconds: float) -> tuple[Reply, int]:
        patience, started = self.patience, time.monotonic()
        for attempt in range(1, patience.tries + 1):
            left = seconds - (time.monotonic() - started)
            reply = await self._try(login, "GET", path, None, min(patience.one, left))
            pause = patience.pause * 2 ** (attempt - 1) * random.uniform(0.5, 1.5)  # noqa: S311 - not a secret
            if not isinstance(reply, Unavailable) or not reply.again or attempt == patience.tries:
                break
            if time.monotonic() - started + pause >= seconds:
                break
            await asyncio.sleep(pause)
        return reply, attempt

    async def _try(self, login: Login, method: str, path: str, body: Any, seconds: float) -> Reply:
        timestamp = str(int(self._now()))
        headers, content = login.headers(timestamp), None
        if body is not None:
            content = orjson.dumps(body)
            if self._content_type:
                headers["Content-Type"] = self._content_type
        connecting = httpx.Timeout(seconds, connect=seconds * 0.8, pool=seconds * 0.8)  # told before the whole ends
        try:
            async with asyncio.timeout(seconds):  # in-process transports ignore timeouts, slow bodies outlast them
                reply = await self._http.request(
                    method, self.base_url + path, content=content, headers=headers, timeout=connecting
                )
        except (httpx.ConnectTimeout, httpx.PoolTimeout):
            return Unavailable(Because.TIMEOUT, reached=False)
        except (TimeoutError, httpx.TimeoutException):
            return Unavailable(Because.TIMEOUT)
        except (httpx.ConnectError, httpx.ProxyError, httpx.UnsupportedProtocol):
            return Unavailable(Because.CONNECTION, reached=False)
        except httpx.HTTPError:
            return Unavailable(Because.CONNECTION)
        return await self._told(reply, login, timestamp, asking=method == "GET")

    async def _told(self, reply: httpx.Response, login: Login, timestamp: str, *, asking: bool) -> Reply:
        try:
            envelope = parse(reply.content)
        except NotAnEnvelope:
            told: Reply = answers.without_envelope(reply.status_code, reply.content)
        else:
            envelope = await opened(envelope, login.key(timestamp))
            creates = self.service in CREATES_WITH_201
            told = answers.reply(envelope, self._clock_differs(reply), asking=asking, created_201=creates)
        after = reply.headers.get("retry-after", "")
        return replace(told, wait=float(after)) if isinstance(told, Unavailable) and after.isdecimal() else told

    def _clock_differs(self, reply: httpx.Response) -> bool:
        """Whether BPJS' clock (its Date header) and ours are far apart."""
        for value in reply.headers.get_list("date"):
            try:
                theirs = parsedate_to_datetime(value).timestamp()
            except ValueError:
                continue
            if abs(theirs - self._now()) > CLOCK_TOLERANCE:
                return True
        return False
