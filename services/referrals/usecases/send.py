"""Sending a referral: who, where to, and whether the sender may; then everything in one statement."""

from datetime import datetime
from uuid import NAMESPACE_URL, uuid5

import asyncpg

from services.facilities.contract import Kind as FacilityKind
from services.kernel import access
from services.kernel.access import Access
from services.kernel.auth import Actor
from services.kernel.ids import new_id
from services.kernel.problems import Conflict, Fault, Refused, Text, Unprocessable
from services.kernel.service import Service
from services.referrals import fhir, peers, queries, rules
from services.referrals.contract import REFERRAL, Content, NewReferral, State
from services.referrals.queries import Change, Kept
from services.referrals.rules import Party, Referral, Step
from services.referrals.usecases.answers import Answer, again, fingerprint
from services.referrals.usecases.show import home, shown

GIVES_NO_CARE = frozenset({FacilityKind.DINKES, FacilityKind.APOTEK})
CONTENT = set(Content.model_fields)


async def send(service: Service, actor: Actor, asked: NewReferral, key: str | None) -> Answer:
    """Send a referral from the actor's facility.

    Raises Refused when the sender has no reason to see the person (logged), Unprocessable when person or receiver is
    not known, Conflict naming the open referral when there is one.
    """
    here = home(actor)
    mark = fingerprint("send", asked)
    if first := await again(service, actor, key, mark):
        return first
    sender, receiver = await _ends(service, here, asked.to_facility)
    person_id = await _person(service, actor, asked)
    change = _change(actor, asked, sender, receiver, person_id, service.clock.now(), mark, key)
    try:
        async with service.db.transaction() as tx:
            await queries.add(tx, change)
    except asyncpg.UniqueViolationError:
        return await _already(service, actor, change, mark)
    return Answer(change.answer.status, change.answer.body, change.referral.id)


async def _ends(service: Service, here: str, there: str) -> tuple[Party, Party]:
    """Sender and receiver. A receiver we do not know is refused only after one look at the registry's news."""
    if here == there:
        raise _wrong("/to_facility", Text("faskes tujuan harus lain dari pengirim", "must differ from the sender"))
    known = await _facilities(service, here, there)
    if there not in known:
        for follower in service.followers:
            await follower.catch_up()
        known = await _facilities(service, here, there)
    target = known.get(there)
    if target is None:
        raise _wrong("/to_facility", Text("kode faskes tidak dikenal", "is not a known facility code"))
    if not target.active:
        raise _wrong("/to_facility", Text("faskes ini tidak aktif lagi", "this facility is not active any more"))
    if target.kind in GIVES_NO_CARE:
        raise _wrong("/to_facility", Text("faskes ini tidak menerima rujukan", "this facility takes no referrals"))
    sender = known.get(here)
    return sender.party() if sender else Party(here, here), target.party()


async def _facilities(service: Service, *codes: str) -> dict[str, queries.Facility]:
    async with service.db.reading() as conn:
        return await queries.facilities(conn, codes)


async def _person(service: Service, actor: Actor, asked: NewReferral) -> str:
    """The person, known and visible to the sender."""
    person_id = asked.person_id
    if asked.patient is not None:
        person_id = await peers.person_of(service, asked.patient.system, asked.patient.nik)
        if person_id is None:
            raise _wrong(
                "/patient/nik",
                Text(
                    "belum ada di rekam bersama; kirim kunjungannya dahulu",
                    "is not yet in the shared record; send the visit first",
                ),
            )
    assert person_id is not None  # noqa: S101 - the contract asks for exactly one of both
    if (seen := await peers.known_as(service, actor, person_id)) is None:
        await access.refuse(service.db, [Access(actor, person_id, "write", REFERRAL, "refused")])
        raise Refused(
            Text(
                "Faskes ini belum punya hubungan pelayanan dengan pasien; kirim kunjungannya dahulu, baru merujuk",
                "This facility has no care relation with the patient; send the visit first, then refer",
            )
        )
    return seen


def _change(
    actor: Actor, asked: NewReferral, sender: Party, receiver: Party, person_id: str, now: datetime, mark: str,
    key: str | None,
) -> Change:  # fmt: skip
    referral = Referral(
        id=_id(actor, key), version=1, person_id=person_id, sender=sender, receiver=receiver, urgency=asked.urgency,
        kind=asked.kind, state=State.SENT, owner_facility=receiver.code, opened_at=now, changed_at=now,
        due_at=rules.due(State.SENT, asked.urgency, now), answered_at=None, closed_at=None, diagnosis=asked.diagnosis,
        encounter=asked.encounter, content=asked.model_dump(mode="json", include=CONTENT),
    )  # fmt: skip
    step = Step(1, "send", State.SENT, actor.subject, actor.role, sender.code, now, now, asked.reason)
    looked = Access(actor, person_id, "write", REFERRAL, resources=[f"referral/{referral.id}"])
    body = shown(referral, referral.side(sender.code)).model_dump_json()
    return Change(
        referral, step, fhir.event(referral, step), looked,
        Kept(mark, referral.id, person_id, 201, body), key,
    )  # fmt: skip


def _id(actor: Actor, key: str | None) -> str:
    """With a key the referral's id follows from it: who retries knows it, even when the answer never arrived."""
    return str(uuid5(NAMESPACE_URL, f"urn:simpul:referral:{actor.subject}:{key}")) if key else new_id()


async def _already(service: Service, actor: Actor, change: Change, mark: str) -> Answer:
    """The answer when the database said that it is there: our own first answer, or the open referral's name."""
    if first := await again(service, actor, change.key, mark):
        return first
    wanted = change.referral
    async with service.db.reading() as conn:
        there = await queries.open_one(conn, wanted.person_id, wanted.receiver.code)
        named = [f"referral/{there.id}"] if there else []
        await access.log(conn, [Access(actor, wanted.person_id, "read", REFERRAL, resources=named)])
    service.db.signal()
    if there is None:
        raise Conflict(
            Text(
                "Rujukan sebelumnya sudah berakhir; kirim lagi, dengan Idempotency-Key baru",
                "The earlier referral has ended; send again, with a new Idempotency-Key",
            )
        )
    raise Conflict(
        Text(
            f"Orang ini masih punya rujukan terbuka ke faskes tersebut ({there.id}); lanjutkan yang itu",
            f"This person has an open referral to that facility ({there.id}); go on with that one",
        ),
        extra={
            "referral": there.id,
            "state": there.state,
            "from_facility": there.sender.code,
            "opened_at": there.opened_at.isoformat(),
            "legal": there.legal(there.side(actor.facility)),
        },
    )


def _wrong(pointer: str, text: Text) -> Unprocessable:
    return Unprocessable(Text("Perbaiki isian berikut", "Mend the following fields"), [Fault(pointer, text)])
