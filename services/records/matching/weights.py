"""The weights of agreement as dated data (`weights.json`): the last row that has come into force speaks."""

from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson

_FILE = Path(__file__).with_name("weights.json")


@lru_cache(maxsize=1)
def _rows() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = orjson.loads(_FILE.read_bytes())
    return sorted(rows, key=lambda row: row["valid_from"])


@lru_cache(maxsize=64)
def weights(day: date) -> dict[str, Any]:
    """The weights of a day; before the first row, the first."""
    rows = _rows()
    return next((row for row in reversed(rows) if row["valid_from"] <= day.isoformat()), rows[0])
