"""VClaim read over a facility's line: members, referrals and whether they were used, back-referral letters.

What is shown of a person is shown by the house's rules: by their id with a care relation, by a number they present,
or because the asking facility wrote it; each is in the access log before the answer leaves.
"""

from dataclasses import replace
from datetime import date
from typing import Any

from services.coverage import peers
from services.coverage.bpjs.outcomes import Because, Reply, Said
from services.coverage.bpjs.outcomes import Unavailable as NoAnswer
from services.coverage.bpjs.vclaim import Origin as Level
from services.coverage.bpjs.vclaim import VClaim
from services.coverage.bpjs.wire import BpjsService
from services.coverage.contract.vclaim import (
    Origin,
    Prbs,
    ReferralUses,
    VclaimMember,
    VclaimMemberAsked,
    VclaimReferrals,
    VclaimReferralsAsked,
    WhomAsked,
)
from services.coverage.peers import Numbers
from services.coverage.rules import vclaim as rules
from services.coverage.rules.bpjs_words import words
from services.coverage.rules.eligibility import same_provider
from services.coverage.usecases.bpjs_reads import line_for, nothing
from services.coverage.usecases.eligibility import REGISTRATION, known_as
from services.coverage.usecases.lines import OpenLine
from services.kernel import access
from services.kernel.access import Access
from services.kernel.auth import Actor
from services.kernel.problems import NotFound, Text, Unprocessable
from services.kernel.service import Service

MEMBER, REFERRAL, PRB = "JKN/vclaim/member", "JKN/vclaim/referral", "JKN/vclaim/prb"
_LEVEL: dict[Origin, Level] = {"fktp": "1", "hospital": "2"}


async def member(service: Service, actor: Actor, asked: VclaimMemberAsked) -> VclaimMember:
    """A member by VClaim on a day. Raises Refused, Conflict, NotFound, Unprocessable, Unavailable."""
    line = await line_for(service, actor, asked.facility, BpjsService.VCLAIM)
    actor, person_id, numbers = await whom(service, actor, asked, MEMBER)
    day, client = asked.day or service.clock.today(), VClaim(line.wire, line.login)
    if numbers.nik:
        reply = await client.member_by_nik(numbers.nik, day)
    else:
        reply = await client.member_by_card(_card(numbers), day)
    found = rules.inner(await _said(service, line, reply), "peserta")
    nik, card = rules.numbers(found)
    wrong = (numbers.nik and nik and nik != numbers.nik) or (not numbers.nik and card and card != numbers.jkn)
    if not isinstance(found, dict) or wrong:
        because = Because.MISMATCH if wrong else Because.UNREADABLE
        raise await nothing(service, line, NoAnswer(because, again=False))
    await _log(service, actor, MEMBER, [person_id])
    return rules.member(found, person_id)


async def referrals(service: Service, actor: Actor, asked: VclaimReferralsAsked) -> VclaimReferrals:
    """A member's valid referrals; an empty list when there are none. Raises as `member`."""
    line = await line_for(service, actor, asked.facility, BpjsService.VCLAIM)
    actor, person_id, numbers = await whom(service, actor, asked, REFERRAL)
    card = numbers.jkn or await _card_of(service, line, numbers)
    reply = await VClaim(line.wire, line.login).referrals(card, _LEVEL[asked.origin])
    try:
        said = await _said(service, line, reply)
    except NotFound:
        said = None
    rows = rules.inner(said, "rujukan")
    rows = rows if isinstance(rows, list) else [rows]
    rows = [r for r in rows if rules.numbers(rules.inner(r, "peserta"))[1] in (None, card)]
    items = [found for row in rows if (found := rules.referral(row, person_id)) is not None]
    await _log(service, actor, REFERRAL, [person_id], [f"referral/{i.number}" for i in items])
    return VclaimReferrals(referrals=items)


async def referral(
    service: Service, actor: Actor, number: str, origin: Origin, facility: str | None
) -> VclaimReferrals:
    """One referral by its number: one's own, or of somebody one has a care relation with. Another is as if unknown.

    Raises Refused, Conflict, Unprocessable, Unavailable.
    """
    line = await line_for(service, actor, facility, BpjsService.VCLAIM)
    reply = await VClaim(line.wire, line.login).referral(number, _LEVEL[origin])
    try:
        found = rules.inner(await _said(service, line, reply), "rujukan")
    except NotFound:
        return VclaimReferrals(referrals=[])
    _, card = rules.numbers(rules.inner(found, "peserta"))
    person_id = await peers.person_of(service, "jkn", card) if card else None
    shown = rules.referral(found, person_id)
    if shown is None:
        raise await nothing(service, line, NoAnswer(Because.UNREADABLE, again=False))
    if not same_provider(shown.referred_by.code if shown.referred_by else None, line.provider):
        known = await peers.known_as(service, actor, person_id) if person_id else None
        if known is None:
            await access.refuse(service.db, [Access(actor, person_id, "read", REFERRAL, "refused")])
            return VclaimReferrals(referrals=[])
        actor = known[0]
    await _log(service, actor, REFERRAL, [person_id], [f"referral/{shown.number}"])
    return VclaimReferrals(referrals=[shown])


async def uses(service: Service, actor: Actor, number: str, origin: Origin, facility: str | None) -> ReferralUses:
    """How many guarantee letters used a referral. Raises Refused, Conflict, NotFound, Unavailable."""
    line = await line_for(service, actor, facility, BpjsService.VCLAIM)
    reply = await VClaim(line.wire, line.login).sep_count(number, _LEVEL[origin])
    count = rules.text(rules.inner(await _said(service, line, reply), "jumlahSEP"))
    if count is None or not count.isdecimal():
        raise await nothing(service, line, NoAnswer(Because.UNREADABLE, again=False))
    await _log(service, actor, REFERRAL, [None], [f"referral/{number}"])
    return ReferralUses(number=number, origin=origin, count=int(count), used=int(count) > 0)


async def prbs(service: Service, actor: Actor, first: date, last: date, facility: str | None) -> Prbs:
    """The line's own back-referral letters of some days. Raises Refused, Conflict, Unprocessable, Unavailable."""
    line = await line_for(service, actor, facility, BpjsService.VCLAIM)
    return await _letters(service, actor, line, await VClaim(line.wire, line.login).prbs(first, last))


async def prb(service: Service, actor: Actor, number: str, sep: str, facility: str | None) -> Prbs:
    """One of the line's own back-referral letters. Raises as `prbs`."""
    line = await line_for(service, actor, facility, BpjsService.VCLAIM)
    return await _letters(service, actor, line, await VClaim(line.wire, line.login).prb(number, sep))


async def _letters(service: Service, actor: Actor, line: OpenLine, reply: Reply) -> Prbs:
    try:
        rows = rules.prb_rows(await _said(service, line, reply))
    except NotFound:
        rows = []
    cards = [rules.numbers(rules.inner(row, "peserta"))[1] for row in rows]
    known = await peers.matched(service, [(None, card) for card in cards]) if rows else []
    persons = [str(k["person"]) if k and k.get("person") else None for k in known]
    items = [rules.prb(row, person) for row, person in zip(rows, persons, strict=True)]
    await _log(service, actor, PRB, list(dict.fromkeys(persons)) or [None])
    return Prbs(letters=items)


async def whom(service: Service, actor: Actor, asked: WhomAsked, what: str) -> tuple[Actor, str | None, Numbers]:
    """Who is asked about, in the record's words and BPJS'; a number presented is the reason to be told.

    Raises Refused, NotFound.
    """
    presented = replace(actor, purpose=REGISTRATION)
    if asked.nik is not None:
        return presented, await peers.person_of(service, "nik", asked.nik), Numbers(nik=asked.nik)
    if asked.jkn is not None:
        return presented, await peers.person_of(service, "jkn", asked.jkn), Numbers(jkn=asked.jkn)
    actor, person_id = await known_as(service, actor, asked.person_id or "", what)
    numbers = await peers.numbers_of(service, person_id)
    if numbers is None or not (numbers.nik or numbers.jkn):
        raise Unprocessable(
            Text(
                "Rekam bersama belum punya NIK atau nomor JKN orang ini, jadi BPJS tidak dapat ditanya",
                "The record holds neither a NIK nor a JKN number of this person, so BPJS cannot be asked",
            )
        )
    return actor, person_id, numbers


def _card(numbers: Numbers) -> str:
    assert numbers.jkn is not None  # noqa: S101 - `whom` gives one of the two
    return numbers.jkn


async def _card_of(service: Service, line: OpenLine, numbers: Numbers) -> str:
    """The card of somebody known by NIK only: VClaim says it."""
    reply = await VClaim(line.wire, line.login).member_by_nik(numbers.nik or "", service.clock.today())
    nik, card = rules.numbers(rules.inner(await _said(service, line, reply), "peserta"))
    if card is None or nik != numbers.nik:
        raise NotFound(words(Because.NO_DATA))
    return card


async def _said(service: Service, line: OpenLine, reply: Reply) -> Any:
    """What VClaim answered; nothing is a problem."""
    if not isinstance(reply, Said):
        raise await nothing(service, line, reply)
    if reply.response is None:
        raise NotFound(words(Because.NO_DATA))
    return reply.response


async def _log(
    service: Service, actor: Actor, what: str, persons: list[str | None], resources: list[str] | None = None
) -> None:
    async with service.db.transaction() as tx:
        await access.log(tx, [Access(actor, p, "read", what, resources=resources or []) for p in persons])
