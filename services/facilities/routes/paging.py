"""Lists page by an opaque cursor: the key of the last item shown."""

import base64
import binascii
from typing import Annotated

from fastapi import Query

from services.kernel.problems import Fault, Invalid, Text

After = Annotated[str | None, Query(max_length=400, description="Isi `next` dari halaman sebelumnya (cursor)")]
Limit = Annotated[int, Query(ge=1, le=1000, description="Banyaknya tiap halaman (page size)")]


def encode(*key: str) -> str:
    """A cursor after the item with this key."""
    return base64.urlsafe_b64encode("\n".join(key).encode()).decode().rstrip("=")


def decode(cursor: str | None, parts: int) -> list[str]:
    """The key in a cursor of `parts` texts; empty texts for the first page. Raises Invalid."""
    if not cursor:
        return [""] * parts
    try:
        key = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().split("\n")
    except (binascii.Error, ValueError):
        key = []
    if len(key) != parts or not all(k.isprintable() for k in key):
        text = Text("Isi `after` dengan `next` dari halaman sebelumnya", "Fill `after` with the previous page's `next`")
        raise Invalid(text, [Fault("/after", text)])
    return key
