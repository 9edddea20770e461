"""The person's word in plain JSON and in SATUSEHAT's: recorded, listed, withdrawn. It is kept as a FHIR Consent."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import orjson

from services.kernel import access
from services.kernel.access import Access
from services.kernel.auth import Actor
from services.kernel.problems import Conflict, NotFound, Refused, Text
from services.kernel.service import Service
from services.records import rules
from services.records.consents import Wish, decisions, to_fhir
from services.records.queries import consents as queries
from services.records.queries import people, store
from services.records.room import room
from services.records.usecases import writing
from services.records.usecases.entries import Entry, Outcome
from services.records.usecases.reading import catch_up

_NOBODY = Text("Pasien ini belum tercatat", "This patient is not in the record")
_GONE = Text("Persetujuan ini tidak ada", "No such consent")
_ENDED = Text("Persetujuan ini sudah dicabut", "This consent has been withdrawn already")
_NO_FACILITY = Text("Faskes ini tidak ada di jejaring", "This facility is not in the network")


async def person_of(service: Service, patient: str | None, nik: str | None) -> tuple[str, str]:
    """A Patient's id and person, by Patient id, IHS number or NIK. Raises NotFound."""
    async with service.db.reading() as conn:
        found = await store.resolve(conn, [patient] if patient else [], [(rules.NIK, nik)] if nik else [])
    known = found.patients.get(patient or "") or found.identities.get(f"{rules.NIK}|{nik}")
    if known is None:
        raise NotFound(_NOBODY)
    return known


async def record(
    service: Service, actor: Actor, wish: Wish, patient_id: str, facility: str | None = None
) -> tuple[Outcome, dict[str, Any]]:
    """Store a person's word, and give it in plain words too; `facility`: the one it is about.

    Raises NotFound, Refused (logged).
    """
    rooms = room(service)
    if facility is not None:
        code = rooms.facility_of(facility)
        if code is None:
            raise NotFound(_NO_FACILITY)
        wish = replace(wish, organization=rooms.organization_of(code))
    body = to_fhir(wish, patient_id, rooms.organization_of(actor.facility), service.clock.now())

    def make() -> list[Entry]:
        return [Entry("create", "Consent", orjson.loads(orjson.dumps(body)))]

    try:
        stored = (await writing.write(service, actor, make))[0]
    except Refused:
        await catch_up(service)
        stored = (await writing.write(service, actor, make))[0]
    return stored, said(service, _row(stored, actor.facility))


async def of_person(service: Service, actor: Actor, patient: str) -> list[dict[str, Any]]:
    """The Consents of a person that the actor may see, newest first, in plain words; logged. Raises NotFound."""
    _, person = await person_of(service, patient, None)
    async with service.db.transaction() as tx:
        rows = await queries.of_person(tx, actor, service.clock.today(), person)
        shown = [f"Consent/{r['id']}" for r in rows]
        looking = await people.looking(tx, actor, person)
        await access.log(tx, [Access(looking, person, "read", "Consent", resources=shown)])
    return [said(service, r) for r in rows]


async def latest(service: Service, actor: Actor, patient: str) -> dict[str, Any] | None:
    """The Consent about the whole record that was recorded last, as a FHIR resource."""
    _, person = await person_of(service, patient, None)
    async with service.db.transaction() as tx:
        rows = [r for r in await queries.of_person(tx, actor, service.clock.today(), person) if not r["classed"]]
        shown = [f"Consent/{r['id']}" for r in rows[:1]]
        looking = await people.looking(tx, actor, person)
        await access.log(tx, [Access(looking, person, "read", "Consent", resources=shown)])
    return orjson.loads(rows[0]["body"]) if rows else None


async def withdraw(service: Service, actor: Actor, id_: str, agent: str | None) -> dict[str, Any]:
    """End a person's word; any facility with a reason to see the person takes it back. Raises NotFound, Conflict."""
    row = await _seen(service, actor, id_)
    body: dict[str, Any] = orjson.loads(row["body"])
    if body.get("status") != "active":
        raise Conflict(_ENDED)
    body["status"] = "inactive"
    here = {"reference": f"Organization/{room(service).organization_of(actor.facility)}"}
    body["organization"] = [
        *body.get("organization", ()),
        *([here] if here not in body.get("organization", ()) else []),
    ]
    if agent:
        body["performer"] = [*body.get("performer", ()), {"display": agent}]

    def make() -> list[Entry]:
        return [Entry("upsert", "Consent", orjson.loads(orjson.dumps(body)), id_, client=row["client"])]

    stored = (await writing.write(service, actor, make))[0]
    return said(service, _row(stored, row["client"]))


def _row(stored: Outcome, client: str | None) -> dict[str, Any]:
    return {"body": stored.body, "updated_at": stored.updated_at, "version": stored.version, "client": client}


async def history(service: Service, actor: Actor, id_: str) -> list[dict[str, Any]]:
    """The versions of a Consent the actor may see in plain words, newest first; logged. Raises NotFound."""
    await _seen(service, actor, id_)
    async with service.db.transaction() as tx:
        versions = await queries.versions(tx, actor, service.clock.today(), id_)
        persons = dict.fromkeys(v["person_id"] for v in versions if v["person_id"])
        looks = [Access(actor, p, "read", "Consent/_history", resources=[f"Consent/{id_}"]) for p in persons]
        await access.log(tx, looks)
    return [said(service, v) for v in versions]


async def _seen(service: Service, actor: Actor, id_: str) -> dict[str, Any]:
    async with service.db.reading() as conn:
        row = await queries.one(conn, actor, service.clock.today(), id_)
    if row is not None and not row["allowed"]:
        refused = Access(actor, row["person_id"], "read", "Consent", "refused", [f"Consent/{id_}"])
        await access.refuse(service.db, [refused])
        row = None
    if row is None:
        raise NotFound(_GONE)
    return row


def said(service: Service, row: dict[str, Any]) -> dict[str, Any]:
    """A stored Consent in plain words; of one with several provisions the first."""
    body: dict[str, Any] = orjson.loads(row["body"])
    at: datetime = row["updated_at"]
    found, _ = decisions(body | {"status": "active"}, room(service).facility_of, at)
    first = found[0] if found else None
    period = body.get("provision", {}).get("period", {})
    return {
        "id": body.get("id"),
        "version": row["version"],
        "decision": ("permit" if first.permit else "deny") if first else None,
        "class": (first.class_ or None) if first else None,
        "facility": (first.facility or None) if first else None,
        "valid_from": period.get("start"),
        "valid_until": period.get("end"),
        "status": body.get("status"),
        "recorded_by": row["client"],
        "recorded_at": at.isoformat(),
        "agents": [p["display"] for p in body.get("performer", ()) if "display" in p],
        "document": body.get("sourceAttachment", {}).get("title"),
    }
