"""Referrals as FHIR R4, pure: a ServiceRequest (what is asked) and the Task that follows it (focus and owner as in
IHE and BSeR; the codes are SATUSEHAT's). No names, no free text: this is what leaves the service."""

import uuid
from datetime import UTC, datetime
from typing import Any

from services.kernel.events import Event
from services.referrals.contract import REFERRAL, Side, State, Urgency
from services.referrals.rules import Referral, Step

SNOMED = "http://snomed.info/sct"
ICD10 = "http://hl7.org/fhir/sid/icd-10"
SYSTEM = "https://simpul.id/fhir/CodeSystem"
STATE, KIND, OUTCOME, TACC = (
    f"{SYSTEM}/{name}" for name in ("referral-state", "referral-kind", "referral-outcome", "tacc")
)

PRIORITY = {Urgency.ROUTINE: "routine", Urgency.URGENT: "urgent", Urgency.EMERGENCY: "stat"}
OUTPATIENT, EMERGENCY = "737492002", "385868005"
"""SATUSEHAT's levels of care asked for (SNOMED CT)."""

REQUEST_STATUS = {
    State.CLOSED: "completed",
    State.DECLINED: "revoked",
    State.CANCELLED: "revoked",
    State.NO_SHOW: "revoked",
}
TASK_STATUS = {
    State.SENT: "requested",
    State.ACCEPTED: "accepted",
    State.DEPARTED: "accepted",
    State.DECLINED: "rejected",
    State.CANCELLED: "cancelled",
    State.NO_SHOW: "cancelled",
    State.ARRIVED: "in-progress",
    State.IN_CARE: "in-progress",
    State.CLOSED: "completed",
}


def task_id(referral_id: str) -> str:
    """The Task's id follows from the referral's, so that every projection of it meets."""
    return str(uuid.uuid5(uuid.UUID(referral_id), "Task"))


def service_request(referral: Referral) -> dict[str, Any]:
    """What the sender asks of the receiver."""
    emergency = referral.urgency is Urgency.EMERGENCY
    reasons = [_concept(ICD10, referral.diagnosis)]
    tacc = referral.content.get("tacc")
    if tacc:
        reasons.append(_concept(TACC, str(tacc["code"])))
    return _context(referral) | {
        "resourceType": "ServiceRequest",
        "id": referral.id,
        "status": REQUEST_STATUS.get(referral.state, "active"),
        "intent": "original-order",
        "category": [_concept(SNOMED, "3457005"), _concept(KIND, referral.kind)],
        "code": _concept(SNOMED, EMERGENCY if emergency else OUTPATIENT),
        "subject": {"reference": f"Patient/{referral.person_id}"},
        "requester": _organization(referral.sender.organization),
        "performer": [_organization(referral.receiver.organization)],
        "reasonCode": reasons,
    }


def task(referral: Referral) -> dict[str, Any]:
    """Where the referral stands: `status` in FHIR's words, `businessStatus` in ours."""
    unanswered = referral.state is State.DEPARTED and referral.answered_at is None
    body = _context(referral) | {
        "resourceType": "Task",
        "id": task_id(referral.id),
        "status": "requested" if unanswered else TASK_STATUS[referral.state],
        "businessStatus": _concept(STATE, referral.state),
        "intent": "order",
        "code": _concept("http://hl7.org/fhir/CodeSystem/task-code", "fulfill"),
        "focus": {"reference": f"ServiceRequest/{referral.id}"},
        "for": {"reference": f"Patient/{referral.person_id}"},
        "lastModified": _instant(referral.changed_at),
        "requester": _organization(referral.sender.organization),
        "owner": _organization(referral.receiver.organization),
    }
    if referral.due_at is not None:
        body["restriction"] = {"period": {"end": _instant(referral.due_at)}}
    if output := _output(referral):
        body["output"] = output
    return body


def event(referral: Referral, taken: Step) -> Event:
    """The `referral` event of a step; its data is a `contract.ReferralChanged`."""
    data = {
        "state": referral.state,
        "urgency": referral.urgency,
        "kind": referral.kind,
        "from_facility": referral.sender.code,
        "to_facility": referral.receiver.code,
        "owner_facility": referral.owner_facility,
        "opened_at": _instant(referral.opened_at),
        "due_at": _instant(referral.due_at) if referral.due_at else None,
        "closed_at": _instant(referral.closed_at) if referral.closed_at else None,
        "outcome": referral.outcome,
        "step": {
            "number": taken.number,
            "verb": taken.verb,
            "facility": taken.facility,
            "role": taken.role,
            "at": _instant(taken.at),
        },
        "legal": {side.value: referral.legal(side) for side in Side},
        "servicerequest": service_request(referral),
        "task": task(referral),
    }
    kind = "created" if referral.version == 1 else "changed"
    return Event(REFERRAL, kind, referral.id, referral.version, data, referral.person_id)


def _context(referral: Referral) -> dict[str, Any]:
    """What the request and its task have in common."""
    body: dict[str, Any] = {"priority": PRIORITY[referral.urgency], "authoredOn": _instant(referral.opened_at)}
    if referral.encounter:
        body["encounter"] = {"reference": f"Encounter/{referral.encounter}"}
    return body


def _output(referral: Referral) -> list[dict[str, Any]]:
    """How it ended and when the person is due at home again. The advice itself is free text and stays here."""
    found: list[dict[str, Any]] = []
    if referral.outcome is not None:
        found.append(
            {"type": _concept(OUTCOME, "outcome"), "valueCodeableConcept": _concept(OUTCOME, referral.outcome)}
        )
    if referral.follow_up_due is not None:
        found.append({"type": _concept(OUTCOME, "follow-up"), "valueDate": referral.follow_up_due.isoformat()})
    return found


def _concept(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": str(code)}]}


def _organization(organization: str) -> dict[str, str]:
    return {"reference": f"Organization/{organization}"}


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
