"""Rows as cells, and how two of them differ, field by field."""

from collections.abc import Iterable, Mapping
from datetime import date
from enum import Enum
from typing import Any

from pydantic import BaseModel

from services.facilities.contract.proposals import Difference, Value

Cells = Mapping[str, Any]
MASKED = frozenset({"nik"})
"""Shown by their last digits only."""


def text(value: Any) -> str:
    """A value as the cell of a file that reads back to it; nothing is an empty cell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "ya" if value else "tidak"
    if isinstance(value, Enum):
        return str(value.value)
    return value.isoformat() if isinstance(value, date) else str(value)


def cells(model: type[BaseModel], row: Cells) -> dict[str, str]:
    """A stored row as the cells of its file."""
    return {c: text(row[c]) for c in model.model_fields if c in row}


def shown(field: str, value: Any) -> Value:
    """A value as it is shown to those who decide."""
    if value is None or isinstance(value, bool | int | float):
        return value
    said = text(value)
    return f"…{said[-4:]}" if field in MASKED and said else said


def differences(before: Cells | None, after: BaseModel, fields: Iterable[str]) -> list[Difference]:
    """The fields in which a row would differ from what stands (None: there is no row yet)."""
    found = []
    for field in fields:
        was, would_be = (before or {}).get(field), getattr(after, field)
        if text(was) != text(would_be):
            found.append(Difference(field=field, was=shown(field, was), would_be=shown(field, would_be)))
    return found
