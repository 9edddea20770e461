"""The rules among rows, of roles, of secrets and of failed sign-ins."""

import itertools
from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.facilities.contract import Kind, Level
from services.facilities.rules import areas, catchments, roles, secrets
from services.facilities.rules.areas import AreaRow
from services.facilities.rules.catchments import CatchmentRow, Span
from services.facilities.rules.cells import Line
from services.kernel import passwords
from services.kernel.auth import Role
from services.kernel.throttle import Throttle

VILLAGE, FIRST = "1410011001", date(2026, 1, 1)


def _span(start: int, length: int | None, number: int) -> Line[CatchmentRow]:
    end = None if length is None else FIRST + timedelta(start + length)
    row = CatchmentRow.model_construct(
        village=VILLAGE, facility="P1", valid_from=FIRST + timedelta(start), valid_until=end, gap_reason="uji"
    )
    return Line(number, row)


def _overlapping(spans: Sequence[tuple[date, date]]) -> bool:
    ordered = sorted(spans)
    return any(b[0] <= a[1] for a, b in itertools.pairwise(ordered))


LENGTHS = st.one_of(st.none(), st.integers(0, 9))


@given(st.lists(st.tuples(st.integers(0, 30), LENGTHS), max_size=12), st.lists(st.integers(0, 9), max_size=4))
def test_kept_catchments_never_overlap_and_none_falls_without_cause(
    given_: list[tuple[int, int | None]], before: list[int]
) -> None:
    registered = {}
    for n, length in enumerate(before):
        start = FIRST + timedelta(10 * n)
        registered[start] = Span(start, start + timedelta(length), "P0")
    lines = [_span(start, length, n) for n, (start, length) in enumerate(given_, 2)]
    kept, refused = catchments.catchments(lines, {VILLAGE: None}, {"P1": "puskesmas"}, {VILLAGE: registered})
    final = {start: (s.start, s.end) for start, s in registered.items()}
    final |= {line.row.valid_from: (line.row.valid_from, line.row.valid_until or date.max) for line in kept}
    assert not _overlapping(list(final.values()))
    assert sorted([*(line.number for line in kept), *(r.line for r in refused)]) == [line.number for line in lines]
    if not kept and lines and not registered:
        pytest.fail("one line alone never clashes")


@pytest.mark.parametrize(
    ("code", "level", "parent", "column"),
    [
        ("1410", Level.KABUPATEN, "14", None), ("1410", Level.KABUPATEN, None, None),
        ("141001", Level.KECAMATAN, "1410", "parent"), ("1410", Level.KABUPATEN, "15", "parent"),
        ("1410", Level.KECAMATAN, "14", "level"), ("141001", Level.KECAMATAN, None, "parent"),
        ("14", Level.PROVINSI, "14", "parent"),
    ],
)  # fmt: skip
def test_an_area_hangs_where_its_code_says(code: str, level: Level, parent: str | None, column: str | None) -> None:
    row = AreaRow.model_construct(code=code, name="x", level=level, parent=parent)
    kept, refused = areas.areas([Line(2, row)], {"14": None, "15": None})
    assert [r.column for r in refused] == ([column] if column else [])
    assert len(kept) == (0 if column else 1)


def test_parents_may_stand_below_their_children_and_a_fallen_parent_takes_them_along() -> None:
    child = AreaRow.model_construct(code="141001", name="x", level=Level.KECAMATAN, parent="1410")
    parent = AreaRow.model_construct(code="1410", name="x", level=Level.KABUPATEN, parent="14")
    assert len(areas.areas([Line(2, child), Line(3, parent)], {"14": None})[0]) == 2
    assert [r.line for r in areas.areas([Line(2, child), Line(3, parent)], {})[1]] == [3, 2]


def test_every_kind_has_roles_and_no_facility_role_opens_the_office() -> None:
    for kind in Kind:
        assert roles.client_roles(kind)
        if kind is not Kind.DINKES:
            assert not roles.DISTRICT & {*roles.client_roles(kind), *roles.staff_roles(kind)}
        assert Role.CLINIC_SYSTEM not in roles.staff_roles(kind)


def test_secrets_fit_only_themselves() -> None:
    secret = secrets.new_secret()
    assert len(secret) == 40
    assert secrets.secret_fits(secret, secrets.digest(secret))
    assert not secrets.secret_fits(secret, secrets.digest(secret + "x"))
    assert not secrets.secret_fits(secret, None)
    assert not secrets.secret_fits("", bytes(32))
    stored = passwords.hash_password("kata sandi é")
    assert passwords.password_fits("kata sandi é", stored)
    assert not passwords.password_fits("kata sandi e", stored)
    assert not passwords.password_fits("", None)
    assert passwords.hash_password("sama") != passwords.hash_password("sama")


def test_the_throttle_opens_after_its_window_and_stays_small() -> None:
    throttle = Throttle(misses=2, window=10, room=3)
    key = ("a", "1")
    throttle.miss(key, 0)
    assert throttle.wait(key, 1) == 0
    throttle.miss(key, 1)
    assert throttle.wait(key, 1) == 10
    assert throttle.wait(("a", "2"), 1) == 0
    assert throttle.wait(key, 10) == 0
    throttle.hit(key)
    for n in range(10):
        throttle.miss((str(n), ""), 20)
    assert len(throttle._seen) <= 3
