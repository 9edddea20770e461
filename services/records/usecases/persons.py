"""Persons in plain JSON: shown in short, registered without a number, given their number when it becomes known."""

from datetime import date
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import asyncpg

from services.kernel import access
from services.kernel.access import Access
from services.kernel.auth import Actor
from services.kernel.db import Tx
from services.kernel.problems import Conflict, NotFound, Refused, Text
from services.kernel.service import Service
from services.records import exact, numbers, rules
from services.records.contract.person import (
    Doubted,
    Known,
    NewProvisional,
    PersonNumber,
    PersonSummary,
    Provisional,
    ProvisionalPerson,
    Registered,
    Warned,
)
from services.records.doubts import SAID, doubts
from services.records.queries import merging as merge_queries
from services.records.queries import people as number_queries
from services.records.queries import persons as queries
from services.records.queries import reading
from services.records.queries.visible import sees_all
from services.records.room import room
from services.records.systems import ADMINISTRATIVE_CODE
from services.records.usecases import merging, people, writing
from services.records.usecases.entries import Entry, Outcome

WHAT = "person"
_name = rules.spoken_name
_GENDER = {"L": "male", "P": "female"}
_HIDDEN = Text(
    "Faskes ini belum mempunyai alasan melihat orang ini: catat kunjungan atau pendaftarannya",
    "This facility has no reason to see this person yet: record a visit or a registration",
)
_UNKNOWN = Text("Orang ini tidak ada di catatan bersama", "There is no such person in the record")


async def summary(service: Service, actor: Actor, person: str) -> PersonSummary:
    """A person in short; who has been merged into another is shown as that one. Raises Refused (logged), NotFound."""
    now_is = await _now(service, person)
    await _must_see(service, actor, now_is, "read")
    async with service.db.transaction() as tx:
        row = await queries.one(tx, now_is)
        if row is None:
            raise NotFound(_UNKNOWN)
        known = await number_queries.identifiers(tx, now_is)
        also = [p for p in await merge_queries.known_as(tx, now_is) if p != now_is]
        await access.log(tx, [Access(actor, now_is, "read", WHAT)])
    body, day = exact.loads(row["body"].encode()), service.clock.today()
    reason = rules.provisional(body, day)
    waiting = None
    if reason is not None and row["since"] is not None:
        waiting = Provisional(reason=row["reason"], facility=row["facility"], since=row["since"])
    return PersonSummary(
        person_id=now_is, patient_id=row["patient_id"], name=_name(body), sex=row["sex"],
        birth_date=row["birth_date"], village=row["village"], provisional=waiting, also=also,
        numbers=[
            PersonNumber(system=numbers.short(i["system"]), value=i["value"].partition("|")[0])
            for i in known if not i["system"].startswith("urn:simpul:")
        ],
    )  # fmt: skip


async def register(service: Service, actor: Actor, asked: NewProvisional, key: str | None) -> Registered:
    """Register somebody without a number. The same Idempotency-Key of the same facility is the same person."""
    if actor.facility is None:
        raise Refused(Text("Hanya faskes yang mendaftarkan orang", "Only a facility registers persons"))
    id_ = str(uuid5(NAMESPACE_URL, f"{actor.facility}/person/{key}")) if key else None
    organization = room(service).organization_of(actor.facility)

    def make() -> list[Entry]:
        verb = "upsert" if id_ else "create"
        return [Entry(verb, "Patient", _patient(asked, organization or actor.facility or "", id_), id_)]

    return _registered((await writing.write(service, actor, make))[0])


async def upgrade(service: Service, actor: Actor, person: str, known: Known) -> Registered:
    """Give a person their NIK. When somebody has it already the two become one, unless birth date or sex contradict.

    Raises Refused (logged), NotFound, Conflict (a contradiction, logged: report the pair for review instead).
    """
    person = await _now(service, person)
    await _must_see(service, actor, person, "write")
    async with service.db.reading() as conn:
        row = await queries.one(conn, person)
        owner = await number_queries.by_identifier(conn, rules.NIK, known.nik)
        other = await queries.one(conn, owner["person_id"]) if owner else None
    if row is None:
        raise NotFound(_UNKNOWN)
    patient = _upgraded(exact.loads(row["body"].encode()), known)
    if other is None or other["person_id"] == person:
        make = lambda: [Entry("upsert", "Patient", dict(patient), row["patient_id"])]  # noqa: E731
        return _registered((await writing.write(service, actor, make))[0])
    try:
        _must_agree(patient, other["birth_date"], other["sex"])
    except Conflict:  # what was tried out on the owner of the number has told something of them
        await access.refuse(service.db, [Access(actor, other["person_id"], "read", WHAT, "refused")])
        raise
    presented = {"identifier": [{"system": rules.NIK, "value": known.nik}], "resourceType": "Patient"}
    await writing.write(service, actor, lambda: [Entry("create", "Patient", dict(presented))])
    merged = await merging.merge(service, actor, other["person_id"], person, "NIK kemudian diketahui (upgrade)")
    return Registered(person_id=merged.survivor, patient_id=merged.survivor_patient, merged=merged.merge_id)


async def provisional(
    service: Service, actor: Actor, after: queries.Place | None, reason: str | None, limit: int
) -> tuple[list[ProvisionalPerson], queries.Place | None]:
    """Who waits for a number, oldest first (what the facility registered and who lives in its villages; or everyone),
    and where the page ended."""
    day = service.clock.today()
    settling = [system for system, n in numbers.valid(day).items() if n.settles]
    facility = None if sees_all(actor) else actor.facility or ""
    async with service.db.transaction() as tx:
        rows = await queries.provisional(tx, facility, day, settling, after, reason, limit)
        place = (rows[-1]["since"], rows[-1]["person_id"]) if len(rows) == limit else None
        rows = await _seen(tx, actor, day, rows)
        await access.log(tx, [Access(actor, r["person_id"], "search", WHAT) for r in rows])
    now = service.clock.now()
    found = [
        ProvisionalPerson(
            person_id=r["person_id"], patient_id=r["patient_id"], name=_name(exact.loads(r["body"].encode())),
            sex=r["sex"], birth_date=r["birth_date"], reason=r["reason"], facility=r["facility"], since=r["since"],
            days=max(0, (now - r["since"]).days),
        )
        for r in rows
    ]  # fmt: skip
    return found, place


async def doubted(
    service: Service, actor: Actor, before: queries.Place | None, limit: int
) -> tuple[list[Doubted], queries.Place | None]:
    """Registrations a clerk should look at again, newest first, and where the page ended. What gives no reason for it
    any more is dropped."""
    day, facility = service.clock.today(), None if sees_all(actor) else actor.facility or ""
    async with service.db.transaction() as tx:
        rows = await queries.doubted(tx, facility, day, before, limit)
        found, gone = list[Doubted](), list[tuple[str, str]]()
        for r in await _seen(tx, actor, day, rows):
            body = exact.loads(r["body"].encode())
            still = [
                Warned(code=f.code, pointer=f.pointer, detail=f.text.to(actor.language)) for f in doubts(body, day)
            ]
            gone += [(r["person_id"], code) for code in r["codes"] if code not in {w.code for w in still}]
            if kept := [w for w in still if w.code in r["codes"]]:
                found.append(Doubted(
                    person_id=r["person_id"], patient_id=r["patient_id"], name=_name(body), facility=r["facility"],
                    at=r["at"], warnings=kept,
                ))  # fmt: skip
        await queries.settled(tx, gone)
        await access.log(tx, [Access(actor, d.person_id, "search", WHAT) for d in found])
    return found, (rows[-1]["at"], rows[-1]["person_id"]) if len(rows) == limit else None


async def _now(service: Service, person: str) -> str:
    """Who this is, after merges."""
    async with service.db.reading() as conn:
        return (await merge_queries.standing(conn, [person]))[person]


async def _seen(tx: Tx, actor: Actor, day: date, rows: list[asyncpg.Record]) -> list[asyncpg.Record]:
    """Those the actor registered or may see: a person of its villages may have opted out."""
    seen = await reading.visible_persons(tx, actor, day, [r["person_id"] for r in rows])
    return [r for r in rows if r["person_id"] in seen or r["facility"] == actor.facility]


async def _must_see(service: Service, actor: Actor, person: str, action: str) -> None:
    if not await people.visible(service, actor, [person]):
        await access.refuse(service.db, [Access(actor, person, action, WHAT, "refused")])
        raise Refused(_HIDDEN)


def _must_agree(patient: dict[str, Any], birth_date: date | None, sex: str | None) -> None:
    born, gender = rules.identity(patient)[0].birth_date, patient.get("gender")
    if (born and birth_date and born != birth_date) or ({gender, sex} == {"male", "female"}):
        raise Conflict(
            Text(
                "NIK ini milik orang dengan tanggal lahir atau jenis kelamin lain; periksa lagi, atau ajukan pasangan "
                "itu lewat /v1/identity/reviews",
                "This NIK belongs to somebody with another birth date or sex; look again, or report the pair at "
                "/v1/identity/reviews",
            )
        )


def _patient(asked: NewProvisional, organization: str, id_: str | None) -> dict[str, Any]:
    """The Patient of a provisional registration."""
    found: dict[str, Any] = {
        "resourceType": "Patient", "active": True,
        "extension": [{"url": rules.PROVISIONAL, "valueCode": asked.reason}],
        "gender": _GENDER.get(asked.sex or "", "unknown"),
    }  # fmt: skip
    given = []
    if asked.mother_nik:
        given.append({"system": rules.NIK_IBU, "value": asked.mother_nik})
    if asked.medical_record:
        mrn = next(n for n in numbers.ALL if n.proves == "facility")
        given.append({"system": f"{mrn.system}{organization}", "value": asked.medical_record})
    if given:
        found["identifier"] = given
    if asked.name:
        found["name"] = [{"text": asked.name}]
    if asked.birth_date:
        found["birthDate"] = asked.birth_date.isoformat()
    if asked.birth_order:
        found["multipleBirthInteger"] = asked.birth_order
    if asked.village:
        village = [{"url": "village", "valueCode": asked.village}]
        found["address"] = [{"extension": [{"url": ADMINISTRATIVE_CODE, "extension": village}]}]
    return found | ({"id": id_} if id_ else {})


def _upgraded(patient: dict[str, Any], known: Known) -> dict[str, Any]:
    """The Patient with its NIK, and without the reason for having none."""
    kept = [e for e in patient.get("extension", ()) if e.get("url") != rules.PROVISIONAL]
    given = [i for i in patient.get("identifier", ()) if i.get("system") != rules.NIK]
    found = {k: v for k, v in patient.items() if k != "extension"} | ({"extension": kept} if kept else {})
    found["identifier"] = [{"use": "official", "system": rules.NIK, "value": known.nik}, *given]
    if known.name:
        found["name"] = [{"use": "official", "text": known.name}]
    if known.birth_date:
        found["birthDate"] = known.birth_date.isoformat()
    if known.sex:
        found["gender"] = _GENDER[known.sex]
    return found


def _registered(outcome: Outcome) -> Registered:
    warned = [Warned(code=f.code, pointer=f.pointer, detail=SAID[f.code].id) for f in outcome.doubts]
    return Registered(person_id=outcome.person_id or outcome.id, patient_id=outcome.id, warnings=warned)
