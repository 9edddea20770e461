"""Care standards loaded into the running service: checked, kept in every version, counted in the background.

An edition is the standards as they stood after one change. What is shown belongs to one edition, what is being built
to another; every process finds the one it needs by the number in the state, read under the state's lock by whoever
changes numbers. So no number is ever half of one and half of another.
"""

import logging
import re
from datetime import date
from typing import Any

import asyncpg

from services.indicators.compiler.schema import Standard
from services.indicators.contract import StandardLoaded, StandardVersion
from services.indicators.queries import standards as queries
from services.indicators.queries import standings as sql
from services.indicators.reading.faults import BadFile, FileFault
from services.indicators.room import BASE, ROOM, Room, room
from services.indicators.usecases.building import begin_rebuild
from services.indicators.usecases.numbers import building, standard_shown
from services.kernel.auth import Actor
from services.kernel.db import Connection, Tx
from services.kernel.problems import Conflict, Fault, NotFound, Text, Unprocessable
from services.kernel.service import Service

log = logging.getLogger(__name__)


async def edition(service: Service, conn: Connection, number: int) -> Room:
    """The standards of an edition. What this version of the program can no longer read is left as it was shipped."""
    here = room(service) if ROOM in service.room else None
    if here is not None and here.edition == number:
        return here
    base: Room = service.room[BASE]
    texts = await queries.texts(conn, number)
    try:
        return base.with_texts(number, texts)
    except BadFile as bad:
        for fault in bad.faults:
            log.error("standard not usable", extra={"file": fault.file, "line": fault.line, "field": fault.field})
        unusable = {f.file.removesuffix(".toml") for f in bad.faults}
        return base.with_texts(number, {k: t for k, t in texts.items() if k not in unusable})


async def current(service: Service, conn: Connection, state: sql.State) -> Room:
    """The standards by which what is shown is counted, for this process to go by from now on."""
    if room(service).edition != state.edition:
        service.room[ROOM] = await edition(service, conn, state.edition)
    return room(service)


async def shown(service: Service, tx: Tx) -> Room:
    """The same, and so it stays until this transaction ends."""
    return await current(service, tx, await sql.hold(tx))


async def load(service: Service, actor: Actor, key: str, text: str) -> StandardLoaded:
    """Load a standard; it is counted in the background. Raises Unprocessable with line and field of every fault."""
    async with service.db.transaction() as tx:
        state = await sql.hold(tx)
        before = await queries.newest(tx)
        known = await queries.texts(tx, before)
        try:
            fresh = service.room[BASE].with_texts(before + 1, known | {key: text})
        except BadFile as bad:
            raise _unprocessable(bad, key) from None
        loaded = next(s for s in fresh.standards if s.key == key)
        await _runs(tx, fresh, key, service.clock.today())
        number = before if known.get(key) == text else await queries.put(tx, key, text, actor.subject)
        state = await _show_or_build(service, tx, fresh, number, state)
    return await _loaded(service, loaded, number, state)


async def withdraw(service: Service, actor: Actor, key: str) -> StandardLoaded:
    """A standard is no longer counted; what was loaded stays readable. Raises NotFound, Conflict: others rest on it."""
    async with service.db.transaction() as tx:
        state = await sql.hold(tx)
        before = await queries.newest(tx)
        known = await queries.texts(tx, before)
        last = (await edition(service, tx, before)).standards
        gone = next((s for s in last if s.key == key), None)
        if gone is None:
            raise _unknown()
        try:
            fresh = service.room[BASE].with_texts(before + 1, known | {key: None})
        except BadFile as bad:
            others = ", ".join(sorted({f.file.removesuffix(".toml") for f in bad.faults}))
            raise Conflict(
                Text(f"Masih dipakai oleh {others}; ubah itu dahulu", f"Still used by {others}; change these first")
            ) from None
        number = await queries.put(tx, key, None, actor.subject)
        state = await _show_or_build(service, tx, fresh, number, state)
    return await _loaded(service, gone, number, state)


async def _show_or_build(service: Service, tx: Tx, fresh: Room, number: int, state: sql.State) -> sql.State:
    """Where nothing is counted otherwise it is shown at once, else built beside."""
    if state.building is None and fresh.fingerprint == state.fingerprint:
        await sql.change_state(tx, edition=number)
    elif number != (state.edition if state.building is None else state.building_edition):
        await begin_rebuild(tx, service.clock.today())
    return await sql.state(tx)


async def _loaded(service: Service, standard: Standard, number: int, state: sql.State) -> StandardLoaded:
    async with service.db.reading() as conn:
        await current(service, conn, state)
    return StandardLoaded(standard=standard_shown(standard), version=number, computation=building(state))


async def _runs(tx: Tx, fresh: Room, key: str, today: date) -> None:
    """The database understands what was made of it, and can compute it of some, before anybody relies on it."""
    kept = next((k for k in fresh.kept if k.standard.key == key), None)
    if kept is None:
        return
    try:
        async with tx.transaction():
            periods = kept.periods(today)
            await tx.execute(sql.HASHED)
            some = await queries.some_persons(tx)
            await tx.fetch(f"{kept.some} SELECT count(*) FROM calc", list(periods), list(periods.values()), some)
    except asyncpg.PostgresError:
        words = Text("Standar ini tidak dapat dihitung", "This standard cannot be computed")
        raise Unprocessable(words, [Fault("/", words)]) from None


def _unprocessable(bad: BadFile, key: str) -> Unprocessable:
    """Every fault with its line; of other standards when they no longer fit."""
    return Unprocessable(
        Text("Perbaiki berkas standar ini", "Mend this standard's file"), [_fault(f, key) for f in bad.faults]
    )


def _fault(found: FileFault, key: str) -> Fault:
    field = re.sub(r"[.]", "/", found.field) if found.field != "-" else ""
    where = "" if found.file == f"{key}.toml" else f"{found.file} "
    words = Text(f"{where}baris {found.line}: {found.text.id}", f"{where}line {found.line}: {found.text.en}")
    return Fault(f"/{field}", words)


def _unknown() -> NotFound:
    return NotFound(Text("Standar tidak dikenal; lihat GET /v1/standards", "Unknown standard; see GET /v1/standards"))


async def text_of(service: Service, key: str, version: int | None) -> str:
    """The text of a standard, as it was loaded or shipped (version 0). Raises NotFound."""
    base: Room = service.room[BASE]
    async with service.db.reading() as conn:
        rows: dict[int, str | None] = {r["edition"]: r["text"] for r in await queries.versions(conn, key)}
    found = rows.get(version) if version else None
    if version is None:
        found = next((t for t in rows.values() if t is not None), None)
    if found is None and not version:
        found = base.texts.get(f"{key}.toml")
    if found is None:
        raise _unknown()
    return found


async def versions(service: Service, key: str) -> list[StandardVersion]:
    """Every version of a standard, the newest first; 0 is what the program came with. Raises NotFound."""
    async with service.db.reading() as conn:
        rows, state = await queries.versions(conn, key), await sql.state(conn)
    shown = max((r["edition"] for r in rows if r["edition"] <= state.edition), default=0)
    found = [_version(r, shown) for r in rows]
    if f"{key}.toml" in service.room[BASE].texts:
        found.append(StandardVersion(version=0, withdrawn=False, shown=shown == 0))
    if not found:
        raise _unknown()
    return found


def _version(r: dict[str, Any], shown: int) -> StandardVersion:
    return StandardVersion(
        version=r["edition"], withdrawn=r["text"] is None, shown=r["edition"] == shown, loaded_at=r["loaded_at"],
        loaded_by=r["loaded_by"],
    )  # fmt: skip
