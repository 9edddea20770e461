"""Who may learn from whom, and rows of visits and of what was agreed there. Pure."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field

from services.facilities.contract.learning import ActionState
from services.facilities.contract.readiness import Words
from services.facilities.rules.cells import Code, Day, Line, once, prose, shape
from services.facilities.rules.cells import kept as remembered
from services.facilities.rules.csvfile import Refused
from services.kernel.problems import Text

FEWEST = 5
"""Persons in target below which a value says little about a puskesmas, unless the caller says otherwise."""
PER_KM, MOST_KM, ALIKE, RECENT = 0.2, 100.0, 5.0, 30.0
"""Points of the ranking: what a kilometre costs (up to 100 km), what likeness adds, what a recent visit costs."""
RECENT_DAYS = 183
VisitId = Annotated[str, shape(r"[A-Za-z0-9][A-Za-z0-9-]{2,39}", "3 sampai 40 huruf, angka, - / 3 to 40 letters, -")]


def _codes(value: str) -> str:
    found = value.replace(",", " ").replace(";", " ").split()
    if len(set(found)) != len(found) or len(found) > 30 or not all(c.replace("-", "").isalnum() for c in found):
        raise ValueError("kode faskes dipisah spasi, masing-masing sekali / facility codes, spaces between, each once")
    return " ".join(found)


class VisitRow(BaseModel):
    """A row of learning-visits.csv."""

    id: VisitId
    host: Code
    guests: Annotated[str, BeforeValidator(_codes), Field(min_length=2)]
    topic: Annotated[str, prose(300)]
    indicator: Annotated[str, shape(r"(spm|pip)-[a-z0-9.-]{1,60}", "misalnya spm-08 / such as spm-08")] | None = None
    planned_on: Day
    done_on: Day | None = None
    learned: Annotated[str, prose(4000)] | None = None
    cancelled_on: Day | None = None
    reason: Annotated[str, prose(1000)] | None = None


class ActionRow(BaseModel):
    """A row of learning-actions.csv."""

    visit: VisitId
    number: Annotated[int, Field(ge=1, le=100)]
    what: Annotated[str, prose(1000)]
    owner: Code
    due: Day
    done_on: Day | None = None


def participants(visit: Mapping[str, Any]) -> list[str]:
    """Host first, then guests."""
    return [visit["host"], *visit["guests"].split()]


def visits(
    lines: list[Line[VisitRow]], kinds: Mapping[str, str], known: Mapping[str, Mapping[str, Any]], today: date
) -> tuple[list[Line[VisitRow]], list[Refused]]:
    """Participants are registered; a visit is planned, then done (what was learned is said) or cancelled (why)."""
    lines, refused = once(lines, lambda r: r.id, "id")
    kept = []
    for line in lines:
        before = known.get(line.row.id)
        row = remembered(line.row, before, ("done_on", "learned", "cancelled_on", "reason"))
        fault = _visit_fault(row, kinds, before, today)
        if fault is None:
            kept.append(Line(line.number, row))
        else:
            refused.append(Refused(line.number, *fault))
    return kept, refused


def _visit_fault(
    row: VisitRow, kinds: Mapping[str, str], before: Mapping[str, Any] | None, today: date
) -> tuple[str, Text] | None:
    guests = row.guests.split()
    if row.host not in kinds:
        return "host", Text("faskes belum terdaftar", "the facility is not registered")
    if unknown := [g for g in guests if g not in kinds]:
        return "guests", Text(f"belum terdaftar: {', '.join(unknown)}", f"not registered: {', '.join(unknown)}")
    if row.host in guests:
        return "guests", Text("tuan rumah tidak belajar pada dirinya", "the host is no guest of its own")
    if row.done_on and row.cancelled_on:
        return "cancelled_on", Text("sudah terlaksana", "it was done")
    if (row.done_on is None) != (row.learned is None):
        return "learned", Text("isi bila terlaksana, dan hanya bila", "goes with a visit that was done, only")
    if (row.cancelled_on is None) != (row.reason is None):
        return "reason", Text("isi alasan bila batal, dan hanya bila", "a reason goes with cancelling, only")
    for column in ("done_on", "cancelled_on"):
        if (getattr(row, column) or date.min) > today:
            return column, Text(f"paling akhir hari ini, {today}", f"at the latest today, {today}")
        if before is not None and before[column] is not None and getattr(row, column) != before[column]:
            return column, Text("sudah tercatat dan tidak diubah", "recorded already; it is not changed")
    if before is not None and before["done_on"] and (row.host, row.guests) != (before["host"], before["guests"]):
        return "guests", Text("peserta kunjungan yang terlaksana tetap", "who was there stays")
    return None


def actions(
    lines: list[Line[ActionRow]], visits_: Mapping[str, Mapping[str, Any]], known: Mapping[tuple[str, int], Any],
    today: date,
) -> tuple[list[Line[ActionRow]], list[Refused]]:  # fmt: skip
    """An action belongs to a visit that was done, is owned by who was there, and once done stays done."""
    lines, refused = once(lines, lambda r: (r.visit, r.number), "number")
    kept = []
    for line in lines:
        fault = None
        visit, before = visits_.get(line.row.visit), known.get((line.row.visit, line.row.number))
        row = remembered(line.row, before, ("done_on",))
        if visit is None or visit["done_on"] is None:
            fault = "visit", Text("belum ada kunjungan terlaksana itu", "there is no such visit that was done")
        elif row.owner not in participants(visit):
            fault = "owner", Text("harus peserta kunjungan", "must have taken part in the visit")
        elif row.due < visit["done_on"]:
            fault = "due", Text("sebelum kunjungan", "before the visit")
        elif row.done_on and not visit["done_on"] <= row.done_on <= today:
            fault = "done_on", Text("antara kunjungan dan hari ini", "between the visit and today")
        elif before is not None and before["done_on"] and row.done_on != before["done_on"]:
            fault = "done_on", Text("sudah tercatat dan tidak diubah", "recorded already; it is not changed")
        if fault is None:
            kept.append(Line(line.number, row))
        else:
            refused.append(Refused(line.number, *fault))
    return kept, refused


def state_of(action: Mapping[str, Any], today: date) -> ActionState:
    """Done, late, or still open."""
    if action["done_on"] is not None:
        return ActionState.DONE
    return ActionState.LATE if action["due"] < today else ActionState.OPEN


@dataclass(frozen=True, slots=True)
class Place:
    """A puskesmas with its value: percent, persons in target; where it is, whether it takes in-patients."""

    code: str
    coverage: float
    eligible: int
    point: tuple[float, float] | None = None
    inpatient: bool | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """Weak, strong, and why they fit."""

    weak: Place
    strong: Place
    gap: float
    kilometres: float | None
    last: date | None
    score: float
    reasons: list[Words]


def kilometres(a: tuple[float, float] | None, b: tuple[float, float] | None) -> float | None:
    """Along the great circle."""
    if a is None or b is None:
        return None
    (y1, x1), (y2, x2) = ((math.radians(v) for v in p) for p in (a, b))
    h = math.sin((y2 - y1) / 2) ** 2 + math.cos(y1) * math.cos(y2) * math.sin((x2 - x1) / 2) ** 2
    return round(2 * 6371 * math.asin(math.sqrt(h)), 1)


def pairs(
    places: Sequence[Place], average: float, visited: Mapping[frozenset[str], date], today: date, fewest: int = FEWEST
) -> list[Pair]:
    """Every puskesmas below the district's value with every one at or above it, best fitting first; those with fewer
    persons in target than `fewest` are left out."""
    fit = [p for p in places if p.eligible >= fewest]
    found = [
        _pair(weak, strong, visited.get(frozenset((weak.code, strong.code))), today)
        for weak in fit if weak.coverage < average
        for strong in fit if strong.coverage >= average
    ]  # fmt: skip
    return sorted(found, key=lambda p: (-p.score, p.weak.code, p.strong.code))


def _pair(weak: Place, strong: Place, last: date | None, today: date) -> Pair:
    gap, km = round(strong.coverage - weak.coverage, 2), kilometres(weak.point, strong.point)
    reasons = [Words(id=f"selisih {gap} poin persen", en=f"a gap of {gap} percentage points")]
    score = gap
    if km is not None:
        score -= min(km, MOST_KM) * PER_KM
        reasons.append(Words(id=f"berjarak {km} km", en=f"{km} km apart"))
    if weak.inpatient is not None and weak.inpatient == strong.inpatient:
        score += ALIKE
        both = ("sama-sama rawat inap", "both with in-patients")
        neither = ("sama-sama tanpa rawat inap", "neither with in-patients")
        said = both if weak.inpatient else neither
        reasons.append(Words(id=said[0], en=said[1]))
    if min(weak.eligible, strong.eligible) * 2 >= max(weak.eligible, strong.eligible):
        score += ALIKE
        sizes = f"{weak.eligible}, {strong.eligible}"
        reasons.append(Words(id=f"besar sasaran serupa ({sizes})", en=f"similar in size ({sizes})"))
    if last is not None and (today - last).days <= RECENT_DAYS:
        score -= RECENT
        reasons.append(Words(id=f"baru berkunjung {last}", en=f"visited recently, {last}"))
    return Pair(weak, strong, gap, km, last, round(score, 2), reasons)
