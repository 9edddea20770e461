"""Changing a draft: nobody has seen it yet, but its history begins here."""

from dataclasses import replace

from services.kernel import access
from services.kernel.access import Access
from services.kernel.auth import Actor
from services.kernel.problems import Refused
from services.kernel.service import Service
from services.referrals import fhir
from services.referrals.contract import REFERRAL, Draft, ReferralShown, Side, State
from services.referrals.queries import referrals as queries
from services.referrals.queries.referrals import Change
from services.referrals.room import room
from services.referrals.rules import clocks
from services.referrals.rules.referrals import Referral, Step
from services.referrals.usecases.send import CONTENT, fit, named
from services.referrals.usecases.show import NOT_YOURS, home, shown, unknown
from services.referrals.usecases.take import conflict


async def change(service: Service, actor: Actor, referral_id: str, asked: Draft) -> ReferralShown:
    """Put a draft's content anew. Raises NotFound; Refused for another facility (logged); Conflict once it is sent;
    Unprocessable when a facility it names takes no referrals."""
    here = home(actor)
    await fit(service, here, named(asked.to_facility, asked.at_once, asked.then))
    async with service.db.transaction() as tx:
        before = await queries.hold(tx, referral_id)
        if before is None:
            raise unknown()
        side = before.side(here)
        looked = Access(actor, before.person_id, "write", REFERRAL, resources=[f"referral/{before.id}"])
        if side is Side.SENDER and before.state is State.DRAFT:
            after = _changed(service, before, asked)
            step = Step(
                after.version, "draft", after.state, side, actor.subject, actor.role, here, after.changed_at,
                after.changed_at, asked.reason,
            )  # fmt: skip
            await queries.move(tx, Change(after, step, fhir.event(after, step), looked))
            return shown(after, side, service.clock.today())
        last = await queries.last_step(tx, referral_id)
    if side is None:
        await access.refuse(service.db, [replace(looked, outcome="refused")])
        raise Refused(NOT_YOURS)
    await access.refuse(service.db, [replace(looked, action="read")])
    raise conflict(before, "draft", side, before.legal(side), last)


def _changed(service: Service, before: Referral, asked: Draft) -> Referral:
    now = service.clock.now()
    times = clocks.begin(room(service).clocks, State.DRAFT, asked.urgency, before.opened_at)
    to = [asked.to_facility] if asked.to_facility else []
    return replace(
        before,
        version=before.version + 1,
        changed_at=now,
        urgency=asked.urgency,
        kind=asked.kind,
        diagnosis=asked.diagnosis,
        non_specialist=room(service).first_level.holds(asked.diagnosis, service.clock.today()),
        encounter=asked.encounter,
        content=asked.model_dump(mode="json", include=CONTENT),
        candidates=[*to, *asked.at_once, *asked.then],
        payer=asked.payer,
        beside=asked.beside,
        due_at=times.due_at,
        ring_at=before.ring_at if before.rung else times.ring_at,
    )
