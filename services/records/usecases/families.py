"""The family folder: households of a village, one household, writing one by hand, and following what Patients say."""

import asyncio
import time
from datetime import date
from typing import Any

from services.kernel import access
from services.kernel.access import Access
from services.kernel.auth import Actor
from services.kernel.db import Tx
from services.kernel.problems import Conflict, Fault, Invalid, NotFound, Refused, Text, Unprocessable
from services.kernel.service import Service
from services.records import exact, families, rules
from services.records.contract.family import (
    FamilyDetail,
    FamilyItem,
    FamilyMember,
    Head,
    HomeVisit,
    NewFamily,
    Relation,
    Unplaced,
)
from services.records.queries import families as queries
from services.records.queries import merging, reading
from services.records.queries.visible import sees_all
from services.records.usecases import people
from services.records.usecases.reading import catch_up

WHAT = "family"
STEP, BUDGET = 200, 0.5
"""Persons of one step, seconds of work in one turn of the job."""
_NONE = Text("Keluarga ini tidak ada, atau tidak boleh Anda lihat", "No such family, or it is not yours to see")


async def listed(
    service: Service, actor: Actor, village: str | None, posyandu: str | None, after: str, limit: int
) -> list[FamilyItem]:
    """Households of a village or posyandu with a member the actor may see. Raises Invalid."""
    if village is None and posyandu is None:
        text = Text("sebutkan desa atau posyandunya", "name the village or the posyandu")
        raise Invalid(text, [Fault("/village", text, "required")])
    async with service.db.transaction() as tx:
        rows = await queries.listed(tx, actor, service.clock.today(), after, village, posyandu, limit)
        heads = [r["head"] for r in rows if r["head"]]
        await access.log(tx, [Access(actor, p, "search", WHAT) for p in heads or [None]])
    return [
        FamilyItem(
            **{c: r[c] for c in ("id", "village", "hamlet", "rt", "rw", "posyandu", "members")},
            head=Head(person_id=r["head"], name=_name(r["body"])) if r["head"] else None,
        )
        for r in rows
    ]


async def one(service: Service, actor: Actor, id_: str, on: date | None) -> FamilyDetail:
    """A household on a day, with the members the actor may see. Raises NotFound (a refusal is logged)."""
    for last in (False, True):
        found = await _one(service, actor, id_, on or service.clock.today())
        if found is not None:
            return found
        if not last:
            await catch_up(service)
    raise NotFound(_NONE)


async def _one(service: Service, actor: Actor, id_: str, day: date) -> FamilyDetail | None:
    today = service.clock.today()
    async with service.db.transaction() as tx:
        home = await queries.family(tx, id_)
        rows = await queries.members(tx, actor, today, id_, day) if home else []
        seen = [r for r in rows if r["seen"]]
        if home is None or not seen:
            await access.log(tx, [Access(actor, r["person_id"], "read", WHAT, "refused") for r in rows])
            return None
        persons = [r["person_id"] for r in seen]
        visits = await queries.home_visits(tx, actor, today, persons)
        gone = {p: [f"Encounter/{v['id']}" for v in visits if v["person_id"] == p] for p in persons}
        await access.log(tx, [Access(actor, p, "read", WHAT, resources=[f"family/{id_}", *gone[p]]) for p in persons])
    return FamilyDetail(
        **home, on=day,
        members=[
            FamilyMember(
                **{c: r[c] for c in FamilyMember.model_fields if c not in ("name",)}, name=_name(r["body"])
            )
            for r in seen
        ],
        home_visits=[HomeVisit(visit_id=v["id"], person_id=v["person_id"], at=v["date"]) for v in visits],
    )  # fmt: skip


async def unplaced(
    service: Service, actor: Actor, village: str, after: str, limit: int
) -> list[Unplaced]:  # fmt: skip
    """Living persons of a village who belong to no household."""
    async with service.db.transaction() as tx:
        rows = await queries.unplaced(tx, actor, service.clock.today(), village, after, limit)
        await access.log(tx, [Access(actor, p, "search", WHAT) for p in [r["person_id"] for r in rows] or [None]])
    return [Unplaced(name=_name(r.pop("body")), **r) for r in rows]


async def put(service: Service, actor: Actor, id_: str, asked: NewFamily) -> FamilyDetail:
    """A household as it is from a day on. Members who are not named leave it, those of other households move in.

    Raises Refused (somebody else answers for the village), Unprocessable, Conflict (another household has the card).
    """
    day = asked.from_day or service.clock.today()
    await _may_put(service, actor, id_, asked.village)
    async with service.db.reading() as conn:
        kind = await queries.kind_of(conn, asked.posyandu) if asked.posyandu else "posyandu"
    persons = [m.person_id for m in asked.members]
    seen = await people.visible(service, actor, persons)
    if found := _faults(asked, persons, set(seen), kind, day, service.clock.today()):
        await access.refuse(service.db, [Access(actor, p, "write", WHAT, "refused") for p in persons if p not in seen])
        raise Unprocessable(Text("Perbaiki isian berikut", "Mend the following fields"), found)
    async with service.db.transaction() as tx:
        await queries.lock(tx)
        if asked.kk:
            await _take_card(tx, id_, asked.kk, set(persons))
        await queries.put(
            tx, id_, asked.model_dump(include={"kk", "village", "hamlet", "rt", "rw", "posyandu"}), actor.subject
        )
        touched = await _members(tx, service, actor, id_, asked, day)
        await access.log(tx, [Access(actor, p, "write", WHAT, resources=[f"family/{id_}"]) for p in touched])
    return await one(service, actor, id_, max(day, service.clock.today()))


async def _may_put(service: Service, actor: Actor, id_: str, village: str) -> None:
    """Whoever answers for the village records its families; one that another recorded elsewhere only when all who
    belong to it have come. Raises Refused (logged)."""
    today, hidden = service.clock.today(), []
    async with service.db.reading() as conn:
        if sees_all(actor):
            return
        mine = await queries.answers(conn, actor.facility, village, today)
        home = await queries.family(conn, id_) if mine else None
        if home and not (home["village"] and await queries.answers(conn, actor.facility, home["village"], today)):
            rows = await queries.members(conn, actor, today, id_, today)
            hidden = [r["person_id"] for r in rows if not r["seen"]]
    if mine and not hidden:
        return
    await access.refuse(service.db, [Access(actor, p, "write", WHAT, "refused") for p in hidden or [None]])
    raise Refused(Text(
        "Hanya puskesmas penanggung jawab desa ini yang mencatat keluarganya",
        "Only the puskesmas that answers for this village records its families",
    ))  # fmt: skip


async def _take_card(tx: Tx, id_: str, kk: str, named: set[str]) -> None:
    """The card may come from a household that formed by itself and is now recorded whole. Raises Conflict."""
    holder = await queries.holds_card(tx, kk, id_)
    if holder is None:
        return
    other, by_hand, members = holder
    if by_hand or set(members) - named:
        raise Conflict(Text("Nomor KK ini milik keluarga lain", "Another family has this card"))
    await queries.give_up_card(tx, other)


async def _members(tx: Tx, service: Service, actor: Actor, id_: str, asked: NewFamily, day: date) -> list[str]:
    """Everyone whose household changes, or is said again. Who the actor may not see is left where they are."""
    now = {m.person_id: m.relation for m in asked.members}
    stays = await queries.stays(tx, id_, list(now), day)
    others = [s.person for s in stays if s.person not in now]
    leaving = set(await reading.visible_persons(tx, actor, service.clock.today(), others)) if others else set()
    cards = {p: families.said(exact.loads(b.encode())).kk for p, b, _ in await queries.people(tx, list(now)) if b}
    for person in now:
        later = [s for s in stays if s.person == person]
        here = next((s for s in later if s.family == id_ and s.since <= day and s.until is None), None)
        for stay in later:
            if stay is not here:
                await queries.end(tx, stay, day - families.DAY, families.MOVED)
        if here is None:
            await queries.enter(tx, id_, person, day, now[person], cards.get(person))
        elif here.relation != now[person]:
            await queries.relate(tx, here, now[person])
    for stay in stays:
        if stay.person in leaving and stay.family == id_:
            await queries.end(tx, stay, day - families.DAY, families.LEFT)
    return [*now, *sorted(leaving)]


def _faults(
    asked: NewFamily, persons: list[str], seen: set[str], kind: str | None, day: date, today: date
) -> list[Fault]:
    found = []
    for n, person in enumerate(persons):
        if person not in seen:  # unknown or hidden: the same words
            found.append(Fault(f"/members/{n}/person_id", Text("orang ini tidak dikenal", "is not known to you")))
        elif person in persons[:n]:
            found.append(Fault(f"/members/{n}/person_id", Text("disebut dua kali", "is named twice")))
    heads = [m for m in asked.members if m.relation is Relation.HEAD]
    if len(heads) != 1:
        found.append(Fault("/members", Text("harus tepat satu kepala keluarga", "must have exactly one head")))
    if kind != "posyandu":
        found.append(Fault("/posyandu", Text("bukan posyandu yang terdaftar", "is no registered posyandu")))
    if day > today:
        found.append(Fault("/from_day", Text("belum tiba", "has not come yet")))
    return found


def group(family: FamilyDetail, organization: str | None) -> dict[str, Any]:
    """The household as a FHIR Group (type person, actual): only the members that were shown."""
    body: dict[str, Any] = {
        "resourceType": "Group", "id": family.id, "active": True, "type": "person", "actual": True,
        "meta": {"versionId": str(family.version)}, "code": {"text": "Keluarga"}, "quantity": len(family.members),
        "member": [
            {
                "entity": {"reference": f"Patient/{m.patient_id}"},
                "period": {"start": m.valid_from.isoformat()}
                | ({"end": m.valid_until.isoformat()} if m.valid_until else {}),
                **(
                    {"extension": [{"url": RELATION, "valueCode": m.relation.value}]} if m.relation else {}
                ),
            }
            for m in family.members
        ],
    }  # fmt: skip
    if family.kk:
        body["identifier"] = [{"system": families.KK, "value": family.kk}]
    if organization:
        body["managingEntity"] = {"reference": f"Organization/{organization}"}
    return body


RELATION = "https://simpul.id/fhir/StructureDefinition/family-relation"


async def work(service: Service) -> None:
    """One turn of the background job: whose Patient came or changed is placed in the household of their card."""
    until = time.monotonic() + BUDGET
    while time.monotonic() < until:
        if not await step(service):
            return
        await asyncio.sleep(0)


async def step(service: Service, most: int = STEP) -> bool:
    """Place the next persons; False when there is nothing left or another process is at it."""
    async with service.db.transaction() as tx:
        now = await queries.next_step(tx, most)
        if now is None or now[1] is None or now[1] <= now[0]:
            return False
        await queries.lock(tx)
        await queries.merged(tx, await merging.standing(tx, now[2]))
        told = [(p, exact.loads(b.encode()), stay) for p, b, stay in await queries.people(tx, now[2]) if b is not None]
        active = [(p, families.said(body), stay) for p, body, stay in told if body.get("active") is not False]
        await queries.keep(tx, families.place(active, service.clock.today()))
        await queries.move(tx, now[1])
    return True


def _name(body: str | None) -> str:
    return (rules.spoken_name(exact.loads(body.encode())) if body else None) or ""
