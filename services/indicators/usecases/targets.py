"""Official targets (sasaran resmi): loaded from JSON or CSV, checked row by row, all or the rest."""

import csv
import io
from collections.abc import Sequence
from datetime import date
from typing import Any, Literal

from pydantic import ValidationError

from services.indicators.contract import RefusedRow, TargetRow, TargetsLoaded, Words
from services.indicators.queries import numbers as queries
from services.indicators.rules.cells import Place
from services.kernel.errors import faults
from services.kernel.problems import Invalid, Text, Unprocessable
from services.kernel.service import Service

Mode = Literal["all", "rest"]
COLUMNS = tuple(TargetRow.model_fields)
REQUIRED = ("service", "year", "value", "source")
MOST_ROWS = 50_000
FACILITIES = "facilities"
CATCHING_UP = 10.0
"""Seconds a load may wait for the registry's feed before it calls a place unknown."""
Line = tuple[int, TargetRow]


async def load(service: Service, lines: Sequence[Line], refused: list[RefusedRow], mode: Mode) -> TargetsLoaded:
    """Load what was read, in one transaction. Raises Unprocessable when all is asked and a row is wrong."""
    today = service.clock.today()
    async with service.db.reading() as conn:
        strange = _checked(lines, await queries.places(conn, today))[1]
    if strange:  # perhaps places that the registry told of a moment ago
        await _catch_up(service)
    async with service.db.transaction() as tx:
        places = await queries.places(tx, today)
        good, bad = _checked(lines, places)
        fallen = sorted([*refused, *bad], key=lambda r: r.line)
        if fallen and mode == "all":
            count = len({r.line for r in fallen})
            raise Unprocessable(
                Text(
                    f"{count} baris ditolak, tidak ada yang dimuat. Perbaiki, atau muat sisanya dengan ?mode=rest",
                    f"{count} rows refused, nothing was loaded. Mend them, or load the rest with ?mode=rest",
                ),
                extra=TargetsLoaded(loaded=0, refused=fallen).model_dump(),
            )
        if good:
            await queries.put_targets(tx, [_stored(row, today) for _, row in good])
    return TargetsLoaded(loaded=len(good), refused=fallen)


async def _catch_up(service: Service) -> None:
    for follower in service.followers:
        if follower.source == FACILITIES:
            await follower.catch_up(CATCHING_UP)


def _stored(r: TargetRow, today: date) -> tuple[str, int, str, str, int, str]:
    return r.service.lower(), r.year, r.village or r.puskesmas or "", r.version or str(today), r.value, r.source


def _checked(lines: Sequence[Line], places: Sequence[Place]) -> tuple[list[Line], list[RefusedRow]]:
    """What one row alone does not show: a place that is not ours, the same twice."""
    villages, puskesmas = {p.village for p in places}, {p.puskesmas for p in places}
    good, bad, seen = list[Line](), list[RefusedRow](), dict[tuple[Any, ...], int]()
    for line, row in lines:
        key = (row.service.lower(), row.year, row.village or row.puskesmas, row.version)
        fault: tuple[str, Text] | None = None
        if (row.village is None) == (row.puskesmas is None):
            fault = "village", Text("isi village atau puskesmas, salah satu", "give village or puskesmas, one of them")
        elif row.village is not None and row.village not in villages:
            fault = "village", Text("desa tidak terdaftar di kabupaten ini", "the village is not in this district")
        elif row.puskesmas is not None and row.puskesmas not in puskesmas:
            fault = "puskesmas", Text("tidak punya wilayah kerja di sini", "answers for no village here")
        elif key in seen:
            fault = "service", Text(f"sama dengan baris {seen[key]}", f"the same as row {seen[key]}")
        if fault is None:
            seen[key] = line
            good.append((line, row))
        else:
            bad.append(_refused(line, *fault))
    return good, bad


def read_csv(body: bytes) -> tuple[list[Line], list[RefusedRow]]:
    """Rows of a CSV with a header; commas or semicolons. Raises Invalid when the file cannot be read at all."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid(Text("Berkas bukan UTF-8", "The file is not UTF-8")) from None
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count))
    header = [c.strip().lower() for c in next(reader, [])]
    if not set(REQUIRED) <= set(header) or not set(header) <= set(COLUMNS):
        able = ", ".join(COLUMNS)
        raise Invalid(Text(f"Baris pertama harus tajuk kolom: {able}", f"The first row must be the header: {able}"))
    good, bad = list[Line](), list[RefusedRow]()
    for cells in reader:
        line = reader.line_num
        if not any(c.strip() for c in cells):
            continue
        if len(cells) != len(header):
            bad.append(_refused(line, None, Text(
                f"{len(cells)} isian, padahal tajuk punya {len(header)} kolom",
                f"{len(cells)} fields where the header has {len(header)}")))  # fmt: skip
            continue
        raw = {name: cell.strip() or None for name, cell in zip(header, cells, strict=True)}
        _take(line, {k: v for k, v in raw.items() if v is not None}, good, bad)
        if len(good) > MOST_ROWS:
            raise Invalid(
                Text(f"Lebih dari {MOST_ROWS} baris; bagi berkasnya", f"Over {MOST_ROWS} rows; split the file")
            )
    return good, bad


def _take(line: int, raw: dict[str, Any], good: list[Line], bad: list[RefusedRow]) -> None:
    try:
        good.append((line, TargetRow.model_validate(raw)))
    except ValidationError as error:
        for found in faults(error.errors(include_url=False)):
            bad.append(_refused(line, found.pointer.strip("/") or None, found.text))


def _refused(line: int, column: str | None, reason: Text) -> RefusedRow:
    return RefusedRow(line=line, column=column, reason=Words(id=reason.id, en=reason.en))
