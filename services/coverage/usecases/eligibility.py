"""What one can do here: ask whether someone is eligible, and look at the last known membership."""

from dataclasses import replace

from services.coverage import peers
from services.coverage.bpjs.outcomes import Because, Outcome, Unavailable
from services.coverage.bpjs.pcare import PCare
from services.coverage.bpjs.wire import BpjsService
from services.coverage.contract import MEMBER, AnswerSource, Eligibility, EligibilityQuestion
from services.coverage.peers import Numbers
from services.coverage.queries import members, network
from services.coverage.rules import eligibility as rules
from services.coverage.rules.eligibility import Asking, KnownFacility, Statement
from services.coverage.usecases.lines import district_pcare, line_of
from services.kernel import access, events
from services.kernel.access import Access
from services.kernel.auth import Actor
from services.kernel.db import Connection, Tx
from services.kernel.events import Event
from services.kernel.problems import Fault, NotFound, Refused, Text, Unprocessable
from services.kernel.service import Service

ELIGIBILITY, COVERAGE = "JKN/eligibility", "JKN/coverage"
REGISTRATION = "registration"
"""Purpose of asking by a number the patient presents: presenting it is the reason to see the answer."""


async def check_eligibility(service: Service, actor: Actor, question: EligibilityQuestion) -> Eligibility:
    """Ask BPJS now and keep what it says; when it is silent, answer with what it said last."""
    code = asking_facility(actor, question.facility)
    if question.person_id is None:
        actor = replace(actor, purpose=REGISTRATION)
    facility = await _facility(service, code, named=question.facility is not None)
    person_id, numbers = await _identify(service, actor, question)
    outcome = await ask_bpjs(service, numbers, code)
    said = rules.statement(outcome, service.clock.now()) if outcome is not None else None
    asking = Asking(facility, actor.language, service.clock.zone)
    async with service.db.transaction() as tx:
        source, why = (AnswerSource.LIVE, None) if said else (AnswerSource.CACHED, rules.trouble(outcome))
        if said is None and person_id is not None:
            said = await members.last_known(tx, person_id)
        registered = await _registered(tx, said)
        await access.log(tx, [Access(actor, person_id, "read", ELIGIBILITY, resources=_member(person_id))])
        if said is not None and source is AnswerSource.LIVE and person_id is not None:
            await _keep(service, tx, person_id, said, registered)
    return rules.eligibility(said, registered, asking, person_id, source, why)


async def last_known(service: Service, actor: Actor, person_id: str) -> Eligibility:
    """What BPJS said last about a person. Raises Refused, or NotFound when it was never asked."""
    actor, person_id = await _known_as(service, actor, person_id, COVERAGE)
    facility = await _facility(service, actor.facility, named=False)
    asking = Asking(facility, actor.language, service.clock.zone)
    async with service.db.transaction() as tx:
        said = await members.last_known(tx, person_id)
        registered = await _registered(tx, said)
        await access.log(tx, [Access(actor, person_id, "read", COVERAGE, resources=_member(person_id))])
    if said is None:
        raise NotFound(
            Text(
                "Kepesertaan orang ini belum pernah ditanyakan; pakai POST /v1/eligibility",
                "This person's membership was never asked; use POST /v1/eligibility",
            )
        )
    return rules.eligibility(said, registered, asking, person_id, AnswerSource.CACHED)


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
        return await pcare.member_by_nik(numbers.nik) if pcare else Unavailable(Because.NO_LINE, reached=False)
    if numbers.jkn:
        return await pcare.member_by_card(numbers.jkn) if pcare else Unavailable(Because.NO_LINE, reached=False)
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
    _, person_id = await _known_as(service, actor, question.person_id, ELIGIBILITY)
    numbers = await peers.numbers_of(service, person_id)
    if numbers is None:
        raise NotFound(Text("Orang ini tidak ada di rekam bersama", "There is no such person in the record"))
    return person_id, numbers


async def _known_as(service: Service, actor: Actor, person_id: str, what: str) -> tuple[Actor, str]:
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


async def _registered(conn: Connection, said: Statement | None) -> KnownFacility | None:
    """Our facility with the BPJS code a member is registered at; None when there is none."""
    if said is None or said.provider_code is None:
        return None
    return next(iter(await network.facilities(conn, None, said.provider_code)), None)


async def _keep(service: Service, tx: Tx, person_id: str, said: Statement, registered: KnownFacility | None) -> None:
    """Keep the statement; tell followers when it says something new."""
    version, before = await members.save(tx, person_id, said)
    if version != before:
        data = rules.changed(said, registered, service.clock.zone).model_dump(mode="json")
        kind = "created" if version == 1 else "changed"
        await events.append(tx, [Event(MEMBER, kind, person_id, version, data, person_id)])
