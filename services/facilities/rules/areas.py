"""Rows of areas: code, level and parent agree."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import date

from pydantic import BaseModel

from services.facilities.contract import CODE_LENGTH, Level
from services.facilities.rules.cells import AreaNumber, Day, Line, Name, once
from services.facilities.rules.csvfile import Refused
from services.kernel.problems import Text

PARENT_LENGTH = {2: 0, 4: 2, 6: 4, 10: 6}
ROOTS = (Level.PROVINSI, Level.KABUPATEN, Level.KOTA)


class AreaRow(BaseModel):
    """A row of areas.csv."""

    code: AreaNumber
    name: Name
    level: Level
    parent: AreaNumber | None = None
    valid_from: Day | None = None
    valid_until: Day | None = None
    regulation: Name | None = None


def areas(lines: list[Line[AreaRow]], known: Mapping[str, date | None]) -> tuple[list[Line[AreaRow]], list[Refused]]:
    """Code, level and parent must agree, and the parent must exist (`known`: the registered codes and their last day).

    A file does not end an area: that is an act of its own, which says what becomes of those within."""
    lines, refused = once(lines, lambda r: r.code, "code")
    kept: list[Line[AreaRow]] = []
    there = set(known)
    for line in sorted(lines, key=lambda x: len(x.row.code)):  # parents first
        fault = _area_fault(line.row, there) or _end_fault(line.row, known)
        if fault is None:
            kept.append(line)
            there.add(line.row.code)
        else:
            refused.append(Refused(line.number, *fault))
    return kept, refused


def _area_fault(row: AreaRow, there: AbstractSet[str]) -> tuple[str, Text] | None:
    if len(row.code) != CODE_LENGTH[row.level]:
        n = CODE_LENGTH[row.level]
        return "level", Text(f"{row.level} berkode {n} angka", f"the code of a {row.level} has {n} digits")
    if row.parent is None:
        if row.level in ROOTS:
            return None
        return "parent", Text("wajib diisi untuk tingkat ini", "is required at this level")
    above = row.code[: PARENT_LENGTH[len(row.code)]]
    if row.parent != above:
        own = above or "-"
        return "parent", Text(f"harus awal kodenya sendiri: {own}", f"must be the beginning of its own code: {own}")
    if row.parent not in there:
        return "parent", Text("wilayah atasnya belum terdaftar", "the parent area is not registered")
    return None


def _end_fault(row: AreaRow, known: Mapping[str, date | None]) -> tuple[str, Text] | None:
    if row.valid_until is None:
        row.valid_until = known.get(row.code)
        return None
    if row.valid_from is not None and row.valid_until < row.valid_from:
        return "valid_until", Text("sebelum valid_from", "before valid_from")
    if row.code in known and known[row.code] != row.valid_until:
        return "valid_until", Text(
            "wilayah tidak diakhiri lewat berkas; catat perubahannya di POST /v1/areas/changes",
            "a file does not end an area; record the change at POST /v1/areas/changes",
        )
    return None
