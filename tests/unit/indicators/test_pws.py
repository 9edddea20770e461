"""The line, the arrow and the four words of a PWS chart; a sum that grows, without steps of few people."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from services.indicators.rules.cells import Cell
from services.indicators.rules.pws import above, direction, line, ranks, reached, status
from services.indicators.rules.suppression import Hidden, small, steps
from services.indicators.usecases.charts import _Ask, _bar

MONTHS = [3, 4, 4, 2, 0, 0, 1, 0, 0, 0, 0, 0, 0]


def test_the_line_and_the_arrow() -> None:
    assert [line(100, m) for m in (1, 6, 11, 12)] == [8.33, 50.0, 91.67, 100.0] and line(90, 6) == 45.0
    assert [direction(MONTHS, m) for m in range(1, 8)] == ["up", "same", "down", "down", "same", "up", "down"]
    assert direction([0] * 13, 1) == "same", "January has no month before it"
    assert reached(MONTHS, 0) == 3 and reached(MONTHS, 3) == 13


def test_on_the_line_is_above_it() -> None:
    assert above(50, 100, 100, 6) and not above(49, 100, 100, 6)
    assert above(11, 12, 100, 11), "91.666… is not rounded up against it"


def test_the_four_words() -> None:
    assert [status(a, d) for a in (True, False) for d in ("up", "same", "down")] == [
        "Baik", "Baik", "Kurang", "Cukup", "Jelek", "Jelek",
    ]  # fmt: skip


def test_equals_share_a_place() -> None:
    assert ranks([90.0, 80.0, 80.0, None, 10.0]) == [1, 2, 2, None, 4]


def test_whose_months_are_hidden_is_shown_as_of_now_only() -> None:
    """The sums to the end of two months would give the month between away."""
    cell = Cell({-1: 20, 9: 12, 10: 3, 11: 4})
    now, before = (
        _bar("v", None, cell, Hidden(months=True), None, _Ask("registered", 100, m, 11, True)) for m in (11, 10)
    )
    assert (now.served, now.this_month, now.last_month, now.suppressed) == (19, None, None, True)
    assert (before.served, before.coverage, before.status, before.suppressed) == (None, None, None, True)
    exact = _bar("v", None, cell, Hidden(), None, _Ask("registered", 100, 10, 11, True))
    assert (exact.served, exact.this_month, exact.last_month, exact.status) == (15, 3, 12, "Jelek")


@given(st.lists(st.integers(0, 12), min_size=1, max_size=13))
def test_no_two_values_shown_differ_by_few(new: list[int]) -> None:
    series = [sum(new[: n + 1]) for n in range(len(new))]
    shown = [v for v in steps(series) if v is not None]
    assert not any(small(b - a) for a, b in combinations([0, *shown], 2))
    assert small(series[-1]) or steps(series)[-1] == series[-1]
