"""Loading a file into the network: read, check each row and all together, write what differs, tell the followers."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Generic, Literal

from services.facilities.queries import loading as queries
from services.facilities.rules import csvfile
from services.facilities.rules.cells import Line, R, parse
from services.facilities.rules.csvfile import Refused, Sheet
from services.kernel import events
from services.kernel.db import Connection, Tx
from services.kernel.events import Event
from services.kernel.problems import Fault, Text, Unprocessable
from services.kernel.service import Service

Mode = Literal["all", "rest"]
Read = tuple[frozenset[str], list[Line[R]], list[Refused]]
Checked = tuple[list[Line[R]], list[Refused]]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load did: rows new or changed, rows that already stood so, rows refused, rows loaded with a warning."""

    loaded: int
    unchanged: int
    refused: list[Refused]
    warned: list[Refused] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """The wire form; reasons in both languages."""
        answer = {"loaded": self.loaded, "unchanged": self.unchanged, "refused": _told(self.refused)}
        return {**answer, "warned": _told(self.warned)} if self.warned else answer


def _told(rows: list[Refused]) -> list[dict[str, Any]]:
    return [{"line": r.line, "column": r.column, "reason": {"id": r.reason.id, "en": r.reason.en}} for r in rows]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a load was asked: the columns that are given (others stay as they are), by which account, on which day, and
    what for, as the history names it (`proposal/…`, `reconciliation/…`; None: it was loaded)."""

    columns: frozenset[str]
    by: str
    today: date
    because: str | None = None


@dataclass(frozen=True, slots=True)
class Written(Generic[R]):
    """What writing did: a row per line that changed something, the rows the followers hear of, lines that fell."""

    changed: list[dict[str, Any]]
    told: list[dict[str, Any]]
    refused: list[Refused] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class File(Generic[R]):
    """One kind of file: its table (also its event type), its rows, its check, its events' data.

    `check` gives the lines that may be loaded and why the others may not, with the load's lock held. `derived` are
    columns that follow from others of the row and change with them. `write` is for what one upsert cannot say; a file
    that writes more than its table says what a row's `key` is and how the row stands now (`current`). `says` is for an
    event that tells less than its columns hold, or something that follows from them.
    """

    table: str
    model: type[R]
    required: tuple[str, ...]
    check: Callable[[Tx, list[Line[R]]], Awaitable[Checked[R]]]
    data: tuple[str, ...]
    derived: frozenset[str] = frozenset()
    write: "Callable[[Tx, list[Line[R]], Asked], Awaitable[Written[R]]] | None" = None
    key: tuple[str, ...] = ()
    current: Callable[[Connection, str], Awaitable[dict[str, Any] | None]] | None = None
    says: Callable[[dict[str, Any]], dict[str, Any]] | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns the file may have."""
        return tuple(self.model.model_fields)


async def load(service: Service, file: File[R], body: bytes, mode: Mode, by: str) -> Loaded:
    """Load one file in one transaction, for the account `by`. Raises Invalid (unreadable) or, all or nothing,
    Unprocessable."""
    read: Read[R] = await asyncio.to_thread(_read, file, body)
    columns, lines, refused = read
    async with service.db.transaction() as tx:
        changed, clashing, warned = await _apply(tx, file, lines, Asked(columns, by, service.clock.today()))
        fallen = sorted([*refused, *clashing], key=lambda r: r.line)
        if fallen and mode == "all":
            raise _nothing(fallen)
    return Loaded(len(changed), len(lines) - len({r.line for r in clashing}) - len(changed), fallen, warned)


async def load_one(service: Service, file: File[R], fields: Mapping[str, object], by: str) -> None:
    """Load one row given as JSON, by the rules of a file's row: what is not named stays, null empties. Raises
    Unprocessable with the fields at fault."""
    async with service.db.transaction() as tx:
        await apply_one(tx, file, fields, by, service.clock.today())


async def apply_one(tx: Tx, file: File[R], fields: Mapping[str, object], by: str, today: date) -> list[dict[str, Any]]:
    """`load_one` inside a transaction; the row, when it changed. Raises Unprocessable."""
    texts = {name: _cell(value) for name, value in fields.items()}
    strange = [Refused(1, c, _STRANGE) for c in texts if c not in file.columns]
    required = {c for c in file.required if file.model.model_fields[c].is_required()}
    missing = [Refused(1, c, _MISSING) for c in file.required if c in required and not texts.get(c)]
    known = {c: "" for c in file.required if c not in required}
    known |= {c: v for c, v in texts.items() if c in file.columns}
    lines, refused = parse(Sheet(frozenset(known), [(1, known)], []), file.model)
    faults = [*strange, *missing, *(r for r in refused if r.column not in {m.column for m in missing})]
    changed: list[dict[str, Any]] = []
    if not faults:
        changed, faults = await apply(tx, file, lines, Asked(frozenset(known), by, today))
    if faults:
        pointed = [Fault(f"/{r.column or ''}", r.reason) for r in faults]
        raise Unprocessable(Text("Perbaiki isian berikut", "Mend the following fields"), pointed)
    return changed


_STRANGE = Text("tidak dikenal; hapus atau perbaiki namanya", "is not known; remove it or mend its name")
_MISSING = Text("wajib diisi", "is required")


def _cell(value: object) -> str:
    """A JSON value as a file's cell."""
    if value is None:
        return ""
    return ("ya" if value else "tidak") if isinstance(value, bool) else str(value).strip()


async def apply(
    tx: Tx, file: File[R], lines: list[Line[R]], asked: Asked
) -> tuple[list[dict[str, Any]], list[Refused]]:
    """Check rows that are right by themselves against one another and what is registered; write and announce those
    that may be loaded. The rows that changed, and why others may not be loaded."""
    changed, refused, _ = await _apply(tx, file, lines, asked)
    return changed, refused


async def _apply(
    tx: Tx, file: File[R], lines: list[Line[R]], asked: Asked
) -> tuple[list[dict[str, Any]], list[Refused], list[Refused]]:
    """`apply`, and what is told of rows that were loaded all the same."""
    await queries.lock(tx)
    kept, clashing = await file.check(tx, lines)
    written = await (file.write or _plain(file))(tx, kept, asked)
    await announce(tx, file, written.told)
    said = [*clashing, *written.refused]
    return written.changed, [r for r in said if not r.warning], [r for r in said if r.warning]


async def trial(tx: Tx, file: File[R], line: Line[R], asked: Asked) -> list[Refused]:
    """Why a row could not be loaded now; nothing is."""
    savepoint = tx.transaction()
    await savepoint.start()
    try:
        return (await apply(tx, file, [line], asked))[1]
    finally:
        await savepoint.rollback()


async def announce(tx: Tx, file: File[Any], rows: list[dict[str, Any]]) -> None:
    """Tell the followers of rows as they now are; last in the transaction."""
    await events.append(tx, [_event(file, row) for row in rows])


async def take_back(tx: Tx, file: File[R], key: str, asked: Asked) -> None:
    """Remove a row to which nothing refers, and say so; followers hear of it as out of use.

    Raises asyncpg's ForeignKeyViolationError when something refers to it.
    """
    await queries.lock(tx)
    row = await queries.remove(tx, file.table, key, asked.by, asked.because)
    data = _event(file, row).data | {"active": False}
    await events.append(tx, [Event(file.table, "deleted", key, row["version"], data)])


def _plain(file: File[R]) -> Callable[[Tx, list[Line[R]], Asked], Awaitable[Written[R]]]:
    async def write(tx: Tx, lines: list[Line[R]], asked: Asked) -> Written[R]:
        rows = [line.row for line in lines]
        changed = await queries.upsert(tx, file.table, rows, asked.columns | file.derived, asked.by, asked.because)
        return Written(changed, changed)

    return write


def _read(file: File[R], body: bytes) -> Read[R]:
    sheet = csvfile.read(body, file.columns, file.required)
    lines, refused = parse(sheet, file.model)
    return sheet.columns, lines, refused


def _nothing(refused: list[Refused]) -> Unprocessable:
    rows = len({r.line for r in refused})
    text = Text(
        f"{rows} baris ditolak, tidak ada yang dimuat. Perbaiki, atau muat sisanya dengan ?mode=rest",
        f"{rows} rows refused, nothing was loaded. Mend them, or load the rest with ?mode=rest",
    )
    return Unprocessable(text, extra=Loaded(0, 0, refused).as_dict())


def _event(file: File[Any], row: dict[str, Any]) -> Event:
    data = file.says(row) if file.says else {column: row[column] for column in file.data}
    kind: Literal["created", "changed"] = "created" if row["version"] == 1 else "changed"
    return Event(file.table, kind, queries.subject(file.table, row), row["version"], data)
