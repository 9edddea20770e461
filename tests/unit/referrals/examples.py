"""A referral of the demo network to start from."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from services.referrals import rules
from services.referrals.contract import Kind, Side, State, StepTaken, Urgency, Verb
from services.referrals.rules import Party, Referral

NOW = datetime(2026, 11, 21, 1, 30, tzinfo=UTC)
ID = "0190a3f0-1111-7000-8000-000000000001"
PERSON = "0190a3f0-0000-7000-8000-000000000001"
REASON = "Tekanan darah 150/95 pada kehamilan 32 minggu"
PRACTICE = Party("D1410010301", "991410016", "Praktik dr. Rahmat Hidayat")
PUSKESMAS = Party("P1410010101", "991410001", "Puskesmas Selatpanjang")


def sent(urgency: Urgency = Urgency.URGENT, **changes: Any) -> Referral:
    """A practice has sent a pregnant woman to the puskesmas."""
    referral = Referral(
        id=ID, version=1, person_id=PERSON, sender=PRACTICE, receiver=PUSKESMAS, urgency=urgency,
        kind=Kind.HORIZONTAL, state=State.SENT, owner_facility=PUSKESMAS.code, opened_at=NOW, changed_at=NOW,
        due_at=rules.due(State.SENT, urgency, NOW), answered_at=None, closed_at=None, diagnosis="O13",
        encounter="kunjungan-1", content={"reason": REASON, "criterion": None, "sbar": None, "tacc": None},
    )  # fmt: skip
    return replace(referral, **changes)


def after(referral: Referral, *steps: tuple[Verb, Side, dict[str, Any]]) -> Referral:
    """The referral after some steps."""
    for verb, side, told in steps:
        referral = rules.advance(referral, verb, side, StepTaken(**told), NOW)
    return referral
