"""Signs that entries may have been made for the figure's sake: the tests, stated with their false alarms. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from services.indicators.rules.policies import Dated


class Signs(Dated):
    """From when on what is a sign."""

    bulk_contacts: Annotated[int, Field(gt=0)]
    bulk_share: Decimal
    vitals: tuple[str, ...]
    digit_concepts: tuple[str, ...]
    digit_months: Annotated[int, Field(gt=0)]
    digit_least: Annotated[int, Field(gt=0)]
    digit_others: Annotated[int, Field(gt=0)]
    digit_alarm: Decimal
    digit_excess: Decimal


@dataclass(frozen=True, slots=True)
class Clustering:
    """A facility's last digits beside the others': chi-square, degrees of freedom, p, and the digit in excess."""

    n: int
    others: int
    chi_square: float
    freedom: int
    p: float
    digit: int
    share: float
    others_share: float


def chi_square_tail(x: float, freedom: int) -> float:
    """P(chi-square with so many degrees of freedom ≥ x): the upper regularized gamma function Q(freedom/2, x/2)."""
    if x <= 0:
        return 1.0
    half = x / 2
    if freedom % 2 == 0:
        term = total = math.exp(-half)
        for k in range(1, freedom // 2):
            term *= half / k
            total += term
        return min(1.0, total)
    total = math.erfc(math.sqrt(half))
    term = math.exp(-half) * math.sqrt(half) / math.gamma(1.5)
    for k in range((freedom - 1) // 2):
        total += term
        term *= half / (k + 1.5)
    return min(1.0, total)


def clustering(mine: Sequence[int], others: Sequence[int]) -> Clustering:
    """Two-sample chi-square test of homogeneity on counts of the last digits 0–9; digits expected fewer than five times
    on either side are taken together, so that the distribution of the statistic may be trusted."""
    n, m = sum(mine), sum(others)
    cells, rest = list[tuple[int, int]](), [0, 0]
    for a, b in zip(mine, others, strict=True):
        if min((a + b) * n, (a + b) * m) >= 5 * (n + m):
            cells.append((a, b))
        else:
            rest = [rest[0] + a, rest[1] + b]
    if sum(rest):
        cells.append((rest[0], rest[1]))
    statistic = 0.0
    for a, b in cells:
        for seen, size in ((a, n), (b, m)):
            expected = (a + b) * size / (n + m)
            statistic += (seen - expected) ** 2 / expected if expected else 0.0
    freedom = max(1, len(cells) - 1)
    digit = max(range(10), key=lambda d: mine[d] / n - others[d] / m)
    p = chi_square_tail(statistic, freedom) if len(cells) > 1 else 1.0
    return Clustering(n, m, statistic, freedom, p, digit, mine[digit] / n, others[digit] / m)


def alarming(rule: Signs, found: Clustering, tests: int) -> bool:
    """Whether a result is a sign when so many were tested that month (Bonferroni), and large enough to matter."""
    return (
        found.p * tests < float(rule.digit_alarm)
        and found.share - found.others_share >= float(rule.digit_excess)
    )  # fmt: skip
