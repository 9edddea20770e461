"""What a payer (BPJS) is told of a referral, and the numbers it gives back. For peers only."""

from datetime import date, datetime

from pydantic import BaseModel, Field

from services.referrals.contract.content import Criterion, Tacc
from services.referrals.contract.letters import NewNumber
from services.referrals.contract.words import Kind, State, Urgency


class OfVisit(BaseModel):
    """Which visit is asked about: its Encounter, or, for a referral that names none, person, sender and day."""

    encounter: str
    person_id: str
    facility: str
    day: date


class ReferralTold(BaseModel):
    """A referral as its sender owes it to BPJS."""

    id: str
    kind: Kind
    state: State
    urgency: Urgency
    to_facility: str | None
    diagnosis: str
    sent_at: datetime | None
    needed_at: datetime | None = None
    service: str | None = None
    reason: str | None = None
    tacc: Tacc | None = None
    criterion: Criterion | None = None
    cancelled: bool = False
    numbers: dict[str, str] = Field(default_factory=dict)


class ReferralsTold(BaseModel):
    """The referrals of a visit, the one that names the visit first."""

    items: list[ReferralTold]


class GivenNumbers(BaseModel):
    """The numbers BPJS gave a referral; of those of a payer with the letter's last day."""

    numbers: list[NewNumber] = Field(min_length=1, max_length=4)
