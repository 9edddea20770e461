"""Which diagnoses are the first level's own: asked from memory."""

from datetime import date

from services.kernel.service import Service
from services.referrals.contract.candidates import Competence
from services.referrals.room import room
from services.referrals.rules import competence as rules


async def one(service: Service, diagnosis: str, on: date | None) -> Competence:
    """What a diagnosis asks for when it is referred upward on a day (default today)."""
    return rules.competence(diagnosis, on or service.clock.today(), room(service).first_level)
