"""Laws of the machine: whatever anybody tries, a referral stays legal, owned, timed, complete, and can go on."""

from hypothesis import given
from hypothesis import strategies as st

from services.referrals.contract import Outcome, Side, State, StepTaken, Urgency, Verb
from services.referrals.rules import machine, referrals, telling
from services.referrals.rules.clock_file import STARTING
from services.referrals.rules.machine import Illegal
from services.referrals.rules.referrals import Referral
from tests.unit.referrals.examples import HOSPITAL, NOW, OFFICE, PUSKESMAS, draft, sent, taken

PEOPLE = (Side.SENDER, Side.RECEIVER, Side.OFFICE)
attempts = st.lists(st.tuples(st.sampled_from((*Verb, "ring")), st.sampled_from(PEOPLE)), max_size=40)


def told(referral: Referral, verb: Verb) -> StepTaken:
    """What fits the step, so that only the order of steps is on trial."""
    if verb is Verb.CLOSE:
        return StepTaken(outcome=min(machine.OUTCOMES.get(referral.state, {Outcome.DIED})))
    if verb is Verb.REFER_BACK:
        return StepTaken(advice="Kontrol mingguan", due=NOW.date())
    if verb is Verb.RAISE:
        return StepTaken(reason="Memburuk", urgency=Urgency.EMERGENCY)
    return StepTaken(reason="Permintaan keluarga")


def holds(referral: Referral) -> None:
    ended = referral.state is State.CLOSED
    ends = (referral.sender.code, OFFICE, *([referral.receiver.code] if referral.receiver else []))
    assert referral.owner_facility in ends
    assert (referral.closed_at is not None) == ended == (referral.outcome is not None)
    assert (referral.due_at is None) == (referral.ring_at is None) == ended
    assert not set(referral.asked) & set(referral.former)
    if not ended:
        assert referral.legal(referral.owner), "the owner can always act"
        assert Verb.CANCEL in referral.legal(Side.OFFICE) or Verb.CLOSE in referral.legal(Side.OFFICE)
    if referral.state in (State.ACCEPTED, State.ARRIVED, State.IN_CARE):
        assert referral.answered_at is not None
        assert referral.receiver is not None and list(referral.asked) == [referral.receiver.code]
    if referral.state is State.SENT:
        assert referral.receiver is not None and referral.receiver.code in referral.asked


def tried_on(referral: Referral, tried: list[tuple[Verb | str, Side]]) -> Referral:
    for verb, side in tried:
        if not isinstance(verb, Verb):
            if referral.state is not State.CLOSED:
                _, referral = referrals.ring(referral, STARTING, NOW, OFFICE)
        elif verb in referral.legal(side):
            to = HOSPITAL if PUSKESMAS.code in referral.asked else PUSKESMAS
            referral = taken(referral, verb, side, told(referral, verb), to)
    return referral


@given(st.sampled_from(Urgency), st.booleans(), attempts)
def test_any_attempts_by_anyone(urgency: Urgency, drafted: bool, tried: list[tuple[Verb | str, Side]]) -> None:
    referral = draft() if drafted else sent(urgency)
    history = [referral.state]
    holds(referral)
    for verb, side in tried:
        if not isinstance(verb, Verb):
            if referral.state is State.CLOSED:
                continue
            _, after = referrals.ring(referral, STARTING, NOW, OFFICE)
        else:
            possible = referral.legal(side)
            try:
                after = tried_step(referral, verb, side)
            except Illegal as illegal:
                assert verb not in possible
                assert illegal.legal == possible
                continue
            assert verb in possible
            assert telling.faults(referral, verb, told(referral, verb), NOW) == []
        referral = after
        history.append(referral.state)
        holds(referral)
    assert referral.version == len(history)
    assert State.CLOSED not in history[:-1], "an end is final"


def tried_step(referral: Referral, verb: Verb, side: Side) -> Referral:
    to = HOSPITAL if PUSKESMAS.code in referral.asked else PUSKESMAS
    return taken(referral, verb, side, told(referral, verb), to)


@given(st.sampled_from(Urgency), attempts)
def test_every_open_referral_can_be_closed(urgency: Urgency, tried: list[tuple[Verb | str, Side]]) -> None:
    referral = tried_on(sent(urgency), tried)
    if referral.state is not State.CLOSED:
        assert Verb.CLOSE in {verb for side in PEOPLE for verb in referral.legal(side)}


@given(st.sampled_from(Urgency), attempts)
def test_left_alone_it_comes_to_the_office(urgency: Urgency, tried: list[tuple[Verb | str, Side]]) -> None:
    referral = tried_on(sent(urgency), tried)
    if referral.state is not State.CLOSED:
        for _ in range(4):
            _, referral = referrals.ring(referral, STARTING, NOW, OFFICE)
        assert referral.owner is Side.OFFICE
