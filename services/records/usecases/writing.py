"""Storing: whatever the door (FHIR, plain-JSON visit, bulk import), resources come through `write`.

examine (pure, all faults at once) → resolve (one statement) → decide identity and versions → store (one statement).
"""

from collections.abc import Sequence
from typing import Any

import asyncpg

from services.kernel import access
from services.kernel.access import Access
from services.kernel.auth import Actor
from services.kernel.db import Tx
from services.kernel.ids import new_id
from services.kernel.problems import (
    Conflict,
    Duplicate,
    Fault,
    Gone,
    NotFound,
    Refused,
    Text,
    Unprocessable,
)  # fmt: skip
from services.kernel.service import Service
from services.records import exact
from services.records.face import LOCAL
from services.records.fhir import extract
from services.records.queries import merging, people, store
from services.records.queries.store import Batch, Raced, UnknownPatient
from services.records.queries.visible import sees_all
from services.records.repair import respell
from services.records.usecases import conditions, consenting
from services.records.usecases.announcing import announce_children
from services.records.usecases.entries import (
    MEND,
    Also,
    Entered,
    Entry,
    MakeEntries,
    Outcome,
    addresses,
    client_of,
    examine,
    examine_one,
    placed,
)  # fmt: skip
from services.records.usecases.merging import follow_links, join_same
from services.records.usecases.registering import Draft, Registry
from services.records.usecases.staging import Staging, check_version

DECIDING = frozenset({"Patient", "Consent"})
"""Types whose storing decides more than themselves: who a person is, who sees a record."""
_NOT_YOURS = Text("Hanya faskes penulisnya yang boleh mengubah ini", "Only the facility that wrote it may change this")
_PROJECTED = Text(
    "Ini mengikuti daftar faskes atau layanan rujukan; ubah di sana (/v1/facilities, /v1/referrals)",
    "This follows the registry or the referrals; change it there (/v1/facilities, /v1/referrals)",
)
_REPLACED = Text(
    "Patient ini sudah digabungkan; ubah Patient penggantinya (link.other), atau batalkan penggabungannya",
    "This Patient has been merged; change the one that replaces it (link.other), or undo the merge",
)
_IN_USE = Text(
    "Sudah ada catatan tentang Patient ini; tidak dapat dihapus. Tandai active=false bila keliru",
    "Something is recorded of this Patient; it cannot be deleted. Mark it active=false when it is wrong",
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
                writing = Writing(service, actor, tx, entries)
                outcomes = await writing.run()
                if also is not None:
                    await also(tx, outcomes)
            await join_same(service, actor, writing.registry.same)
            await follow_links(service, actor, outcomes)
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
    return all(
        e.verb == "create" and e.type not in DECIDING and e.condition is None and not _own_numbers(e) for e in entries
    )


def _own_numbers(entry: Entry) -> list[tuple[str, str]]:
    """The numbers of the facility's own that must stand once."""
    if not entry.unique or not entry.resource.get("identifier"):
        return []
    return [k for k in extract(entry.resource).identifiers if k[0].startswith(LOCAL)]


def _draft(entry: Entry) -> Draft:
    """An entry with what is indexed of it; its systems and units in the one spelling the record keeps."""
    found = extract(entry.resource or {"resourceType": entry.type})
    if found.odd:
        respell(entry.resource)
        found = extract(entry.resource)
    return Draft(entry, found)


class Writing:
    """One transaction of `write`."""

    def __init__(self, service: Service, actor: Actor, tx: Tx, entries: list[Entry]) -> None:
        self.service, self.actor, self.tx, self.entries = service, actor, tx, entries
        self.now = service.clock.now().replace(microsecond=service.clock.now().microsecond // 1000 * 1000)
        self.batch = Batch(self.now)
        self.urns: dict[str, str] = {}
        self.registry = Registry(self.batch, self.urns, actor.facility)
        self.faults: list[Fault] = []
        self.refused: list[str | None] = []
        self.staging = Staging(service, actor, entries, self.registry, self.faults)

    async def run(self) -> list[Outcome]:
        """Resolve, decide, store."""
        await conditions.settle(self.service, self.actor, self.tx, self.entries)
        await self._duplicates()
        await self._patches()
        drafts = [_draft(e) for e in self.entries]
        await self.registry.look_up(self.tx, drafts)
        for d in drafts:
            self._name(d)
        await self._link(drafts)
        await self._currents(drafts)
        for d in drafts:
            if d.identity is not None:
                self.registry.settle(d, client_of(d.entry, self.actor))
        outcomes = [self.staging.stage(d) for d in drafts]
        consents, faults = consenting.decided(self.service, self.entries, self.batch.rows, self.now)
        self.faults += faults
        self._raise_faults()
        await store.store(self.tx, self.actor, self.batch)
        if self.registry.mothers:
            await announce_children(self.service, self.tx, self.registry.mothers)
        for person, origin in self.registry.through.items():
            new = [(r.type, r.id) for r in self.batch.rows if r.person_id == person and r.version == 1]
            await merging.note_later(self.tx, origin, new)
        if consents:
            await consenting.settle(self.service, self.actor, self.tx, consents, self.now)
        return outcomes

    async def run_plain(self) -> list[Outcome]:
        """All creations: a single statement finds the persons and stores everything, or nothing."""
        drafts = [_draft(e) for e in self.entries]
        for d in drafts:
            self._name(d)
        if any(d.extract.patient_identifier or d.extract.queries for d in drafts):
            await self.registry.look_up(self.tx, drafts)
            await self._link(drafts)
        else:
            self.staging.deferred = True
        outcomes = [self.staging.stage(d) for d in drafts]
        self._raise_faults()
        try:
            await store.store(self.tx, self.actor, self.batch)
        except UnknownPatient:
            self.staging.deferred = False  # say which element it is
            await self.registry.look_up(self.tx, drafts)
            for d in drafts:
                self.staging.person_of(d)
            raise Unprocessable(MEND, self.faults) from None
        self.service.db.signal()
        return outcomes

    def _raise_faults(self) -> None:
        if self.faults:
            raise Unprocessable(MEND, self.faults, extra={"persons": self.refused})

    # before anything else: conditional requests and patches become plain ones

    async def _duplicates(self) -> None:
        """A resource all whose numbers stand on another one of the facility's is there already (SATUSEHAT: 400)."""
        own = [(e.type, _own_numbers(e)) for e in self.entries if e.verb == "create"]
        wanted = [(type_, numbers) for type_, numbers in own if numbers]
        if wanted and (type_ := await store.held(self.tx, self.actor.facility, wanted)):
            raise Duplicate(Text(*[f"Found duplicate resource: {type_}"] * 2))

    async def _patches(self) -> None:
        wanted = [(e.type, e.id) for e in self.entries if e.verb in ("patch", "keep") and e.id]
        if not wanted:
            return
        current = await store.lock_current(self.tx, wanted)
        for entry in self.entries:
            row = current.get((entry.type, entry.id or ""))
            if entry.verb not in ("patch", "keep"):
                continue
            if row is None:
                raise NotFound(Text(f"{entry.type} ini tidak ada", f"No such {entry.type}"))
            if entry.verb == "patch":
                await self._may_change(entry, row)
            if row["deleted"]:
                raise Gone
            entry.resource = exact.loads(row["body"].encode())
            if entry.patch is not None:
                check_version(entry, row)
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
        self.urns.update(dict.fromkeys(addresses(entry), f"{entry.type}/{entry.id}"))

    async def _link(self, drafts: list[Draft]) -> None:
        if any(d.extract.queries for d in drafts):
            self.faults += await conditions.link(self.service, self.actor, self.tx, drafts, self.registry)

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
            if d.identity is not None and d.current is not None and d.current["person_id"] != d.person_id:
                raise Raced  # merged, or taken apart, since the persons were looked up
            if d.current is not None and d.entry.entered:
                raise Entered
            if d.current is not None and d.entry.verb in ("upsert", "delete"):
                await self._may_change(d.entry, d.current)

    async def _may_change(self, entry: Entry, current: Any) -> None:
        """Only its writer changes a resource; a Patient, whoever may see the person; a projected one, its owner."""
        client, person = client_of(entry, self.actor), current["person_id"]
        said = _NOT_YOURS
        if (
            entry.type == "Patient"
            and '"replaced-by"' in current["body"]
            and await merging.is_replaced(self.tx, current["id"])
        ):
            raise Conflict(_REPLACED)
        if current["projected"] and not entry.decided:
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
        """By more than broken glass, which is for looking: who changes a Patient has a lasting reason from then on."""
        today = self.service.clock.today()
        stands = await people.standing(self.tx, self.actor, today, person)
        return bool(person) and stands.related and stands.seen
