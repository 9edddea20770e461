"""The numbers BPJS gave a referral, handed to the service that keeps referrals.

A visit that refers is known at BPJS by its noKunjungan, which is the referral's number too. Until when the letter holds
is BPJS' own word (tglAkhirRujuk); where it gives none, 90 days from the planned day (else the visit's), both included.
"""

import logging
from datetime import date, timedelta

from services.coverage import peers
from services.coverage.bpjs.outcomes import Refused, Said, Unavailable
from services.coverage.bpjs.wire import BpjsService
from services.coverage.queries import targets
from services.coverage.queries.targets import Owed
from services.coverage.rules.visit_given import day_of
from services.coverage.usecases.lines import line_of
from services.kernel import problems
from services.kernel.service import Service
from services.referrals.contract import GivenNumbers, NewNumber

log = logging.getLogger(__name__)

LASTS = timedelta(days=89)
MOST, TRIES = 20, 12
OTHERS = ("satusehat", "satusehat-servicerequest")


async def hand(service: Service) -> None:
    """Hand over what is owed now; what cannot be handed is tried again later, ever more rarely."""
    async with service.db.reading() as conn:
        owed = await targets.owed(conn, MOST, TRIES)
    for one in owed:
        because = await _one(service, one)
        async with service.db.reading() as conn:
            if because is None:
                await targets.handed(conn, one.encounter, one.number)
            else:
                log.warning("a referral's numbers wait", extra={"service": service.name, "error": because})
                await targets.later(conn, one.encounter, because, min(3600.0, 15.0 * 2**one.tried))


async def _one(service: Service, owed: Owed) -> str | None:
    """Hand over one referral's numbers; why it could not be done, None when it was."""
    line = await line_of(service, owed.facility, BpjsService.PCARE)
    if line is None:
        return "no-line"
    said = await line.pcare.referral(owed.number)
    if isinstance(said, Unavailable):
        return said.because
    kept = said.response if isinstance(said, Said) and isinstance(said.response, dict) else {}
    until = last_day(kept.get("tglAkhirRujuk"), kept.get("tglEstRujuk"), owed.estimated, owed.day)
    if isinstance(said, Refused):
        log.warning("BPJS shows no referral under its number", extra={"service": service.name})
    numbers = [NewNumber(system="pcare", value=owed.number, valid_until=until)]
    numbers += [NewNumber.model_validate({"system": s, "value": v}) for s in OTHERS if (v := owed.given.get(s))]
    try:
        return None if await peers.hand_numbers(service, owed.referral_id, GivenNumbers(numbers=numbers)) else "refused"
    except problems.Unavailable:
        return "peer"


def last_day(said: str | None, planned: str | None, estimated: date | None, visit: date) -> date:
    """The letter's last day: tglAkhirRujuk when BPJS says it, else 89 days after the planned day or the visit's."""
    return day_of(said) or (day_of(planned) or estimated or visit) + LASTS
