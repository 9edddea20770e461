"""Passwords: turned into what may be stored, and compared in constant time, off the event loop and two at a time."""

import asyncio
import base64
import hashlib
import hmac
import secrets

from services.kernel.service import Service

N, R, P = 2**14, 8, 5
"""scrypt's cost: 16 MiB and about 0.2 s; kept in each hash, so that it can be raised later."""
LONGEST = 1024


async def fits(service: Service, password: str, stored: str | None) -> bool:
    """Whether `password` is the one; an unknown account (None) takes as long."""
    async with _room(service):
        return await asyncio.to_thread(password_fits, password[:LONGEST], stored)


async def hashed(service: Service, password: str) -> str:
    """What is stored of a password."""
    async with _room(service):
        return await asyncio.to_thread(hash_password, password)


def _room(service: Service) -> asyncio.Semaphore:
    held: asyncio.Semaphore = service.room.setdefault("hashing", asyncio.Semaphore(2))
    return held


def hash_password(password: str) -> str:
    """What is stored of a password. Slow on purpose: `hashed` calls it off the event loop."""
    salt = secrets.token_bytes(16)
    key = hashlib.scrypt(password.encode(), salt=salt, n=N, r=R, p=P)
    return f"scrypt${N}${R}${P}${base64.b64encode(salt).decode()}${base64.b64encode(key).decode()}"


NOBODY = f"scrypt${N}${R}${P}${base64.b64encode(bytes(16)).decode()}${base64.b64encode(bytes(64)).decode()}"


def password_fits(password: str, stored: str | None) -> bool:
    """Whether `password` is the one; an unknown account (None) takes as long. `fits` calls it off the event loop."""
    _, n, r, p, salt, key = (stored or NOBODY).split("$")
    tried = hashlib.scrypt(password.encode(), salt=base64.b64decode(salt), n=int(n), r=int(r), p=int(p))
    return hmac.compare_digest(tried, base64.b64decode(key)) and stored is not None
