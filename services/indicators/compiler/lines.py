"""Where in a standard's file a field stands, and what its shape alone makes wrong."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from services.indicators.reading.faults import FileFault
from services.kernel.problems import Text


def line_of(lines: Mapping[str, int], field: str) -> int:
    """The line of a field, or of what it is part of."""
    while field not in lines and "." in field:
        field = field.rpartition(".")[0]
    return lines.get(field, 1)


def shape_faults(file: str, text: str, error: ValidationError) -> Iterator[FileFault]:
    """What pydantic found, each at its line and in our words."""
    lines = lines_of(text)
    for found in error.errors(include_url=False, include_input=False):
        loc = [str(p) for n, p in enumerate(found["loc"]) if n != 1 or found["loc"][0] != "population"]
        said = str(found.get("ctx", {}).get("error", "")) if found["type"] == "value_error" else ""
        if said:  # our own words: "field: Indonesia / field: English"
            own, _, other = said.partition(" / ")
            name, _, first = own.partition(": ")
            field, words = ".".join([*loc, name]), Text(first, other.partition(": ")[2])
        else:
            field, words = ".".join(loc), _words(found)
        yield FileFault(file, line_of(lines, field), field, words)


def _words(found: Any) -> Text:
    """pydantic's finding in our two languages; an unknown kind keeps its English."""
    match found["type"]:
        case "missing":
            return Text("wajib diisi", "is required")
        case "extra_forbidden":
            return Text("tidak dikenal; periksa ejaannya", "is not known; check its spelling")
        case "literal_error" | "union_tag_invalid":
            right = found["ctx"].get("expected") or found["ctx"].get("expected_tags")
            return Text(f"harus salah satu dari {right}", f"must be one of {right}")
        case _:
            return Text(f"tidak sesuai ({found['msg']})", str(found["msg"]))


_HEAD = re.compile(r"^\s*\[(\[?)\s*([\w.-]+)\s*\]?\]")
_KEY = re.compile(r"^\s*([\w-]+)\s*=")


def lines_of(text: str) -> dict[str, int]:
    """On which line each field stands: "item.3.days" → 57. For the plain TOML of these files."""
    where, counts, at = dict[str, int](), dict[str, int](), ""
    for number, line in enumerate(text.splitlines(), 1):
        if head := _HEAD.match(line):
            at = head[2]
            if head[1]:
                counts[at] = counts.get(at, -1) + 1
                at = f"{at}.{counts[at]}"
            where.setdefault(at.partition(".")[0], number)
            where[at] = number
        elif key := _KEY.match(line):
            where[f"{at}.{key[1]}" if at else key[1]] = number
    return where
