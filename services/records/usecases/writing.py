"""Storing: whatever the door (FHIR, plain-JSON visit, bulk import), resources come through `write`.

examine (pure, all faults at once) → resolve (one statement) → decide identity and versions → store (one statement).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import asyncpg
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
from services.records import exact
from services.records.fhir import Extract, extract, resolve_urns, strip
from services.records.queries import reading, store
from services.records.queries.store import Batch, Raced, Row, UnknownPatient
from services.records.queries.visible import SHARED, sees_all
from services.records.room import room
from services.records.usecases.entries import (
    MEND,
    Also,
    Entry,
    MakeEntries,
    Outcome,
    examine,
    examine_one,
    id_of,
    patient_named,
    placed,
)  # fmt: skip
from services.records.usecases.registering import Draft, Registry

WITHOUT_PATIENT = frozenset({"Task", "Group", "Basic"})
"""Types that may speak of a person without naming one: then only their writer reads them."""

_NOT_YOURS = Text("Hanya faskes penulisnya yang boleh mengubah ini", "Only the facility that wrote it may change this")
_PROJECTED = Text(
    "Ini mengikuti daftar faskes atau layanan rujukan; ubah di sana (/v1/facilities, /v1/referrals)",
    "This follows the registry or the referrals; change it there (/v1/facilities, /v1/referrals)",
)
_IN_USE = Text(
    "Sudah ada catatan tentang Patient ini; tidak dapat dihapus. Tandai active=false bila keliru",
    "Something is recorded of this Patient; it cannot be deleted. Mark it active=false when it is wrong",
)
_ANOTHER = Text(
    "Idempotency-Key ini sudah dipakai untuk kunjungan lain; koreksi dengan PUT, atau pakai kunci baru",
    "This Idempotency-Key was used for another visit; correct that one by PUT, or use a new key",
)


async def write(
    service: Service, actor: Actor, make: MakeEntries, *, examined: bool = False, also: Also | None = None
) -> list[Outcome]:
    """Store all entries in one transaction, or none. Raises Unprocessable with every fault, Conflict, Refused…

    `examined`: the caller has examined the entries already (a bulk import does, line by line).
    `also`: what else belongs into the same transaction, done when all is stored; what it raises undoes everything.
    """
    if actor.facility is None and not sees_all(actor):
        raise Refused(Text("Akun ini tidak terikat pada faskes", "This account belongs to no facility"))
    for _ in range(5):
        entries = make()
        faults = [] if examined else examine(entries, service.clock.now())
        if faults:
            raise Unprocessable(MEND, faults)
        try:
            if also is None and is_plain(entries):
                async with service.db.reading() as conn:
                    return await Writing(service, actor, conn, entries).run_plain()
            async with service.db.transaction() as tx:
                outcomes = await Writing(service, actor, tx, entries).run()
                if also is not None:
                    await also(tx, outcomes)
                return outcomes
        except (Raced, asyncpg.DeadlockDetectedError):
            continue
        except (Refused, Unprocessable) as problem:
            persons = problem.extra.pop("persons", ())
            await access.refuse(service.db, [Access(actor, p, "write", "resource", "refused") for p in persons])
            raise
    raise Conflict(Text("Sedang diubah bersamaan; coba lagi", "Being changed by others at once; try again"))


def is_plain(entries: Sequence[Entry]) -> bool:
    """Whether all are creations that need nothing from the record but their patient: then one statement does it."""
    return all(e.verb == "create" and e.type != "Patient" and e.condition is None for e in entries)


class Writing:
    """One transaction of `write`."""

    def __init__(self, service: Service, actor: Actor, tx: Tx, entries: list[Entry]) -> None:
        self.service, self.actor, self.tx, self.entries = service, actor, tx, entries
        self.now = service.clock.now().replace(microsecond=service.clock.now().microsecond // 1000 * 1000)
        self.batch = Batch(self.now)
        self.urns: dict[str, str] = {}
        self.registry = Registry(self.batch, self.urns)
        self.faults: list[Fault] = []
        self.refused: list[str | None] = []
        self.staged: dict[tuple[str, str], Outcome] = {}
        self.here: set[tuple[str, str | None]] = set()
        self.deferred = False
        """Persons are found by the storing statement itself."""

    async def run(self) -> list[Outcome]:
        """Resolve, decide, store."""
        await self._conditions()
        await self._patches()
        drafts = [Draft(e, extract(e.resource or {"resourceType": e.type})) for e in self.entries]
        await self.registry.look_up(self.tx, drafts)
        for d in drafts:
            self._name(d)
        await self._currents(drafts)
        for d in drafts:
            if d.identity is not None:
                self.registry.settle(d, self._client(d.entry))
        outcomes = [self._stage_once(d) for d in drafts]
        self._raise_faults()
        await store.store(self.tx, self.actor, self.batch)
        return outcomes

    async def run_plain(self) -> list[Outcome]:
        """All creations: a single statement finds the persons and stores everything, or nothing."""
        drafts = [Draft(e, extract(e.resource)) for e in self.entries]
        for d in drafts:
            self._name(d)
        if any(d.extract.patient_identifier or "?" in (d.extract.patient or "") for d in drafts):
            await self.registry.look_up(self.tx, drafts)
        else:
            self.deferred = True
        outcomes = [self._stage_once(d) for d in drafts]
        self._raise_faults()
        try:
            await store.store(self.tx, self.actor, self.batch)
        except UnknownPatient:
            self.deferred = False  # say which element it is
            await self.registry.look_up(self.tx, drafts)
            for d in drafts:
                self._person_of(d)
            raise Unprocessable(MEND, self.faults) from None
        self.service.db.signal()
        return outcomes

    def _raise_faults(self) -> None:
        if self.faults:
            raise Unprocessable(MEND, self.faults, extra={"persons": self.refused})

    def _client(self, entry: Entry) -> str | None:
        return entry.client or self.actor.facility

    # before anything else: conditional requests and patches become plain ones

    async def _conditions(self) -> None:
        """Conditions look only at what the sender may see, so that they tell nothing of others' resources."""
        today = self.service.clock.today()
        for entry in sorted((e for e in self.entries if e.condition), key=lambda e: (e.type, str(e.condition))):
            assert entry.condition is not None  # noqa: S101
            ids = await store.ids_by_identifier(self.tx, self.actor, today, entry.type, *entry.condition)
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
                await self._may_change(entry, row)
                entry.resource = entry.patch(entry.resource)
                entry.verb = "upsert"
                self.faults += [placed(entry, f) for f in examine_one(entry.resource, entry.type, self.now)]
        self._raise_faults()

    # what the record knows

    def _name(self, d: Draft) -> None:
        """Give an entry its id, and its urn that meaning in the Bundle."""
        entry = d.entry
        if d.identity is not None:
            self.registry.identify(d)
            return
        if entry.type == "Patient" and (known := self.registry.named(entry.id)):
            self.registry.name(d, known)
        if entry.id is None:
            entry.id, entry.fresh = new_id(), True
        if entry.urn:
            self.urns[entry.urn] = f"{entry.type}/{entry.id}"

    async def _currents(self, drafts: list[Draft]) -> None:
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
                await self._may_change(d.entry, d.current)

    async def _may_change(self, entry: Entry, current: Any) -> None:
        """Only its writer changes a resource; a Patient, whoever may see the person; a projected one, its owner."""
        client, person = self._client(entry), current["person_id"]
        said = _NOT_YOURS
        if current["projected"]:
            said = _PROJECTED
        elif sees_all(self.actor) or (client is not None and current["client"] == client):
            if entry.type == "Patient" and entry.verb == "delete" and await store.in_use(self.tx, person, client):
                raise Conflict(_IN_USE)
            return
        elif entry.type == "Patient" and entry.verb != "delete" and await self._sees(person):
            return
        self.refused.append(person)
        if not entry.where.startswith("line["):
            raise Refused(said, extra={"persons": self.refused})
        self.faults.append(placed(entry, Fault(f"{entry.type}.id", said, "forbidden")))

    async def _sees(self, person: str | None) -> bool:
        today = self.service.clock.today()
        return bool(person and await reading.visible_persons(self.tx, self.actor, today, [person]))

    # deciding versions

    def _stage_once(self, d: Draft) -> Outcome:
        """One version per resource and transaction; a person registered twice in a Bundle is stored once."""
        key = (d.entry.type, d.entry.id or "")
        before = self.staged.get(key)
        if before is not None and d.entry.type != "Patient":
            said = Text("Sumber daya yang sama ada dua kali", "The same resource stands twice")
            self.faults.append(placed(d.entry, Fault(f"{d.entry.type}.id", said, "duplicate")))
        self.staged[key] = before or self._stage(d)
        return self.staged[key]

    def _stage(self, d: Draft) -> Outcome:
        """Decide one entry's version and put its row into the batch."""
        entry, current = d.entry, d.current
        assert entry.id is not None  # noqa: S101 - _name gave every entry its id
        if entry.verb == "delete":
            return self._stage_delete(d)
        if entry.verb == "keep" and current is not None:
            return self._as_it_lies(d)
        _check_version(entry, current)
        dangling = resolve_urns(entry.resource, self.urns)
        if d.person_id is None and not self.deferred:
            d.person_id = self._person_of(d)
        version = (current["version"] + 1) if current is not None else 1
        if current is not None and not current["deleted"] and d.person_id not in self.batch.identities.values():
            same = self._body(entry, current["version"], current["updated_at"])
            if same == current["body"]:
                return self._as_it_lies(d)
        if current is not None and entry.once:
            raise Conflict(_ANOTHER)
        body = self._body(entry, version, self.now)
        self._add_row(d, version, body, dangling)
        return Outcome(201 if version == 1 else 200, entry.type, entry.id, version, self.now, body, d.person_id)

    def _as_it_lies(self, d: Draft) -> Outcome:
        """Nothing to store; what is answered was looked at, and a registration is a reason to see the person."""
        row, client = d.current, self._client(d.entry)
        if row["person_id"]:
            self.batch.shown.add((row["person_id"], f"{row['type']}/{row['id']}"))
            if row["type"] == "Patient" and client:
                self.batch.registered.add((row["person_id"], client))
        return Outcome(
            200, row["type"], row["id"], row["version"], row["updated_at"], row["body"], row["person_id"], kept=True
        )

    def _stage_delete(self, d: Draft) -> Outcome:
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

    def _person_of(self, d: Draft) -> str | None:
        """The person a resource is about. A Patient reference must resolve; other references need not."""
        named = patient_named(d.extract, self.urns)
        if named is None and d.extract.patient is None:
            if d.entry.type not in SHARED | WITHOUT_PATIENT:
                said = Text("Rujukan ke Patient wajib diisi", "A reference to the Patient is required")
                self.faults.append(placed(d.entry, Fault(f"{d.entry.type}.subject", said, "required")))
            return None
        known = self.registry.named(named)
        if known is None:
            said = Text(
                "Pasien tidak dikenal; daftarkan dulu Patient-nya, atau rujuk dengan id kami atau nomor IHS",
                "Unknown patient; register the Patient first, or refer by our id or an IHS number",
            )
            self.faults.append(placed(d.entry, Fault(f"{d.entry.type}.subject.reference", said, "not-found")))
            return None
        return known[1]

    def _add_row(self, d: Draft, version: int, body: str, dangling: Sequence[str]) -> None:
        entry, extracted = d.entry, d.extract
        client = self._client(entry)
        stripped = strip(entry.resource)
        if d.identity is not None and d.person_id is not None:
            self.registry.add(d, stripped)
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

    def _deferred(self, d: Draft) -> str | None:
        """The Patient id the storing statement is to find the person by."""
        if not self.deferred:
            return None
        named = patient_named(d.extract, self.urns)
        if named is None:
            self._person_of(d)  # notes the fault of a missing reference
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
