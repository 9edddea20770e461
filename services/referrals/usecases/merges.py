"""What a merge of two persons does to their referrals: they are the survivor's, until it is undone."""

from collections.abc import Sequence

from services.kernel import events
from services.kernel.db import Tx
from services.kernel.events import Event
from services.kernel.service import Service
from services.referrals import fhir
from services.referrals.queries import merges as queries
from services.referrals.queries import referrals


async def follow(tx: Tx, event: Event) -> None:
    """Apply a `merge` event; each referral that changes its person is announced once more."""
    survivor, other = event.data["survivor"], event.data["other"]
    if event.kind == "created":
        await queries.begin_merge(tx, event.subject, survivor, other)
        await _move(tx, await queries.joining(tx, event.subject, other), other, survivor)
    else:
        await _move(tx, await queries.leaving(tx, event.subject, survivor), survivor, other)


async def late(service: Service) -> None:
    """Move what was sent, just when a merge came, for the one who was joined."""
    async with service.db.transaction() as tx:
        for merge_id, survivor, other in await queries.past_merges(tx):
            await _move(tx, await queries.joining(tx, merge_id, other), other, survivor)


async def _move(tx: Tx, moved: Sequence[str], source: str, target: str) -> None:
    if not moved:
        return
    await queries.give(tx, moved, source, target)
    told = list[Event]()
    for id_ in moved:
        found = await referrals.whole(tx, id_)
        if found is not None:
            referral, steps = found
            told.append(fhir.event(referral, steps[-1]))
    await events.append(tx, told)
