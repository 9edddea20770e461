"""What a referral takes along of the record: asked for by the sender's own token when it is sent, and kept with it.

It never stops a referral: when the record does not answer it is sent without, and says so; the sender's next look
tries again.
"""

from collections.abc import Sequence
from typing import Any

from services.kernel.auth import Actor
from services.kernel.problems import Problem
from services.kernel.service import Service
from services.referrals import peers
from services.referrals.contract import Side, State, StepTaken, Verb
from services.referrals.queries import referrals as queries
from services.referrals.rules import seeing
from services.referrals.rules.referrals import Referral

Handed = dict[str, Any]


async def taken(service: Service, actor: Actor, person: str, diagnosis: str, facilities: Sequence[str]) -> Handed:
    """The summary for these facilities, as it is stored."""
    found: Handed | None
    try:
        found = await peers.resume(service, actor, person, diagnosis, list(dict.fromkeys(facilities)))
    except Problem:
        found = None
    return summary_of(service, found)


def summary_of(service: Service, found: Handed | None) -> Handed:
    """A summary as it is stored, or that there was none to have."""
    if found is None:
        return {"missing": seeing.UNAVAILABLE}
    return {"taken_at": service.clock.now().isoformat(timespec="seconds"), **found}


async def at_leg(service: Service, actor: Actor, referral_id: str, verb: Verb, told: StepTaken) -> Handed:
    """What a step that names facilities adds to the summary: all of it when there is none yet, else whether it may go
    to them. Empty when nothing is to be added."""
    if verb is not Verb.SEND and told.to_facility is None:
        return {}
    async with service.db.reading() as conn:
        found = await queries.whole(conn, referral_id)
    side = found[0].side(actor.facility, actor.role) if found else None
    if found is None or side is None:
        return {}
    referral = found[0]
    then = told.then if told.then is not None else referral.candidates
    wanted = [told.to_facility, *(told.at_once or []), *then]
    codes = [c for c in dict.fromkeys(wanted) if c]
    stored = referral.summary or {}
    if "resume" not in stored:
        if side is not Side.SENDER or verb is not Verb.SEND:
            return {}
        return await taken(service, actor, referral.person_id, referral.diagnosis, codes)
    new = [c for c in codes if c not in stored["kept"]]
    try:
        return {"kept": await peers.kept(service, referral.person_id, new, stored["classes"])} if new else {}
    except Problem:
        return {}  # who was not weighed sees who it is, and no more


def added(stored: Handed | None, new: Handed) -> Handed | None:
    """The summary with what a leg adds to it."""
    if not new:
        return stored
    if stored and "resume" in stored and "resume" not in new:
        return stored | {"kept": stored["kept"] | new.get("kept", {})}
    return new


async def again(service: Service, actor: Actor, referral: Referral) -> Referral:
    """A referral that was sent without a summary, looked at by its sender: tried once more."""
    if seeing.missing(referral) is None or referral.state is State.CLOSED:
        return referral
    asked = [*referral.asked, *referral.candidates]
    found = await taken(service, actor, referral.person_id, referral.diagnosis, asked)
    if "resume" not in found:
        return referral
    async with service.db.transaction() as tx:
        await queries.complete(tx, referral.id, found)
        return await queries.hold(tx, referral.id) or referral
