"""The index of satisfaction by the book (Permenpan-RB 14/2017): pure, exact, and the same in any order of answers.

An element's mean (NRR) is over those who answered it; IKM = Σ(NRR × weight) × 25, rounded half up to two decimals
before it is graded. Minimum sample by Krejcie and Morgan (1970). The interval is the normal one over the respondents'
own indices (the mean of what each answered, on the same scale), with the finite-population correction.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from services.facilities.instrument import Band, Instrument

Z95 = 1.959964
_CENT = Decimal("0.01")


def rounded(value: Fraction, places: str = "0.01") -> Decimal:
    """Half up, as the regulation rounds."""
    unit = Fraction(places)
    return Decimal(math.floor(value / unit + Fraction(1, 2))) * Decimal(places)


def index(means: Sequence[Fraction], weight: Fraction) -> Decimal:
    """IKM of the elements' means."""
    return rounded(sum(means, Fraction()) * weight * 25)


def band(bands: Sequence[Band], value: Decimal) -> Band:
    """The grade of an index of two decimals; what lies below the lowest band (0.11 can) has its grade too."""
    ordered = sorted(bands, key=lambda b: b.lowest, reverse=True)
    return next((b for b in ordered if value.quantize(_CENT, ROUND_HALF_UP) >= b.lowest), ordered[-1])


def minimum_sample(served: int) -> int:
    """Krejcie–Morgan for 95 %, P = 0.5: 3.841 N P Q ÷ (0.05² (N − 1) + 3.841 P Q), rounded."""
    chi, pq, d2 = Fraction("3.841"), Fraction(1, 4), Fraction("0.0025")
    return int(rounded(chi * served * pq / (d2 * (served - 1) + chi * pq), "1"))


def interval(n: int, total: float, squares: float, served: int | None, centre: float) -> tuple[float, float] | None:
    """95 % around the index from the sum and the sum of squares of the respondents' own indices; None below two."""
    if n < 2:
        return None
    variance = max(0.0, (squares - total * total / n) / (n - 1))
    correction = math.sqrt(max(0.0, (served - n) / (served - 1))) if served and served > 1 else 1.0
    half = Z95 * math.sqrt(variance / n) * correction
    return round(max(0.0, centre - half), 2), round(min(100.0, centre + half), 2)


@dataclass(frozen=True, slots=True)
class Sums:
    """What answers add up to: how many, and per element how many answered it and the sum of what they gave; the sum
    and the sum of squares of the respondents' own means (1 to 4)."""

    n: int
    counts: Mapping[str, int]
    sums: Mapping[str, int]
    own: float = 0.0
    squares: float = 0.0


@dataclass(frozen=True, slots=True)
class Ikm:
    """The index with what it was made of; None while an element has no answer."""

    index: Decimal | None
    other: Decimal | None
    band: Band | None
    means: dict[str, Fraction]
    interval: tuple[float, float] | None


def ikm(book: Instrument, sums: Sums, weight: str, served: int | None) -> Ikm:
    """The index by one of the book's weights, and what the other would have given."""
    codes = [e.code for e in book.elements]
    means = {c: Fraction(sums.sums[c], sums.counts[c]) for c in codes if sums.counts[c]}
    if len(means) < len(codes):
        return Ikm(None, None, None, means, None)
    used, other = book.weights[weight], next(w for name, w in book.weights.items() if name != weight)
    found = index(list(means.values()), used)
    scale = float(used * len(codes) * 25)
    around = interval(sums.n, sums.own * scale, sums.squares * scale * scale, served, float(found))
    return Ikm(found, index(list(means.values()), other), band(book.bands, found), means, around)


def together(parts: Sequence[Sums]) -> Sums:
    """Answers of several facilities as those of one."""
    codes = {c for p in parts for c in p.counts}
    return Sums(
        sum(p.n for p in parts), {c: sum(p.counts.get(c, 0) for p in parts) for c in codes},
        {c: sum(p.sums.get(c, 0) for p in parts) for c in codes}, sum(p.own for p in parts),
        sum(p.squares for p in parts),
    )  # fmt: skip


def worst(means: Mapping[str, Fraction], most: int = 3) -> list[str]:
    """The elements with the lowest means, lowest first."""
    return sorted(means, key=lambda c: (means[c], c))[:most]


PERIOD = re.compile(r"(20\d\d)(?:-(?:S([12])|Q([1-4])|(0[1-9]|1[0-2])))?")


def days(period: str) -> tuple[date, date] | None:
    """First and last day of a year, a half (S1), a quarter (Q3) or a month (11); None for anything else."""
    match = PERIOD.fullmatch(period)
    if match is None:
        return None
    year, half, quarter, month = (int(g) if g else 0 for g in match.groups())
    first, length = (6 * half - 5, 6) if half else (3 * quarter - 2, 3) if quarter else (month, 1) if month else (1, 12)
    over, after = divmod(first - 1 + length, 12)
    return date(year, first, 1), date(year + over, after + 1, 1) - timedelta(days=1)
