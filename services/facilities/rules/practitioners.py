"""Rows of health workers: who, where, since when, by which STR and SIP; and of licences by themselves."""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from pydantic import BaseModel

from services.facilities.contract import Profession
from services.facilities.contract.practitioners import Employment
from services.facilities.contract.workforce import (
    LicenceKind,
)
from services.facilities.rules import days, limits
from services.facilities.rules.cells import Code, Day, Line, Name, Number, once, shape
from services.facilities.rules.csvfile import Refused
from services.facilities.rules.days import Span
from services.facilities.rules.limits import Limit
from services.kernel.ids import Nik
from services.kernel.problems import Text

Ihs = Annotated[str, shape(r"[A-Za-z0-9-]{4,64}", "nomor IHS nakes, 4 sampai 64 huruf atau angka / an IHS number")]
Fault = tuple[str, Text] | None


class PractitionerRow(BaseModel):
    """A row of practitioners.csv: somebody at a place, with the licences of the day."""

    id: Ihs
    facility: Code
    name: Name
    nik: Nik | None = None
    profession: Profession
    employment: Employment | None = None
    str_number: Number | None = None
    str_valid_from: Day | None = None
    str_valid_until: Day | None = None
    sip_number: Number | None = None
    sip_valid_from: Day | None = None
    sip_valid_until: Day | None = None
    valid_from: Day
    valid_until: Day | None = None


class LicenceRow(BaseModel):
    """A row of licences.csv: one STR or SIP; a renewal is a number of its own."""

    practitioner: Ihs
    kind: LicenceKind
    number: Number
    facility: Code | None = None
    valid_from: Day | None = None
    valid_until: Day | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What is registered of the people a file speaks of."""

    facilities: AbstractSet[str]
    niks: Mapping[str, str | None]
    """By person; a person who is not in it is not registered."""
    placements: Mapping[tuple[str, str], Mapping[date, tuple[date, Profession]]]
    """By person and facility: first day → last day and profession."""
    licences: Mapping[tuple[str, LicenceKind, str], LicenceRow]
    """By person, kind and number."""
    limits: Iterable[Limit]


def licences_of(row: PractitionerRow) -> list[LicenceRow]:
    """The licences a row names."""
    told = (
        (LicenceKind.STR, row.str_number, None, row.str_valid_from, row.str_valid_until),
        (LicenceKind.SIP, row.sip_number, row.facility, row.sip_valid_from, row.sip_valid_until),
    )
    return [
        LicenceRow.model_construct(
            practitioner=row.id, kind=kind, number=number, facility=place, valid_from=start, valid_until=end
        )
        for kind, number, place, start, end in told
        if number is not None
    ]


def practitioners(
    lines: list[Line[PractitionerRow]], known: Known
) -> tuple[list[Line[PractitionerRow]], list[Refused]]:
    """The facility exists, one number is one human, nobody is twice at one place on a day, no licence had ended when
    the work began, and nobody has more SIP than the law allows."""
    lines, refused = once(lines, lambda r: (r.id, r.facility, r.valid_from), "valid_from")
    kept: list[Line[PractitionerRow]] = []
    agreed: dict[object, tuple[object, int]] = {}
    niks = dict(known.niks)
    for line in lines:
        fault = _row_fault(line.row, known, niks) or _other(line, agreed)
        if fault is None:
            kept.append(line)
            niks[line.row.id] = line.row.nik or niks.get(line.row.id)
        else:
            refused.append(Refused(line.number, *fault))
    spans = {k: {start: end for start, (end, _) in v.items()} for k, v in known.placements.items()}
    kept, clashing = days.apart(kept, lambda r: (r.id, r.facility), {k: v.items() for k, v in spans.items()})
    given = [(line.number, line.row.profession, licence) for line in kept for licence in licences_of(line.row)]
    over = limits.too_many(given, known.licences.values(), known.limits)
    fallen = {r.line for r in over if not r.warning}
    return [line for line in kept if line.number not in fallen], [*refused, *clashing, *over]


def _row_fault(row: PractitionerRow, known: Known, niks: Mapping[str, str | None]) -> Fault:
    if row.facility not in known.facilities:
        return "facility", _UNKNOWN_FACILITY
    if row.valid_until and row.valid_until < row.valid_from:
        return "valid_until", Text("sebelum valid_from", "before valid_from")
    if row.nik and (niks.get(row.id) or row.nik) != row.nik:
        return "nik", Text("nomor ini milik NIK lain", "this number belongs to another NIK")
    for kind, number, start, end in (
        ("str", row.str_number, row.str_valid_from, row.str_valid_until),
        ("sip", row.sip_number, row.sip_valid_from, row.sip_valid_until),
    ):
        if (start or end) and number is None:
            return f"{kind}_number", Text("wajib diisi bila ada tanggalnya", "is required when it has dates")
        if fault := _dates_fault(f"{kind}_valid_until", start, end, row.valid_from):
            return fault
    return _elsewhere(licences_of(row), known)


def _dates_fault(column: str, start: date | None, end: date | None, first_day: date) -> Fault:
    if end is not None and start is not None and end < start:
        return column, Text("sebelum hari pertamanya", "before its first day")
    if end is not None and end < first_day:
        kind = column[:3].upper()
        return column, Text(
            f"{kind} sudah habis ({end}) sebelum hari pertama praktik ({first_day}); isi dengan {kind} yang berlaku",
            f"the {kind} had ended ({end}) before the first day of practice ({first_day}); give the valid one",
        )
    return None


def _elsewhere(licences: Iterable[LicenceRow], known: Known) -> Fault:
    """A SIP is for one place (PP 28/2024 art. 682): the same number cannot stand for another."""
    for row in licences:
        stands = known.licences.get((row.practitioner, row.kind, row.number))
        if stands is not None and stands.facility != row.facility:
            column = "sip_number"
            return column, Text("SIP ini untuk tempat praktik lain", "this SIP is for another place of practice")
    return None


def _other(line: Line[PractitionerRow], agreed: dict[object, tuple[object, int]]) -> Fault:
    """Lines of one file must say the same of one person and of one licence."""
    row = line.row
    said: dict[tuple[str, object], object] = {("name", row.id): row.name}
    for licence in licences_of(row):
        column = f"{licence.kind}_number"
        said[column, (row.id, licence.number)] = (licence.facility, licence.valid_from, licence.valid_until)
    for (column, key), value in said.items():
        first, number = agreed.setdefault((column, key), (value, line.number))
        if first != value:
            return column, Text(f"lain dari yang tertulis di baris {number}", f"differs from line {number}")
    return None


def licences(lines: list[Line[LicenceRow]], known: Known) -> tuple[list[Line[LicenceRow]], list[Refused]]:
    """The person is registered, an STR names no place, a SIP one where the person works, none had ended before the
    work began, and nobody has more SIP than the law allows."""
    lines, refused = once(lines, lambda r: (r.practitioner, r.kind, r.number), "number")
    kept: list[Line[LicenceRow]] = []
    for line in lines:
        fault = _licence_fault(line.row, known)
        if fault is None:
            kept.append(line)
        else:
            refused.append(Refused(line.number, *fault))
    given = [(line.number, _profession(line.row, known), line.row) for line in kept]
    over = limits.too_many(given, known.licences.values(), known.limits)
    fallen = {r.line for r in over if not r.warning}
    return [line for line in kept if line.number not in fallen], [*refused, *over]


def _licence_fault(row: LicenceRow, known: Known) -> Fault:
    if row.practitioner not in known.niks:
        return "practitioner", Text("tenaga kesehatan belum terdaftar", "the health worker is not registered")
    if row.kind is LicenceKind.STR and row.facility is not None:
        return "facility", Text("STR berlaku di semua tempat; kosongkan", "an STR holds everywhere; leave it empty")
    if row.kind is LicenceKind.SIP and row.facility is None:
        return "facility", Text("wajib diisi untuk SIP", "is required for a SIP")
    if row.facility is not None and row.facility not in known.facilities:
        return "facility", _UNKNOWN_FACILITY
    starts = [start for (who, place), spans in known.placements.items() for start in spans
              if who == row.practitioner and row.facility in (None, place)]  # fmt: skip
    if not starts:
        return "facility", Text(
            "orang ini belum tercatat bekerja di sini", "this person is not registered as working here"
        )
    fault = _dates_fault("valid_until", row.valid_from, row.valid_until, min(starts))
    stands = known.licences.get((row.practitioner, row.kind, row.number))
    if fault is None and stands is not None and stands.facility != row.facility:
        fault = "number", Text("SIP ini untuk tempat praktik lain", "this SIP is for another place of practice")
    return fault


def _profession(row: LicenceRow, known: Known) -> Profession:
    """What the person works as where the licence is for (the latest, when several)."""
    works = [
        (start, profession)
        for (who, place), spans in known.placements.items()
        for start, (_, profession) in spans.items()
        if who == row.practitioner and row.facility in (None, place)
    ]
    return max(works)[1]


_UNKNOWN_FACILITY = Text("faskes belum terdaftar", "the facility is not registered")


def spans_of(rows: Iterable[LicenceRow]) -> list[Span]:
    """The days of some licences."""
    return days.joined(days.span(row.valid_from, row.valid_until) for row in rows)
