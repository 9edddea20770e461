"""What holds on which day, whatever is said in whatever order; and what a facility may be."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.facilities.contract import Kind, Ownership, Status
from services.facilities.rules import dated, facilities
from services.facilities.rules.cells import Line, parse
from services.facilities.rules.csvfile import Sheet
from services.facilities.rules.dated import Timeline, Version
from services.facilities.rules.facilities import FacilityRow, Held
from services.facilities.tables.facilities import STATE

FIRST = date(2026, 1, 1)
ALL = frozenset(FacilityRow.model_fields)
DAYS = 12
Said = tuple[int, dict[str, int]]
SAID = st.lists(
    st.tuples(st.integers(0, DAYS), st.dictionaries(st.sampled_from("ab"), st.integers(0, 2), min_size=1)), max_size=8
)


def _day(n: int) -> date:
    return FIRST + timedelta(n)


def _played(said: Sequence[Said]) -> Timeline:
    timeline: Timeline = ()
    for n, values in said:
        timeline = dated.put(timeline, _day(n), values, {"a": 0, "b": 0} | values)
    return timeline


def _book(said: Sequence[Said]) -> list[dict[str, int] | None]:
    """The same by a plain book with a page a day: what is said is written on its page and all after it, until the page
    on which that value was already another than on the page before."""
    pages: list[dict[str, int] | None] = [None] * (DAYS + 1)
    for n, values in said:
        first = next((i for i, page in enumerate(pages) if page is not None), None)
        if first is None or n < first:
            base = {"a": 0, "b": 0} if first is None else pages[first] or {}
            for i in range(n, DAYS + 1 if first is None else first):
                pages[i] = base | values
            continue
        for key, value in values.items():
            page = pages[n]
            assert page is not None
            was = page[key]
            for i in range(n, DAYS + 1):
                here = pages[i]
                if here is None or here[key] != was:
                    break
                pages[i] = here | {key: value}
    return pages


@given(SAID)
def test_any_day_gives_what_last_held_and_no_two_versions_meet(said: list[Said]) -> None:
    timeline = _played(said)
    held = [dated.on(timeline, _day(n)) for n in range(DAYS + 1)]
    assert [v.values if v else None for v in held] == _book(said)
    spans = list(dated.spans(timeline))
    assert all(end == later.start - timedelta(1) for (_, end), (later, _) in pairwise(spans))
    assert all(end is None or end >= version.start for version, end in spans)
    assert not spans or spans[-1][1] is None


@given(SAID)
def test_saying_it_again_changes_nothing(said: list[Said]) -> None:
    timeline = _played(said)
    if said:
        n, values = said[-1]
        assert dated.put(timeline, _day(n), values, {}) is timeline


@given(SAID, st.integers(0, DAYS), st.integers(0, 2))
def test_what_is_told_of_a_change_is_what_changed(said: list[Said], n: int, value: int) -> None:
    before = _played(said)
    after = dated.put(before, _day(n), {"a": value}, {"a": value, "b": 0})
    told = list(dated.differences(before, after))
    assert len(told) == (after is not before)  # one thing said is one change, however far it runs
    rebuilt = before
    for change in told:
        rebuilt = dated.put(rebuilt, change.start, change.after, dict(change.after))
    for i in range(DAYS + 1):
        a, b = dated.on(rebuilt, _day(i)), dated.on(after, _day(i))
        assert (a and a.values) == (b and b.values)


def _row(code: str = "P1", kind: Kind = Kind.PUSKESMAS, **more: Any) -> FacilityRow:
    return FacilityRow.model_construct(
        code=code, name=code, kind=kind, ownership=Ownership.PUBLIC, village="1410011001", **more
    )


def test_the_dated_columns_are_those_of_a_row() -> None:
    assert set(_row().state(ALL)) == set(STATE)


CODES = st.sampled_from(["1", "2", None])
LOADED = st.lists(st.tuples(st.sampled_from("ABC"), st.integers(0, 6), CODES), max_size=6)


def _place(loaded: list[tuple[str, int, str | None]], before: Any, others: Any = ()) -> facilities.Placed:
    lines = [Line(n, _row(c, satusehat_id=v, valid_from=_day(d))) for n, (c, d, v) in enumerate(loaded, 2)]
    return facilities.place(lines, {"satusehat_id", "valid_from"}, FIRST, before, others)


@given(LOADED, LOADED)
def test_no_code_is_two_facilities_on_one_day(
    first: list[tuple[str, int, str | None]], second: list[tuple[str, int, str | None]]
) -> None:
    before = _place(first, {}).timelines
    placed = _place(second, before)
    for day in map(_day, range(10)):
        held = [v.values["satusehat_id"] for t in placed.timelines.values() if (v := dated.on(t, day))]
        codes = [c for c in held if c]
        assert len(codes) == len(set(codes))
    fallen = {r.line for r in placed.refused}
    assert not fallen & {line.number for line in placed.changed}
    assert all(line in range(2, len(second) + 2) for line in fallen)


def test_a_code_may_pass_on_but_not_before_it_is_free() -> None:
    before = {"A": [Version(FIRST, _row("A", satusehat_id="1").state(ALL))]}
    passed = _place([("A", 5, None), ("B", 5, "1")], before)
    assert passed.refused == []
    early = _place([("A", 5, None), ("B", 4, "1")], before)
    assert [(r.line, r.column) for r in early.refused] == [(3, "satusehat_id")]
    assert "2026-01-05" in early.refused[0].reason.en
    assert [line.row.code for line in early.changed] == ["A"]
    held = [Held("satusehat_id", "1", "Z", _day(3), None)]
    assert [r.line for r in _place([("B", 1, "1")], {}, held).refused] == [2]
    assert _place([("B", 1, "1"), ("B", 3, None)], {}, held).refused == []


@pytest.mark.parametrize(
    ("kind", "more", "column"),
    [
        (Kind.RS, {"hospital_class": "C"}, None), (Kind.PUSKESMAS, {"hospital_class": "C"}, "hospital_class"),
        (Kind.PUSKESMAS, {"inpatient": True}, None), (Kind.RS, {"inpatient": True}, "inpatient"),
        (Kind.TPMD, {"inpatient": False}, "inpatient"), (Kind.POSYANDU, {"bpjs_code": "0001P001"}, "bpjs_code"),
        (Kind.POSYANDU, {"licence": "440/1"}, "licence"), (Kind.DINKES, {"licence": "440/1"}, "licence"),
        (Kind.TPMD, {"licence_until": FIRST}, "licence"),
        (Kind.TPMD, {"licence": "1", "licence_from": _day(1), "licence_until": FIRST}, "licence_until"),
        (Kind.TPMD, {"licence": "1", "licence_from": FIRST, "licence_until": FIRST}, None),
    ],
)  # fmt: skip
def test_what_a_kind_may_have(kind: Kind, more: dict[str, Any], column: str | None) -> None:
    line = Line(2, _row(kind=kind, **more))
    placed = facilities.place([line], ALL, FIRST, {}, ())
    assert [r.column for r in placed.refused] == ([column] if column else [])


def test_a_kind_cannot_change_under_what_only_the_old_kind_has_on_any_later_day() -> None:
    rs = _row("R", Kind.RS)
    before = dated.put([Version(FIRST, rs.state(ALL))], _day(5), {"hospital_class": "C"}, {})
    line = Line(2, _row("R", Kind.KLINIK_UTAMA, valid_from=_day(2)))
    placed = facilities.place([line], {"kind", "valid_from"}, FIRST, {"R": before}, ())
    assert [(r.line, r.column) for r in placed.refused] == [(2, "kind")]
    assert "hospital_class" in placed.refused[0].reason.en


@pytest.mark.parametrize(
    ("columns", "speaks"),
    [
        ({"code", "phone", "valid_from"}, {"phone", "organization_type"}),
        ({"active"}, {"status", "active", "organization_type"}),
        ({"status"}, {"status", "active", "organization_type"}),
    ],
)
def test_columns_that_follow_are_spoken_of_with_those_they_follow(columns: set[str], speaks: set[str]) -> None:
    assert facilities.named(columns) == speaks


def test_status_and_active_agree() -> None:
    assert _row(active=False).state(ALL)["status"] == Status.CLOSED
    assert _row(status=Status.SUSPENDED).state(ALL)["active"] is False
    assert _row(active=False, status=Status.ACTIVE).state({"active"})["status"] == Status.CLOSED
    assert _row(active=True, status=Status.CLOSED).state({"status"})["active"] is False
    for active, status, column in ((True, Status.CLOSED, "active"), (False, None, None), (True, None, None)):
        placed = facilities.place([Line(2, _row(active=active, status=status))], ALL, FIRST, {}, ())
        assert [r.column for r in placed.refused] == ([column] if column else [])


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("nib", "123"), ("email", "tanpa-at"), ("status", "tutup"), ("hospital_class", "E"), ("inpatient", "mungkin"),
        ("licence_until", "31-12-2026"), ("licence", "x" * 65), ("address", "x" * 201),
    ],
)  # fmt: skip
def test_a_cell_that_cannot_be_read_names_its_column(column: str, value: str) -> None:
    cells = {"code": "P1", "name": "P", "kind": "rs", "ownership": "public", "village": "1410011001", column: value}
    lines, refused = parse(Sheet(frozenset(cells), [(2, cells)], []), FacilityRow)
    assert lines == []
    assert [(r.line, r.column) for r in refused] == [(2, column)]


def test_before_its_first_day_a_facility_is_planned_and_has_no_codes() -> None:
    timeline = [Version(_day(3), _row(satusehat_id="1").state(ALL))]
    version, end = facilities.as_known_on(timeline, FIRST)
    assert (version.values["status"], version.values["active"], version.values["satusehat_id"]) == (
        Status.PLANNED, False, None,
    )  # fmt: skip
    assert end is None
    assert facilities.as_known_on(timeline, _day(3))[0].values["satusehat_id"] == "1"
