"""The state machine against a table written by hand: every state, verb and side."""

from datetime import date, timedelta
from itertools import product

import pytest

from services.referrals import rules
from services.referrals.contract import Outcome, Side, State, StepTaken, Urgency, Verb
from services.referrals.rules import Illegal
from tests.unit.referrals.examples import NOW, PRACTICE, PUSKESMAS, after, sent

SENDER, RECEIVER = Side.SENDER, Side.RECEIVER

LEGAL: dict[State, dict[Side, dict[Verb, State]]] = {
    State.SENT: {
        SENDER: {Verb.CANCEL: State.CANCELLED, Verb.CLOSE: State.CLOSED},
        RECEIVER: {Verb.ACCEPT: State.ACCEPTED, Verb.DECLINE: State.DECLINED},
    },
    State.ACCEPTED: {
        SENDER: {Verb.CANCEL: State.CANCELLED, Verb.DEPART: State.DEPARTED, Verb.CLOSE: State.CLOSED},
        RECEIVER: {
            Verb.CANCEL: State.CANCELLED,
            Verb.ARRIVE: State.ARRIVED,
            Verb.NO_SHOW: State.NO_SHOW,
            Verb.CLOSE: State.CLOSED,
        },
    },
    State.DEPARTED: {
        SENDER: {Verb.CANCEL: State.CANCELLED, Verb.CLOSE: State.CLOSED},
        RECEIVER: {Verb.ARRIVE: State.ARRIVED, Verb.NO_SHOW: State.NO_SHOW, Verb.CLOSE: State.CLOSED},
    },
    State.ARRIVED: {SENDER: {}, RECEIVER: {Verb.TREAT: State.IN_CARE, Verb.CLOSE: State.CLOSED}},
    State.IN_CARE: {SENDER: {}, RECEIVER: {Verb.REFER_BACK: State.CLOSED, Verb.CLOSE: State.CLOSED}},
    State.DECLINED: {SENDER: {}, RECEIVER: {}},
    State.CANCELLED: {SENDER: {}, RECEIVER: {}},
    State.NO_SHOW: {SENDER: {}, RECEIVER: {}},
    State.CLOSED: {SENDER: {}, RECEIVER: {}},
}
EMERGENCY = {
    (State.SENT, SENDER): {Verb.DEPART: State.DEPARTED},
    (State.SENT, RECEIVER): {Verb.ARRIVE: State.ARRIVED},
}
UNANSWERED = {(State.DEPARTED, RECEIVER): {Verb.ACCEPT: State.DEPARTED}}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("side", Side)
def test_every_step(state: State, side: Side) -> None:
    for urgency, answered in product(Urgency, (True, False)):
        legal = dict(LEGAL[state][side])
        if urgency is Urgency.EMERGENCY:
            legal |= EMERGENCY.get((state, side), {})
        if not answered:
            legal |= UNANSWERED.get((state, side), {})
        for verb in Verb:
            if verb in legal:
                assert rules.step(state, verb, side, urgency, answered=answered) is legal[verb]
                continue
            with pytest.raises(Illegal) as found:
                rules.step(state, verb, side, urgency, answered=answered)
            assert set(found.value.legal) == set(legal)


def test_a_patient_who_was_not_treated_was_not_discharged() -> None:
    for state in rules.BEFORE_ARRIVAL:
        assert rules.OUTCOMES[state] == {Outcome.DIED}
    assert Outcome.DISCHARGED not in rules.OUTCOMES[State.ARRIVED]
    assert Outcome.BACK_REFERRED not in rules.OUTCOMES[State.IN_CARE]  # that is `refer-back`, with its advice


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
    for state in set(State) - rules.ENDS:
        waits = rules.WAITS[state]
        assert waits[Urgency.EMERGENCY] <= waits[Urgency.URGENT] <= waits[Urgency.ROUTINE]


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
        (Verb.CLOSE, {"outcome": "discharged", "advice": "Minum obat teratur"}, []),
        (Verb.REFER_BACK, {"advice": "Kontrol", "due": NOW.date()}, []),
    ],
)
def test_what_must_be_told(verb: Verb, told: dict[str, object], pointers: list[str]) -> None:
    found = rules.faults(verb, StepTaken(**told), State.IN_CARE, NOW)
    assert [f.pointer for f in found] == pointers


def test_death_on_the_way_closes_and_nothing_else_does() -> None:
    assert rules.faults(Verb.CLOSE, StepTaken(outcome=Outcome.DIED), State.DEPARTED, NOW) == []
    assert rules.faults(Verb.CLOSE, StepTaken(outcome=Outcome.ADMITTED), State.DEPARTED, NOW) != []
