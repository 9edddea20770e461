"""Referrals as their feed tells them: a way is a list of events, each step with what the machine says of it."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from services.kernel.app import App
from services.kernel.events import Event
from services.records import follow

BEGIN = datetime.now(UTC) - timedelta(hours=2)


@dataclass
class Way:
    """One referral of KLINIK-A, told step by step."""

    person: str
    urgency: str = "routine"
    kind: str = "vertical"
    diagnosis: str = "O13"
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    events: list[Event] = field(default_factory=list)
    to: str = "TPMD-B"

    def __post_init__(self) -> None:
        self.task = str(uuid.uuid5(uuid.UUID(self.id), "Task"))

    def told(self, state: str, asked: Sequence[str] = (), *, to: str | None = None, **more: Any) -> Event:
        """The event of a step; `asked` may answer now."""
        self.to = to or self.to
        version, subject = len(self.events) + 1, {"reference": f"Patient/{self.person}"}
        at = BEGIN + timedelta(minutes=version)
        closed = at.isoformat() if state == "closed" else None
        own = {"status": "active", "intent": "order", "priority": "stat" if self.urgency == "emergency" else "routine"}
        data = {
            "state": state, "urgency": self.urgency, "kind": self.kind, "from_facility": "KLINIK-A",
            "to_facility": self.to, "asked": list(asked), "leg": 1, "opened_at": BEGIN.isoformat(), "closed_at": closed,
            "outcome": None, "step": {"at": at.isoformat()},
            "servicerequest": own | {"resourceType": "ServiceRequest", "id": self.id, "subject": subject,
                                     "reasonCode": [{"coding": [{"system": "http://hl7.org/fhir/sid/icd-10",
                                                                 "code": self.diagnosis}]}]},
            "task": own | {"resourceType": "Task", "id": self.task, "for": subject, "status": "requested",
                           "focus": {"reference": f"ServiceRequest/{self.id}"}, "lastModified": at.isoformat()},
        }  # fmt: skip
        kind = "changed" if self.events else "created"
        self.events.append(Event("referral", kind, self.id, version, data | more, self.person, at=at))
        return self.events[-1]

    def moved(self, person: str) -> Event | None:
        """Two persons became one, or two again: the last step is told once more, of whoever it is now."""
        self.person = person
        if not self.events:
            return None
        last, subject = self.events[-1], {"reference": f"Patient/{person}"}
        data = last.data | {
            "servicerequest": last.data["servicerequest"] | {"subject": subject},
            "task": last.data["task"] | {"for": subject},
        }
        self.events.append(Event("referral", "changed", self.id, last.version, data, person, at=last.at))
        return self.events[-1]


async def apply(records: App, events: Sequence[Event]) -> None:
    """One batch of the feed."""
    service = records.state.service
    async with service.db.transaction() as tx:
        await follow.referrals(service, tx, list(events))


RECEIVERS = ("TPMD-B", "PKM-C", "RS-D", "RS-E")
NEXT = {
    "new": ["sent"],
    "sent": ["sent", "accepted", "declined", "redirected", "expired", "departed", "closed"],
    "declined": ["sent", "closed"],
    "redirected": ["sent", "closed"],
    "expired": ["sent", "accepted", "declined", "closed"],
    "accepted": ["departed", "arrived", "redirected", "closed"],
    "departed": ["arrived", "redirected", "closed"],
    "arrived": ["in-care", "closed"],
    "in-care": ["closed"],
}


def wandering(rnd: Random, way: Way, holds: dict[str, set[str]]) -> Event | None:
    """One step at random, and in `holds` who sees the referral itself and who the record after it (an independent
    telling of the rule, step by step)."""
    state = way.events[-1].data["state"] if way.events else "new"
    if state == "closed":
        return None
    choices = [s for s in NEXT[state] if s != "departed" or state == "accepted" or way.urgency == "emergency"]
    new = rnd.choice(choices)
    asked = way.events[-1].data["asked"] if way.events else []
    if new == "sent":
        if state == "sent" and rnd.random() < 0.5:
            way.urgency = "emergency"
        else:
            asked = rnd.sample(RECEIVERS, rnd.choice([1, 1, 2]))
        event = way.told("sent", asked, to=asked[0])
        holds["itself"], holds["record"] = set(asked), set(asked) if way.urgency == "emergency" else set()
    elif new in ("accepted", "departed", "arrived", "in-care"):
        has = asked if new == "departed" else [rnd.choice(asked)]
        event = way.told(new, has, to=has[0])
        holds["itself"], holds["record"] = set(has), set(has)
    elif new == "closed":
        ends = rnd.choice(["cancelled", "no-show", "died", "admitted", "back-referred"])
        event = way.told("closed", asked, outcome=ends)
        if ends in ("cancelled", "no-show"):
            holds["record"] = set()
    elif new == "expired":
        event = way.told(new, asked)
        holds["record"] = set()
    else:
        event = way.told(new)
        holds["itself"], holds["record"] = set(), set()
    return event
