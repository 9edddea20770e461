"""The SPM index of Permendagri 59/2021, in whole fractions so that no rounding moves a category. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from services.indicators.contract.index import AvailabilityRow
from services.indicators.rules.policies import Scoring
from services.kernel.problems import Text
from services.kernel.rows import Refused

HUNDRED = Fraction(100)
DISTRICT = ""
"""Place of the district's own availability."""


def reached(served: int, official: int) -> Fraction | None:
    """A: served ÷ official × 100, at most 100; None when the official target is nobody."""
    return min(HUNDRED, Fraction(served * 100, official)) if official else None


def percent(needed: Any, available: Any) -> Fraction:
    """Of one item: available ÷ needed × 100, at most 100."""
    return min(HUNDRED, Fraction(available) / Fraction(needed) * 100)


def quality(items: Sequence[Mapping[str, Any]], how: str) -> Fraction | None:
    """B: the mean of the items' percentages; or, when the office chose so, all amounts added up. None without items."""
    if not items:
        return None
    if how == "sum-of-amounts":
        return percent(sum(Fraction(i["needed"]) for i in items), sum(Fraction(i["available"]) for i in items))
    return sum((percent(i["needed"], i["available"]) for i in items), Fraction(0)) / len(items)


def score(a: Fraction | None, b: Fraction | None, scoring: Scoring) -> Fraction | None:
    """IP: A and B by their weights; None while one of them is not known."""
    if a is None or b is None:
        return None
    return Fraction(scoring.weight_a) * a + Fraction(scoring.weight_b) * b


def mean(scores: Sequence[Fraction]) -> Fraction | None:
    """The mean of the services' IP."""
    return sum(scores, Fraction(0)) / len(scores) if scores else None


def category(value: Fraction | None, scoring: Scoring) -> str | None:
    """The category of an index as it is, not rounded."""
    if value is None:
        return None
    return next(c.name for c in scoring.category if value >= Fraction(c.at_least))


def of_place(rows: Iterable[Mapping[str, Any]], place: str) -> dict[str, list[dict[str, Any]]]:
    """Items by service. The district has its own rows of a service if there are any, else the sums of its puskesmas."""
    own, summed = dict[str, list[dict[str, Any]]](), dict[str, dict[tuple[str, str], dict[str, Any]]]()
    for row in rows:
        if row["place"] == place:
            own.setdefault(row["service"], []).append(dict(row))
        elif place == DISTRICT:
            mine = summed.setdefault(row["service"], {})
            known = mine.setdefault(
                (row["kind"], row["item"].casefold()), {**row, "needed": Fraction(0), "available": Fraction(0)}
            )
            known["needed"] += Fraction(row["needed"])
            known["available"] += Fraction(row["available"])
    return {service: list(items.values()) for service, items in summed.items()} | own


@dataclass(frozen=True, slots=True)
class Line:
    """A row that can be read, and where it stands."""

    number: int
    row: AvailabilityRow

    @property
    def key(self) -> tuple[Any, ...]:
        """What may be said once."""
        r = self.row
        return r.service, r.year, r.puskesmas or DISTRICT, r.kind, r.item.casefold(), r.valid_from


def check(
    lines: Sequence[Line], services: Sequence[str], puskesmas: Iterable[str | None]
) -> tuple[list[Line], list[Refused]]:
    """Rows that may stand, and why the others may not: no service of the index, no puskesmas of ours, said twice."""
    good, bad, seen, ours = list[Line](), list[Refused](), dict[tuple[Any, ...], int](), set(puskesmas)
    for line in lines:
        row, wrong = line.row, None
        if row.service not in services:
            able = ", ".join(services)
            wrong = "service", Text(f"bukan layanan indeks; yang ada: {able}", f"not in the index; there are: {able}")
        elif row.puskesmas and row.puskesmas not in ours:
            wrong = "puskesmas", Text("tidak punya wilayah kerja di sini", "answers for no village here")
        elif line.key in seen:
            wrong = "item", Text(f"sama dengan baris {seen[line.key]}", f"the same as row {seen[line.key]}")
        if wrong is None:
            seen[line.key] = line.number
            good.append(line)
        else:
            bad.append(Refused(line.number, *wrong))
    return good, bad
