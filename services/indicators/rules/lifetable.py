"""The abridged life table of Chiang (The Life Table and its Applications, 1984), with its standard error. Pure."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from pathlib import Path

from services.kernel.problems import Text

SEXES = ("male", "female")
HALF = 0.5
NORMAL_95 = 1.959964


@dataclass(frozen=True, slots=True)
class Scheme:
    """standards/life-table.toml: the age groups, and how much of a group those live who die in it."""

    ages: tuple[int, ...]
    share_lived: Mapping[int, float]
    years: int
    sudden: float

    @classmethod
    def read(cls, path: Path) -> "Scheme":
        """From the file."""
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        lived = {int(age): float(share) for age, share in data["share_lived"].items()}
        return cls(tuple(data["ages"]), lived, int(data["years"]), float(data["sudden"]))

    def group(self, age: int) -> int:
        """The group a completed age belongs to."""
        return max(a for a in self.ages if a <= age)


@dataclass(frozen=True, slots=True)
class Group:
    """One age group of the table: `rate` deaths a person-year, `dying` of those who reach it, `alive` of one born."""

    age: int
    person_years: float
    deaths: int
    rate: float
    dying: float
    alive: float
    lived: float
    expectancy: float


@dataclass(frozen=True, slots=True)
class LifeTable:
    """Expectation of life at birth, its standard error, and the table behind it."""

    e0: float
    se: float
    groups: tuple[Group, ...]

    @property
    def interval(self) -> tuple[float, float]:
        """95 %."""
        return self.e0 - NORMAL_95 * self.se, self.e0 + NORMAL_95 * self.se


class NoTable(Exception):  # noqa: N818 - it is not an error: nothing can be said
    """No table can be made; `text` says why."""

    def __init__(self, text: Text) -> None:
        self.text = text
        super().__init__(text.en)


def made(scheme: Scheme, person_years: Mapping[int, float], deaths: Mapping[int, int]) -> LifeTable:
    """The table of these person-years and deaths by age group. Raises NoTable."""
    _possible(scheme, person_years, deaths)
    rates = [deaths.get(a, 0) / person_years[a] if person_years[a] else 0.0 for a in scheme.ages]
    widths = [b - a for a, b in zip(scheme.ages, scheme.ages[1:], strict=False)]
    shares = [scheme.share_lived.get(a, HALF) for a in scheme.ages]
    dying = [min(1.0, n * m / (1 + n * (1 - s) * m)) for n, m, s in zip(widths, rates, shares, strict=False)] + [1.0]
    alive = [1.0]
    for q in dying[:-1]:
        alive.append(alive[-1] * (1 - q))
    lived = [n * (here - here * q) + s * n * here * q
             for n, s, here, q in zip(widths, shares, alive, dying, strict=False)]  # fmt: skip
    lived.append(alive[-1] / rates[-1])
    left = [sum(lived[i:]) / alive[i] if alive[i] else 0.0 for i in range(len(alive))]
    variance = 0.0
    for i, n in enumerate(widths):
        died = deaths.get(scheme.ages[i], 0)
        if died:
            step = alive[i] * ((1 - shares[i]) * n + left[i + 1])
            variance += step**2 * dying[i] ** 2 * (1 - dying[i]) / died
    groups = tuple(
        Group(a, person_years[a], deaths.get(a, 0), *row)
        for a, *row in zip(scheme.ages, rates, dying, alive, lived, left, strict=True)
    )
    return LifeTable(left[0], sqrt(variance), groups)


def _possible(scheme: Scheme, person_years: Mapping[int, float], deaths: Mapping[int, int]) -> None:
    lacking = [a for a in scheme.ages if a not in person_years]
    if lacking:
        ages = ", ".join(map(str, lacking))
        raise NoTable(Text(f"penduduk kelompok umur {ages} belum dimuat", f"no population loaded for ages {ages}"))
    if empty := [a for a in scheme.ages if deaths.get(a, 0) and not person_years[a]]:
        ages = ", ".join(map(str, empty))
        raise NoTable(
            Text(f"ada kematian pada umur {ages} tetapi penduduknya 0", f"deaths at ages {ages}, where nobody lives")
        )
    last = scheme.ages[-1]
    if not deaths.get(last, 0):
        raise NoTable(Text(
            f"tidak ada kematian pada umur {last} ke atas, sehingga tabel tidak dapat ditutup; gabungkan lebih banyak "
            "tahun atau wilayah",
            f"no deaths at {last} and over, so the table cannot be closed; take more years or a larger area together",
        ))  # fmt: skip
