"""Monthly lists: a file taken in, how far it is, how its sender heads its columns."""

import asyncio
from collections.abc import Mapping
from datetime import date
from typing import Any

import orjson

from services.coverage.contract.lists import (
    ListOut,
    MappingGuessed,
    MappingSaved,
    MappingWanted,
    PartOut,
    RefusedRow,
)
from services.coverage.queries import lists as queries
from services.coverage.queries import network
from services.coverage.rules import list_headings as headings
from services.coverage.rules.list_headings import ListKind
from services.coverage.usecases import list_loading, list_reading
from services.coverage.usecases.eligibility import numbering
from services.coverage.usecases.list_loading import Load
from services.coverage.usecases.list_reading import File, Wanted
from services.kernel import access
from services.kernel.access import Access
from services.kernel.auth import CARE_ROLES, Actor
from services.kernel.ids import new_id
from services.kernel.problems import Conflict, Fault, NotFound, Refused, Text, Unprocessable
from services.kernel.service import Service

WHAT = "JKN/list"
PATIENCE = 3.0
"""Seconds a sender waits for the report; what takes longer goes on by itself and is asked for."""
_TASKS = "list-tasks"


async def own_code(service: Service, actor: Actor) -> str | None:
    """The BPJS code a facility's people are bound to; None for the district's office. Raises Refused."""
    if actor.role not in CARE_ROLES:
        return None
    async with service.db.reading() as conn:
        found = await network.facilities(conn, actor.facility, None) if actor.facility else []
    code = next((f.bpjs_code for f in found if f.code == actor.facility), None)
    if code is None:
        raise Refused(Text("Faskes ini tidak punya kode BPJS", "This facility has no BPJS code"))
    return code


async def guess(service: Service, actor: Actor, kind: ListKind, sender: str, data: bytes) -> MappingGuessed:
    """What the headings of a file mean: as the sender's mapping says, else as guessed. Nothing is kept."""
    await own_code(service, actor)
    async with service.db.reading() as conn:
        saved = await queries.mapping(conn, sender, kind)
    mapping = orjson.loads(saved["columns"]) if saved else None
    names = await asyncio.to_thread(list_reading.likely, data, kind, mapping)
    columns = mapping or headings.guessed(kind, names)
    used = {headings.plain(h) for h in columns.values()}
    return MappingGuessed(
        headings=names,
        columns=columns,
        saved=saved is not None,
        ignored=[n for n in names if headings.plain(n) not in used],
        lacking=headings.lacking(kind, columns, None),
        fields={c.field: c.title for c in headings.COLUMNS[kind]},
    )


async def save_mapping(
    service: Service, actor: Actor, kind: ListKind, sender: str, wanted: MappingWanted
) -> MappingSaved:
    """Keep how a sender heads its columns. Raises Unprocessable for fields no list has, or a heading meant twice."""
    await own_code(service, actor)
    faults = [
        Fault(f"/columns/{name}", Text("isian tidak dikenal", "no such field"), "unknown")
        for name in headings.strange(kind, wanted.columns)
    ]
    said = [headings.plain(h) for h in wanted.columns.values()]
    faults += [
        Fault(f"/columns/{name}", Text("judul dipakai dua kali", "the heading is used twice"), "duplicate")
        for name, heading in wanted.columns.items()
        if said.count(headings.plain(heading)) > 1
    ]
    faults += [
        Fault(f"/columns/{name}", Text("isian ini wajib punya kolom", "this field needs a column"), "required")
        for name in headings.lacking(kind, wanted.columns, "any")
    ]
    if faults:
        raise Unprocessable(Text("Perbaiki pemetaan", "Mend the mapping"), faults)
    columns = orjson.dumps(wanted.columns).decode()
    async with service.db.transaction() as tx:
        row = await queries.save_mapping(tx, sender, kind, columns, actor.subject, service.clock.now())
    return _mapping(row)


async def mapping(service: Service, actor: Actor, kind: ListKind, sender: str) -> MappingSaved:
    """How a sender heads its columns. Raises NotFound."""
    await own_code(service, actor)
    async with service.db.reading() as conn:
        row = await queries.mapping(conn, sender, kind)
    if row is None:
        raise NotFound(Text("Belum ada pemetaan untuk pengirim ini", "No mapping of this sender yet"))
    return _mapping(row)


def _mapping(row: Mapping[str, Any]) -> MappingSaved:
    return MappingSaved(**{**row, "columns": orjson.loads(row["columns"])})


async def load(
    service: Service,
    actor: Actor,
    data: bytes,
    kind: ListKind,
    sender: str,
    month: str,
    facility: str | None,
    as_of: date | None,
    mode: str,
    dry_run: bool,
    confirm: bool,
    smaller: bool,
) -> ListOut:
    """Take a file in. Raises Conflict while the sender's mapping is not confirmed, Invalid, Unprocessable, TooLarge."""
    allowed = await own_code(service, actor)
    if facility is not None and allowed is not None and facility.upper() != allowed:
        raise Refused(Text("Hanya daftar faskes Anda sendiri", "Only your own facility's list"))
    _plausible(service, month, as_of)
    hash_ = await asyncio.to_thread(list_reading.digest, data)
    if allowed is not None:  # what others sent is theirs: the same file may be a facility's own
        hash_ = f"{hash_}/{actor.facility}"
    async with service.db.reading() as conn:
        if (before := await queries.same(conn, kind, month, hash_)) and not dry_run:
            return await report(service, actor, before["id"], repeated=True)
        saved = await queries.mapping(conn, sender, kind)
    columns = orjson.loads(saved["columns"]) if saved else None
    wanted = Wanted(kind, facility.upper() if facility else None, allowed, columns)
    file = await asyncio.to_thread(list_reading.find, data, wanted)
    if not file.saved and not dry_run and not confirm:
        raise _unconfirmed(kind, sender, file)
    now, one = service.clock.now(), Load(new_id(), wanted, month, mode, dry_run, smaller)
    row: dict[str, Any] = {
        "id": one.id, "kind": str(kind), "sender": sender, "hash": hash_, "month": month,
        "as_of": as_of or date.fromisoformat(f"{month}-01"), "state": "reading", "mode": mode,
        "mapping": orjson.dumps(file.mapping).decode(), "bytes": len(data), "by": actor.subject,
        "facility": actor.facility, "at": now, "moved_at": now,
    }  # fmt: skip
    async with service.db.transaction() as tx:
        await queries.begin(tx, row)
        await access.log(tx, [Access(actor, None, "write", WHAT, resources=[f"list/{one.id}"])])
        if confirm and not file.saved:
            await queries.save_mapping(tx, sender, kind, row["mapping"], actor.subject, now)
    await _patiently(service, one, file)
    return await report(service, actor, one.id)


async def _patiently(service: Service, one: Load, file: File) -> None:
    """Begin a load and wait a little; it goes on when the wait is over or the sender has gone."""
    tasks: set[asyncio.Task[None]] = service.room.setdefault(_TASKS, set())
    task = asyncio.create_task(list_loading.run(service, one, file, numbering(service)))
    tasks.add(task)
    task.add_done_callback(tasks.discard)
    await asyncio.wait([task], timeout=PATIENCE)
    if task.done():
        task.result()


def _plausible(service: Service, month: str, as_of: date | None) -> None:
    today = service.clock.today()
    nxt = date(today.year + today.month // 12, today.month % 12 + 1, 1)
    faults = [Fault("/month", Text("bulan belum datang", "a month to come"), "range")] * (month > f"{nxt:%Y-%m}")
    if as_of is not None and as_of > today:
        faults.append(Fault("/as_of", Text("tanggal belum datang", "a day to come"), "range"))
    if faults:
        raise Unprocessable(Text("Perbaiki isian berikut", "Mend the following fields"), faults)


def _unconfirmed(kind: ListKind, sender: str, file: File) -> Conflict:
    shown = ", ".join(f"{f} = {h}" for f, h in file.mapping.items())
    return Conflict(
        Text(
            f"Pemetaan pengirim {sender} belum dikonfirmasi. Tebakan: {shown}. Simpan dengan PUT "
            f"/v1/jkn/lists/mappings/{kind}/{sender}, atau kirim lagi dengan confirm=true",
            f"The mapping of sender {sender} is not confirmed. Guessed: {shown}. Keep it by PUT "
            f"/v1/jkn/lists/mappings/{kind}/{sender}, or send again with confirm=true",
        )
    )


async def report(service: Service, actor: Actor, id_: str, repeated: bool = False) -> ListOut:
    """How far a list is. Raises NotFound, for another facility's too."""
    allowed = await own_code(service, actor)
    async with service.db.reading() as conn:
        row = await queries.one(conn, id_)
        refused = await queries.refusals(conn, id_) if row else []
    if row is None or (allowed is not None and row["facility"] != actor.facility):
        raise NotFound(Text("Daftar ini tidak ada", "No such list"))
    language = "reason_en" if actor.language == "en" else "reason"
    told = [
        RefusedRow(line=r["line"], field=r["field"], reason=r[language], warning=r["warning"]) for r in refused
    ]  # fmt: skip
    return _out(actor, row, told, repeated)


def _out(actor: Actor, row: Mapping[str, Any], refused: list[RefusedRow], repeated: bool = False) -> ListOut:
    """A list as told; a facility is not told how many of its rows the record knows: a list of one would ask that of
    anybody's number."""
    said = {n: row[n] for n in ListOut.model_fields if n in row and n != "mapping"}
    if actor.role in CARE_ROLES:
        said["matched"] = None
    return ListOut(**said, mapping=orjson.loads(row["mapping"]), repeated=repeated, refusals=refused)


async def many(service: Service, actor: Actor, month: str | None, kind: str | None, limit: int) -> list[ListOut]:
    """Lists taken in, newest first: a facility's people see their own."""
    own = await own_code(service, actor)
    async with service.db.reading() as conn:
        found = await queries.many(conn, month, kind, actor.facility if own else None, limit)
    return [_out(actor, r, []) for r in found]


async def parts(service: Service, actor: Actor, month: str | None, bpjs_code: str | None, every: bool) -> list[PartOut]:
    """What lists say of facilities and months, version by version."""
    own = await own_code(service, actor)
    async with service.db.reading() as conn:
        found = await queries.parts(conn, own or (bpjs_code.upper() if bpjs_code else None), month, every)
    return [PartOut(**{**r, "segments": orjson.loads(r["segments"])}) for r in found]
