"""How many places of practice the law allows: dated data, refused or only told."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from services.facilities.contract import Profession
from services.facilities.contract.workforce import (
    LicenceKind,
)
from services.facilities.rules import days
from services.facilities.rules.csvfile import Refused
from services.facilities.rules.days import Span
from services.kernel.problems import Text


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many SIP at once for a profession, on these days, by this regulation."""

    profession: Profession
    most: int
    refuse: bool
    span: Span
    regulation: str


class Licensed(Protocol):
    """A licence: whose, of which kind, where, when."""

    practitioner: str
    kind: LicenceKind
    number: str
    facility: str | None
    valid_from: date | None
    valid_until: date | None


Given = tuple[int, Profession, Licensed]
"""A line's number, the profession it is for, and the licence."""


def too_many(given: Iterable[Given], registered: Iterable[Licensed], limits: Iterable[Limit]) -> list[Refused]:
    """Lines whose SIP would be one place more than the law allows on some day. The later line falls; a line that is
    only told of stays in force and is told with `warning`."""
    limits = list(limits)
    places: dict[str, list[tuple[str, Span, str]]] = {}
    lines = [(n, p, s) for n, p, s in given if s.kind is LicenceKind.SIP]
    replaced = {(s.practitioner, s.number) for _, _, s in lines}
    for sip in registered:
        if sip.kind is LicenceKind.SIP and (sip.practitioner, sip.number) not in replaced:
            places.setdefault(sip.practitioner, []).append(_place(sip))
    found: list[Refused] = []
    for number, profession, sip in sorted(lines, key=lambda one: one[0]):
        others = places.setdefault(sip.practitioner, [])
        over = _over(_place(sip), others, [rule for rule in limits if rule.profession == profession])
        if over is not None:
            found.append(Refused(number, "sip_number", _says(over), warning=not over.refuse))
        if over is None or not over.refuse:
            others.append(_place(sip))
    return found


def _place(sip: Licensed) -> tuple[str, Span, str]:
    return sip.facility or "", days.span(sip.valid_from, sip.valid_until), sip.number


def _over(new: tuple[str, Span, str], others: Iterable[tuple[str, Span, str]], limits: list[Limit]) -> Limit | None:
    """The rule that is broken on some day of the new licence: days on which the number of places grows are enough."""
    spans = [new, *others]
    first, last = new[1]
    turns = {start for _, (start, _), _ in spans if first <= start <= last} | {first}
    turns |= {rule.span[0] for rule in limits if first <= rule.span[0] <= last}
    for day in sorted(turns):
        held = {place for place, (start, end), _ in spans if start <= day <= end}
        for rule in limits:
            if days.covers([rule.span], day) and len(held) > rule.most:
                return rule
    return None


def _says(rule: Limit) -> Text:
    return Text(
        f"lebih dari {rule.most} SIP yang berlaku pada hari yang sama ({rule.regulation})",
        f"more than {rule.most} SIP valid on one day ({rule.regulation})",
    )
