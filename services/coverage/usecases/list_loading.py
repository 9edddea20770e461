"""Loading a monthly list: its rows are kept aside chunk by chunk, then stand at once, then become statements.

A list stands whole or not at all: nothing reads rows of a list that was not accepted. What it says of persons is
applied afterwards in small transactions, which may be done again without harm.
"""

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import Any

import orjson

from services.coverage import peers
from services.coverage.contract import CAPITATION, MEMBER, CapitationAccepted, MemberChanged, MemberStatus
from services.coverage.contract import StatementSource as Source
from services.coverage.queries import applying
from services.coverage.queries import lists as queries
from services.coverage.queries.lists import Counted
from services.coverage.rules import eligibility
from services.coverage.rules.list_headings import ListKind
from services.coverage.rules.member_lists import CapitationRow, Wrong, summed
from services.coverage.rules.numbers import Numbering
from services.coverage.usecases import list_reading
from services.coverage.usecases.list_reading import Chunk, File, Wanted
from services.coverage.usecases.outbox import owing
from services.kernel import events
from services.kernel.db import Tx
from services.kernel.events import Event
from services.kernel.problems import Problem, Text, Unprocessable
from services.kernel.service import Service

ALL, REST = "all", "rest"
SHRINKS_FROM = 50
"""Members a facility has had before its list is held to be cut short when less than half are left."""
_DIFFER = Text(
    "NIK dan nomor kartu milik dua orang berbeda di rekam bersama; tidak dipadankan",
    "NIK and card belong to two different persons of the record; not matched",
)


@dataclass(slots=True)
class Load:
    """One file on its way."""

    id: str
    wanted: Wanted
    month: str
    mode: str
    trial: bool
    smaller: bool = False
    """The sender has said that it is much smaller than what stands, and that this is right."""
    so_far: Counted = field(default_factory=lambda: Counted(0, 0, 0, 0, 0))
    capitation: list[CapitationRow] = field(default_factory=list)
    told: int = 0


async def run(service: Service, load: Load, file: File, numbering: Numbering) -> None:
    """Read a file to its end and let it stand; what stops it is kept with the list."""
    try:
        async for chunk in list_reading.chunks(file, load.wanted, numbering):
            await _chunk(service, load, chunk)
        await _settle(service, load)
    except Problem as problem:
        await _fail(service, load, problem.faults[0].text.id if problem.faults else problem.detail.id)
    except BaseException:
        await _fail(service, load, queries.CUT_OFF)
        raise


async def _fail(service: Service, load: Load, because: str) -> None:
    """Give up what was being read; what stands already is applied to its end later."""
    async with service.db.transaction() as tx:
        await queries.give_up(tx, load.id, service.clock.now(), because)


async def _chunk(service: Service, load: Load, chunk: Chunk) -> None:
    """Match a chunk's rows to persons and keep them aside."""
    numbers = [(t.row.nik, t.row.card) for t in chunk.members]
    found = await peers.matched(service, numbers) if numbers else []
    wrong = chunk.wrong + [
        Wrong(t.row.line, "nik", _DIFFER, warning=True)
        for t, f in zip(chunk.members, found, strict=True)
        if f and f["differ"] and load.wanted.allowed is None
    ]
    refused = sum(not w.warning for w in wrong)
    before = load.so_far
    load.so_far = Counted(
        before.rows + chunk.rows, before.loaded + chunk.rows - refused, before.refused + refused,
        before.warned + len(wrong) - refused, before.matched + sum(1 for f in found if f and not f["differ"]),
    )  # fmt: skip
    load.capitation += chunk.capitation
    theirs = load.wanted.allowed is None  # what the record knows beside is not told to a facility by its own list
    kept = [list_reading.kept(load.id, t, f, theirs) for t, f in zip(chunk.members, found, strict=True)]
    told = wrong[: max(0, queries.KEPT - load.told)]
    load.told += len(told)
    async with service.db.transaction() as tx:
        if not load.trial:
            await queries.add(tx, kept)
        await queries.note(tx, load.id, told)
        await queries.move(tx, load.id, load.so_far, service.clock.now())


async def _settle(service: Service, load: Load) -> None:
    """Nothing, or all that was good: a dry run and a refused file leave only their report."""
    now = service.clock.now()
    stopped = load.mode == ALL and load.so_far.refused > 0
    state = "trial" if load.trial else "refused" if stopped or not load.so_far.loaded else None
    if state is not None:
        async with service.db.transaction() as tx:
            await queries.drop_rows(tx, load.id)
            so_far = replace(load.so_far, loaded=0) if state == "refused" else load.so_far
            await queries.move(tx, load.id, so_far, now, state)
        return
    async with service.db.transaction() as tx:
        await queries.one_at_a_time(tx, load.wanted.kind, load.month)
        await queries.move(tx, load.id, load.so_far, now, "applying")
        parts = await _parts(tx, load)
        await _not_cut_short(tx, load, parts)
        await queries.accept(tx, load.id, load.wanted.kind, load.month, parts)
        await _tell(tx, [p["bpjs_code"] for p in parts], load.month)
    await apply(service, load.id)


async def _not_cut_short(tx: Tx, load: Load, parts: list[dict[str, Any]]) -> None:
    """Half a list would make the other half leave. Raises Unprocessable."""
    if load.wanted.kind is not ListKind.MEMBERS or load.smaller:
        return
    shrunk = await queries.shrunk(tx, load.month, {p["bpjs_code"]: p["members"] for p in parts}, SHRINKS_FROM)
    if shrunk:
        code, members, before = shrunk[0]
        more = len(shrunk) - 1
        raise Unprocessable(
            Text(
                f"{code}: {members} peserta, yang berlaku {before}" + (f", dan {more} faskes lain" if more else "")
                + "; daftar yang terpotong? Jika memang benar, kirim lagi dengan smaller=true",
                f"{code}: {members} members where {before} stand" + (f", and {more} other facilities" if more else "")
                + "; a list cut short? If it is right, send it again with smaller=true",
            )
        )  # fmt: skip


async def _parts(tx: Tx, load: Load) -> list[dict[str, Any]]:
    if load.wanted.kind is ListKind.MEMBERS:
        return await queries.counted(tx, load.id)
    return [
        queries.capitation_part(code, said, orjson.dumps(said.segments).decode())
        for code, said in summed(load.capitation).items()
    ]


async def _tell(tx: Tx, codes: list[str], month: str) -> None:
    """Followers hear what stands of each facility's month now."""
    told: list[Event] = []
    for r in await queries.standing(tx, codes, month):
        listed = r["members"] is not None
        data = CapitationAccepted(
            facility=r["facility"], bpjs_code=r["bpjs_code"], month=month,
            members=r["members"] if listed else r["paid"], active=r["active"] if listed else r["paid_active"],
            by_segment=orjson.loads(r["segments"] if listed else r["paid_segments"]),
            dm=r["dm"] if r["dm"] is not None else r["paid_dm"], ht=r["ht"] if r["ht"] is not None else r["paid_ht"],
            paid_members=r["paid"], norm=r["norm"], amount=r["amount"], version=r["version"],
        )  # fmt: skip
        subject = f"{r['facility'] or r['bpjs_code']}:{month}"
        kind = "created" if r["version"] == 1 else "changed"
        told.append(Event(CAPITATION, kind, subject, r["version"], data.model_dump(mode="json")))
    await events.append(tx, told)


async def apply(service: Service, id_: str) -> None:
    """Let a list's rows stand as statements, a batch a transaction; what BPJS said later stays."""
    after, rows = b"", 0
    while True:
        async with service.db.transaction() as tx:
            day = await queries.applying(tx, id_, service.clock.now())
            if day is None:
                return
            until, count = await applying.bound(tx, id_, after)
            if until is None:
                await applying.finish(tx, id_, service.clock.now())
                return
            moment = datetime.combine(day, time(), service.clock.zone)
            changed = await applying.apply(tx, id_, after, until, moment, day)
            rows, after = rows + count, until
            await applying.progress(tx, id_, rows, service.clock.now())
            await events.append(tx, [_event(r, day) for r in changed])
            await owing.active(service, tx, [r["person_id"] for r in changed if r["status"] == MemberStatus.ACTIVE])


def _event(row: dict[str, Any], day: Any) -> Event:
    data = MemberChanged(
        status=MemberStatus(row["status"]), payer=row["payer_code"], checked_on=day,
        registered_facility=row["registered"], dental_facility=row["dental"],
        prolanis=eligibility.prolanis(row["prolanis"]), prb=bool(row["prb"]), source=Source.LIST,
        since=row["status_since"],
    )  # fmt: skip
    kind = "created" if row["version"] == 1 else "changed"
    person = row["person_id"]
    return Event(MEMBER, kind, person, row["version"], data.model_dump(mode="json"), person)


async def left_behind(service: Service) -> None:
    """Finish lists whose process has ended: what stands is applied to its end, what was being read is given up."""
    now = service.clock.now()
    async with service.db.reading() as conn:
        found = await queries.left_behind(conn, now - timedelta(seconds=30), now - timedelta(seconds=120))
    by_state = defaultdict(list)
    for one in found:
        by_state[one["state"]].append(one["id"])
    for id_ in by_state["applying"]:
        await apply(service, id_)
    async with service.db.transaction() as tx:
        for id_ in by_state["reading"]:
            await queries.give_up(tx, id_, now, queries.CUT_OFF)
