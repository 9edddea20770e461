"""What a step says about who was asked: the line of each facility on each leg, pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from services.referrals.contract import Alarm, Side, State, Verb
from services.referrals.rules.referrals import Referral, Step

Answer = Literal["accepted", "declined", "redirected", "expired"]

_ANSWERS: Mapping[str, Answer] = {
    Verb.ACCEPT: "accepted",
    Verb.ARRIVE: "accepted",
    Verb.DECLINE: "declined",
    Verb.REDIRECT: "redirected",
}


@dataclass(frozen=True, slots=True)
class Told:
    """What a step says of some facilities on the referral's leg: until when they may answer, how and when they did."""

    facilities: Sequence[str] = ()
    until: datetime | None = None
    answer: Answer | None = None
    answered_at: datetime | None = None


NOTHING = Told()


def told(after: Referral, step: Step) -> Told:
    """What `step`, which led to `after`, says of those asked. Arriving is an answer too, expiring is none."""
    if after.state is State.SENT and step.verb in (Verb.SEND, Verb.RAISE):
        return Told(after.asked, until=after.due_at)
    if step.verb is Alarm.EXPIRE:
        return Told(after.asked, answer="expired")
    if step.side is Side.RECEIVER and step.verb in _ANSWERS:
        return Told((step.facility,), answer=_ANSWERS[step.verb], answered_at=step.recorded_at)
    return NOTHING
