"""What is put into the outbox: the visits the record tells of, and whatever else is owed to BPJS."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from services.coverage import peers
from services.coverage.bpjs.wire import BpjsService
from services.coverage.queries import network
from services.coverage.queries import owing as queries
from services.coverage.queries.owing import Owing
from services.coverage.rules import deliveries as rules
from services.coverage.rules.deliveries import Why
from services.coverage.rules.visit_given import VISIT
from services.coverage.settings import CoverageSettings
from services.kernel.db import Tx
from services.kernel.events import Event
from services.kernel.service import Service

FIRST_LEVEL = ("puskesmas", "klinik-pratama", "tpmd", "dentist")
"""Kinds of facility that report to PCare; at the real BPJS a line of their own says so."""
FINISHED = "finished"
LOOKED_BACK = timedelta(days=62)
"""How far back a person's visits are looked at again when something of theirs was deleted."""
RECENT = timedelta(days=2)
"""How far back a person's visits are looked at again when a referral names none."""
_ENCOUNTER = re.compile(r"(?:^|/)Encounter/([A-Za-z0-9\-.]{1,64})(?:/_history/.*)?$")


async def follow(service: Service, tx: Tx, events: list[Event]) -> None:
    """The visits of a batch of the record's events, and what was said of visits that are owed. A handful of statements
    for all; nothing is asked of anybody."""
    settings = CoverageSettings.of(service.settings)
    zone, today = service.clock.zone, service.clock.today()
    visits: dict[str, Owing] = {}
    persons: dict[str, None] = {}
    touched: dict[str, None] = {}
    forgotten: dict[str, None] = {}
    for e in events:
        if e.type == "Encounter":
            owing = _visit(e, zone, today, settings.outbox_closes_day)
            if owing is not None:
                visits[e.subject] = owing
            touched[e.subject] = None
        elif (visit := _of_visit(e)) is not None:
            touched[visit] = None
        elif e.type == "Patient" and e.person_id and e.kind != "deleted":
            persons[e.person_id] = None
        elif e.kind == "deleted" and e.person_id and e.type != "Patient":
            forgotten[e.person_id] = None
    if visits:
        await _known(service, tx, {v.facility for v in visits.values()})
        homes = await network.homes(tx, sorted({(v.facility, v.day) for v in visits.values()}))
        visits = {k: replace(v, facility=homes[v.facility, v.day]) for k, v in visits.items()}
        asked = sorted({v.facility for v in visits.values()})
        sent = await queries.with_lines(tx, asked, BpjsService.PCARE, settings.simulated, FIRST_LEVEL)
        visits = {k: v for k, v in visits.items() if v.facility in sent}
        await queries.owe(tx, list(visits.values()), settings.outbox_settle)
    await queries.touch(tx, VISIT, [t for t in touched if t not in visits], settings.outbox_settle)
    await queries.touch_persons(tx, VISIT, list(forgotten), settings.outbox_settle, today - LOOKED_BACK)
    await queries.look_again(tx, list(persons))
    await _owed_now(service, tx, list(persons), (Why.NO_NUMBER, Why.NOT_A_MEMBER))


async def active(service: Service, tx: Tx, persons: Sequence[str]) -> None:
    """These persons are active members: what was skipped because they were not is owed, while its month is open."""
    await _owed_now(service, tx, persons, (Why.INACTIVE, Why.NOT_A_MEMBER))


async def _owed_now(service: Service, tx: Tx, persons: Sequence[str], because: Sequence[str]) -> None:
    settings = CoverageSettings.of(service.settings)
    since = rules.open_since(service.clock.today(), settings.outbox_closes_day)
    await queries.owed_now(tx, persons, because, since, settings.outbox_settle)


async def _known(service: Service, tx: Tx, facilities: set[str]) -> None:
    """See that the registry's word on these facilities has arrived: a visit of one not known would be owed by nobody.
    What is away is waited for, and the visits with it."""
    if facilities <= await network.placed(tx, sorted(facilities)):
        return
    for follower in service.followers:
        if follower.source in ("facilities", "facilities:links"):
            while await follower.pull():
                pass


async def owe(service: Service, tx: Tx, owed: Sequence[Owing]) -> None:
    """Put things into the outbox, due at once; what is there already is looked at again."""
    await queries.owe(tx, owed, 0.0)


async def left_out(service: Service, facility: str, day: date) -> int:
    """Owe what the record has of a facility's day and the outbox has not, while its month is open; how many.

    Such visits were finished while the facility, or the posyandu they took place at, had no line, code or link.

    Raises Unavailable when records is away.
    """
    settings = CoverageSettings.of(service.settings)
    if rules.closed(day, service.clock.today(), settings.outbox_closes_day):
        return 0
    async with service.db.reading() as conn:
        codes = await network.answered_for(conn, facility, day)
    told = dict[str, str]()
    for code in codes:
        told |= dict(await peers.visits_of_day(service, code, day, finished=True))
    async with service.db.transaction() as tx:
        lacking = await queries.not_owed(tx, VISIT, list(told))
        found = [owing(facility, BpjsService.PCARE, VISIT, v, told[v], day) for v in told if v in lacking]
        await queries.owe(tx, found, settings.outbox_settle)
    return len(found)


def owing(facility: str, which: BpjsService, kind: str, subject: str, person_id: str | None, day: date) -> Owing:
    """A new thing that is owed."""
    return Owing(rules.id_of(kind, subject), facility, which.value, kind, subject, person_id, day)


async def told_again(service: Service, tx: Tx, visits: Sequence[str], persons: Sequence[str]) -> None:
    """Something beside the record was said of these visits, or of today's and late visits of these persons."""
    settle = CoverageSettings.of(service.settings).outbox_settle
    await queries.touch(tx, VISIT, list(visits), settle)
    await queries.touch_persons(tx, VISIT, list(persons), settle, service.clock.today() - RECENT)


async def mended(tx: Tx, facility: str | None, because: Sequence[str] = (Why.GAP,)) -> int:
    """Settings were changed: what lacked something (of one facility, or of all) is tried again; how many."""
    return await queries.again(tx, facility, because)


def _visit(event: Event, zone: tzinfo, today: date, closes: int) -> Owing | None:
    """The finished visit of an event, when its month is open. One whose month has closed is shown as skipped when it
    was told late, or is read late (this service was away); what is older was told before this service stood here."""
    resource: dict[str, Any] = event.data.get("resource") or {}
    facility, told = event.data.get("provider"), event.at.astimezone(zone).date() if event.at else today
    if resource.get("status") != FINISHED or not facility or not event.person_id:
        return None
    day = _day(resource, zone) or told  # who wrote no day is asked for it
    owed = owing(facility, BpjsService.PCARE, VISIT, event.subject, event.person_id, day)
    if not rules.closed(day, today, closes):
        return owed
    late = event.kind == "created" and rules.closed(day, told, closes)
    return replace(owed, skipped=Why.CLOSED_MONTH) if late or day >= today - LOOKED_BACK else None


def _day(resource: dict[str, Any], zone: tzinfo) -> date | None:
    """The local day on which a visit began."""
    told = str((resource.get("period") or {}).get("start"))
    try:
        return date.fromisoformat(told) if len(told) == 10 else datetime.fromisoformat(told).astimezone(zone).date()
    except ValueError:
        return None


def _of_visit(event: Event) -> str | None:
    """The id of the visit that an event's resource belongs to; None when it names none."""
    resource: dict[str, Any] = event.data.get("resource") or {}
    for name in ("encounter", "context"):
        named = resource.get(name)
        found = _ENCOUNTER.search(str(named.get("reference", ""))) if isinstance(named, dict) else None
        if found:
            return found[1]
    return None
