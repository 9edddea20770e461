"""A referral as it stands and what a step makes of it, pure."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from operator import attrgetter
from typing import Any, Literal

from services.kernel.auth import Role
from services.referrals.contract import Alarm, Kind, Outcome, Side, State, StepTaken, Urgency, Verb
from services.referrals.rules import clocks, machine, validity
from services.referrals.rules.clocks import Clocks, Times, Wait

CLOCK = "jam"
"""The actor and the role of the clock's own steps."""


@dataclass(frozen=True, slots=True)
class Party:
    """One end of a referral: registry code, FHIR Organization id, name when the registry has told it; its kind where
    it was looked up."""

    code: str
    organization: str
    name: str | None = None
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class Referral:
    """A referral as it stands. `version` counts its steps, `leg` its sendings; `content` is a `contract.Content` as
    plain JSON. `asked` may answer now, or have it; `former` were asked and are so no more; `candidates` come next."""

    id: str
    version: int
    person_id: str
    sender: Party
    receiver: Party | None
    urgency: Urgency
    kind: Kind
    state: State
    owner: Side
    owner_facility: str
    opened_at: datetime
    changed_at: datetime
    due_at: datetime | None
    ring_at: datetime | None
    rung: int
    sent_at: datetime | None
    answered_at: datetime | None
    arrived_at: datetime | None
    closed_at: datetime | None
    diagnosis: str
    encounter: str | None
    content: dict[str, Any]
    leg: int = 1
    asked: Sequence[str] = ()
    former: Sequence[str] = ()
    candidates: Sequence[str] = ()
    outcome: Outcome | None = None
    advice: str | None = None
    follow_up_due: date | None = None
    valid_until: date | None = None
    payer: str | None = None
    beside: str | None = None
    non_specialist: bool | None = None
    numbers: Sequence[dict[str, str]] = ()
    summary: dict[str, Any] | None = None

    @property
    def number(self) -> str:
        """The referral's number, which its letter carries too."""
        return number(self.id)

    @property
    def times(self) -> Times:
        """Its clock."""
        return Times(self.due_at, self.ring_at, self.rung)

    def side(self, facility: str | None, role: str | None = None) -> Side | None:
        """Which side somebody of `facility` acts for, or None for a third (also one who was asked before)."""
        if role == Role.DINKES_ADMIN:
            return Side.OFFICE
        if facility == self.sender.code:
            return Side.SENDER
        return Side.RECEIVER if facility in self.asked else None

    def legal(self, side: Side | None) -> list[Verb]:
        """The verbs `side` may take now."""
        return machine.legal(self.state, side, self.urgency, answered=self.answered_at is not None) if side else []


_VALUES = attrgetter(*Referral.__dataclass_fields__)
_PLACES = {name: place for place, name in enumerate(Referral.__dataclass_fields__)}


def changed(referral: Referral, **new: Any) -> Referral:
    """`dataclasses.replace` at a third of its price: a step makes four, of forty fields each."""
    values = list(_VALUES(referral))
    for name, value in new.items():
        values[_PLACES[name]] = value
    return Referral(*values)


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a referral's history; `number` is the version it led to; `asked` whom a sending asked."""

    number: int
    verb: Verb | Alarm | Literal["draft"]
    state: State
    side: Side
    actor: str
    role: str
    facility: str
    at: datetime
    recorded_at: datetime
    reason: str | None = None
    note: str | None = None
    asked: Sequence[str] | None = None


def number(id_: str) -> str:
    """The number of the referral with this id: twelve hexadecimal digits, in fours. It also verifies the letter."""
    digits = hashlib.md5(f"referral:{id_}".encode(), usedforsecurity=False).hexdigest()[:12].upper()
    return f"{digits[:4]}-{digits[4:8]}-{digits[8:]}"


_NUMBER = re.compile(r"([0-9A-F]{4})-?([0-9A-F]{4})-?([0-9A-F]{4})")


def tidy(text: str) -> str | None:
    """A referral's number as it is stored, from how somebody typed it; None when it cannot be one."""
    found = _NUMBER.fullmatch(text.strip().upper())
    return "-".join(found.groups()) if found else None


def home_again(outcome: Outcome | None) -> bool:
    """Whether the person is the sender's to look after again, now that it has ended so."""
    return outcome not in machine.STAY_THERE


def owned(referral: Referral, office: str) -> Referral:
    """The referral with whose turn it is by its state; never nobody's."""
    side = machine.OWNER.get(referral.state)
    if side is None:
        side = Side.SENDER if home_again(referral.outcome) or referral.receiver is None else Side.RECEIVER
    return handed(referral, side, office)


def handed(referral: Referral, side: Side, office: str) -> Referral:
    """The referral as `side`'s turn."""
    receiver = referral.receiver.code if referral.receiver else referral.sender.code
    whose = {Side.SENDER: referral.sender.code, Side.RECEIVER: receiver}.get(side, office)
    return changed(referral, owner=side, owner_facility=whose)


def sent(
    referral: Referral, to: Sequence[Party], then: Sequence[str], rules: Clocks, now: datetime, office: str, day: date
) -> Referral:
    """The referral on a new leg: everyone in `to` is asked; who was asked before is so no more. Its letter is of `day`
    (local) and holds as long as the rules say."""
    asked = [p.code for p in to]
    left = [f for f in (*referral.former, *referral.asked) if f not in asked]
    gone = changed(
        referral,
        version=referral.version + 1,
        state=State.SENT,
        receiver=to[0],
        asked=asked,
        former=list(dict.fromkeys(left)),
        candidates=_others(then, referral.sender.code, asked),
        leg=referral.leg + 1,
        sent_at=now,
        answered_at=None,
        valid_until=validity.last_day(referral.payer, referral.kind, day),
    )
    return owned(_timed(gone, rules, now), office)


def advance(
    referral: Referral, verb: Verb, side: Side, told: StepTaken, by: Sequence[Party], rules: Clocks, now: datetime,
    office: str,
) -> Referral:  # fmt: skip
    """The referral after any step but `send`. Raises Illegal. Clocks run on `now`, our own time, never a claimed one.

    `by`: the facility that acts, first of all those that are asked.
    """
    answered = referral.answered_at is not None
    state = machine.step(referral.state, verb, side, referral.urgency, answered=answered)
    after = changed(referral, version=referral.version + 1, state=state, changed_at=now)
    if verb is Verb.RAISE:
        after = changed(after, urgency=told.urgency or referral.urgency)
    if side is Side.RECEIVER and verb in (Verb.ACCEPT, Verb.ARRIVE):
        after = _taken(after, verb, by[0], now)
    if side is Side.RECEIVER and verb in (Verb.DECLINE, Verb.REDIRECT):
        after = _refused(after, told, by[0], now)
        if len(by) > 1:  # others are still asked: it waits for them, and its time goes on
            waits = changed(after, state=referral.state, receiver=by[1], answered_at=None)
            return handed(waits, referral.owner, office)
    if after.state is State.CLOSED:
        outcome = machine.BY_VERB.get(verb, told.outcome)
        after = changed(
            after, closed_at=now, outcome=outcome, advice=told.advice, follow_up_due=told.due, candidates=()
        )
    return owned(_timed(after, rules, now), office)


def _taken(after: Referral, verb: Verb, by: Party, now: datetime) -> Referral:
    """It is `by`'s now, and nobody else is asked any more."""
    others = [f for f in after.asked if f != by.code]
    return changed(
        after,
        receiver=by,
        asked=[by.code],
        former=list(dict.fromkeys((*after.former, *others))),
        answered_at=after.answered_at or now,
        arrived_at=now if verb is Verb.ARRIVE else after.arrived_at,
    )


def _refused(after: Referral, told: StepTaken, by: Party, now: datetime) -> Referral:
    """`by` is not asked any more; whom it suggests comes next."""
    suggested = [told.to_facility] if told.to_facility else []
    return changed(
        after,
        asked=[f for f in after.asked if f != by.code],
        former=list(dict.fromkeys((*after.former, by.code))),
        candidates=_others((*suggested, *after.candidates), after.sender.code, after.asked),
        answered_at=now,
    )


def _others(codes: Sequence[str], sender: str, asked: Sequence[str]) -> list[str]:
    """Who may come next, each once: not who sends, and not who is asked already."""
    return [c for c in dict.fromkeys(codes) if c != sender and c not in asked]


def ring(
    referral: Referral, rules: Clocks, now: datetime, office: str, *, owner_active: bool = True,
    other: Party | None = None,
) -> tuple[Alarm, Referral]:  # fmt: skip
    """What the clock does now with a referral whose time has come, and the referral after it. What the office has
    already is not escalated again: it is reminded. An owner that can act no more loses its turn at once: to the `other`
    that is asked beside it, or altogether."""
    wait = rules[referral.state, referral.urgency]
    if not owner_active and other is not None:
        return Alarm.REMIND, _passed(referral, other, wait, now, office)
    what, times = clocks.ring(wait, referral.times, now)
    if not owner_active:
        what = Alarm.EXPIRE if referral.state is State.SENT else Alarm.ESCALATE
        times = Times(referral.due_at, now + wait.again, len(wait.alarms))
    after = changed(referral, version=referral.version + 1, changed_at=now)
    if what is Alarm.EXPIRE:
        return what, owned(_timed(changed(after, state=State.EXPIRED), rules, now), office)
    after = changed(after, due_at=times.due_at, ring_at=times.ring_at, rung=times.rung)
    if what is Alarm.ESCALATE and referral.owner is not Side.OFFICE:
        return what, handed(after, Side.OFFICE, office)
    return Alarm.REMIND, after


def _passed(referral: Referral, other: Party, wait: Wait, now: datetime, office: str) -> Referral:
    """The referral as `other`'s turn, of several asked; its time goes on as it was."""
    began = (referral.due_at or now) - wait.due
    ahead = [n for n, (after, _) in enumerate(wait.alarms) if began + after > now]
    rung = ahead[0] if ahead else len(wait.alarms) - 1
    passed = changed(
        referral,
        version=referral.version + 1,
        changed_at=now,
        receiver=other,
        asked=[f for f in referral.asked if f != referral.owner_facility],
        former=list(dict.fromkeys((*referral.former, referral.owner_facility))),
        ring_at=began + wait.alarms[rung][0],
        rung=rung,
    )
    return handed(passed, Side.RECEIVER, office)


def next_leg(referral: Referral) -> str | None:
    """The candidate to ask at once, when nobody has the referral and the sender has named who comes next."""
    waits = referral.state in (State.DECLINED, State.EXPIRED)
    return next((c for c in referral.candidates if c != referral.sender.code), None) if waits else None


def without(referral: Referral, candidate: str) -> Referral:
    """The referral with one candidate fewer."""
    return changed(referral, candidates=[c for c in referral.candidates if c != candidate])


def _timed(referral: Referral, rules: Clocks, now: datetime) -> Referral:
    times = clocks.begin(rules, referral.state, referral.urgency, _awaited(referral, now))
    return changed(referral, changed_at=now, due_at=times.due_at, ring_at=times.ring_at, rung=times.rung)


MOST_AHEAD = {
    Urgency.ROUTINE: timedelta(days=90), Urgency.URGENT: timedelta(days=3), Urgency.EMERGENCY: timedelta(),
}  # fmt: skip
"""How far ahead a named day puts the clock off at most: so long a letter is valid (JKN); who got worse waits less."""


def _awaited(referral: Referral, now: datetime) -> datetime:
    """From when the state's time counts: the patient who is accepted for a day is awaited from that day on."""
    told = referral.content.get("needed_at") if referral.state is State.ACCEPTED else None
    return min(max(now, datetime.fromisoformat(told)), now + MOST_AHEAD[referral.urgency]) if told else now
