"""The nine kinds at a puskesmas on any day: who counts, what is needed, what lacks and from when until when.

Everything follows from dated rows; the order of rows and the day of asking change nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from services.facilities.contract import Profession
from services.facilities.contract.workforce import (
    Care,
    District,
    Lack,
    LicenceKind,
    PuskesmasStaffing,
    Setting,
    Shortage,
    Staffing,
)
from services.facilities.rules import days
from services.facilities.rules.days import DAY, Span

Key = tuple[str, Profession]


@dataclass(frozen=True, slots=True)
class Stay:
    """Days somebody works somewhere as something; `licensed`: days on which STR and SIP are both valid as well."""

    practitioner: str
    facility: str
    profession: Profession
    span: Span
    licensed: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Norm:
    """How many of a profession a kind of puskesmas must have, on these days."""

    care: Care
    setting: Setting
    profession: Profession
    minimum: int
    span: Span
    regulation: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Posts planned at a facility, on these days."""

    facility: str
    profession: Profession
    posts: int
    span: Span


@dataclass(frozen=True, slots=True)
class Puskesmas:
    """A puskesmas, on which days it works with or without beds, and where (without an entry: rural)."""

    code: str
    name: str
    care: tuple[tuple[Span, Care], ...] = ()
    setting: tuple[tuple[Span, Setting], ...] = ()

    def care_on(self, day: date) -> Care | None:
        """With beds or without; None on a day it does not work."""
        return next((word for span, word in self.care if days.covers([span], day)), None)

    def setting_on(self, day: date) -> Setting:
        """Urban, rural, remote."""
        return next((word for span, word in self.setting if days.covers([span], day)), Setting.RURAL)


@dataclass(frozen=True, slots=True)
class Picture:
    """All that is known of some puskesmas' staff, for any day of a time that was asked for."""

    puskesmas: Sequence[Puskesmas]
    stays: Sequence[Stay]
    norms: Sequence[Norm]
    plans: Sequence[Plan] = ()
    workload: Mapping[Key, float] = field(default_factory=dict)


def stays(
    placements: Iterable[tuple[str, str, Profession, Span]],
    licences: Iterable[tuple[str, LicenceKind, str | None, Span]],
) -> list[Stay]:  # fmt: skip
    """Placements with the days their licences hold: an STR of the person and a SIP for the place, both at once."""
    held: dict[tuple[str, str | None], list[Span]] = {}
    for who, kind, place, span in licences:
        held.setdefault((who, place if kind is LicenceKind.SIP else None), []).append(span)
    found = []
    for who, place, profession, span in placements:
        registered = days.common([span], held.get((who, None), ()))
        both = days.common(registered, held.get((who, place), ()))
        found.append(Stay(who, place, profession, span, tuple(both)))
    return found


def needed(picture: Picture, puskesmas: Puskesmas, day: date) -> dict[Profession, Norm]:
    """The norms for a puskesmas on a day, by profession in a fixed order."""
    care, setting = puskesmas.care_on(day), puskesmas.setting_on(day)
    hold = {n.profession: n for n in picture.norms
            if n.care is care and n.setting is setting and days.covers([n.span], day)}  # fmt: skip
    return {p: hold[p] for p in Profession if p in hold}


def have(stays: Iterable[Stay], day: date) -> dict[Key, int]:
    """People with both licences valid on a day, by facility and profession."""
    return _people((s.facility, s.profession, s.practitioner) for s in stays if days.covers(s.licensed, day))


def placed(stays: Iterable[Stay], day: date) -> dict[Key, int]:
    """People at work on a day, by facility and profession."""
    return _people((s.facility, s.profession, s.practitioner) for s in stays if days.covers([s.span], day))


def _people(found: Iterable[tuple[str, Profession, str]]) -> dict[Key, int]:
    counted: dict[Key, int] = {}
    for facility, profession, _ in set(found):
        counted[facility, profession] = counted.get((facility, profession), 0) + 1
    return counted


def planned(plans: Iterable[Plan], day: date) -> dict[Key, int]:
    """Planned posts on a day, by facility and profession."""
    counted: dict[Key, int] = {}
    for plan in plans:
        if days.covers([plan.span], day):
            key = plan.facility, plan.profession
            counted[key] = counted.get(key, 0) + plan.posts
    return counted


def of_puskesmas(picture: Picture, day: date) -> list[PuskesmasStaffing]:
    """Each puskesmas' staff on a day beside what it needs."""
    here, licensed = placed(picture.stays, day), have(picture.stays, day)
    found = []
    for one in picture.puskesmas:
        if (care := one.care_on(day)) is None:
            continue
        kinds = [
            _kind(picture, (one.code, profession), here, licensed, norm)
            for profession, norm in needed(picture, one, day).items()
        ]
        missing = [k.profession for k in kinds if not k.have]
        found.append(
            PuskesmasStaffing(
                facility=one.code, name=one.name, care=care, setting=one.setting_on(day),
                complete=bool(kinds) and not missing, enough=bool(kinds) and not any(k.gap for k in kinds),
                missing=missing, kinds=kinds,
            )
        )  # fmt: skip
    return found


def _kind(picture: Picture, key: Key, here: Mapping[Key, int], licensed: Mapping[Key, int], norm: Norm) -> Staffing:
    stands = licensed.get(key, 0)
    load = picture.workload.get(key)
    return Staffing(
        profession=norm.profession, placed=here.get(key, 0), have=stands, needed=norm.minimum,
        gap=max(0, norm.minimum - stands), workload=None if load is None else round(load, 2),
        regulation=norm.regulation,
    )  # fmt: skip


def district(picture: Picture, day: date) -> District:
    """All puskesmas of the picture together on a day, and what planned posts would change."""
    staffing = of_puskesmas(picture, day)
    coming = planned(picture.plans, day)
    kinds: dict[Profession, Shortage] = {}
    filled = 0
    for one in staffing:
        filled += bool(one.kinds) and all(k.have or coming.get((one.facility, k.profession)) for k in one.kinds)
        for kind in one.kinds:
            before = kinds.get(kind.profession) or Shortage(
                profession=kind.profession, have=0, needed=0, gap=0, lacking=0, planned=0
            )
            kinds[kind.profession] = Shortage(
                profession=kind.profession, have=before.have + kind.have, needed=before.needed + kind.needed,
                gap=before.gap + kind.gap, lacking=before.lacking + (not kind.have),
                planned=before.planned + coming.get((one.facility, kind.profession), 0),
            )  # fmt: skip
    return District(
        on=day, puskesmas=len(staffing), complete=sum(one.complete for one in staffing), complete_with_plan=filled,
        enough=sum(one.enough for one in staffing), kinds=[kinds[p] for p in Profession if p in kinds],
    )  # fmt: skip


def first_days(first: date, last: date) -> list[date]:
    """The first day asked for, then the first of every month up to the last day."""
    found, day = [first], first
    while (day := (day.replace(day=1) + timedelta(days=32)).replace(day=1)) <= last:
        found.append(day)
    return found


def lacks(picture: Picture, first: date, last: date) -> list[Lack]:
    """Days between two days on which a puskesmas that must have a kind has nobody of it with both licences."""
    held: dict[Key, list[Span]] = {}
    for stay in picture.stays:
        held.setdefault((stay.facility, stay.profession), []).extend(stay.licensed)
    found = []
    for one in picture.puskesmas:
        for profession in Profession:
            must = _must(picture, one, profession, first, last)
            without = days.common(must, days.outside(held.get((one.code, profession), ())))
            found += [_lack(picture, one.code, profession, span, last) for span in without]
    return sorted(found, key=lambda k: (k.valid_from, k.facility, k.profession))


def _must(picture: Picture, one: Puskesmas, profession: Profession, first: date, last: date) -> list[Span]:
    """Days on which a puskesmas needs at least one of a kind."""
    spans: list[Span] = []
    turns = {first} | {
        day for spans_ in ([s for s, _ in one.care], [s for s, _ in one.setting], [n.span for n in picture.norms])
        for start, end in spans_ for day in (start, end if end == date.max else end + DAY) if first < day <= last
    }  # fmt: skip
    ordered = sorted(turns)
    for start, until in zip(ordered, [*(d - DAY for d in ordered[1:]), last], strict=True):
        norm = needed(picture, one, start).get(profession)
        if norm is not None and norm.minimum > 0:
            spans.append((start, until))
    return days.joined(spans)


def _lack(picture: Picture, facility: str, profession: Profession, span: Span, last: date) -> Lack:
    plans = [p.span for p in picture.plans if (p.facility, p.profession) == (facility, profession)]
    filled = days.common([span], plans)
    return Lack(
        facility=facility, profession=profession, valid_from=span[0], valid_until=span[1] if span[1] < last else None,
        planned=filled[0][0] if filled else None,
    )  # fmt: skip
