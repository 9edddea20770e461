"""How items are counted, written down a second time: distinct days, totals, doses, pairs on one day, calendar ages."""

from datetime import date, timedelta

from tests.service.indicators.oracle_facts import F

Due = tuple[date | None, date | None]
"""From and until when an item is due."""
Met = dict[str, tuple[date, str]]
"""What was met when and where."""
Asked = dict[str, tuple[date, str] | None]
"""Every item, with when and where it was met."""
Split = tuple[dict[str, Due], Met]
Units = list[tuple[str, dict[str, Due], Met, bool]]
"""Unit, what it is missing and when each is due, what was met when and where, and whether it can never be served."""


def completed(birth: date, months: int) -> date:
    """The day on which so many months are completed; a day the month lacks is the 1st of the next."""
    year, month = divmod(birth.month - 1 + months, 12)
    year, month = birth.year + year, month + 1
    try:
        return date(year, month, birth.day)
    except ValueError:
        return date(year + month // 12, month % 12 + 1, 1)


def month_end(day: date) -> date:
    """Last day of the month."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def split(asked: Asked, window: Due, due: dict[str, Due] | None = None) -> Split:
    """What is missing and when it is due (within `window`, unless said otherwise), and what was met when and where."""
    missing = {n: (due or {}).get(n, window) for n, m in asked.items() if m is None}
    return missing, {n: m for n, m in asked.items() if m}


def on(facts: list[F], day: date) -> tuple[date, str]:
    """The day, and the facility of the first received of its facts."""
    return day, min((f for f in facts if f.day == day), key=lambda f: f.receipt).facility


def nth(facts: list[F], n: int) -> tuple[date, str] | None:
    """When the n-th distinct day came."""
    days = sorted({f.day for f in facts})
    return on(facts, days[n - 1]) if len(days) >= n else None


def total(facts: list[F], need: float) -> tuple[date, str] | None:
    """When the total was reached; several on one day all sum."""
    for day in sorted({f.day for f in facts}):
        if sum(f.value for f in facts if f.day <= day) >= need:
            return on(facts, day)
    return None


def doses(facts: list[F], n: int, apart: int = 24) -> tuple[date, str] | None:
    """When the n-th dose came, each at least so many days after the previous counted one."""
    days = counted(facts, apart)
    return on(facts, days[n - 1]) if len(days) >= n else None


def counted(facts: list[F], apart: int = 24) -> list[date]:
    """The days of the doses that count."""
    days: list[date] = []
    for day in sorted({f.day for f in facts}):
        if not days or (day - days[-1]).days >= apart:
            days.append(day)
    return days


def of(facts: list[F], *concepts: str) -> list[F]:
    """Those of these concepts."""
    return [f for f in facts if f.concept in concepts]


def pressures(facts: list[F]) -> list[F]:
    """Systolic and diastolic facts of the days that have both."""
    days = {c: {f.day for f in facts if f.concept == c} for c in ("systolic", "diastolic")}
    both = days["systolic"] & days["diastolic"]
    return [f for f in facts if f.concept in days and f.day in both]
