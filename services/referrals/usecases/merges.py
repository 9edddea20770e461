"""What a merge of two persons does to their referrals: they are the survivor's, until it is undone."""

from collections.abc import Sequence

from services.kernel import events
from services.kernel.db import Tx
from services.kernel.events import Event
from services.kernel.service import Service
from services.referrals import fhir, follow_up_task
from services.referrals.queries import follow_ups, referrals
from services.referrals.queries import merges as queries


async def follow(service: Service, tx: Tx, event: Event) -> None:
    """Apply a `merge` event; each referral that changes its person is announced once more, with its follow-up."""
    survivor, other = event.data["survivor"], event.data["other"]
    if event.kind == "created":
        await queries.begin_merge(tx, event.subject, survivor, other)
        await _move(service, tx, await queries.joining(tx, event.subject, other), other, survivor)
    else:
        await _move(service, tx, await queries.leaving(tx, event.subject, survivor), survivor, other)


async def late(service: Service) -> None:
    """Move what was sent, just when a merge came, for the one who was joined."""
    async with service.db.transaction() as tx:
        for merge_id, survivor, other in await queries.past_merges(tx):
            await _move(service, tx, await queries.joining(tx, merge_id, other), other, survivor)


async def _move(service: Service, tx: Tx, moved: Sequence[str], source: str, target: str) -> None:
    if not moved:
        return
    await queries.give(tx, moved, source, target)
    told = list[Event]()
    for id_ in moved:
        found = await referrals.whole(tx, id_)
        if found is not None:
            referral, steps = found
            told.append(fhir.event(referral, steps[-1]))
    told += [follow_up_task.event(one, service.clock.zone) for one in await follow_ups.of(tx, moved)]
    await events.append(tx, told)
