"""Cursors of pages: the key of the last row, not to be read by others."""

import base64
import binascii

from services.kernel.problems import Fault, Invalid, Text


def encode(key: str | None) -> str | None:
    """A key as a cursor."""
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=") if key is not None else None


def decode(cursor: str | None, parts: int, *, numbered: bool = False) -> tuple[str, ...]:
    """The parts of the key in a cursor; empty ones without it. `numbered`: the last is a number. Raises Invalid."""
    if not cursor:
        return ("",) * parts
    try:
        key = tuple(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().split("\n"))
        if numbered:
            int(key[-1])
    except (binascii.Error, ValueError):
        key = ()
    if len(key) != parts:
        text = Text("Isi `after` dengan `next` dari halaman sebelumnya", "Fill `after` with the previous page's `next`")
        raise Invalid(text, [Fault("/after", text)])
    return key
