"""The states of a proposal, walked in every order."""

from hypothesis import given
from hypothesis import strategies as st

from services.facilities.contract.proposals import ProposalState as State
from services.facilities.contract.proposals import ProposalVerb as Verb
from services.facilities.rules import proposals


@given(st.lists(st.sampled_from(Verb), max_size=12))
def test_a_walk_never_leaves_an_end_and_is_approved_only_once(verbs: list[Verb]) -> None:
    state, approvals = State.PROPOSED, 0
    for verb in verbs:
        move = proposals.step(state, verb)
        assert (move is not None) == (verb in proposals.legal(state))
        if move is None:
            text = proposals.not_now(state, verb)
            assert all(v in text.id and v in text.en for v in proposals.legal(state))
            continue
        assert state not in proposals.ENDS
        if verb in (Verb.APPROVE, Verb.REJECT, Verb.RETURN):
            assert (state, move.side) == (State.PROPOSED, "office")
        else:
            assert move.side == "proposer"
        state = move.to
        approvals += verb is Verb.APPROVE
    assert approvals <= 1
    assert (approvals == 1) == (state is State.APPROVED)
    assert bool(proposals.legal(state)) == (state not in proposals.ENDS)
