"""Loading the network from CSV: read, check each row and all together, write what differs, tell the followers."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, Literal

from services.facilities import contract
from services.facilities.queries import loading as queries
from services.facilities.rules import csvfile, network
from services.facilities.rules.csvfile import Refused
from services.facilities.rules.network import Span
from services.facilities.rules.rows import AreaRow, CatchmentRow, FacilityRow, Line, PractitionerRow, R, parse
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
    """One of the files: its table (also its event type), its columns, its check, its events' data."""

    table: str
    model: type[R]
    required: tuple[str, ...]
    check: Callable[[Tx, list[Line[R]]], Awaitable[Checked[R]]]
    data: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns the file may have."""
        return tuple(self.model.model_fields)


async def _check_areas(tx: Tx, lines: list[Line[AreaRow]]) -> Checked[AreaRow]:
    known = await queries.area_codes(tx, [line.row.parent for line in lines if line.row.parent])
    return network.areas(lines, known)


async def _check_facilities(tx: Tx, lines: list[Line[FacilityRow]]) -> Checked[FacilityRow]:
    rows = [line.row for line in lines]
    villages = await queries.area_codes(tx, list({r.village for r in rows}))
    registered = await queries.identifiers(
        tx, [r.code for r in rows], [r.satusehat_id for r in rows if r.satusehat_id],
        [r.bpjs_code for r in rows if r.bpjs_code],
    )  # fmt: skip
    return network.facilities(lines, villages, registered)


async def _check_catchments(tx: Tx, lines: list[Line[CatchmentRow]]) -> Checked[CatchmentRow]:
    asked = list({line.row.village for line in lines})
    villages = await queries.area_codes(tx, asked)
    kinds = await queries.kinds(tx, list({line.row.facility for line in lines}))
    registered: dict[str, dict[date, Span]] = {}
    for c in await queries.catchments(tx, asked):
        span = Span(c["valid_from"], c["valid_until"] or date.max, c["facility"])
        registered.setdefault(c["village"], {})[c["valid_from"]] = span
    return network.catchments(lines, villages, kinds, registered)


async def _check_practitioners(tx: Tx, lines: list[Line[PractitionerRow]]) -> Checked[PractitionerRow]:
    kinds = await queries.kinds(tx, list({line.row.facility for line in lines}))
    registered = await queries.niks(tx, list({line.row.id for line in lines}))
    return network.practitioners(lines, kinds.keys(), registered)


AREAS = File(
    contract.AREA, AreaRow, ("code", "name", "level", "parent"), _check_areas, ("code", "name", "level", "parent")
)
FACILITIES = File(
    contract.FACILITY, FacilityRow, ("code", "name", "kind", "ownership", "village"), _check_facilities,
    (
        "code", "name", "kind", "ownership", "satusehat_id", "bpjs_code", "organization_type", "village", "active",
        "latitude", "longitude", "phone",
    ),
)  # fmt: skip
CATCHMENTS = File(
    contract.CATCHMENT, CatchmentRow, ("village", "facility", "valid_from", "valid_until"), _check_catchments,
    ("village", "facility", "valid_from", "valid_until"),
)  # fmt: skip
PRACTITIONERS = File(
    contract.PRACTITIONER, PractitionerRow, ("id", "facility", "name", "profession"), _check_practitioners,
    ("id", "facility", "profession", "valid_from", "valid_until"),
)  # fmt: skip


async def load(service: Service, file: File[R], body: bytes, mode: Mode) -> Loaded:
    """Load one file in one transaction. Raises Invalid (unreadable) or, all or nothing, Unprocessable."""
    read: Read[R] = await asyncio.to_thread(_read, file, body)
    columns, lines, refused = read
    async with service.db.transaction() as tx:
        await queries.lock(tx)
        kept, clashing = await file.check(tx, lines)
        fallen = sorted([*refused, *clashing], key=lambda r: r.line)
        if fallen and mode == "all":
            raise _nothing(fallen)
        changed = await queries.upsert(tx, file.table, [line.row for line in kept], columns)
        await events.append(tx, [_event(file, row) for row in changed])
    return Loaded(len(changed), len(kept) - len(changed), fallen)


def _read(file: File[R], body: bytes) -> Read[R]:
    sheet = csvfile.read(body, file.columns, file.required)
    lines, refused = parse(sheet, file.model)
    derived = {"organization_type"} if file.table == contract.FACILITY else set()
    return sheet.columns | derived, lines, refused


def _nothing(refused: list[Refused]) -> Unprocessable:
    rows = len({r.line for r in refused})
    text = Text(
        f"{rows} baris ditolak, tidak ada yang dimuat. Perbaiki, atau muat sisanya dengan ?mode=rest",
        f"{rows} rows refused, nothing was loaded. Mend them, or load the rest with ?mode=rest",
    )
    return Unprocessable(text, extra=Loaded(0, 0, refused).as_dict())


def _event(file: File[Any], row: dict[str, Any]) -> Event:
    subject = "/".join(str(row[key]) for key in queries.KEYS[file.table])
    data = {column: row[column] for column in file.data}
    return Event(file.table, "created" if row["version"] == 1 else "changed", subject, row["version"], data)
