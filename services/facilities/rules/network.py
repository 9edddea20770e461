"""What rows must be among each other and with what is registered already.

Each function takes the lines that are right by themselves and gives those that may be loaded and why the others
may not. A refused row changes what the others meet, so the checks repeat until nothing more falls; of two rows
that clash, the later line falls.
"""

from collections.abc import Callable, Hashable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date

from services.facilities.contract import CODE_LENGTH, Kind, Level
from services.facilities.rules.csvfile import Refused
from services.facilities.rules.rows import AreaRow, CatchmentRow, FacilityRow, Line, PractitionerRow, R
from services.kernel.problems import Text

PARENT_LENGTH = {2: 0, 4: 2, 6: 4, 10: 6}
ROOTS = (Level.PROVINSI, Level.KABUPATEN, Level.KOTA)
IDENTIFIERS = ("satusehat_id", "bpjs_code")


def once(lines: list[Line[R]], key: Callable[[R], Hashable], column: str) -> tuple[list[Line[R]], list[Refused]]:
    """Each key once: a repeated one is refused, naming the line it stood on first."""
    first: dict[Hashable, int] = {}
    kept: list[Line[R]] = []
    refused: list[Refused] = []
    for line in lines:
        before = first.setdefault(key(line.row), line.number)
        if before == line.number:
            kept.append(line)
        else:
            text = Text(f"sudah ada di baris {before}", f"already given on line {before}")
            refused.append(Refused(line.number, column, text))
    return kept, refused


def areas(lines: list[Line[AreaRow]], known: AbstractSet[str]) -> tuple[list[Line[AreaRow]], list[Refused]]:
    """Code, level and parent must agree, and the parent must exist (`known` are the registered codes)."""
    lines, refused = once(lines, lambda r: r.code, "code")
    kept: list[Line[AreaRow]] = []
    there = set(known)
    for line in sorted(lines, key=lambda x: len(x.row.code)):  # parents first
        fault = _area_fault(line.row, there)
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


def facilities(
    lines: list[Line[FacilityRow]], villages: AbstractSet[str], registered: Mapping[str, Mapping[str, str | None]]
) -> tuple[list[Line[FacilityRow]], list[Refused]]:
    """The village must exist, coordinates come in pairs, and no two facilities share a SATUSEHAT or BPJS code.

    `registered`: the identifiers of facilities registered already, by code.
    """
    lines, refused = once(lines, lambda r: r.code, "code")
    kept: list[Line[FacilityRow]] = []
    for line in lines:
        fault = _facility_fault(line.row, villages)
        if fault is None:
            kept.append(line)
        else:
            refused.append(Refused(line.number, *fault))
    while True:
        clashing = _shared_identifiers(kept, registered)
        if not clashing:
            return kept, refused
        refused += clashing
        fallen = {r.line for r in clashing}
        kept = [line for line in kept if line.number not in fallen]


def _facility_fault(row: FacilityRow, villages: AbstractSet[str]) -> tuple[str, Text] | None:
    if row.village not in villages:
        return "village", Text("desa belum terdaftar", "the village is not registered")
    if (row.latitude is None) != (row.longitude is None):
        column = "latitude" if row.latitude is None else "longitude"
        return column, Text("lintang dan bujur diisi berdua", "latitude and longitude go together")
    return None


def _shared_identifiers(
    lines: list[Line[FacilityRow]], registered: Mapping[str, Mapping[str, str | None]]
) -> list[Refused]:
    """Lines whose identifier belongs to another facility once all lines are loaded."""
    loading = {line.row.code for line in lines}
    holder = {
        (column, ids[column]): code for code, ids in registered.items() if code not in loading for column in IDENTIFIERS
    }
    refused = []
    for line in lines:
        for column in IDENTIFIERS:
            value = getattr(line.row, column)
            if value is not None and holder.setdefault((column, value), line.row.code) != line.row.code:
                other = holder[column, value]
                text = Text(f"sudah dipakai faskes {other}", f"belongs to facility {other} already")
                refused.append(Refused(line.number, column, text))
                break
    return refused


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


def practitioners(
    lines: list[Line[PractitionerRow]], facilities_known: AbstractSet[str], niks: Mapping[str, str | None]
) -> tuple[list[Line[PractitionerRow]], list[Refused]]:
    """The facility must exist, days must be in order, and one number means one human: the same NIK everywhere.

    `niks`: NIK by practitioner id, as registered.
    """
    lines, refused = once(lines, lambda r: (r.id, r.facility), "facility")
    kept: list[Line[PractitionerRow]] = []
    seen = dict(niks)
    for line in lines:
        row, fault = line.row, None
        if row.facility not in facilities_known:
            fault = "facility", Text("faskes belum terdaftar", "the facility is not registered")
        elif row.valid_from and row.valid_until and row.valid_until < row.valid_from:
            fault = "valid_until", Text("sebelum valid_from", "before valid_from")
        elif row.nik and (seen.get(row.id) or row.nik) != row.nik:
            fault = "nik", Text("nomor ini milik NIK lain", "this number belongs to another NIK")
        if fault is None:
            kept.append(line)
            seen[row.id] = row.nik or seen.get(row.id)
        else:
            refused.append(Refused(line.number, *fault))
    return kept, refused
