"""What speaks against a destination that was chosen: said in the answer, never a reason not to send."""

import asyncio
import time

from services.facilities.contract import CandidatesAsked, CandidatesFound
from services.kernel.problems import Unavailable
from services.kernel.service import Service
from services.referrals import peers
from services.referrals.contract import NewReferral
from services.referrals.contract.candidates import Warned
from services.referrals.room import room
from services.referrals.rules import candidates as rules
from services.referrals.usecases.candidates import Asked, question, words

PATIENCE = 1.0
"""Seconds that a sending waits for the network."""
REMEMBERED, AWAY, FORGOTTEN = 60.0, 10.0, 5_000
"""Seconds for which an answer is used again, and for which an absent network is not asked; how many are kept."""
_AWAY = "network-away"


async def warnings(service: Service, asked: NewReferral, sender: str) -> list[Warned]:
    """What the network says against the destination, when needed; nothing when the network is away."""
    if asked.draft or asked.to_facility is None:
        return []
    clock, kept = time.monotonic(), room(service).recent
    at = asked.needed_at or service.clock.now()
    key = ("warned", sender, asked.to_facility, asked.diagnosis, asked.urgency, asked.service, asked.payer == "jkn",
           int(at.timestamp() // 600))  # fmt: skip
    for place in (key, _AWAY):
        known: tuple[float, list[Warned]] | None = kept.get(place)
        if known is not None and known[0] > clock:
            return known[1]
    wish = Asked(asked.diagnosis, asked.kind, asked.urgency, [asked.service] if asked.service else [], sender=sender)
    told = await _told(service, question(wish, at, only=[asked.to_facility]))
    if told is None:
        kept[_AWAY] = (time.monotonic() + AWAY, [])
        return []
    found = _against(told, asked)
    if len(kept) > FORGOTTEN:
        kept.clear()
    kept[key] = (clock + REMEMBERED, found)
    return found


async def _told(service: Service, asked: CandidatesAsked) -> CandidatesFound | None:
    try:
        async with asyncio.timeout(PATIENCE):
            return await peers.candidates(service, asked, PATIENCE)
    except (TimeoutError, Unavailable):
        return None


def _against(told: CandidatesFound, asked: NewReferral) -> list[Warned]:
    if not told.facilities:
        return []
    needed = [n.service for n in told.needs]
    found = rules.warnings(told.facilities[0], needed, jkn=asked.payer == "jkn")
    return [Warned(code=code, words=words(text)) for code, text in found]
