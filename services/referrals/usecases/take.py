"""Taking a step: a look, the rules, and one write that holds only if nothing came between; where more follows from it,
under a lock. The loser of a race learns what happened."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import asyncpg

from services.kernel import access
from services.kernel.access import Access
from services.kernel.auth import Actor
from services.kernel.db import Connection, Tx
from services.kernel.problems import Conflict, Problem, Refused, Text, Unprocessable
from services.kernel.service import Service
from services.referrals import fhir
from services.referrals.contract import REFERRAL, Side, State, StepTaken, Verb
from services.referrals.queries import facilities
from services.referrals.queries import referrals as queries
from services.referrals.queries.answers import Kept
from services.referrals.queries.referrals import Change, Raced
from services.referrals.room import room
from services.referrals.rules import competence, machine, referrals, telling
from services.referrals.rules.machine import Illegal
from services.referrals.rules.referrals import Party, Referral, Step
from services.referrals.usecases import follow_ups, handing
from services.referrals.usecases.answers import Answer, again, fingerprint
from services.referrals.usecases.handing import Handed
from services.referrals.usecases.onward import onward
from services.referrals.usecases.send import already, fit, named, unfit, wrong
from services.referrals.usecases.show import DISTRICT, NOT_YOURS, answered, home, unknown

STATE_WORDS = {
    State.DRAFT: Text("masih draf", "still a draft"),
    State.SENT: Text("menunggu jawaban", "awaiting an answer"),
    State.ACCEPTED: Text("sudah diterima", "accepted already"),
    State.DECLINED: Text("sudah ditolak", "declined already"),
    State.REDIRECTED: Text("dialihkan, menunggu dikirim ke faskes lain", "redirected, to be sent elsewhere"),
    State.EXPIRED: Text("tidak dijawab pada waktunya", "not answered in time"),
    State.DEPARTED: Text("pasien dalam perjalanan", "the patient is on the way"),
    State.ARRIVED: Text("pasien sudah tiba", "the patient has arrived"),
    State.IN_CARE: Text("pasien sedang dirawat", "the patient is being treated"),
    State.CLOSED: Text("sudah ditutup", "closed already"),
}
SIDE_WORDS = {
    Side.SENDER: Text("pengirim", "the sender"),
    Side.RECEIVER: Text("penerima", "the receiver"),
    Side.OFFICE: Text("dinas", "the health office"),
}


LEADS_ON = (Verb.SEND, Verb.REDIRECT)
"""The steps that may name further facilities."""


ALONE = frozenset(Verb) - {*LEADS_ON, Verb.REFER_BACK}
"""The steps from which, as a rule, nothing else follows."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A step somebody wants to take, with all that had to be asked for before."""

    actor: Actor
    referral_id: str
    verb: Verb
    told: StepTaken
    to: dict[str, Party]
    handed: Handed
    mark: str
    key: str | None


class _Turned(Exception):  # noqa: N818 - carries a problem out of the transaction, to be logged in a commit of its own
    def __init__(self, problem: Problem, looked: Access) -> None:
        super().__init__("turned down")
        self.problem, self.looked = problem, looked


async def take(
    service: Service, actor: Actor, referral_id: str, verb: Verb, told: StepTaken, key: str | None
) -> Answer:
    """Take a step. Raises NotFound; Refused for a third facility (logged); Conflict naming the legal verbs;
    Unprocessable when what the step needs is not told.

    A retry meets an illegal step or its own kept key: the first answer is looked for only then. What a `send` or a
    `raise` names is judged before that, so their first answer is looked for first.
    """
    if actor.role not in DISTRICT:
        home(actor)
    mark = fingerprint(f"{referral_id}/{verb}", told)
    if verb in (Verb.SEND, Verb.RAISE) and (first := await again(service, actor, key, mark)):
        return first
    to = await _elsewhere(service, actor, verb, told)
    handed = await handing.at_leg(service, actor, referral_id, verb, told) if verb in LEADS_ON else {}
    wanted = _Wanted(actor, referral_id, verb, told, to, handed, mark, key)
    change: Change | None = None
    try:
        if verb in ALONE and (done := await _alone(service, wanted)):
            return done
        async with service.db.transaction() as tx:
            change = await _step(service, tx, wanted, await queries.hold(tx, referral_id))
            await queries.take(tx, change)
            await onward(service, tx, change.referral, change.referral.changed_at)
            await follow_ups.begin(service, tx, change.referral, verb, actor.subject, to.get(told.home or ""))
    except asyncpg.UniqueViolationError:
        assert change is not None  # noqa: S101 - only storing it can clash
        if first := await again(service, actor, key, mark):
            return first
        return await already(service, actor, change, mark)
    except _Turned as turned:
        if isinstance(turned.problem, Conflict) and (first := await again(service, actor, key, mark)):
            return first
        await access.refuse(service.db, [turned.looked])
        raise turned.problem from None
    assert change.answer is not None  # noqa: S101 - an actor's own step is always answered
    return Answer(change.answer.status, change.answer.body, referral_id)


async def _alone(service: Service, wanted: "_Wanted") -> Answer | None:
    """The step by two statements, without a lock: a look, and one write that is made only when the referral is still as
    it was seen. None when it is not, or when something else follows from the step: then it is taken under a lock."""
    async with service.db.reading() as conn:
        change = await _step(service, conn, wanted, await queries.look(conn, wanted.referral_id))
        after = change.referral
        if referrals.next_leg(after) or follow_ups.follows(service, after, wanted.verb):
            return None
        try:
            await queries.move(conn, change)
        except (Raced, asyncpg.UniqueViolationError):
            return None
    service.db.signal()
    assert change.answer is not None  # noqa: S101 - an actor's own step is always answered
    return Answer(change.answer.status, change.answer.body, wanted.referral_id)


async def _elsewhere(service: Service, actor: Actor, verb: Verb, told: StepTaken) -> dict[str, Party]:
    """The facilities that a step names, each fit to receive."""
    if verb not in (*LEADS_ON, Verb.REFER_BACK):
        return {}
    wanted = named(told.to_facility, told.at_once or [], told.then or [])
    wanted |= {told.home: "/home"} if told.home else {}
    return await fit(service, actor.facility or "", wanted) if wanted else {}


async def _step(service: Service, tx: Connection, wanted: "_Wanted", before: Referral | None) -> Change:
    """The change that a step makes to the referral."""
    actor, verb, told, to, handed = wanted.actor, wanted.verb, wanted.told, wanted.to, wanted.handed
    if before is None:
        raise unknown()
    now = service.clock.now()  # after the wait for the lock, so that the history's times are in its order
    side = before.side(actor.facility, actor.role)
    if side is None and actor.facility not in before.former:
        raise _Turned(
            Refused(NOT_YOURS), Access(actor, before.person_id, "write", REFERRAL, "refused", [f"referral/{before.id}"])
        )
    try:
        side = _may(before, verb, side)
    except Illegal as illegal:
        last = await queries.last_step(tx, before.id)
        problem = conflict(before, verb, side, illegal.legal, last, here=actor.facility)
        raise _Turned(
            problem, Access(actor, before.person_id, "read", REFERRAL, resources=[f"referral/{before.id}"])
        ) from None
    if found := telling.faults(before, verb, told, now, service.clock.zone):
        raise Unprocessable(Text("Perbaiki isian berikut", "Mend the following fields"), found)
    if verb is Verb.SEND and before.state is State.DRAFT:
        before = await _reasoned(service, tx, before)
    after = await _after(service, tx, before, verb, side, actor, told, to, now)
    if handed:
        after = referrals.changed(after, summary=handing.added(after.summary, handed))
    step = Step(
        after.version, verb, after.state, side, actor.subject, actor.role, actor.facility or room(service).office,
        told.at or now, now, told.reason, told.note, after.asked if verb is Verb.SEND else None,
    )  # fmt: skip
    kept = Kept(
        wanted.mark, after.id, after.person_id, 200, answered(after, actor, service.clock.today()).model_dump_json()
    )
    looked = Access(actor, after.person_id, "write", REFERRAL, resources=[f"referral/{after.id}"])
    return Change(after, step, fhir.event(after, step, before), looked, kept, wanted.key)


async def _reasoned(service: Service, tx: Tx, draft: Referral) -> Referral:
    """A draft on the day it is sent: a first-level diagnosis goes upward with TACC or a facility limit only. Raises
    Unprocessable with the choices."""
    day = service.clock.today()
    own = room(service).first_level.holds(draft.diagnosis, day)
    given = bool(draft.content.get("tacc") or draft.content.get("limit"))
    if own and not given:
        sender = (await facilities.facilities(tx, [draft.sender.code])).get(draft.sender.code)
        level = sender.kind if sender else None
        if competence.lacks_reason(draft.kind, draft.urgency, level, own=own, given=given):
            raise competence.reason_wanted(day)
    return replace(draft, non_specialist=own)


def _may(referral: Referral, verb: Verb, side: Side | None) -> Side:
    """The side, when it may take this step. Raises Illegal; who was asked before may take none."""
    if side is None:
        raise Illegal([])
    machine.step(referral.state, verb, side, referral.urgency, answered=referral.answered_at is not None)
    return side


async def _after(
    service: Service, tx: Tx, before: Referral, verb: Verb, side: Side, actor: Actor, told: StepTaken,
    to: dict[str, Party], now: datetime,
) -> Referral:  # fmt: skip
    its = room(service)
    for field, codes in (("to_facility", [told.to_facility]), ("at_once", told.at_once), ("then", told.then)):
        if verb in LEADS_ON and before.sender.code in (codes or []):
            raise wrong(f"/{field}", Text("faskes pengirim sendiri", "is the sender itself"))
    if verb is not Verb.SEND:
        acts = actor.facility if side is Side.RECEIVER else None
        order = [acts, *(f for f in before.asked if f != acts)] if acts else []
        by = await parties(tx, before, order)
        return referrals.advance(before, verb, side, told, by, its.clocks, now, its.office)
    code = told.to_facility or next(iter(before.candidates), None)
    if code is None:
        raise wrong(
            "/to_facility", Text("wajib diisi: tidak ada calon berikutnya", "is required: no candidate is left")
        )
    if code == before.sender.code or (before.state is not State.EXPIRED and code in before.asked):
        raise wrong("/to_facility", Text("sebut faskes lain", "name another facility"))
    if (party := to.get(code)) is None:  # named long ago, when it was perhaps still open
        known = (await facilities.facilities(tx, [code])).get(code)
        if fault := unfit(before.sender.code, code, known):
            raise wrong("/to_facility", Text(f"{code}: {fault.id}", f"{code}: {fault.en}"))
        party = known.party() if known else Party(code, code)
    besides = [to[c] for c in dict.fromkeys(told.at_once or []) if c != code]
    then = told.then if told.then is not None else before.candidates
    return referrals.sent(before, [party, *besides], then, its.clocks, now, its.office, service.clock.today())


async def parties(tx: Tx, referral: Referral, codes: Sequence[str]) -> list[Party]:
    """These facilities as ends of the referral, in order; those it knows already are not looked up."""
    known = {p.code: p for p in (referral.sender, referral.receiver) if p is not None}
    if missing := [c for c in codes if c not in known]:
        found = await facilities.facilities(tx, missing)
        known |= {c: found[c].party() if c in found else Party(c, c) for c in missing}
    return [known[c] for c in codes]


def conflict(
    referral: Referral, verb: str, side: Side | None, legal: list[Verb], last: Step, *, here: str | None = None
) -> Conflict:
    """Why the step is illegal, what happened last, and what would be legal for this side. Who was asked before (`side`
    None) is told what became of it, and not where the person went; `here` is told its own last step whole."""
    state, who = STATE_WORDS[referral.state], SIDE_WORDS[side or Side.RECEIVER]
    verbs = ", ".join(legal)
    happened = {
        "verb": last.verb,
        "role": last.role,
        "at": last.at.isoformat(),
        "recorded_at": last.recorded_at.isoformat(),
    }
    where = {} if side is None else {"owner": referral.owner, "owner_facility": referral.owner_facility}
    return Conflict(
        Text(
            f"Langkah {verb} tidak sah: {state.id}. "
            + (f"Langkah yang sah bagi {who.id}: {verbs}" if legal else f"Tidak ada langkah bagi {who.id} sekarang"),
            f"The step {verb} is not legal: {state.en}. "
            + (f"Legal for {who.en}: {verbs}" if legal else f"There is no step for {who.en} now"),
        ),
        extra={"state": referral.state, "version": referral.version, "legal": legal}
        | where
        | {"last": happened | ({"facility": last.facility} if side or last.facility == here else {})},
    )
