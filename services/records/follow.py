"""What the record takes from the network and from referrals: organisations, catchments, agreements, referrals and the
access they give."""

from datetime import UTC, datetime, timedelta

from services.kernel.db import Tx
from services.kernel.events import Event
from services.kernel.service import Service
from services.records import directory
from services.records.queries import merging, projection, sharing
from services.records.room import room
from services.records.usecases.projecting import project

OPEN_STATES = frozenset({"accepted", "departed", "arrived", "in-care"})
AFTER_CLOSING = timedelta(days=30)
"""How long the receiver still sees the record after a referral has closed."""


async def facilities(service: Service, tx: Tx, events: list[Event]) -> None:
    """Keep the followed facilities, catchments and agreements, and project the network as FHIR."""
    for event in events:
        d = event.data
        if event.type == "facility":
            id_ = d.get("satusehat_id") or d["code"]
            await projection.facility(tx, d, id_)
            bodies = directory.organization(d, id_), directory.location(d, id_), directory.healthcare_service(d, id_)
            for body in filter(None, bodies):
                await project(tx, body["resourceType"], id_, None, d["code"], body, event.at)
        elif event.type == "catchment":
            await projection.catchment(tx, event.kind, d)
        elif event.type == "agreement" and event.kind != "alarm":
            await sharing.agreement(tx, event.subject, d)
    if any(e.type in ("facility", "agreement") for e in events):
        await sharing.settle(tx, service.clock.today())
    await room(service).load(tx)
    for event in events:
        if event.type == "practitioner":
            d = event.data
            body = directory.practitioner_role(d, room(service).organization_of(d["facility"]))
            await project(tx, "PractitionerRole", body["id"], None, d["facility"], body, event.at)
        if event.type in ("practitioner", "professional", "licence"):
            await projection.practitioner_due(tx, event.data["id"])


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
