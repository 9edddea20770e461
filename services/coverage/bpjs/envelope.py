"""The envelope around every BPJS answer, read as it is really sent.

`metaData` in VClaim, PCare and iCare, `metadata` in Antrean and Aplicare, `Code` seen too; the code is a string in
VClaim and a number elsewhere. So: keys without regard to case, code as text or number.

Not everything is sealed (field lists of a 412 are plain, some answers are plain texts, null means no data), so:
a string is tried with the request's key; a list, an object or null is taken as it is.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import orjson

from services.coverage.bpjs.crypto import Key, NotSealed

LARGE = 2 * 1024
"""Characters from which opening an answer leaves the event loop (some 1.5 ms per 1,000 characters)."""


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
        return envelope
    return Envelope(envelope.code, envelope.message, value, opened=True)


def _open(sealed: str, key: Key) -> Any:
    try:
        return orjson.loads(key.open(sealed))
    except ValueError:  # a wrong key can pass the padding by chance; what is inside is then not JSON
        raise NotSealed from None


def fields(envelope: Envelope) -> list[tuple[str, str]]:
    """The (field, message) pairs of a refusal, from a list or a single object; empty when there are none."""
    found = envelope.response if isinstance(envelope.response, list) else [envelope.response]
    return [(str(_get(f, "field") or ""), str(_get(f, "message") or "")) for f in found if _get(f, "field") is not None]


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
