"""What a member may use where: the dated rules of `entitlement.toml`, and what they make of a membership. Pure."""

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from services.coverage.contract import Basis

FKTP = frozenset({"puskesmas", "pustu", "posyandu", "klinik-pratama", "tpmd", "tpmb", "dentist"})
"""Kinds of facilities that give first-level care; the others see members on referral."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One dated rule."""

    since: date
    until: date | None
    source: str
    number: int = 0

    def holds(self, day: date) -> bool:
        """Whether it is law on a day."""
        return self.since <= day and (self.until is None or day <= self.until)


@cache
def _rules() -> dict[str, list[Rule]]:
    raw: dict[str, list[dict[str, Any]]] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
    return {
        kind: [
            Rule(r["from"], r.get("until"), r["source"], int(r.get("visits", 0)) or int(r.get("days", 0)))
            for r in found
        ]
        for kind, found in raw.items()
    }


def rule(kind: str, day: date) -> Rule | None:
    """The rule of a kind (outside_area, emergency, newborn) that holds on a day."""
    return next((r for r in _rules()[kind] if r.holds(day)), None)


def rule_days(kind: str, day: date) -> int:
    """The number of the rule that holds on a day; 0 without one."""
    found = rule(kind, day)
    return found.number if found else 0


def month_of(day: date) -> tuple[date, date]:
    """The first and the last day of a day's calendar month."""
    after = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return day.replace(day=1), date.fromordinal(after.toordinal() - 1)


@dataclass(frozen=True, slots=True)
class Case:
    """What is known of one question: is the membership in force on the day (None: nobody can tell), is the member
    registered here, does anybody ask at all, what kind of facility, how often it has seen them this month."""

    day: date
    in_force: bool | None
    here: bool
    kind: str | None
    emergency: bool = False
    visits: int | None = None
    born: date | None = None
    mother_in_force: bool | None = None


@dataclass(frozen=True, slots=True)
class Covered:
    """Whether JKN pays here; None when nobody can tell. `limit` and `used`: visits outside the area."""

    covered: bool | None
    basis: Basis
    limit: int | None = None
    used: int | None = None
    source: str | None = None


def covered(case: Case) -> Covered:
    """What the rules of the day make of a case. What is unknown stays unknown: an outage is never a no."""
    newborn = _newborn(case)
    if newborn is not None:
        return newborn
    if case.in_force is None:
        return Covered(None, Basis.UNKNOWN)
    if not case.in_force:
        return Covered(False, Basis.INACTIVE)
    if case.here:
        return Covered(True, Basis.REGISTERED)
    emergency, outside = rule("emergency", case.day), rule("outside_area", case.day)
    if case.emergency and emergency is not None:
        return Covered(True, Basis.EMERGENCY, source=emergency.source)
    if case.kind is not None and case.kind not in FKTP:
        return Covered(None, Basis.REFERRAL)
    if outside is None:
        return Covered(False, Basis.USED_UP)
    if case.visits is None:
        return Covered(None, Basis.OUTSIDE_AREA, outside.number, None, outside.source)
    left = outside.number - case.visits
    basis = Basis.OUTSIDE_AREA if left > 0 else Basis.USED_UP
    return Covered(left > 0, basis, outside.number, case.visits, outside.source)


def _newborn(case: Case) -> Covered | None:
    """A newborn without a membership of their own is covered by the mother's for the days the law gives."""
    found = rule("newborn", case.day)
    if found is None or case.born is None or case.in_force or not case.mother_in_force:
        return None
    age = (case.day - case.born).days
    return Covered(True, Basis.NEWBORN, source=found.source) if 0 <= age <= found.number else None
