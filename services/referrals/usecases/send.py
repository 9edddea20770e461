"""Sending a referral: who, where to, and whether the sender may; then everything in one statement."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Literal
from uuid import NAMESPACE_URL, uuid5

import asyncpg

from services.facilities.contract import Kind as FacilityKind
from services.kernel import access
from services.kernel.access import Access
from services.kernel.auth import Actor
from services.kernel.ids import new_id
from services.kernel.problems import Conflict, Fault, Problem, Refused, Text, Unavailable, Unprocessable
from services.kernel.service import Service
from services.referrals import fhir, peers
from services.referrals.contract import REFERRAL, Content, NewReferral, Side, State, Urgency, Verb
from services.referrals.contract.candidates import Warned
from services.referrals.queries import facilities
from services.referrals.queries import referrals as queries
from services.referrals.queries.answers import Kept
from services.referrals.queries.referrals import Change
from services.referrals.room import room
from services.referrals.rules import clocks, competence, referrals, telling
from services.referrals.rules.referrals import Party, Referral, Step
from services.referrals.usecases import destination, handing
from services.referrals.usecases.answers import Answer, again, fingerprint
from services.referrals.usecases.handing import Handed
from services.referrals.usecases.show import home, shown

GIVES_NO_CARE = frozenset({FacilityKind.DINKES, FacilityKind.APOTEK})
CONTENT = set(Content.model_fields)


async def send(service: Service, actor: Actor, asked: NewReferral, key: str | None) -> Answer:
    """Send a referral from the actor's facility, or keep it as a draft.

    Raises Refused when the sender has no reason to see the person (logged), Unprocessable when person or receiver is
    not known, Conflict naming the open referral when there is one.
    """
    here = home(actor)
    mark = fingerprint("send", asked)
    if asked.at is not None and asked.at > service.clock.now() + telling.CLOCK_SKEW:
        raise wrong("/at", telling.FUTURE)
    if asked.at is not None and asked.at < service.clock.now() - telling.LATE_NEWS:
        raise wrong("/at", telling.LONG_BEFORE)
    if first := await again(service, actor, key, mark):
        return first
    sender, receivers = await _ends(service, here, asked)
    if not asked.draft:
        _reasoned(service, asked, sender)
    codes = None if asked.draft else list(dict.fromkeys([*(p.code for p in receivers), *asked.then]))
    person_id, handed = await _person(service, actor, asked, codes)
    warned = await destination.warnings(service, asked, here)
    change = _change(service, actor, asked, sender, receivers, person_id, warned, handed, mark, key)
    try:
        async with service.db.reading() as conn:
            await queries.add(conn, change)
    except asyncpg.UniqueViolationError:
        return await already(service, actor, change, mark)
    service.db.signal()
    assert change.answer is not None  # noqa: S101 - a sending is always answered
    return Answer(change.answer.status, change.answer.body, change.referral.id)


async def _ends(service: Service, here: str, asked: NewReferral) -> tuple[Party, list[Party]]:
    """Sender and who is asked (a draft may ask nobody yet); whoever comes `then` must be fit too."""
    parties = await fit(service, here, named(asked.to_facility, asked.at_once, asked.then))
    return parties[here], [parties[code] for code in (asked.to_facility, *asked.at_once) if code]


def _reasoned(service: Service, asked: NewReferral, sender: Party) -> None:
    """A first-level diagnosis goes upward with TACC or a facility limit only. Raises Unprocessable with the choices."""
    day, given = service.clock.today(), asked.tacc is not None or asked.limit is not None
    own = room(service).first_level.holds(asked.diagnosis, day)
    if competence.lacks_reason(asked.kind, asked.urgency, sender.kind, own=own, given=given):
        raise competence.reason_wanted(day)


def named(to_facility: str | None, at_once: Sequence[str], then: Sequence[str]) -> dict[str, str]:
    """The facilities that a sending names, and the field each stands in."""
    wanted = {to_facility: "/to_facility"} if to_facility else {}
    wanted |= {code: f"/at_once/{n}" for n, code in enumerate(at_once)}
    return wanted | {code: f"/then/{n}" for n, code in enumerate(then)}


async def fit(service: Service, here: str, wanted: dict[str, str]) -> dict[str, Party]:
    """The sender, and the facilities with these codes (and the field each was given in) as receivers. Raises
    Unprocessable.

    One we do not know is refused only after one look at the registry's news.
    """
    known = await _facilities(service, here, *wanted)
    if any(code not in known for code in wanted):
        for follower in service.followers:
            await follower.catch_up()
        known = await _facilities(service, here, *wanted)
    for code, pointer in wanted.items():
        if fault := unfit(here, code, known.get(code)):
            raise wrong(pointer, fault)
    return {here: Party(here, here)} | {code: f.party() for code, f in known.items()}


def unfit(here: str, code: str, target: facilities.Facility | None) -> Text | None:
    """Why a facility can be no receiver; None when it can."""
    if code == here:
        return Text("harus faskes lain, bukan faskes Anda sendiri", "must be another facility than your own")
    if target is None:
        return Text(
            "kode faskes tidak dikenal; pilih dari /v1/referrals/candidates atau /v1/facilities",
            "is not a known facility code; choose one from /v1/referrals/candidates or /v1/facilities",
        )
    if not target.active:
        return Text("faskes ini tidak aktif lagi", "this facility is not active any more")
    if target.kind in GIVES_NO_CARE:
        return Text("faskes ini tidak menerima rujukan", "this facility takes no referrals")
    return None


async def _facilities(service: Service, *codes: str) -> dict[str, facilities.Facility]:
    async with service.db.reading() as conn:
        return await facilities.facilities(conn, codes)


async def _person(
    service: Service, actor: Actor, asked: NewReferral, codes: Sequence[str] | None
) -> tuple[str, Handed | None]:
    """The person, known and visible to the sender, and what of the record goes along to these facilities."""
    given = asked.person_id
    by_number = (asked.patient.system, asked.patient.nik) if asked.patient else None
    hurries = given is not None and asked.urgency is Urgency.EMERGENCY and codes is not None
    who = given or by_number
    assert who is not None  # noqa: S101 - the contract asks for exactly one of both
    try:
        patience = peers.RESUME if hurries else peers.TIMEOUT
        told = await peers.sending(service, actor, who, asked.diagnosis, codes, patience)
    except Unavailable:
        if given is None or not hurries:
            raise
        # an emergency does not wait for the record; who sent it, and for whom, is in the log
        return given, handing.summary_of(service, None)
    if told.person is None:
        raise wrong(
            "/patient/nik",
            Text(
                "belum ada di rekam bersama; kirim kunjungannya dahulu",
                "is not yet in the shared record; send the visit first",
            ),
        )
    if not told.known:
        await access.refuse(service.db, [Access(actor, told.person, "write", REFERRAL, "refused")])
        raise Refused(
            Text(
                "Faskes ini belum punya hubungan pelayanan dengan pasien; kirim kunjungannya dahulu, baru merujuk",
                "This facility has no care relation with the patient; send the visit first, then refer",
            )
        )
    return told.person, None if codes is None else handing.summary_of(service, told.resume)


def _change(
    service: Service, actor: Actor, asked: NewReferral, sender: Party, receivers: Sequence[Party], person_id: str,
    warned: list[Warned], handed: Handed | None, mark: str, key: str | None,
) -> Change:  # fmt: skip
    now, its = service.clock.now(), room(service)
    draft = replace(_draft(service, asked, sender, person_id, _id(actor, key), now), summary=handed)
    after: Referral = draft
    verb: Verb | Literal["draft"] = "draft"
    if not asked.draft and receivers:
        after = referrals.sent(draft, receivers, asked.then, its.clocks, now, its.office, service.clock.today())
        after, verb = _first(after), Verb.SEND
    step = Step(
        1, verb, after.state, Side.SENDER, actor.subject, actor.role, sender.code, asked.at or now, now,
        asked.reason, asked=after.asked or None,
    )  # fmt: skip
    looked = Access(actor, person_id, "write", REFERRAL, resources=[f"referral/{after.id}"])
    answer = shown(after, Side.SENDER, service.clock.today()).model_copy(update={"warnings": warned})
    body = answer.model_dump_json()
    return Change(after, step, fhir.event(after, step), looked, Kept(mark, after.id, person_id, 201, body), key)


def _draft(service: Service, asked: NewReferral, sender: Party, person_id: str, id_: str, now: datetime) -> Referral:
    its = room(service)
    times = clocks.begin(its.clocks, State.DRAFT, asked.urgency, now)
    to = [asked.to_facility] if asked.to_facility else []
    return Referral(
        id=id_, version=1, person_id=person_id, sender=sender, receiver=None, urgency=asked.urgency, kind=asked.kind,
        state=State.DRAFT, owner=Side.SENDER, owner_facility=sender.code, opened_at=now, changed_at=now,
        due_at=times.due_at, ring_at=times.ring_at, rung=0, sent_at=None, answered_at=None, arrived_at=None,
        closed_at=None, diagnosis=asked.diagnosis, encounter=asked.encounter,
        content=asked.model_dump(mode="json", include=CONTENT), leg=0, candidates=[*to, *asked.at_once, *asked.then],
        payer=asked.payer, beside=asked.beside,
        non_specialist=its.first_level.holds(asked.diagnosis, service.clock.today()),
    )  # fmt: skip


def _first(after: Referral) -> Referral:
    """Sent at once it has no draft in its history."""
    return replace(after, version=1)


def _id(actor: Actor, key: str | None) -> str:
    """With a key the referral's id follows from it: who retries knows it, even when the answer never arrived."""
    return str(uuid5(NAMESPACE_URL, f"urn:simpul:referral:{actor.subject}:{key}")) if key else new_id()


async def already(service: Service, actor: Actor, change: Change, mark: str) -> Answer:
    """What a second sending is answered: the first answer to a retry, else a conflict naming the open referral."""
    if first := await again(service, actor, change.key, mark):
        return first
    async with service.db.reading() as conn:
        there = await queries.in_the_way(conn, change.referral)
        if there is not None:
            await access.log(
                conn, [Access(actor, there.person_id, "read", REFERRAL, resources=[f"referral/{there.id}"])]
            )
    service.db.signal()
    if there is None:
        raise Conflict(
            Text(
                "Rujukan sebelumnya sudah berakhir; kirim lagi, dengan Idempotency-Key baru",
                "The earlier referral has ended; send again, with a new Idempotency-Key",
            )
        )
    if not await _may_know(service, actor, there):
        raise Conflict(
            Text(
                "Orang ini masih punya rujukan terbuka ke faskes itu; beri alasan rujukan kedua (beside) bila perlu",
                "This person has an open referral to that facility; say why a second one (beside) if it is needed",
            )
        )
    raise Conflict(
        Text(
            f"Orang ini masih punya rujukan terbuka ke faskes itu atau untuk diagnosis ini ({there.number}); lanjutkan"
            " yang itu, atau beri alasan rujukan kedua (beside)",
            f"This person has an open referral to that facility or for this diagnosis ({there.number}); go on with that"
            " one, or say why a second one (beside)",
        ),
        extra={
            "referral": there.id,
            "number": there.number,
            "state": there.state,
            "from_facility": there.sender.code,
            "to_facility": there.receiver.code if there.receiver else None,
            "opened_at": there.opened_at.isoformat(),
            "legal": there.legal(there.side(actor.facility)),
        },
    )


async def _may_know(service: Service, actor: Actor, there: Referral) -> bool:
    """Whether the open referral may be named: to its sides, and to whom the record shows it (not against the person's
    word, nor past a sensitive class)."""
    if there.side(actor.facility, actor.role) is not None:
        return True
    try:
        return there.id in await peers.shown(service, actor, [there.id])
    except Problem:
        return False


def wrong(pointer: str, text: Text) -> Unprocessable:
    """One field that is to be mended."""
    return Unprocessable(Text("Perbaiki isian berikut", "Mend the following fields"), [Fault(pointer, text)])
