"""Numbers that others give a referral: held beside ours, and found by."""

from dataclasses import replace
from datetime import date, timedelta

from services.kernel import access, events
from services.kernel.access import Access
from services.kernel.auth import Actor, Role
from services.kernel.db import Tx
from services.kernel.problems import Conflict, Refused, Text
from services.kernel.service import Service
from services.referrals import fhir
from services.referrals.contract import REFERRAL, Page, Side
from services.referrals.contract.letters import NewNumber, Numbers
from services.referrals.queries import numbers as queries
from services.referrals.queries import referrals
from services.referrals.rules import numbers as rules
from services.referrals.rules import validity
from services.referrals.rules.referrals import Referral, tidy
from services.referrals.usecases.send import wrong
from services.referrals.usecases.show import DISTRICT, items, unknown

FARTHEST = timedelta(days=400)
"""No payer's letter holds longer; a date beyond it is a mistyped year."""
SENDER_ONLY = Text(
    "Nomor dari sistem lain dicatat oleh pengirim atau penghubung JKN",
    "Other systems' numbers are noted by the sender or the JKN connector",
)


async def put(service: Service, actor: Actor, referral_id: str, given: NewNumber) -> Numbers:
    """Note a number that another system gave. The same one again changes nothing: "gagal mendapatkan nomor" may come
    after the number was given, and whoever asks again then tells it twice.

    Raises NotFound, Refused (logged), Unprocessable, Conflict when it is another referral's number.
    """
    if fault := rules.fault(given.system, given.value):
        raise wrong("/value", fault)
    async with service.db.transaction() as tx:
        before = await referrals.hold(tx, referral_id)
        if before is None:
            raise unknown()
        allowed = actor.role == Role.JKN_CONNECTOR or before.side(actor.facility) is Side.SENDER
        if allowed:
            after = await _held(service, tx, actor, before, given)
    seen = Access(
        actor, before.person_id, "write", REFERRAL, "allowed" if allowed else "refused", [f"referral/{referral_id}"]
    )
    if not allowed:
        await access.refuse(service.db, [seen])
        raise Refused(SENDER_ONLY)
    return _shown(after, service.clock.today())


async def _held(service: Service, tx: Tx, actor: Actor, before: Referral, given: NewNumber) -> Referral:
    """The referral with the number, stored and announced when that changes it."""
    last = _last_day(service, before, given)
    if await queries.keep(tx, given.system, given.value, before.id, actor.subject) != before.id:
        raise Conflict(
            Text("Nomor ini sudah dicatat pada rujukan lain", "This number is noted on another referral already")
        )
    await access.log(tx, [Access(actor, before.person_id, "write", REFERRAL, resources=[f"referral/{before.id}"])])
    held = rules.beside(before.numbers, given.system, given.value)
    if {"system": given.system, "value": given.value} in before.numbers and last == before.valid_until:
        return before
    after = replace(before, numbers=held, valid_until=last)
    await queries.show(tx, after.id, held, last)
    await events.append(tx, [fhir.event(after, await referrals.last_step(tx, after.id))])
    return after


def _last_day(service: Service, referral: Referral, given: NewNumber) -> date | None:
    """The letter's last day: the payer's own word, or as it was. Raises Unprocessable."""
    said = given.valid_until
    if said is None:
        return referral.valid_until
    if not rules.SYSTEMS[given.system].payer:
        raise wrong("/valid_until", Text("hanya untuk nomor BPJS", "only for a number of BPJS"))
    if referral.sent_at is None:
        raise wrong("/valid_until", Text("surat belum ada: kirim dahulu", "there is no letter yet: send it first"))
    day = referral.sent_at.astimezone(service.clock.zone).date()
    if not day <= said <= day + FARTHEST:
        words = f"{day:%d-%m-%Y} - {day + FARTHEST:%d-%m-%Y}"
        raise wrong("/valid_until", Text(f"harus antara {words}", f"must lie between {words}"))
    return said


def _shown(referral: Referral, today: date) -> Numbers:
    return Numbers.model_validate(
        {
            "id": referral.id,
            "number": referral.number,
            "numbers": referral.numbers,
            "valid_until": referral.valid_until,
            "lapsed": validity.lapsed(referral.valid_until, today),
        }
    )


async def find(service: Service, actor: Actor, number: str) -> Page:
    """The referrals with this number, ours or another system's, that the actor is a party of (the office: all).

    To anybody else it is as if there were none; that they asked is logged as refused.
    """
    async with service.db.reading() as conn:
        found = await queries.find(conn, tidy(number), number.strip())
        mine = [r for r in found if actor.role in DISTRICT or r.side(actor.facility, actor.role) is not None]
        looks = [
            Access(actor, r.person_id, "search", REFERRAL, "allowed" if r in mine else "refused", [f"referral/{r.id}"])
            for r in found
        ]
        await access.log(conn, looks)
    service.db.signal()
    return Page(items=await items(service, actor, mine), next=None)
