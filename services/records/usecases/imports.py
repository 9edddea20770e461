"""Bulk import of NDJSON: one FHIR resource a line, stored in chunks; each refused line is reported with its reason.

`rest` stores what is good chunk by chunk (each chunk one transaction, so a crash loses no acknowledged chunk and
leaves no half one); `all` stores everything in one transaction or nothing, and is limited to what fits in about
a second. Lines with an id are upserts, so loading the same file twice changes nothing.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

from services.kernel.auth import Actor
from services.kernel.ids import new_id
from services.kernel.problems import Conflict, Fault, NotFound, Problem, Text, TooLarge, Unprocessable
from services.kernel.service import Service
from services.records import exact
from services.records.queries import imports
from services.records.queries.visible import sees_all
from services.records.schema.stored import STORED
from services.records.usecases import entries, writing
from services.records.usecases.entries import Entry

ALL_LIMIT = 5000
ROWS_KEPT = 1000
AT_ONCE = 20
"""Lines read before others have their turn."""
LINE_LIMIT = 4 * 1024 * 1024
SOURCE = "urn:simpul:facility:"
_TYPES = frozenset(STORED)


@dataclass(slots=True)
class Job:
    """One import: what was read, stored, already there, refused; `rows` describe the refused (the first 1,000)."""

    id: str
    language: str
    read: int = 0
    stored: int = 0
    unchanged: int = 0
    refused: int = 0
    warned: int = 0
    rows: list[dict[str, Any]] = field(default_factory=list)

    def refuse(self, line: int, faults: list[Fault]) -> None:
        """Note a refused line."""
        self.refused += 1
        if len(self.rows) < ROWS_KEPT:
            self.rows.append({
                "line": line,
                "reasons": [{"pointer": f.pointer, "detail": f.text.to(self.language)} for f in faults[:5]],
            })  # fmt: skip

    def report(self, state: str) -> dict[str, Any]:
        """The answer."""
        return {
            "id": self.id, "state": state, "read": self.read, "stored": self.stored, "unchanged": self.unchanged,
            "refused": self.refused, "rows": self.rows,
        }  # fmt: skip


@dataclass(slots=True)
class Line:
    """One line of the file."""

    number: int
    raw: bytes


@dataclass(slots=True)
class Found:
    """Lines that were read: good ones as wishes, bad ones by number with what is wrong."""

    good: list[tuple[Line, Entry]] = field(default_factory=list)
    bad: list[tuple[int, list[Fault]]] = field(default_factory=list)


async def lines(stream: AsyncIterator[bytes]) -> AsyncIterator[Line]:
    """The non-empty lines of a byte stream, numbered from 1. Raises TooLarge for a line over 4 MiB."""
    rest, number = b"", 0
    async for chunk in stream:
        parts = (rest + chunk).split(b"\n")
        rest = parts.pop()
        if len(rest) > LINE_LIMIT:
            raise TooLarge(Text(f"Baris {number + len(parts) + 1} melebihi 4 MiB", "A line exceeds 4 MiB"))
        for part in parts:
            number += 1
            if part.strip():
                yield Line(number, part)
    if rest.strip():
        yield Line(number + 1, rest)


async def load(
    service: Service, actor: Actor, stream: AsyncIterator[bytes], mode: str, id_: str | None = None
) -> dict[str, Any]:
    """Import a stream of lines in the asked mode; returns the report. Raises Conflict for the id of another's job."""
    job = Job(id_ or new_id(), actor.language)
    async with service.db.reading() as conn:
        begun = await imports.begin(conn, job.id, actor.subject, mode)
    if not begun:
        raise Conflict(Text("Id impor ini sudah dipakai pengirim lain", "Another sender has used this import id"))
    try:
        if mode == "all":
            state = await _all(service, actor, job, stream)
        else:
            state = await _rest(service, actor, job, stream)
    except BaseException:
        await asyncio.shield(_finish(service, job, "interrupted"))
        raise
    await _finish(service, job, state)
    return job.report(state)


async def _finish(service: Service, job: Job, state: str) -> None:
    async with service.db.transaction() as tx:
        await imports.move(tx, job, state)


async def _rest(service: Service, actor: Actor, job: Job, stream: AsyncIterator[bytes]) -> str:
    """Each chunk is read while the database stores the one before it."""
    storing: asyncio.Task[None] | None = None
    try:
        async for chunk in _chunks(stream, getattr(service.settings, "import_chunk", 1000)):
            found = await _read(service, actor, chunk)
            if storing is not None:
                await storing
            storing = asyncio.create_task(_chunk(service, actor, job, found))
        if storing is not None:
            await storing
    finally:
        if storing is not None:  # what was begun is finished, whatever came after it
            await asyncio.gather(storing, return_exceptions=True)
    return "done"


async def _chunks(stream: AsyncIterator[bytes], size: int) -> AsyncIterator[list[Line]]:
    waiting: list[Line] = []
    async for line in lines(stream):
        waiting.append(line)
        if len(waiting) == size:
            yield waiting
            waiting = []
    if waiting:
        yield waiting


async def _chunk(service: Service, actor: Actor, job: Job, found: Found) -> None:
    """Note the bad lines of a chunk, store the good ones."""
    job.read += len(found.good) + len(found.bad)
    for number, faults in found.bad:
        job.refuse(number, faults)
    for group in _without_twins(found.good):
        await _group(service, actor, job, group)
    async with service.db.transaction() as tx:
        await imports.move(tx, job, "running")
    await asyncio.sleep(0)


async def _group(service: Service, actor: Actor, job: Job, group: list[tuple[Line, Entry]]) -> None:
    """Store a group of lines; what the record itself refuses is taken out and the rest tried again."""
    while group:
        try:
            await _store(service, actor, job, group)
            return
        except exact.NotJson as error:
            bad = {line.number: [Fault("", error.text, "structure")] for line, entry in group if _too_deep(entry)}
            if not bad:
                raise
        except Unprocessable as problem:
            bad = _lines_of(problem)
            if not bad:
                raise
        for number, faults in bad.items():
            job.refuse(number, faults)
        group = _again(service, actor, [line for line, _ in group if line.number not in bad])


def _too_deep(entry: Entry) -> bool:
    try:
        exact.dumps(entry.resource)
    except exact.NotJson:
        return True
    return False


def _again(service: Service, actor: Actor, good: list[Line]) -> list[tuple[Line, Entry]]:
    """Good lines read afresh, since storing rewrites the entries in place."""
    found = [(line, entry_of(line, actor)[0]) for line in good]
    again = [(line, entry) for line, entry in found if entry is not None]
    entries.examine([entry for _, entry in again], service.clock.now())  # repairs what it repaired before
    return again


async def _read(service: Service, actor: Actor, chunk: list[Line]) -> Found:
    """Parse and examine lines, a few at a time: others have their turn between."""
    found = Found()
    now = service.clock.now()
    for n, line in enumerate(chunk, 1):
        entry, faults = entry_of(line, actor)
        if entry is not None and not faults:
            faults = entries.examine([entry], now)
        if faults or entry is None:
            found.bad.append((line.number, faults))
        else:
            found.good.append((line, entry))
        if n % AT_ONCE == 0:
            await asyncio.sleep(0)
    return found


def entry_of(line: Line, actor: Actor) -> tuple[Entry | None, list[Fault]]:
    """A line as a wish to create or upsert, in the name of the actor's facility (the office may name another)."""
    try:
        resource = exact.loads(line.raw)
    except exact.NotJson as error:
        return None, [Fault("", error.text, "structure")]
    if not isinstance(resource, dict) or str(resource.get("resourceType")) not in _TYPES:
        return None, [
            Fault("resourceType", Text("bukan sumber daya FHIR yang disimpan di sini", "no resource stored here"))
        ]
    type_, id_, client = resource["resourceType"], resource.get("id"), actor.facility
    source = (resource.get("meta") or {}).get("source", "") if isinstance(resource.get("meta"), dict) else ""
    if sees_all(actor) and isinstance(source, str) and source.startswith(SOURCE):
        client = source[len(SOURCE) :]
    verb = "upsert" if id_ else "create"
    return Entry(verb, type_, resource, id_, where=f"line[{line.number}]", client=client), []


def _without_twins(entries: list[tuple[Line, Entry]]) -> list[list[tuple[Line, Entry]]]:
    """Groups in which each resource stands once: two versions of one id in a file are stored one after the other."""
    groups: list[list[tuple[Line, Entry]]] = [[]]
    seen: set[tuple[str, str]] = set()
    for item in entries:
        key = (item[1].type, item[1].id or "")
        if item[1].id and key in seen:
            groups.append([])
            seen = set()
        seen.add(key)
        groups[-1].append(item)
    return groups


async def _store(service: Service, actor: Actor, job: Job, group: list[tuple[Line, Entry]]) -> None:
    fresh = [[replace(e) for _, e in group]]

    def make() -> list[Entry]:
        if fresh:
            return fresh.pop()
        return [entry for _, entry in _again(service, actor, [line for line, _ in group])]

    outcomes = await writing.write(service, actor, make, examined=True)
    kept = sum(1 for o in outcomes if o.kept)
    job.unchanged += kept
    job.stored += len(outcomes) - kept


def _lines_of(problem: Problem) -> dict[int, list[Fault]]:
    """The faults by line number (their pointers begin with "line[n]")."""
    found: dict[int, list[Fault]] = {}
    for fault in problem.faults:
        head, _, rest = fault.pointer.partition(".")
        if head.startswith("line[") and head[5:-1].isdigit():
            found.setdefault(int(head[5:-1]), []).append(Fault(rest, fault.text, fault.code))
    return found


async def _all(service: Service, actor: Actor, job: Job, stream: AsyncIterator[bytes]) -> str:
    whole: list[Line] = []
    async for line in lines(stream):
        whole.append(line)
        if len(whole) > ALL_LIMIT:
            raise TooLarge(
                Text(
                    f"Mode all paling banyak {ALL_LIMIT} baris; bagi berkasnya, atau pakai mode=rest",
                    f"Mode all takes at most {ALL_LIMIT} lines; split the file, or use mode=rest",
                )
            )
    job.read = len(whole)
    found = await _read(service, actor, whole)
    for number, faults in found.bad:
        job.refuse(number, faults)
    if not job.refused:
        try:
            await _store(service, actor, job, found.good)
        except Unprocessable as problem:
            for number, faults in _lines_of(problem).items():
                job.refuse(number, faults)
            job.stored = job.unchanged = 0
    return "refused" if job.refused else "done"


async def report(service: Service, actor: Actor, id_: str) -> dict[str, Any]:
    """A job as it stands, for its sender and the district's office. Raises NotFound."""
    async with service.db.reading() as conn:
        found = await imports.job(conn, id_)
    if found is None or (found["actor"] != actor.subject and not sees_all(actor)):
        raise NotFound(Text("Impor ini tidak ada", "No such import"))
    return found
