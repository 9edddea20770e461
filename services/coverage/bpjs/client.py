"""The PCare client: signed questions, opened answers, outcomes as types.

Each call keeps its own timestamp (the answer is sealed with it), each retry is signed anew, and only GETs are
retried: PCare has no idempotency key. Nothing here logs a number, a body or an address: a member's address
contains the number that was asked.
"""

import asyncio
import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime

import httpx

from services.coverage.bpjs import answers
from services.coverage.bpjs.crypto import Key, authorization, signature
from services.coverage.bpjs.envelope import NotAnEnvelope, opened, parse
from services.coverage.bpjs.outcomes import Because, Outcome, Refused, Unavailable

log = logging.getLogger(__name__)


class _NoAddresses(logging.Filter):
    """Holds back httpx's line per request: it prints the address, and a member's address is their number."""

    def filter(self, record: logging.LogRecord) -> bool:
        return record.levelno > logging.INFO


logging.getLogger("httpx").addFilter(_NoAddresses())

CLOCK_TOLERANCE = 120
"""Seconds between BPJS' clock and ours from which a refused signature is blamed on the clock."""


@dataclass(frozen=True, slots=True)
class Login:
    """What one facility (or the district's connector) signs in to BPJS with."""

    cons_id: str = field(repr=False)
    secret: str = field(repr=False)
    user_key: str = field(repr=False)
    username: str = field(repr=False)
    password: str = field(repr=False)
    application: str = "095"

    def headers(self, timestamp: str) -> dict[str, str]:
        """The headers of one request signed at `timestamp`."""
        return {
            "X-cons-id": self.cons_id,
            "X-timestamp": timestamp,
            "X-signature": signature(self.cons_id, self.secret, timestamp),
            "X-authorization": authorization(self.username, self.password, self.application),
            "user_key": self.user_key,
            "Accept": "application/json",
        }


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait and how often to try a GET: seconds for one try, seconds in all, number of tries."""

    one: float = 5.0
    all: float = 9.0
    tries: int = 3
    pause: float = 0.2


class PCare:
    """PCare at one base address ("https://…/pcare-rest"). `http` must not follow redirects or log addresses."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        base_url: str,
        patience: Patience | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._http, self._base, self._now = http, base_url.rstrip("/"), now
        self._patience = patience or Patience()

    async def member_by_nik(self, login: Login, nik: str) -> Outcome:
        """GET /peserta/nik/{nik}."""
        return await self._member(login, f"/peserta/nik/{nik}", nik=nik)

    async def member_by_card(self, login: Login, card: str) -> Outcome:
        """GET /peserta/noka/{card}."""
        return await self._member(login, f"/peserta/noka/{card}", card=card)

    async def _member(self, login: Login, path: str, nik: str | None = None, card: str | None = None) -> Outcome:
        """One question about a member, tried again while that may help and time is left."""
        patience, started = self._patience, time.monotonic()
        for attempt in range(1, patience.tries + 1):
            left = patience.all - (time.monotonic() - started)
            outcome = await self._try(login, path, min(patience.one, left), nik, card)
            pause = patience.pause * 2 ** (attempt - 1) * random.uniform(0.5, 1.5)  # noqa: S311 - not a secret
            if not isinstance(outcome, Unavailable) or not outcome.again or attempt == patience.tries:
                break
            if time.monotonic() - started + pause >= patience.all:
                break
            await asyncio.sleep(pause)
        if isinstance(outcome, Refused | Unavailable):
            log.warning("bpjs gave no answer", extra={"error": outcome.because.value, "count": attempt})
        return outcome

    async def _try(self, login: Login, path: str, seconds: float, nik: str | None, card: str | None) -> Outcome:
        timestamp = str(int(self._now()))
        try:
            async with asyncio.timeout(seconds):  # in-process transports ignore timeouts, slow bodies outlast them
                reply = await self._http.get(self._base + path, headers=login.headers(timestamp), timeout=seconds)
        except (TimeoutError, httpx.TimeoutException):
            return Unavailable(Because.TIMEOUT)
        except httpx.HTTPError:
            return Unavailable(Because.CONNECTION)
        try:
            envelope = parse(reply.content)
        except NotAnEnvelope:
            return answers.without_envelope(reply.status_code, reply.content)
        refused = answers.failure(envelope, self._clock_differs(reply))
        if refused is not None:
            return refused
        return answers.member(await opened(envelope, Key.of(login.cons_id, login.secret, timestamp)), nik, card)

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
