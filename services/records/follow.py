"""What the record takes from the network and from referrals: organisations, catchments, agreements, referrals and the
access they give."""

from services.kernel.db import Tx
from services.kernel.events import Event
from services.kernel.service import Service
from services.records.queries import projection, sharing
from services.records.room import room
from services.records.usecases import directing, referring


async def facilities(service: Service, tx: Tx, events: list[Event]) -> None:
    """Keep the followed facilities, catchments and agreements: what decides who sees what."""
    for event in events:
        d = event.data
        if event.type == "facility":
            await projection.facility(tx, d, d.get("satusehat_id") or d["code"])
        elif event.type == "catchment":
            await projection.catchment(tx, event.kind, d)
        elif event.type == "agreement" and event.kind != "alarm":
            await sharing.agreement(tx, event.subject, d)
    if any(e.type in ("facility", "agreement") for e in events):
        await sharing.settle(tx, service.clock.today())
    await room(service).load(tx)


async def directory(service: Service, tx: Tx, events: list[Event]) -> None:
    """Project the network as FHIR, at a pace of its own: a directory made anew changes nobody's access."""
    await directing.apply(service, tx, events)


async def referrals(service: Service, tx: Tx, events: list[Event]) -> None:
    """Project ServiceRequest and Task, and open the referral and the record to whom it concerns (`referred`)."""
    for event in events:
        if event.type == "referral":
            await referring.follow(service, tx, event)
        elif event.type == "followup":
            await referring.follow_up(service, tx, event)
