"""Facilities: reading them on any day, and changing what they are from a day on."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import groupby
from types import SimpleNamespace
from typing import Any

import orjson

from services.facilities.contract import FACILITY, Facility, FacilityChange
from services.facilities.queries import areas, links, loading, reconciling
from services.facilities.queries import facilities as queries
from services.facilities.rules import aliases, dated, listing
from services.facilities.rules import facilities as rules
from services.facilities.rules import links as chain
from services.facilities.rules.cells import Line
from services.facilities.rules.dated import Timeline, Version
from services.facilities.rules.facilities import FacilityRow, Held
from services.facilities.tables.facilities import STATE
from services.facilities.usecases.loading import Asked, Checked, File, Written, announce, apply_one
from services.kernel.db import Tx
from services.kernel.problems import NotFound, Text
from services.kernel.service import Service

VERSION = "facility_version"
_UNKNOWN = Text("Faskes tidak ada di registri", "The facility is not in the registry")
_UNKNOWN_THEN = Text(
    "Tidak ada faskes dengan kode ini pada hari itu", "No facility had this code on that day"
)  # fmt: skip


async def facility(service: Service, any_code: str, on: date | None = None) -> Facility:
    """The facility behind any of its codes, as it is or as on a day (by the codes of that day). Raises NotFound."""
    async with service.db.reading() as conn:
        found = await queries.resolve(conn, any_code, on)
    if found is None:
        raise NotFound(_UNKNOWN if on is None else _UNKNOWN_THEN)
    return Facility(**found)


async def history(
    service: Service, any_code: str, after: str | None, limit: int
) -> tuple[list[FacilityChange], str | None]:
    """Who changed what, when, and from which day on; the last recording first; and the next page's mark. Raises
    NotFound, Invalid."""
    code = (await facility(service, any_code)).code
    async with service.db.reading() as conn:
        changes = _changes(await queries.recorded(conn, code))
    last = listing.values(after, None, FacilityChange, ("number",))[0] if after else len(changes) + 1
    found = [c for c in reversed(changes) if c.number < last]
    items = found[:limit]
    return items, listing.mark(None, [items[-1].number]) if len(found) > limit else None


def _changes(recorded: Sequence[dict[str, Any]]) -> list[FacilityChange]:
    """The recordings played back: each compared with what was known before it."""
    known: dict[date, Version] = {}
    told: list[FacilityChange] = []
    for _, together in groupby(recorded, key=lambda r: r["recorded_at"]):
        rows = list(together)
        old = [known[day] for day in sorted(known)]
        for text in (r["row"] for r in rows):
            if text is None:
                known = {}
                continue
            row = orjson.loads(text)
            day = date.fromisoformat(row["valid_from"])
            known[day] = Version(day, {c: row.get(c) for c in STATE})
        for change in dated.differences(old, [known[day] for day in sorted(known)]):
            told.append(
                FacilityChange(
                    number=len(told) + 1, valid_from=change.start, recorded_at=rows[0]["recorded_at"],
                    recorded_by=rows[0]["recorded_by"], changed=dict(change.after), before=dict(change.before),
                )
            )  # fmt: skip
    return told


async def _check(tx: Tx, lines: list[Line[FacilityRow]]) -> Checked[FacilityRow]:
    villages = await areas.registered(tx, list({line.row.village for line in lines}))
    kept, refused = rules.facilities(lines, villages)
    kept, refused = aliases.facilities(kept, refused, await reconciling.edges(tx))
    held = await links.held(tx, [line.row.code for line in kept])
    return chain.facilities(kept, refused, held)


async def _write(tx: Tx, lines: list[Line[FacilityRow]], asked: Asked) -> Written[FacilityRow]:
    await _begin(tx, asked.today)  # a code that passes on today may be shown at its old place still
    codes = list({line.row.code for line in lines})
    registered = await _timelines(tx, codes)
    others = [held for column in rules.IDENTIFIERS for held in await _others(tx, column, lines, registered)]
    placed = rules.place(lines, asked.columns, asked.today, registered, others)
    touched = sorted({line.row.code for line in placed.changed})
    timelines = {code: placed.timelines[code] for code in touched}
    told = await _show(tx, timelines, asked)
    await _keep(tx, timelines, asked)
    now = await queries.standing(tx, touched)
    return Written([now[line.row.code] for line in placed.changed], told, placed.refused)


async def _timelines(tx: Tx, codes: Sequence[str]) -> dict[str, Timeline]:
    found: dict[str, list[Version]] = {}
    for row in await queries.versions(tx, codes):
        code, start = row.pop("code"), row.pop("valid_from")
        found.setdefault(code, []).append(Version(start, row))
    return dict(found)


async def _others(
    tx: Tx, column: str, lines: Sequence[Line[FacilityRow]], registered: dict[str, Timeline]
) -> list[Held]:
    """Who else has the codes that these facilities have or are to have."""
    values = {getattr(line.row, column) for line in lines}
    values |= {version.values[column] for timeline in registered.values() for version in timeline}
    codes = [line.row.code for line in lines]
    rows = await queries.holders(tx, column, sorted(filter(None, values)), codes)
    return [Held(column, r["value"], r["code"], r["valid_from"], r["valid_until"]) for r in rows]


async def _show(tx: Tx, timelines: dict[str, Timeline], asked: Asked) -> list[dict[str, Any]]:
    """What these facilities are today, as `facility` shows it and followers hear it."""
    rows = []
    for code, timeline in timelines.items():
        version, end = rules.as_known_on(timeline, asked.today)
        rows.append(SimpleNamespace(code=code, valid_from=version.start, valid_until=end, **version.values))
    return await loading.upsert(tx, FACILITY, rows, frozenset(loading.types(FACILITY)), asked.by, asked.because)


async def _keep(tx: Tx, timelines: dict[str, Timeline], asked: Asked) -> None:
    rows = [
        SimpleNamespace(code=code, valid_from=version.start, valid_until=end, **version.values)
        for code, timeline in timelines.items()
        for version, end in dated.spans(timeline)
    ]
    await loading.upsert(tx, VERSION, rows, frozenset(loading.types(VERSION)), asked.by, asked.because)


FACILITIES = File(
    FACILITY, FacilityRow, ("code", "name", "kind", "ownership", "village"), _check,
    (
        "code", "name", "kind", "ownership", "satusehat_id", "bpjs_code", "registration", "organization_type",
        "village", "active", "status", "inpatient", "hospital_class", "latitude", "longitude", "phone", "email",
        "address", "valid_from", "valid_until",
    ),
    write=_write,
)  # fmt: skip


async def begin_day(service: Service) -> None:
    """Show what was planned for today: a change holds from the midnight of its day."""
    async with service.db.transaction() as tx:
        await loading.lock(tx)
        await _begin(tx, service.clock.today())


async def _begin(tx: Tx, today: date) -> None:
    codes = await queries.due(tx, today)
    if codes:
        told = await _show(tx, await _timelines(tx, codes), Asked(frozenset(), CLOCK, today))
        await announce(tx, FACILITIES, told)


async def put(service: Service, code: str, said: Mapping[str, object], by: str) -> Facility:
    """Register a facility, or change it from a day on; it as on that day. What must be there and is not named is taken
    from that day. Raises Unprocessable."""
    today = service.clock.today()
    async with service.db.transaction() as tx:
        await loading.lock(tx)
        timeline = (await _timelines(tx, [code])).get(code, ())
        day = _day(said.get("valid_from")) or today
        held = dated.on(timeline, day) or (timeline[0] if timeline else None)
        standing = {c: held.values[c] for c in FACILITIES.required if c != "code"} if held else {}
        await apply_one(tx, FACILITIES, {**standing, **said, "code": code}, by, today)
    return await facility(service, code, day)


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:  # said better when the row is read
        return None


CLOCK = "clock"
"""Who recorded what came by itself, because its day had come."""
