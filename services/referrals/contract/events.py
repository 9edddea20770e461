"""The `referral` event: codes and times, no name, no number of a person, no free text."""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel

from services.referrals.contract.words import Alarm, Kind, Outcome, Side, State, Urgency, Verb


class StepTold(BaseModel):
    """The step an event speaks of, without who and why."""

    number: int
    verb: Verb | Alarm
    side: Side
    facility: str | None
    role: str
    at: datetime


class ReferralChanged(BaseModel):
    """`data` of a `referral` event. `asked`: the facilities that may answer now, `left`: those that are not asked any
    more since this step; `leg` counts how often it was sent."""

    state: State
    urgency: Urgency
    kind: Kind
    number: str
    leg: int
    from_facility: str
    to_facility: str | None
    asked: list[str]
    left: list[str]
    owner: Side
    owner_facility: str
    opened_at: datetime
    answered_at: datetime | None
    due_at: datetime | None
    closed_at: datetime | None
    valid_until: date | None
    outcome: Outcome | None
    step: StepTold
    legal: dict[Side, list[Verb]]
    non_specialist: bool | None = None
    """The diagnosis was the first level's own on the day it was sent; None: there was no list."""
    tacc: bool | None = None
    """A TACC reason was given; None in events from before it was said."""
    servicerequest: dict[str, Any] | None
    task: dict[str, Any] | None
