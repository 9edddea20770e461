"""What must be told with a step, pure."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo

from services.kernel.problems import Fault, Text
from services.referrals.contract import Kind, StepTaken, Urgency, Verb
from services.referrals.rules.machine import OUTCOMES
from services.referrals.rules.referrals import Referral

CLOCK_SKEW = timedelta(minutes=5)
"""How far a sender's clock may be ahead of ours."""

FARTHEST_DUE = timedelta(days=731)
"""How far ahead a follow-up may be named; a day beyond it is a mistyped year, for which nobody would ever be called."""

LATE_NEWS = timedelta(days=90)
"""How long before a referral came here it, or a step of it, can have happened: no longer than its letter holds."""
LONG_BEFORE = Text("lebih dari 90 hari sebelum rujukan ini tercatat", "is over 90 days before this was recorded here")
FUTURE = Text("tidak boleh di masa depan", "must not lie in the future")

_REQUIRED: Mapping[Verb, tuple[str, ...]] = {
    Verb.DECLINE: ("reason",),
    Verb.REDIRECT: ("reason",),
    Verb.RAISE: ("reason", "urgency"),
    Verb.CANCEL: ("reason",),
    Verb.REFER_BACK: ("advice", "due"),
    Verb.CLOSE: ("outcome",),
}
_ALLOWED: Mapping[str, frozenset[Verb]] = {
    "outcome": frozenset({Verb.CLOSE}),
    "advice": frozenset({Verb.REFER_BACK, Verb.CLOSE}),
    "due": frozenset({Verb.REFER_BACK}),
    "home": frozenset({Verb.REFER_BACK}),
    "urgency": frozenset({Verb.RAISE}),
    "to_facility": frozenset({Verb.SEND, Verb.REDIRECT}),
    "at_once": frozenset({Verb.SEND}),
    "then": frozenset({Verb.SEND}),
}
_RANK = {Urgency.ROUTINE: 0, Urgency.URGENT: 1, Urgency.EMERGENCY: 2}


def faults(referral: Referral, verb: Verb, told: StepTaken, now: datetime, zone: tzinfo = UTC) -> list[Fault]:
    """What is wrong with what was told about a legal step; empty when nothing is.

    What comes back from a partial referral (a laboratory's or radiology's result) need not be followed up on a day.
    """
    found = [
        Fault(f"/{field}", Text(f"wajib diisi pada {verb}", f"is required to {verb}"), "missing")
        for field in _REQUIRED.get(verb, ())
        if getattr(told, field) is None and not (field == "due" and referral.kind is Kind.PARTIAL)
    ] + [
        Fault(f"/{field}", Text(f"tidak dipakai pada {verb}; hapus", f"is not used with {verb}; leave it out"))
        for field, verbs in _ALLOWED.items()
        if getattr(told, field) is not None and verb not in verbs
    ]
    if verb is Verb.CLOSE and told.outcome is not None and told.outcome not in OUTCOMES[referral.state]:
        fitting = ", ".join(sorted(OUTCOMES[referral.state]))
        found.append(Fault("/outcome", Text(f"pada keadaan ini hanya: {fitting}", f"in this state only: {fitting}")))
    if told.urgency is not None and verb is Verb.RAISE and _RANK[told.urgency] <= _RANK[referral.urgency]:
        found.append(
            Fault("/urgency", Text(f"harus lebih gawat dari {referral.urgency}", f"must be above {referral.urgency}"))
        )
    if told.at is not None and told.at > now + CLOCK_SKEW:
        found.append(Fault("/at", FUTURE))
    if told.at is not None and told.at < referral.opened_at - LATE_NEWS:
        found.append(Fault("/at", LONG_BEFORE))
    happened = (told.at or now).astimezone(zone).date()
    if verb is Verb.REFER_BACK and told.due is not None and told.due < happened:
        found.append(
            Fault("/due", Text("tidak boleh sebelum hari rujuk balik", "must not be before the referral back"))
        )
    if told.due is not None and verb is Verb.REFER_BACK and told.due > now.astimezone(zone).date() + FARTHEST_DUE:
        found.append(Fault("/due", Text("paling lama dua tahun ke depan", "must be within two years from now")))
    return found
