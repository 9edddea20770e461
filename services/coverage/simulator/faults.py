"""The menu of faults the simulator can play, each as integrators have met it at BPJS."""

import asyncio
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

import orjson
from fastapi import Response
from pydantic import BaseModel, ConfigDict, Field

from services.coverage.simulator import gate
from services.coverage.simulator.answers import REFERENCE, UNKNOWN_PATH, Refusal, Said, wrong

HTML = "<html><head><title>500</title></head><body><h1>Internal Server Error</h1></body></html>"
RATE_LIMIT = {"fault": {"faultstring": "Rate limit quota violation"}}
EMOJI = "KLINIK SEHAT \N{HOSPITAL}\N{GRINNING FACE}"


class Fault(StrEnum):
    """One fault. Grouped by where it strikes."""

    # The signature and the sign-in
    WRONG_SECRET = "wrong-secret"  # noqa: S105 - a fault's name
    SKEWED_CLOCK = "skewed-clock"
    WRONG_USER_KEY = "wrong-user-key"
    PASSWORD_401 = "password-401"  # noqa: S105 - a fault's name
    CONSUMER_EXPIRED = "consumer-expired"
    UNKNOWN_PATH = "unknown-path"

    # Instead of an answer
    HTML_500 = "html-500"
    EMPTY_BODY = "empty-body"
    NO_CONTENT_204 = "no-content-204"
    TIMEOUT = "timeout"
    RATE_LIMIT_429 = "rate-limit-429"

    # Refusals
    RULE_412 = "rule-412"
    BUSINESS_500 = "business-500"

    # The envelope
    CODE_AS_TEXT = "code-as-text"
    CODE_AS_NUMBER = "code-as-number"
    LOWER_METADATA = "lower-metadata"
    CAPITAL_CODE = "capital-code"
    UNSEALED = "unsealed"
    STALE_SEAL = "stale-seal"

    # The member
    NOT_FOUND = "not-found"
    EMOJI = "emoji"


class Play(BaseModel):
    """Gangguan yang dimainkan (a fault to play)."""

    model_config = ConfigDict(extra="forbid")

    fault: Fault
    times: Annotated[int, Field(ge=1)] | None = None
    """For how many requests; without it until it is stopped."""
    seconds: Annotated[float, Field(ge=0, le=120)] = 60.0
    """How long a `timeout` keeps silent."""


@dataclass(frozen=True, slots=True)
class Struck:
    """The faults that strike one request."""

    by: tuple[Play, ...] = ()

    def plays(self, *faults: Fault) -> bool:
        """Whether one of `faults` is among them."""
        return any(play.fault in faults for play in self.by)


_REFUSALS = {
    Fault.WRONG_SECRET: gate.WRONG_SIGNATURE,
    Fault.WRONG_USER_KEY: gate.WRONG_USER_KEY,
    Fault.PASSWORD_401: gate.WRONG_PASSWORD,
    Fault.CONSUMER_EXPIRED: gate.CONSUMER_EXPIRED,
    Fault.UNKNOWN_PATH: UNKNOWN_PATH,
    Fault.BUSINESS_500: Refusal(500, f"noKartu {REFERENCE}"),
}


async def before(struck: Struck) -> Response | Refusal | None:
    """What comes in place of an answer, before anything is done; a `timeout` first keeps silent."""
    for play in struck.by:
        match play.fault:
            case Fault.HTML_500:
                return Response(HTML, 500, media_type="text/html")
            case Fault.EMPTY_BODY:
                return Response(b"", 200, media_type="application/json")
            case Fault.NO_CONTENT_204:
                return Response(status_code=204)
            case Fault.RATE_LIMIT_429:
                return Response(orjson.dumps(RATE_LIMIT), 429, media_type="application/json")
            case Fault.TIMEOUT:
                await asyncio.sleep(play.seconds)
        if play.fault in _REFUSALS:
            return _REFUSALS[play.fault]
    return None


def clock_ahead(struck: Struck, skew: int) -> float:
    """How far the simulator's clock goes ahead for this request."""
    return 2 * skew if struck.plays(Fault.SKEWED_CLOCK) else 0


def changed(struck: Struck, said: Said | Refusal) -> Said | Refusal:
    """What the handler said, as the faults want it."""
    if struck.plays(Fault.RULE_412):
        return wrong(("noKartu", REFERENCE))
    if struck.plays(Fault.NOT_FOUND):
        return Refusal(404, "Peserta tidak ditemukan")
    if struck.plays(Fault.EMOJI) and isinstance(said, Said):
        _with_emoji(said.value)
    return said


def _with_emoji(value: Any) -> None:
    """Emoji into the first facility's name that is found."""
    if isinstance(value, dict) and isinstance(value.get("kdProviderPst"), dict):
        value["kdProviderPst"]["nmProvider"] = EMOJI


async def after(struck: Struck) -> Response | None:
    """What comes in place of the answer once the work is done, or None."""
    return None


def unsealed(struck: Struck) -> bool:
    """Whether an answer that should be sealed is sent as it is."""
    return struck.plays(Fault.UNSEALED)


def sealed_at(struck: Struck, timestamp: str) -> str:
    """The timestamp the answer is sealed with: the request's own, or another's."""
    return str(int(timestamp) - 1) if struck.plays(Fault.STALE_SEAL) else timestamp
