"""Official targets (sasaran resmi): loaded from JSON, CSV or XLSX, checked row by row, all or the rest; and shown."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Literal

from services.indicators.contract import (
    RefusedRow,
    TargetRow,
    TargetShown,
    TargetsLoaded,
    TargetsShown,
    TargetTotal,
    TargetVersion,
    Words,
)
from services.indicators.contract.targets import TOTAL
from services.indicators.queries import numbers as places_sql
from services.indicators.queries import targets as queries
from services.indicators.room import Room, room
from services.indicators.rules import policies
from services.indicators.rules import targets as rules
from services.indicators.rules.cells import DISTRICT, Place, official
from services.indicators.rules.targets import Group, Known, Line
from services.kernel import rows as files
from services.kernel.db import Connection
from services.kernel.problems import Text, Unprocessable
from services.kernel.rows import Refused
from services.kernel.service import Service

Mode = Literal["all", "rest"]
COLUMNS = tuple(TargetRow.model_fields)
REQUIRED = ("service", "year", "value", "source")
FACILITIES = "facilities"
CATCHING_UP = 10.0
"""Seconds a load may wait for the registry's feed before it calls a place unknown."""
HEADINGS = {
    "layanan": "service", "tahun": "year", "kode_desa": "village", "desa": "village", "kode_puskesmas": "puskesmas",
    "sasaran": "value", "nilai": "value", "sumber": "source", "versi": "version", "berlaku_mulai": "valid_from",
}  # fmt: skip
"""Indonesian headings of a file."""


def heading(said: str) -> str:
    """The field a heading names."""
    return HEADINGS.get(files.plain(said), files.plain(said))


async def read_file(body: bytes) -> tuple[list[Line], list[Refused]]:
    """Rows of a CSV or workbook with a header. Raises Invalid and TooLarge when it cannot be read at all."""
    sheet = await asyncio.to_thread(files.read, body, COLUMNS, REQUIRED, heading)
    lines, refused = rules.parse(sheet.rows)
    return lines, [*sheet.refused, *refused]


def read_items(items: Iterable[Mapping[str, Any]]) -> tuple[list[Line], list[Refused]]:
    """Rows given as JSON, numbered from 1."""
    return rules.parse(enumerate(items, 1))


async def load(
    service: Service, lines: Sequence[Line], refused: Sequence[Refused], mode: Mode, confirm: bool, by: str
) -> TargetsLoaded:
    """Load what was read, in one transaction. Raises Unprocessable when all is asked and a row is refused."""
    today = service.clock.today()
    async with service.db.reading() as conn:
        strange = _names_strangers(lines, await places_sql.places(conn, today))
    if strange:  # perhaps places that the registry told of a moment ago
        await _catch_up(service)
    async with service.db.transaction() as tx:
        await queries.hold(tx)
        known = await _known(tx, room(service), lines, today)
        checked = rules.check(lines, known, confirm)
        same = rules.unchanged(checked.good, known)
        new = [line for line in checked.good if line.number not in same]
        told = sorted([*refused, *checked.refused], key=lambda r: r.line)
        answer = TargetsLoaded(
            loaded=len(new), unchanged=len(same), refused=[_told(r) for r in told],
            warned=[_told(r) for r in checked.warned], changes=checked.changes,
        )  # fmt: skip
        if told and mode == "all":
            raise _nothing(answer)
        if new:
            version = rules.version_for(new, known.versions, today)
            await queries.put(tx, [_stored(line.row, version, by, bool(checked.changes)) for line in new])
    return answer


def _names_strangers(lines: Sequence[Line], places: Sequence[Place]) -> bool:
    ours = {p.village for p in places} | {p.puskesmas for p in places} | {TOTAL, ""}
    return any(line.row.place not in ours for line in lines)


async def _catch_up(service: Service) -> None:
    for follower in service.followers:
        if follower.source == FACILITIES:
            await follower.catch_up(CATCHING_UP)


async def _known(conn: Connection, here: Room, lines: Sequence[Line], today: date) -> Known:
    """What the file is held against: the network, the services, what counts now and all versions."""
    years = {line.row.year for line in lines}
    now, kept = await queries.of_groups(conn, {line.row.service for line in lines}, years | {y - 1 for y in years})
    counting = dict[Group, dict[str, Any]]()
    for row in now:
        counting.setdefault((row["service"], row["year"]), {})[row["place"]] = row
    versions = {(r["service"], r["year"], r["place"], r["version"]): r for r in kept}
    own, measured_by = here.measured
    return Known(
        await places_sql.places(conn, today), own, measured_by, counting, versions, policies.on(here.sudden, today)
    )


def _nothing(answer: TargetsLoaded) -> Unprocessable:
    count = len({r.line for r in answer.refused})
    return Unprocessable(
        Text(
            f"{count} baris ditolak, tidak ada yang dimuat. Perbaiki, atau muat sisanya dengan ?mode=rest",
            f"{count} rows refused, nothing was loaded. Mend them, or load the rest with ?mode=rest",
        ),
        extra=answer.model_copy(update={"loaded": 0, "unchanged": 0}).model_dump(mode="json"),
    )


def _stored(r: TargetRow, version: str, by: str, confirmed: bool) -> queries.Row:
    return r.service, r.year, r.place, r.version or version, r.value, r.source, r.valid_from, by, confirmed


def _told(r: Refused) -> RefusedRow:
    return RefusedRow(line=r.line, column=r.column, reason=Words(id=r.reason.id, en=r.reason.en))


async def shown(
    service: Service, year: int | None, name: str | None, place: str | None, on: date | None
) -> TargetsShown:
    """The targets that count on a day, and each service's sum for the district."""
    day = on or service.clock.today()
    wanted = year or day.year
    async with service.db.reading() as conn:
        rows = await queries.counting(conn, day, wanted, name, place)
        places = await places_sql.places(conn, day)
        areas, facilities = await places_sql.names(conn)
    names = areas | {code: f["name"] for code, f in facilities.items()}
    totals = [] if place else _totals(rows, places)
    return TargetsShown(year=wanted, on=day, totals=totals, items=[_shown(r, names) for r in rows])


def _totals(rows: Sequence[Mapping[str, Any]], places: Sequence[Place]) -> list[TargetTotal]:
    by_service = dict[str, dict[str, Mapping[str, Any]]]()
    for row in rows:
        by_service.setdefault(row["service"], {})[row["place"]] = row
    found = ((name, official(mine, places, "total").get(DISTRICT)) for name, mine in by_service.items())
    return [TargetTotal(service=name, **goal) for name, goal in found if goal]


def _shown(r: Mapping[str, Any], names: Mapping[str, str]) -> TargetShown:
    code = r["place"]
    level = "village" if len(code) == 10 and code.isdigit() else "puskesmas"
    return TargetShown(name=names.get(code), level=level, **r)


async def versions(service: Service, year: int | None, name: str, on: date | None) -> list[TargetVersion]:
    """Every version of one service's year, newest first, and how much of it counts on the day."""
    day = on or service.clock.today()
    async with service.db.reading() as conn:
        return [TargetVersion(**r) for r in await queries.versions(conn, name, year or day.year, day)]


async def history(service: Service, year: int | None, name: str, place: str) -> list[TargetShown]:
    """All values one place ever had, newest first."""
    async with service.db.reading() as conn:
        rows = await queries.history(conn, name, year or service.clock.today().year, place)
        areas, facilities = await places_sql.names(conn)
    names = areas | {code: f["name"] for code, f in facilities.items()}
    return [_shown(r, names) for r in rows]
