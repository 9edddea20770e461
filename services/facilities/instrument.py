"""The satisfaction survey as the regulation in force sets it (`instrument.toml`): elements, answers, bands, weights."""

import tomllib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

Both = tuple[str, str]
"""A text in Indonesian and in English."""


@dataclass(frozen=True, slots=True)
class Band:
    """A grade and the lowest index (two decimals) that has it."""

    grade: str
    lowest: Decimal
    words: Both


@dataclass(frozen=True, slots=True)
class Element:
    """One element: what it is called, how it is asked, what 1 to 4 mean."""

    code: str
    name: Both
    ask: Both
    answers: tuple[Both, ...]


@dataclass(frozen=True, slots=True)
class Instrument:
    """One regulation's survey; `choices` are what is asked about the respondent: (code, Indonesian, English)."""

    name: str
    source: str
    valid_from: date
    weights: dict[str, Fraction]
    bands: tuple[Band, ...]
    elements: tuple[Element, ...]
    choices: dict[str, tuple[tuple[str, str, str], ...]]


def _read(path: Path) -> tuple[Instrument, ...]:
    sets = tomllib.loads(path.read_text(encoding="utf-8"))["set"]
    return tuple(sorted(map(_instrument, sets), key=lambda i: i.valid_from))


def _instrument(raw: dict[str, Any]) -> Instrument:
    return Instrument(
        raw["name"], raw["source"], raw["valid_from"], {k: Fraction(v) for k, v in raw["weights"].items()},
        tuple(Band(b["grade"], Decimal(b["from"]), (b["id"], b["en"])) for b in raw["band"]),
        tuple(
            Element(e["code"], (e["id"], e["en"]), (e["ask"]["id"], e["ask"]["en"]), tuple(map(tuple, e["answers"])))
            for e in raw["element"]
        ),
        {of: tuple(map(tuple, said)) for of, said in raw["choices"].items()},
    )  # fmt: skip


INSTRUMENTS = _read(Path(__file__).with_name("instrument.toml"))
"""Oldest first."""


def in_force(on: date) -> Instrument:
    """The set of a day; before the first one, the first."""
    return next((i for i in reversed(INSTRUMENTS) if i.valid_from <= on), INSTRUMENTS[0])
