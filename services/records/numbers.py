"""Which identifiers of a Patient prove who it is, by the day: `numbers.toml`. Pure once it is read."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

MRN_TYPE = "MR"
"""HL7 v2-0203 code of a medical record number: with it, any system is a facility's own."""


@dataclass(frozen=True, slots=True)
class Number:
    """A kind of identifier: how far it proves a person, and from when to when."""

    name: str
    system: str
    title: str
    proves: Literal["everywhere", "facility", "birth", "never"]
    valid_from: date
    valid_until: date | None = None
    settles: bool = False
    aliases: tuple[str, ...] = ()


def _read() -> tuple[Number, ...]:
    rows: list[dict[str, Any]] = tomllib.loads((Path(__file__).parent / "numbers.toml").read_text())["number"]
    return tuple(
        Number(
            r["name"], r["system"], r["title"], r["proves"], r["from"], r.get("until"), r.get("settles", False),
            tuple(r.get("aliases", ())),
        )
        for r in rows
    )  # fmt: skip


ALL = _read()


@lru_cache(maxsize=8)
def valid(day: date) -> Mapping[str, Number]:
    """The kinds of numbers that hold on a day, by system and by every other spelling of it."""
    found = [n for n in ALL if n.valid_from <= day and (n.valid_until is None or day <= n.valid_until)]
    return MappingProxyType({system: n for n in found for system in (n.system, *n.aliases)})


def kind(identifier: Mapping[str, Any], day: date) -> Number | None:
    """What kind of number an identifier is; a medical record number by its type, or by the system of its facility."""
    system = identifier.get("system") or ""
    known = valid(day)
    if found := known.get(system):
        return found
    mrn = next((n for n in known.values() if n.proves == "facility"), None)
    if mrn is None:
        return None
    typed = (identifier.get("type") or {}).get("coding") or ()
    return mrn if system.startswith(mrn.system) or any(c.get("code") == MRN_TYPE for c in typed) else None


def short(system: str) -> str:
    """The short name of a system in plain JSON; what has none keeps its system."""
    return next((n.name for n in ALL if system in (n.system, *n.aliases)), system)
