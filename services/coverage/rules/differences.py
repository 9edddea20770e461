"""How two months of member lists differ, from counts by way. Pure.

in − out is the change of count, and the difference seen from the other side is the mirror of this one: what came in
went out, and from and to change places.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

FEW = 5
"""Groups of fewer members are shown to who may see no names only together with others."""


@dataclass(slots=True)
class Told:
    """What two months differ by."""

    into: int = 0
    out: int = 0
    stayed: int = 0
    moved_in: dict[str, int] = field(default_factory=dict)
    moved_out: dict[str, int] = field(default_factory=dict)
    status_changed: int = 0
    segment_changed: int = 0

    @property
    def before(self) -> int:
        """Members of the first month."""
        return self.out + self.stayed

    @property
    def after(self) -> int:
        """Members of the second."""
        return self.into + self.stayed


def told(rows: Iterable[dict[str, Any]]) -> Told:
    """The counts put together (`queries.differences.counted`)."""
    found = Told()
    for r in rows:
        n, way = r["count"], r["way"]
        found.into += n * (way == "in")
        found.out += n * (way == "out")
        found.stayed += n * (way == "stayed")
        found.status_changed += n * r["status_changed"]
        found.segment_changed += n * r["segment_changed"]
        if r["from_code"] and r["to_code"] and r["from_code"] != r["to_code"]:
            if way != "out":
                found.moved_in[r["from_code"]] = found.moved_in.get(r["from_code"], 0) + n
            if way != "in":
                found.moved_out[r["to_code"]] = found.moved_out.get(r["to_code"], 0) + n
    return found


def month_before(month: str) -> str:
    """The month before "YYYY-MM"."""
    year, number = int(month[:4]), int(month[5:])
    return f"{year - (number == 1)}-{(number - 2) % 12 + 1:02}"


def without_few(rows: Sequence[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Rows that may be shown, and those to be told only together: the few, and with them as many of the smallest others
    as it takes so that the few cannot be told from the total."""
    ordered = sorted(rows, key=lambda r: r["registered"])
    few = [r for r in ordered if r["registered"] < FEW]
    rest = ordered[len(few) :]
    while few and rest and (len(few) < 2 or sum(r["registered"] for r in few) < FEW):
        few.append(rest.pop(0))
    hidden = {id(r) for r in few}
    return [r for r in rows if id(r) not in hidden], few
