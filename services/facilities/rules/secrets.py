"""Secrets of client applications: made, turned into what may be stored, and compared in constant time."""

import hashlib
import hmac
import secrets
import string

ALPHABET = string.ascii_letters + string.digits
SECRET_LENGTH = 40


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
