"""A follow-up as FHIR R4, pure: the Task of the home facility, its focus the referral. No names, no free text."""

import uuid
from datetime import datetime, time, timedelta, tzinfo
from typing import Any

from services.kernel.events import Event
from services.referrals.contract import Alarm
from services.referrals.contract.follow_ups import FOLLOW_UP
from services.referrals.fhir import SNOMED, SYSTEM, concept, instant, organization
from services.referrals.rules.follow_ups import FollowUp

FOLLOW_UP_ENCOUNTER = "390906007"
"""Follow-up encounter (SNOMED CT)."""
CAUSE, STATE = f"{SYSTEM}/follow-up-cause", f"{SYSTEM}/follow-up-state"


def task_id(referral_id: str) -> str:
    """The Task's id follows from the referral's."""
    return str(uuid.uuid5(uuid.UUID(referral_id), "follow-up"))


def task(one: FollowUp, zone: tzinfo) -> dict[str, Any]:
    """What the home facility is asked for, by when, and whether it is done."""
    last = datetime.combine(one.due + timedelta(days=1), time(), zone) - timedelta(seconds=1)
    body: dict[str, Any] = {
        "resourceType": "Task",
        "id": task_id(one.referral_id),
        "status": "requested" if one.done_on is None else "completed",
        "businessStatus": concept(STATE, _state(one)),
        "intent": "order",
        "priority": "routine" if one.escalated_at is None else "urgent",
        "code": concept(SNOMED, FOLLOW_UP_ENCOUNTER),
        "focus": {"reference": f"ServiceRequest/{one.referral_id}"},
        "for": {"reference": f"Patient/{one.person_id}"},
        "authoredOn": instant(one.opened_at),
        "requester": organization(one.from_organization),
        "owner": organization(one.organization),
        "reasonCode": concept(CAUSE, one.cause),
        "restriction": {"period": {"end": instant(last)}},
    }
    if one.done_on is not None:
        body["executionPeriod"] = {"end": one.done_on.isoformat()}
    return body


def event(one: FollowUp, zone: tzinfo, alarm: Alarm | None = None) -> Event:
    """The `followup` event; its data is a `contract.follow_ups.FollowUpChanged`."""
    data = {
        "facility": one.facility,
        "from_facility": one.from_facility,
        "cause": one.cause,
        "due": one.due.isoformat(),
        "opened_at": instant(one.opened_at),
        "done_on": one.done_on.isoformat() if one.done_on else None,
        "how": one.how,
        "alarm": alarm,
        "escalated": one.escalated_at is not None,
        "named": one.named,
        "task": task(one, zone),
    }
    return Event(FOLLOW_UP, "created" if one.version == 1 else "changed", one.referral_id, one.version, data,
                 one.person_id)  # fmt: skip


def _state(one: FollowUp) -> str:
    if one.done_on is not None:
        return "done"
    if one.escalated_at is not None:
        return "escalated"
    return "open" if one.reminded_at is None else "reminded"
