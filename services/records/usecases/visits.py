"""A visit of a practice without FHIR: plain JSON in, the same resources as everyone's out, read back in plain words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import orjson

from services.kernel import access
from services.kernel.access import Access
from services.kernel.auth import Actor
from services.kernel.db import Tx
from services.kernel.ids import new_id
from services.kernel.problems import Conflict, Fault, NotFound, Refused, Text, Unprocessable
from services.kernel.service import Service
from services.records import exact
from services.records.queries import visits
from services.records.queries.visible import sees_all
from services.records.room import room
from services.records.usecases import reading, writing
from services.records.usecases.entries import Also, Entry, MakeEntries, Outcome
from services.records.usecases.visit_persons import Whom, whom
from services.records.validation import FUTURE
from services.records.visit.contract import Visit
from services.records.visit.doubts import doubts
from services.records.visit.patient import to_patient
from services.records.visit.person import VisitPatient
from services.records.visit.read import cancellation, from_resources
from services.records.visit.write import opens_episode, to_resources, visit_item_id

_CHANGED = Text(
    "Kunjungan ini sudah tersimpan dengan isi lain; tidak diubah. Koreksi dengan PUT, atau pakai nomor atau kunci baru",
    "This visit is stored with other content; nothing was changed. Correct it by PUT, or use a new number or key",
)
_ELSEWHERE = Text(
    "Kunjungan dengan nomor atau kunci ini tercatat pada orang lain; tidak diubah. Bila orangnya keliru: POST …/move",
    "The visit with this number or key is recorded of another person; nothing was changed. If wrong: POST …/move",
)
_CANCELLED = Text(
    "Kunjungan ini sudah dibatalkan; catat kunjungan baru dengan nomor atau kunci baru",
    "This visit has been cancelled; record a new one with a new number or key",
)
_ANOTHER_PERSON = Text(
    "Koreksi ini menyebut orang lain. Pindahkan kunjungan ke orang yang benar dengan POST …/move, lalu koreksi isinya",
    "This correction names another person. Move the visit by POST …/move first, then correct its content",
)
NO_VISIT = Text("Kunjungan ini tidak ada", "No such visit")
_START = "Encounter.period.start"
_PREGNANCY = timedelta(days=308)


@dataclass(frozen=True, slots=True)
class Recorded:
    """A stored visit: its id, the person, what was stored, changed, removed or left as it was, and the doubts."""

    visit_id: str
    person_id: str
    outcomes: list[Outcome]
    created: bool
    warnings: Sequence[Fault] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def changed(self) -> bool:
        """Whether anything was written."""
        return any(not o.kept for o in self.outcomes)

    def answer(self, language: str = "id") -> dict[str, Any]:
        """The wire form."""
        words = {201: "created", 200: "changed", 204: "removed"}
        return {
            "visit_id": self.visit_id,
            "person_id": self.person_id,
            "resources": [
                {"type": o.type, "id": o.id, "version": o.version, "state": "kept" if o.kept else words[o.status]}
                for o in self.outcomes
            ],
            "warnings": told(self.warnings, language),
            **self.extra,
        }


def told(faults: Sequence[Fault], language: str) -> list[dict[str, str]]:
    """Warnings on the wire."""
    return [{"pointer": f.pointer, "detail": f.text.to(language), "code": f.code} for f in faults]


def visit_id_of(facility: str, visit: Visit, key: str | None) -> str | None:
    """The id a visit has by its sender's own number, else by the Idempotency-Key; None: it has neither."""
    if visit.number:
        return str(uuid5(NAMESPACE_URL, f"{facility}/number/{visit.number}"))
    return str(uuid5(NAMESPACE_URL, f"{facility}/{key}")) if key else None


async def record(service: Service, actor: Actor, visit: Visit, key: str | None, *, trial: bool = False) -> Recorded:
    """Store a new visit. The same number or Idempotency-Key from the same facility is the same visit, stored once.

    `trial`: do it and take it back, so that what is answered is what would be.

    Raises Conflict when it came with another content or person before, or was changed, moved or cancelled since.
    """
    if actor.facility is None:
        raise Refused(Text("Hanya faskes yang mencatat kunjungan", "Only a facility records a visit"))
    who = await whom(service, actor, visit)
    visit_id = visit_id_of(actor.facility, visit, key)
    if visit_id is not None and (again := await _again(service, actor, visit, visit_id, who)):
        return again
    making = Making(service, actor, visit, visit_id or new_id(), patient=who.reference, born=who.identity.birth_date)
    making.episode = await _open_episode(service, actor, visit, who)
    try:
        return making.recorded(await _written(service, actor, making.entries, trial=trial))
    except Conflict:  # somebody stored it while this one looked
        if visit_id is not None and (again := await _again(service, actor, visit, visit_id, who)):
            return again
        raise


class _Undone(Exception):  # noqa: N818 - a turn of events: all went well, and nothing is to stay
    """Takes a trial's transaction back."""

    def __init__(self, outcomes: list[Outcome]) -> None:
        super().__init__("trial")
        self.outcomes = outcomes


async def _written(
    service: Service, actor: Actor, make: MakeEntries, *, trial: bool = False, also: Also | None = None
) -> list[Outcome]:
    """Store entries; a trial is undone when all is stored. Raises Unprocessable in a visit's own words."""

    async def undo(_: Tx, outcomes: list[Outcome]) -> None:
        raise _Undone(outcomes)

    try:
        return await writing.write(service, actor, make, also=undo if trial else also)
    except _Undone as undone:
        return undone.outcomes
    except Unprocessable as problem:
        problem.faults = _in_plain_words(problem.faults)
        raise


def _in_plain_words(faults: Sequence[Fault]) -> list[Fault]:
    """A visit of tomorrow has one fault, its `at`, not one for every resource made of it."""
    late = {f.pointer.removesuffix(_START) for f in faults if f.text == FUTURE and f.pointer.endswith(_START)}
    told: dict[str, Fault] = {}
    for f in faults:
        place = next((p for p in late if f.text == FUTURE and f.pointer.startswith(p)), None)
        plain = f if place is None else Fault(f"{place}/at", f.text, f.code)
        told.setdefault(f"{plain.pointer} {plain.text.id}", plain)
    return list(told.values())


class Refusal(Exception):  # noqa: N818 - carries the problem of one visit of many
    """One of many visits that were to be stored together cannot be: where it stood, and why."""

    def __init__(self, where: str, problem: Conflict) -> None:
        super().__init__(where)
        self.where, self.problem = where, problem


async def record_all(
    service: Service, actor: Actor, many: Sequence[tuple[Visit, str, str]], *, trial: bool = False
) -> list[Recorded]:
    """Store many visits (visit, key, place in the file) in one transaction; those known already stay as they are.

    Visits of one woman come in the order of their days: later contacts join the episode an earlier one opens.
    Raises Unprocessable (pointers begin with the place), Refusal.
    """
    done: dict[str, Recorded] = {}
    making: list[Making] = []
    opened: dict[tuple[tuple[str, str], ...], Making] = {}
    for visit, key, where in many:
        id_ = visit_id_of(actor.facility or "", visit, key)
        assert id_ is not None  # noqa: S101 - there is a key
        who = await whom(service, actor, visit)
        try:
            if again := await _again(service, actor, visit, id_, who):
                done[id_] = again
                continue
        except Conflict as problem:
            raise Refusal(where, problem) from None
        episode, born = await _open_episode(service, actor, visit, who), who.identity.birth_date
        one = Making(service, actor, visit, id_, episode, patient=who.reference, born=born, where=where)
        if opens_episode(visit) and who.identity.keys:
            first = opened.setdefault(who.identity.keys[:1], one)
            near = visit.moment - first.visit.moment <= _PREGNANCY
            if one.episode is None and first is not one and near:
                one.episode = first.episode or visit_item_id(first.visit_id, "episode")
        making.append(one)
    sizes: list[int] = []

    def entries() -> list[Entry]:
        parts = [m.entries() for m in making]
        sizes[:] = [len(p) for p in parts]
        return [e for part in parts for e in part]

    outcomes = await _written(service, actor, entries, trial=trial) if making else []
    for one, size in zip(making, sizes, strict=bool(making)):
        done[one.visit_id] = one.recorded(outcomes[:size])
        outcomes = outcomes[size:]
    return [done[visit_id_of(actor.facility or "", v, k) or ""] for v, k, _ in many]


@dataclass(slots=True)
class Making:
    """A visit on its way to be stored: its entries, made afresh for every try."""

    service: Service
    actor: Actor
    visit: Visit
    visit_id: str
    episode: str | None = None
    present: Sequence[tuple[str, str]] = ()
    client: str | None = None
    patient: str | None = None
    """The reference of a person who is not to be registered again."""
    organization: str | None = None
    """The facility's Organization as it was known when the visit was stored; its number may have come since."""
    born: date | None = None
    once: bool = True
    where: str = ""

    def entries(self) -> list[Entry]:
        """The Patient (unless known), the visit's resources, and the removal of what is no longer there."""
        urn = f"urn:uuid:{uuid5(NAMESPACE_URL, self.visit_id)}"
        organization = self.organization or room(self.service).organization_of(self.client or self.actor.facility)
        resources = to_resources(self.visit, self.visit_id, organization, self.patient or urn, self.episode)
        wanted = {(r["resourceType"], r["id"]) for r in resources}
        upserts = [
            Entry("upsert", r["resourceType"], r, r["id"], where=self._where(r["resourceType"]), once=self.once)
            for r in resources
        ]
        gone = [Entry("delete", t, id=i) for t, i in self.present if (t, i) not in wanted]
        register = []
        if self.patient is None and isinstance(self.visit.patient, VisitPatient):
            patient = to_patient(self.visit.patient, organization)
            register = [Entry("create", "Patient", patient, urn=urn, where=self._where("Patient"))]
        return [replace(e, client=self.client) for e in (*register, *upserts, *gone)]

    def _where(self, type_: str) -> str:
        return f"{self.where}.{type_}" if self.where else type_

    def recorded(self, outcomes: list[Outcome]) -> Recorded:
        """What became of it."""
        own = outcomes if self.patient else outcomes[1:]
        person_id = own[0].person_id or outcomes[0].id
        registered = [] if self.patient else outcomes[0].doubts
        warnings = [*doubts(self.visit, self.service.clock.today(), self.born), *registered]
        return Recorded(self.visit_id, person_id, own, own[0].status == 201, warnings)


async def _again(service: Service, actor: Actor, visit: Visit, visit_id: str, who: Whom) -> Recorded | None:
    """The visit as it was stored before; None when it was not. Nothing is written, not even the registration: a late
    second sending must not bring back an old address."""
    async with service.db.reading() as conn:
        known = await visits.standing(conn, visit_id, who.identity, who.person_id)
    if known is None:
        return None
    extra = {"visit_id": visit_id}
    if known["deleted"] or known["status"] == "entered-in-error":
        raise Conflict(_CANCELLED, extra=extra)
    if not known["same"]:
        raise Conflict(_ELSEWHERE, extra=extra)
    encounter = exact.loads(known["body"].encode())
    episode = next((e["reference"] for e in encounter.get("episodeOfCare", ())), None)
    async with service.db.reading() as conn:
        present = await visits.resources(conn, visit_id)
    making = Making(service, actor, visit, visit_id, episode, patient=encounter["subject"]["reference"])
    making.organization = encounter.get("serviceProvider", {}).get("reference", "").rpartition("/")[2] or None
    wanted = {(e.type, e.id) for e in making.entries() if e.type != "EpisodeOfCare"}
    if {(r["type"], r["id"]) for r in present if r["client"] == known["client"]} != wanted:
        raise Conflict(_CHANGED, extra=extra)
    try:
        return making.recorded(await writing.write(service, actor, making.entries))
    except Conflict:
        raise Conflict(_CHANGED, extra=extra) from None


async def correct(service: Service, actor: Actor, visit_id: str, visit: Visit) -> Recorded:
    """Replace a visit: what changed gets a new version, what is no longer there is deleted (with its history).

    Raises NotFound, Refused, Conflict (cancelled, or about another person).
    """
    encounter, own = await own_visit(service, actor, visit_id)
    if exact.loads(encounter["body"].encode()).get("status") == "entered-in-error":
        raise Conflict(_CANCELLED)
    who = await whom(service, actor, visit)
    making = Making(service, actor, visit, visit_id, once=False, client=encounter["client"], patient=who.reference)
    making.present, making.born = [(r["type"], r["id"]) for r in own], who.identity.birth_date
    making.episode = await _open_episode(service, actor, visit, who)

    async def same_person(_: Tx, outcomes: list[Outcome]) -> None:
        if outcomes[0].person_id != encounter["person_id"]:
            raise Conflict(_ANOTHER_PERSON)

    return making.recorded(await _written(service, actor, making.entries, also=same_person))


async def own_visit(service: Service, actor: Actor, visit_id: str) -> tuple[Any, list[Any]]:
    """The Encounter's row and those the same facility wrote for the visit. Raises NotFound, Refused (logged)."""
    async with service.db.reading() as conn:
        present = await visits.resources(conn, visit_id)
    encounter = next((r for r in present if r["type"] == "Encounter"), None)
    if encounter is None:
        raise NotFound(NO_VISIT)
    if encounter["client"] != actor.facility and not sees_all(actor):
        what = f"Encounter/{visit_id}"
        refusal = Access(actor, encounter["person_id"], "write", "Encounter", "refused", resources=[what])
        await access.refuse(service.db, [refusal])
        raise Refused(
            Text("Hanya faskes pencatatnya yang boleh mengoreksi", "Only the facility that recorded it may correct it")
        )
    return encounter, [r for r in present if r["client"] == encounter["client"]]


async def _open_episode(service: Service, actor: Actor, visit: Visit, who: Whom) -> str | None:
    """The woman's open pregnancy episode, whoever opened it: a contact joins it instead of opening another."""
    if not opens_episode(visit):
        return None
    async with service.db.reading() as conn:
        return await visits.open_episode(
            conn, actor, service.clock.today(), who.identity.keys, visit.moment, who.person_id
        )


async def read(service: Service, actor: Actor, visit_id: str) -> dict[str, Any]:
    """A visit in plain words, and the FHIR resources behind it; one look, logged. Raises NotFound, Refused (logged)."""
    rows = await _look(service, actor, visit_id)
    if not rows:
        await reading.read(service, actor, "Encounter", visit_id)  # says why, after one catch-up of what grants access
        rows = await _look(service, actor, visit_id)
    if not rows:
        raise NotFound(NO_VISIT)
    bodies = {(r["type"], r["id"]): orjson.loads(r["body"]) for r in rows}
    encounter = bodies.pop(("Encounter", visit_id))
    patient: dict[str, Any] = next((b for (t, _), b in bodies.items() if t == "Patient"), {})
    visit, unsaid = from_resources(encounter, [b for (t, _), b in bodies.items() if t != "Patient"], patient)
    return {
        "visit_id": visit_id, "person_id": rows[0]["person_id"], **state_of(encounter), "visit": visit, "other": unsaid,
        "resources": [orjson.Fragment(r["body"]) for r in rows if r["type"] != "Patient"],
    }  # fmt: skip


async def _look(service: Service, actor: Actor, visit_id: str) -> list[Any]:
    async with service.db.reading() as conn:
        rows = await visits.shown_resources(conn, actor, service.clock.today(), visit_id)
    service.db.signal()
    return rows


def state_of(encounter: dict[str, Any]) -> dict[str, Any]:
    """Recorded or cancelled, and why."""
    why = cancellation(encounter)
    return {"state": "recorded"} if why is None else {"state": "cancelled", "reason": why}
