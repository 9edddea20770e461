"""The referral's machine, pure: which step may follow, who may take it, whose turn comes next and until when.

    draft ─send─▶ sent ─accept─▶ accepted ─depart─▶ departed ─arrive─▶ arrived ─treat─▶ in-care ─▶ closed
                  ▲ │                └───────────arrive──────────────▲        refer-back or close
                  │ ├─decline──▶ declined ───┐
                  │ ├─redirect─▶ redirected ─┤
                  │ └─(expire)─▶ expired ────┤
                  └───────send: a new leg────┘

Until the patient has arrived the sender, or the office (Dinkes), may send it elsewhere as a new leg: also once
accepted, and on the way (an ambulance that is diverted). Whatever is open can be cancelled before arrival, or closed
as died. `redirect` is also open to who has accepted. An emergency need not wait for an answer: it departs and arrives
straight from `sent` (or `expired`), and is answered on the way (accept) or by its arrival. The office may send on,
cancel or close what nobody else moves.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from services.referrals.contract import Outcome, Side, State, Urgency, Verb

BEFORE_ARRIVAL = frozenset(
    {State.DRAFT, State.SENT, State.ACCEPTED, State.DECLINED, State.REDIRECTED, State.EXPIRED, State.DEPARTED}
)
UNPLACED = frozenset({State.DECLINED, State.REDIRECTED, State.EXPIRED})
"""Sent, and nobody has it: it has to be sent on."""

_S, _R, _O = frozenset({Side.SENDER}), frozenset({Side.RECEIVER}), frozenset({Side.OFFICE})


@dataclass(frozen=True, slots=True)
class Move:
    """Where a verb leads, and which side may take it."""

    to: State
    sides: frozenset[Side]


MOVES: Mapping[tuple[State, Verb], Move] = {
    (State.DRAFT, Verb.SEND): Move(State.SENT, _S),
    (State.DRAFT, Verb.RAISE): Move(State.DRAFT, _S),
    (State.DRAFT, Verb.CANCEL): Move(State.CLOSED, _S | _O),
    (State.SENT, Verb.SEND): Move(State.SENT, _S | _O),
    (State.SENT, Verb.RAISE): Move(State.SENT, _S),
    (State.SENT, Verb.ACCEPT): Move(State.ACCEPTED, _R),
    (State.SENT, Verb.DECLINE): Move(State.DECLINED, _R),
    (State.SENT, Verb.REDIRECT): Move(State.REDIRECTED, _R),
    (State.SENT, Verb.CANCEL): Move(State.CLOSED, _S | _O),
    (State.SENT, Verb.CLOSE): Move(State.CLOSED, _S | _O),
    **{
        move: to
        for state in UNPLACED
        for move, to in {
            (state, Verb.SEND): Move(State.SENT, _S | _O),
            (state, Verb.RAISE): Move(state, _S),
            (state, Verb.CANCEL): Move(State.CLOSED, _S | _O),
            (state, Verb.CLOSE): Move(State.CLOSED, _S | _O),
        }.items()
    },
    (State.EXPIRED, Verb.ACCEPT): Move(State.ACCEPTED, _R),
    (State.EXPIRED, Verb.DECLINE): Move(State.DECLINED, _R),
    (State.EXPIRED, Verb.REDIRECT): Move(State.REDIRECTED, _R),
    (State.ACCEPTED, Verb.SEND): Move(State.SENT, _S | _O),
    (State.ACCEPTED, Verb.RAISE): Move(State.ACCEPTED, _S),
    (State.ACCEPTED, Verb.REDIRECT): Move(State.REDIRECTED, _R),
    (State.ACCEPTED, Verb.DEPART): Move(State.DEPARTED, _S),
    (State.ACCEPTED, Verb.ARRIVE): Move(State.ARRIVED, _R),
    (State.ACCEPTED, Verb.NO_SHOW): Move(State.CLOSED, _R),
    (State.ACCEPTED, Verb.CANCEL): Move(State.CLOSED, _S | _R | _O),
    (State.ACCEPTED, Verb.CLOSE): Move(State.CLOSED, _S | _R | _O),
    (State.DEPARTED, Verb.SEND): Move(State.SENT, _S | _O),
    (State.DEPARTED, Verb.RAISE): Move(State.DEPARTED, _S),
    (State.DEPARTED, Verb.REDIRECT): Move(State.REDIRECTED, _R),
    (State.DEPARTED, Verb.ARRIVE): Move(State.ARRIVED, _R),
    (State.DEPARTED, Verb.NO_SHOW): Move(State.CLOSED, _R),
    (State.DEPARTED, Verb.CANCEL): Move(State.CLOSED, _S | _O),
    (State.DEPARTED, Verb.CLOSE): Move(State.CLOSED, _S | _R | _O),
    (State.ARRIVED, Verb.TREAT): Move(State.IN_CARE, _R),
    (State.ARRIVED, Verb.CLOSE): Move(State.CLOSED, _R | _O),
    (State.IN_CARE, Verb.REFER_BACK): Move(State.CLOSED, _R),
    (State.IN_CARE, Verb.CLOSE): Move(State.CLOSED, _R | _O),
}
"""Every legal step of every referral that a person takes."""

EMERGENCY_MOVES: Mapping[tuple[State, Verb], Move] = {
    (state, verb): move
    for state in (State.SENT, State.EXPIRED)
    for verb, move in {
        Verb.DEPART: Move(State.DEPARTED, _S),
        Verb.ARRIVE: Move(State.ARRIVED, _R),
    }.items()
}
"""What an emergency may do besides."""

ANSWER_ON_THE_WAY = Move(State.DEPARTED, _R)
"""`accept` of an emergency that departed unanswered: it stays departed, and is answered."""

OUTCOMES: Mapping[State, frozenset[Outcome]] = {
    **dict.fromkeys(BEFORE_ARRIVAL, frozenset({Outcome.DIED})),
    State.ARRIVED: frozenset({Outcome.DIED, Outcome.LEFT, Outcome.REFERRED_ON}),
    State.IN_CARE: frozenset({Outcome.ADMITTED, Outcome.DISCHARGED, Outcome.REFERRED_ON, Outcome.LEFT, Outcome.DIED}),
}
"""What `close` may end with, by the state it is taken in: who was not treated was not discharged."""

BY_VERB: Mapping[Verb, Outcome] = {
    Verb.REFER_BACK: Outcome.BACK_REFERRED,
    Verb.NO_SHOW: Outcome.NO_SHOW,
    Verb.CANCEL: Outcome.CANCELLED,
}
"""The outcome that a closing verb says by itself."""

OWNER: Mapping[State, Side] = {
    State.DRAFT: Side.SENDER,
    State.SENT: Side.RECEIVER,
    State.ACCEPTED: Side.SENDER,
    State.DECLINED: Side.SENDER,
    State.REDIRECTED: Side.SENDER,
    State.EXPIRED: Side.SENDER,
    State.DEPARTED: Side.RECEIVER,
    State.ARRIVED: Side.RECEIVER,
    State.IN_CARE: Side.RECEIVER,
}
"""Whose turn it is while it is open, unless it was escalated: then the office's."""

STAY_THERE = frozenset({Outcome.ADMITTED, Outcome.DIED, Outcome.REFERRED_ON})
"""Closed by the receiver with one of these the person is not the sender's to look after again."""


class Illegal(Exception):  # noqa: N818 - an answer, not an error
    """The step may not be taken by this side now; `legal` are the verbs that may."""

    def __init__(self, legal: list[Verb]) -> None:
        super().__init__("illegal step")
        self.legal = legal


@cache
def moves(state: State, urgency: Urgency, *, answered: bool) -> Mapping[Verb, Move]:
    """All steps that lead on from here."""
    tables = [MOVES, EMERGENCY_MOVES] if urgency is Urgency.EMERGENCY else [MOVES]
    found = {verb: move for table in tables for (at, verb), move in table.items() if at is state}
    if state is State.DEPARTED and not answered:
        found[Verb.ACCEPT] = ANSWER_ON_THE_WAY
    if urgency is Urgency.EMERGENCY:
        found.pop(Verb.RAISE, None)
    return found


@cache
def _legal(state: State, side: Side, urgency: Urgency, answered: bool) -> tuple[Verb, ...]:
    possible = moves(state, urgency, answered=answered)
    return tuple(v for v in Verb if v in possible and side in possible[v].sides)


def legal(state: State, side: Side, urgency: Urgency = Urgency.ROUTINE, *, answered: bool = True) -> list[Verb]:
    """The verbs `side` may take, in the order of `Verb`."""
    return list(_legal(state, side, urgency, answered))


def step(state: State, verb: Verb, side: Side, urgency: Urgency = Urgency.ROUTINE, *, answered: bool = True) -> State:
    """The state `verb` leads to when `side` takes it. Raises Illegal."""
    move = moves(state, urgency, answered=answered).get(verb)
    if move is None or side not in move.sides:
        raise Illegal(legal(state, side, urgency, answered=answered))
    return move.to
