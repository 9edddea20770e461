"""Tokens for applications and people."""

import time
from dataclasses import dataclass
from typing import Any

import jwt

from services.facilities.queries import accounts as queries
from services.facilities.rules import secrets
from services.facilities.usecases import keys
from services.kernel import passwords
from services.kernel.ids import new_id
from services.kernel.service import Service
from services.kernel.throttle import Throttle

LIFETIME = 4 * 3600


class Denied(Exception):  # noqa: N818 - RFC 6749 names the error, not the class
    """No token: RFC 6749's `error` and what to do about it."""

    def __init__(self, status: int, error: str, description: str, wait: int = 0) -> None:
        super().__init__(error)
        self.status, self.error, self.description, self.wait = status, error, description, wait


@dataclass(frozen=True, slots=True)
class Granted:
    """A token and what the answer says about it; `issued` in seconds since 1970."""

    token: str
    subject: str
    face: str
    issued: float


def desk(service: Service) -> Throttle:
    """The service's one count of misses."""
    held: Throttle = service.room.setdefault("desk", Throttle())
    return held


async def for_client(service: Service, client_id: str, secret: str, caller: str) -> Granted:
    """A token for an application. Raises Denied (401; 429 after repeated misses)."""
    throttle, key, now = desk(service), (client_id[:64], caller), time.monotonic()
    async with service.db.reading() as conn:
        found = await queries.client(conn, client_id) if _plain(client_id) else None
    if not secrets.secret_fits(secret, found["secret_hash"] if found else None) or found is None:
        _held_back(throttle, key, now)
        throttle.miss(key, now)
        raise Denied(401, "invalid_client", "client_id atau client_secret salah (wrong client_id or client_secret)")
    throttle.hit(key)
    return _grant(service, client_id, found)


async def for_staff(service: Service, username: str, password: str, caller: str) -> Granted:
    """A token for a person. Raises Denied (400 invalid_grant; 429 after repeated misses)."""
    username = username.strip().lower()
    throttle, key, now = desk(service), (username[:64], caller), time.monotonic()
    _held_back(throttle, key, now)
    async with service.db.reading() as conn:
        found = await queries.staff(conn, username) if _plain(username) else None
    if not await passwords.fits(service, password, found["password_hash"] if found else None) or found is None:
        throttle.miss(key, now)
        raise Denied(400, "invalid_grant", "username atau password salah (wrong username or password)")
    throttle.hit(key)
    return _grant(service, username, found)


def _plain(name: str) -> bool:
    return name.isascii() and name.isprintable()


def _held_back(throttle: Throttle, key: tuple[str, str], now: float) -> None:
    wait = throttle.wait(key, now)
    if wait:
        says = f"terlalu banyak percobaan gagal, coba lagi {wait} detik lagi (too many failed attempts)"
        raise Denied(429, "temporarily_unavailable", says, wait)


def _grant(service: Service, subject: str, account: dict[str, Any]) -> Granted:
    held, now, face = keys.of(service), time.time(), account.get("face", "fhir")
    claims = {
        "iss": service.settings.issuer, "sub": subject, "role": account["role"], "facility": account["facility"],
        "face": face, "iat": int(now), "exp": int(now) + LIFETIME, "jti": new_id(),
    }  # fmt: skip
    token = jwt.encode(claims, held.private, algorithm="RS256", headers={"kid": held.kid})
    return Granted(token, subject, face, now)
