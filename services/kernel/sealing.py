"""Texts given to a caller that tell it nothing: sealed, and good for one actor and one question only."""

import base64
import hashlib
import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.kernel.auth import Actor

_NONCE = 12


@lru_cache(maxsize=4)
def _cipher(secret: str) -> AESGCM:
    return AESGCM(hashlib.sha256(b"simpul page mark " + secret.encode()).digest())


def _good_for(actor: Actor, asked: str) -> bytes:
    return f"{actor.subject}\n{actor.role}\n{actor.facility}\n{asked}".encode()


def seal(secret: str, actor: Actor, asked: str, plain: bytes) -> str:
    """`plain` as text for an address, for this actor and what was asked."""
    nonce = os.urandom(_NONCE)
    sealed = _cipher(secret).encrypt(nonce, plain, _good_for(actor, asked))
    return base64.urlsafe_b64encode(nonce + sealed).decode().rstrip("=")


def opened(secret: str, actor: Actor, asked: str, sealed: str) -> bytes:
    """What was sealed. Raises ValueError for what was not given to this actor for this question."""
    raw = base64.urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4))
    try:
        return _cipher(secret).decrypt(raw[:_NONCE], raw[_NONCE:], _good_for(actor, asked))
    except InvalidTag:
        raise ValueError("not sealed for this") from None
