"""Loading a file into the network: read, check each row and all together, write what differs, tell the followers."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, Literal

from services.facilities.queries import loading as queries
from services.facilities.rules import csvfile
from services.facilities.rules.cells import Line, R, parse
from services.facilities.rules.csvfile import Refused
from services.kernel import events
from services.kernel.db import Tx
from services.kernel.events import Event
from services.kernel.problems import Text, Unprocessable
from services.kernel.service import Service

Mode = Literal["all", "rest"]
Read = tuple[frozenset[str], list[Line[R]], list[Refused]]
Checked = tuple[list[Line[R]], list[Refused]]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load did: rows new or changed, rows that already stood so, rows refused."""

    loaded: int
    unchanged: int
    refused: list[Refused]

    def as_dict(self) -> dict[str, Any]:
        """The wire form; reasons in both languages."""
        refused = [
            {"line": r.line, "column": r.column, "reason": {"id": r.reason.id, "en": r.reason.en}} for r in self.refused
        ]
        return {"loaded": self.loaded, "unchanged": self.unchanged, "refused": refused}


@dataclass(frozen=True, slots=True)
class File(Generic[R]):
    """One kind of file: its table (also its event type), its rows, its check, its events' data.

    `check` gives the lines that may be loaded and why the others may not, with the load's lock held. `derived` are
    columns that follow from others of the row and change with them.
    """

    table: str
    model: type[R]
    required: tuple[str, ...]
    check: Callable[[Tx, list[Line[R]]], Awaitable[Checked[R]]]
    data: tuple[str, ...]
    derived: frozenset[str] = frozenset()

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
        changed, clashing = await apply(tx, file, lines, columns, by)
        fallen = sorted([*refused, *clashing], key=lambda r: r.line)
        if fallen and mode == "all":
            raise _nothing(fallen)
    return Loaded(len(changed), len(lines) - len(clashing) - len(changed), fallen)


async def apply(
    tx: Tx, file: File[R], lines: list[Line[R]], columns: frozenset[str], by: str
) -> tuple[list[dict[str, Any]], list[Refused]]:
    """Check rows that are right by themselves against one another and what is registered; write and announce those
    that may be loaded. The rows that changed, and why others may not be loaded.

    `columns`: those that were given; others stay as they are.
    """
    await queries.lock(tx)
    kept, clashing = await file.check(tx, lines)
    changed = await queries.upsert(tx, file.table, [line.row for line in kept], columns | file.derived, by)
    await events.append(tx, [_event(file, row) for row in changed])
    return changed, clashing


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
    data = {column: row[column] for column in file.data}
    kind: Literal["created", "changed"] = "created" if row["version"] == 1 else "changed"
    return Event(file.table, kind, queries.subject(file.table, row), row["version"], data)
