"""A visit that was none is cancelled; one that was recorded of the wrong person is moved to the right one."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from services.kernel import access
from services.kernel.access import Access
from services.kernel.auth import Actor
from services.kernel.db import Tx
from services.kernel.ids import new_id
from services.kernel.problems import Conflict, Text
from services.kernel.service import Service
from services.records import exact
from services.records.fhir import extract
from services.records.queries import visits
from services.records.room import room
from services.records.usecases import writing
from services.records.usecases.entries import Entry, Outcome
from services.records.usecases.visit_persons import claimed
from services.records.usecases.visits import Recorded, own_visit
from services.records.visit.patient import to_patient
from services.records.visit.person import VisitPatient
from services.records.visit.void import ERROR, moved, voided
from services.records.visit.write import visit_item_id

Resource = dict[str, Any]
_VOID = Text("Kunjungan ini sudah dibatalkan", "This visit has been cancelled")


async def cancel(service: Service, actor: Actor, visit_id: str, reason: str) -> Recorded:
    """Mark a visit and all the facility wrote for it as entered in error; what has no such mark is deleted.

    The history keeps it. A facility that had no other reason to see the person loses this one. Doing it again changes
    nothing. Raises NotFound, Refused.
    """
    encounter, own = await own_visit(service, actor, visit_id)
    client, person = encounter["client"], encounter["person_id"]
    bodies = [exact.loads(r["body"].encode()) for r in own]
    if _of(bodies, "Encounter")["status"] != ERROR:
        bodies += await _own_episode(service, visit_id, bodies)

    def make() -> list[Entry]:
        return [_voiding(b, reason if b["resourceType"] == "Encounter" else None, client) for b in bodies]

    async def also(tx: Tx, _: list[Outcome]) -> None:
        await visits.withdraw(tx, person, client, visit_id)

    if _of(bodies, "Encounter")["status"] == ERROR:
        outcomes = await _kept(service, actor, visit_id)
    else:
        outcomes = await writing.write(service, actor, make, also=also)
    return Recorded(visit_id, person, outcomes, created=False, extra={"state": "cancelled"})


async def _kept(service: Service, actor: Actor, visit_id: str) -> list[Outcome]:
    """The visit as it lies: what is asked for has been done already."""
    return await writing.write(service, actor, lambda: [Entry("keep", "Encounter", id=visit_id)])


def _voiding(resource: Resource, reason: str | None, client: str) -> Entry:
    type_, id_ = resource["resourceType"], resource["id"]
    void = voided(resource, reason)
    if void is None:
        return Entry("delete", type_, id=id_, client=client)
    return Entry("upsert", type_, void, id_, where=type_, client=client)


def _of(bodies: Sequence[Resource], type_: str) -> Resource:
    return next(b for b in bodies if b["resourceType"] == type_)


async def _own_episode(service: Service, visit_id: str, bodies: Sequence[Resource]) -> list[Resource]:
    """The pregnancy episode this visit opened, when no other visit has joined it."""
    own = visit_item_id(visit_id, "episode")
    if f"EpisodeOfCare/{own}" not in _episodes(_of(bodies, "Encounter")):
        return []
    async with service.db.reading() as conn:
        found = await visits.episode(conn, own, visit_id)
    return [] if found is None or found[1] else [exact.loads(found[0].encode())]


def _episodes(encounter: Resource) -> list[str]:
    return [e.get("reference", "") for e in encounter.get("episodeOfCare", ())]


async def move(service: Service, actor: Actor, visit_id: str, patient: VisitPatient) -> Recorded:
    """Give a visit to the person it was really about, registered when not known; every resource of it gets a version
    about that person, and the facility's reason to see the wrong one is withdrawn when nothing else gives it.

    What the visit's own registration changed on the wrong person's Patient is put back, when nothing came since.
    Both persons' access logs show it. Doing it again changes nothing. Raises NotFound, Refused, Conflict.
    """
    encounter, own = await own_visit(service, actor, visit_id)
    client, wrong = encounter["client"], encounter["person_id"]
    bodies = [exact.loads(r["body"].encode()) for r in own]
    visit = _of(bodies, "Encounter")
    if visit["status"] == ERROR:
        raise Conflict(_VOID)
    async with service.db.reading() as conn:
        standing = await visits.standing(conn, visit_id, claimed(service, client, patient))
        before = await visits.patient_before(conn, wrong, visit_id)
    if standing is not None and standing["same"]:
        return Recorded(visit_id, wrong, await _kept(service, actor, visit_id), created=False)
    organization = room(service).organization_of(client)
    urn = f"urn:uuid:{uuid5(NAMESPACE_URL, f'{visit_id}/{new_id()}')}"
    episodes = await _Episodes.of(service, actor, visit_id, bodies, patient, client)

    def make() -> list[Entry]:
        register = Entry("create", "Patient", to_patient(patient, organization), urn=urn, where="Patient")
        fresh = [exact.loads(r["body"].encode()) for r in own]
        entries = [register, *(_moving(moved(b, urn)) for b in episodes.moving(fresh)), *episodes.leaving()]
        entries = [replace(e, client=client) for e in entries]
        if before is not None:
            old = exact.loads(before["body"].encode())
            entries.append(Entry("upsert", "Patient", old, before["id"], where="Patient", client=before["client"]))
        return entries

    async def also(tx: Tx, outcomes: list[Outcome]) -> None:
        await visits.withdraw(tx, wrong, client, visit_id)
        left = [f"{o.type}/{o.id}" for o in outcomes if o.person_id != wrong][1:]
        await access.log(tx, [Access(actor, wrong, "write", "visit moved", resources=left)])

    outcomes = await writing.write(service, actor, make, also=also)
    right = outcomes[0].person_id or outcomes[0].id
    return Recorded(visit_id, right, outcomes[1:], created=False, extra={"moved_from": wrong})


def _moving(resource: Resource) -> Entry:
    return Entry("upsert", resource["resourceType"], resource, resource["id"], where=resource["resourceType"])


class _Episodes:
    """What becomes of the pregnancy episode when a visit goes to another woman.

    An episode only this visit has goes with it, unless she has one open already; one that others share stays.
    """

    def __init__(self, own: Sequence[Resource], joins: str | None, opens: Resource | None) -> None:
        self.own, self.joins, self.opens = own, joins, opens

    @staticmethod
    async def of(
        service: Service, actor: Actor, visit_id: str, bodies: Sequence[Resource], patient: VisitPatient, client: str
    ) -> "_Episodes":
        """Work it out for one visit."""
        visit = _of(bodies, "Encounter")
        if not _episodes(visit):
            return _Episodes([], None, None)
        at, own = extract(visit).date, await _own_episode(service, visit_id, bodies)
        keys = claimed(service, client, patient).keys
        async with service.db.reading() as conn:
            open_ = await visits.open_episode(conn, actor, service.clock.today(), keys, at) if at else None
            shared = await visits.episode(conn, _episodes(visit)[0].rpartition("/")[2], visit_id)
        if open_ or own:
            return _Episodes(own, open_ or own[0]["id"], None)
        opens = _another(shared[0], visit, room(service).organization_of(client)) if shared else None
        return _Episodes([], opens["id"] if opens else None, opens)

    def moving(self, bodies: Sequence[Resource]) -> list[Resource]:
        """The visit's resources, the Encounter in its new episode, and the episode that goes with it."""
        with_it = [dict(e) for e in self.own if e["id"] == self.joins]
        if self.opens:
            with_it.append(dict(self.opens))
        joined = [{"reference": f"EpisodeOfCare/{self.joins}"}] if self.joins else []
        return [
            *(b | {"episodeOfCare": joined} if b["resourceType"] == "Encounter" and joined else b for b in bodies),
            *with_it,
        ]

    def leaving(self) -> list[Entry]:
        """The episode that only this visit had, when it is not needed any more."""
        gone = [voided(dict(e)) for e in self.own if e["id"] != self.joins]
        return [Entry("upsert", e["resourceType"], e, e["id"], where="EpisodeOfCare") for e in gone if e]


def _another(episode: str, visit: Resource, organization: str) -> Resource:
    """An episode like the one that stays, opened by this visit for the other woman."""
    start = visit.get("period", {}).get("start")
    like = exact.loads(episode.encode())
    return {
        "resourceType": "EpisodeOfCare",
        "id": new_id(),
        "status": "active",
        "type": like.get("type", []),
        "patient": visit["subject"],
        "managingOrganization": {"reference": f"Organization/{organization}"},
        "period": {"start": start},
    }
