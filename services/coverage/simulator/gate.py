"""The door of the simulated BPJS: signature, clock, user_key, sign-in; refusals in BPJS' own words."""

import hmac
from dataclasses import dataclass

from starlette.datastructures import Headers

from services.coverage.bpjs.crypto import authorization, signature
from services.coverage.simulator.settings import SimulatorSettings


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal in the envelope: code and message."""

    code: int
    message: str


WRONG_SIGNATURE = Refusal(401, "Signature Service Tidak Sesuai")
"""One text for a wrong secret and for a wrong clock, as at BPJS."""
WRONG_USER_KEY = Refusal(401, "Unauthorized! User key tidak sesuai")
WRONG_PASSWORD = Refusal(401, "Username atau password tidak sesuai atau sudah kedaluwarsa")
CONSUMER_EXPIRED = Refusal(401, "Unauthorized! Consumer ID is expired!")
UNKNOWN_PATH = Refusal(404, "Unauthorized! You are not registered for this service!")


def refusal(headers: Headers, settings: SimulatorSettings, now: float) -> Refusal | None:
    """Why this request may not pass, or None. The order is ours; BPJS checks the signature first."""
    cons_id, timestamp = headers.get("x-cons-id", ""), headers.get("x-timestamp", "")
    if cons_id != settings.cons_id:
        return UNKNOWN_PATH
    expected = signature(cons_id, settings.secret.get_secret_value(), timestamp)
    if not _same(headers.get("x-signature", ""), expected) or not _near(timestamp, now, settings.skew):
        return WRONG_SIGNATURE
    if not _same(headers.get("user_key", ""), settings.user_key.get_secret_value()):
        return WRONG_USER_KEY
    login = authorization(settings.username, settings.password.get_secret_value(), settings.application)
    if not _same(headers.get("x-authorization", ""), login):
        return WRONG_PASSWORD
    return None


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())


def _near(timestamp: str, now: float, skew: int) -> bool:
    return timestamp.isascii() and timestamp.isdecimal() and abs(int(timestamp) - now) <= skew
