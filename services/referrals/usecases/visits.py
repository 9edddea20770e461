"""Visits that the record tells of: one at the home facility does the follow-up; one at the receiver that is based on a
referral is the patient's arrival, so that a hospital's system needs no second call."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any

from services.kernel.auth import Role
from services.kernel.db import Tx
from services.kernel.events import Event
from services.kernel.service import Service
from services.referrals import fhir
from services.referrals.contract import Side, StepTaken, Verb
from services.referrals.queries import follow_ups
from services.referrals.queries import referrals as queries
from services.referrals.queries.follow_ups import Visit
from services.referrals.queries.referrals import Change
from services.referrals.room import room
from services.referrals.rules import referrals
from services.referrals.rules.referrals import Referral, Step
from services.referrals.usecases.follow_ups import announce, begin
from services.referrals.usecases.take import parties

HAPPENED = frozenset({"arrived", "triaged", "in-progress", "onleave", "finished"})
"""Encounter.status of a visit that took place."""
WAITING = frozenset({"arrived", "triaged"})
"""The patient is there, and nobody treats them yet."""
_REQUEST = re.compile(r"(?:^|/)ServiceRequest/([A-Za-z0-9\-.]{1,64})(?:/_history/.*)?$")


@dataclass(frozen=True, slots=True)
class Seen:
    """A visit that took place, as the record's event tells it."""

    id: str
    person_id: str
    facility: str
    status: str
    began: datetime | None
    day: date
    based_on: Sequence[str]

    @property
    def ref(self) -> str:
        """The visit by its FHIR reference: who did the step."""
        return f"Encounter/{self.id}"


async def apply(service: Service, tx: Tx, events: list[Event]) -> None:
    """Apply a batch of Encounter events: one statement for all, and a few more for each visit based on a referral."""
    now = service.clock.now()
    seen = [v for e in events if (v := read(e, now, service.clock.zone)) is not None]
    if not seen:
        return
    visits = [Visit(v.person_id, v.facility, v.day, v.ref, v.began) for v in seen]
    await announce(service, tx, await follow_ups.visited(tx, visits, now))
    for visit in seen:
        for referral in visit.based_on:
            await _arrived(service, tx, visit, referral)


def read(event: Event, now: datetime, zone: tzinfo) -> Seen | None:
    """The visit of an event; None when it tells of none that took place."""
    resource: Mapping[str, Any] = event.data.get("resource") or {}
    facility = event.data.get("provider") or event.data.get("client")
    if event.type != "Encounter" or resource.get("status") not in HAPPENED or not event.person_id or not facility:
        return None
    today = (event.at or now).astimezone(zone).date()
    began, day = _began((resource.get("period") or {}).get("start"), zone)
    return Seen(
        event.subject, event.person_id, facility, resource["status"], began, min(day or today, today),
        [r for r in map(_referral, _list(resource.get("basedOn"))) if r],
    )  # fmt: skip


def _began(told: Any, zone: tzinfo) -> tuple[datetime | None, date | None]:
    """When a visit began (a FHIR dateTime), and on which local day; a day alone tells no moment."""
    if not isinstance(told, str):
        return None, None
    try:
        if len(told) == len("2026-01-31"):
            return None, date.fromisoformat(told)
        moment = datetime.fromisoformat(told)
        return (moment, moment.astimezone(zone).date()) if moment.tzinfo else (None, moment.date())
    except (ValueError, OverflowError):
        return None, None


def _list(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list) else [value] if value else []


def _referral(reference: Any) -> str | None:
    found = _REQUEST.search(str(reference.get("reference") or ""))
    return found[1] if found else None


async def _arrived(service: Service, tx: Tx, visit: Seen, referral_id: str) -> None:
    """The receiver's steps that a visit proves: it has the patient (accept, arrive), and treats them (treat). A visit
    of somebody else, or at a facility that is not asked, proves nothing."""
    before = await queries.hold(tx, referral_id)
    if before is None or before.person_id != visit.person_id or visit.facility not in before.asked:
        return
    for verb in (Verb.ACCEPT, Verb.ARRIVE, Verb.TREAT):
        legal = before.legal(Side.RECEIVER)
        needless = verb is Verb.ACCEPT and Verb.ARRIVE in legal
        if verb not in legal or needless or (verb is Verb.TREAT and visit.status in WAITING):
            continue
        before = await _step(service, tx, before, verb, visit)


async def _step(service: Service, tx: Tx, before: Referral, verb: Verb, visit: Seen) -> Referral:
    its, now = room(service), service.clock.now()
    others = [f for f in before.asked if f != visit.facility]
    by = await parties(tx, before, [visit.facility, *others])
    after = referrals.advance(before, verb, Side.RECEIVER, StepTaken(), by, its.clocks, now, its.office)
    at = min(visit.began or now, now)
    step = Step(after.version, verb, after.state, Side.RECEIVER, visit.ref, Role.CLINIC_SYSTEM, visit.facility, at, now)
    await queries.take(tx, Change(after, step, fhir.event(after, step)))
    await begin(service, tx, after, verb, visit.ref)
    return after
