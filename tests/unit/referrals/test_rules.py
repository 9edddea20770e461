"""The state machine against a table written by hand: every state, verb and side."""

from datetime import date, timedelta
from itertools import product

import pytest

from services.referrals.contract import Kind, Outcome, Side, State, StepTaken, Urgency, Verb
from services.referrals.rules import machine, telling
from services.referrals.rules.clock_file import STARTING
from services.referrals.rules.machine import Illegal
from tests.unit.referrals.examples import NOW, PRACTICE, PUSKESMAS, after, sent

SENDER, RECEIVER, OFFICE = Side.SENDER, Side.RECEIVER, Side.OFFICE
CLOSED, SENT = State.CLOSED, State.SENT
END = {Verb.CANCEL: CLOSED, Verb.CLOSE: CLOSED}


def unplaced(state: State) -> dict[Side, dict[Verb, State]]:
    return {SENDER: {**END, Verb.SEND: SENT, Verb.RAISE: state}, OFFICE: {**END, Verb.SEND: SENT}, RECEIVER: {}}


ANSWERS = {Verb.ACCEPT: State.ACCEPTED, Verb.DECLINE: State.DECLINED, Verb.REDIRECT: State.REDIRECTED}
LEGAL: dict[State, dict[Side, dict[Verb, State]]] = {
    State.DRAFT: {
        SENDER: {Verb.SEND: SENT, Verb.CANCEL: CLOSED, Verb.RAISE: State.DRAFT},
        RECEIVER: {},
        OFFICE: {Verb.CANCEL: CLOSED},
    },
    SENT: unplaced(SENT) | {RECEIVER: ANSWERS},
    State.DECLINED: unplaced(State.DECLINED),
    State.REDIRECTED: unplaced(State.REDIRECTED),
    State.EXPIRED: unplaced(State.EXPIRED) | {RECEIVER: ANSWERS},
    State.ACCEPTED: {
        SENDER: {**END, Verb.SEND: SENT, Verb.DEPART: State.DEPARTED, Verb.RAISE: State.ACCEPTED},
        RECEIVER: {
            **END,
            Verb.ARRIVE: State.ARRIVED,
            Verb.NO_SHOW: CLOSED,
            Verb.REDIRECT: State.REDIRECTED,
        },
        OFFICE: {**END, Verb.SEND: SENT},
    },
    State.DEPARTED: {
        SENDER: {**END, Verb.SEND: SENT, Verb.RAISE: State.DEPARTED},
        RECEIVER: {
            Verb.ARRIVE: State.ARRIVED,
            Verb.NO_SHOW: CLOSED,
            Verb.CLOSE: CLOSED,
            Verb.REDIRECT: State.REDIRECTED,
        },
        OFFICE: {**END, Verb.SEND: SENT},
    },
    State.ARRIVED: {
        SENDER: {},
        RECEIVER: {Verb.TREAT: State.IN_CARE, Verb.CLOSE: CLOSED},
        OFFICE: {Verb.CLOSE: CLOSED},
    },
    State.IN_CARE: {SENDER: {}, RECEIVER: {Verb.REFER_BACK: CLOSED, Verb.CLOSE: CLOSED}, OFFICE: {Verb.CLOSE: CLOSED}},
    CLOSED: {SENDER: {}, RECEIVER: {}, OFFICE: {}},
}
EMERGENCY = {
    (state, side): {verb: to}
    for state in (SENT, State.EXPIRED)
    for side, verb, to in ((SENDER, Verb.DEPART, State.DEPARTED), (RECEIVER, Verb.ARRIVE, State.ARRIVED))
}
UNANSWERED = {(State.DEPARTED, RECEIVER): {Verb.ACCEPT: State.DEPARTED}}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("side", (SENDER, RECEIVER, OFFICE))
def test_every_step(state: State, side: Side) -> None:
    for urgency, answered in product(Urgency, (True, False)):
        legal = dict(LEGAL[state][side])
        if urgency is Urgency.EMERGENCY:
            legal |= EMERGENCY.get((state, side), {})
            legal.pop(Verb.RAISE, None)
        if not answered:
            legal |= UNANSWERED.get((state, side), {})
        for verb in Verb:
            if verb in legal:
                assert machine.step(state, verb, side, urgency, answered=answered) is legal[verb]
                continue
            with pytest.raises(Illegal) as found:
                machine.step(state, verb, side, urgency, answered=answered)
            assert set(found.value.legal) == set(legal)


def test_a_patient_who_was_not_treated_was_not_discharged() -> None:
    for state in machine.BEFORE_ARRIVAL:
        assert machine.OUTCOMES[state] == {Outcome.DIED}
    assert Outcome.DISCHARGED not in machine.OUTCOMES[State.ARRIVED]
    assert Outcome.BACK_REFERRED not in machine.OUTCOMES[State.IN_CARE]  # that is `refer-back`, with its advice


def test_the_way_there_and_back() -> None:
    back = {"advice": "Lanjut nifedipin, kontrol mingguan", "due": date(2026, 12, 1)}
    steps = [(Verb.ACCEPT, RECEIVER, {}), (Verb.DEPART, SENDER, {}), (Verb.ARRIVE, RECEIVER, {}),
             (Verb.TREAT, RECEIVER, {}), (Verb.REFER_BACK, RECEIVER, back)]  # fmt: skip
    turns = [after(sent(), *steps[:n]).owner_facility for n in range(6)]
    there, here = PUSKESMAS.code, PRACTICE.code
    assert turns == [there, here, there, there, there, here]
    closed = after(sent(), *steps)
    assert (closed.state, closed.outcome, closed.version) == (State.CLOSED, Outcome.BACK_REFERRED, 6)
    assert (closed.advice, closed.follow_up_due) == (back["advice"], back["due"])
    assert (closed.closed_at, closed.due_at) == (NOW, None)


def test_an_emergency_is_answered_by_its_arrival() -> None:
    on_the_way = after(sent(Urgency.EMERGENCY), (Verb.DEPART, SENDER, {}))
    assert on_the_way.answered_at is None
    assert Verb.ACCEPT in on_the_way.legal(RECEIVER)
    told = after(on_the_way, (Verb.ACCEPT, RECEIVER, {}))
    assert (told.state, told.answered_at) == (State.DEPARTED, NOW)
    assert Verb.ACCEPT not in told.legal(RECEIVER)
    assert after(on_the_way, (Verb.ARRIVE, RECEIVER, {})).answered_at == NOW


def test_a_more_urgent_referral_never_waits_longer() -> None:
    for state in set(State) - {CLOSED}:
        waits = [STARTING[state, u].due for u in (Urgency.EMERGENCY, Urgency.URGENT, Urgency.ROUTINE)]
        assert waits == sorted(waits)


@pytest.mark.parametrize(
    ("verb", "told", "pointers"),
    [
        (Verb.DECLINE, {}, ["/reason"]),
        (Verb.CANCEL, {}, ["/reason"]),
        (Verb.CLOSE, {}, ["/outcome"]),
        (Verb.REFER_BACK, {}, ["/advice", "/due"]),
        (Verb.REFER_BACK, {"advice": "Kontrol", "due": NOW.date() - timedelta(days=1)}, ["/due"]),
        (Verb.ACCEPT, {"outcome": "died"}, ["/outcome"]),
        (Verb.ACCEPT, {"advice": "Kontrol", "due": NOW.date()}, ["/advice", "/due"]),
        (Verb.CLOSE, {"outcome": "back-referred"}, ["/outcome"]),
        (Verb.ACCEPT, {"at": NOW + timedelta(minutes=6)}, ["/at"]),
        (Verb.ACCEPT, {"at": NOW + timedelta(minutes=4)}, []),
        (Verb.ACCEPT, {"at": NOW - timedelta(days=91)}, ["/at"]),
        (Verb.ACCEPT, {"at": NOW - timedelta(days=89)}, []),
        (Verb.CLOSE, {"outcome": "discharged", "advice": "Minum obat teratur"}, []),
        (Verb.REFER_BACK, {"advice": "Kontrol", "due": NOW.date()}, []),
    ],
)
def test_what_must_be_told(verb: Verb, told: dict[str, object], pointers: list[str]) -> None:
    found = telling.faults(sent(state=State.IN_CARE), verb, StepTaken(**told), NOW)
    assert [f.pointer for f in found] == pointers


def test_death_on_the_way_closes_and_nothing_else_does() -> None:
    away = sent(state=State.DEPARTED)
    assert telling.faults(away, Verb.CLOSE, StepTaken(outcome=Outcome.DIED), NOW) == []
    assert telling.faults(away, Verb.CLOSE, StepTaken(outcome=Outcome.ADMITTED), NOW) != []


def test_a_result_needs_no_day_of_follow_up() -> None:
    told = StepTaken(advice="Protein urin +2")
    partial, whole = (sent(state=State.IN_CARE, kind=kind) for kind in (Kind.PARTIAL, Kind.VERTICAL))
    assert telling.faults(partial, Verb.REFER_BACK, told, NOW) == []
    assert [f.pointer for f in telling.faults(whole, Verb.REFER_BACK, told, NOW)] == ["/due"]
