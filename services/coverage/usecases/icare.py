"""iCare: a clinician's link to BPJS' page about a member they treat. The link is passed on and kept nowhere."""

from services.coverage.bpjs.icare import ICare, Link
from services.coverage.bpjs.wire import BpjsService
from services.coverage.contract.vclaim import IcareAsked, IcareLink
from services.coverage.usecases.bpjs_reads import card_of, line_for, nothing
from services.coverage.usecases.eligibility import known_as
from services.kernel import access
from services.kernel.access import Access
from services.kernel.auth import Actor
from services.kernel.service import Service

WHAT = "JKN/icare"


async def link(service: Service, actor: Actor, asked: IcareAsked) -> IcareLink:
    """A link for one person with whom the actor has a care relation.

    Raises Refused, Conflict (no line), Unprocessable (no card), NotFound, Unavailable.
    """
    line = await line_for(service, actor, asked.facility, BpjsService.ICARE)
    actor, person_id = await known_as(service, actor, asked.person_id, WHAT)
    card = await card_of(service, line.facility, person_id)
    found = await ICare(line.wire, line.login).link(card)
    if not isinstance(found, Link):
        raise await nothing(service, line, found)
    async with service.db.transaction() as tx:
        await access.log(tx, [Access(actor, person_id, "read", WHAT, resources=[f"member/{person_id}"])])
    return IcareLink(url=found.url)
