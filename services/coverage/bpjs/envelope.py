"""The envelope around every BPJS answer, read as it is really sent.

`metaData` in VClaim, PCare and iCare, `metadata` in Antrean and Aplicare, `Code` seen too; the code is a string in
VClaim and a number elsewhere. So: keys without regard to case, code as text or number.

Not everything is sealed (field lists of a 412 are plain, some answers are plain texts, null means no data), so:
a string is tried with the request's key; a list, an object or null is taken as it is.
"""

import asyncio
import base64
import binascii
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from services.coverage.bpjs.crypto import Key, NotSealed

LARGE = 2 * 1024
"""Characters from which opening an answer leaves the event loop (up to a millisecond per 1,000 characters)."""


BLOCK, SHORTEST = 16, 24
"""Bytes of an AES block; characters of the shortest sealed text."""


class NotAnEnvelope(ValueError):  # noqa: N818 - what was found, not what went wrong here
    """The body is no BPJS answer: a page of a proxy, an empty body, another JSON."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """One answer. `response` never shows in a repr: it holds a person's data."""

    code: int
    message: str = field(repr=False)
    response: Any = field(repr=False)
    opened: bool = False
    """True when `response` was sealed and could be opened."""


def parse(body: bytes) -> Envelope:
    """The envelope as sent, `response` untouched. Raises NotAnEnvelope."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise NotAnEnvelope from None
    meta = _get(document, "metadata")
    code = _number(_get(meta, "code"))
    if code is None:
        raise NotAnEnvelope
    return Envelope(code, str(_get(meta, "message") or ""), _get(document, "response"))


async def opened(envelope: Envelope, key: Key) -> Envelope:
    """The envelope with its `response` opened by the sealed-or-plain rule; a text that does not open stays text."""
    sealed = envelope.response
    if not isinstance(sealed, str):
        return envelope
    try:
        if len(sealed) >= LARGE:
            value = await asyncio.to_thread(_open, sealed, key)
        else:
            value = _open(sealed, key)
    except NotSealed:
        return _plain(envelope)
    return Envelope(envelope.code, envelope.message, value, opened=True)


def _plain(envelope: Envelope) -> Envelope:
    """An envelope whose text did not open: JSON written as text is read, any other text stays as it is."""
    if not envelope.response.lstrip().startswith(("[", "{")):
        return envelope
    try:
        return replace(envelope, response=orjson.loads(envelope.response))
    except orjson.JSONDecodeError:
        return envelope


def _open(sealed: str, key: Key) -> Any:
    try:
        return orjson.loads(key.open(sealed))
    except ValueError:  # a wrong key can pass the padding by chance; what is inside is then not JSON
        raise NotSealed from None


def fields(envelope: Envelope) -> list[tuple[str, str]]:
    """The (field, message) pairs of a refusal, from a list or a single object; empty when there are none."""
    return pairs(envelope.response)


def pairs(response: Any) -> list[tuple[str, str]]:
    """The (field, message) pairs of a response: wrong fields of a refusal, the number given to what was created."""
    found = response if isinstance(response, list) else [response]
    return [(str(_get(f, "field") or ""), str(_get(f, "message") or "")) for f in found if _get(f, "field") is not None]


def sealed(envelope: Envelope) -> bool:
    """Whether `response` is still a sealed text: base64 of whole AES blocks, as no plain text of BPJS is."""
    text = envelope.response
    if not isinstance(text, str) or len(text) < SHORTEST or len(text) % 4:
        return False
    try:
        return len(base64.b64decode(text, validate=True)) % BLOCK == 0
    except binascii.Error:
        return False


def _get(document: Any, name: str) -> Any:
    """The value under `name` in any spelling of its letters; None when there is none."""
    if not isinstance(document, dict):
        return None
    if name in document:
        return document[name]
    return next((value for key, value in document.items() if key.lower() == name), None)


def _number(code: Any) -> int | None:
    if isinstance(code, bool):
        return None
    if isinstance(code, int):
        return code
    if isinstance(code, str) and code.strip().isdecimal():
        return int(code)
    return None
