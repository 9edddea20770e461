"""Spans of days: what belongs to one holder at a time, laid side by side."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Span:
    """Days something belongs to a holder, both ends included; `line` is None for a registered one. `reason`: why
    nothing follows its end."""

    start: date
    end: date
    holder: str
    line: int | None = None
    reason: str | None = None


def laid(registered: Mapping[date, Span], lines: Iterable[Span]) -> list[Span]:
    """The spans once the lines are loaded: a line replaces the registered span that begins on its first day."""
    spans = dict(registered)
    for span in lines:
        spans[span.start] = span
    return sorted(spans.values(), key=lambda s: s.start)


def overlap(spans: Iterable[Span]) -> tuple[Span, Span] | None:
    """The first two that share a day: (the one from the later line, the other). None when all stand apart."""
    reach: Span | None = None
    for span in spans:
        if reach is not None and span.start <= reach.end:
            return (span, reach) if (span.line or 0) > (reach.line or 0) else (reach, span)
        if reach is None or span.end > reach.end:
            reach = span
    return None


def left_open(spans: list[Span]) -> Span | None:
    """The first span of a line that ends with nothing the day after, and nothing said of it. Spans stand apart."""
    starts = {s.start for s in spans}
    for span in spans:
        if span.line is not None and span.end != date.max and span.reason is None and span.end + DAY not in starts:
            return span
    return None


def on(spans: Iterable[Span], day: date) -> Span | None:
    """The span a day lies in."""
    return next((s for s in spans if s.start <= day <= s.end), None)
