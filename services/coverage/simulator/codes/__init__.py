"""The simulator's code lists: realistic, of our own making, one tab-separated file each. Not BPJS' lists."""

from functools import cache
from pathlib import Path
from typing import Any

Row = dict[str, Any]
_WORDS = {"true": True, "false": False}


@cache
def rows(name: str) -> tuple[Row, ...]:
    """All rows of a list; `true` and `false` are booleans, everything else text."""
    lines = (Path(__file__).parent / f"{name}.tsv").read_text(encoding="utf-8").splitlines()
    columns = lines[0].split("\t")
    return tuple(dict(zip(columns, map(_value, line.split("\t")), strict=True)) for line in lines[1:])


@cache
def by_code(name: str) -> dict[str, Row]:
    """The rows of a list by their code, which is the first column."""
    return {str(next(iter(row.values()))): row for row in rows(name)}


def _value(text: str) -> Any:
    return _WORDS.get(text, text)
