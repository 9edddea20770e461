"""Laws of the machine: whatever anybody tries, a referral stays legal, owned, complete, and can go on."""

from hypothesis import given
from hypothesis import strategies as st

from services.referrals import rules
from services.referrals.contract import Outcome, Side, State, StepTaken, Urgency, Verb
from services.referrals.rules import Illegal, Referral
from tests.unit.referrals.examples import NOW, sent

attempts = st.lists(st.tuples(st.sampled_from(Verb), st.sampled_from(Side)), max_size=40)


def told(referral: Referral, verb: Verb) -> StepTaken:
    """What fits the step, so that only the order of steps is on trial."""
    if verb is Verb.CLOSE:
        return StepTaken(outcome=min(rules.OUTCOMES.get(referral.state, {Outcome.DIED})))
    if verb is Verb.REFER_BACK:
        return StepTaken(advice="Kontrol mingguan", due=NOW.date())
    return StepTaken(reason="Permintaan keluarga")


def holds(referral: Referral) -> None:
    ended = referral.state in rules.ENDS
    assert referral.owner_facility in (referral.sender.code, referral.receiver.code)
    assert (referral.closed_at is not None) == ended
    assert (referral.due_at is None) == ended
    assert (referral.outcome is not None) == (referral.state is State.CLOSED)
    if not ended:
        assert referral.legal(referral.side(referral.owner_facility)), "the owner can always act"
    if referral.state in (State.ACCEPTED, State.DECLINED, State.ARRIVED, State.IN_CARE):
        assert referral.answered_at is not None


@given(st.sampled_from(Urgency), attempts)
def test_any_attempts_by_anyone(urgency: Urgency, tried: list[tuple[Verb, Side]]) -> None:
    referral, history = sent(urgency), [State.SENT]
    holds(referral)
    for verb, side in tried:
        possible = referral.legal(side)
        try:
            after = rules.advance(referral, verb, side, told(referral, verb), NOW)
        except Illegal as illegal:
            assert verb not in possible
            assert illegal.legal == possible
            continue
        assert verb in possible
        assert rules.faults(verb, told(referral, verb), referral.state, NOW) == []
        referral = after
        history.append(referral.state)
        holds(referral)
    assert referral.version == len(history)
    assert not any(state in rules.ENDS for state in history[:-1]), "an end is final"


@given(st.sampled_from(Urgency), attempts)
def test_no_verb_leads_on_twice(urgency: Urgency, tried: list[tuple[Verb, Side]]) -> None:
    """What makes a retry without a second look at its key safe (see `usecases.take`)."""
    referral, taken = sent(urgency), []
    for verb, side in tried:
        if verb in referral.legal(side):
            referral = rules.advance(referral, verb, side, told(referral, verb), NOW)
            taken.append(verb)
    assert len(taken) == len(set(taken))


@given(st.sampled_from(Urgency), attempts)
def test_every_open_referral_can_be_closed(urgency: Urgency, tried: list[tuple[Verb, Side]]) -> None:
    referral = sent(urgency)
    for verb, side in tried:
        if verb in referral.legal(side):
            referral = rules.advance(referral, verb, side, told(referral, verb), NOW)
    if referral.state not in rules.ENDS:
        verbs = {verb for side in Side for verb in referral.legal(side)}
        assert Verb.CLOSE in verbs
