"""How long each state may last and what the clock does about it, pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.referrals.contract import Alarm, State, Urgency


@dataclass(frozen=True, slots=True)
class Wait:
    """One state under one urgency: when it is `due`, the alarms by the time since it began, and how often the last
    one rings `again`."""

    due: timedelta
    alarms: Sequence[tuple[timedelta, Alarm]]
    again: timedelta


Clocks = Mapping[tuple[State, Urgency], Wait]
"""The clock rules of a day."""


@dataclass(frozen=True, slots=True)
class Times:
    """When the owner must have acted, when the clock rings next, how often it rang in this state."""

    due_at: datetime | None
    ring_at: datetime | None
    rung: int = 0


NEVER = Times(None, None)


def begin(clocks: Clocks, state: State, urgency: Urgency, now: datetime) -> Times:
    """The times of a state that begins now; `NEVER` when it has ended."""
    if state is State.CLOSED:
        return NEVER
    wait = clocks[state, urgency]
    return Times(now + wait.due, now + wait.alarms[0][0])


def ring(wait: Wait, times: Times, now: datetime) -> tuple[Alarm, Times]:
    """What rings now, and the times after it, in a state that goes on.

    The next alarm is counted from the last one's own time, so that a late clock is not late for ever. What an outage
    passed over rings as one, the gravest of it; the last alarm rings again and again.
    """
    rang, rung = times.ring_at or now, times.rung
    if rung >= len(wait.alarms):
        return wait.alarms[-1][1], Times(times.due_at, max(rang + wait.again, now + wait.again / 2), rung + 1)
    began = rang - wait.alarms[rung][0]
    passed = [n for n in range(rung, len(wait.alarms)) if n == rung or began + wait.alarms[n][0] <= now]
    what = max((wait.alarms[n][1] for n in passed), key=list(Alarm).index)
    rung = passed[-1] + 1
    if rung < len(wait.alarms):
        return what, Times(times.due_at, began + wait.alarms[rung][0], rung)
    return what, Times(times.due_at, max(began + wait.alarms[-1][0] + wait.again, now + wait.again / 2), rung)
