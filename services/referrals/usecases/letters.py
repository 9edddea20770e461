"""The letter: made for those who may read the referral's content, and checked by whoever holds the paper."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, tzinfo

from services.kernel import access
from services.kernel.access import Access
from services.kernel.auth import Actor
from services.kernel.problems import Conflict, NotFound, Refused, Text, Throttled
from services.kernel.service import Service
from services.kernel.throttle import Throttle
from services.referrals import peers
from services.referrals.contract import Verb
from services.referrals.contract.letters import Claim, Form, PublicLetter, Verdict
from services.referrals.queries import facilities, referrals
from services.referrals.queries import numbers as queries
from services.referrals.rules import letters as rules
from services.referrals.rules import paper, seeing
from services.referrals.rules.letters import Leg, Told
from services.referrals.rules.paper import Size
from services.referrals.rules.referrals import Party, Referral, Step
from services.referrals.usecases.show import NOT_YOURS, readable, unknown

LETTER = "referral-letter"
"""What the access log calls a letter, shown or checked."""
PAGE = "/rujukan/periksa"
TRIES, DAY = 5, 86_400.0
"""How often one letter's patient may be guessed in a day, by anybody together."""
UNKNOWN_A_MINUTE, LOOKS_A_MINUTE = 10, 60
"""What one address may ask: numbers that are no letter's, and letters."""
NO_LETTER = Text("Tidak ada surat dengan nomor ini", "There is no letter with this number")
HOLDER = Actor(subject="pemegang-surat", role="public", facility="umum", purpose="verification")
"""Who checks a letter: somebody who holds it, at no facility."""


PRINTER = ThreadPoolExecutor(1, "letters")
"""One letter at a time, beside the event loop: many at once would keep all threads, and the processor, from others."""


@dataclass(frozen=True, slots=True)
class Made:
    """A letter to be printed."""

    name: str
    pdf: bytes


async def letter(service: Service, actor: Actor, referral_id: str, form: Form, size: Size) -> Made:
    """The letter as a PDF. Raises NotFound; Refused when the actor may not read the content (logged); Conflict while
    there is no such letter yet."""
    async with service.db.reading() as conn:
        found = await referrals.whole(conn, referral_id)
    if found is None:
        raise unknown()
    referral, steps = found
    allowed = await readable(service, actor, referral)
    seen = Access(
        actor, referral.person_id, "read", LETTER, "allowed" if allowed else "refused", [f"referral/{referral_id}"]
    )
    await access.refuse(service.db, [seen])
    if not allowed:
        raise Refused(NOT_YOURS)
    told = await _told(service, actor, referral, _day(service, referral, steps, form), _code(referral, steps, form))
    sheet = rules.back(told) if form is Form.BACK else rules.letter(told)
    pdf = await asyncio.get_running_loop().run_in_executor(PRINTER, paper.pdf, sheet, size)
    return Made(f"{'rujuk-balik' if form is Form.BACK else 'rujukan'}-{referral.number}.pdf", pdf)


def _day(service: Service, referral: Referral, steps: list[Step], form: Form) -> date:
    """The letter's own day. Raises Conflict while there is none."""
    at = rules.written_at(referral, form)
    if at is None:
        raise Conflict(
            Text("Belum ada rujuk balik untuk rujukan ini", "This referral has not been referred back")
            if form is Form.BACK
            else Text("Rujukan ini masih draf; kirim dahulu", "This referral is a draft; send it first")
        )
    return at.astimezone(service.clock.zone).date()


def _code(referral: Referral, steps: list[Step], form: Form) -> str:
    if form is Form.BACK:
        return rules.code(referral, "B", referral.closed_at or referral.changed_at)
    return rules.code(referral, referral.leg, next(s.recorded_at for s in reversed(steps) if s.verb is Verb.SEND))


async def _told(service: Service, actor: Actor, referral: Referral, day: date, code: str) -> Told:
    """All that the letter says; the person is asked for by the actor's own rights."""
    asked, receiver = referral.content, referral.receiver or referral.sender
    who, unit = asked.get("practitioner"), asked.get("service")
    person, sender, there, signer, diagnosis, named = await asyncio.gather(
        peers.person(service, actor, referral.person_id),
        peers.house(service, actor, referral.sender),
        peers.house(service, actor, receiver),
        _signer(service, who, referral.sender),
        peers.diagnosis(service, referral.diagnosis),
        _unit(service, actor, unit),
    )
    side = referral.side(actor.facility, actor.role)
    seen = replace(referral, summary=seeing.summary(referral, side, actor.facility))
    return Told(
        seen, sender, there, person or rules.person_of(seen.summary), signer, diagnosis, named, day,
        service.clock.today(), service.clock.zone, service.settings.public_url.rstrip("/") + PAGE, code,
    )  # fmt: skip


async def _signer(service: Service, practitioner: str | None, sender: Party) -> rules.Signer | None:
    return await peers.signer(service, practitioner, sender.code) if practitioner else None


async def _unit(service: Service, actor: Actor, code: str | None) -> str | None:
    return (await peers.unit(service, actor, code) or code) if code else None


async def check(service: Service, code: str, caller: str) -> PublicLetter:
    """What anybody may know of a letter. Raises NotFound, Throttled."""
    _pace(service, "letter-looks", caller, LOOKS_A_MINUTE, 60.0)
    referral, leg, form = await _held(service, code, caller)
    today, zone = service.clock.today(), service.clock.zone
    to = referral.receiver or referral.sender
    if leg is not None and leg.to != to.code:
        to = await _named(service, leg.to)
    return _public(referral, leg, form, to, today, zone)


def _public(referral: Referral, leg: Leg | None, form: Form, to: Party, today: date, zone: tzinfo) -> PublicLetter:
    here, now = referral.sender, referral.receiver or referral.sender
    standing = rules.standing(referral, leg, today)
    if form is Form.BACK:
        here, to = now, referral.sender
    at = (leg.at if leg else rules.written_at(referral, form)) or referral.opened_at
    return PublicLetter(
        number=referral.number, form=form, leg=leg.number if leg else None, standing=standing,
        from_facility=here.code, from_name=here.name or here.code, to_facility=to.code, to_name=to.name or to.code,
        written_on=at.astimezone(zone).date(), valid_until=rules.holds_until(referral, leg),
    )  # fmt: skip


async def compare(service: Service, code: str, claim: Claim, origin: str) -> Verdict:
    """Whether the patient is who the paper says. Five tries a day for one letter, by whomever: no one can guess a birth
    date here. Raises NotFound, Throttled, Unavailable."""
    caller = origin.partition(" ")[0]
    referral, _, _ = await _held(service, code, caller)
    guesses = _pace(service, "letter-guesses", referral.id, TRIES, DAY)
    found = await peers.matches(service, referral.person_id, claim)
    holder = replace(HOLDER, origin=origin)
    seen = Access(holder, referral.person_id, "read", LETTER, "allowed", [f"referral/{referral.id}"])
    await access.refuse(service.db, [seen])
    if found:
        guesses.hit(("letter-guesses", referral.id))
    return Verdict(match=found)


async def _held(service: Service, code: str, caller: str) -> tuple[Referral, Leg | None, Form]:
    """The letter with this code; who tries many that are none must wait. Raises NotFound, Throttled."""
    misses = _desk(service, "letter-misses", UNKNOWN_A_MINUTE, 60.0)
    key, now = ("letter-misses", caller), time.monotonic()
    _wait(misses.wait(key, now))
    number, which, seal = rules.parted(code)
    async with service.db.reading() as conn:
        found = await queries.letter(conn, number)
    chosen = rules.chosen(found, which, seal) if found else None
    if found is None or chosen is None:
        misses.miss(key, now)
        raise NotFound(NO_LETTER)
    leg, form = chosen
    return found[0], leg, form


async def _named(service: Service, code: str) -> Party:
    async with service.db.reading() as conn:
        known = await facilities.facilities(conn, [code])
    return known[code].party() if code in known else Party(code, code)


def _pace(service: Service, name: str, who: str, most: int, window: float) -> Throttle:
    """Count one more ask before it is answered. Raises Throttled."""
    desk, now = _desk(service, name, most, window), time.monotonic()
    _wait(desk.wait((name, who), now))
    desk.miss((name, who), now)
    return desk


def _desk(service: Service, name: str, most: int, window: float) -> Throttle:
    held: Throttle = service.room.setdefault(name, Throttle(misses=most, window=window))
    return held


def _wait(seconds: int) -> None:
    if seconds:
        raise Throttled(
            Text(f"Terlalu sering; coba lagi {_long(seconds)} lagi", f"Too often; try again in {seconds} seconds"),
            headers={"Retry-After": str(seconds)},
        )


def _long(seconds: int) -> str:
    return (
        f"{seconds} detik"
        if seconds < 120
        else f"{seconds // 60} menit"
        if seconds < 7200
        else f"{seconds // 3600} jam"
    )
