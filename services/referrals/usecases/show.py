"""Showing referrals: one with its history, a page of a box. Every person shown is in the access log."""

import base64
import binascii
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import orjson

from services.kernel import access
from services.kernel.access import Access
from services.kernel.auth import Actor, Role
from services.kernel.problems import Fault, NotFound, Problem, Refused, Text, Unavailable, Unprocessable
from services.kernel.service import Service
from services.referrals import peers, worded
from services.referrals.contract import (
    REFERRAL,
    FollowUp,
    Page,
    ReferralDetail,
    ReferralShown,
    Side,
    State,
    StepShown,
    Verb,
)
from services.referrals.queries import boxes
from services.referrals.queries import referrals as queries
from services.referrals.queries.boxes import Only
from services.referrals.rules import seeing, validity
from services.referrals.rules.referrals import Referral, Step
from services.referrals.usecases import handing

DISTRICT = frozenset({Role.DINKES_ADMIN, Role.AUDITOR})
"""Roles that read every facility's referrals."""

NOT_YOURS = Text(
    "Rujukan ini antara dua faskes lain; hanya pengirim dan penerimanya yang dapat membukanya",
    "This referral is between two other facilities; only its sender and receiver may open it",
)


def unknown() -> NotFound:
    """No such referral."""
    return NotFound(Text("Rujukan ini tidak ada", "There is no such referral"))


def home(actor: Actor) -> str:
    """The facility the actor works for. Raises Refused when it has none."""
    if actor.facility is None:
        raise Refused(
            Text("Akun ini tidak terikat pada faskes", "This account belongs to no facility"),
        )
    return actor.facility


def shown(referral: Referral, side: Side | None, today: date, facility: str | None = None) -> ReferralShown:
    """A referral as one side sees it on a day; `facility`: which of the receivers."""
    return ReferralShown.model_validate(_fields(referral, side, today, facility))


def answered(referral: Referral, actor: Actor, today: date) -> ReferralShown:
    """A referral as a step of this actor's leaves it: whoever has no part in it from then on, and the office, see the
    way and not the content."""
    side = referral.side(actor.facility, actor.role)
    if side is None and actor.facility is not None:
        return _left(referral, actor.facility, [], today)
    found = shown(referral, side, today, actor.facility)
    return found if side in (Side.SENDER, Side.RECEIVER) else _bare(found)


def _fields(referral: Referral, side: Side | None, today: date, facility: str | None) -> dict[str, Any]:
    follow_up = FollowUp(advice=referral.advice, due=referral.follow_up_due)
    return {f: getattr(referral, f) for f in Referral.__dataclass_fields__} | {
        "from_facility": referral.sender.code,
        "from_name": referral.sender.name,
        "to_facility": referral.receiver.code if referral.receiver else None,
        "to_name": referral.receiver.name if referral.receiver else None,
        "number": referral.number,
        "reminded": referral.rung,
        "lapsed": validity.lapsed(referral.valid_until, today),
        "follow_up": follow_up if referral.advice or referral.follow_up_due else None,
        "legal": referral.legal(side),
        "patient": seeing.patient(referral, side),
        "summary": seeing.summary(referral, side, facility),
        "summary_missing": seeing.missing(referral),
    }


def _line(step: Step) -> StepShown:
    return StepShown.model_validate({f: getattr(step, f) for f in Step.__dataclass_fields__} | {"who": step.actor})


async def _closed(service: Service, actor: Actor, found: Iterable[Referral]) -> set[str]:
    """Those of these referrals of which the actor sees the way and not the content: who is no side of it sees what the
    record would show of it (the person's word, sensitive classes); the auditor, who reads no record, nothing."""
    foreign = {r.id for r in found if r.side(actor.facility) is None}
    if not foreign or actor.role == Role.AUDITOR or actor.role not in DISTRICT:
        return foreign
    try:
        return foreign - await peers.shown(service, actor, sorted(foreign))
    except Unavailable:
        return foreign


async def readable(service: Service, actor: Actor, referral: Referral) -> bool:
    """Whether the actor may read the content: a side of it, or the office where the record would show it."""
    if referral.side(actor.facility) is None and actor.role not in DISTRICT:
        return False
    return not await _closed(service, actor, [referral])


def _bare(one: ReferralShown) -> ReferralShown:
    """A referral without what it says of the person's health."""
    empty = {
        "diagnosis": None,
        "encounter": None,
        "patient": None,
        "summary": None,
        "content": None,
        "follow_up": None,
        "withheld": True,
    }
    return one.model_copy(update=empty)


def without_content(body: str) -> str:
    """An answer that was given earlier, for who may read the content no more."""
    given = ReferralShown.model_validate_json(body)
    return body if given.withheld else _bare(given).model_dump_json()


def _left(referral: Referral, facility: str, steps: Sequence[Step], today: date) -> ReferralDetail:
    """A referral for a facility that was asked before: that it was, what it answered, and nothing of what came then."""
    own = seeing.own_lines(steps, facility)
    answered_at = next((s.at for s in reversed(own) if s.facility == facility), None)
    then: dict[str, Any] = {}
    if own:
        sendings = sum(s.verb is Verb.SEND for s in steps if s.number <= own[-1].number)
        then = {"version": own[-1].number, "state": own[-1].state, "leg": sendings}
    gone: dict[str, Any] = then | {
        "owner": Side.SENDER, "owner_facility": referral.sender.code,
        "to_facility": facility, "to_name": None, "numbers": [], "asked": [], "candidates": [], "due_at": None,
        "reminded": 0, "valid_until": None, "answered_at": answered_at, "closed_at": None, "outcome": None,
        "non_specialist": None, "payer": None, "beside": None, "legal": [], "summary_missing": None,
        "lapsed": False,
        "history": [_line(s) for s in own],
    }  # fmt: skip
    return ReferralDetail.model_validate(_bare(shown(referral, None, today)).model_dump() | gone)


async def one(service: Service, actor: Actor, referral_id: str) -> ReferralDetail:
    """A referral with its whole history. Raises NotFound, and Refused for a third facility (logged)."""
    async with service.db.reading() as conn:
        found = await queries.whole(conn, referral_id)
        if found is None:
            raise unknown()
        referral, steps = found
        side = referral.side(actor.facility, actor.role)
        left = side is None and actor.role not in DISTRICT and actor.facility in referral.former
        refused = side is None and actor.role not in DISTRICT and not left
        outcome = "refused" if refused else "allowed"
        await access.log(
            conn, [Access(actor, referral.person_id, "read", REFERRAL, outcome, [f"referral/{referral_id}"])]
        )
    service.db.signal()
    if refused:
        raise Refused(NOT_YOURS)
    today = service.clock.today()
    if left and actor.facility is not None:
        return _left(referral, actor.facility, steps, today)
    lines = [_line(s) for s in steps]
    if await _closed(service, actor, [referral]):
        bare = [s.model_copy(update={"reason": None, "note": None}) for s in lines]
        outside = _bare(shown(referral, side, today)).model_dump()
        return ReferralDetail.model_validate(outside | {"history": bare})
    open_here: list[dict[str, Any]] = []
    if side is Side.SENDER:
        referral = await handing.again(service, actor, referral)
        open_here = await _left_open(service, actor, referral)
    fields = _fields(referral, side, today, actor.facility) | {"history": lines, "left_open": open_here}
    return ReferralDetail.model_validate(fields)


async def _left_open(service: Service, actor: Actor, referral: Referral) -> list[dict[str, Any]]:
    """What the sender has not closed though the person is elsewhere by now; nothing when the record is away."""
    if referral.state not in seeing.AWAY:
        return []
    try:
        return await peers.left_open(service, actor, referral.id)
    except Problem:
        return []


async def as_fhir(service: Service, referral_id: str) -> dict[str, Any]:
    """A referral for the record to keep: no person looks, so nothing is logged. Raises NotFound."""
    async with service.db.reading() as conn:
        found = await queries.whole(conn, referral_id)
    if found is None:
        raise unknown()
    referral, steps = found
    return worded.told(referral, steps[-1])


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What of the open ones in a box is asked for: those past due, those that a side or facility owns, those to or from
    another facility."""

    overdue: bool = False
    owner: str | None = None
    other: str | None = None


EVERY = Narrowed()


async def page(
    service: Service, actor: Actor, box: str, facility: str | None, state: State | None, *,
    is_open: bool, after: str | None, limit: int, narrowed: Narrowed = EVERY,
) -> Page:  # fmt: skip
    """One page of a box: open referrals by urgency and age, ended ones by their end, newest first."""
    if box == "office" and actor.role not in DISTRICT:
        raise Refused(Text("Hanya dinas yang membuka kotak dinas", "Only the office opens the office's box"))
    whose = None if box == "office" else _whose(actor, facility)
    box = box if whose is not None or box == "office" else "district"
    async with service.db.reading() as conn:
        if is_open:
            place = opened(after, _BEFORE_OPEN) if after else _BEFORE_OPEN
            only = Only(state, service.clock.now() if narrowed.overdue else None, narrowed.owner, narrowed.other)
            found, places = await boxes.open_page(conn, box, whose, only, place, limit + 1)
            ends: list[tuple[Any, ...]] = list(places)
        else:
            end = opened(after, _BEFORE_ENDED) if after else _BEFORE_ENDED
            found = await boxes.ended_page(conn, box, whose, state, end, limit + 1)
            ends = [(r.closed_at, r.id) for r in found]
        more, found = len(found) > limit, found[:limit]
        await access.log(conn, looks(actor, found))
    service.db.signal()
    return Page(items=await items(service, actor, found), next=sealed(ends[limit - 1]) if more else None)


async def items(service: Service, actor: Actor, found: Sequence[Referral]) -> list[ReferralShown]:
    """Referrals as the actor sees them in a list: some without their content, all with only who they are about of
    their summary."""
    closed, today = await _closed(service, actor, found), service.clock.today()
    left = [r.id for r in found if actor.role not in DISTRICT and r.side(actor.facility) is None]
    histories = await _histories(service, left) if left else {}

    def item(r: Referral) -> ReferralShown:
        if r.id in histories:  # behind a figure stand also those that went elsewhere: nothing of what came then
            gone = _left(r, actor.facility or "", histories[r.id], today)
            return ReferralShown.model_validate(gone.model_dump(exclude={"history", "left_open"}))
        one = shown(seeing.listed(r), r.side(actor.facility, actor.role), today)
        return _bare(one) if r.id in closed else one

    return [item(r) for r in found]


async def _histories(service: Service, referrals: Sequence[str]) -> dict[str, list[Step]]:
    async with service.db.reading() as conn:
        return await queries.histories(conn, referrals)


def _whose(actor: Actor, facility: str | None) -> str | None:
    """Whose box is asked for; None is the whole district."""
    if actor.role in DISTRICT:
        return facility
    if facility not in (None, home(actor)):
        raise Refused(Text("Hanya kotak faskes sendiri", "Only the own facility's box"))
    return home(actor)


def looks(actor: Actor, found: Iterable[Referral]) -> list[Access]:
    """The access rows of referrals shown in a list."""
    shown: dict[str, list[str]] = {}
    for r in found:
        shown.setdefault(r.person_id, []).append(f"referral/{r.id}")
    return [Access(actor, person, "search", REFERRAL, resources=ids) for person, ids in shown.items()]


_BEFORE_OPEN: boxes.Place = (-1, datetime(1, 1, 1, tzinfo=UTC), "")
_BEFORE_ENDED = (datetime(9999, 12, 31, tzinfo=UTC), "")


def sealed(place: tuple[Any, ...]) -> str:
    """A page's end as an opaque text."""
    return base64.urlsafe_b64encode(orjson.dumps(place)).decode().rstrip("=")


def opened(after: str, like: Any) -> Any:
    """The page's end in `after`, of the shape of `like`. Raises Unprocessable."""
    try:
        raw = orjson.loads(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)))
        place = tuple(
            datetime.fromisoformat(v) if isinstance(m, datetime) else v for v, m in zip(raw, like, strict=True)
        )
        if [type(v) for v in place] != [type(m) for m in like]:
            raise ValueError
    except (binascii.Error, ValueError, TypeError):
        at = Text("bukan `next` dari halaman sebelumnya", "is not the `next` of an earlier page")
        raise Unprocessable(faults=[Fault("/query/after", at)]) from None
    return place
