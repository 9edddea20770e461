"""What the record takes from the network and from referrals: organisations, catchments, referrals and their access."""

from datetime import UTC, datetime, timedelta
from typing import Any

from services.kernel.db import Tx
from services.kernel.events import Event
from services.kernel.service import Service
from services.records.queries import projection
from services.records.room import room
from services.records.usecases.projecting import project

OPEN_STATES = frozenset({"accepted", "departed", "arrived", "in-care"})
AFTER_CLOSING = timedelta(days=30)
"""How long the receiver still sees the record after a referral has closed."""


async def facilities(service: Service, tx: Tx, events: list[Event]) -> None:
    """Keep the followed facilities and catchments, and project each facility as a FHIR Organization."""
    for event in events:
        if event.type == "facility":
            d = event.data
            organization = d.get("satusehat_id") or d["code"]
            await projection.facility(tx, d, organization)
            await project(tx, "Organization", organization, None, d["code"], _organization(d, organization), event.at)
        elif event.type == "catchment":
            await projection.catchment(tx, event.kind, event.data)
    await room(service).load(tx)


def _organization(d: dict[str, Any], id_: str) -> dict[str, Any]:
    identifiers = [{"system": "https://simpul.id/facility", "value": d["code"]}]
    if d.get("satusehat_id"):
        identifiers.append({"system": "https://fhir.kemkes.go.id/id/organization", "value": d["satusehat_id"]})
    if d.get("bpjs_code"):
        identifiers.append({"system": "https://fhir.kemkes.go.id/id/bpjs-ppk", "value": d["bpjs_code"]})
    kind = {
        "system": "http://terminology.kemkes.go.id/CodeSystem/organization-type",
        "code": d.get("organization_type") or "103",
    }
    return {
        "resourceType": "Organization", "id": id_, "identifier": identifiers, "active": d.get("active", True),
        "type": [{"coding": [kind], "text": d["kind"]}], "name": d["name"],
    }  # fmt: skip


async def referrals(service: Service, tx: Tx, events: list[Event]) -> None:
    """Project ServiceRequest and Task, and open the record to the receiver: once accepted, in an emergency at once."""
    for event in events:
        if event.type != "referral":
            continue
        d = event.data
        for key, type_ in (("servicerequest", "ServiceRequest"), ("task", "Task")):
            body = d.get(key)
            if body:
                await project(tx, type_, body["id"], event.person_id, d["from_facility"], body, event.at)
        opened = d["state"] in OPEN_STATES or (d["urgency"] == "emergency" and d["state"] == "sent")
        closed = _moment(d.get("closed_at"))
        if event.person_id and (opened or (closed and d["state"] == "closed")):
            until = closed + AFTER_CLOSING if closed else None
            await projection.relation(tx, event.person_id, d["to_facility"], event.subject, until)
        elif event.person_id and closed:
            await projection.end_relation(tx, event.person_id, d["to_facility"], event.subject)


def _moment(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value).astimezone(UTC) if value else None
