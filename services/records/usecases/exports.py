"""Bulk export (FHIR Bulk Data Access): a job makes files of NDJSON, a part at a time, each in its own transaction.

A part is a page of one type in the order of ids, which never change: nothing that stood when the export was asked for
is left out, however much is written meanwhile, and a part finished before a crash stays finished. The files hold what
the caller may see; who is read is logged when a file is fetched, for that is when data leave.
"""

import asyncio
import gzip
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson

from services.kernel import access
from services.kernel.access import Access
from services.kernel.auth import Actor, looking
from services.kernel.ids import new_id
from services.kernel.problems import NotFound, Text
from services.kernel.service import Service
from services.records.queries import exports, people
from services.records.queries.exports import Work

BEFORE = timedelta(seconds=5)
"""What a transaction that is still open writes is as old as its beginning: the export speaks of a moment ago."""
PART = 10_000
"""Resources a file holds: about 10 MB, under a second to make."""
_NONE = Text("Ekspor ini tidak ada atau sudah kedaluwarsa", "No such export, or it has expired")


async def begin(
    service: Service, actor: Actor, types: Sequence[str], since: datetime | None, of_persons: bool, request: str
) -> str:
    """Ask for an export; returns its id."""
    id_ = new_id()
    async with service.db.reading() as conn:
        today, now = service.clock.today(), service.clock.now() - BEFORE
        await exports.begin(conn, actor, today, id_, now, sorted(types), since, of_persons, request)
    return id_


async def work(service: Service) -> None:
    """Make parts until no export waits (a kernel job)."""
    async with service.db.reading() as conn:
        await conn.execute(exports.EXPIRE)
    more = True
    while more:
        more = await _step(service)


async def _step(service: Service) -> bool:
    """One part of the oldest unfinished export; False when there is none."""
    async with service.db.transaction() as tx:
        found = await exports.next_work(tx)
        if found is None:
            return False
        actor = Actor(subject=found.actor, role=found.role, facility=found.facility)
        left = [t for t in found.types if t >= found.after_type]
        if not left:
            await _deleted(service, tx, actor, found)
            await exports.move(tx, found, "done")
            return True
        type_ = left[0]
        after = found.after_id if type_ == found.after_type else ""
        rows = await exports.page(tx, actor, service.clock.today(), found, type_, after, PART)
        if rows:
            await _add(tx, found, "output", type_, rows, [r["body"] for r in rows])
            found.done += len(rows)
        full = len(rows) == PART
        found.after_type, found.after_id = (type_, rows[-1]["id"]) if full else (type_ + "~", "")
        await exports.move(tx, found, "running")
        return True


async def _deleted(service: Service, tx: Any, actor: Actor, found: Work) -> None:
    """What was deleted since the moment asked from, as transaction Bundles, one per type that has any."""
    if found.since is None:
        return
    for type_ in found.types:
        after = ""
        while rows := await exports.page(tx, actor, service.clock.today(), found, type_, after, PART, deleted=True):
            requests = [{"request": {"method": "DELETE", "url": f"{type_}/{r['id']}"}} for r in rows]
            bundle = {"resourceType": "Bundle", "type": "transaction", "entry": requests}
            await _add(tx, found, "deleted", "Bundle", rows, [orjson.dumps(bundle).decode()])
            after = rows[-1]["id"]


async def _add(tx: Any, found: Work, kind: str, type_: str, rows: Sequence[Any], lines: Sequence[str]) -> None:
    content = await asyncio.to_thread(_packed, lines)
    found.parts += 1
    persons = sorted({r["person_id"] for r in rows if r["person_id"]})
    await exports.add_part(tx, found, kind, type_, len(lines), persons, content)


def _packed(lines: Sequence[str]) -> bytes:
    return gzip.compress(("\n".join(lines) + "\n").encode(), compresslevel=1)


async def status(service: Service, actor: Actor, id_: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """An export of the caller and its files. Raises NotFound."""
    async with service.db.reading() as conn:
        found = await exports.job(conn, id_)
        if found is None or found["actor"] != actor.subject:
            raise NotFound(_NONE)
        return found, await exports.parts(conn, id_)


async def fetch(service: Service, actor: Actor, id_: str, number: int) -> bytes:
    """A file (gzip), each person in it logged as read before it leaves; without what the caller may see no more: a
    person may have opted out since, broken glass be over. Raises NotFound."""
    await status(service, actor, id_)
    async with service.db.transaction() as tx:
        found = await exports.part(tx, id_, number)
        if found is None:
            raise NotFound(_NONE)
        kind, content = found
        lines, refs = await asyncio.to_thread(_opened, *found)
        seen = await exports.still(tx, actor, service.clock.today(), list(dict.fromkeys(refs)))
        if not seen.keys() >= set(refs):
            content = await asyncio.to_thread(_packed, _kept(kind, lines, refs, seen))
        persons = sorted({p for p in seen.values() if p})
        opened = set(await people.opened(tx, actor, persons))
        this = [f"export/{id_}/{number}"]
        who = {p: looking(actor, p in opened) for p in persons}
        await access.log(tx, [Access(who[p], p, "read", "$export", resources=this) for p in persons])
    return content


def _opened(kind: str, content: bytes) -> tuple[list[str], list[str]]:
    """The lines of a file, and what they speak of ("Type/id")."""
    lines = gzip.decompress(content).decode().rstrip("\n").split("\n")  # a text may hold other line ends
    bodies = [orjson.loads(line) for line in lines]
    if kind == "deleted":
        return lines, [e["request"]["url"] for b in bodies for e in b["entry"]]
    return lines, [f"{b['resourceType']}/{b['id']}" for b in bodies]


def _kept(kind: str, lines: Sequence[str], refs: Sequence[str], seen: Collection[str]) -> list[str]:
    """The lines of what may be seen."""
    if kind != "deleted":
        return [line for line, ref in zip(lines, refs, strict=True) if ref in seen]
    bundles = [orjson.loads(line) for line in lines]
    for bundle in bundles:
        bundle["entry"] = [e for e in bundle["entry"] if e["request"]["url"] in seen]
    return [orjson.dumps(b).decode() for b in bundles]


async def cancel(service: Service, actor: Actor, id_: str) -> None:
    """End an export of the caller and drop its files. Raises NotFound."""
    await status(service, actor, id_)
    async with service.db.transaction() as tx:
        await exports.cancel(tx, id_)
