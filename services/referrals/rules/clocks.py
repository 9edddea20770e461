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


def alarm(clocks: Clocks, state: State, urgency: Urgency, rung: int) -> Alarm:
    """What rings after `rung` alarms of this state: the list's next, then its last again and again."""
    alarms = clocks[state, urgency].alarms
    return alarms[min(rung, len(alarms) - 1)][1]


def again(clocks: Clocks, state: State, urgency: Urgency, times: Times, now: datetime) -> Times:
    """The times after one alarm has rung in a state that goes on. The next is counted from the last one's own time, so
    that a late clock is not late for ever, but never before now: an outage is caught up by one ring, not by many."""
    wait, rung = clocks[state, urgency], times.rung + 1
    rang = times.ring_at or now
    if rung < len(wait.alarms):
        after = wait.alarms[rung][0] - wait.alarms[rung - 1][0]
        return Times(times.due_at, max(rang + after, now), rung)
    return Times(times.due_at, max(rang + wait.again, now + wait.again / 2), rung)


_MINUTES, _HOURS, _DAYS = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def _waits(
    state: State, last: Alarm, emergency: timedelta, urgent: timedelta, routine: timedelta
) -> dict[tuple[State, Urgency], Wait]:
    by = {Urgency.EMERGENCY: emergency, Urgency.URGENT: urgent, Urgency.ROUTINE: routine}
    return {
        (state, urgency): Wait(due, ((due / 2, Alarm.REMIND), (due, last)), max(due, _HOURS))
        for urgency, due in by.items()
    }


STARTING: Clocks = {
    **_waits(State.DRAFT, Alarm.ESCALATE, _HOURS, _DAYS, 7 * _DAYS),
    **_waits(State.SENT, Alarm.EXPIRE, 15 * _MINUTES, _HOURS, _DAYS),
    **_waits(State.ACCEPTED, Alarm.ESCALATE, _HOURS, _DAYS, 7 * _DAYS),
    **_waits(State.DECLINED, Alarm.ESCALATE, 15 * _MINUTES, _HOURS, _DAYS),
    **_waits(State.REDIRECTED, Alarm.ESCALATE, 15 * _MINUTES, _HOURS, _DAYS),
    **_waits(State.EXPIRED, Alarm.ESCALATE, 15 * _MINUTES, _HOURS, _DAYS),
    **_waits(State.DEPARTED, Alarm.ESCALATE, 6 * _HOURS, _DAYS, 3 * _DAYS),
    **_waits(State.ARRIVED, Alarm.ESCALATE, 15 * _MINUTES, _HOURS, _DAYS),
    **_waits(State.IN_CARE, Alarm.ESCALATE, 7 * _DAYS, 7 * _DAYS, 30 * _DAYS),
}
"""The rules to start with."""
