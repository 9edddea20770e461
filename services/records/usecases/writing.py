"""Storing: whatever the door (FHIR, plain-JSON visit, bulk import), resources come through `write`.

examine (pure, all faults at once) → resolve (one statement) → decide identity and versions → store (one statement).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from services.kernel import access
from services.kernel.access import Access
from services.kernel.auth import Actor
from services.kernel.db import Tx
from services.kernel.ids import new_id
from services.kernel.problems import (
    Conflict,
    Fault,
    NotFound,
    PreconditionFailed,
    Refused,
    Text,
    Unprocessable,
)  # fmt: skip
from services.kernel.service import Service
from services.records import exact, rules
from services.records.fhir import Extract, extract, resolve_urns, strip
from services.records.queries import reading, store
from services.records.queries.statement import ALIAS
from services.records.queries.store import Batch, Raced, Resolved, Row, UnknownPatient
from services.records.queries.visible import SHARED, sees_all
from services.records.room import room
from services.records.usecases.entries import (
    MEND,
    Entry,
    MakeEntries,
    Outcome,
    examine,
    examine_one,
    id_of,
    patient_named,
    placed,
)  # fmt: skip

WITHOUT_PATIENT = frozenset({"Task"})
"""Types that may speak of a person without naming one: then only their writer reads them."""


async def write(service: Service, actor: Actor, make: MakeEntries, *, examined: bool = False) -> list[Outcome]:
    """Store all entries in one transaction, or none. Raises Unprocessable with every fault, Conflict, Refused…

    `examined`: the caller has examined the entries already (a bulk import does, line by line).
    """
    for _ in range(5):
        entries = make()
        faults = [] if examined else examine(entries, service.clock.now())
        if faults:
            raise Unprocessable(MEND, faults)
        try:
            if is_plain(entries):
                async with service.db.reading() as conn:
                    return await Writing(service, actor, conn, entries).run_plain()
            async with service.db.transaction() as tx:
                return await Writing(service, actor, tx, entries).run()
        except Raced:
            continue
        except Refused as refused:
            await access.refuse(
                service.db, [Access(actor, refused.extra.pop("person", None), "write", "resource", "refused")]
            )
            raise
    raise Conflict(Text("Sedang diubah bersamaan; coba lagi", "Being changed by others at once; try again"))


def is_plain(entries: Sequence[Entry]) -> bool:
    """Whether all are creations that need nothing from the record but their patient: then one statement does it."""
    return all(e.verb == "create" and e.type != "Patient" and e.condition is None for e in entries)


@dataclass(slots=True)
class _Draft:
    """An entry on its way: what was extracted, whom it is about, which version it will be."""

    entry: Entry
    extract: Extract
    identity: rules.Identity | None = None
    person_id: str | None = None
    current: Any = None
    outcome: Outcome | None = None


class Writing:
    """One transaction of `write`."""

    def __init__(self, service: Service, actor: Actor, tx: Tx, entries: list[Entry]) -> None:
        self.service, self.actor, self.tx, self.entries = service, actor, tx, entries
        self.now = service.clock.now().replace(microsecond=service.clock.now().microsecond // 1000 * 1000)
        self.batch = Batch(self.now)
        self.urns: dict[str, str] = {}
        self.local_patients: dict[str, tuple[str, str]] = {}
        self.claimed: dict[tuple[str, str], tuple[str, str]] = {}
        self.faults: list[Fault] = []
        self.staged: dict[tuple[str, str], Outcome] = {}
        self.here: set[tuple[str, str | None]] = set()
        self.deferred = False
        """Persons are found by the storing statement itself."""

    async def run(self) -> list[Outcome]:
        """Resolve, decide, store."""
        await self._conditions()
        await self._patches()
        drafts = [_Draft(e, extract(e.resource or {"resourceType": e.type})) for e in self.entries]
        found = await self._resolve(drafts)
        await self._identify(drafts, found)
        await self._currents(drafts)
        self._settle_patients(drafts, found)
        outcomes = [self._stage_once(d, found) for d in drafts]
        if self.faults:
            raise Unprocessable(MEND, self.faults)
        await store.store(self.tx, self.actor, self.batch)
        return outcomes

    async def run_plain(self) -> list[Outcome]:
        """All creations: a single statement finds the persons and stores everything, or nothing."""
        drafts = [_Draft(e, extract(e.resource)) for e in self.entries]
        for d in drafts:
            self._name(d.entry)
        found = Resolved()
        if any(d.extract.patient_identifier or "?" in (d.extract.patient or "") for d in drafts):
            found = await self._resolve(drafts)
        else:
            self.deferred = True
        outcomes = [self._stage_once(d, found) for d in drafts]
        if self.faults:
            raise Unprocessable(MEND, self.faults)
        try:
            await store.store(self.tx, self.actor, self.batch)
        except UnknownPatient:
            self.deferred = False  # say which element it is
            found = await self._resolve(drafts)
            for d in drafts:
                self._person_of(d, found)
            raise Unprocessable(MEND, self.faults) from None
        self.service.db.signal()
        return outcomes

    # before anything else: conditional requests and patches become plain ones

    async def _conditions(self) -> None:
        for entry in self.entries:
            if entry.condition is None:
                continue
            ids = await store.ids_by_identifier(self.tx, entry.type, *entry.condition)
            if len(ids) > 1:
                raise PreconditionFailed(
                    Text("Syarat cocok dengan lebih dari satu", "The condition matches more than one"),
                    code="multiple-matches",
                )
            if ids and entry.verb == "create":
                entry.verb, entry.id = "keep", ids[0]
            elif ids:
                entry.id = ids[0]
            entry.condition = None

    async def _patches(self) -> None:
        wanted = [(e.type, e.id) for e in self.entries if e.verb in ("patch", "keep") and e.id]
        if not wanted:
            return
        current = await store.lock_current(self.tx, wanted)
        for entry in self.entries:
            row = current.get((entry.type, entry.id or ""))
            if entry.verb not in ("patch", "keep"):
                continue
            if row is None or row["deleted"]:
                raise NotFound(Text(f"{entry.type} ini tidak ada", f"No such {entry.type}"))
            entry.resource = exact.loads(row["body"].encode())
            if entry.verb == "patch" and entry.patch is not None:
                entry.resource = entry.patch(entry.resource)
                entry.verb = "upsert"
                self.faults += [placed(entry, f) for f in examine_one(entry.resource, entry.type, self.now)]
        if self.faults:
            raise Unprocessable(MEND, self.faults)

    # what the record knows

    async def _resolve(self, drafts: list[_Draft]) -> Resolved:
        patients: set[str] = set()
        identities: set[tuple[str, str]] = set()
        for d in drafts:
            if d.entry.type == "Patient" and d.entry.verb in ("create", "upsert"):
                d.identity = rules.identity(d.entry.resource)[0]
                identities.update(d.identity.keys)
                identities.update((rules.NIK, v.split("|")[0]) for s, v in d.identity.keys if s == rules.NIK_IBU)
                if d.entry.id:
                    patients.add(d.entry.id)
            named = patient_named(d.extract)
            if isinstance(named, tuple):
                identities.add(named)
            elif named is not None:
                patients.add(named)
        return await store.resolve(self.tx, sorted(patients), sorted(identities))

    async def _identify(self, drafts: list[_Draft], found: Resolved) -> None:
        """Each registration becomes a new person, or a version of the Patient of the person it proves to be."""
        for d in drafts:
            entry = d.entry
            if d.identity is None:
                if entry.type != "Patient":
                    self._name(entry)
                continue
            known = self._known(d.identity, found) or (found.patients.get(entry.id) if entry.id else None)
            sent = entry.id
            if known is None:
                entry.id = entry.id or new_id()
                known = (entry.id, entry.id)
            elif entry.id != known[0]:
                entry.verb, entry.id = "register", known[0]
            d.person_id = known[1]
            self.claimed.update((k, known) for k in d.identity.keys)
            if sent and sent != entry.id:
                self.batch.identities[(ALIAS, sent)] = known[1]
                self.local_patients[sent] = known
            if entry.urn:
                self.urns[entry.urn] = f"Patient/{entry.id}"
            self.local_patients[entry.id] = known

    def _name(self, entry: Entry) -> None:
        """Give an entry its id, and its urn that meaning in the Bundle."""
        if entry.id is None:
            entry.id, entry.fresh = new_id(), True
        if entry.urn:
            self.urns[entry.urn] = f"{entry.type}/{entry.id}"

    def _known(self, identity: rules.Identity, found: Resolved) -> tuple[str, str] | None:
        for key in identity.keys:
            known = self.claimed.get(key) or found.identities.get("|".join(key))
            if known is not None:
                return known
        return None

    async def _currents(self, drafts: list[_Draft]) -> None:
        targets = [
            (d.entry.type, d.entry.id)
            for d in drafts
            if d.entry.id and d.entry.verb in ("upsert", "register", "delete", "keep")
        ]
        if not targets:
            return
        current = await store.lock_current(self.tx, targets)
        for d in drafts:
            d.current = current.get((d.entry.type, d.entry.id or ""))
            if d.current is not None and d.entry.verb in ("upsert", "delete"):
                await self._may_change(d)

    async def _may_change(self, d: _Draft) -> None:
        if d.current["client"] == (d.entry.client or self.actor.facility) or sees_all(self.actor):
            return
        person = d.current["person_id"]
        if d.entry.type == "Patient" and person and d.entry.verb == "upsert":
            today = self.service.clock.today()
            if await reading.visible_persons(self.tx, self.actor, today, [person]):
                return
        raise Refused(
            Text("Hanya faskes penulisnya yang boleh mengubah ini", "Only the facility that wrote it may change this"),
            extra={"person": person},
        )

    # deciding versions

    def _settle_patients(self, drafts: list[_Draft], found: Resolved) -> None:
        """Join registrations with the Patient they belong to; a contradiction of birth dates makes another person."""
        for d in drafts:
            if d.identity is None or d.person_id is None:
                continue
            claims = [k for k in d.identity.keys if "|".join(k) not in found.identities]
            if d.entry.verb == "register" and d.current is not None:
                old = exact.loads(d.current["body"].encode())
                if rules.same_person(d.identity, rules.identity(old)[0].birth_date):
                    d.entry.resource = rules.joined(old, d.entry.resource)
                    d.entry.verb = "upsert"
                else:
                    self._separate(d)
                    claims = []
            for key in claims:
                self.batch.identities.setdefault(key, d.person_id or "")

    def _separate(self, d: _Draft) -> None:
        other, fresh = d.person_id or "", new_id()
        d.entry.id, d.entry.verb, d.current, d.person_id = fresh, "create", None, fresh
        self.batch.reviews.add((fresh, other, "nik-birth-date"))
        self.local_patients[fresh] = (fresh, fresh)
        if d.entry.urn:
            self.urns[d.entry.urn] = f"Patient/{fresh}"

    def _stage_once(self, d: _Draft, found: Resolved) -> Outcome:
        """One version per resource and transaction; a person registered twice in a Bundle is stored once."""
        key = (d.entry.type, d.entry.id or "")
        before = self.staged.get(key)
        if before is not None and d.entry.type != "Patient":
            said = Text("Sumber daya yang sama ada dua kali", "The same resource stands twice")
            self.faults.append(placed(d.entry, Fault(f"{d.entry.type}.id", said, "duplicate")))
        self.staged[key] = before or self._stage(d, found)
        return self.staged[key]

    def _stage(self, d: _Draft, found: Resolved) -> Outcome:
        """Decide one entry's version and put its row into the batch."""
        entry, current = d.entry, d.current
        assert entry.id is not None  # noqa: S101 - _identify gave every entry its id
        if entry.verb == "delete":
            return self._stage_delete(d)
        if entry.verb == "keep" and current is not None:
            return _as_it_lies(current)
        _check_version(entry, current)
        dangling = resolve_urns(entry.resource, self.urns)
        if d.person_id is None and not self.deferred:
            d.person_id = self._person_of(d, found)
        version = (current["version"] + 1) if current is not None else 1
        if current is not None and not current["deleted"]:
            same = self._body(entry, current["version"], current["updated_at"])
            if same == current["body"]:
                return _as_it_lies(current)
        body = self._body(entry, version, self.now)
        self._add_row(d, version, body, found, dangling)
        return Outcome(201 if version == 1 else 200, entry.type, entry.id, version, self.now, body, d.person_id)

    def _stage_delete(self, d: _Draft) -> Outcome:
        if d.current is None:
            raise NotFound(Text(f"{d.entry.type} ini tidak ada", f"No such {d.entry.type}"))
        if d.current["deleted"]:
            return Outcome(204, d.entry.type, d.entry.id or "", d.current["version"], d.current["updated_at"], "")
        version, person = d.current["version"] + 1, d.current["person_id"]
        self.batch.rows.append(
            Row(
                d.entry.type, d.entry.id or "", version, "deleted", "{}",
                orjson.dumps({"client": d.current["client"], "provider": None, "resource": None}).decode(),
                person_id=person, client=d.current["client"],
            )
        )  # fmt: skip
        return Outcome(204, d.entry.type, d.entry.id or "", version, self.now, "", person)

    def _body(self, entry: Entry, version: int, at: datetime) -> str:
        meta = entry.resource.get("meta")
        meta = (
            {k: v for k, v in meta.items() if k not in ("versionId", "lastUpdated")} if isinstance(meta, dict) else {}
        )
        moment = at.isoformat(timespec="milliseconds")
        entry.resource = {
            "resourceType": entry.type,
            "id": entry.id,
            "meta": {"versionId": str(version), "lastUpdated": moment, **meta},
            **{k: v for k, v in entry.resource.items() if k not in ("resourceType", "id", "meta")},
        }
        return exact.dumps(entry.resource)

    def _person_of(self, d: _Draft, found: Resolved) -> str | None:
        """The person a resource is about. A Patient reference must resolve; other references need not."""
        named = patient_named(d.extract, self.urns)
        if named is None and d.extract.patient is None:
            if d.entry.type not in SHARED | WITHOUT_PATIENT:
                said = Text("Rujukan ke Patient wajib diisi", "A reference to the Patient is required")
                self.faults.append(placed(d.entry, Fault(f"{d.entry.type}.subject", said, "required")))
            return None
        known: tuple[str, str] | None = None
        if isinstance(named, tuple):
            known = self.claimed.get(named) or found.identities.get("|".join(named))
        elif named is not None:
            known = self.local_patients.get(named) or found.patients.get(named)
        if known is None:
            said = Text(
                "Pasien tidak dikenal; daftarkan dulu Patient-nya, atau rujuk dengan id kami atau nomor IHS",
                "Unknown patient; register the Patient first, or refer by our id or an IHS number",
            )
            self.faults.append(placed(d.entry, Fault(f"{d.entry.type}.subject.reference", said, "not-found")))
            return None
        return known[1]

    def _add_row(self, d: _Draft, version: int, body: str, found: Resolved, dangling: Sequence[str]) -> None:
        entry, extracted = d.entry, d.extract
        client = entry.client or self.actor.facility
        stripped = strip(entry.resource)
        if d.identity is not None and d.person_id is not None:
            self._add_person(d, stripped, found)
        organization = id_of(extracted.organization)
        provider = room(self.service).facility_of(organization)
        data = {"client": client, "provider": provider, "resource": stripped}
        references = [t for t in extracted.references if not self._is_here(t)]
        self.batch.rows.append(
            Row(
                entry.type, entry.id or "", version, "created" if version == 1 else "changed", body,
                orjson.dumps(data, default=float).decode(), person_id=d.person_id, client=client,
                status=extracted.status, date=extracted.date, encounter_id=self._encounter(extracted),
                organization=organization, codes=extracted.codes, identifiers=extracted.identifiers,
                references=references + [("urn", u) for u in dangling], patient_ref=self._deferred(d),
                fresh=entry.fresh,
            )
        )  # fmt: skip

    def _add_person(self, d: _Draft, stripped: dict[str, Any], found: Resolved) -> None:
        identity, person = d.identity, d.person_id
        assert identity is not None and person is not None  # noqa: S101 - asked by the caller
        for system, value in identity.keys:
            if system == rules.NIK_IBU:
                mother = found.identities.get(f"{rules.NIK}|{value.split('|')[0]}")
                stripped["mother"] = mother[1] if mother else None
        if d.entry.resource.get("active") is not False:
            self.batch.persons[person] = (
                d.entry.id or person, identity.name, identity.birth_date, identity.sex, stripped.get("village"),
            )  # fmt: skip

    def _encounter(self, extracted: Extract) -> str | None:
        reference = extracted.encounter or ""
        return id_of(self.urns.get(reference, reference))

    def _is_here(self, target: tuple[str, str]) -> bool:
        """Whether a reference needs no look into the record: a Patient, a facility of the network, this batch."""
        type_, id_ = target
        if type_ == "Patient" or (type_ == "Organization" and room(self.service).facility_of(id_)):
            return True
        if not self.here:
            self.here = {(e.type, e.id) for e in self.entries}
        return target in self.here

    def _deferred(self, d: _Draft) -> str | None:
        """The Patient id the storing statement is to find the person by."""
        if not self.deferred:
            return None
        named = patient_named(d.extract, self.urns)
        if named is None:
            self._person_of(d, Resolved())  # notes the fault of a missing reference
        return named if isinstance(named, str) else None


def _check_version(entry: Entry, current: Any) -> None:
    if entry.if_match is None:
        return
    if current is None or current["version"] != entry.if_match:
        raise PreconditionFailed(
            Text(
                "Versi di If-Match bukan versi sekarang; baca ulang dulu",
                "If-Match is not the present version; read again",
            )
        )


def _as_it_lies(row: Any) -> Outcome:
    return Outcome(
        200, row["type"], row["id"], row["version"], row["updated_at"], row["body"], row["person_id"], kept=True
    )
