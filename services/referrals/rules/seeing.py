"""What each side sees of a referral, pure: the summary that went along, and the history of who was asked before."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from services.referrals.contract import Alarm, Outcome, Side, State, Urgency
from services.referrals.rules.referrals import Referral, Step, changed

AWAY = frozenset({State.ARRIVED, State.IN_CARE, State.CLOSED})
"""States in which the person is, or was, at the receiver's."""
_ANSWERED = frozenset({State.ACCEPTED, State.DEPARTED, State.ARRIVED, State.IN_CARE})
UNAVAILABLE = "unavailable"
"""Why there is no summary: the record did not answer when the referral was sent."""


def missing(referral: Referral) -> str | None:
    """Why a referral that was sent has no summary."""
    return (referral.summary or {}).get("missing")


def summary(referral: Referral, side: Side | None, facility: str | None) -> dict[str, Any] | None:
    """The summary as a side sees it. A receiver from whom the person's word or a missing agreement keeps the record
    sees who it is and no more; an emergency waits for no agreement. Who was not weighed when it was sent is kept off.

    Whether something is withheld is told to whoever may see the person: the sender, and a receiver to whom the record
    is open.
    """
    stored = referral.summary or {}
    if "resume" not in stored or side is None:
        return None
    resume, withheld = stored["resume"], bool(stored["withheld"])
    if side is Side.RECEIVER:
        reason = stored["kept"].get(facility, UNAVAILABLE)
        if reason is not None and not (reason == "agreement" and referral.urgency is Urgency.EMERGENCY):
            resume, withheld = {"patient": resume["patient"]}, True
        return {**resume, "taken_at": stored["taken_at"], "withheld": withheld if record_open(referral) else None}
    return {**resume, "taken_at": stored["taken_at"], "withheld": withheld}


def listed(referral: Referral) -> Referral:
    """A referral as a list holds it: of the summary only who it is about."""
    return changed(referral, summary={"patient": _who(referral)})


def _who(referral: Referral) -> dict[str, Any] | None:
    stored = referral.summary or {}
    found: dict[str, Any] | None = stored.get("patient") or stored.get("resume", {}).get("patient")
    return found


def patient(referral: Referral, side: Side | None) -> dict[str, Any] | None:
    """Who a referral is about, for its two ends: as the record said it when it was sent, without the number."""
    if side not in (Side.SENDER, Side.RECEIVER):
        return None
    said = _who(referral)
    return {n: said.get(n) for n in ("name", "birth_date", "gender")} if said else None


def record_open(referral: Referral) -> bool:
    """Whether the record is open to whoever is asked (see `services.records.referred`)."""
    if referral.state is State.CLOSED:
        return referral.answered_at is not None and referral.outcome not in (Outcome.CANCELLED, Outcome.NO_SHOW)
    return referral.state in _ANSWERED or (referral.state is State.SENT and referral.urgency is Urgency.EMERGENCY)


def own_lines(steps: Sequence[Step], facility: str) -> list[Step]:
    """What a facility that was asked before still sees of the history: its own steps; that it was asked; and that it
    let the time go by. Of others' lines neither who nor why."""
    asked, found = False, list[Step]()
    for step in steps:
        if step.facility == facility and step.side is Side.RECEIVER:
            found.append(step)
        elif step.asked is not None:
            asked = facility in step.asked
            if asked:
                found.append(_silent(step))
        elif asked and step.verb is Alarm.EXPIRE:
            found.append(_silent(step))
    return found


def _silent(step: Step) -> Step:
    return replace(step, actor="-", reason=None, note=None, asked=None)
