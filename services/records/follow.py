"""What the record takes from the network and from referrals: organisations, catchments, agreements, referrals and the
access they give."""

from datetime import UTC, datetime, timedelta

from services.kernel.db import Tx
from services.kernel.events import Event
from services.kernel.service import Service
from services.records.queries import merging, projection, sharing
from services.records.room import room
from services.records.usecases import directing
from services.records.usecases.projecting import project

OPEN_STATES = frozenset({"accepted", "departed", "arrived", "in-care"})
AFTER_CLOSING = timedelta(days=30)
"""How long the receiver still sees the record after a referral has closed."""


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
    """Project ServiceRequest and Task, and open the record to the receiver: once accepted, in an emergency at once."""
    told = [e for e in events if e.type == "referral"]
    now_is = await merging.standing(tx, sorted({e.person_id for e in told if e.person_id})) if told else {}
    for event in told:
        d, person = event.data, now_is.get(event.person_id or "")
        for key, type_ in (("servicerequest", "ServiceRequest"), ("task", "Task")):
            body = d.get(key)
            if body:
                await project(tx, type_, body["id"], person, d["from_facility"], body, event.at)
        opened = d["state"] in OPEN_STATES or (d["urgency"] == "emergency" and d["state"] == "sent")
        closed = _moment(d.get("closed_at"))
        if person and (opened or (closed and d["state"] == "closed")):
            until = closed + AFTER_CLOSING if closed else None
            urgent = d["urgency"] == "emergency"
            await projection.relation(tx, person, d["to_facility"], event.subject, until, urgent)
        elif person and closed:
            await projection.end_relation(tx, person, d["to_facility"], event.subject)


def _moment(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value).astimezone(UTC) if value else None
