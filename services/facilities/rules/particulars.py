"""Rows of what hangs on a facility: what each must be by itself, and what the facility's kind allows."""

import re
from collections.abc import Callable, Hashable, Mapping
from collections.abc import Set as AbstractSet
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field, model_validator

from services.facilities.contract import Kind
from services.facilities.contract.capacity import CareClass
from services.facilities.contract.jkn import JknKind
from services.facilities.contract.offers import CodeSystem, CompetenceLevel
from services.facilities.rules.cells import Code, Day, Line, Name, Number, R, YesNo, shape
from services.facilities.rules.csvfile import Refused
from services.facilities.rules.spans import Span, laid, overlap
from services.kernel.problems import Text

Slug = Annotated[str, shape(r"[a-z0-9][a-z0-9-]{0,39}", "huruf kecil, angka, tanda hubung / small letters, digits, -")]
Whole = Annotated[int, Field(ge=0, le=10_000)]
_DAYS = {
    name: n
    for n, names in enumerate(("senin", "selasa", "rabu", "kamis", "jumat", "sabtu", "minggu"), 1)
    for name in (names, str(n))
}
_PERIOD = re.compile(r"([01]\d|2[0-3])[:.]([0-5]\d)\s*(?:-|–|s/d)\s*(?:([01]\d|2[0-3])[:.]([0-5]\d)|24[:.]00)")
_DAY_LONG = "00:00-24:00"


def weekday(value: str) -> int:
    """1 to 7, or senin to minggu."""
    if value.lower() not in _DAYS:
        raise ValueError("harus 1 (Senin) sampai 7 (Minggu), atau nama harinya / 1 (Monday) to 7, or its name")
    return _DAYS[value.lower()]


def hours(value: str) -> str:
    """Times of a day as `HH:MM-HH:MM …` in order, none within another; only the last may pass midnight."""
    said = value.strip().lower()
    if said in ("", "tutup"):
        return ""
    if said in ("24 jam", "24jam"):
        return _DAY_LONG
    parts = [p for p in re.split(r"[;,]\s*|(?<=\d)\s+(?=\d{2}[:.])", said) if p]
    found = []
    for part in parts:
        match = _PERIOD.fullmatch(part.strip())
        if match is None:
            raise ValueError("tulis seperti 08:00-14:00 16:00-20:00, 24 jam, atau tutup / like 08:00-14:00 16:00-20:00")
        found.append((f"{match[1]}:{match[2]}", f"{match[3]}:{match[4]}" if match[3] else "24:00"))
    found.sort()
    for n, (begin, end) in enumerate(found):
        late = end <= begin
        if begin == end or (late and n + 1 < len(found)) or (n and begin < found[n - 1][1]):
            raise ValueError("jam tumpang tindih atau kosong / times overlap or are empty")
    if found[-1][1] < found[-1][0] and found[-1][1] > found[0][0]:
        raise ValueError(
            "jam lewat tengah malam melampaui jam buka berikutnya / passes midnight into its own beginning"
        )
    return " ".join(f"{begin}-{end}" for begin, end in found)


Hours = Annotated[str, BeforeValidator(hours)]


class ServiceTypeRow(BaseModel):
    """A row of service-types.csv."""

    code: Slug
    name: Name
    always_open: YesNo = False


class OfferedServiceRow(BaseModel):
    """A row of services.csv."""

    facility: Code
    service: Slug
    valid_from: Day
    valid_until: Day | None = None


class CompetenceRow(BaseModel):
    """A row of competences.csv. ICD-10: a category (I21), a code (I21.0) or a block (I20-I25); ICD-9-CM: 36, 36.01."""

    facility: Code
    system: CodeSystem
    code: str
    valid_from: Day
    valid_until: Day | None = None
    level: CompetenceLevel

    @model_validator(mode="after")
    def _form(self) -> "CompetenceRow":
        if not _FORMS[self.system].fullmatch(self.code):
            raise ValueError(_FORM_SAYS[self.system])
        first, _, last = self.code.partition("-")
        if last and last < first:
            raise ValueError("kelompok terbalik / the block is the wrong way round")
        return self


_FORMS = {
    CodeSystem.ICD10: re.compile(r"[A-Z]\d\d(\.\d)?|[A-Z]\d\d-[A-Z]\d\d"),
    CodeSystem.ICD9CM: re.compile(r"\d\d(\.\d{1,2})?"),
}
_FORM_SAYS = {
    CodeSystem.ICD10: "kode ICD-10: I21, I21.0, atau kelompok I20-I25 / an ICD-10 category, code or block",
    CodeSystem.ICD9CM: "kode ICD-9-CM: 36, 36.0, atau 36.01 / an ICD-9-CM procedure",
}


class OpeningHoursRow(BaseModel):
    """A row of opening-hours.csv: a weekday's hours from a day until others follow."""

    facility: Code
    weekday: Annotated[int, BeforeValidator(weekday)]
    valid_from: Day
    hours: Hours = ""


class SpecialDayRow(BaseModel):
    """A row of special-days.csv."""

    facility: Code
    day: Day
    hours: Hours = ""
    reason: Name | None = None


class EquipmentRow(BaseModel):
    """A row of equipment.csv: a check of an item."""

    facility: Code
    item: Slug
    checked_on: Day
    count: Whole
    working: Whole


class BedRow(BaseModel):
    """A row of beds.csv: beds of a ward and class from a day on."""

    facility: Code
    unit: Slug
    care_class: CareClass
    valid_from: Day
    total: Whole


class JknContractRow(BaseModel):
    """A row of jkn-contracts.csv."""

    facility: Code
    valid_from: Day
    valid_until: Day | None = None
    ppk_code: Annotated[str, shape(r"[A-Za-z0-9]{8}", "tepat 8 huruf atau angka / 8 letters or digits")] | None = None
    kind: JknKind
    capitation: YesNo
    number: Number | None = None


# --- what the facility's kind allows ----------------------------------------------------------------------

Fault = tuple[str, Text] | None
Fits = Callable[[Any, Kind], Fault]
_CARE = frozenset(Kind) - {Kind.DINKES}
_BEDS = frozenset({Kind.RS, Kind.PUSKESMAS, Kind.KLINIK_PRATAMA, Kind.KLINIK_UTAMA, Kind.TPMB})
_JKN: Mapping[JknKind, AbstractSet[Kind]] = {
    JknKind.PRIMARY: frozenset({Kind.PUSKESMAS, Kind.KLINIK_PRATAMA, Kind.TPMD, Kind.DENTIST, Kind.RS}),
    JknKind.REFERRAL: frozenset({Kind.RS, Kind.KLINIK_UTAMA}),
    JknKind.SUPPORT: frozenset({Kind.APOTEK, Kind.LAB, Kind.TPMB}),
}


def gives_care(_: Any, kind: Kind) -> Fault:
    """Only who gives care offers services, has competences, equipment, hours of care."""
    if kind in _CARE:
        return None
    return "facility", Text("dinas tidak memberi pelayanan perorangan", "the office gives no care")


def has_beds(_: Any, kind: Kind) -> Fault:
    """Who may have beds."""
    if kind in _BEDS:
        return None
    return "facility", Text(f"faskes jenis {kind} tidak bertempat tidur", f"a {kind} has no beds")


def works(row: EquipmentRow, kind: Kind) -> Fault:
    """No more work than there are."""
    if row.working > row.count:
        return "working", Text("lebih dari jumlahnya", "more than there are")
    return gives_care(row, kind)


def contracts(row: JknContractRow, kind: Kind) -> Fault:
    """As what a kind works with JKN, and who is paid by capitation (Perpres 82/2018: first level only)."""
    if kind not in _JKN[row.kind]:
        able = ", ".join(k for k in JknKind if kind in _JKN[k]) or "-"
        return "kind", Text(f"jenis {kind} hanya dapat: {able}", f"a {kind} can only be: {able}")
    if row.capitation and row.kind is not JknKind.PRIMARY:
        return "capitation", Text("kapitasi hanya untuk FKTP", "capitation is for first-level facilities only")
    return None


def fitting(
    lines: list[Line[R]], kinds: Mapping[str, str], fits: Fits | None = None
) -> tuple[list[Line[R]], list[Refused]]:
    """The lines whose facility is registered and of a kind that may have this."""
    kept: list[Line[R]] = []
    refused: list[Refused] = []
    for line in lines:
        kind = kinds.get(getattr(line.row, "facility"))  # noqa: B009 - every row here has one
        if kind is None:
            fault: Fault = ("facility", Text("faskes belum terdaftar", "the facility is not registered"))
        else:
            fault = fits(line.row, Kind(kind)) if fits else None
        if fault is None:
            kept.append(line)
        else:
            refused.append(Refused(line.number, *fault))
    return kept, refused


def done_by(lines: list[Line[R]], column: str, today: date) -> tuple[list[Line[R]], list[Refused]]:
    """The lines whose day has come: nothing is checked tomorrow."""
    late = [line for line in lines if getattr(line.row, column) > today]
    text = Text(f"belum terjadi; paling akhir {today}", f"has not come yet; {today} at the latest")
    return [line for line in lines if line not in late], [Refused(line.number, column, text) for line in late]


Registered = Mapping[Hashable, Mapping[date, Span]]
"""By what must not be twice on one day: the registered spans by their first day."""


def apart(
    lines: list[Line[R]], key: Callable[[Any], Hashable], registered: Registered
) -> tuple[list[Line[R]], list[Refused]]:
    """The lines whose days are in order and which no registered row and no other line has; of two lines that meet, the
    later falls. A line replaces the registered row that begins on its first day."""
    kept: list[Line[R]] = []
    refused: list[Refused] = []
    groups: dict[Hashable, list[Line[R]]] = {}
    for line in lines:
        row: Any = line.row
        if row.valid_until is not None and row.valid_until < row.valid_from:
            refused.append(Refused(line.number, "valid_until", Text("sebelum valid_from", "before valid_from")))
        else:
            groups.setdefault(key(row), []).append(line)
    for of, group in groups.items():
        while met := overlap(laid(registered.get(of, {}), map(_span, group))):
            refused.append(Refused(met[0].line or 0, "valid_from", _taken(met[1])))
            group = [line for line in group if line.number != met[0].line]
        kept += group
    return kept, refused


def _span(line: Line[Any]) -> Span:
    return Span(line.row.valid_from, line.row.valid_until or date.max, "", line.number)


def _taken(other: Span) -> Text:
    open_ = other.end == date.max
    id_ = f"tumpang tindih dengan yang berlaku sejak {other.start}" + ("" if open_ else f" sampai {other.end}")
    en = f"overlaps with what holds from {other.start}" + ("" if open_ else f" to {other.end}")
    line = other.line
    where = (f" (baris {line})", f" (line {line})") if line else ("; akhiri dulu", "; give it its last day first")
    return Text(id_ + where[0], en + where[1])
