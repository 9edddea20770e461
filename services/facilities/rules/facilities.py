"""Rows of facilities: what each must be by itself, what its kind allows, and that a code is one's alone on a day."""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field

from services.facilities.contract import ORGANIZATION_TYPE, HospitalClass, Kind, Ownership, Status
from services.facilities.rules import dated
from services.facilities.rules.cells import Code, Day, Line, Name, Number, VillageNumber, YesNo, decimal, once, shape
from services.facilities.rules.csvfile import Refused
from services.facilities.rules.dated import Timeline, Version
from services.kernel.problems import Text

IDENTIFIERS = ("satusehat_id", "bpjs_code")
NOTHING_DATED = frozenset({"code", "valid_from"})
_CLINICS = frozenset({Kind.PUSKESMAS, Kind.KLINIK_PRATAMA, Kind.KLINIK_UTAMA})
FITS: Mapping[str, tuple[AbstractSet[Kind], Text]] = {
    "hospital_class": (
        frozenset({Kind.RS}),
        Text("kelas hanya untuk rumah sakit (kind rs)", "only a hospital (kind rs) has a class"),
    ),
    "inpatient": (
        _CLINICS,
        Text(
            "hanya untuk puskesmas dan klinik; rumah sakit selalu rawat inap, yang lain tidak pernah",
            "only for puskesmas and clinics; hospitals always take in-patients, others never",
        ),
    ),
    "bpjs_code": (
        frozenset(Kind) - {Kind.PUSTU, Kind.POSYANDU},
        Text(
            "pustu dan posyandu memakai kode PPK puskesmas induknya",
            "a pustu or posyandu goes by the PPK code of its puskesmas",
        ),
    ),
    "licence": (
        frozenset(Kind) - {Kind.POSYANDU, Kind.DINKES},
        Text("posyandu dan dinas tidak berizin operasional", "a posyandu or the office has no operating licence"),
    ),
}
"""Columns that only some kinds have: those kinds, and why not the others."""


class FacilityRow(BaseModel):
    """A row of facilities.csv: what a facility is from `valid_from` on (empty: from today)."""

    code: Code
    name: Name
    kind: Kind
    ownership: Ownership
    satusehat_id: Annotated[str, shape(r"\d{9,10}", "9 atau 10 angka / 9 or 10 digits")] | None = None
    bpjs_code: Annotated[str, shape(r"[A-Za-z0-9]{8}", "tepat 8 huruf atau angka / 8 letters or digits")] | None = None
    registration: Annotated[str, shape(r"[A-Za-z0-9./-]{4,32}", "4 sampai 32 huruf atau angka / 4 to 32")] | None = None
    licence: Number | None = None
    licence_from: Day | None = None
    licence_until: Day | None = None
    nib: Annotated[str, shape(r"\d{13}", "NIB tepat 13 angka / exactly 13 digits")] | None = None
    inpatient: YesNo | None = None
    hospital_class: HospitalClass | None = None
    village: VillageNumber
    address: Name | None = None
    latitude: Annotated[float, BeforeValidator(decimal), Field(ge=-12, le=7, allow_inf_nan=False)] | None = None
    longitude: Annotated[float, BeforeValidator(decimal), Field(ge=94, le=142, allow_inf_nan=False)] | None = None
    phone: Annotated[str, shape(r"[0-9+() .-]{4,30}", "4 sampai 30 angka / 4 to 30 digits")] | None = None
    email: (
        Annotated[
            str,
            shape(
                r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,180}\.[A-Za-z]{2,24}",
                "alamat surel, misalnya nama@dinkes.example / an e-mail address",
            ),
        ]
        | None
    ) = None
    status: Status | None = None
    active: YesNo | None = None
    valid_from: Day | None = None

    def state(self, columns: AbstractSet[str]) -> dict[str, Any]:
        """What the row says in these columns, with what follows from it; in the others what it happens to hold."""
        said = {c: getattr(self, c) for c in FacilityRow.model_fields if c not in NOTHING_DATED}
        by_active = Status.CLOSED if self.active is False else Status.ACTIVE
        status = by_active if "active" in columns and "status" not in columns else self.status or by_active
        follows = {"status": status, "active": status is Status.ACTIVE}
        return said | follows | {"organization_type": ORGANIZATION_TYPE.get(self.kind)}


def named(columns: AbstractSet[str]) -> frozenset[str]:
    """The dated columns that a file with these columns speaks of."""
    dated_ = columns - NOTHING_DATED
    follows = {"organization_type"} | ({"status", "active"} if columns & {"status", "active"} else set())
    return frozenset(dated_ | follows)


def facilities(
    lines: list[Line[FacilityRow]], villages: AbstractSet[str]
) -> tuple[list[Line[FacilityRow]], list[Refused]]:
    """What needs no other day: the village exists, things that go together do, no row is given twice."""
    lines, refused = once(lines, lambda r: (r.code, r.valid_from), "code")
    kept: list[Line[FacilityRow]] = []
    for line in lines:
        fault = _facility_fault(line.row, villages)
        if fault is None:
            kept.append(line)
        else:
            refused.append(Refused(line.number, *fault))
    return kept, refused


def _facility_fault(row: FacilityRow, villages: AbstractSet[str]) -> tuple[str, Text] | None:
    if row.village not in villages:
        return "village", Text("desa belum terdaftar", "the village is not registered")
    if (row.latitude is None) != (row.longitude is None):
        column = "latitude" if row.latitude is None else "longitude"
        return column, Text("lintang dan bujur diisi berdua", "latitude and longitude go together")
    return None


@dataclass(frozen=True, slots=True)
class Held:
    """A code that a facility which is not being loaded has, and when."""

    column: str
    value: str
    facility: str
    start: date
    end: date | None


@dataclass(slots=True)
class Placed:
    """Timelines of the facilities that lines speak of, which lines changed them, and which fell."""

    timelines: dict[str, Timeline]
    changed: list[Line[FacilityRow]] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)


def place(
    lines: Sequence[Line[FacilityRow]], columns: AbstractSet[str], today: date,
    registered: Mapping[str, Timeline], others: Sequence[Held],
) -> Placed:  # fmt: skip
    """Put each line into its facility's timeline on its day. A line falls when what its facility then is would not fit
    its kind on some day, or when a code would be two facilities' on one day (of two lines, the later falls)."""
    days = "valid_from" in columns
    ordered = sorted(lines, key=lambda x: (_first_day(x, days, today), x.number))
    refused: list[Refused] = []
    while True:
        placed = Placed(dict(registered))
        for line in ordered:
            fault = _put(placed, line, _first_day(line, days, today), columns)
            if fault is not None:
                placed.refused.append(Refused(line.number, *fault))
        clashing = list(_shared(placed.timelines, ordered, others))
        if not clashing:
            placed.refused += refused
            return placed
        refused += clashing
        fallen = {r.line for r in clashing}
        ordered = [line for line in ordered if line.number not in fallen]


def _first_day(line: Line[FacilityRow], days: bool, today: date) -> date:
    return (line.row.valid_from if days else None) or today


def _put(placed: Placed, line: Line[FacilityRow], day: date, columns: AbstractSet[str]) -> tuple[str, Text] | None:
    row, speaks = line.row, named(columns)
    told = {"active", "status"} <= columns and row.active is not None and row.status is not None
    if told and row.active != (row.status is Status.ACTIVE):
        return "active", Text("tidak sesuai dengan status", "does not agree with status")
    before, state = placed.timelines.get(row.code, ()), row.state(columns)
    after = dated.put(before, day, {c: state[c] for c in speaks}, state)
    if after is before:
        return None
    for version in after:
        if version not in before and (fault := misfit(version.values)):
            column, text = fault
            return (column, text) if column in speaks else ("kind", _clear(column, text))
    placed.timelines[row.code] = after
    placed.changed.append(line)
    return None


def _clear(column: str, text: Text) -> Text:
    return Text(f"{column} terisi: {text.id}; kosongkan juga", f"{column} is filled: {text.en}; empty it as well")


def misfit(values: Mapping[str, Any]) -> tuple[str, Text] | None:
    """The first column that what a facility is does not allow, and why."""
    for column, (kinds, why) in FITS.items():
        if values[column] is not None and values["kind"] not in kinds:
            return column, why
    begin, end = values["licence_from"], values["licence_until"]
    if begin and end and end < begin:
        return "licence_until", Text("sebelum licence_from", "before licence_from")
    if (begin or end) and not values["licence"]:
        return "licence", Text("masa berlaku tanpa nomor izin", "days of validity without a licence number")
    return None


def _shared(
    timelines: Mapping[str, Timeline], lines: Sequence[Line[FacilityRow]], others: Sequence[Held]
) -> Iterator[Refused]:
    """One line for each pair of facilities with the same code on the same day."""
    holders: dict[tuple[str, str], list[Held]] = {}
    for held in others:
        holders.setdefault((held.column, held.value), []).append(held)
    for code, timeline in timelines.items():
        for version, end in dated.spans(timeline):
            for column in IDENTIFIERS:
                if value := version.values[column]:
                    held = Held(column, value, code, version.start, end)
                    holders.setdefault((column, value), []).append(held)
    for found in holders.values():
        found.sort(key=lambda h: h.start)
        reach = found[0]
        for held in found[1:]:
            if held.facility != reach.facility and (reach.end is None or held.start <= reach.end):
                yield _refused(lines, held, reach)
                break
            if reach.end is not None and (held.end is None or held.end > reach.end):
                reach = held


def _refused(lines: Sequence[Line[FacilityRow]], a: Held, b: Held) -> Refused:
    def line_of(held: Held) -> int:
        own = [x for x in lines if x.row.code == held.facility]
        said = [x.number for x in own if getattr(x.row, held.column) == held.value]
        return max(said or [x.number for x in own] or [0])

    mine, other = (a, b) if line_of(a) > line_of(b) else (b, a)
    until = Text(f" sampai {other.end}", f" until {other.end}") if other.end else Text("", "")
    text = Text(
        f"sudah dipakai faskes {other.facility} sejak {other.start}{until.id}",
        f"belongs to facility {other.facility} already, since {other.start}{until.en}",
    )
    return Refused(line_of(mine), mine.column, text)


def as_known_on(timeline: Timeline, day: date) -> tuple[Version, date | None]:
    """What a facility is on a day, and until when. Before its first day it is planned, and holds no code yet."""
    first = timeline[0]
    if first.start > day:
        planned = dict.fromkeys(IDENTIFIERS) | {"status": Status.PLANNED, "active": False}
        return Version(first.start, {**first.values, **planned}), None
    return next(
        (version, end) for version, end in dated.spans(timeline) if version.start <= day and (end is None or end >= day)
    )
