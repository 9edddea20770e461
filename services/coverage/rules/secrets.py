"""Secrets at rest: sealed with AES-GCM under a key of the installation, for one row only.

Keys are given as "id:base64" of 32 bytes, the current one first; older ones only open what they once sealed, until
it is sealed anew. What was sealed for one row opens for no other.
"""

import base64
import binascii
import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE, KEY = 12, 32


class CannotOpen(ValueError):  # noqa: N818 - what was found
    """No key given opens this: the key is missing, or the row is not the one it was sealed for."""


@dataclass(frozen=True, slots=True)
class Keyring:
    """The installation's keys by their ids; `current` seals."""

    current: str
    keys: Mapping[str, bytes] = field(repr=False)

    @classmethod
    def of(cls, written: str) -> "Keyring":
        """Keys from "id:base64" parted by commas or lines. Raises ValueError, naming no key."""
        keys: dict[str, bytes] = {}
        for part in written.replace("\n", ",").split(","):
            name, _, value = part.strip().partition(":")
            if not part.strip():
                continue
            try:
                key = base64.b64decode(value, validate=True)
            except binascii.Error:
                key = b""
            if not name or len(key) != KEY or name in keys:
                raise ValueError("a key is written id:base64 of 32 bytes, each id once")
            keys[name] = key
        if not keys:
            raise ValueError("no key given")
        return cls(next(iter(keys)), keys)

    def seal(self, plain: bytes, row: str) -> tuple[bytes, str]:
        """`plain` sealed for one row, and the id of the key it is sealed under."""
        nonce = os.urandom(NONCE)
        return nonce + AESGCM(self.keys[self.current]).encrypt(nonce, plain, row.encode()), self.current

    def open(self, sealed: bytes, key_id: str | None, row: str) -> bytes:
        """What was sealed for this row. Raises CannotOpen."""
        key = self.keys.get(key_id or "")
        if key is None:
            raise CannotOpen
        try:
            return AESGCM(key).decrypt(sealed[:NONCE], sealed[NONCE:], row.encode())
        except InvalidTag:
            raise CannotOpen from None


def new_key() -> str:
    """A fresh key in base64."""
    return base64.b64encode(os.urandom(KEY)).decode()
