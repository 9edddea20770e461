"""What was said of a person, and what staff say: kept for ever, standing while nobody fresher says otherwise."""

from dataclasses import replace

from services.coverage.contract import MEMBER, MemberStatus, StatementSource
from services.coverage.contract.members import StaffStatement, StatementOut, Statements
from services.coverage.queries import members
from services.coverage.queries.members import Noted
from services.coverage.rules import eligibility as rules
from services.coverage.rules import standing
from services.coverage.rules.eligibility import Statement
from services.coverage.usecases import eligibility
from services.coverage.usecases.eligibility import COVERAGE, known_as
from services.coverage.usecases.outbox import owing
from services.kernel import access, events
from services.kernel.access import Access
from services.kernel.auth import Actor
from services.kernel.events import Event
from services.kernel.service import Service


async def history(service: Service, actor: Actor, person_id: str) -> Statements:
    """Everything said of a person, oldest first. Raises Refused, NotFound; logged."""
    stands = await eligibility.last_known(service, actor, person_id)
    assert stands.person_id is not None  # noqa: S101 - the person was found
    async with service.db.reading() as conn:
        found = await members.history(conn, stands.person_id, str(service.clock.zone))
    return Statements(person_id=stands.person_id, stands=stands, statements=[_out(n) for n in found])


def _out(noted: Noted) -> StatementOut:
    said = {name: getattr(noted.said, name) for name in StatementOut.model_fields if hasattr(noted.said, name)}
    return StatementOut(
        **said, stated_at=noted.said.checked_at, noted_at=noted.noted_at, by=noted.by, facility=noted.facility,
        because=noted.because, list=noted.list, line=noted.line,
    )  # fmt: skip


async def say(service: Service, actor: Actor, person_id: str, told: StaffStatement) -> Statements:
    """Keep what a staff member saw; it adds to what stands. Raises Refused."""
    actor, person_id = await known_as(service, actor, person_id, COVERAGE)
    now = service.clock.now()
    said = Statement(
        status=told.status, checked_at=now, source=StatementSource.STAFF, payer_code=told.payer_code,
        class_code=told.class_code, arrears=told.arrears, cob=told.cob,
        provider_code=told.provider_code.upper() if told.provider_code else None,
        dental_code=told.dental_code.upper() if told.dental_code else None,
    )  # fmt: skip
    async with service.db.transaction() as tx:
        before = await members.last_known(tx, person_id)
        stands = standing.folded(before[0] if before else None, said)
        if said.status == MemberStatus.UNKNOWN and before is not None:
            stands = replace(stands, status=before[0].status)
        since = rules.holds_since(stands, service.clock.zone)
        saved = await members.save_staff(
            tx, person_id, said, stands, actor.subject, actor.facility, since, told.because
        )
        await access.log(tx, [Access(actor, person_id, "write", COVERAGE, resources=[f"member/{person_id}"])])
        if said.status == MemberStatus.ACTIVE:
            await owing.active(service, tx, [person_id])
        if saved.version != saved.before:
            data = await eligibility.told(service, tx, stands, saved.since)
            kind = "created" if saved.version == 1 else "changed"
            await events.append(tx, [Event(MEMBER, kind, person_id, saved.version, data, person_id)])
    return await history(service, actor, person_id)
