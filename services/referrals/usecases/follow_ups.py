"""Follow-ups of closed referrals: a step begins them, word or a visit ends them, the clock rings for late ones."""

import base64
import binascii
from collections.abc import Iterable
from datetime import date, timedelta

import orjson

from services.kernel import access, events
from services.kernel.access import Access
from services.kernel.auth import Actor, Role
from services.kernel.db import Tx
from services.kernel.problems import Conflict, Fault, NotFound, Refused, Text, Unprocessable
from services.kernel.service import Service
from services.referrals import follow_up_task
from services.referrals.contract import Verb
from services.referrals.contract.follow_ups import (
    DoneTold,
    FacilityFollowUps,
    FollowUpCounts,
    FollowUpPage,
    FollowUpShown,
)
from services.referrals.queries import follow_ups as queries
from services.referrals.queries.follow_ups import Row
from services.referrals.room import room
from services.referrals.rules import follow_ups as rules
from services.referrals.rules.referrals import Party, Referral
from services.referrals.usecases.show import DISTRICT, home

WHAT = "follow-up"
BATCH = 20
LATELY = timedelta(days=120)
"""How far back closed referrals are looked through for a follow-up that was never begun."""
NOT_YOURS = Text(
    "Tindak lanjut ini milik faskes lain; hanya faskes asal dan dinas yang dapat menyelesaikannya",
    "This follow-up is another facility's; only the home facility and the health office may finish it",
)
_FIRST, _LAST = (date(1, 1, 1), ""), (date(9999, 12, 31), "")


async def begin(service: Service, tx: Tx, after: Referral, verb: Verb, by: str, named: Party | None = None) -> None:
    """Keep and announce the follow-up that a step asks for, when it asks for one; or end it, when the step does it."""
    now, zone = after.changed_at, service.clock.zone
    one = rules.asked(after, verb, named, room(service).follow_up, now, zone)
    if one is not None and (kept := await queries.add(tx, one)):
        await events.append(tx, [follow_up_task.event(kept, zone)])
    if rules.does(after, verb) and (open_one := await queries.hold(tx, after.id)) and open_one.done_on is None:
        ended = rules.done(open_one, now.astimezone(zone).date(), by, None, now)
        await queries.move(tx, ended)
        await events.append(tx, [follow_up_task.event(ended, zone)])


def follows(service: Service, after: Referral, verb: Verb) -> bool:
    """Whether a step that names no home asks for a follow-up, or is one."""
    its, zone = room(service), service.clock.zone
    return rules.does(after, verb) or (
        rules.asked(after, verb, None, its.follow_up, after.changed_at, zone) is not None
    )


async def catch_up(service: Service) -> None:
    """A kernel job: begin what an earlier release, still closing referrals during an update, did not begin."""
    its, zone = room(service), service.clock.zone
    async with service.db.transaction() as tx:
        since = service.clock.now() - LATELY
        missed = await queries.missed(tx, since, list(rules.CAUSES), its.follow_up.due.days, service.clock.today())
        for referral in missed:
            closed = referral.closed_at or service.clock.now()
            one = rules.asked(referral, Verb.CLOSE, None, its.follow_up, closed, zone)
            if one is not None and (kept := await queries.add(tx, one)):
                await events.append(tx, [follow_up_task.event(kept, zone)])


async def ring(service: Service) -> None:
    """A kernel job: the home facility is reminded of what is late, then the office has it too."""
    while True:
        async with service.db.transaction() as tx:
            now, told = service.clock.now(), []
            found = await queries.ringing(tx, now, BATCH)
            for one in found:
                alarm, after = rules.rings(one, room(service).follow_up, now)
                await queries.move(tx, after)
                told.append(follow_up_task.event(after, service.clock.zone, alarm))
            await events.append(tx, told)
        if len(found) < BATCH:
            return


async def done(service: Service, actor: Actor, referral_id: str, told: DoneTold) -> FollowUpShown:
    """Say that a follow-up was done. Raises NotFound; Refused for a third facility (logged); Conflict when it is done
    already; Unprocessable for a day that cannot be."""
    day, refused = told.on or service.clock.today(), False
    async with service.db.transaction() as tx:
        one = await queries.hold(tx, referral_id)
        if one is None:
            raise NotFound(Text("Rujukan ini tidak punya tindak lanjut", "This referral has no follow-up"))
        refused = actor.role != Role.DINKES_ADMIN and actor.facility != one.facility
        if not refused:
            _may_end(service, one, day)
            after = rules.done(one, day, actor.subject, told.note, service.clock.now())
            await queries.move(tx, after)
            await events.append(tx, [follow_up_task.event(after, service.clock.zone)])
        await access.log(tx, [_look(actor, one, "write", "refused" if refused else "allowed")])
        row = await queries.one(tx, referral_id)
    if refused or row is None:
        raise Refused(NOT_YOURS)
    return _shown(service, actor, row)


def _may_end(service: Service, one: rules.FollowUp, day: date) -> None:
    if one.done_on is not None:
        said = f"Sudah selesai pada {one.done_on.isoformat()}", f"Done already, on {one.done_on.isoformat()}"
        raise Conflict(Text(*said), extra={"done_on": one.done_on.isoformat(), "how": one.how})
    if not one.opened_on <= day <= service.clock.today():
        first = one.opened_on.isoformat()
        said = f"dari {first} sampai hari ini", f"from {first} to today"
        raise Unprocessable(faults=[Fault("/on", Text(*said))])


async def page(
    service: Service, actor: Actor, stands: str, side: str, facility: str | None, after: str | None, limit: int
) -> FollowUpPage:
    """One page of the follow-ups of a home facility, or of those it asked for. Everyone shown is in the access log."""
    whose = _whose(actor, facility)
    start = _opened(after) if after else _LAST if stands == "done" else _FIRST
    today = service.clock.today()
    async with service.db.reading() as conn:
        rows = await queries.page(conn, stands, side if whose else "district", whose, today, start, limit + 1)
        more, rows = len(rows) > limit, rows[:limit]
        counted = await queries.counts(conn, today, None, None, whose, side)
        await access.log(conn, [_look(actor, one, "search", "allowed") for one, _ in rows])
    service.db.signal()
    last = rows[-1][0] if more else None
    place = (last.done_on if stands == "done" else last.due, last.referral_id) if last else None
    names = FollowUpCounts.model_fields
    counts = FollowUpCounts(**{n: sum(c[n] for c in counted) for n in names})
    return FollowUpPage(
        items=[_shown(service, actor, row) for row in rows], counts=counts, next=_sealed(place) if place else None
    )


async def figures(
    service: Service, actor: Actor, since: date | None, until: date | None, facility: str | None
) -> list[FacilityFollowUps]:
    """How the follow-ups that fell due in a span stand, by home facility; nobody is named."""
    whose = facility if actor.role in (*DISTRICT, Role.DINKES_ANALYST) else _whose(actor, facility)
    async with service.db.reading() as conn:
        counted = await queries.counts(conn, service.clock.today(), since, until, whose)
    return [FacilityFollowUps(**c) for c in counted]


async def announce(service: Service, tx: Tx, those: Iterable[rules.FollowUp]) -> None:
    """Announce follow-ups that a visit has done."""
    await events.append(tx, [follow_up_task.event(one, service.clock.zone) for one in those])


def _whose(actor: Actor, facility: str | None) -> str | None:
    if actor.role in DISTRICT:
        return facility
    if facility not in (None, home(actor)):
        raise Refused(Text("Hanya tindak lanjut faskes sendiri", "Only the own facility's follow-ups"))
    return home(actor)


def _look(actor: Actor, one: rules.FollowUp, action: str, outcome: str) -> Access:
    return Access(actor, one.person_id, action, WHAT, outcome, [f"referral/{one.referral_id}"])


def _shown(service: Service, actor: Actor, row: Row) -> FollowUpShown:
    """A follow-up; its words only for the home facility and for the one that asked."""
    one, rest = row
    today = service.clock.today()
    open_late = one.done_on is None and one.due < today
    told = actor.facility in (one.facility, one.from_facility)
    own = ("person_id", "facility", "from_facility", "cause", "due", "opened_at", "reminded_at", "escalated_at",
           "done_on", "how")  # fmt: skip
    return FollowUpShown(
        referral=one.referral_id, number=rest["number"], name=rest["name"], from_name=rest["from_name"],
        stands=one.stands(today), days_late=(today - one.due).days if open_late else 0,
        advice=rest["advice"] if told else None, note=one.note if told else None,
        **{c: getattr(one, c) for c in own},
    )  # fmt: skip


def _sealed(place: tuple[date | None, str]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(place)).decode().rstrip("=")


def _opened(after: str) -> tuple[date, str]:
    try:
        day, referral = orjson.loads(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)))
        if type(referral) is not str:
            raise ValueError
        return date.fromisoformat(day), referral
    except (binascii.Error, ValueError, TypeError):
        at = Text("bukan `next` dari halaman sebelumnya", "is not the `next` of an earlier page")
        raise Unprocessable(faults=[Fault("/query/after", at)]) from None
