"""The door of the simulated BPJS: consumer, signature, clock, user_key, sign-in; refusals in BPJS' own words."""

import hmac

from starlette.datastructures import Headers

from services.coverage.bpjs.crypto import authorization, signature
from services.coverage.simulator.accounts import Account
from services.coverage.simulator.answers import UNKNOWN_PATH, Refusal

WRONG_SIGNATURE = Refusal(401, "Signature Service Tidak Sesuai")
"""One text for a wrong secret and for a wrong clock, as at BPJS."""
WRONG_USER_KEY = Refusal(401, "Unauthorized! User key tidak sesuai")
WRONG_PASSWORD = Refusal(401, "Username atau password tidak sesuai atau sudah kedaluwarsa")
CONSUMER_EXPIRED = Refusal(401, "Unauthorized! Consumer ID is expired!")


def refusal(
    headers: Headers, account: Account | None, service: str, basic: bool, now: float, skew: int
) -> Refusal | None:
    """Why this request may not pass, or None. The order is ours; BPJS checks the signature first.

    `basic`: the service also wants X-authorization (the PCare family).
    """
    if account is None or service not in account.services:
        return UNKNOWN_PATH
    timestamp = headers.get("x-timestamp", "")
    expected = signature(account.cons_id, account.secret, timestamp)
    if not _same(headers.get("x-signature", ""), expected) or not _near(timestamp, now, skew):
        return WRONG_SIGNATURE
    if account.expired:
        return CONSUMER_EXPIRED
    if not _same(headers.get("user_key", ""), account.key_for(service)):
        return WRONG_USER_KEY
    login = authorization(account.username, account.password, account.application)
    if basic and not _same(headers.get("x-authorization", ""), login):
        return WRONG_PASSWORD
    return None


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())


def _near(timestamp: str, now: float, skew: int) -> bool:
    return timestamp.isascii() and timestamp.isdecimal() and abs(int(timestamp) - now) <= skew
