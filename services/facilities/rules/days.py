"""Spans of days: first and last day, both included; an open end is `date.max`, an unknown beginning `date.min`."""

from collections.abc import Callable, Hashable, Iterable, Mapping
from datetime import date, timedelta
from itertools import pairwise
from typing import TypeVar

from pydantic import BaseModel

from services.facilities.rules.cells import Line
from services.facilities.rules.csvfile import Refused
from services.kernel.problems import Text

Span = tuple[date, date]
ALWAYS: Span = (date.min, date.max)
DAY = timedelta(days=1)


R = TypeVar("R", bound=BaseModel)


def span(start: date | None, end: date | None) -> Span:
    """The span of two dates of which either may be unknown."""
    return start or date.min, end or date.max


def covers(spans: Iterable[Span], day: date) -> bool:
    """Whether a day lies in one of the spans."""
    return any(start <= day <= end for start, end in spans)


def joined(spans: Iterable[Span]) -> list[Span]:
    """The same days as few spans, in order; neighbours become one."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and (found[-1][1] == date.max or start <= found[-1][1] + DAY):
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((start, end))
    return found


def common(one: Iterable[Span], other: Iterable[Span]) -> list[Span]:
    """The days that are in both, as spans in order."""
    pairs = [(max(a[0], b[0]), min(a[1], b[1])) for a in one for b in other]
    return joined(pair for pair in pairs if pair[0] <= pair[1])


def outside(spans: Iterable[Span]) -> list[Span]:
    """The days that are in none of the spans."""
    found, free = [], date.min
    for start, end in joined(spans):
        if start > free:
            found.append((free, start - DAY))
        if end == date.max:
            return found
        free = end + DAY
    return [*found, (free, date.max)]


def apart(
    lines: list[Line[R]], key: Callable[[R], Hashable], registered: Mapping[Hashable, Iterable[Span]]
) -> tuple[list[Line[R]], list[Refused]]:
    """Of one key no two spans share a day. A line replaces the registered span that begins on its first day.

    Of two lines that clash the later falls; what it would have clashed with may stay.
    """
    groups: dict[Hashable, list[Line[R]]] = {}
    for line in lines:
        groups.setdefault(key(line.row), []).append(line)
    refused: list[Refused] = []
    for name, group in groups.items():
        stands = dict(registered.get(name, ()))
        while clash := _clash(group, stands):
            refused.append(clash)
            group[:] = [line for line in group if line.number != clash.line]
    fallen = {r.line for r in refused}
    return [line for line in lines if line.number not in fallen], refused


def _clash(group: list[Line[R]], stands: Mapping[date, date]) -> Refused | None:
    spans: dict[date, tuple[date, int]] = {start: (end, 0) for start, end in stands.items()}
    for line in group:
        start, end = _dates(line.row)
        spans[start] = end, line.number
    ordered = sorted((start, end, number) for start, (end, number) in spans.items())
    for (start, end, number), (later, later_end, other) in pairwise(ordered):
        if later <= end and max(number, other):
            first, last = (start, end) if other > number else (later, later_end)
            return Refused(max(number, other), "valid_from", _taken(first, last))
    return None


def _dates(row: BaseModel) -> Span:
    return span(getattr(row, "valid_from"), getattr(row, "valid_until"))  # noqa: B009 - rows of many files


def _taken(start: date, end: date) -> Text:
    last, last_en = ("", "") if end == date.max else (f" sampai {end}", f" to {end}")
    return Text(
        f"tumpang tindih dengan yang berlaku sejak {start}{last}; akhiri dahulu yang itu",
        f"overlaps with what holds from {start}{last_en}; end that first",
    )
