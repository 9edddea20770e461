"""A visit of a practice without FHIR: plain JSON in, the same resources as everyone's out, correctable as a whole."""

from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import orjson

from services.kernel import access
from services.kernel.access import Access
from services.kernel.auth import Actor
from services.kernel.ids import new_id
from services.kernel.problems import NotFound, Refused, Text
from services.kernel.service import Service
from services.records import rules
from services.records.queries import visits
from services.records.queries.visible import sees_all
from services.records.room import room
from services.records.usecases import reading, writing
from services.records.usecases.entries import Entry, Outcome
from services.records.visit.contract import Visit
from services.records.visit.patient import to_patient
from services.records.visit.write import to_resources


@dataclass(frozen=True, slots=True)
class Recorded:
    """A stored visit: its id, the person, and what was stored, changed, removed or left as it was."""

    visit_id: str
    person_id: str
    outcomes: list[Outcome]
    created: bool

    def answer(self) -> dict[str, Any]:
        """The wire form."""
        words = {201: "created", 200: "changed", 204: "removed"}
        return {
            "visit_id": self.visit_id,
            "person_id": self.person_id,
            "resources": [
                {"type": o.type, "id": o.id, "version": o.version, "state": "kept" if o.kept else words[o.status]}
                for o in self.outcomes
            ],
        }


async def record(service: Service, actor: Actor, visit: Visit, key: str | None) -> Recorded:
    """Store a new visit. The same Idempotency-Key from the same facility is the same visit, stored once.

    Raises Conflict when the key came with another visit, or the visit has been corrected since.
    """
    if actor.facility is None:
        raise Refused(Text("Hanya faskes yang mencatat kunjungan", "Only a facility records a visit"))
    visit_id = str(uuid5(NAMESPACE_URL, f"{actor.facility}/{key}")) if key else new_id()
    return await _store(service, actor, visit, visit_id, [], once=True)


async def correct(service: Service, actor: Actor, visit_id: str, visit: Visit) -> Recorded:
    """Replace a visit: what changed gets a new version, what is no longer there is deleted (with its history)."""
    async with service.db.reading() as conn:
        present = await visits.resources(conn, visit_id)
    encounter = next((r for r in present if r["type"] == "Encounter"), None)
    if encounter is None:
        raise NotFound(Text("Kunjungan ini tidak ada", "No such visit"))
    if encounter["client"] != actor.facility and not sees_all(actor):
        await access.refuse(service.db, [Access(actor, encounter["person_id"], "write", "Encounter", "refused")])
        raise Refused(
            Text("Hanya faskes pencatatnya yang boleh mengoreksi", "Only the facility that recorded it may correct it")
        )
    own = [(r["type"], r["id"]) for r in present if r["client"] == encounter["client"]]
    return await _store(service, actor, visit, visit_id, own)


async def _store(
    service: Service, actor: Actor, visit: Visit, visit_id: str, present: list[tuple[str, str]], *, once: bool = False
) -> Recorded:
    urn = f"urn:uuid:{uuid5(NAMESPACE_URL, visit_id)}"
    organization = room(service).organization_of(actor.facility)

    episode = await _open_episode(service, visit)

    def make() -> list[Entry]:
        resources = to_resources(visit, visit_id, organization, urn, episode)
        wanted = {(r["resourceType"], r["id"]) for r in resources}
        gone = [Entry("delete", t, id=i) for t, i in present if (t, i) not in wanted]
        register = Entry("create", "Patient", to_patient(visit.patient, organization), urn=urn, where="Patient")
        return [
            register,
            *(Entry("upsert", r["resourceType"], r, r["id"], where=r["resourceType"], once=once) for r in resources),
            *gone,
        ]

    outcomes = await writing.write(service, actor, make)
    person_id = outcomes[0].person_id or outcomes[0].id
    return Recorded(visit_id, person_id, outcomes[1:], created=outcomes[1].status == 201)


async def _open_episode(service: Service, visit: Visit) -> str | None:
    """The woman's open pregnancy episode, whoever opened it: a contact joins it instead of opening another."""
    if visit.pregnancy is None:
        return None
    keys = rules.identity(to_patient(visit.patient))[0].keys
    async with service.db.reading() as conn:
        return await visits.open_episode(conn, keys, visit.at)


async def read(service: Service, actor: Actor, visit_id: str) -> dict[str, Any]:
    """The FHIR resources a visit became. The Encounter's own access decision holds for all of them."""
    await reading.read(service, actor, "Encounter", visit_id)
    async with service.db.reading() as conn:
        rows = await visits.resources(conn, visit_id)
    return {"visit_id": visit_id, "resources": [orjson.Fragment(r["body"]) for r in rows]}
