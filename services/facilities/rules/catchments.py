"""Rows of catchments: one puskesmas a village on any day, and none that ends without another or a reason."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import date

from pydantic import BaseModel

from services.facilities.contract import Kind
from services.facilities.rules import spans
from services.facilities.rules.cells import Code, Day, Line, Name, VillageNumber, once
from services.facilities.rules.csvfile import Refused
from services.facilities.rules.spans import DAY, Span
from services.kernel.problems import Text


class CatchmentRow(BaseModel):
    """A row of catchments.csv."""

    village: VillageNumber
    facility: Code
    valid_from: Day
    valid_until: Day | None = None
    gap_reason: Name | None = None


Registered = Mapping[str, Mapping[date, Span]]
"""Registered catchments: by village, then by first day."""


def catchments(
    lines: list[Line[CatchmentRow]],
    villages: Mapping[str, date | None],
    kinds: Mapping[str, str],
    registered: Registered,
) -> tuple[list[Line[CatchmentRow]], list[Refused]]:
    """Village and puskesmas must exist, spans must not be empty, no village has two puskesmas on one day, and where
    one ends the next begins the day after, or a reason is given, or the village itself (its last day in `villages`)
    ends with it."""
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
            fallen = _clash(group, registered.get(village, {}), villages[village])
            if fallen is None:
                break
            refused.append(fallen)
            group = [line for line in group if line.number != fallen.line]
        kept += group
    return kept, refused


def moved(registered: Mapping[date, Span], village: str, to: str, day: date) -> list[CatchmentRow] | None:
    """The rows that give a village to another puskesmas from a day on, to the end of the span that day lies in; None
    when nobody has the village that day."""
    now = spans.on(registered.values(), day)
    if now is None:
        return None
    end = None if now.end == date.max else now.end
    new = CatchmentRow.model_construct(
        village=village, facility=to, valid_from=day, valid_until=end, gap_reason=now.reason
    )
    if now.start == day:
        return [new]
    return [
        CatchmentRow.model_construct(
            village=village, facility=now.holder, valid_from=now.start, valid_until=day - DAY, gap_reason=None
        ),
        new,
    ]


def _catchment_fault(
    row: CatchmentRow, villages: AbstractSet[str] | Mapping[str, date | None], kinds: Mapping[str, str]
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


def _clash(
    group: list[Line[CatchmentRow]], registered: Mapping[date, Span], village_ends: date | None
) -> Refused | None:
    laid = spans.laid(registered, [_span(line, village_ends) for line in group])
    if pair := spans.overlap(laid):
        later, other = pair
        assert later.line is not None  # noqa: S101 - registered spans never overlap one another
        return Refused(later.line, "valid_from", _taken(other))
    if open_ := spans.left_open(laid):
        assert open_.line is not None  # noqa: S101 - only lines are looked at
        return Refused(open_.line, "valid_until", _nobody_after(open_.end))
    return None


def _span(line: Line[CatchmentRow], village_ends: date | None) -> Span:
    row = line.row
    with_village = row.valid_until is not None and row.valid_until == village_ends
    reason = row.gap_reason or ("" if with_village else None)
    return Span(row.valid_from, row.valid_until or date.max, row.facility, line.number, reason)


def _taken(other: Span) -> Text:
    end = "" if other.end == date.max else f" {other.end}"
    where = f" (baris {other.line})" if other.line else ""
    en = f" (line {other.line})" if other.line else ""
    return Text(
        f"tumpang tindih: desa ini milik {other.holder} sejak {other.start}"
        + (f" sampai{end}" if end else "") + where,
        f"overlap: {other.holder} has this village from {other.start}" + (f" to{end}" if end else "") + en,
    )  # fmt: skip


def _nobody_after(end: date) -> Text:
    after = end + DAY
    return Text(
        f"tidak ada puskesmas sejak {after}: beri baris penerus yang mulai hari itu, atau alasan di gap_reason",
        f"no puskesmas from {after} on: give a row that begins on that day, or a reason in gap_reason",
    )
