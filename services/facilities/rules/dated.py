"""What holds on which day: values from a day on, until they change.

A timeline is a list of versions in order of their first day; each holds until the next begins, so no two hold on one
day and none is missing after the first.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Version:
    """What holds from a day on."""

    start: date
    values: Values


Timeline = Sequence[Version]


def on(timeline: Timeline, day: date) -> Version | None:
    """The version that holds on a day; None before the first."""
    held = None
    for version in timeline:
        if version.start > day:
            break
        held = version
    return held


def put(timeline: Timeline, day: date, given: Values, otherwise: Values) -> Timeline:
    """The timeline once `given` holds from `day` on; the same object when that was so already.

    Each value holds until the day on which it was said to change, so a correction of the past runs into later versions
    where they only repeat what it corrects. What is not given stays as it is on that day; before the first version it
    is as at its beginning; of a new thing it is as in `otherwise`.
    """
    held = on(timeline, day)
    if held is None:
        base = timeline[0].values if timeline else otherwise
        return [Version(day, {**base, **given}), *timeline]
    new = {c: v for c, v in given.items() if held.values[c] != v}
    if not new:
        return timeline
    done = [v for v in timeline if v.start < day]
    done.append(Version(day, {**held.values, **new}))
    open_ = dict(new)
    for version in timeline:
        if version.start > day:
            open_ = {c: v for c, v in open_.items() if version.values[c] == held.values[c]}
            done.append(Version(version.start, {**version.values, **open_}))
    return done


def spans(timeline: Timeline) -> Iterator[tuple[Version, date | None]]:
    """Each version with its last day (None: until further notice)."""
    for n, version in enumerate(timeline):
        yield version, timeline[n + 1].start - timedelta(1) if n + 1 < len(timeline) else None


@dataclass(frozen=True, slots=True)
class Change:
    """What a recording changed from a day on."""

    start: date
    before: Values
    after: Values


def differences(old: Timeline, new: Timeline) -> Iterator[Change]:
    """What was changed between two states of a timeline: each change on the day from which it holds."""
    carried: dict[str, Any] = {}
    for day in sorted({v.start for v in (*old, *new)}):
        was, now = on(old, day), on(new, day)
        if now is None:
            continue
        before = was.values if was else {}
        fresh = {c: v for c, v in now.values.items() if before.get(c) != v}
        told = {c: v for c, v in fresh.items() if c not in carried or carried[c] != v}
        carried = fresh
        if told:
            yield Change(day, {c: before[c] for c in told if before.get(c) is not None}, told)
