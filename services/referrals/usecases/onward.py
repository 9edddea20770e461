"""The clock's next leg: when nobody has a referral and the sender has named who comes next, that one is asked."""

from datetime import datetime

import asyncpg

from services.kernel.db import Tx
from services.kernel.service import Service
from services.referrals import fhir
from services.referrals.contract import Alarm, Side, State, Verb
from services.referrals.queries import facilities
from services.referrals.queries import referrals as queries
from services.referrals.queries.referrals import Change
from services.referrals.room import room
from services.referrals.rules import referrals
from services.referrals.rules.referrals import CLOCK, Referral, Step

WHY = {
    State.EXPIRED: "Tidak dijawab; dikirim ke calon berikutnya",
    State.DECLINED: "Ditolak; dikirim ke calon berikutnya",
}


async def onward(service: Service, tx: Tx, before: Referral, now: datetime) -> None:
    """The clock's next leg, when nobody has the referral and the sender has named who comes next.

    A candidate that is closed meanwhile, or to which the person has another open referral, is passed over.
    """
    its = room(service)
    while (code := referrals.next_leg(before)) is not None:
        found = (await facilities.facilities(tx, [code])).get(code)
        rest = [c for c in before.candidates if c != code]
        if found is not None and found.active:
            after = referrals.sent(before, [found.party()], rest, its.clocks, now, its.office, service.clock.today())
            try:
                async with tx.transaction():
                    await queries.move(tx, by_clock(before, after, Verb.SEND, now, WHY.get(before.state)))
                return
            except asyncpg.UniqueViolationError:
                pass
        before = referrals.without(before, code)


def by_clock(before: Referral, after: Referral, verb: Verb | Alarm, now: datetime, reason: str | None) -> Change:
    """A step of the clock, told to whoever owned the referral until now."""
    step = Step(
        after.version, verb, after.state, Side.CLOCK, CLOCK, CLOCK, before.owner_facility, now, now, reason,
        asked=after.asked if verb is Verb.SEND else None,
    )  # fmt: skip
    return Change(after, step, fhir.event(after, step, before))
