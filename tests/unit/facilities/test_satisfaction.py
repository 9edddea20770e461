"""IKM by the book: the reference's figures, and what must hold for any answers."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.facilities import instrument
from services.facilities.rules import satisfaction as rules
from services.facilities.rules import surveys
from services.facilities.rules.cells import Line
from services.facilities.rules.satisfaction import Sums

BOOK = instrument.in_force(date(2026, 1, 1))
CODES = [e.code for e in BOOK.elements]
Answer = dict[str, int | None]


def sums(answers: list[Answer]) -> Sums:
    """As the database adds up."""
    own = [sum(v for v in a.values() if v) / sum(v is not None for v in a.values()) for a in answers]
    return Sums(
        len(answers), {c: sum(a[c] is not None for a in answers) for c in CODES},
        {c: sum(a[c] or 0 for a in answers) for c in CODES}, sum(own), sum(x * x for x in own),
    )  # fmt: skip


def test_the_printed_weight_and_the_exact_one_differ_as_the_reference_says() -> None:
    means = [Fraction("32.9311") / 9] * 9
    assert rules.index(means, BOOK.weights["printed"]) == Decimal("90.56")
    assert rules.index(means, BOOK.weights["exact"]) == Decimal("91.48")


@pytest.mark.parametrize(
    ("value", "grade"),
    [("100", "A"), ("88.31", "A"), ("88.30", "B"), ("76.61", "B"), ("76.60", "C"), ("65.00", "C"), ("64.99", "D"),
     ("25.00", "D"), ("24.75", "D")],
)  # fmt: skip
def test_bands(value: str, grade: str) -> None:
    assert rules.band(BOOK.bands, Decimal(value)).grade == grade


def test_it_is_rounded_before_it_is_graded() -> None:
    means = [Fraction("88.305") / 25] * 9
    assert rules.index(means, BOOK.weights["exact"]) == Decimal("88.31")
    assert rules.band(BOOK.bands, rules.index(means, BOOK.weights["exact"])).grade == "A"


@given(st.integers(2500, 10000))
def test_bands_are_total_and_gapless(cents: int) -> None:
    value = Decimal(cents) / 100
    printed = {"A": ("88.31", "100"), "B": ("76.61", "88.30"), "C": ("65.00", "76.60"), "D": ("25.00", "64.99")}
    fitting = [g for g, (low, high) in printed.items() if Decimal(low) <= value <= Decimal(high)]
    assert [rules.band(BOOK.bands, value).grade] == fitting


@pytest.mark.parametrize(
    ("served", "minimum"),
    [(1, 1), (10, 10), (100, 80), (500, 217), (1000, 278), (5000, 357), (10_000, 370), (1_000_000, 384)],
)
def test_minimum_sample(served: int, minimum: int) -> None:
    assert rules.minimum_sample(served) == minimum


def test_a_mean_is_over_those_who_answered_the_element() -> None:
    full: Answer = dict.fromkeys(CODES, 4)
    found = rules.ikm(BOOK, sums([full, full | {"u1": None}, full | {"u1": 1}]), "exact", None)
    assert found.means["u1"] == Fraction(5, 2)
    assert found.means["u2"] == 4
    assert found.index == rules.rounded((Fraction(5, 2) + 32) / 9 * 25)
    assert rules.worst(found.means) == ["u1", "u2", "u3"]


def test_no_index_while_an_element_has_no_answer() -> None:
    found = rules.ikm(BOOK, sums([dict.fromkeys(CODES, 4) | {"u9": None}]), "exact", None)
    assert found.index is None and found.band is None and found.interval is None


answers = st.lists(
    st.fixed_dictionaries({c: st.none() | st.integers(1, 4) for c in CODES}).filter(lambda a: any(a.values())),
    min_size=1, max_size=30,
)  # fmt: skip


@given(answers, st.randoms())
def test_the_index_is_within_its_range_and_in_any_order_the_same(given_: list[Answer], rng: Random) -> None:
    given_ = [*given_, dict.fromkeys(CODES, 2)]
    found = rules.ikm(BOOK, sums(given_), "exact", None)
    assert found.index is not None and 25 <= found.index <= 100
    shuffled = given_[:]
    rng.shuffle(shuffled)
    again = rules.ikm(BOOK, sums(shuffled), "exact", None)
    assert (again.index, again.band, again.means) == (found.index, found.band, found.means)
    halves = rules.together([sums(given_[: len(given_) // 2]), sums(given_[len(given_) // 2 :])])
    assert rules.ikm(BOOK, halves, "exact", None).index == found.index


@given(answers, st.integers(2, 5000))
def test_the_interval_holds_the_index_and_narrows_with_the_population(given_: list[Answer], served: int) -> None:
    given_ = [*given_, dict.fromkeys(CODES, 1), dict.fromkeys(CODES, 4)]
    wide, narrow = (rules.ikm(BOOK, sums(given_), "exact", n) for n in (None, served))
    assert wide.interval and narrow.interval and wide.index is not None
    assert wide.interval[0] <= float(wide.index) <= wide.interval[1]
    assert wide.interval[0] <= narrow.interval[0] <= narrow.interval[1] <= wide.interval[1]
    if served <= len(given_):
        assert narrow.interval[0] == narrow.interval[1]


def test_the_interval_by_hand() -> None:
    given_: list[Answer] = [dict.fromkeys(CODES, v) for v in (2, 3, 3, 4)]
    found = rules.ikm(BOOK, sums(given_), "exact", 40)
    half = 1.959964 * (((2 * 25**2) / 3) / 4) ** 0.5 * (36 / 39) ** 0.5
    assert found.interval == (round(75 - half, 2), round(75 + half, 2))


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [("2026", "2026-01-01", "2026-12-31"), ("2026-S2", "2026-07-01", "2026-12-31"),
     ("2024-Q1", "2024-01-01", "2024-03-31"),
     ("2024-02", "2024-02-01", "2024-02-29"), ("2026-12", "2026-12-01", "2026-12-31")],
)  # fmt: skip
def test_periods(period: str, first: str, last: str) -> None:
    assert rules.days(period) == (date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize("period", ["", "26", "2026-S3", "2026-Q5", "2026-13", "2026-1", "2026-S1 "])
def test_what_is_no_period(period: str) -> None:
    assert rules.days(period) is None


def test_the_instrument_is_whole() -> None:
    assert tuple(CODES) == surveys.ELEMENTS
    assert all(len(e.answers) == 4 for e in BOOK.elements)
    assert set(BOOK.choices) == set(surveys.ABOUT)


def fault(fields: dict[str, Any], known: dict[Any, Any] | None = None, own: str | None = None) -> str | None:
    texts = {"facility": "P1", "period": "2026", "number": "1", "answered_on": "2026-02-01", "u1": "3"} | fields
    lines, refused = surveys.parsed(texts)
    if not refused:
        assert isinstance(lines[0], Line)
        _, refused = surveys.answers(lines, {("P1", "2026"): date(2026, 1, 1)}, known or {}, date(2026, 6, 1), own)
    return refused[0].column if refused else None


def test_what_an_answer_must_be() -> None:
    assert fault({}) is None
    assert fault({"u1": "5"}) == "u1"
    assert fault({"u1": "0"}) == "u1"
    assert fault({"u1": ""}) == "u1"
    assert fault({"u1": "2.5"}) == "u1"
    assert fault({"period": "2025"}) == "period"
    assert fault({"answered_on": "2026-06-02"}) == "answered_on"
    assert fault({"age": "17"}) == "age"
    assert fault({"age": "17-25", "service": "kia"}) is None
    assert fault({"suggestion": "x" * 2001}) == "suggestion"
    assert fault({}, own="P2") == "facility"


def test_an_answer_is_never_overwritten() -> None:
    before = dict.fromkeys(surveys.GIVEN) | {"answered_on": date(2026, 2, 1), "u1": 3}
    assert fault({}, {("P1", "2026", "1"): before}) is None
    assert fault({"u1": "4"}, {("P1", "2026", "1"): before}) == "number"
    assert fault({"u2": "4"}, {("P1", "2026", "1"): before}) == "number"
