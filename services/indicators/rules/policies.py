"""What an office may set besides its standards, as dated data: when a target's change is sudden, how the index counts.

Read from `standards/targets.toml` and `standards/index.toml`; a file of the same name in the office's folder replaces
ours. Each is a list of rules with the day they hold from; the one in force on a day counts.
"""

import tomllib
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from services.indicators.reading.faults import BadFile, fault
from services.kernel.errors import faults

Percent = Annotated[Decimal, Field(ge=0, le=100)]


class Dated(BaseModel):
    """A rule with the day it holds from."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    valid_from: date


class Sudden(Dated):
    """A change this large is asked about: by `percent` and by `units` at least; a sum by `total_percent`."""

    percent: Annotated[float, Field(gt=0)]
    units: Annotated[int, Field(ge=0)]
    total_percent: Annotated[float, Field(gt=0)]


class Category(BaseModel):
    """The name of a range of the index, from `at_least` on."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: Annotated[str, Field(min_length=1)]
    at_least: Percent


class Scoring(Dated):
    """How the index is made: its services, the weights of A and B, how B is put together, the categories."""

    regulation: Annotated[str, Field(min_length=1)]
    services: Annotated[tuple[str, ...], Field(min_length=1)]
    weight_a: Annotated[Decimal, Field(ge=0, le=1)]
    weight_b: Annotated[Decimal, Field(ge=0, le=1)]
    quality: Literal["mean-of-items", "sum-of-amounts"]
    category: Annotated[tuple[Category, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _whole(self) -> "Scoring":
        if self.weight_a + self.weight_b != 1:
            raise ValueError("weight_a dan weight_b harus berjumlah 1 / weight_a and weight_b must add up to 1")
        falling = sorted(self.category, key=lambda c: -c.at_least)
        if list(self.category) != falling or self.category[-1].at_least != 0:
            raise ValueError("category: urutkan dari yang tertinggi sampai 0 / category: from the highest down to 0")
        return self


R = TypeVar("R", bound=Dated)


def load(path: Path, name: str, model: type[R]) -> tuple[R, ...]:
    """The rules `[[name]]` of a file, by the day they hold from. Raises BadFile."""
    text = path.read_text(encoding="utf-8")
    try:
        rows = tomllib.loads(text, parse_float=Decimal).get(name, [])
        found = sorted((model.model_validate(row) for row in rows), key=lambda r: r.valid_from)
    except tomllib.TOMLDecodeError:
        raise BadFile([fault(path.name, 1, "-", "bukan TOML yang sah", "not valid TOML")]) from None
    except ValidationError as error:
        wrong = faults(error.errors(include_url=False))
        raise BadFile([fault(path.name, 1, f.pointer.strip("/"), f.text.id, f.text.en) for f in wrong]) from None
    if not found:
        raise BadFile([fault(path.name, 1, name, f"tidak ada [[{name}]]", f"there is no [[{name}]]")])
    return tuple(found)


def on(rules: Sequence[R], day: date) -> R:
    """The rule in force on a day; before the first one, the first."""
    return max((r for r in rules if r.valid_from <= day), key=lambda r: r.valid_from, default=rules[0])
