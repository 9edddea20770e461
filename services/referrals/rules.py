"""The referral's rules, pure: which step may follow, who may take it, whose turn comes next and until when.

    sent ─accept─▶ accepted ─depart─▶ departed ─arrive─▶ arrived ─treat─▶ in-care ─refer-back│close─▶ closed
     │               │  └────────────arrive──────────────▲
     └─decline─▶ declined      (accepted, departed) ─no-show─▶ no-show      (before arrival) ─cancel─▶ cancelled

An emergency need not wait for an answer: it may depart and arrive straight from `sent`, and is then answered on the
way (accept) or by its arrival.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any, Literal

from services.kernel.problems import Fault, Text
from services.referrals.contract import Kind, Outcome, Side, State, StepTaken, Urgency, Verb

ENDS = frozenset({State.DECLINED, State.CANCELLED, State.NO_SHOW, State.CLOSED})
BEFORE_ARRIVAL = frozenset({State.SENT, State.ACCEPTED, State.DEPARTED})

_SENDER, _RECEIVER = frozenset({Side.SENDER}), frozenset({Side.RECEIVER})
_BOTH = _SENDER | _RECEIVER


@dataclass(frozen=True, slots=True)
class Move:
    """Where a verb leads, and which side may take it."""

    to: State
    sides: frozenset[Side]


MOVES: Mapping[tuple[State, Verb], Move] = {
    (State.SENT, Verb.ACCEPT): Move(State.ACCEPTED, _RECEIVER),
    (State.SENT, Verb.DECLINE): Move(State.DECLINED, _RECEIVER),
    (State.SENT, Verb.CANCEL): Move(State.CANCELLED, _SENDER),
    (State.SENT, Verb.CLOSE): Move(State.CLOSED, _SENDER),
    (State.ACCEPTED, Verb.DEPART): Move(State.DEPARTED, _SENDER),
    (State.ACCEPTED, Verb.ARRIVE): Move(State.ARRIVED, _RECEIVER),
    (State.ACCEPTED, Verb.NO_SHOW): Move(State.NO_SHOW, _RECEIVER),
    (State.ACCEPTED, Verb.CANCEL): Move(State.CANCELLED, _BOTH),
    (State.ACCEPTED, Verb.CLOSE): Move(State.CLOSED, _BOTH),
    (State.DEPARTED, Verb.ARRIVE): Move(State.ARRIVED, _RECEIVER),
    (State.DEPARTED, Verb.NO_SHOW): Move(State.NO_SHOW, _RECEIVER),
    (State.DEPARTED, Verb.CANCEL): Move(State.CANCELLED, _SENDER),
    (State.DEPARTED, Verb.CLOSE): Move(State.CLOSED, _BOTH),
    (State.ARRIVED, Verb.TREAT): Move(State.IN_CARE, _RECEIVER),
    (State.ARRIVED, Verb.CLOSE): Move(State.CLOSED, _RECEIVER),
    (State.IN_CARE, Verb.REFER_BACK): Move(State.CLOSED, _RECEIVER),
    (State.IN_CARE, Verb.CLOSE): Move(State.CLOSED, _RECEIVER),
}
"""Every legal step of every referral."""

EMERGENCY_MOVES: Mapping[tuple[State, Verb], Move] = {
    (State.SENT, Verb.DEPART): Move(State.DEPARTED, _SENDER),
    (State.SENT, Verb.ARRIVE): Move(State.ARRIVED, _RECEIVER),
}
"""What an emergency may do besides."""

ANSWER_ON_THE_WAY = Move(State.DEPARTED, _RECEIVER)
"""`accept` of an emergency that departed unanswered: it stays departed, and is answered."""

OUTCOMES: Mapping[State, frozenset[Outcome]] = {
    **dict.fromkeys(BEFORE_ARRIVAL, frozenset({Outcome.DIED})),
    State.ARRIVED: frozenset({Outcome.DIED, Outcome.LEFT, Outcome.REFERRED_ON}),
    State.IN_CARE: frozenset(Outcome) - {Outcome.BACK_REFERRED},
}
"""What `close` may end with, by the state it is taken in: who was not treated was not discharged."""

OWNER: Mapping[State, Side] = {
    State.SENT: Side.RECEIVER,
    State.ACCEPTED: Side.SENDER,
    State.DEPARTED: Side.RECEIVER,
    State.ARRIVED: Side.RECEIVER,
    State.IN_CARE: Side.RECEIVER,
    State.DECLINED: Side.SENDER,
    State.CANCELLED: Side.SENDER,
    State.NO_SHOW: Side.SENDER,
}
HOME_AGAIN = frozenset({Outcome.BACK_REFERRED, Outcome.DISCHARGED, Outcome.LEFT})
"""Closed with one of these the person is the sender's to look after again."""

_MINUTES, _HOURS, _DAYS = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
WAITS: Mapping[State, Mapping[Urgency, timedelta]] = {
    State.SENT: {Urgency.EMERGENCY: 15 * _MINUTES, Urgency.URGENT: _HOURS, Urgency.ROUTINE: _DAYS},
    State.ACCEPTED: {Urgency.EMERGENCY: _HOURS, Urgency.URGENT: _DAYS, Urgency.ROUTINE: 7 * _DAYS},
    State.DEPARTED: {Urgency.EMERGENCY: 6 * _HOURS, Urgency.URGENT: _DAYS, Urgency.ROUTINE: 3 * _DAYS},
    State.ARRIVED: {Urgency.EMERGENCY: 15 * _MINUTES, Urgency.URGENT: _HOURS, Urgency.ROUTINE: _DAYS},
    State.IN_CARE: {Urgency.EMERGENCY: 7 * _DAYS, Urgency.URGENT: 7 * _DAYS, Urgency.ROUTINE: 30 * _DAYS},
}
"""How long each state may last. Provisional: these become dated rules that an office loads."""

CLOCK_SKEW = timedelta(minutes=5)
"""How far a sender's clock may be ahead of ours."""


class Illegal(Exception):  # noqa: N818 - an answer, not an error
    """The step may not be taken by this side now; `legal` are the verbs that may."""

    def __init__(self, legal: list[Verb]) -> None:
        super().__init__("illegal step")
        self.legal = legal


@dataclass(frozen=True, slots=True)
class Party:
    """One end of a referral: registry code, FHIR Organization id, name when the registry has told it."""

    code: str
    organization: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Referral:
    """A referral as it stands. `version` counts its steps; `content` is a `contract.Content` as plain JSON."""

    id: str
    version: int
    person_id: str
    sender: Party
    receiver: Party
    urgency: Urgency
    kind: Kind
    state: State
    owner_facility: str
    opened_at: datetime
    changed_at: datetime
    due_at: datetime | None
    answered_at: datetime | None
    closed_at: datetime | None
    diagnosis: str
    encounter: str | None
    content: dict[str, Any]
    outcome: Outcome | None = None
    advice: str | None = None
    follow_up_due: date | None = None

    def side(self, facility: str | None) -> Side | None:
        """Which end `facility` is, or None for a third."""
        return {self.sender.code: Side.SENDER, self.receiver.code: Side.RECEIVER}.get(facility or "")

    def legal(self, side: Side | None) -> list[Verb]:
        """The verbs `side` may take now."""
        return legal(self.state, side, self.urgency, answered=self.answered_at is not None) if side else []


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a referral's history; `number` is the version it led to."""

    number: int
    verb: Verb | Literal["send"]
    state: State
    actor: str
    role: str
    facility: str
    at: datetime
    recorded_at: datetime
    reason: str | None = None
    note: str | None = None


def moves(state: State, urgency: Urgency, *, answered: bool) -> dict[Verb, Move]:
    """All steps that lead on from here."""
    tables = [MOVES, EMERGENCY_MOVES] if urgency is Urgency.EMERGENCY else [MOVES]
    found = {verb: move for table in tables for (at, verb), move in table.items() if at is state}
    if state is State.DEPARTED and not answered:
        found[Verb.ACCEPT] = ANSWER_ON_THE_WAY
    return found


def legal(state: State, side: Side, urgency: Urgency = Urgency.ROUTINE, *, answered: bool = True) -> list[Verb]:
    """The verbs `side` may take, in the order of `Verb`."""
    possible = moves(state, urgency, answered=answered)
    return [v for v in Verb if v in possible and side in possible[v].sides]


def step(state: State, verb: Verb, side: Side, urgency: Urgency = Urgency.ROUTINE, *, answered: bool = True) -> State:
    """The state `verb` leads to when `side` takes it. Raises Illegal."""
    move = moves(state, urgency, answered=answered).get(verb)
    if move is None or side not in move.sides:
        raise Illegal(legal(state, side, urgency, answered=answered))
    return move.to


def owner(referral: Referral, state: State, outcome: Outcome | None) -> str:
    """Whose turn it is, or who has the person now that it has ended: never nobody."""
    at_home = outcome in HOME_AGAIN if state is State.CLOSED else OWNER[state] is Side.SENDER
    return referral.sender.code if at_home else referral.receiver.code


def due(state: State, urgency: Urgency, now: datetime) -> datetime | None:
    """When the next step is due; None when none is awaited."""
    return None if state in ENDS else now + WAITS[state][urgency]


def advance(referral: Referral, verb: Verb, side: Side, told: StepTaken, now: datetime) -> Referral:
    """The referral after a step. Raises Illegal. Clocks run on `now`, our own time, never on a claimed one."""
    answered = referral.answered_at is not None
    state = step(referral.state, verb, side, referral.urgency, answered=answered)
    outcome = Outcome.BACK_REFERRED if verb is Verb.REFER_BACK else told.outcome
    answers = verb in (Verb.ACCEPT, Verb.DECLINE, Verb.ARRIVE)
    return replace(
        referral,
        version=referral.version + 1,
        state=state,
        owner_facility=owner(referral, state, outcome),
        changed_at=now,
        due_at=due(state, referral.urgency, now),
        answered_at=now if answers and not answered else referral.answered_at,
        closed_at=now if state in ENDS else None,
        outcome=outcome if state is State.CLOSED else None,
        advice=told.advice,
        follow_up_due=told.due,
    )


_REQUIRED: Mapping[Verb, tuple[str, ...]] = {
    Verb.DECLINE: ("reason",),
    Verb.CANCEL: ("reason",),
    Verb.REFER_BACK: ("advice", "due"),
    Verb.CLOSE: ("outcome",),
}
_ALLOWED: Mapping[str, frozenset[Verb]] = {
    "outcome": frozenset({Verb.CLOSE}),
    "advice": frozenset({Verb.REFER_BACK, Verb.CLOSE}),
    "due": frozenset({Verb.REFER_BACK}),
}


def faults(verb: Verb, told: StepTaken, state: State, now: datetime, zone: tzinfo = UTC) -> list[Fault]:
    """What is wrong with what was told about a legal step; empty when nothing is."""
    found = [
        Fault(f"/{field}", Text(f"wajib diisi pada {verb}", f"is required to {verb}"), "missing")
        for field in _REQUIRED.get(verb, ())
        if getattr(told, field) is None
    ] + [
        Fault(f"/{field}", Text(f"tidak dipakai pada {verb}; hapus", f"is not used with {verb}; leave it out"))
        for field, verbs in _ALLOWED.items()
        if getattr(told, field) is not None and verb not in verbs
    ]
    if verb is Verb.CLOSE and told.outcome is not None and told.outcome not in OUTCOMES[state]:
        fitting = ", ".join(sorted(OUTCOMES[state]))
        found.append(Fault("/outcome", Text(f"pada keadaan ini hanya: {fitting}", f"in this state only: {fitting}")))
    if told.at is not None and told.at > now + CLOCK_SKEW:
        found.append(Fault("/at", Text("tidak boleh di masa depan", "must not lie in the future")))
    happened = (told.at or now).astimezone(zone).date()
    if verb is Verb.REFER_BACK and told.due is not None and told.due < happened:
        found.append(
            Fault("/due", Text("tidak boleh sebelum hari rujuk balik", "must not be before the referral back"))
        )
    return found
