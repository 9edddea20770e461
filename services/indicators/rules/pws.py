"""The PWS chart (local area monitoring): the line, the arrow, the four words. Pure. Source: PWS-KIA, KMK 2015/2023.

The line stands at target ÷ 12 × month. The arrow compares what was reached in this month with the month before.
January has no month before it: it rises when anything was reached.
"""

from collections.abc import Sequence
from typing import Literal

GOAL = 100.0
"""The year's target in percent when nobody says another: the minimum service standards promise it to everyone."""
Direction = Literal["up", "same", "down"]
Status = Literal["Baik", "Cukup", "Kurang", "Jelek"]


def line(goal: float, month: int) -> float:
    """Where the line stands, in percent: `goal` is the year's target in percent."""
    return round(goal * month / 12, 2)


def above(served: int, whole: int, goal: float, month: int) -> bool:
    """Whether what was reached is on the line or above it; compared without rounding."""
    return served * 1200 >= goal * month * whole


def reached(months: Sequence[int], month: int) -> int:
    """Cumulative to the end of a month, what was carried in being part of it."""
    return sum(months[: month + 1])


def direction(months: Sequence[int], month: int) -> Direction:
    """This month against the one before."""
    this, last = months[month], months[month - 1] if month > 1 else 0
    return "up" if this > last else "down" if this < last and month > 1 else "same"


def status(is_above: bool, going: Direction) -> Status:
    """Baik: above, not falling. Kurang: above, falling. Cukup: below, rising. Jelek: below, not rising.

    A place that stays as it was keeps what it has: above the line that is well, below it is not.
    """
    if is_above:
        return "Kurang" if going == "down" else "Baik"
    return "Cukup" if going == "up" else "Jelek"


def ranks(values: Sequence[float | None]) -> list[int | None]:
    """The place of each: equal ones share it, the next is counted on; what has no value has no place."""
    return [None if v is None else 1 + sum(o is not None and o > v for o in values) for v in values]
