"""Secrets and passwords: made, turned into what may be stored, and compared in constant time."""

import base64
import hashlib
import hmac
import secrets
import string

ALPHABET = string.ascii_letters + string.digits
SECRET_LENGTH = 40
N, R, P = 2**14, 8, 5
"""scrypt's cost: 16 MiB and about 0.2 s; kept in each hash, so that it can be raised later."""


def new_secret() -> str:
    """A client secret: 40 random letters and digits (238 bits, so that one round of SHA-256 hides it)."""
    return "".join(secrets.choice(ALPHABET) for _ in range(SECRET_LENGTH))


def new_client_id(facility: str) -> str:
    """A client id that tells an auditor whose application it is."""
    return f"{facility.lower()}-{secrets.token_hex(6)}"


def digest(secret: str) -> bytes:
    """What is stored of a client secret."""
    return hashlib.sha256(secret.encode()).digest()


def secret_fits(secret: str, stored: bytes | None) -> bool:
    """Whether `secret` is the one; an unknown client (None) takes as long as a known one."""
    return hmac.compare_digest(digest(secret), stored or bytes(32)) and stored is not None


def hash_password(password: str) -> str:
    """What is stored of a password. Slow on purpose: call it off the event loop."""
    salt = secrets.token_bytes(16)
    key = hashlib.scrypt(password.encode(), salt=salt, n=N, r=R, p=P)
    return f"scrypt${N}${R}${P}${base64.b64encode(salt).decode()}${base64.b64encode(key).decode()}"


NOBODY = f"scrypt${N}${R}${P}${base64.b64encode(bytes(16)).decode()}${base64.b64encode(bytes(64)).decode()}"


def password_fits(password: str, stored: str | None) -> bool:
    """Whether `password` is the one; an unknown account (None) takes as long. Call it off the event loop."""
    _, n, r, p, salt, key = (stored or NOBODY).split("$")
    tried = hashlib.scrypt(password.encode(), salt=base64.b64decode(salt), n=int(n), r=int(r), p=int(p))
    return hmac.compare_digest(tried, base64.b64decode(key)) and stored is not None
