"""Small decisions about numbers. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Place:
    """A village of the registry, with what it belongs to on the asked day."""

    village: str
    name: str
    kecamatan: str | None
    puskesmas: str | None


def percent(part: int, whole: int) -> float | None:
    """part ÷ whole × 100, two decimals; None when there is nothing to divide by."""
    return round(part / whole * 100, 2) if whole else None


@dataclass(slots=True)
class Cell:
    """Units of one key: by month (-1 not served, 0 carried in), and by missing item."""

    months: dict[int, int] = field(default_factory=dict)
    missing: dict[str, int] = field(default_factory=dict)

    @property
    def eligible(self) -> int:
        """All of them."""
        return sum(self.months.values())

    @property
    def served(self) -> int:
        """Those with every item."""
        return sum(n for m, n in self.months.items() if m >= 0)

    @property
    def by_month(self) -> list[int]:
        """Served by month: carried in, January … December."""
        return [self.months.get(m, 0) for m in range(13)]


CROSS = "\n"
"""Between the two values of a key, where one breakdown is crossed with another."""


def cells(rows: Iterable[tuple[str, int | None, str | None, int]]) -> dict[str, Cell]:
    """Rows (key, month, item, units) gathered by key."""
    found: dict[str, Cell] = {}
    for key, month, item, units in rows:
        cell = found.setdefault(key, Cell())
        if item is None and month is not None:
            cell.months[month] = cell.months.get(month, 0) + units
        elif item is not None:
            cell.missing[item] = cell.missing.get(item, 0) + units
    return found


def summed(parts: Iterable[Cell]) -> Cell:
    """Several cells as one."""
    whole = Cell()
    for part in parts:
        for month, n in part.months.items():
            whole.months[month] = whole.months.get(month, 0) + n
        for item, n in part.missing.items():
            whole.missing[item] = whole.missing.get(item, 0) + n
    return whole


DISTRICT = "*"
"""Key of the whole district among official targets."""


def whole(targets: Mapping[str, Mapping[str, Any]], places: Iterable[Place], some: Iterable[Place]) -> dict[str, Any]:
    """The targets that speak of some places alone: a puskesmas' own only when all it answers for is among them."""
    inside = {p.village for p in some}
    cut = {p.puskesmas for p in places if p.village not in inside}
    return {place: target for place, target in targets.items() if place not in cut}


def official(targets: Mapping[str, Mapping[str, Any]], places: Iterable[Place], by: str) -> dict[str, dict[str, Any]]:
    """Official targets by key; DISTRICT is the whole.

    A puskesmas has its own target if one was set, else the sum of its villages'; the district is the sum of these.
    """
    villages = list(places)
    found: dict[str, dict[str, Any]] = {}
    for place in villages:
        own = targets.get(place.puskesmas or "")
        if by == "village" and place.village in targets:
            found[place.village] = _new(targets[place.village])
        if place.village in targets:
            if by == "kecamatan":
                _add(found, place.kecamatan or "", targets[place.village])
            if not own:
                _add(found, DISTRICT, targets[place.village])
                if by == "puskesmas":
                    _add(found, place.puskesmas or "", targets[place.village])
    for puskesmas in {p.puskesmas for p in villages if p.puskesmas in targets}:
        _add(found, DISTRICT, targets[puskesmas or ""])
        if by == "puskesmas":
            found[puskesmas or ""] = _new(targets[puskesmas or ""])
    return found


def _new(target: Mapping[str, Any]) -> dict[str, Any]:
    return {name: target[name] for name in ("value", "source", "version")}


def _add(found: dict[str, dict[str, Any]], key: str, target: Mapping[str, Any]) -> None:
    """Add to a sum; its source and version are named when all parts share them."""
    if key not in found:
        found[key] = _new(target)
        return
    known = found[key]
    known["value"] += target["value"]
    for name in ("source", "version"):
        known[name] = known[name] if known[name] == target[name] else None
