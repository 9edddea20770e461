"""Two persons that are one: merged, and taken apart again when that was wrong.

Everything of the other gets the survivor's person, noted row by row, in one transaction; both Patients say so; what
moved is announced once more, so that whoever follows the record moves with it. Nobody who writes at that moment waits
or asks: what they still stored for the other is gathered afterwards, when the last of them has ended (`settle`).
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

import asyncpg
import orjson

from services.kernel import access, events
from services.kernel.access import Access
from services.kernel.auth import Actor
from services.kernel.db import Tx
from services.kernel.events import Event
from services.kernel.ids import new_id
from services.kernel.problems import Conflict, Fault, Invalid, NotFound, Refused, Text
from services.kernel.service import Service
from services.records import exact, links, rules
from services.records.contract import MERGE, Merge, MovedResource
from services.records.fhir import extract
from services.records.queries import merging as queries
from services.records.queries import store
from services.records.queries.people import standing
from services.records.queries.statement import ALIAS
from services.records.queries.store import Batch, Raced
from services.records.queries.where import REPLACED
from services.records.usecases import people
from services.records.usecases.announcing import announce, announce_children
from services.records.usecases.entries import Entry, Outcome, patient_named
from services.records.usecases.registering import Draft, Registry
from services.records.usecases.staging import Staging

_TRIES = 5
_BUSY = Text("Sedang diubah bersamaan; coba lagi", "Being changed by others at once; try again")
_HIDDEN = Text(
    "Hanya dapat menggabungkan orang yang keduanya terlihat oleh faskes ini; minta dinas kesehatan",
    "Only persons this facility may both see can be merged here; ask the health office",
)
_LINKED, _PROVED = "Patient.link replaced-by", "NIK, nik-ibu"
_UNKNOWN = Text("Orang ini tidak ada di catatan bersama", "There is no such person in the record")


async def merge(service: Service, actor: Actor, survivor: str, other: str, reason: str) -> Merge:
    """Join `other` into `survivor`. The same pair again gives the merge that stands.

    Raises Invalid (one and the same), NotFound, Refused (logged), Conflict (one of them is merged into another).
    """
    if survivor == other:
        same = Text("keduanya orang yang sama", "both are the same person")
        raise Invalid(Text("Pilih dua orang", "Choose two persons"), [Fault("/other", same)])
    await _must_see(service, actor, [survivor, other])
    await _must_know(service, actor, [survivor, other])
    return await one(service, actor, await _join(service, actor, survivor, other, reason))


async def _join(service: Service, actor: Actor, survivor: str, other: str, reason: str) -> str:
    for _ in range(_TRIES):
        try:
            async with service.db.transaction() as tx:
                row = await _Joining(service, actor, tx).merge(survivor, other, reason)
            break
        except (Raced, asyncpg.DeadlockDetectedError):
            continue
    else:
        raise Conflict(_BUSY)
    await settle(service, [row["id"]])
    return str(row["id"])


async def join_same(service: Service, actor: Actor, pairs: Sequence[tuple[str, str]]) -> None:
    """Join persons whom one registration proves to be one: a newborn known by its mother's NIK, and by its own NIK.

    Only who was born on the same day and has no two NIKs, and has not been taken apart before; all others wait for a
    decision (`/v1/identity/reviews`).
    """
    for survivor, other in pairs:
        async with service.db.reading() as conn:
            now_is = await queries.standing(conn, [survivor, other])
            alike = await queries.alike(conn, now_is[survivor], now_is[other], rules.NIK)
            alike = alike and not await queries.parted(conn, now_is[survivor], now_is[other])
        if alike:
            with suppress(NotFound, Conflict):
                await _join(service, actor, now_is[survivor], now_is[other], _PROVED)


async def follow_links(service: Service, actor: Actor, stored: Sequence[Outcome]) -> None:
    """Join what a sender says is one: a Patient whose `link` says which other one replaces it.

    Only where the sender may join the two (`merge`), and nobody has taken them apart before; otherwise the link stays
    the sender's own, and nothing tells it.
    """
    said = {
        (o.person_id, other)
        for o in stored
        if o.type == "Patient" and o.person_id and '"replaced-by"' in o.body
        if (other := links.replaced_by(exact.loads(o.body.encode())))
    }
    for person, other in sorted(said):
        async with service.db.reading() as conn:
            known = (await store.resolve(conn, [other], [])).patients.get(other)
            parted = known is not None and await queries.parted(conn, known[1], person)
        if known is not None and known[1] != person and not parted:
            with suppress(Invalid, NotFound, Refused, Conflict):
                await merge(service, actor, known[1], person, _LINKED)


async def unmerge(service: Service, actor: Actor, merge_id: str, reason: str) -> Merge:
    """Make two persons of one again: what was the other's, and what has been written about the other since, goes back.

    Raises NotFound, Refused (logged), Conflict (undone already, or a later merge must be undone first).
    """
    async with service.db.reading() as conn:
        found = await queries.one(conn, merge_id)
    if found is None:
        raise NotFound(Text("Penggabungan ini tidak ada", "No such merge"))
    await _must_see(service, actor, [found[0]["survivor"]])
    for _ in range(_TRIES):
        try:
            async with service.db.transaction() as tx:
                changed = await _Joining(service, actor, tx).unmerge(merge_id, reason)
            break
        except (Raced, asyncpg.DeadlockDetectedError):
            continue
    else:
        raise Conflict(_BUSY)
    await settle(service, [merge_id])
    done = await one(service, actor, merge_id)
    return done.model_copy(update={"to_check": changed})


async def settle(service: Service, merges: Sequence[str] | None = None) -> None:
    """Gather what writers on their way stored past a merge (or an undoing). The job looks at all that may need it."""
    if merges is None:
        async with service.db.reading() as conn:
            merges = await queries.unsettled(conn)
    for id_ in merges:
        async with service.db.transaction() as tx:
            row = await queries.hold(tx, id_)
            if row is not None:
                await _Joining(service, None, tx).settle(row)


async def one(service: Service, actor: Actor, merge_id: str) -> Merge:
    """A merge with everything that moved. Raises NotFound, Refused (logged)."""
    async with service.db.reading() as conn:
        found = await queries.one(conn, merge_id)
    if found is None:
        raise NotFound(Text("Penggabungan ini tidak ada", "No such merge"))
    row, moved = found
    await _must_see(service, actor, [row["survivor"]])
    async with service.db.reading() as conn:
        await access.log(conn, [Access(actor, p, "read", MERGE) for p in (row["survivor"], row["other"])])
    service.db.signal()
    return shown(dict(row), [MovedResource(type=r["type"], id=r["id"]) for r in moved])


async def listed(
    service: Service, actor: Actor, facility: str | None, person: str | None, after: tuple[datetime, str] | None,
    limit: int,
) -> list[Merge]:  # fmt: skip
    """Merges, newest first: those one facility made, or all. Who they speak of is in the access log."""
    async with service.db.reading() as conn:
        rows = await queries.listed(conn, facility, person, after, limit)
        persons = dict.fromkeys(p for r in rows for p in (r["survivor"], r["other"]))
        await access.log(conn, [Access(actor, p, "search", MERGE) for p in persons])
    service.db.signal()
    return [shown(dict(r)) for r in rows]


def shown(row: Mapping[str, Any], resources: Sequence[MovedResource] = ()) -> Merge:
    """The wire form of a merge."""
    return Merge(
        merge_id=row["id"], state="undone" if row["undone_at"] else "merged", survivor=row["survivor"],
        other=row["other"], survivor_patient=row["survivor_patient"], other_patient=row["other_patient"],
        reason=row["reason"], by=row["actor"], facility=row["facility"], at=row["merged_at"],
        undone_at=row["undone_at"], undone_by=row["undone_by"], undo_reason=row["undo_reason"],
        moved=orjson.loads(row["moved"]), resources=list(resources),
    )  # fmt: skip


async def _must_see(service: Service, actor: Actor, persons: list[str]) -> None:
    seen = await people.visible(service, actor, persons)
    if len(seen) < len(persons):
        await access.refuse(service.db, [Access(actor, p, "write", MERGE, "refused") for p in persons])
        raise Refused(_HIDDEN)


async def _must_know(service: Service, actor: Actor, persons: list[str]) -> None:
    """Broken glass is for minutes, what a merge gives stays: it takes a lasting reason to see both."""
    async with service.db.reading() as conn:
        now_is = await queries.standing(conn, persons)
        today = service.clock.today()
        known = [(await standing(conn, actor, today, now_is[p])).related for p in persons]
    if not all(known):
        await access.refuse(service.db, [Access(actor, p, "write", MERGE, "refused") for p in persons])
        raise Refused(_HIDDEN)


class _Joining:
    """One transaction that merges, undoes or settles. Without an actor nobody is answered and no Patient changes."""

    def __init__(self, service: Service, actor: Actor | None, tx: Tx) -> None:
        self.service, self.actor, self.tx = service, actor, tx
        self.now = service.clock.now().replace(microsecond=service.clock.now().microsecond // 1000 * 1000)

    async def merge(self, survivor: str, other: str, reason: str) -> asyncpg.Record:
        """Merge two persons; the merge as noted."""
        assert self.actor is not None  # noqa: S101 - a merge is somebody's act
        await queries.one_at_a_time(self.tx)
        if stands := await queries.between(self.tx, survivor, other):
            return stands
        patients, current = await self._hold(survivor, other)
        old = {p: exact.loads(current["Patient", id_]["body"].encode()) for p, id_ in patients.items()}
        joined, gained = links.replacing(old[survivor], old[other])
        row = await queries.begin(
            self.tx, new_id(), (survivor, patients[survivor]), (other, patients[other]),
            (reason, self.actor.subject, self.actor.facility), exact.dumps(gained), old[other].get("active"),
            current["Patient", patients[survivor]]["version"] + 1,
        )  # fmt: skip
        await self._say(row, "created")
        moved = await queries.gather(self.tx, row)
        current = await store.lock_current(self.tx, [("Patient", p) for p in patients.values()])
        replaced = links.replaced(old[other], patients[survivor])
        await self._write({patients[survivor]: (survivor, joined), patients[other]: (survivor, replaced)}, current)
        told = [r for r in moved if (r["type"], r["id"]) != ("Patient", patients[other])]
        await announce(self.service, self.tx, told, survivor)
        await self._announce_children(row)
        return row

    async def unmerge(self, merge_id: str, reason: str) -> list[str]:
        """Undo a merge; the Patients that were changed meanwhile and should be looked at."""
        assert self.actor is not None  # noqa: S101 - and so is undoing one
        await queries.one_at_a_time(self.tx)
        row = await queries.hold(self.tx, merge_id)
        assert row is not None  # noqa: S101 - looked up before
        if row["undone_at"] is not None:
            raise Conflict(Text("Penggabungan ini sudah dibatalkan", "This merge has been undone already"))
        now_is = (await queries.standing(self.tx, [row["survivor"]]))[row["survivor"]]
        if now_is != row["survivor"]:
            raise Conflict(
                Text(
                    f"Orang ini kemudian digabungkan ke {now_is}; batalkan penggabungan itu dulu",
                    f"This person was merged into {now_is} later; undo that merge first",
                )
            )
        survivor, other = row["survivor_patient"], row["other_patient"]
        current = await store.lock_current(self.tx, [("Patient", survivor), ("Patient", other)])
        await queries.lock_persons(self.tx, [row["survivor"]])
        await self._say(row, "deleted")
        back = await self._theirs(row)
        await queries.scatter(self.tx, row, [(r["type"], r["id"]) for r in back])
        await queries.undo(self.tx, row, self.actor.subject, reason)
        old = {id_: exact.loads(current["Patient", id_]["body"].encode()) for id_ in (survivor, other)}
        alone = links.without(old[survivor], other, exact.loads(row["gained"].encode()))
        again = links.restored(old[other], survivor, row["was_active"])
        await self._write({survivor: (row["survivor"], alone), other: (row["other"], again)}, current)
        told = [r for r in back if (r["type"], r["id"]) != ("Patient", other)]
        await announce(self.service, self.tx, told, row["other"])
        await self._announce_children(row)
        return [survivor] if current["Patient", survivor]["version"] != row["survivor_version"] else []

    async def settle(self, row: asyncpg.Record) -> None:
        """Bring what came too late to where it belongs."""
        if row["undone_at"] is None:
            now_is = (await queries.standing(self.tx, [row["other"]]))[row["other"]]
            await announce(self.service, self.tx, await self._late(row), now_is)
        else:
            back = await self._theirs(row)
            await queries.scatter(self.tx, row, [(r["type"], r["id"]) for r in back])
            await announce(self.service, self.tx, back, row["other"])
        await queries.settle(self.tx, row["id"])

    async def _late(self, row: asyncpg.Record) -> list[asyncpg.Record]:
        """What was still stored for the other after the merge; if the survivor was merged since, further on to them."""
        moved = await queries.gather(self.tx, row)
        onward: asyncpg.Record | None = row
        while moved and onward and (onward := await queries.onward(self.tx, onward["survivor"])):
            await queries.gather(self.tx, onward)
        return moved

    async def _hold(self, survivor: str, other: str) -> tuple[dict[str, str], dict[tuple[str, str], asyncpg.Record]]:
        """Both persons' Patients, locked before the persons, as a registration locks them."""
        pair = [survivor, other]
        for asked, now_is in (await queries.standing(self.tx, pair)).items():
            if asked != now_is:
                raise Conflict(
                    Text(
                        f"{asked} sudah digabungkan ke {now_is}; pakai id itu",
                        f"{asked} has been merged into {now_is}; use that id",
                    )
                )
        patients = await queries.patients(self.tx, pair)
        current = await store.lock_current(self.tx, [("Patient", p) for p in patients.values()])
        await queries.lock_persons(self.tx, pair)
        for n, person in zip(("/survivor", "/other"), pair, strict=True):
            row = current.get(("Patient", patients.get(person, "")))
            if row is None or row["deleted"]:
                raise NotFound(_UNKNOWN, [Fault(n, _UNKNOWN, "not-found")])
        return patients, current

    async def _theirs(self, row: asyncpg.Record) -> list[asyncpg.Record]:
        """What of the survivor is the other's: what moved and was not corrected to name the survivor since, what was
        stored through a number of the other, and what names the other's Patient or a number of theirs."""
        numbers = await queries.numbers(self.tx, row["id"])
        names: set[Any] = {row["other_patient"]} | numbers
        names |= {value for system, value in numbers if system in (ALIAS, rules.IHS)}

        def theirs(r: asyncpg.Record) -> bool:
            if r["noted"] is not None and (r["later"] or r["version"] == r["noted"] or r["type"] == "Patient"):
                return True
            if r["type"] == "Patient" or r["projected"]:
                return r["noted"] is not None
            named = patient_named(extract(exact.loads(r["body"].encode()))) if not r["deleted"] else None
            return named in names or (r["noted"] is not None and named != row["survivor_patient"])

        return [r for r in await queries.candidates(self.tx, row) if theirs(r)]

    async def _write(
        self, wanted: Mapping[str, tuple[str, dict[str, Any]]], current: Mapping[tuple[str, str], asyncpg.Record]
    ) -> None:
        """The next version of these Patients (id → person, resource), through the storing statement of all others.

        Nobody gets a reason to see anyone by it, and a replaced Patient is not found by its numbers any more.
        """
        assert self.actor is not None  # noqa: S101 - only acts change Patients
        batch, urns = Batch(self.now), dict[str, str]()
        registry = Registry(batch, urns)
        staging = Staging(self.service, self.actor, [], registry, [])
        drafts = []
        for id_, (person, resource) in wanted.items():
            row = current["Patient", id_]
            entry = Entry("upsert", "Patient", resource, id_, client=row["client"])
            drafts.append(Draft(entry, extract(resource), rules.identity(resource)[0], person, id_, row))
        await registry.look_up(self.tx, drafts)
        for d in drafts:
            staging.stage(d)
        replaced = {d.entry.id for d in drafts if links.replaced_by(d.entry.resource)}
        for stored in batch.rows:
            stored.client = None
            if stored.id in replaced:
                stored.identifiers, stored.status = (), REPLACED
        await store.store(self.tx, self.actor, batch)

    async def _say(self, row: asyncpg.Record, kind: str) -> None:
        """Announce the merge itself, before anything that follows from it; and leave it in both persons' access log."""
        pair = [row["survivor"], row["other"]]
        data = {"survivor": pair[0], "other": pair[1], "persons": pair}
        await events.append(self.tx, [Event(MERGE, kind, row["id"], 1 if kind == "created" else 2, data, pair[0])])
        if self.actor is not None:
            await access.log(self.tx, [Access(self.actor, p, "write", MERGE) for p in pair])

    async def _announce_children(self, row: asyncpg.Record) -> None:
        niks = [value for system, value in await queries.numbers(self.tx, row["id"]) if system == rules.NIK]
        await announce_children(self.service, self.tx, niks)
