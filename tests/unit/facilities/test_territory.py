"""No gap, no overlap, no circle, whatever is loaded or moved in whatever order; the territory against its rule."""

from collections.abc import Mapping
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.facilities.contract import Kind, Level
from services.facilities.contract.territory import TerritoryRule
from services.facilities.rules import catchments, links, spans, territory
from services.facilities.rules.catchments import CatchmentRow
from services.facilities.rules.cells import Line
from services.facilities.rules.facilities import FacilityRow
from services.facilities.rules.links import LinkRow
from services.facilities.rules.spans import Span

VILLAGE, FIRST = "1410011001", date(2026, 1, 1)
KINDS = {"P1": "puskesmas", "P2": "puskesmas", "P3": "puskesmas"}
DAYS = st.integers(0, 40)
Laid = dict[date, Span]


def _day(n: int) -> date:
    return FIRST + timedelta(n)


def _span(row: CatchmentRow) -> Span:
    return Span(row.valid_from, row.valid_until or date.max, row.facility, reason=row.gap_reason)


def _loaded(now: Laid, rows: list[CatchmentRow]) -> Laid:
    """What stands after a load of `rows`: the rule's own word on which may be loaded."""
    lines = [Line(n, row) for n, row in enumerate(rows, 2)]
    kept, refused = catchments.catchments(lines, {VILLAGE: None}, KINDS, {VILLAGE: now})
    assert sorted([*(k.number for k in kept), *(r.line for r in refused)]) == [line.number for line in lines]
    return now | {line.row.valid_from: _span(line.row) for line in kept}


def _row(facility: str, start: int, length: int | None, reason: str | None) -> CatchmentRow:
    return CatchmentRow.model_construct(
        village=VILLAGE, facility=facility, valid_from=_day(start), gap_reason=reason,
        valid_until=None if length is None else _day(start + length),
    )  # fmt: skip


LOAD = st.tuples(
    st.just("load"),
    st.lists(
        st.builds(
            _row, st.sampled_from(sorted(KINDS)), DAYS, st.one_of(st.none(), st.integers(0, 15)),
            st.sampled_from([None, None, "desa dikosongkan"]),
        ),
        min_size=1, max_size=4,
    ),
)  # fmt: skip
MOVE = st.tuples(st.just("move"), st.tuples(st.sampled_from(sorted(KINDS)), DAYS))


def _covered(now: Laid) -> dict[date, str]:
    found: dict[date, str] = {}
    for span in now.values():
        day = span.start
        while day <= min(span.end, _day(80)):
            assert day not in found, "two puskesmas on one day"
            found[day] = span.holder
            day += spans.DAY
    return found


@given(st.lists(st.one_of(LOAD, MOVE), max_size=8))
def test_after_any_acts_no_day_has_two_puskesmas_and_no_gap_is_without_its_reason(acts: list) -> None:
    now: Laid = {}
    for what, how in acts:
        before = _covered(now)
        if what == "load":
            now = _loaded(now, how)
        else:
            rows = catchments.moved(now, VILLAGE, how[0], _day(how[1]))
            assert (rows is None) == (_day(how[1]) not in before)
            if rows is None or before[_day(how[1])] == how[0]:
                continue
            now = _loaded(now, rows)
            after = _covered(now)
            assert after.keys() == before.keys(), "a move covers what was covered"
            assert after[_day(how[1])] == how[0]
            assert all(after[d] == who for d, who in before.items() if d < _day(how[1])), "the past stands"
        _covered(now)
        ends = {s.end + spans.DAY for s in now.values() if s.end != date.max and s.reason is None}
        assert ends <= now.keys(), "an end without successor and without reason"


def test_a_row_that_ends_alone_falls_and_its_village_may_end_with_it() -> None:
    row = _row("P1", 0, 10, None)
    kept, refused = catchments.catchments([Line(2, row)], {VILLAGE: None}, KINDS, {})
    assert not kept
    assert [(r.line, r.column) for r in refused] == [(2, "valid_until")]
    kept, refused = catchments.catchments([Line(2, row)], {VILLAGE: _day(10)}, KINDS, {})
    assert kept
    assert not refused


CODES = "ABCDE"
LINK = st.builds(
    lambda child, parent, start, length: LinkRow.model_construct(
        child=child, parent=parent, valid_from=_day(start), coordinates=True,
        valid_until=None if length is None else _day(start + length),
    ),
    st.sampled_from(CODES), st.sampled_from(CODES), st.integers(0, 12), st.one_of(st.none(), st.integers(0, 8)),
)  # fmt: skip


@given(st.lists(st.lists(LINK, max_size=5), max_size=6))
def test_after_any_loads_nobody_is_above_itself_on_any_day_and_has_one_parent(loads: list[list[LinkRow]]) -> None:
    kinds, fits = dict.fromkeys(CODES, "x"), {"x": frozenset({"x"})}
    now: dict[str, Laid] = {}
    for rows in loads:
        lines = [Line(n, row) for n, row in enumerate(rows, 2)]
        kept, _ = links.links(lines, kinds, now, fits)
        for line in kept:
            row = line.row
            span = Span(row.valid_from, row.valid_until or date.max, row.parent)
            now.setdefault(row.child, {})[row.valid_from] = span
    for n in range(25):
        above = _parents(now, _day(n))
        for code in CODES:
            at, steps = code, 0
            while at in above:
                at, steps = above[at], steps + 1
                assert steps <= len(CODES), "a circle"


def _parents(now: Mapping[str, Laid], day: date) -> dict[str, str]:
    found: dict[str, str] = {}
    for child, held in now.items():
        for span in held.values():
            if span.start <= day <= span.end:
                assert child not in found, "two parents on one day"
                found[child] = span.holder
    return found


def test_a_line_without_a_fault_of_its_own_is_kept() -> None:
    kinds, fits = dict.fromkeys(CODES, "x"), {"x": frozenset({"x"})}
    rows = [("A", "B"), ("B", "C"), ("C", "A")]
    lines = [
        Line(n, LinkRow.model_construct(child=c, parent=p, valid_from=FIRST, valid_until=None, coordinates=True))
        for n, (c, p) in enumerate(rows, 2)
    ]
    kept, refused = links.links(lines, kinds, {}, fits)
    assert [line.number for line in kept] == [2, 3]
    assert [(r.line, r.column) for r in refused] == [(4, "parent")]
    assert "melingkar" in refused[0].reason.id


@pytest.mark.parametrize(
    ("child", "parent", "column"),
    [
        ("posyandu", "pustu", None), ("posyandu", "puskesmas", None), ("pustu", "puskesmas", None),
        ("pustu", "pustu", "parent"), ("posyandu", "posyandu", "parent"), ("pustu", "posyandu", "parent"),
        ("posyandu", "klinik-pratama", "parent"), ("puskesmas", "puskesmas", "child"), ("tpmd", "puskesmas", "child"),
    ],
)  # fmt: skip
def test_only_kinds_that_fit_are_linked(child: str, parent: str, column: str | None) -> None:
    row = LinkRow.model_construct(child="A", parent="B", valid_from=FIRST, valid_until=None, coordinates=True)
    _, refused = links.links([Line(2, row)], {"A": child, "B": parent}, {})
    assert [r.column for r in refused] == ([column] if column else [])


def test_a_facility_does_not_become_what_its_links_do_not_fit() -> None:
    def becoming(code: str, kind: Kind) -> Line[FacilityRow]:
        return Line(2, FacilityRow.model_construct(code=code, kind=kind))

    held = [("Y", "posyandu", "U", "pustu"), ("U", "pustu", "P", "puskesmas")]
    assert links.facilities([becoming("U", Kind.PUSKESMAS)], [], held)[1][0].column == "kind"
    assert links.facilities([becoming("P", Kind.KLINIK_PRATAMA)], [], held)[1]
    assert not links.facilities([becoming("U", Kind.PUSTU), becoming("Z", Kind.PUSKESMAS)], [], held)[1]


AREAS = [
    {"code": "1410", "name": "K", "level": Level.KABUPATEN, "parent": None},
    {"code": "141001", "name": "Satu", "level": Level.KECAMATAN, "parent": "1410"},
    {"code": "141002", "name": "Dua", "level": Level.KECAMATAN, "parent": "1410"},
    {"code": "1410012001", "name": "A", "level": Level.DESA, "parent": "141001"},
    {"code": "1410012002", "name": "B", "level": Level.DESA, "parent": "141001"},
    {"code": "1410022001", "name": "C", "level": Level.DESA, "parent": "141002"},
]
RULE = TerritoryRule(valid_from=FIRST, regulation="uji", puskesmas_per_kecamatan=1, several_allowed=True)


def _post(code: str, kind: str, village: str, parent: str | None = None) -> dict[str, str | None]:
    return {"code": code, "name": code, "kind": kind, "village": village, "parent": parent}


def test_the_report_names_what_the_rule_finds() -> None:
    posts = [
        _post("P1", "puskesmas", "1410012001"), _post("P2", "puskesmas", "1410012002"),
        _post("U1", "pustu", "1410012002", "P1"), _post("Y1", "posyandu", "1410012001", "U1"),
        _post("Y2", "posyandu", "1410022001"),
    ]  # fmt: skip
    held = {"1410012001": "P1", "1410022001": "P1"}
    found = territory.report(FIRST, RULE, AREAS, posts, held)
    assert [k.code for k in found.kecamatan_without] == ["141002"]
    assert [(k.code, len(k.puskesmas)) for k in found.kecamatan_with_several] == [("141001", 2)]
    assert [v.code for v in found.villages_uncovered] == ["1410012002"]
    assert [p.code for p in found.puskesmas_without_villages] == ["P2"]
    assert [(p.code, len(p.kecamatan)) for p in found.across_kecamatan] == [("P1", 2)]
    assert [v.code for v in found.villages_without_pustu] == ["1410022001"]
    assert [v.code for v in found.villages_without_posyandu] == ["1410012002"]
    assert [p.code for p in found.unlinked] == ["Y2"]
    assert (found.met, found.kecamatan, found.villages) == (False, 2, 3)


def test_without_a_rule_of_the_day_only_facts_are_told() -> None:
    found = territory.report(FIRST, None, AREAS, [], dict.fromkeys([a["code"] for a in AREAS], "P1"))
    assert found.met
    assert not found.kecamatan_without
    assert not found.villages_without_pustu


def test_several_puskesmas_break_a_rule_that_does_not_allow_them() -> None:
    posts = [_post("P1", "puskesmas", "1410012001"), _post("P2", "puskesmas", "1410012002")]
    posts.append(_post("P3", "puskesmas", "1410022001"))
    held = dict.fromkeys([a["code"] for a in AREAS], "P1")
    assert territory.report(FIRST, RULE, AREAS, posts, held).met
    assert not territory.report(FIRST, RULE.model_copy(update={"several_allowed": False}), AREAS, posts, held).met
