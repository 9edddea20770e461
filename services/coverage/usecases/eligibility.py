"""What one can do here: ask whether someone is eligible, and look at the last known membership."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from services.coverage import peers
from services.coverage.bpjs.outcomes import Because, Outcome
from services.coverage.bpjs.outcomes import Unavailable as NoAnswer
from services.coverage.bpjs.pcare import PCare
from services.coverage.bpjs.wire import BpjsService
from services.coverage.contract import (
    MEMBER,
    AnswerSource,
    Eligibility,
    EligibilityQuestion,
    MemberStatus,
    StatementSource,
)
from services.coverage.peers import Numbers
from services.coverage.queries import members, network
from services.coverage.rules import eligibility as rules
from services.coverage.rules import standing
from services.coverage.rules.eligibility import Asking, Known, KnownFacility, Statement
from services.coverage.rules.entitlement import Case, covered, month_of, rule, rule_days
from services.coverage.rules.numbers import Numbering
from services.coverage.settings import CoverageSettings
from services.coverage.usecases import asking
from services.coverage.usecases.lines import district_pcare, line_of
from services.coverage.usecases.outbox import owing
from services.kernel import access, events
from services.kernel.access import Access
from services.kernel.auth import Actor
from services.kernel.db import Connection, Tx
from services.kernel.events import Event
from services.kernel.problems import Fault, NotFound, Refused, Text, Unavailable, Unprocessable
from services.kernel.service import Service

ELIGIBILITY, COVERAGE = "JKN/eligibility", "JKN/coverage"
REGISTRATION = "registration"
"""Purpose of asking by a number the patient presents: presenting it is the reason to see the answer."""

DENTIST = "dentist"


async def check_eligibility(service: Service, actor: Actor, question: EligibilityQuestion) -> Eligibility:
    """What BPJS says of somebody: what it said a moment ago when that is fresh enough, else asked now and kept; when it
    is silent, what it said last, with its age and the reason."""
    code = asking_facility(actor, question.facility)
    if question.person_id is None:
        actor = replace(actor, purpose=REGISTRATION)
    facility = await _facility(service, code, named=question.facility is not None)
    person_id, numbers = await _identify(service, actor, question)
    day = question.serviced_date or service.clock.today()
    asked = await _asked(service, actor, person_id, numbers, code, question.max_age)
    beside = await _beside(service, actor, person_id, facility, day, asked)
    async with service.db.transaction() as tx:
        known = await _known(service, tx, person_id, asked, day, numbers)
        known = _judged(known, facility, question.emergency, beside)
        what = [Access(actor, p, "read", ELIGIBILITY, resources=_member(p)) for p in (person_id, beside.mother) if p]
        await access.log(tx, what or [Access(actor, None, "read", ELIGIBILITY)])
    return rules.eligibility(known, Asking(facility, actor.language, service.clock.zone), person_id)


async def last_known(service: Service, actor: Actor, person_id: str) -> Eligibility:
    """What stands of a person, without asking. Raises Refused, or NotFound when nothing was ever said."""
    actor, person_id = await known_as(service, actor, person_id, COVERAGE)
    facility = await _facility(service, actor.facility, named=False)
    async with service.db.transaction() as tx:
        known = await _known(service, tx, person_id, _Asked(None, False, None), service.clock.today())
        known = _judged(known, facility, False, _Beside())
        await access.log(tx, [Access(actor, person_id, "read", COVERAGE, resources=_member(person_id))])
    if known.said is None:
        raise NotFound(
            Text(
                "Kepesertaan orang ini belum pernah ditanyakan; pakai POST /v1/eligibility",
                "This person's membership was never asked; use POST /v1/eligibility",
            )
        )
    return rules.eligibility(known, Asking(facility, actor.language, service.clock.zone), person_id)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What came of asking: what BPJS said (None: nothing), whether it was asked at all, and what stopped it."""

    said: Statement | None
    live: bool
    trouble: str | None


@dataclass(frozen=True, slots=True)
class _Beside:
    """What the rules ask beside the membership: days seen here this month, birth date, the mother and hers."""

    visits: int | None = None
    born: date | None = None
    mother: str | None = None
    mother_in_force: bool | None = None


async def _asked(
    service: Service, actor: Actor, person_id: str | None, numbers: Numbers, facility: str | None, max_age: int | None
) -> _Asked:
    """BPJS' word on somebody, asked once for all who ask at this moment; not asked while its last one is fresh."""
    if person_id is not None and await _fresh(service, person_id, max_age):
        return _Asked(None, False, None)

    async def ask() -> tuple[Outcome | None, Statement | None]:
        outcome = await ask_bpjs(service, numbers, facility)
        said = rules.statement(outcome, service.clock.now()) if outcome is not None else None
        if said is not None and person_id is not None:
            async with service.db.transaction() as tx:
                await keep(service, tx, actor, person_id, said)
        return outcome, said

    (outcome, said), _ = await asking.once(service, (numbers.nik, numbers.jkn, person_id, facility), ask)
    return _Asked(said, said is not None, None if said else rules.trouble(outcome))


def numbering(service: Service) -> Numbering:
    """Digests and seals of this installation."""
    settings = CoverageSettings.of(service.settings)
    return Numbering.of(settings.keyring(), settings.peer_key.get_secret_value())


async def _fresh(service: Service, person_id: str, max_age: int | None) -> bool:
    """Whether what BPJS said last is young enough for this caller; a list or staff is no word of BPJS."""
    settings = service.settings
    assert isinstance(settings, CoverageSettings)  # noqa: S101
    oldest = settings.member_fresh if max_age is None else max_age
    if oldest <= 0:
        return False
    async with service.db.reading() as conn:
        found = await members.last_known(conn, person_id)
    if found is None or found[0].source != StatementSource.BPJS:
        return False
    return (service.clock.now() - found[0].checked_at).total_seconds() <= oldest


async def _known(
    service: Service, conn: Connection, person_id: str | None, asked: _Asked, day: date, numbers: Numbers | None = None
) -> Known:
    """What an answer rests on: what was said now, else what stands, else what a list says of the numbers; of another
    day what was said of it."""
    zone, now = service.clock.zone, service.clock.now()
    said, since, source = asked.said, None, AnswerSource.LIVE
    if person_id is not None and (found := await members.last_known(conn, person_id)) is not None:
        since = found[1]
        if said is None:
            said, source = found[0], AnswerSource.CACHED
    if said is None and numbers is not None and (digests := numbering(service).both(numbers.nik, numbers.jkn)):
        said, source = await members.listed(conn, digests, str(zone)), AnswerSource.CACHED
    stood = standing.on_day([said] if said else [], day, zone)
    if person_id is not None and day != now.astimezone(zone).date():
        history = [n.said for n in await members.history(conn, person_id, str(zone))]
        stood = standing.on_day(history or ([said] if said else []), day, zone)
        if stood.said is not None and said is not None and stood.said.checked_at != said.checked_at:
            said, source, since = stood.said, AnswerSource.CACHED, None
    return Known(
        said, source if said else AnswerSource.NONE, day, now.astimezone(zone), asked.trouble,
        await _registered(conn, said.provider_code if said else None),
        await _registered(conn, said.dental_code if said else None), stood.in_force, since,
    )  # fmt: skip


def _judged(known: Known, facility: KnownFacility | None, emergency: bool, beside: _Beside) -> Known:
    """What the rules of the day make of it for the facility that asks."""
    here = False
    if known.said is not None and facility is not None:
        dental = facility.kind == DENTIST and rules.same_provider(facility.bpjs_code, known.said.dental_code)
        here = dental or rules.same_provider(facility.bpjs_code, known.said.provider_code)
    case = Case(
        known.day, known.in_force, here, facility.kind if facility else None, emergency, beside.visits, beside.born,
        beside.mother_in_force,
    )  # fmt: skip
    return replace(known, covered=covered(case))


async def _beside(
    service: Service, actor: Actor, person_id: str | None, facility: KnownFacility | None, day: date, asked: _Asked
) -> _Beside:
    """What the record knows that the rules turn on; what it cannot say now stays unknown."""
    if person_id is None or facility is None:
        return _Beside()
    try:
        found = await peers.insured(service, person_id, facility.code, *month_of(day))
    except Unavailable:
        return _Beside()
    if found is None:
        return _Beside()
    born = found.born if found.born and rule("newborn", day) else None
    young = born is not None and 0 <= (day - born).days <= rule_days("newborn", day)
    if not young or found.mother_nik is None:
        return _Beside(found.visits, found.born)
    mother = await _asked(service, actor, found.mother, Numbers(nik=found.mother_nik), facility.code, None)
    async with service.db.reading() as conn:
        hers = await _known(service, conn, found.mother, mother, day)
    return _Beside(found.visits, born, found.mother, hers.in_force)


def _member(person_id: str | None) -> list[str]:
    """What is shown of a person, as the access log names it."""
    return [f"member/{person_id}"] if person_id else []


def asking_facility(actor: Actor, asked: str | None) -> str | None:
    """The facility the answer is for: the token's own; an office without one may name any. Raises Refused."""
    if actor.facility is None:
        return asked
    if asked is not None and asked != actor.facility:
        raise Refused(
            Text(
                f"Token ini milik faskes {actor.facility}; kosongkan facility atau isi dengan kode itu",
                f"This token belongs to facility {actor.facility}; leave facility out or give that code",
            )
        )
    return actor.facility


async def ask_bpjs(service: Service, numbers: Numbers, facility: str | None) -> Outcome | None:
    """What BPJS says by NIK, else by card number; None when there is neither.

    The asking facility's own line is used; where it has none, the district's.
    """
    pcare = await _pcare(service, facility)
    if numbers.nik:
        return await pcare.member_by_nik(numbers.nik) if pcare else NoAnswer(Because.NO_LINE, reached=False)
    if numbers.jkn:
        return await pcare.member_by_card(numbers.jkn) if pcare else NoAnswer(Because.NO_LINE, reached=False)
    return None


async def _pcare(service: Service, facility: str | None) -> PCare | None:
    line = await line_of(service, facility, BpjsService.PCARE) if facility else None
    if line is not None and line.held is None:
        return line.pcare
    return district_pcare(service)


async def _identify(service: Service, actor: Actor, question: EligibilityQuestion) -> tuple[str | None, Numbers]:
    """The person the question is about (None when the record does not know them) and their numbers."""
    if question.nik is not None:
        return await peers.person_of(service, "nik", question.nik), Numbers(nik=question.nik)
    if question.jkn is not None:
        return await peers.person_of(service, "jkn", question.jkn), Numbers(jkn=question.jkn)
    assert question.person_id is not None  # noqa: S101 - the question holds exactly one number
    _, person_id = await known_as(service, actor, question.person_id, ELIGIBILITY)
    numbers = await peers.numbers_of(service, person_id)
    if numbers is None:
        raise NotFound(Text("Orang ini tidak ada di rekam bersama", "There is no such person in the record"))
    return person_id, numbers


async def known_as(service: Service, actor: Actor, person_id: str, what: str) -> tuple[Actor, str]:
    if known := await peers.known_as(service, actor, person_id):
        return known
    await access.refuse(service.db, [Access(actor, person_id, "read", what, "refused")])
    raise Refused(
        Text(
            "Faskes ini belum punya hubungan layanan dengan orang ini. Bila ia hadir, tanyakan dengan NIK atau "
            "nomor JKN yang ia tunjukkan",
            "This facility has no care relation with this person. When they are present, ask by the NIK or "
            "JKN number they show",
        )
    )


async def _facility(service: Service, code: str | None, *, named: bool) -> KnownFacility | None:
    """The asking facility; one not known yet is looked for once more in the facilities' feed.

    Raises Unprocessable when the question `named` it; a token's own facility may still be on its way.
    """
    if code is None:
        return None
    for last_try in (False, True):
        async with service.db.reading() as conn:
            found = next((f for f in await network.facilities(conn, code, None) if f.code == code), None)
        if found or last_try:
            break
        for follower in service.followers:
            await follower.catch_up()
    if found is None and named:
        raise Unprocessable(
            Text("Perbaiki isian berikut", "Mend the following fields"),
            [Fault("/facility", Text("faskes ini tidak dikenal", "this facility is not known"), "unknown")],
        )
    return found


async def _registered(conn: Connection, bpjs_code: str | None) -> KnownFacility | None:
    """Our facility with the BPJS code a member is registered at; None when there is none."""
    return next(iter(await network.facilities(conn, None, bpjs_code)), None) if bpjs_code else None


async def keep(service: Service, tx: Tx, actor: Actor, person_id: str, said: Statement) -> None:
    """Keep the statement; tell followers when it says something new."""
    since = rules.holds_since(said, service.clock.zone)
    saved = await members.save(tx, person_id, said, actor.subject, actor.facility, since)
    if said.status == MemberStatus.ACTIVE:
        await owing.active(service, tx, [person_id])
    if saved.version != saved.before:
        kind = "created" if saved.version == 1 else "changed"
        data = await told(service, tx, said, saved.since)
        await events.append(tx, [Event(MEMBER, kind, person_id, saved.version, data, person_id)])


async def told(service: Service, conn: Connection, said: Statement, since: date | None) -> dict[str, Any]:
    """The data of the event about what stands."""
    registered, dental = await _registered(conn, said.provider_code), await _registered(conn, said.dental_code)
    return rules.changed(said, registered, service.clock.zone, dental, since).model_dump(mode="json")
