"""Signatures and sealed answers of the BPJS web services.

Source of the rules: the bridging guide of BPJS Kesehatan (X-signature, X-authorization, "decrypt response"):

    X-signature      base64(HMAC-SHA256(key = secret, message = "consid&timestamp"))
    X-authorization  "Basic " + base64("username:password:kdAplikasi")
    response         base64(AES-256-CBC/PKCS7(LZ-String compressToEncodedURIComponent(JSON)))
                     key = SHA-256(consid + secret + timestamp), iv = its first 16 bytes

The timestamp of an answer's key is the one its own request was signed with, so it belongs to the call.
"""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from string import ascii_lowercase, ascii_uppercase, digits

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from lzstring import LZString

AES_BLOCK_BITS = 128


class NotSealed(ValueError):  # noqa: N818 - a finding about a text, often not an error
    """The text cannot be opened with this key: plain text, or sealed for another request."""


@dataclass(frozen=True, slots=True, repr=False)
class Key:
    """Key and initialisation vector of one request; opens and seals its answer."""

    key: bytes
    iv: bytes

    @classmethod
    def of(cls, cons_id: str, secret: str, timestamp: str) -> "Key":
        """The key of the request that was signed at `timestamp` (Unix seconds, as sent)."""
        key = hashlib.sha256(f"{cons_id}{secret}{timestamp}".encode()).digest()
        return cls(key, key[:16])

    def seal(self, text: str) -> str:
        """`text` as BPJS sends it in `response`."""
        padder = padding.PKCS7(AES_BLOCK_BITS).padder()
        padded = padder.update(compress(text).encode()) + padder.finalize()
        encryptor = Cipher(algorithms.AES256(self.key), modes.CBC(self.iv)).encryptor()
        return base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode()

    def open(self, sealed: str) -> str:
        """The text inside a sealed `response`. Raises NotSealed."""
        try:
            raw = base64.b64decode(sealed, validate=True)
            decryptor = Cipher(algorithms.AES256(self.key), modes.CBC(self.iv)).decryptor()
            padded = decryptor.update(raw) + decryptor.finalize()
            unpadder = padding.PKCS7(AES_BLOCK_BITS).unpadder()
            compressed = (unpadder.update(padded) + unpadder.finalize()).decode("ascii")
        except (ValueError, binascii.Error):
            raise NotSealed from None
        return decompress(compressed)


def signature(cons_id: str, secret: str, timestamp: str) -> str:
    """X-signature of a request at `timestamp`."""
    digest = hmac.new(secret.encode(), f"{cons_id}&{timestamp}".encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def authorization(username: str, password: str, application: str) -> str:
    """X-authorization of the PCare family; `application` is kdAplikasi ("095")."""
    return "Basic " + base64.b64encode(f"{username}:{password}:{application}".encode()).decode()


def compress(text: str) -> str:
    """LZ-String `compressToEncodedURIComponent`, byte for byte what JavaScript gives."""
    packed: str = LZString.compressToEncodedURIComponent(_to_utf16_units(text))
    return packed


_SIX_BITS = {c: f"{n & 63:06b}" for n, c in enumerate(f"{ascii_uppercase}{ascii_lowercase}{digits}+-$")}
_CHARACTER, _WIDE, _END = 0, 1, 2


def decompress(packed: str) -> str:
    """The text of `compress`. Raises NotSealed when `packed` is not such a text.

    Ours, because the library reads bit by bit (ten times slower, and under the interpreter's lock): the bits are one
    text, turned round once, out of which each number is read in one step.
    """
    try:
        bits = "".join([_SIX_BITS[c] for c in packed])[::-1]
        return _from_utf16_units("".join(_entries(bits)))
    except (KeyError, IndexError, ValueError):  # outside the alphabet, an entry not made yet, the stream breaks off
        raise NotSealed from None


def _entries(bits: str) -> list[str]:
    """The entries of an LZ-String stream, whose bits are read from the end of `bits`."""
    at, known, width, room = len(bits), ["", "", ""], 2, 1
    found: list[str] = []
    before = ""
    while True:
        if at < width:
            raise ValueError("breaks off")
        number = int(bits[at - width : at], 2)
        at -= width
        if number == _END:
            return found
        if number in (_CHARACTER, _WIDE):
            size = 16 if number == _WIDE else 8
            if at < size:
                raise ValueError("breaks off")
            known.append(chr(int(bits[at - size : at], 2)))
            at -= size
            number = len(known) - 1
            room -= 1
            if room == 0:
                room, width = 1 << width, width + 1
        entry = known[number] if number < len(known) else before + before[0]
        if number > len(known):
            raise ValueError("an entry not made yet")
        found.append(entry)
        if before:
            known.append(before + entry[0])
            room -= 1
            if room == 0:
                room, width = 1 << width, width + 1
        before = entry


def _to_utf16_units(text: str) -> str:
    """One character per UTF-16 unit: the library counts code points, LZ-String counts units (emoji are two)."""
    if text.isascii():
        return text
    raw = text.encode("utf-16-le", "surrogatepass")
    return "".join(chr(raw[i] | raw[i + 1] << 8) for i in range(0, len(raw), 2))


def _from_utf16_units(units: str) -> str:
    if units.isascii():
        return units
    return units.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
