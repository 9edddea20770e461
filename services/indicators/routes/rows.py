"""Rows as an office sends them: a file, or a JSON body with `items`."""

from typing import Any, Protocol, Self

from fastapi import Request
from pydantic import ValidationError

from services.kernel.errors import faults
from services.kernel.problems import Invalid, Text, UnsupportedMedia
from services.kernel.sheets import XLSX


class Items(Protocol):
    """A model whose `items` are the rows."""

    items: list[dict[str, Any]]

    @classmethod
    def model_validate_json(cls, json_data: bytes, /) -> Self:
        """Read a body."""


async def sent(request: Request, whole: type[Items]) -> bytes | list[dict[str, Any]]:
    """A file's bytes (CSV, XLSX), or the rows of a JSON body. Raises Invalid, UnsupportedMedia."""
    media = request.headers.get("content-type", "").lower().partition(";")[0].strip()
    body = await request.body()
    if media in ("text/csv", XLSX):
        return body
    if media != "application/json":
        raise UnsupportedMedia(
            Text("Kirim application/json, text/csv, atau XLSX", "Send application/json, text/csv or an XLSX workbook")
        )
    try:
        return whole.model_validate_json(body).items
    except ValidationError as error:
        found = error.errors(include_url=False)
        raise Invalid(Text("Perbaiki isian berikut", "Mend the following fields"), faults(found)) from None
