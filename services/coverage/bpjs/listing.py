"""Lists as BPJS gives them, and what they may not be mistaken for.

A list is `{"count","list"}`; no rows come as null, as code 204 or 404 in an envelope, or as an empty list. An answer
without an envelope (a bare 204, an empty body, a page) is never an empty list: who reads back after an unknown
outcome would send again what is already there.
"""

from dataclasses import dataclass, field
from typing import Any, TypeAlias

from services.coverage.bpjs.outcomes import Because, Refused, Reply, Said, Unavailable


@dataclass(frozen=True, slots=True)
class Listed:
    """The rows of a list, and how many there are in all (BPJS pages its lists)."""

    rows: list[dict[str, Any]] = field(repr=False)
    count: int


Rows: TypeAlias = Listed | Refused | Unavailable


def listed(reply: Reply) -> Rows:
    """The list a reply holds; an answer of another shape is Unavailable (unreadable), never an empty list."""
    if not isinstance(reply, Said):
        return reply
    found, count = reply.response, None
    if isinstance(found, dict) and "list" in found:
        found, count = found["list"], found.get("count")
    if found is None or found == "":
        return Listed([], 0)
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        return Unavailable(Because.UNREADABLE, code=reply.code)
    told = str(count)  # a number, or a text of digits
    return Listed(found, int(told) if told.isascii() and told.isdigit() else len(found))
