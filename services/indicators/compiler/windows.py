"""Windows nothing can fall into: found when a standard is read, not when a year later nobody is served."""

from collections.abc import Iterator
from typing import NamedTuple

from services.indicators.compiler.schema import Birthday, Item, Newborn, Person, Pregnancy, Standard

YEAR, LONG_MONTH, SHORT_MONTH = 366, 31, 28
ENDLESS = 50_000


class Wrong(NamedTuple):
    """A field, and what is wrong with it in both languages."""

    field: str
    id: str
    en: str


class Bounds(NamedTuple):
    """First and last day, counted from the unit's day 0, on which anything can count; and how many days at most."""

    first: int
    last: int
    most: int


def impossible(standard: Standard) -> Iterator[Wrong]:
    """Everything in a standard that nobody could ever meet. Generous at the ends: a month may have 28 or 31 days."""
    if standard.valid_until is not None and standard.valid_until < standard.valid_from:
        yield Wrong("valid_until", "sebelum valid_from", "is before valid_from")
    if isinstance(standard.population, Person):
        yield from _ages(standard.population)
    for n, item in enumerate(standard.item):
        yield from (Wrong(f"item.{n}.{w.field}", w.id, w.en) for w in _item(standard, item))


def _ages(unit: Person) -> Iterator[Wrong]:
    first, last = unit.ages
    if first is not None and last is not None and first > last:
        field = "population.until_age_years" if unit.until_age_years is not None else "population.until_age_months"
        yield Wrong(field, "sebelum umur awalnya; tidak ada yang dihitung", "is before the age it begins at: nobody")
    if unit.from_age_years is not None and unit.from_age_months is not None:
        yield Wrong("population.from_age_months", "sudah ada from_age_years", "from_age_years is given already")
    if unit.until_age_years is not None and unit.until_age_months is not None:
        yield Wrong("population.until_age_months", "sudah ada until_age_years", "until_age_years is given already")


def _item(standard: Standard, item: Item) -> Iterator[Wrong]:
    when, unit = item.when, standard.population
    first, last = unit.ages if isinstance(unit, Person) else (None, None)
    begins = max(first or 0, when.from_age_months or 0)
    ends = min(x for x in (last, when.until_age_months, ENDLESS) if x is not None)
    if begins > ends and (when.from_age_months is not None or when.until_age_months is not None):
        yield Wrong("when", "tidak ada yang berumur sekian di sasaran ini", "nobody in this population is of that age")
    bounds = _bounds(standard, item)
    if bounds is None:
        return
    low = max(bounds.first, item.from_day if item.from_day is not None else bounds.first)
    high = min(bounds.last, item.until_day if item.until_day is not None else bounds.last)
    days = min(bounds.most, high - low + 1)
    if days < 1:
        field = "until_day" if item.until_day is not None and item.until_day < bounds.first else "from_day"
        yield Wrong(field, "jendela kosong: di luar masa satuannya", "an empty window: outside the time of the unit")
    elif item.days is not None and item.days > days:
        yield Wrong("days", f"jendela hanya {days} hari", f"the window has {days} days only")
    elif item.doses is not None and (item.doses - 1) * (item.apart_days or 0) >= days:
        yield Wrong(
            "apart_days",
            f"{item.doses} dosis berjarak {item.apart_days} hari tidak muat dalam {days} hari",
            f"{item.doses} doses {item.apart_days} days apart do not fit into {days} days",
        )


def _bounds(standard: Standard, item: Item) -> Bounds | None:
    """None where the unit sets none: a kind of population with windows of its own."""
    unit = standard.population
    if item.window == "ever":
        return Bounds(-ENDLESS, ENDLESS, ENDLESS)
    match unit:
        case Pregnancy():
            return Bounds(0, unit.longest_days, unit.longest_days + 1)
        case Newborn():
            return Bounds(0, unit.days, unit.days + 1)
        case Birthday():
            return Bounds(0, unit.months * LONG_MONTH, unit.months * LONG_MONTH)
        case Person():
            first, last = unit.ages
            youngest = -ENDLESS if first is None else max(0, first - 12) * SHORT_MONTH
            oldest = ENDLESS if last is None else (last + 1) * LONG_MONTH
            return Bounds(youngest, oldest, YEAR if item.every is None else LONG_MONTH)
        case _:
            return None
