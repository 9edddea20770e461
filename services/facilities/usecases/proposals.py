"""Change requests: made by the facility they speak of, checked as a load is, decided by the health office."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.facilities.contract import Kind
from services.facilities.contract.proposals import (
    PROPOSAL,
    Difference,
    ProposalDetail,
    ProposalState,
    ProposalStepTaken,
    ProposalVerb,
    Value,
)
from services.facilities.queries import facilities, links, loading, practitioners
from services.facilities.queries import proposals as queries
from services.facilities.queries.listing import Chosen
from services.facilities.rules import differing, roles
from services.facilities.rules import proposals as rules
from services.facilities.rules.cells import Line, parse
from services.facilities.rules.csvfile import Refused, Sheet
from services.facilities.usecases import registry
from services.facilities.usecases.loading import Asked, File, apply, trial
from services.facilities.usecases.practitioners import PRACTITIONERS
from services.kernel import events
from services.kernel.auth import Actor, Role
from services.kernel.db import Connection, Tx
from services.kernel.events import Event
from services.kernel.ids import new_id
from services.kernel.problems import Conflict, Fault, NotFound, Text, Unprocessable
from services.kernel.problems import Refused as Forbidden
from services.kernel.service import Service

Stored = dict[str, Any]
_MEND = Text("Perbaiki isian berikut", "Mend the following fields")
_PROPOSERS = frozenset(verb for (_, verb), move in rules.MOVES.items() if move.side == "proposer")
_NOT_FOUND = Text("Usulan tidak ditemukan", "No such proposal")


@dataclass(frozen=True, slots=True)
class Wished:
    """What is asked: the kind of row, its key (None: a new row), its cells."""

    of: str
    key: str | None
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Read:
    """A wish as the loader would take it, beside the row that stands."""

    file: File[Any]
    line: Line[Any]
    current: Stored | None
    facility: str

    @property
    def version(self) -> int | None:
        """The version of the row that stands."""
        return self.current["version"] if self.current else None


def _at(pointer: str, id_: str, en: str) -> Unprocessable:
    return Unprocessable(_MEND, [Fault(pointer, Text(id_, en))])


async def propose(
    service: Service, actor: Actor, wished: Wished, note: str | None, key: str | None
) -> tuple[str, bool]:
    """Store a proposal; its id, and whether it is new (the same key of the same facility is the same proposal).

    Raises Unprocessable with the fields at fault, Refused for another facility's data, Conflict for a key used twice.
    """
    assert actor.facility is not None  # noqa: S101 - the roles that propose belong to a facility
    id_ = str(uuid.uuid5(uuid.NAMESPACE_URL, f"proposal/{actor.facility}/{key}")) if key else new_id()
    cells = {field: differing.text(value).strip() for field, value in wished.values.items()}
    async with service.db.transaction() as tx:
        known = await queries.one(tx, id_)
        if known is not None:
            if (known["of"], known["key"], known["cells"]) != (wished.of, wished.key, cells):
                raise Conflict(Text("Idempotency-Key ini milik usulan lain", "The key belongs to another proposal"))
            return id_, False
        read = await _read(tx, wished.of, wished.key, cells)
        await _may_speak_for(service, tx, actor, read)
        await _checked(tx, read, cells, _asked(service, read, cells, actor, id_))
        row = {
            "id": id_, "of": wished.of, "key": wished.key, "facility": read.facility, "proposer": actor.facility,
            "cells": cells, "row_version": read.version, "state": ProposalState.PROPOSED, "version": 1,
            "made_by": actor.subject,
        }  # fmt: skip
        if not await queries.add(tx, row):
            return id_, False
        await _write_down(tx, actor, row, ProposalVerb.PROPOSE, note)
    return id_, True


async def _read(conn: Connection, of: str, key: str | None, cells: Mapping[str, str]) -> Read:
    """The wish laid over the row that stands. Raises Unprocessable."""
    file = registry.file_of(of)
    key_columns = registry.key(file)
    strange = [c for c in cells if c not in file.columns or (key is not None and c in key_columns)]
    if strange:
        able = ", ".join(c for c in file.columns if key is None or c not in key_columns)
        text = Text(f"tidak dapat diusulkan; yang dapat: {able}", f"cannot be proposed; those that can: {able}")
        raise Unprocessable(_MEND, [Fault(f"/values/{c}", text) for c in strange])
    current = None if key is None else await registry.current(conn, file, key)
    if key is not None and current is None:
        raise _at("/key", "baris ini belum terdaftar", "this row is not registered")
    whole = {**(differing.cells(file.model, current) if current else {}), **cells}
    missing = [c for c in file.required if not whole.get(c)]
    if missing:
        wanted = Text("wajib diisi", "is required")
        raise Unprocessable(_MEND, [Fault(f"/values/{c}", wanted) for c in missing])
    lines, refused = parse(Sheet(frozenset(whole), [(1, whole)], []), file.model)
    if refused:
        raise _faults(refused)
    owner = getattr(lines[0].row, registry.owner(file))
    return Read(file, lines[0], current, owner)


def _faults(refused: list[Refused]) -> Unprocessable:
    return Unprocessable(_MEND, [Fault(f"/values/{r.column or ''}", r.reason) for r in refused])


async def _checked(tx: Tx, read: Read, cells: Mapping[str, str], asked: Asked) -> None:
    """What would be refused at the approval is refused now, and so is a wish for what stands already."""
    if read.file is PRACTITIONERS and cells.get("nik"):
        who = read.line.row.id
        if (await practitioners.niks(tx, [who])).get(who):  # right or wrong: nobody finds it out by trying
            raise _at("/values/nik", "NIK orang ini sudah tercatat; kosongkan", "is registered already; leave it out")
    refused = await trial(tx, read.file, read.line, asked)
    if refused:
        raise _faults(refused)
    if read.current is None and await registry.current(tx, read.file, _key(read)) is not None:
        raise _at("/key", "baris ini sudah ada; sebut `key`-nya", "this row exists already; name it by `key`")
    if not differing.differences(read.current, read.line.row, cells):
        raise _at("/values", "tidak ada yang berbeda dari data sekarang", "nothing differs from the row as it stands")


def _asked(service: Service, read: Read, cells: Mapping[str, str], actor: Actor, id_: str) -> Asked:
    columns = frozenset(cells) | frozenset(registry.key(read.file))
    return Asked(columns, actor.subject, service.clock.today(), f"{PROPOSAL}/{id_}")


def _key(read: Read) -> str:
    return "/".join(str(getattr(read.line.row, c)) for c in registry.key(read.file))


async def _may_speak_for(service: Service, conn: Connection, actor: Actor, read: Read) -> None:
    """A facility speaks for itself, a puskesmas also for the pustu and posyandu that hang on it, and for those of its
    catchment that hang on none yet. Raises Refused."""
    today, mine = service.clock.today(), str(actor.facility)
    standing = await facilities.kinds(conn, [mine, read.facility])
    if read.facility == mine and mine in standing:
        return
    if standing.get(mine) == Kind.PUSKESMAS:
        above = {r["code"] for r in await links.up(conn, read.facility, today)}
        post = await facilities.resolve(conn, read.facility) if read.facility in standing else None
        post = post or read.line.row.model_dump()  # a new one is what it is proposed to be
        below = post.get("kind") in roles.BELOW_PUSKESMAS
        if below and (mine in above or (not above and await queries.answers_for(conn, mine, post["village"], today))):
            return
    raise Forbidden(
        Text(
            "Usulan hanya untuk faskes sendiri, atau pustu dan posyandu di wilayah kerja puskesmas Anda",
            "Proposals are for your own facility, or for pustu and posyandu in your puskesmas' catchment",
        )
    )


async def _write_down(tx: Tx, actor: Actor, row: Stored, verb: ProposalVerb, reason: str | None) -> None:
    await queries.step(tx, row["id"], row["version"], verb, row["state"], actor.subject, actor.role, reason)
    data = {
        "of": row["of"], "facility": row["facility"], "proposer": row["proposer"], "state": row["state"],
        "fields": sorted(row["cells"]), "applied_version": row.get("applied_version"),
    }  # fmt: skip
    kind = "created" if verb is ProposalVerb.PROPOSE else "changed"
    await events.append(tx, [Event(PROPOSAL, kind, row["id"], row["version"], data)])


# --- deciding ---------------------------------------------------------------------------------------------


async def approve(service: Service, actor: Actor, id_: str, seen: int | None, reason: str | None) -> None:
    """Apply a proposal by the loader's rules, in one transaction with its decision. `seen`: the row's version that the
    approver looked at; without it the one the proposal was made on.

    Raises Conflict when it is not proposed any more or the row has changed meanwhile, Unprocessable when the rules no
    longer allow it.
    """
    async with service.db.transaction() as tx:
        await loading.lock(tx)
        row = await _held(tx, id_, ProposalVerb.APPROVE)
        read = await _read(tx, row["of"], row["key"], row["cells"])
        if row["key"] is None:  # somebody else may have made the same row meanwhile
            read = Read(read.file, read.line, await registry.current(tx, read.file, _key(read)), read.facility)
        if read.version != (row["row_version"] if seen is None else seen):
            raise _changed(read, row)
        asked = _asked(service, read, row["cells"], actor, id_)
        changed, refused = await apply(tx, read.file, [read.line], asked)
        if refused:
            raise _faults(refused)
        applied = changed[0]["version"] if changed else read.version
        await _moved(tx, actor, row, ProposalVerb.APPROVE, reason, applied=applied)


async def move(service: Service, actor: Actor, id_: str, verb: ProposalVerb, reason: str | None) -> None:
    """Reject, return or withdraw. Raises NotFound, Conflict."""
    async with service.db.transaction() as tx:
        row = await _held(tx, id_, verb, actor)
        await _moved(tx, actor, row, verb, reason)


async def resubmit(
    service: Service, actor: Actor, id_: str, values: Mapping[str, Value] | None, reason: str | None
) -> None:
    """Ask again after a return, with other values or the same, of the row as it stands now."""
    async with service.db.transaction() as tx:
        await loading.lock(tx)  # before the row, as whoever approves takes them
        row = await _held(tx, id_, ProposalVerb.RESUBMIT, actor)
        cells = row["cells"]
        if values is not None:
            cells = {field: differing.text(value).strip() for field, value in values.items()}
        read = await _read(tx, row["of"], row["key"], cells)
        await _may_speak_for(service, tx, actor, read)
        await _checked(tx, read, cells, _asked(service, read, cells, actor, id_))
        await _moved(tx, actor, row | {"cells": cells}, ProposalVerb.RESUBMIT, reason, read=read)


async def _held(tx: Tx, id_: str, verb: ProposalVerb, proposer: Actor | None = None) -> Stored:
    """The proposal, ours until the transaction ends, when the step is legal. Raises NotFound, Conflict."""
    row = await queries.held(tx, id_)
    if row is None or (proposer is not None and not _within(proposer, row)):
        raise NotFound(_NOT_FOUND)
    state = ProposalState(row["state"])
    if verb in _PROPOSERS and proposer is not None and proposer.facility != row["proposer"]:
        raise Forbidden(Text("Hanya oleh faskes pengusulnya", "Only by the facility that proposed it"))
    if rules.step(state, verb) is None:
        last = (await queries.steps(tx, id_))[-1]
        extra = {
            "state": state, "legal": rules.legal(state),
            "last": {"verb": last["verb"], "at": last["at"].isoformat(), "by": last["by"], "reason": last["reason"]},
        }  # fmt: skip
        raise Conflict(rules.not_now(state, verb), extra=extra)
    return row


def _changed(read: Read, row: Stored) -> Conflict:
    diff = differing.differences(read.current, read.line.row, row["cells"])
    text = Text(
        "Data ini berubah sejak diusulkan atau dilihat; periksa bedanya lagi, lalu setujui dengan `row_version` ini",
        "The row has changed since it was proposed or seen; look at the difference and approve with this `row_version`",
    )
    return Conflict(text, extra={"row_version": read.version, "diff": [d.model_dump() for d in diff]})


async def _moved(
    tx: Tx, actor: Actor, row: Stored, verb: ProposalVerb, reason: str | None,
    read: Read | None = None, applied: int | None = None,
) -> None:  # fmt: skip
    to = rules.MOVES[ProposalState(row["state"]), verb].to
    cells = row["cells"] if read else None
    await queries.move(tx, row["id"], to, cells, read.version if read else None, applied)
    after = row | {"state": to, "version": row["version"] + 1, "applied_version": applied}
    await _write_down(tx, actor, after, verb, reason)


# --- reading ----------------------------------------------------------------------------------------------


def _within(actor: Actor, row: Stored) -> bool:
    """Whether a facility has to do with a proposal; who belongs to no facility sees all."""
    return actor.facility is None or actor.facility in (row["proposer"], row["facility"])


def _shown(row: Stored) -> dict[str, Any]:
    state = ProposalState(row["state"])
    return {**row, "fields": sorted(row["cells"]), "legal": rules.legal(state)}


def wanted(actor: Actor, states: list[ProposalState] | None, of: str | None, facility: str | None) -> Chosen:
    """The proposals an actor may list: a facility's own and those about it; the office and auditors see all."""
    own = None if actor.role in (Role.DINKES_ADMIN, Role.AUDITOR) else actor.facility
    return queries.chosen(own, [str(s) for s in states] if states else None, of, facility)


async def one(service: Service, actor: Actor, id_: str) -> ProposalDetail:
    """A proposal, what it would change of the row as it stands, and its steps. Raises NotFound."""
    async with service.db.reading() as conn:
        row = await queries.one(conn, id_)
        if row is None or not _within(actor, row):
            raise NotFound(_NOT_FOUND)
        taken = [ProposalStepTaken.model_validate(s) for s in await queries.steps(conn, id_)]
        current, diff = await _difference(conn, row)
    detail = {**_shown(row), "current_version": current["version"] if current else None, "diff": diff, "steps": taken}
    return ProposalDetail.model_validate(detail)


async def _difference(conn: Connection, row: Stored) -> tuple[Stored | None, list[Difference]]:
    """The row that stands and what the proposal would change of it; what is decided changes nothing any more."""
    file = registry.file_of(row["of"])
    current = await registry.current(conn, file, row["key"]) if row["key"] else None
    if ProposalState(row["state"]) in rules.ENDS:
        return current, []
    whole = {**(differing.cells(file.model, current) if current else {}), **row["cells"]}
    lines, _ = parse(Sheet(frozenset(whole), [(1, whole)], []), file.model)
    return current, differing.differences(current, lines[0].row, row["cells"]) if lines else []
