"""A person's summary for whoever treats them next: an IPS document of what the asker may see."""

import uuid

from services.kernel import access
from services.kernel.access import Access
from services.kernel.auth import Actor
from services.kernel.problems import NotFound, Text
from services.kernel.service import Service
from services.records import summary
from services.records.queries import summaries
from services.records.queries.summaries import Parts
from services.records.room import room
from services.records.usecases.reading import catch_up
from services.records.usecases.refusals import refusal


async def summarise(service: Service, actor: Actor, patient_id: str, base: str) -> str:
    """The document Bundle as text. Raises NotFound, Refused (logged)."""
    organization = room(service).organization_of(actor.facility)
    found = await _parts(service, actor, patient_id, organization)
    if found is not None and not found.allowed:
        await catch_up(service)
        found = await _parts(service, actor, patient_id, organization)
    if found is None:
        raise NotFound(Text("Patient ini tidak ada", "No such Patient"))
    if not found.allowed:
        await access.refuse(service.db, [Access(actor, found.person_id, "read", "Patient/$summary", "refused")])
        raise await refusal(service, actor, found.person_id)
    if not any(type_ == "Patient" for type_, _, _ in found.rows):
        raise NotFound(Text("Patient ini sudah dihapus", "This Patient has been deleted"))
    ids = (str(uuid.uuid4()), str(uuid.uuid4()), str(uuid.uuid4()))
    return summary.document(found.rows, base, ids, service.clock.now(), organization)


async def _parts(service: Service, actor: Actor, patient_id: str, organization: str) -> Parts | None:
    async with service.db.reading() as conn:
        found = await summaries.parts(conn, actor, service.clock.today(), patient_id, organization)
    service.db.signal()
    return found
