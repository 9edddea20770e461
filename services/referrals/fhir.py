"""Referrals as FHIR R4, pure: a ServiceRequest (what is asked) and the Task that follows it (focus and owner as in
IHE and BSeR; the codes are SATUSEHAT's). No names, no free text: this is what leaves the service."""

import uuid
from datetime import UTC, datetime
from typing import Any

from services.kernel.events import Event
from services.referrals.contract import REFERRAL, Outcome, Side, State, Urgency
from services.referrals.rules.numbers import SYSTEMS
from services.referrals.rules.referrals import Referral, Step

SNOMED = "http://snomed.info/sct"
ICD10 = "http://hl7.org/fhir/sid/icd-10"
SYSTEM = "https://simpul.id/fhir/CodeSystem"
STATE, KIND, OUTCOME, TACC = (
    f"{SYSTEM}/{name}" for name in ("referral-state", "referral-kind", "referral-outcome", "tacc")
)

PRIORITY = {Urgency.ROUTINE: "routine", Urgency.URGENT: "urgent", Urgency.EMERGENCY: "stat"}
NUMBER = "https://simpul.id/fhir/referral-number"
"""Identifier system of our own referral number."""
OUTPATIENT, EMERGENCY = "737492002", "385868005"
"""SATUSEHAT's levels of care asked for (SNOMED CT)."""


def request_status(referral: Referral) -> str:
    """FHIR's word for the request as a whole: what came to nothing is revoked."""
    if referral.state is not State.CLOSED:
        return "draft" if referral.state is State.DRAFT else "active"
    return "revoked" if referral.outcome in (Outcome.CANCELLED, Outcome.NO_SHOW) else "completed"


TASK_STATUS = {
    State.DRAFT: "draft",
    State.SENT: "requested",
    State.ACCEPTED: "accepted",
    State.DECLINED: "rejected",
    State.REDIRECTED: "rejected",
    State.EXPIRED: "requested",
    State.DEPARTED: "accepted",
    State.ARRIVED: "in-progress",
    State.IN_CARE: "in-progress",
}


def task_status(referral: Referral) -> str:
    """FHIR's word for where the work stands."""
    if referral.state is State.DEPARTED and referral.answered_at is None:
        return "requested"
    if referral.state is State.CLOSED:
        return "cancelled" if request_status(referral) == "revoked" else "completed"
    return TASK_STATUS[referral.state]


def task_id(referral_id: str) -> str:
    """The Task's id follows from the referral's, so that every projection of it meets."""
    return str(uuid.uuid5(uuid.UUID(referral_id), "Task"))


def service_request(referral: Referral) -> dict[str, Any]:
    """What the sender asks of the receiver."""
    emergency = referral.urgency is Urgency.EMERGENCY
    reasons = [concept(ICD10, referral.diagnosis)]
    tacc = referral.content.get("tacc")
    if tacc:
        reasons.append(concept(TACC, str(tacc["code"])))
    return _context(referral) | {
        "resourceType": "ServiceRequest",
        "id": referral.id,
        "identifier": _identifiers(referral),
        "status": request_status(referral),
        "intent": "original-order",
        "category": [concept(SNOMED, "3457005"), concept(KIND, referral.kind)],
        "code": concept(SNOMED, EMERGENCY if emergency else OUTPATIENT),
        "subject": {"reference": f"Patient/{referral.person_id}"},
        "requester": organization(referral.sender.organization),
        **({"performer": [organization(referral.receiver.organization)]} if referral.receiver else {}),
        "reasonCode": reasons,
    }


def _identifiers(referral: Referral) -> list[dict[str, str]]:
    """Our number, then those that others gave, each under its own system."""
    others = [(SYSTEMS[n["system"]].uri, n["value"]) for n in referral.numbers if n["system"] in SYSTEMS]
    return [{"system": system, "value": value} for system, value in [(NUMBER, referral.number), *others]]


def task(referral: Referral) -> dict[str, Any]:
    """Where the referral stands: `status` in FHIR's words, `businessStatus` in ours."""
    body = _context(referral) | {
        "resourceType": "Task",
        "id": task_id(referral.id),
        "status": task_status(referral),
        "businessStatus": concept(STATE, referral.state),
        "intent": "order",
        "code": concept("http://hl7.org/fhir/CodeSystem/task-code", "fulfill"),
        "focus": {"reference": f"ServiceRequest/{referral.id}"},
        "for": {"reference": f"Patient/{referral.person_id}"},
        "lastModified": instant(referral.changed_at),
        "requester": organization(referral.sender.organization),
        **({"owner": organization(referral.receiver.organization)} if referral.receiver else {}),
    }
    if referral.due_at is not None:
        body["restriction"] = {"period": {"end": instant(referral.due_at)}}
    if output := _output(referral):
        body["output"] = output
    return body


def event(referral: Referral, taken: Step, before: Referral | None = None) -> Event:
    """The `referral` event of a step that led here from `before`; its data is a `contract.ReferralChanged`."""
    drafted = referral.leg == 0
    data = {
        "state": referral.state,
        "urgency": referral.urgency,
        "kind": referral.kind,
        "number": referral.number,
        "leg": referral.leg,
        "from_facility": referral.sender.code,
        "to_facility": referral.receiver.code if referral.receiver else None,
        "asked": list(referral.asked),
        "left": [f for f in before.asked if f not in referral.asked] if before else [],
        "owner": referral.owner,
        "owner_facility": referral.owner_facility,
        "opened_at": instant(referral.opened_at),
        "answered_at": instant(referral.answered_at) if referral.answered_at else None,
        "due_at": instant(referral.due_at) if referral.due_at else None,
        "closed_at": instant(referral.closed_at) if referral.closed_at else None,
        "valid_until": referral.valid_until.isoformat() if referral.valid_until else None,
        "outcome": referral.outcome,
        "step": {
            "number": taken.number,
            "verb": taken.verb,
            "side": taken.side,
            "facility": taken.facility,
            "role": taken.role,
            "at": instant(taken.at),
        },
        "non_specialist": referral.non_specialist,
        "tacc": bool(referral.content.get("tacc")),
        "legal": {side.value: referral.legal(side) for side in (Side.SENDER, Side.RECEIVER, Side.OFFICE)},
        "servicerequest": None if drafted else service_request(referral),
        "task": None if drafted else task(referral),
    }
    kind = "created" if referral.version == 1 else "changed"
    return Event(REFERRAL, kind, referral.id, referral.version, data, referral.person_id)


def _context(referral: Referral) -> dict[str, Any]:
    """What the request and its task have in common."""
    body: dict[str, Any] = {"priority": PRIORITY[referral.urgency], "authoredOn": instant(referral.opened_at)}
    if referral.encounter:
        body["encounter"] = {"reference": f"Encounter/{referral.encounter}"}
    return body


def _output(referral: Referral) -> list[dict[str, Any]]:
    """How it ended and when the person is due at home again. The advice itself is free text and stays here."""
    found: list[dict[str, Any]] = []
    if referral.outcome is not None:
        found.append({"type": concept(OUTCOME, "outcome"), "valueCodeableConcept": concept(OUTCOME, referral.outcome)})
    if referral.follow_up_due is not None:
        found.append({"type": concept(OUTCOME, "follow-up"), "valueDate": referral.follow_up_due.isoformat()})
    return found


def concept(system: str, code: str) -> dict[str, Any]:
    """A coded idea."""
    return {"coding": [{"system": system, "code": str(code)}]}


def organization(organization: str) -> dict[str, str]:
    """A reference to an organisation."""
    return {"reference": f"Organization/{organization}"}


def instant(moment: datetime) -> str:
    """A moment as FHIR writes it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
