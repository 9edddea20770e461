"""Chiang's abridged life table: the published vector, its standard error by simulation, and when there is none."""

from random import Random
from statistics import stdev

import pytest

from services.indicators.reading.concepts import HERE
from services.indicators.rules.lifetable import NoTable, Scheme, made

SCHEME = Scheme.read(HERE / "life-table.toml")
RATES = (.018, .0009, .0005, .0004, .0007, .0011, .0012, .0015, .0021, .0031, .0048, .0074, .0115, .0178, .0276, .0431,
         .0668, .1021, .1700)  # fmt: skip
PEOPLE = dict.fromkeys(SCHEME.ages, 1000000.0)
DEATHS = {a: round(1_000_000 * m) for a, m in zip(SCHEME.ages, RATES, strict=True)}


def test_the_published_vector() -> None:
    table = made(SCHEME, PEOPLE, DEATHS)
    assert round(table.e0, 3) == 72.193
    assert round(next(g.alive for g in table.groups if g.age == 60), 5) == 0.82449
    assert table.groups[0].alive == 1 and table.groups[-1].dying == 1
    low, high = table.interval
    assert low < table.e0 < high and 0 < table.se < 0.1


def test_the_standard_error_is_that_of_repeated_years() -> None:
    rnd, size = Random(7), 20_000  # noqa: S311
    few = {a: float(size) for a in SCHEME.ages}
    deaths = {a: round(size * m) for a, m in zip(SCHEME.ages, RATES, strict=True)}
    again = [
        {a: max(1, round(rnd.gauss(d, d**0.5))) for a, d in deaths.items()} for _ in range(400)
    ]  # fmt: skip
    seen = stdev(made(SCHEME, few, d).e0 for d in again)
    assert made(SCHEME, few, deaths).se == pytest.approx(seen, rel=0.15)


def test_where_no_table_can_be_made() -> None:
    for people, deaths, said in (
        (PEOPLE, DEATHS | {85: 0}, "cannot be closed"),
        ({a: n for a, n in PEOPLE.items() if a != 40}, DEATHS, "ages 40"),
        (PEOPLE | {40: 0.0}, DEATHS, "where nobody lives"),
    ):
        with pytest.raises(NoTable) as found:
            made(SCHEME, people, deaths)
        assert said in found.value.text.en


def test_an_age_without_deaths_only_has_no_variance() -> None:
    calm = made(SCHEME, PEOPLE, DEATHS | {10: 0})
    assert calm.e0 > made(SCHEME, PEOPLE, DEATHS).e0 and next(g.dying for g in calm.groups if g.age == 10) == 0


def test_groups() -> None:
    assert [SCHEME.group(a) for a in (0, 1, 4, 5, 84, 85, 104)] == [0, 1, 1, 5, 80, 85, 85]
