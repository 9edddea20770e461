"""Rows of BPJS' code lists: which of their fields is the code, which the name, and what stands for nothing."""

import math
import re
from typing import Any

from services.coverage.contract.references import ReferenceItem

_CODE, _NAME = re.compile(r"(kd|kode|clubId)", re.I), re.compile(r"(nm|nama)", re.I)
NO_DISTANCE = 1e300
"""BPJS writes the largest number there is for a distance it does not know."""


def item(row: dict[str, Any]) -> ReferenceItem:
    """A row of any list. Code and name are the first fields that BPJS names so."""
    row = {key: _nothing(value) for key, value in row.items()}
    code = next((v for k, v in row.items() if _CODE.match(k)), None)
    name = next((v for k, v in row.items() if _NAME.match(k)), None)
    return ReferenceItem(code=_text(code), name=_text(name), row=row)


def _nothing(value: Any) -> Any:
    """None for the string "null" and for a distance nobody knows."""
    if value == "null":
        return None
    if isinstance(value, float) and (not math.isfinite(value) or abs(value) > NO_DISTANCE):
        return None
    return value


def _text(value: Any) -> str | None:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else None
