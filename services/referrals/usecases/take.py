"""Taking a step: the row is locked, the rules decide, the history grows. The loser of a race learns what happened."""

import asyncpg

from services.kernel import access
from services.kernel.access import Access
from services.kernel.auth import Actor
from services.kernel.db import Tx
from services.kernel.problems import Conflict, Problem, Refused, Text, Unprocessable
from services.kernel.service import Service
from services.referrals import fhir, queries, rules
from services.referrals.contract import REFERRAL, Side, State, StepTaken, Verb
from services.referrals.queries import Change, Kept
from services.referrals.rules import Illegal, Referral, Step
from services.referrals.usecases.answers import Answer, again, fingerprint
from services.referrals.usecases.show import NOT_YOURS, home, shown, unknown

STATE_WORDS = {
    State.SENT: Text("menunggu jawaban", "awaiting an answer"),
    State.ACCEPTED: Text("sudah diterima", "accepted already"),
    State.DECLINED: Text("sudah ditolak", "declined already"),
    State.CANCELLED: Text("sudah dibatalkan", "cancelled already"),
    State.DEPARTED: Text("pasien dalam perjalanan", "the patient is on the way"),
    State.ARRIVED: Text("pasien sudah tiba", "the patient has arrived"),
    State.NO_SHOW: Text("pasien tidak datang", "the patient did not come"),
    State.IN_CARE: Text("pasien sedang dirawat", "the patient is being treated"),
    State.CLOSED: Text("sudah ditutup", "closed already"),
}
SIDE_WORDS = {Side.SENDER: Text("pengirim", "the sender"), Side.RECEIVER: Text("penerima", "the receiver")}


class _Turned(Exception):  # noqa: N818 - carries a problem out of the transaction, to be logged in a commit of its own
    def __init__(self, problem: Problem, looked: Access) -> None:
        super().__init__("turned down")
        self.problem, self.looked = problem, looked


async def take(
    service: Service, actor: Actor, referral_id: str, verb: Verb, told: StepTaken, key: str | None
) -> Answer:
    """Take a step. Raises NotFound; Refused for a third facility (logged); Conflict naming the legal verbs;
    Unprocessable when what the step needs is not told.

    A verb leads on at most once in a referral's life, so a retry meets an illegal step or its own kept key: the first
    answer is looked for only then.
    """
    home(actor)
    mark = fingerprint(f"{referral_id}/{verb}", told)
    try:
        async with service.db.transaction() as tx:
            change = await _step(service, tx, actor, referral_id, verb, told, mark, key)
            await queries.move(tx, change)
        return Answer(change.answer.status, change.answer.body, referral_id)
    except asyncpg.UniqueViolationError:
        if first := await again(service, actor, key, mark):
            return first
        raise
    except _Turned as turned:
        if isinstance(turned.problem, Conflict) and (first := await again(service, actor, key, mark)):
            return first
        await access.refuse(service.db, [turned.looked])
        raise turned.problem from None


async def _step(
    service: Service, tx: Tx, actor: Actor, referral_id: str, verb: Verb, told: StepTaken, mark: str, key: str | None
) -> Change:
    """The change that a step makes to the (now locked) referral."""
    before = await queries.hold(tx, referral_id)
    if before is None:
        raise unknown()
    now = service.clock.now()  # after the wait for the lock, so that the history's times are in its order
    side = before.side(actor.facility)
    if side is None:
        raise _Turned(
            Refused(NOT_YOURS), Access(actor, before.person_id, "write", REFERRAL, "refused", [f"referral/{before.id}"])
        )
    try:
        after = rules.advance(before, verb, side, told, now)
    except Illegal as illegal:
        last = await queries.last_step(tx, referral_id)
        problem = _conflict(before, verb, side, illegal.legal, last)
        raise _Turned(
            problem, Access(actor, before.person_id, "read", REFERRAL, resources=[f"referral/{before.id}"])
        ) from None
    if found := rules.faults(verb, told, before.state, now, service.clock.zone):
        raise Unprocessable(Text("Perbaiki isian berikut", "Mend the following fields"), found)
    step = Step(
        after.version, verb, after.state, actor.subject, actor.role, home(actor), told.at or now, now, told.reason,
        told.note,
    )  # fmt: skip
    kept = Kept(mark, after.id, after.person_id, 200, shown(after, side).model_dump_json())
    looked = Access(actor, after.person_id, "write", REFERRAL, resources=[f"referral/{after.id}"])
    return Change(after, step, fhir.event(after, step), looked, kept, key)


def _conflict(referral: Referral, verb: Verb, side: Side, legal: list[Verb], last: Step) -> Conflict:
    """Why the step is illegal, what happened last, and what would be legal for this side."""
    state, who = STATE_WORDS[referral.state], SIDE_WORDS[side]
    verbs = ", ".join(legal)
    return Conflict(
        Text(
            f"Langkah {verb} tidak sah: {state.id}. "
            + (f"Langkah yang sah bagi {who.id}: {verbs}" if legal else f"Tidak ada langkah bagi {who.id} sekarang"),
            f"The step {verb} is not legal: {state.en}. "
            + (f"Legal for {who.en}: {verbs}" if legal else f"There is no step for {who.en} now"),
        ),
        extra={
            "state": referral.state,
            "version": referral.version,
            "owner_facility": referral.owner_facility,
            "legal": legal,
            "last": {"verb": last.verb, "facility": last.facility, "role": last.role, "at": last.at.isoformat()},
        },
    )
