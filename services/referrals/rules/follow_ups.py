"""What a closed referral asks of the home facility, pure: when it is asked for, by when, and what the clock does."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, tzinfo

from services.referrals.contract import Alarm, Kind, Outcome, State, Urgency, Verb
from services.referrals.contract.follow_ups import Cause, How, Stands
from services.referrals.rules import clocks
from services.referrals.rules.clocks import Times, Wait
from services.referrals.rules.referrals import MOST_AHEAD, Party, Referral

CAUSES = {
    Outcome.BACK_REFERRED: Cause.BACK_REFERRED,
    Outcome.NO_SHOW: Cause.NO_SHOW,
    Outcome.LEFT: Cause.LEFT,
}
"""The outcomes after which somebody at home has to act: the advice, or finding the patient."""


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A follow-up as it stands; the organizations are the facilities' in FHIR. `named`: the home is not the sender."""

    referral_id: str
    person_id: str
    facility: str
    organization: str
    from_facility: str
    from_organization: str
    cause: Cause
    due: date
    opened_at: datetime
    opened_on: date
    ring_at: datetime | None
    rung: int = 0
    reminded_at: datetime | None = None
    escalated_at: datetime | None = None
    done_at: datetime | None = None
    done_on: date | None = None
    done_by: str | None = None
    how: How | None = None
    note: str | None = None
    named: bool = False
    version: int = 1

    def stands(self, today: date) -> Stands:
        """Where it stands on a day; done on the due day is in time."""
        if self.done_on is not None:
            return Stands.DONE if self.done_on <= self.due else Stands.DONE_LATE
        return Stands.DUE if self.due >= today else Stands.LATE


def asked(after: Referral, verb: Verb, home: Party | None, wait: Wait, now: datetime, zone: tzinfo) -> FollowUp | None:
    """The follow-up that a step asks for: of the sender, or of the `home` facility that was named; of the receiver,
    when it takes a person back whom another sends home. None when the step asks for none."""
    today = now.astimezone(zone).date()
    if after.kind is Kind.BACK and verb in (Verb.ACCEPT, Verb.ARRIVE) and after.receiver is not None:
        cause, party, asker = Cause.BACK_ACCEPTED, after.receiver, after.sender
        due = _needed(after, now, zone)
    elif after.state is State.CLOSED and after.outcome in CAUSES:
        cause, party, due = CAUSES[after.outcome], home or after.sender, after.follow_up_due
        asker = after.receiver or after.sender
    else:
        return None
    due = due or today + wait.due
    return FollowUp(
        after.id, after.person_id, party.code, party.organization, asker.code, asker.organization, cause, due, now,
        today, _end_of(due, zone) + wait.alarms[0][0], named=home is not None,
    )  # fmt: skip


def rings(one: FollowUp, wait: Wait, now: datetime) -> tuple[Alarm, FollowUp]:
    """What the clock does with a late follow-up: remind the home facility, then let the office have it too."""
    what, times = clocks.ring(wait, Times(now, one.ring_at, one.rung), now)
    if what is Alarm.ESCALATE and one.escalated_at is not None:
        what = Alarm.REMIND
    after = replace(one, version=one.version + 1, ring_at=times.ring_at, rung=times.rung)
    if what is Alarm.ESCALATE:
        return what, replace(after, escalated_at=now)
    return what, replace(after, reminded_at=now)


def does(after: Referral, verb: Verb) -> bool:
    """Whether a step is itself the follow-up: whoever took the person back treats them."""
    return after.kind is Kind.BACK and verb is Verb.TREAT


def done(one: FollowUp, day: date, by: str, note: str | None, now: datetime) -> FollowUp:
    """The follow-up once somebody says that it was done on a day."""
    return replace(
        one, version=one.version + 1, ring_at=None, done_at=now, done_on=day, done_by=by, how=How.TOLD, note=note
    )


def _needed(referral: Referral, now: datetime, zone: tzinfo) -> date | None:
    """The day the sender named for it; no day far off puts it to sleep."""
    told = referral.content.get("needed_at")
    latest = now + MOST_AHEAD[Urgency.ROUTINE]
    return min(datetime.fromisoformat(told), latest).astimezone(zone).date() if told else None


def _end_of(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), zone)
