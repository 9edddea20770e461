"""A change request's rules: which step may follow, who may take it, and what it would change.

proposed ─approve─▶ approved      proposed ─reject─▶ rejected
proposed ─return─▶ returned ─resubmit─▶ proposed      (proposed, returned) ─withdraw─▶ withdrawn
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from services.facilities.contract.proposals import ProposalState as State
from services.facilities.contract.proposals import ProposalVerb as Verb
from services.kernel.problems import Text

Side = Literal["proposer", "office"]


@dataclass(frozen=True, slots=True)
class Move:
    """Where a verb leads, and whose it is."""

    to: State
    side: Side


MOVES: Mapping[tuple[State, Verb], Move] = {
    (State.PROPOSED, Verb.APPROVE): Move(State.APPROVED, "office"),
    (State.PROPOSED, Verb.REJECT): Move(State.REJECTED, "office"),
    (State.PROPOSED, Verb.RETURN): Move(State.RETURNED, "office"),
    (State.PROPOSED, Verb.WITHDRAW): Move(State.WITHDRAWN, "proposer"),
    (State.RETURNED, Verb.RESUBMIT): Move(State.PROPOSED, "proposer"),
    (State.RETURNED, Verb.WITHDRAW): Move(State.WITHDRAWN, "proposer"),
}
"""Every legal step."""

ENDS = frozenset({State.APPROVED, State.REJECTED, State.WITHDRAWN})
WITH_REASON = frozenset({Verb.REJECT, Verb.RETURN})


def legal(state: State) -> list[Verb]:
    """The steps that may follow a state."""
    return [verb for (at, verb) in MOVES if at == state]


def step(state: State, verb: Verb) -> Move | None:
    """Where a step leads; None when it is not legal."""
    return MOVES.get((state, verb))


def not_now(state: State, verb: Verb) -> Text:
    """Why a step cannot be taken, and which can."""
    able = ", ".join(legal(state)) or "-"
    return Text(
        f"Usulan ini sudah {state}; {verb} tidak dapat dilakukan. Langkah yang sah: {able}",
        f"This proposal is {state}; {verb} is not possible. Legal steps: {able}",
    )
