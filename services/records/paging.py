"""Page marks: where the next page begins, sealed: they tell nothing, and are good for one search of one actor."""

import base64
import binascii
import hashlib
import os
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.kernel.auth import Actor
from services.kernel.problems import Invalid, Text

_NONCE = 12


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a page begins: the sort keys and the receipt of the last row shown, when the search began, its total."""

    keys: tuple[str, ...]
    receipt: int
    began: datetime
    total: int | None = None


@lru_cache(maxsize=4)
def _cipher(secret: str) -> AESGCM:
    return AESGCM(hashlib.sha256(b"simpul page mark " + secret.encode()).digest())


def _good_for(actor: Actor, asked: str) -> bytes:
    return f"{actor.subject}\n{actor.role}\n{actor.facility}\n{asked}".encode()


def seal(secret: str, actor: Actor, asked: str, mark: Mark) -> str:
    """The mark as text for an address."""
    plain = orjson.dumps([mark.keys, mark.receipt, mark.began.isoformat(), mark.total])
    nonce = os.urandom(_NONCE)
    sealed = _cipher(secret).encrypt(nonce, plain, _good_for(actor, asked))
    return base64.urlsafe_b64encode(nonce + sealed).decode().rstrip("=")


def opened(secret: str, actor: Actor, asked: str, page: str) -> Mark:
    """The mark of a page. Raises Invalid for one that was not given to this actor for this search."""
    try:
        raw = base64.urlsafe_b64decode(page + "=" * (-len(page) % 4))
        found: Any = orjson.loads(_cipher(secret).decrypt(raw[:_NONCE], raw[_NONCE:], _good_for(actor, asked)))
    except (ValueError, InvalidTag, binascii.Error):
        said = Text(
            "Penanda halaman tidak berlaku untuk pencarian ini; ulangi pencarian",
            "This page mark is not of this search; search again",
        )
        raise Invalid(said) from None
    keys, receipt, began, total = found
    return Mark(tuple(keys), receipt, datetime.fromisoformat(began), total)
