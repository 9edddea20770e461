"""ILP units: rows of leads, rosters and posyandu, who may serve where, shifts that overlap."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from itertools import combinations
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Field

from services.facilities.contract import Profession
from services.facilities.contract.units import Cluster, Shift, Weekday
from services.facilities.rules.cells import Code, Day, Line, Name, shape
from services.facilities.rules.csvfile import Refused
from services.facilities.rules.days import Span
from services.facilities.rules.practitioners import Ihs
from services.kernel.problems import Text

WEEK = tuple(Weekday)
DAY_MINUTES, WEEK_MINUTES = 24 * 60, 7 * 24 * 60
_WEEKDAYS = "hari seperti 'senin-jumat' atau 'senin rabu' / weekdays such as 'senin-jumat' or 'senin rabu'"
Slug = Annotated[str, shape(r"[a-z0-9][a-z0-9-]{1,39}", "huruf kecil, angka, tanda hubung / small letters, digits, -")]


def weekdays(value: str) -> str:
    """Days of the week as digits in order, 1 = Monday: from words, spans of words, or digits."""
    found: set[int] = set()
    for part in re.split(r"[\s;+,]+", value.strip().lower()):
        if re.fullmatch(r"[1-7]+", part):
            found |= {int(digit) for digit in part}
            continue
        ends = [_number(word) for word in part.split("-")]
        if len(ends) > 2:
            raise ValueError(_WEEKDAYS)
        first, last = ends[0], ends[-1]
        found |= {(n - 1) % 7 + 1 for n in range(first, (last if last >= first else last + 7) + 1)}
    return "".join(map(str, sorted(found)))


def _number(word: str) -> int:
    if word not in list(WEEK):
        raise ValueError(_WEEKDAYS)
    return WEEK.index(Weekday(word)) + 1


def clock(value: str) -> time:
    """HH:MM."""
    match = re.fullmatch(r"([01]\d|2[0-3])[.:]([0-5]\d)(:00)?", value)
    if match is None:
        raise ValueError("harus jam HH:MM / must be a time HH:MM")
    return time(int(match[1]), int(match[2]))


def professions(value: str) -> str:
    """Words of professions, separated by spaces."""
    words = sorted(set(value.split()))
    strange = [word for word in words if word not in list(Profession)]
    if strange:
        able = " ".join(Profession)
        raise ValueError(f"jenis tenaga dipisah spasi: {able} / professions separated by spaces: {able}")
    return " ".join(words)


class ServiceRow(BaseModel):
    """A row of unit-services.csv."""

    service: Slug
    cluster: Cluster
    name: Name
    competent: Annotated[str, BeforeValidator(professions)] | None = None
    regulation: Name | None = None
    valid_from: Day
    valid_until: Day | None = None


class LeadRow(BaseModel):
    """A row of cluster-leads.csv."""

    facility: Code
    cluster: Cluster
    practitioner: Ihs
    decree: Name | None = None
    valid_from: Day
    valid_until: Day | None = None


class RosterRow(BaseModel):
    """A row of rosters.csv."""

    facility: Code
    service: Slug
    practitioner: Ihs
    shift: Shift
    weekdays: Annotated[str, BeforeValidator(weekdays)]
    starts: Annotated[time, BeforeValidator(clock)]
    ends: Annotated[time, BeforeValidator(clock)]
    valid_from: Day
    valid_until: Day | None = None


class CrewRow(BaseModel):
    """A row of posyandu-crews.csv."""

    posyandu: Code
    facility: Code
    coordinator: Ihs
    kader: Annotated[int, Field(ge=0, le=1000)]
    valid_from: Day
    valid_until: Day | None = None


@dataclass(frozen=True, slots=True)
class Duty:
    """Somebody's duty: where, in which service, when in the week, on which days."""

    practitioner: str
    facility: str
    service: str
    shift: Shift
    weekdays: str
    starts: time
    ends: time
    span: Span


def _minutes(duty: Duty) -> list[tuple[int, int]]:
    """The duty within a week, as minutes since Monday; what runs past Sunday midnight goes on at the beginning."""
    start, end = (t.hour * 60 + t.minute for t in (duty.starts, duty.ends))
    length = (end - start) % DAY_MINUTES
    found = []
    for digit in duty.weekdays:
        begin = (int(digit) - 1) * DAY_MINUTES + start
        found.append((begin, min(begin + length, WEEK_MINUTES)))
        if begin + length > WEEK_MINUTES:
            found.append((0, begin + length - WEEK_MINUTES))
    return found


def overlap(one: Duty, other: Duty) -> Weekday | None:
    """The first weekday on which two duties of one person overlap on some date."""
    if one.practitioner != other.practitioner or one.span[0] > other.span[1] or other.span[0] > one.span[1]:
        return None
    shared = [max(a[0], b[0]) for a in _minutes(one) for b in _minutes(other) if max(a[0], b[0]) < min(a[1], b[1])]
    return WEEK[min(shared) // DAY_MINUTES] if shared else None


def overlaps(duties: Sequence[Duty]) -> list[tuple[Duty, Duty, Weekday]]:
    """All pairs of duties of one person that overlap."""
    people: dict[str, list[Duty]] = {}
    for duty in duties:
        people.setdefault(duty.practitioner, []).append(duty)
    pairs = (pair for own in people.values() for pair in combinations(own, 2))
    return [(a, b, day) for a, b in pairs if (day := overlap(a, b)) is not None]


def says_overlap(one: Duty, other: Duty, day: Weekday) -> Text:
    """Two duties at one time."""
    return Text(
        f"jadwal bertumpuk pada hari {day}: {one.service} ({one.shift}) dan {other.service} ({other.shift})",
        f"shifts overlap on {day}: {one.service} ({one.shift}) and {other.service} ({other.shift})",
    )


def not_competent(line: Line[RosterRow], profession: Profession, competent: str | None) -> Refused | None:
    """Staff may serve any cluster they are competent for (KMK 2015/2023): the service says who is."""
    if not competent or profession in competent.split():
        return None
    said = Text(
        f"layanan ini untuk: {competent}; orang ini {profession}",
        f"this service is for: {competent}; this person is {profession}",
    )
    return Refused(line.number, "practitioner", said)


def profession_at(
    placements: Mapping[str, Iterable[tuple[str, Span, Profession]]], practitioner: str, places: Iterable[str],
    day: date,
) -> Profession | None:  # fmt: skip
    """What somebody works as on a day at the first of these places; None for nobody there."""
    for place in places:
        for code, (start, end), profession in placements.get(practitioner, ()):
            if code == place and start <= day <= end:
                return profession
    return None
