"""A list's order and its marks: where a page ends, as the values it was sorted by. Pure.

A mark names the last row shown by what it is sorted by and by its key, not by a count, so that rows which others add or
take away meanwhile neither repeat nor skip one.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import orjson
from pydantic import BaseModel, TypeAdapter, ValidationError

from services.kernel.problems import Fault, Invalid, Text

Form = Literal["json", "csv", "xlsx", "geojson"]
_MARK = Text("Isi `after` dengan `next` dari halaman sebelumnya", "Fill `after` with the previous page's `next`")


@dataclass(frozen=True, slots=True)
class Asked:
    """How a list is asked for: which page of it, in which order (`field` or `-field`), with a total, in which form."""

    after: str | None = None
    limit: int = 100
    sort: str | None = None
    total: bool = False
    form: Form = "json"


@dataclass(frozen=True, slots=True)
class Order:
    """A field a list is sorted by, and which way; rows without it come last."""

    field: str
    descending: bool = False


def order(sort: str | None, sorts: Sequence[str]) -> Order | None:
    """The order of a `sort`, None for that of the key. Raises Invalid, naming what the list can be sorted by."""
    if not sort:
        return None
    found = Order(sort.removeprefix("-"), sort.startswith("-"))
    if found.field not in sorts:
        able = ", ".join(sorts)
        text = Text(
            f"Urutan yang dikenal: {able}; dengan - di depan dari besar ke kecil",
            f"Known orders: {able}; with a leading - descending",
        )
        raise Invalid(text, [Fault("/sort", text, "unknown-sort")])
    return found


def mark(sort: str | None, values: Sequence[Any]) -> str:
    """The mark after a row with these values: of the field it is sorted by, if any, then of the key."""
    return base64.urlsafe_b64encode(orjson.dumps([sort, *values])).decode().rstrip("=")


def values(after: str, sort: str | None, model: type[BaseModel], fields: Sequence[str]) -> list[Any]:
    """The values in a mark, as the model's `fields` hold them. Raises Invalid for what no page of this order gave."""
    try:
        said = orjson.loads(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)))
        if not isinstance(said, list) or len(said) != len(fields) + 1 or said[0] != sort:
            raise ValueError
        kinds: list[Any] = [model.model_fields[field].annotation for field in fields]
        return [TypeAdapter(kind).validate_python(value) for kind, value in zip(kinds, said[1:], strict=True)]
    except (binascii.Error, ValueError, ValidationError):
        raise Invalid(_MARK, [Fault("/after", _MARK)]) from None


def optional(model: type[BaseModel], field: str) -> bool:
    """Whether a row may lack a field."""
    return type(None) in get_args(model.model_fields[field].annotation)
