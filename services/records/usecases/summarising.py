"""A person's summary for whoever treats them next: an IPS document of what the asker may see, and a resume that goes
with a referral."""

import asyncio
import logging
import uuid
from collections.abc import Sequence
from typing import Any

from services.kernel import access
from services.kernel.access import Access
from services.kernel.auth import Actor
from services.kernel.logs import described
from services.kernel.problems import NotFound, Text
from services.kernel.service import Service
from services.records import sensitive, summary
from services.records.queries import merging, summaries
from services.records.queries.summaries import Parts
from services.records.resume import bare, resume
from services.records.room import room
from services.records.systems import ICD10
from services.records.usecases import people
from services.records.usecases.reading import catch_up
from services.records.usecases.refusals import refusal

log = logging.getLogger(__name__)

PATIENCE = 1.5
"""Seconds that a sending waits for the resume, which it can do without."""


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


async def for_referral(
    service: Service, actor: Actor, person: str, diagnosis: str, facilities: Sequence[str]
) -> dict[str, Any]:
    """The resume that a sender hands on with a referral of this diagnosis; logged as the sender's look.

    `kept`: what keeps it from each of the facilities that may be asked (the person's word, a missing agreement).
    Where the person's word keeps it from all of them it says only who it is. `withheld`: something is left out.
    """
    async with service.db.reading() as conn:
        person = (await merging.standing(conn, [person]))[person]
    return await _handed(service, actor, person, diagnosis, facilities)


async def before_sending(
    service: Service, actor: Actor, person: str, diagnosis: str, facilities: Sequence[str] | None
) -> dict[str, Any]:
    """All that a sender asks of the record at once: who this is now, whether the actor may act for them, and when it
    may (and a referral goes to some facilities) the resume that goes along, None when it cannot be had now."""
    found = await people.known(service, actor, person)
    resume = None
    if found.known and facilities is not None:
        try:
            async with asyncio.timeout(PATIENCE):
                resume = await _handed(service, actor, found.person, diagnosis, facilities)
        except Exception as error:
            log.warning("sent without a resume", extra={"service": service.name, **described(error)})
    return {"person": found.person, "known": found.known, "resume": resume}


async def _handed(
    service: Service, actor: Actor, person: str, diagnosis: str, facilities: Sequence[str]
) -> dict[str, Any]:
    today = service.clock.today()
    async with service.db.reading() as conn:
        patient = await summaries.patient_of(conn, person)
        found = None
        if patient is not None:
            found = await summaries.parts(conn, actor, today, patient, room(service).organization_of(actor.facility))
        about = frozenset(c.name for c in sensitive.classes([{"system": ICD10, "code": diagnosis}]))
        made, left_out = resume(found.rows, found.classes, about, today) if found else resume([], {}, about, today)
        kept = await summaries.kept_from(conn, person, facilities, today, sorted(about))
    service.db.signal()
    shut = bool(kept) and all(reason == "consent" for reason in kept.values())
    return {
        "resume": bare(made) if shut else made, "kept": kept, "classes": sorted(about),
        "withheld": shut or left_out or bool(found and found.withheld),
    }  # fmt: skip


async def kept_from(
    service: Service, person: str, facilities: Sequence[str], classes: Sequence[str]
) -> dict[str, str | None]:
    """What keeps the record of a person from each of these facilities, for a peer that hands on a resume of it."""
    async with service.db.reading() as conn:
        person = (await merging.standing(conn, [person]))[person]
        return await summaries.kept_from(conn, person, facilities, service.clock.today(), classes)
