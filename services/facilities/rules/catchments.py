"""Rows of catchments: one puskesmas a village on any day."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date

from pydantic import BaseModel

from services.facilities.contract import Kind
from services.facilities.rules.cells import Code, Day, Line, VillageNumber, once
from services.facilities.rules.csvfile import Refused
from services.kernel.problems import Text


class CatchmentRow(BaseModel):
    """A row of catchments.csv."""

    village: VillageNumber
    facility: Code
    valid_from: Day
    valid_until: Day | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """Days a village belongs to a facility; `line` is None for a registered one."""

    start: date
    end: date
    facility: str
    line: int | None = None


Registered = Mapping[str, Mapping[date, Span]]
"""Registered catchments: by village, then by first day."""


def catchments(
    lines: list[Line[CatchmentRow]],
    villages: AbstractSet[str],
    kinds: Mapping[str, str],
    registered: Registered,
) -> tuple[list[Line[CatchmentRow]], list[Refused]]:
    """Village and puskesmas must exist, spans must not be empty, and no village has two puskesmas on one day."""
    lines, refused = once(lines, lambda r: (r.village, r.valid_from), "valid_from")
    by_village: dict[str, list[Line[CatchmentRow]]] = {}
    for line in lines:
        fault = _catchment_fault(line.row, villages, kinds)
        if fault is None:
            by_village.setdefault(line.row.village, []).append(line)
        else:
            refused.append(Refused(line.number, *fault))
    kept: list[Line[CatchmentRow]] = []
    for village, group in by_village.items():
        while True:
            clash = _overlap(group, registered.get(village, {}))
            if clash is None:
                break
            refused.append(clash)
            group = [line for line in group if line.number != clash.line]
        kept += group
    return kept, refused


def _catchment_fault(
    row: CatchmentRow, villages: AbstractSet[str], kinds: Mapping[str, str]
) -> tuple[str, Text] | None:
    if row.village not in villages:
        return "village", Text("desa belum terdaftar", "the village is not registered")
    if row.facility not in kinds:
        return "facility", Text("faskes belum terdaftar", "the facility is not registered")
    if kinds[row.facility] != Kind.PUSKESMAS:
        return "facility", Text("harus puskesmas", "must be a puskesmas")
    if row.valid_until is not None and row.valid_until < row.valid_from:
        return "valid_until", Text("sebelum valid_from", "before valid_from")
    return None


def _overlap(group: list[Line[CatchmentRow]], registered: Mapping[date, Span]) -> Refused | None:
    """The first line found whose days another span of the village has; a line replaces the registered span that
    begins on its first day."""
    spans = dict(registered)
    for line in group:
        row = line.row
        spans[row.valid_from] = Span(row.valid_from, row.valid_until or date.max, row.facility, line.number)
    ordered = sorted(spans.values(), key=lambda s: s.start)
    reach: Span | None = None
    for span in ordered:
        if reach is not None and span.start <= reach.end:
            later, other = (span, reach) if (span.line or 0) > (reach.line or 0) else (reach, span)
            assert later.line is not None  # noqa: S101 - registered spans never overlap one another
            return Refused(later.line, "valid_from", _taken(other))
        if reach is None or span.end > reach.end:
            reach = span
    return None


def _taken(other: Span) -> Text:
    end = "" if other.end == date.max else f" {other.end}"
    where = f" (baris {other.line})" if other.line else ""
    en = f" (line {other.line})" if other.line else ""
    return Text(
        f"tumpang tindih: desa ini milik {other.facility} sejak {other.start}"
        + (f" sampai{end}" if end else "") + where,
        f"overlap: {other.facility} has this village from {other.start}" + (f" to{end}" if end else "") + en,
    )  # fmt: skip
