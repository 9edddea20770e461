"""Rows of links: posyandu → pustu → puskesmas; one parent on a day, kinds that fit, never a circle."""

from collections.abc import Iterable, Mapping
from datetime import date

from pydantic import BaseModel

from services.facilities.contract import Kind
from services.facilities.rules import spans
from services.facilities.rules.cells import Code, Day, Line, YesNo, once
from services.facilities.rules.csvfile import Refused
from services.facilities.rules.facilities import FacilityRow
from services.facilities.rules.spans import Span
from services.kernel.problems import Text

FITS: Mapping[str, frozenset[str]] = {
    Kind.POSYANDU: frozenset({Kind.PUSTU, Kind.PUSKESMAS}),
    Kind.PUSTU: frozenset({Kind.PUSKESMAS}),
}
"""What a kind may hang on (KMK HK.01.07/MENKES/2015/2023: puskesmas, unit desa, posyandu)."""


class LinkRow(BaseModel):
    """A row of links.csv."""

    child: Code
    parent: Code
    valid_from: Day
    valid_until: Day | None = None
    coordinates: YesNo = True


Registered = Mapping[str, Mapping[date, Span]]
"""Registered links: by child, then by first day; the holder is the parent."""


def links(
    lines: list[Line[LinkRow]],
    kinds: Mapping[str, str],
    registered: Registered,
    fits: Mapping[str, frozenset[str]] = FITS,
) -> tuple[list[Line[LinkRow]], list[Refused]]:
    """Both ends must exist and fit one another, a child has one parent on a day, and nobody is above itself on any."""
    lines, refused = once(lines, lambda r: (r.child, r.valid_from), "valid_from")
    kept: list[Line[LinkRow]] = []
    for line in lines:
        fault = _fault(line.row, kinds, fits)
        if fault is None:
            kept.append(line)
        else:
            refused.append(Refused(line.number, *fault))
    while True:
        fallen = _clash(kept, registered)
        if fallen is None:
            return kept, refused
        refused.append(fallen)
        kept = [line for line in kept if line.number != fallen.line]


def facilities(
    lines: list[Line[FacilityRow]], refused: list[Refused], held: Iterable[tuple[str, str, str, str]]
) -> tuple[list[Line[FacilityRow]], list[Refused]]:
    """A facility does not become a kind that its links do not fit; `held`: (child, its kind, parent, its kind)."""
    becoming = {line.row.code: str(line.row.kind) for line in lines}
    stuck: dict[str, str] = {}
    for child, child_kind, parent, parent_kind in held:
        if becoming.get(parent, parent_kind) not in FITS.get(becoming.get(child, child_kind), ()):
            at, other = (child, parent) if becoming.get(child, child_kind) != child_kind else (parent, child)
            stuck.setdefault(at, other)
    kept = [line for line in lines if line.row.code not in stuck]
    return kept, [*refused, *(
        Refused(line.number, "kind", Text(
            f"tidak cocok dengan rantainya: terikat dengan {stuck[line.row.code]}",
            f"does not fit its chain: linked with {stuck[line.row.code]}",
        )) for line in lines if line.row.code in stuck
    )]  # fmt: skip


def _fault(row: LinkRow, kinds: Mapping[str, str], fits: Mapping[str, frozenset[str]]) -> tuple[str, Text] | None:
    for column, code in (("child", row.child), ("parent", row.parent)):
        if code not in kinds:
            return column, Text("faskes belum terdaftar", "the facility is not registered")
    low, high = kinds[row.child], kinds[row.parent]
    if not fits.get(low):
        return "child", Text(f"{low} tidak bernaung pada faskes lain", f"a {low} hangs on no other facility")
    if high not in fits[low]:
        able = "/".join(sorted(fits[low]))
        return "parent", Text(f"{low} bernaung pada {able}, bukan {high}", f"a {low} hangs on {able}, not on a {high}")
    if row.valid_until is not None and row.valid_until < row.valid_from:
        return "valid_until", Text("sebelum valid_from", "before valid_from")
    return None


def _clash(kept: list[Line[LinkRow]], registered: Registered) -> Refused | None:
    by_child: dict[str, list[Span]] = {}
    for line in kept:
        row = line.row
        span = Span(row.valid_from, row.valid_until or date.max, row.parent, line.number)
        by_child.setdefault(row.child, []).append(span)
    laid = {child: spans.laid(registered.get(child, {}), by_child.get(child, ())) for child in {*registered, *by_child}}
    for child in by_child:
        if pair := spans.overlap(laid[child]):
            later, other = pair
            assert later.line is not None  # noqa: S101 - registered spans never overlap one another
            return Refused(later.line, "valid_from", _taken(other))
    for line in reversed(kept):
        row = line.row
        if meets(laid, row.child, row.parent, row.valid_from, row.valid_until or date.max):
            return Refused(line.number, "parent", Text(
                f"melingkar: {row.parent} sendiri bernaung di bawah {row.child}",
                f"a circle: {row.parent} itself hangs under {row.child}",
            ))  # fmt: skip
    return None


def meets(laid: Mapping[str, list[Span]], child: str, parent: str, start: date, end: date) -> bool:
    """Whether, going up from `parent`, `child` is met on some day of the span."""
    seen: set[tuple[str, date, date]] = set()
    ways = [(parent, start, end)]
    while ways:
        way = ways.pop()
        code, first, last = way
        if code == child:
            return True
        if way not in seen:
            seen.add(way)
            ways += [
                (s.holder, max(first, s.start), min(last, s.end))
                for s in laid.get(code, ())
                if s.start <= last and first <= s.end
            ]
    return False


def _taken(other: Span) -> Text:
    until = "" if other.end == date.max else f"–{other.end}"
    return Text(
        f"tumpang tindih: sudah bernaung pada {other.holder} sejak {other.start}{until}",
        f"overlap: hangs on {other.holder} already from {other.start}{until}",
    )
