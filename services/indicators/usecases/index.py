"""The SPM index: availability loaded and shown, A and B put together for the district and each puskesmas."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

from pydantic import ValidationError

from services.indicators.contract import (
    AvailabilityLoaded,
    AvailabilityRow,
    AvailabilityShown,
    By,
    Index,
    IndexOf,
    IndexService,
    QualityItem,
    Words,
)
from services.indicators.contract.targets import RefusedRow
from services.indicators.queries import index as queries
from services.indicators.queries import numbers as numbers_sql
from services.indicators.queries import slices
from services.indicators.queries import standings as sql
from services.indicators.queries import targets as targets_sql
from services.indicators.queries.numbers import OUTSIDE, Asked
from services.indicators.queries.slices import Slice
from services.indicators.room import Room, room
from services.indicators.rules import index as rules
from services.indicators.rules import policies
from services.indicators.rules.cells import DISTRICT, Cell, Place, cells, official, summed
from services.indicators.rules.index import Line
from services.indicators.rules.policies import Scoring
from services.indicators.usecases import numbers, showing, viewing
from services.indicators.usecases.showing import Sight
from services.indicators.usecases.targets import Mode
from services.kernel import rows as files
from services.kernel.auth import Actor
from services.kernel.db import Tx
from services.kernel.errors import faults
from services.kernel.problems import NotFound, Text, Unprocessable
from services.kernel.rows import Refused
from services.kernel.service import Service

COLUMNS = tuple(AvailabilityRow.model_fields)
REQUIRED = ("service", "year", "kind", "item", "needed", "available", "source")
HEADINGS = {
    "layanan": "service", "tahun": "year", "kode_puskesmas": "puskesmas", "jenis": "kind", "butir": "item",
    "barang": "item", "dibutuhkan": "needed", "kebutuhan": "needed", "tersedia": "available", "sumber": "source",
    "berlaku_mulai": "valid_from",
}  # fmt: skip
NO_STANDARD = Words(id="standarnya belum dimuat", en="its standard is not loaded")
NO_OFFICIAL = Words(id="belum ada sasaran resmi (PUT /v1/targets)", en="no official target yet (PUT /v1/targets)")
NOBODY = Words(id="sasaran resminya 0", en="its official target is 0")
NO_ITEMS = Words(
    id="belum ada ketersediaan barang dan SDM (PUT /v1/indicators/index/availability)",
    en="no availability of goods and personnel yet (PUT /v1/indicators/index/availability)",
)


def heading(said: str) -> str:
    """The field a heading names."""
    return HEADINGS.get(files.plain(said), files.plain(said))


async def read_file(body: bytes) -> tuple[list[Line], list[Refused]]:
    """Rows of a CSV or workbook. Raises Invalid and TooLarge."""
    sheet = await asyncio.to_thread(files.read, body, COLUMNS, REQUIRED, heading)
    lines, refused = read_items(sheet.rows)
    return lines, [*sheet.refused, *refused]


def read_items(rows: Iterable[tuple[int, Mapping[str, Any]]]) -> tuple[list[Line], list[Refused]]:
    """Rows as they are named, each with its line, and what is wrong with the others."""
    good, bad = list[Line](), list[Refused]()
    for number, said in rows:
        try:
            filled = {k: v for k, v in said.items() if v not in ("", None)}
            good.append(Line(number, AvailabilityRow.model_validate(filled)))
        except ValidationError as error:
            for found in faults(error.errors(include_url=False)):
                bad.append(Refused(number, found.pointer.strip("/").partition("/")[0] or None, found.text))
    return good, bad


async def load(
    service: Service, lines: Sequence[Line], refused: Sequence[Refused], mode: Mode, by: str
) -> AvailabilityLoaded:
    """Load what was read, in one transaction. Raises Unprocessable when all is asked and a row is refused."""
    today = service.clock.today()
    scoring = policies.on(room(service).scoring, today)
    async with service.db.transaction() as tx:
        await queries.hold(tx)
        places = await numbers_sql.places(tx, today)
        good, bad = rules.check(lines, scoring.services, {p.puskesmas for p in places})
        told = sorted([*refused, *bad], key=lambda r: r.line)
        shown = [RefusedRow(line=r.line, column=r.column, reason=Words(id=r.reason.id, en=r.reason.en)) for r in told]
        if told and mode == "all":
            raise Unprocessable(
                Text(
                    f"{len({r.line for r in told})} baris ditolak, tidak ada yang dimuat; atau ?mode=rest",
                    f"{len({r.line for r in told})} rows refused, nothing was loaded; or ?mode=rest",
                ),
                extra=AvailabilityLoaded(loaded=0, refused=shown).model_dump(mode="json"),
            )
        kept = {_said(r) for year in {x.row.year for x in good} for r in await queries.counting(tx, None, year)}
        new = [row for row in (_stored(line.row, by) for line in good) if row[:9] not in kept]
        if new:
            await queries.put(tx, new)
    return AvailabilityLoaded(loaded=len(new), unchanged=len(good) - len(new), refused=shown)


def _stored(r: AvailabilityRow, by: str) -> tuple[Any, ...]:
    place = r.puskesmas or rules.DISTRICT
    return r.service, r.year, place, r.kind, r.item, r.needed, r.available, r.source, r.valid_from, by


def _said(r: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(
        r[n] for n in ("service", "year", "place", "kind", "item", "needed", "available", "source", "valid_from")
    )


async def availability(
    service: Service, year: int | None, name: str | None, puskesmas: str | None, on: date | None
) -> list[AvailabilityShown]:
    """What counts on a day, as it was loaded."""
    day = on or service.clock.today()
    async with service.db.reading() as conn:
        rows = await queries.counting(conn, day, year or day.year, name, puskesmas)
    return [AvailabilityShown(**{**r, "place": r["place"] or None}) for r in rows]


async def shown(service: Service, actor: Actor, year: int | None, as_of: date | None, puskesmas: bool) -> Index:
    """The index of the district and, when asked, of every puskesmas, at a day. Raises Unprocessable."""
    async with service.db.transaction() as tx:
        await numbers_sql.snapshot(tx)
        today = (await sql.state(tx)).day or service.clock.today()
        day = viewing.not_ahead(as_of, today)
        wanted = year or day.year
        day = min(day, date(wanted, 12, 31))
        places = await numbers_sql.places(tx, day)
        sees = await showing.sight(tx, service, actor, places)

        async def count(asked: Asked) -> dict[str, Cell]:
            return cells(await slices.cells(tx, asked, Slice((By.PUSKESMAS,))))

        return await at(tx, room(service), sees, (wanted, day), places, puskesmas, count)


Count = Callable[[Asked], Awaitable[dict[str, Cell]]]
"""Gives a standard's cells by puskesmas."""


async def at(
    tx: Tx, here: Room, sees: Sight, when: tuple[int, date], places: list[Place], puskesmas: bool, count: Count
) -> Index:
    """The index of a year at a day, within a transaction that sees one moment."""
    wanted, day = when
    scoring = policies.on(here.scoring, day)
    _, facilities = await numbers_sql.names(tx)
    rows = await queries.counting(tx, day, wanted)
    code, name = await numbers_sql.district(tx)
    codes = sorted({p.puskesmas for p in places if p.puskesmas}) if puskesmas else []
    goods = {place: rules.of_place(rows, place) for place in (rules.DISTRICT, *codes)}
    found: dict[str, list[tuple[IndexService, Fraction | None]]] = {place: [] for place in goods}
    for one in scoring.services:
        parts = await _reached(tx, here, one, when, places, sees, codes, count)
        for place, part in parts.items():
            found[place].append(_service(part, goods[place].get(one, []), scoring))
    return Index(
        year=wanted, as_of=day, regulation=scoring.regulation, weight_a=float(scoring.weight_a),
        weight_b=float(scoring.weight_b), quality=scoring.quality,
        district=_of(code, name, found[rules.DISTRICT], scoring),
        puskesmas=[_of(c, facilities.get(c, {}).get("name"), found[c], scoring) for c in codes],
    )  # fmt: skip


async def _reached(
    tx: Tx,
    here: Room,
    name: str,
    when: tuple[int, date],
    places: list[Place],
    sees: Sight,
    codes: Sequence[str],
    count: Count,
) -> dict[str, IndexService]:
    """A of one service by place: served of the standard in force against the official target; or what is lacking."""
    try:
        asked = await viewing.asked(tx, here, name, *when)
    except NotFound:
        return {p: IndexService(service=name, lacking=[NO_STANDARD]) for p in (rules.DISTRICT, *codes)}
    found = await count(asked)
    found.pop(OUTSIDE, None)
    keyed = {code: found.get(code, Cell()) for code in {*found, *codes}}
    total = summed(found.values())
    whole, veils = showing.together(sees, total, keyed, (By.PUSKESMAS,), places)
    if not codes:
        whole = showing.alone(sees, total)
    targets = await targets_sql.targets(tx, name, *when)
    goals = official(targets, places, "puskesmas")
    s = asked.standard.standard
    parts = {rules.DISTRICT: (total, whole, DISTRICT)} | {c: (keyed[c], veils[c], c) for c in codes}
    return {
        place: IndexService(
            service=name, title=numbers.words(s.title), standard=s.key, suppressed=hidden.served,
            served=None if hidden.served else cell.served, official=goals[key]["value"] if key in goals else None,
        )
        for place, (cell, hidden, key) in parts.items()
    }  # fmt: skip


def _service(
    one: IndexService, items: Sequence[Mapping[str, Any]], scoring: Scoring
) -> tuple[IndexService, Fraction | None]:
    """A, B and IP of one service at one place, with why there is none."""
    lacking = list(one.lacking)
    if one.standard is not None and not one.official:
        lacking.append(NO_OFFICIAL if one.official is None else NOBODY)
    if not items:
        lacking.append(NO_ITEMS)
    a = rules.reached(one.served, one.official) if one.served is not None and one.official else None
    b = rules.quality(items, scoring.quality)
    ip = rules.score(a, b, scoring)
    said = [
        QualityItem(
            kind=i["kind"], item=i["item"], needed=float(i["needed"]), available=float(i["available"]),
            percent=float(rules.percent(i["needed"], i["available"])),
        )
        for i in items
    ]  # fmt: skip
    told = {"a": _float(a), "b": _float(b), "ip": _float(ip), "category": rules.category(ip, scoring)}
    return one.model_copy(update=told | {"items": said, "lacking": lacking}), ip


def _of(
    code: str, name: str | None, parts: Sequence[tuple[IndexService, Fraction | None]], scoring: Scoring
) -> IndexOf:
    """The mean of all services, or of none: a part is never given out as the whole."""
    scores = [ip for _, ip in parts if ip is not None]
    so_far = rules.mean(scores)
    whole = so_far if len(scores) == len(parts) else None
    return IndexOf(
        code=code, name=name, index=_float(whole), category=rules.category(whole, scoring), complete=len(scores),
        of=len(parts), so_far=_float(so_far), services=[one for one, _ in parts],
    )  # fmt: skip


def _float(value: Fraction | None) -> float | None:
    return None if value is None else float(value)
