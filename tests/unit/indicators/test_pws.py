"""The line, the arrow and the four words of a PWS chart; a sum that grows, without steps of few people."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from services.indicators.rules.pws import above, direction, line, ranks, reached, status
from services.indicators.rules.suppression import small, steps

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


@given(st.lists(st.integers(0, 12), min_size=1, max_size=13))
def test_no_two_values_shown_differ_by_few(new: list[int]) -> None:
    series = [sum(new[: n + 1]) for n in range(len(new))]
    shown = [v for v in steps(series) if v is not None]
    assert not any(small(b - a) for a, b in combinations([0, *shown], 2))
    assert small(series[-1]) or steps(series)[-1] == series[-1]
