"""A referral of the demo network to start from."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from services.referrals.contract import Kind, Side, State, StepTaken, Urgency, Verb
from services.referrals.rules import machine, referrals
from services.referrals.rules.clock_file import STARTING
from services.referrals.rules.clocks import begin
from services.referrals.rules.referrals import Party, Referral

NOW = datetime(2026, 11, 21, 1, 30, tzinfo=UTC)
ID = "0190a3f0-1111-7000-8000-000000000001"
PERSON = "0190a3f0-0000-7000-8000-000000000001"
REASON = "Tekanan darah 150/95 pada kehamilan 32 minggu"
PRACTICE = Party("D1410010301", "991410016", "Praktik dr. Rahmat Hidayat")
OFFICE = "G1410010501"
PUSKESMAS = Party("P1410010101", "991410001", "Puskesmas Selatpanjang")


HOSPITAL = Party("R1410010401", "991410013", "RSUD Kepulauan Meranti")


def sent(urgency: Urgency = Urgency.URGENT, **changes: Any) -> Referral:
    """A practice has sent a pregnant woman to the puskesmas."""
    times = begin(STARTING, State.SENT, urgency, NOW)
    referral = Referral(
        id=ID, version=1, person_id=PERSON, sender=PRACTICE, receiver=PUSKESMAS, urgency=urgency,
        kind=Kind.HORIZONTAL, state=State.SENT, owner=Side.RECEIVER, owner_facility=PUSKESMAS.code, opened_at=NOW,
        changed_at=NOW, due_at=times.due_at, ring_at=times.ring_at, rung=0, sent_at=NOW, answered_at=None,
        arrived_at=None, closed_at=None, diagnosis="O13", encounter="kunjungan-1", asked=[PUSKESMAS.code],
        content={"reason": REASON, "criterion": None, "sbar": None, "tacc": None},
    )  # fmt: skip
    return replace(referral, **changes)


def draft() -> Referral:
    """The same, not yet sent."""
    return sent(receiver=None, state=State.DRAFT, owner=Side.SENDER, owner_facility=PRACTICE.code, asked=[], leg=0,
                sent_at=None)  # fmt: skip


def taken(referral: Referral, verb: Verb, side: Side, told: StepTaken, to: Party = HOSPITAL) -> Referral:
    """The referral after one step, of the first of those asked when it is theirs. Raises Illegal."""
    if verb is Verb.SEND:
        machine.step(referral.state, verb, side, referral.urgency, answered=referral.answered_at is not None)
        return referrals.sent(referral, [to], told.then or referral.candidates, STARTING, NOW, OFFICE, NOW.date())
    by = [Party(code, code) for code in referral.asked] if side is Side.RECEIVER else []
    return referrals.advance(referral, verb, side, told, by, STARTING, NOW, OFFICE)


def after(referral: Referral, *steps: tuple[Verb, Side, dict[str, Any]]) -> Referral:
    """The referral after some steps."""
    for verb, side, told in steps:
        referral = taken(referral, verb, side, StepTaken(**told))
    return referral
