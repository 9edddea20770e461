"""A frozen report's canonical form and hash, its content from the sums, and its sums from its content. Pure.

The canonical form is JSON in UTF-8 with the keys of every object in order and no blanks between; its SHA-256 is the
report's hash. Whoever has the bytes can check it with any tool.
"""

import hashlib
import json
from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from services.indicators.rules.cells import DISTRICT, Cell, Place, official, percent, summed


def month_end(year: int, month: int) -> date:
    """The last day of a month."""
    return date(year, month, monthrange(year, month)[1])


def canonical(content: Mapping[str, Any]) -> str:
    """The text the hash is of."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def sha256(text: str) -> str:
    """SHA-256 of a text in UTF-8, in hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def sums(
    cells: Mapping[str, Cell], targets: Mapping[str, Mapping[str, Any]], places: Sequence[Place]
) -> dict[str, Any]:
    """Total, residents elsewhere and villages of one standard, each with its official target; empty villages left
    out."""
    ours = {p.village for p in places}
    goals = official(targets, places, "village") | official(targets, places, "total")
    inside = {village: cell for village, cell in cells.items() if village in ours}
    shown = sorted({*inside, *(g for g in goals if g in ours)})
    own = {p: {n: t[n] for n in ("value", "source", "version")} for p, t in sorted(targets.items())}
    return {
        "total": numbers(summed(inside.values()), goals.get(DISTRICT)),
        "outside": numbers(summed(c for v, c in cells.items() if v not in ours), None),
        "villages": {v: numbers(inside.get(v, Cell()), goals.get(v)) for v in shown},
        "targets": own,
    }


def numbers(cell: Cell, goal: Mapping[str, Any] | None) -> dict[str, Any]:
    """A cell as content."""
    return {
        "eligible": cell.eligible, "served": cell.served, "months": cell.by_month,
        "missing": dict(sorted(cell.missing.items())), "coverage": percent(cell.served, cell.eligible),
        "official": None if goal is None else {**goal, "coverage": percent(cell.served, goal["value"])},
    }  # fmt: skip


def cell(said: Mapping[str, Any]) -> Cell:
    """A cell out of content."""
    months = {m: n for m, n in enumerate(said["months"]) if n}
    return Cell({-1: said["eligible"] - said["served"]} | months, dict(said["missing"]))


def by_puskesmas(cells: Mapping[str, Cell], places: Iterable[Place]) -> dict[str, Cell]:
    """Villages' cells put together by who answers for them."""
    parts = dict[str, list[Cell]]()
    for place in places:
        if place.village in cells:
            parts.setdefault(place.puskesmas or "", []).append(cells[place.village])
    return {code: summed(mine) for code, mine in parts.items()}


def places(content: Mapping[str, Any]) -> list[Place]:
    """The villages as they were then."""
    return [Place(v, p["name"], p["kecamatan"], p["puskesmas"]) for v, p in content["places"].items()]


def lines(content: Mapping[str, Any], shown: Iterable[tuple[str, str, str, Mapping[str, Any]]]) -> list[list[Any]]:
    """A report as a table: `shown` gives (standard, level, code, numbers)."""
    names = {v: p["name"] for v, p in content["places"].items()}
    head = ["standard", "level", "code", "name", "eligible", "served", "coverage", "official", "official_coverage",
            "source", "version", *(f"m{m}" for m in range(13))]  # fmt: skip
    rows: list[list[Any]] = [head]
    for standard, level, code, n in shown:
        goal = n["official"] or {}
        rows.append([
            standard, level, code, names.get(code), n["eligible"], n["served"], n["coverage"], goal.get("value"),
            goal.get("coverage"), goal.get("source"), goal.get("version"), *(n["months"] or [None] * 13),
        ])  # fmt: skip
    return rows
