"""The clock, pure: it rings in order, never storms, never falls silent; a named day is waited for."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.referrals.contract import Alarm, Side, State, StepTaken, Urgency, Verb
from services.referrals.rules import clocks
from services.referrals.rules.clock_file import SHIPPED, STARTING
from services.referrals.rules.clocks import Times
from tests.unit.referrals.examples import NOW, sent, taken

waits = st.sampled_from([*STARTING.values(), SHIPPED.follow_up])
spans = st.timedeltas(timedelta(seconds=1), timedelta(days=400))


@given(waits, st.lists(spans, min_size=1, max_size=30))
def test_whatever_it_missed_it_rings_once_and_again_later(wait: clocks.Wait, delays: list[timedelta]) -> None:
    """However late it wakes: one alarm, the next lies ahead, and in the end it is the office's (or it expired)."""
    times, now, rang = Times(NOW + wait.due, NOW + wait.alarms[0][0]), NOW, list[Alarm]()
    for delay in delays:
        assert times.ring_at is not None
        now = max(now, times.ring_at) + delay
        what, after = clocks.ring(wait, times, now)
        assert after.ring_at is not None and after.ring_at > now, "no storm, and never silent"
        assert after.rung > times.rung and after.due_at == times.due_at
        rang.append(what)
        times = after
    if times.rung >= len(wait.alarms):
        assert wait.alarms[-1][1] in rang
    assert len(rang) == len(delays)


def test_in_time_each_rings_in_its_turn() -> None:
    wait = STARTING[State.DECLINED, Urgency.EMERGENCY]
    times, rang = Times(NOW + wait.due, NOW + wait.alarms[0][0]), []
    for _ in range(4):
        assert times.ring_at is not None
        what, after = clocks.ring(wait, times, times.ring_at)
        rang.append((what, (times.ring_at - NOW) // timedelta(minutes=1)))
        times = after
    assert rang == [(Alarm.REMIND, 5), (Alarm.ESCALATE, 15), (Alarm.ESCALATE, 30), (Alarm.ESCALATE, 45)]


@pytest.mark.parametrize(
    ("urgency", "days", "waited"),
    [
        ("routine", 0, 0), ("routine", -3, 0), ("routine", 20, 20), ("routine", 2000, 90), ("urgent", 2, 2),
        ("urgent", 20, 3), ("emergency", 20, 0),
    ],
)  # fmt: skip
def test_who_is_accepted_for_a_day_is_awaited_from_that_day(urgency: str, days: int, waited: int) -> None:
    """But no longer than a letter is valid: a slip of the year does not silence the clock; nor does the day that was
    named before the patient got worse."""
    needed = (NOW + timedelta(days)).isoformat()
    plain = replace(sent(), urgency=Urgency(urgency))
    named = replace(sent(), urgency=Urgency(urgency))
    named = replace(named, content={**named.content, "needed_at": needed})
    due = [taken(r, Verb.ACCEPT, Side.RECEIVER, StepTaken()).times for r in (plain, named)]
    assert due[1].due_at is not None and due[0].due_at is not None
    assert due[1].ring_at is not None and due[0].ring_at is not None
    assert due[1].due_at - due[0].due_at == due[1].ring_at - due[0].ring_at == timedelta(waited)
