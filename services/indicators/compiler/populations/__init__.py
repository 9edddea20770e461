"""The unit builders: who or what is counted, as SQL. Each yields the CTE `unit`, one row per counted unit and year.

Columns of `unit`: year, d (as-of date), person_id, unit_id, anchor (day 0 of the items' windows), since and until
(the unit's own window, never beyond d), ends (where that window ends when d is left aside; nothing d alone would
change, because due dates are kept), fixed (what is missing whatever the facts say, or null), born, sex, village; for
monthly items m_first and m_last (months required, null when none is yet), m_since and m_until;
for deliveries last_told and visits, for newborns born_at.

They read `period` (year, d, first, last), `f` (facts that have a day) and `p` (persons), and nothing else.
Building blocks join on person_id only, so that the statements distribute by person. A module for each kind of unit.
"""

from services.indicators.compiler.populations import birthday, delivery, measured, newborn, person, pregnancy
from services.indicators.compiler.schema import (
    Birthday,
    Delivery,
    Measured,
    Newborn,
    Person,
    Population,
    Pregnancy,
    Standard,
)


def builder(standard: Standard, scored: str | None = None) -> str:
    """The CTEs that end in `unit` for a standard's population; `scored` is where its z-scores lie already."""
    if isinstance(standard.population, Measured):
        return measured.builder(standard.population, scored=scored)
    return _built(standard.population, next((i.months for i in standard.items if i.every), None), "unit")


def _built(population: Population, months: str | None, called: str) -> str:
    match population:
        case Pregnancy() as unit:
            return pregnancy.builder(unit, called)
        case Person() as unit:
            inner = unit.units
            return person.builder(unit, months, lambda: _built(inner, None, "inner_unit") if inner else "", called)
        case Birthday() as unit:
            return birthday.builder(unit, called)
        case Delivery() as unit:
            return delivery.builder(unit, called)
        case Newborn() as unit:
            return newborn.builder(unit, called)
        case Measured() as unit:
            return measured.builder(unit, called)


def opening(population: Population) -> frozenset[str]:
    """Concepts of which everyone with a unit has a fact; nothing where one may have a unit without any."""
    match population:
        case Pregnancy() as unit:
            return frozenset({unit.episode})
        case Delivery() as unit:
            return frozenset({unit.delivery})
        case Person() as unit if unit.open_condition:
            return frozenset({unit.open_condition})
        case Person() as unit if unit.any_of or unit.units:
            theirs = opening(unit.units) if unit.units else frozenset(unit.any_of)
            return theirs | frozenset(unit.any_of) if theirs else theirs
    return frozenset()


def turning(standard: Standard) -> list[str]:
    """SELECTs of (person_id, on_date): the days on which time alone will change who is counted, or what is asked."""
    return _turning(standard.population, any(i.every for i in standard.items))


def _turning(population: Population, monthly: bool) -> list[str]:
    match population:
        case Pregnancy() | Delivery():
            return []
        case Newborn():
            return newborn.turning()
        case Person() as unit:
            inner = _turning(unit.units, False) if unit.units else []
            return [*person.turning(unit, monthly), *inner]
        case Birthday() as unit:
            return birthday.turning(unit)
        case Measured() as unit:
            return measured.turning(unit)
