"""Who is due, late or lost. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated

from pydantic import Field

from services.indicators.contract.outcomes import OutcomeKind
from services.indicators.contract.worklists import LineState
from services.indicators.rules.policies import Dated

Days = Annotated[int, Field(ge=0, le=730)]
Months = Annotated[int, Field(ge=1, le=24)]


class Policy(Dated):
    """What puts a person on a list and how long an outcome keeps them off it; `standards/worklists.toml`."""

    soon_days: Days
    missed_months: Months
    no_contact_months: Months
    in_care: tuple[str, ...]
    provider_months: Months
    rest_days: Mapping[OutcomeKind, Days]
    longest_days: Days


def months_before(day: date, months: int) -> date:
    """The same day so many months earlier; the last of the month where it lacks the day."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    first = date(year, month + 1, 1)
    after = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    return min(first + timedelta(days=day.day - 1), after - timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Thing:
    """One item a person misses."""

    standard: str
    unit_id: str
    item: str
    due_from: date | None
    due_until: date | None

    def overdue(self, day: date) -> bool:
        """Its time has passed."""
        return self.due_until is not None and self.due_until < day

    def later(self, day: date) -> bool:
        """Its time has not come."""
        return self.due_from is not None and self.due_from > day and not self.overdue(day)

    def open(self, day: date) -> bool:
        """It can be given now."""
        return not self.overdue(day) and not self.later(day)


def state(things: Iterable[Thing], day: date, last_contact: date | None, rule: Policy) -> LineState | None:
    """How a person stands with these things; None: nothing is waited for. The list's SQL ranks by the same rule."""
    told = list(things)
    open_now = [t for t in told if t.open(day)]
    late = [t for t in told if t.overdue(day)]
    if not open_now and not late:
        return None
    cared = any(t.standard.partition(".")[0] in rule.in_care for t in open_now)
    silent = last_contact is None or last_contact < months_before(day, rule.no_contact_months)
    if (cared and silent) or _missed(told, day, rule.missed_months):
        return LineState.LOST
    return LineState.LATE if late else LineState.DUE


def _missed(things: Iterable[Thing], day: date, months: int) -> bool:
    """Whether one monthly item was missed in each of the last months that have ended."""
    this = day.replace(day=1)
    names = {f"{months_before(this, n):%Y-%m}" for n in range(1, months + 1)}
    missed = dict[tuple[str, str], set[str]]()
    for t in things:
        item, _, month = t.item.partition(":")
        if month in names:
            missed.setdefault((t.standard, item), set()).add(month)
    return any(found == names for found in missed.values())
