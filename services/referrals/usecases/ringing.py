"""The clock's own steps: whoever must act is reminded, what is not answered goes on, what nobody moves is the office's.

Each instance takes up a few due referrals at a time and passes over what another has in hand. After an outage each
rings once for all it missed, the longest awaited first, with rests in between that belong to the people who come back.
"""

import asyncio
import logging
from datetime import timedelta

from services.kernel import metrics
from services.kernel.db import OUTAGES, Tx
from services.kernel.logs import described
from services.kernel.service import Service
from services.referrals.contract import Alarm, Side, State
from services.referrals.queries import facilities, ringing
from services.referrals.queries import referrals as queries
from services.referrals.room import room
from services.referrals.rules import referrals
from services.referrals.rules.referrals import Party, Referral
from services.referrals.usecases.onward import by_clock, onward

log = logging.getLogger(__name__)

BATCH, REST = 20, 0.05
"""Referrals of one transaction, and the seconds between two."""
AGAIN = timedelta(minutes=1)
"""When a referral is tried again whose step failed."""
YET = {
    State.SENT: "Belum dijawab",
    State.DRAFT: "Draf belum dikirim",
    State.ACCEPTED: "Keberangkatan belum dicatat",
    State.DEPARTED: "Kedatangan belum dicatat",
    State.ARRIVED: "Pelayanan belum dimulai",
    State.IN_CARE: "Belum ditutup",
}
"""What the clock misses; a reminder comes before the limit, its other steps say that it has passed."""
UNPLACED, INACTIVE = "Belum dikirim ke faskes lain", "Faskes yang harus bertindak tidak aktif lagi"
PASSED = " sampai batas waktunya"


async def ring(service: Service) -> None:
    """A kernel job: the clock's step for every referral whose time has come."""
    while await _batch(service) == BATCH:  # noqa: ASYNC110 - a rest between two batches, no waiting for anything
        await asyncio.sleep(REST)


async def _batch(service: Service) -> int:
    async with service.db.transaction() as tx:
        due = await ringing.due(tx, service.clock.now(), BATCH)
        for row in due:
            try:
                async with tx.transaction():  # a savepoint: one that fails holds up no other
                    await _one(service, tx, queries.referral(row), row["owner_active"])
            except OUTAGES:
                raise
            except Exception as error:
                metrics.FAILED.labels(service.name, "ring").inc()
                log.error("a referral's clock failed", extra={"service": service.name, **described(error)})
                await ringing.later(tx, row["id"], service.clock.now() + AGAIN)
    return len(due)


async def _one(service: Service, tx: Tx, before: Referral, owner_active: bool) -> None:
    its, now = room(service), service.clock.now()
    other = None if owner_active else await _asked_beside(tx, before)
    what, after = referrals.ring(before, its.clocks, now, its.office, owner_active=owner_active, other=other)
    yet = YET.get(before.state, UNPLACED) + ("" if what is Alarm.REMIND else PASSED)
    reason = yet if owner_active else INACTIVE
    await queries.take(tx, by_clock(before, after, what, now, reason))
    await onward(service, tx, after, now)


async def _asked_beside(tx: Tx, referral: Referral) -> Party | None:
    """Who was asked at the same time as the one whose turn it is, and can answer."""
    if referral.state is not State.SENT or referral.owner is not Side.RECEIVER:
        return None
    beside = [f for f in referral.asked if f != referral.owner_facility]
    found = await facilities.facilities(tx, beside) if beside else {}
    return next((found[f].party() for f in beside if f in found and found[f].active), None)


async def orphans(service: Service) -> None:
    """A kernel job: what a facility owns that is no more active is taken up by the clock at once."""
    async with service.db.reading() as conn:
        await ringing.orphans(conn, service.clock.now())
