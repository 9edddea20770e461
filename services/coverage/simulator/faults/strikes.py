"""What a stricken request gets, moment by moment (see the package's text for their order)."""

import asyncio
from typing import Any

import orjson
from fastapi import Request, Response

from services.coverage.simulator import gate
from services.coverage.simulator.answers import ENTERED, NOT_REGISTERED, REFERENCE, UNKNOWN_PATH, Refusal, Said, wrong
from services.coverage.simulator.faults.line import hang_up
from services.coverage.simulator.faults.menu import Fault, Moment
from services.coverage.simulator.faults.plays import Struck

HTML = "<html><head><title>500</title></head><body><h1>Internal Server Error</h1></body></html>"
GATEWAY_HTML = "<html><head><title>404 Not Found</title></head><body><h1>404 Not Found</h1></body></html>"
RATE_LIMIT = {"fault": {"faultstring": "Rate limit quota violation"}}
EMOJI = " \N{HOSPITAL}\N{GRINNING FACE}"
INFINITE = 1.79e308
"""The distance BPJS gives when it knows none (nearly the largest double)."""

_INSTEAD: dict[Fault, tuple[int, bytes, str]] = {
    Fault.HTML_500: (500, HTML.encode(), "text/html"),
    Fault.UNKNOWN_SERVICE: (404, GATEWAY_HTML.encode(), "text/html"),
    Fault.EMPTY_BODY: (200, b"", "application/json"),
    Fault.NO_CONTENT_204: (204, b"", "application/json"),
    Fault.REQUEST_TIMEOUT_408: (408, b"", "text/plain"),
    Fault.SERVER_ERROR_503: (503, b"upstream connect error", "text/plain"),
    Fault.RATE_LIMIT_429: (429, orjson.dumps(RATE_LIMIT), "application/json"),
}


_REFUSALS: dict[Fault, Refusal] = {
    Fault.WRONG_SECRET: gate.WRONG_SIGNATURE,
    Fault.WRONG_USER_KEY: gate.WRONG_USER_KEY,
    Fault.PASSWORD_401: gate.WRONG_PASSWORD,
    Fault.CONSUMER_EXPIRED: gate.CONSUMER_EXPIRED,
    Fault.UNKNOWN_PATH: UNKNOWN_PATH,
    Fault.NO_DATA_201: Refusal(201, "Data Tidak Ada"),
    Fault.NOT_FOUND: Refusal(404, "Data tidak ditemukan"),
    Fault.RULE_412: wrong(("noKartu", REFERENCE)),
    Fault.NOT_REGISTERED_412: wrong(("kdPoli", NOT_REGISTERED)),
    Fault.ALREADY_ENTERED_412: wrong(("noKartu", ENTERED)),
    Fault.BUSINESS_500: Refusal(500, f"kdPoli {REFERENCE}"),
    Fault.BAD_PAGING_400: Refusal(400, "StartIndex cannot be less than zero"),
    Fault.SATUSEHAT_NUMBER_FAILED: Refusal(500, "Gagal mendapatkan nomor Rujukan Satu Sehat"),
}


async def instead(request: Request, struck: Struck, moment: Moment) -> Response | None:
    """What comes in place of an answer at this side of the work; None to go on. May keep silent or hang up."""
    for play in struck.at(moment):
        match play.fault:
            case Fault.TIMEOUT | Fault.NOT_WHITELISTED:
                await asyncio.sleep(play.seconds)
                hang_up(request)
            case Fault.CONNECTION_LOST | Fault.DROPPED_AFTER_SUCCESS:
                hang_up(request)
            case Fault.SLOW_ANSWER | Fault.LATE_WORK:
                await asyncio.sleep(play.seconds)
        if play.fault in _INSTEAD:
            code, body, kind = _INSTEAD[play.fault]
            return Response(body or None, code, media_type=kind)
    return None


def refusal(request: Request, struck: Struck, moment: Moment) -> Refusal | None:
    """The refusal told at this side of the work, whatever the request asks."""
    if moment is Moment.BEFORE and struck.has(Fault.CONTENT_TYPE_REFUSED) and request.headers.get("content-type"):
        return Refusal(400, "Format json tidak valid")
    return next((_REFUSALS[play.fault] for play in struck.at(moment) if play.fault in _REFUSALS), None)


def clock_ahead(struck: Struck, skew: int) -> float:
    """How far the simulator's clock goes ahead for this request."""
    return 2.0 * skew if struck.has(Fault.SKEWED_CLOCK) else 0.0


def content(struck: Struck, response: Any) -> Any:
    """What is inside the answer, as the faults of content make it."""
    if not struck.has(Fault.EMOJI, Fault.NEWBORN, Fault.DISTANCE_INFINITE, Fault.TARGET_NULL, Fault.QUOTA_ZERO):
        return response
    return _changed(struck, response)


def _changed(struck: Struck, value: Any) -> Any:
    if isinstance(value, list):
        return [_changed(struck, item) for item in value]
    if not isinstance(value, dict):
        return value
    found = {key: _changed(struck, item) for key, item in value.items()}
    if struck.has(Fault.EMOJI):
        found |= {key: f"{found[key]}{EMOJI}" for key in _NAMES & found.keys() if isinstance(found[key], str)}
    if struck.has(Fault.NEWBORN) and "noKTP" in found:
        found |= {"noKTP": "0" * 16, "nama": "BAYI BR LAHIR"}
    if "kdppk" in found and "distance" in found:
        found |= _target(struck)
    return found


def _target(struck: Struck) -> dict[str, Any]:
    """What the faults make of one hospital in a list of referral targets."""
    changed: dict[str, Any] = {}
    if struck.has(Fault.DISTANCE_INFINITE):
        changed["distance"] = INFINITE
    if struck.has(Fault.TARGET_NULL):
        changed["kdppk"] = "null"
    if struck.has(Fault.QUOTA_ZERO):
        changed |= {"kapasitas": 0, "persentase": 100.0}
    return changed


_NAMES = {"nmProvider", "nmppk", "nmPPK", "nmDokter", "nmPoli", "namadokter", "namapoli"}


def seals(struck: Struck, said: Said | Refusal) -> bool:
    """Whether what was said goes out sealed."""
    if isinstance(said, Refusal):
        return struck.has(Fault.SEALED_REFUSAL)
    return said.sealed and not struck.has(Fault.UNSEALED)


def sealed_at(struck: Struck, timestamp: str) -> str:
    """The timestamp the answer is sealed with: the request's own, or another request's."""
    return str(int(timestamp) - 1) if struck.has(Fault.STALE_SEAL) else timestamp
