"""Universal health coverage of a district: three shares and their thresholds. Pure."""

from decimal import Decimal

from services.indicators.rules.policies import Dated, Percent


class Thresholds(Dated):
    """From which percent on a district counts as covered."""

    source: str
    registered_of_population: Percent
    active_of_registered: Percent
    segments: dict[str, str]


def share(part: int | None, whole: int | None) -> float | None:
    """Percent, to two decimals; None when either is unknown or nobody is there."""
    return round(100 * part / whole, 2) if part is not None and whole else None


def reaches(part: int | None, whole: int | None, least: Decimal) -> bool | None:
    """Whether the unrounded share reaches the threshold."""
    return part * 100 >= least * whole if part is not None and whole else None
