"""Files of rows that hold from a day to a last day, with one way to check them."""

from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Any

from services.facilities.contract import Kind
from services.facilities.queries import facilities, loading
from services.facilities.rules import days
from services.facilities.rules.cells import Line, R, once
from services.facilities.rules.csvfile import Refused
from services.facilities.usecases.loading import Checked, File
from services.kernel.db import Tx
from services.kernel.problems import Text

Ask = Callable[[Tx, list[Line[Any]]], Awaitable[Sequence[Refused]]]


def dated(
    table: str, model: type[R], required: tuple[str, ...], data: tuple[str, ...], *asks: Ask, several: bool = False
) -> File[R]:
    """A file of dated rows. Each of `asks` tells what is wrong with lines (or, as warnings, odd); of one key no two
    rows share a day, unless `several` may."""
    key = tuple(column for column in loading.keys(table) if column != "valid_from")

    async def check(tx: Tx, lines: list[Line[R]]) -> Checked[R]:
        lines, refused = once(lines, lambda r: (*_key(r, key), getattr(r, "valid_from")), "valid_from")  # noqa: B009
        refused += _backwards(lines)
        for ask in asks:
            fallen = {r.line for r in refused if not r.warning}
            lines = [line for line in lines if line.number not in fallen]
            refused += await ask(tx, lines)
        fallen = {r.line for r in refused if not r.warning}
        lines = [line for line in lines if line.number not in fallen]
        if several:
            return lines, refused
        registered: dict[Hashable, list[days.Span]] = {}
        for row in await loading.spans(tx, table):
            name = tuple(str(row[c]) for c in key)
            registered.setdefault(name, []).append(days.span(row["valid_from"], row["valid_until"]))
        kept, clashing = days.apart(lines, lambda r: _key(r, key), registered)
        fallen = {r.line for r in clashing}
        return kept, [*(r for r in refused if not (r.warning and r.line in fallen)), *clashing]

    return File(table, model, required, check, data)


def _key(row: Any, key: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(str(getattr(row, column)) for column in key)


def _backwards(lines: list[Line[Any]]) -> list[Refused]:
    return [
        Refused(line.number, "valid_until", Text("sebelum valid_from", "before valid_from"))
        for line in lines
        if line.row.valid_until is not None and line.row.valid_until < line.row.valid_from
    ]


def at(column: str, *kinds: Kind) -> Ask:
    """The facility in a column is registered and of one of these kinds."""
    able = ", ".join(kinds)
    text = Text(f"harus faskes terdaftar: {able}", f"must be a registered facility: {able}")

    async def ask(tx: Tx, lines: list[Line[Any]]) -> list[Refused]:
        named = {line.number: getattr(line.row, column) for line in lines}
        known = await facilities.kinds(tx, [code for code in set(named.values()) if code])
        return [
            Refused(number, column, text) for number, code in named.items() if code and known.get(code) not in kinds
        ]

    return ask


def each(fault: Callable[[Line[Any]], Refused | None]) -> Ask:
    """A check of each line by itself."""

    async def ask(_: Tx, lines: list[Line[Any]]) -> list[Refused]:
        return [f for f in map(fault, lines) if f is not None]

    return ask
