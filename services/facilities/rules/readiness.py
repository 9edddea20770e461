"""When a puskesmas implements ILP: rows of the checklist, claims and targets, and what follows from them on any day.

A criterion is met from the day the office verified a claim until the evidence expires or the claim is sent back. A
puskesmas implements ILP on the days all required criteria in force are met. (No official scoring is published.)
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby, pairwise
from typing import Annotated, Any

from pydantic import BaseModel, Field

from services.facilities.contract import Kind
from services.facilities.contract.readiness import ClaimState, Stage
from services.facilities.rules.cells import Code, Day, Line, Name, YesNo, once, prose, shape
from services.facilities.rules.cells import kept as remembered
from services.facilities.rules.csvfile import Refused
from services.kernel.problems import Text

ONE_DAY = timedelta(days=1)
Slug = Annotated[str, shape(r"[a-z0-9][a-z0-9-]{1,39}", "huruf kecil, angka, tanda hubung / small letters, digits, -")]
Link = Annotated[str, shape(r"https?://[^\s\x00-\x1f]{3,1000}", "tautan http(s)://… / a link http(s)://…")]
Whole = Annotated[int, Field(ge=0, le=10_000)]


class CriterionRow(BaseModel):
    """A row of readiness-criteria.csv."""

    code: Slug
    valid_from: Day
    valid_until: Day | None = None
    position: Whole
    name_id: Name
    name_en: Name
    evidence_id: Name
    evidence_en: Name
    required: YesNo
    weight: Annotated[int, Field(ge=0, le=100)]
    evidence_months: Annotated[int, Field(ge=1, le=120)] | None = None
    seen_in: Slug | None = None
    source: Name


class ClaimRow(BaseModel):
    """A row of readiness-claims.csv."""

    facility: Code
    criterion: Slug
    number: Annotated[int, Field(ge=1, le=1000)] = 1
    claimed_on: Day
    note: Annotated[str, prose(2000)] | None = None
    link: Link | None = None
    file: Annotated[str, shape(r"[0-9a-f-]{36}", "id berkas / the id of a file")] | None = None
    valid_until: Day | None = None
    verified_on: Day | None = None
    returned_on: Day | None = None
    reason: Annotated[str, prose(1000)] | None = None


class TargetRow(BaseModel):
    """A year's target."""

    year: Annotated[int, Field(ge=2000, le=2100)]
    target: Whole | None = None
    source: Name | None = None


VERDICT = ("verified_on", "returned_on", "reason")
EVIDENCE = ("claimed_on", "note", "link", "file", "valid_until")
Row = Mapping[str, Any]


def criteria(
    lines: list[Line[CriterionRow]], registered: Iterable[Row]
) -> tuple[list[Line[CriterionRow]], list[Refused]]:
    """A criterion's spans are in order and never overlap."""
    lines, refused = once(lines, lambda r: (r.code, r.valid_from), "valid_from")
    spans = {(r["code"], r["valid_from"]): r["valid_until"] for r in registered}
    kept: list[Line[CriterionRow]] = []
    for line in lines:
        row = line.row
        others = [(s, u or date.max) for (c, s), u in spans.items() if c == row.code and s != row.valid_from]
        end = row.valid_until or date.max
        if end < row.valid_from:
            refused.append(Refused(line.number, "valid_until", Text("sebelum valid_from", "before valid_from")))
        elif any(s <= end and row.valid_from <= u for s, u in others):
            text = Text("bertumpuk dengan masa lain kriteria ini", "overlaps another span of this criterion")
            refused.append(Refused(line.number, "valid_from", text))
        else:
            kept.append(line)
            spans[row.code, row.valid_from] = row.valid_until
    return kept, refused


@dataclass(frozen=True, slots=True)
class Known:
    """What claims are checked against. `files`: the facility of each file; `claims` by facility and criterion."""

    kinds: Mapping[str, str]
    checklist: Sequence[Row]
    files: Mapping[str, str]
    claims: Mapping[tuple[str, str], Mapping[int, Row]]
    today: date


def claims(lines: list[Line[ClaimRow]], known: Known) -> tuple[list[Line[ClaimRow]], list[Refused]]:
    """Each claim by itself, then one after another: a new one only when the one before is decided."""
    lines, refused = once(lines, lambda r: (r.facility, r.criterion, r.number), "number")
    kept: list[Line[ClaimRow]] = []
    standing = {key: dict(rows) for key, rows in known.claims.items()}
    for line in sorted(lines, key=lambda x: (x.row.facility, x.row.criterion, x.row.number)):
        before = standing.setdefault((line.row.facility, line.row.criterion), {})
        row = remembered(expiring(line.row, known.checklist), before.get(line.row.number), VERDICT)
        fault = _claim_fault(row, known) or _order_fault(row, before)
        if fault is None:
            before[row.number] = row.model_dump()
            kept.append(Line(line.number, row))
        else:
            refused.append(Refused(line.number, *fault))
    return kept, refused


def expiring(row: ClaimRow, checklist: Sequence[Row]) -> ClaimRow:
    """The claim with the day its evidence expires, where the criterion sets one and the claim does not."""
    criterion = in_force(checklist, row.claimed_on).get(row.criterion)
    months = criterion["evidence_months"] if criterion else None
    if row.valid_until is not None or not months:
        return row
    return row.model_copy(update={"valid_until": _months_after(row.claimed_on, months) - ONE_DAY})


def _months_after(day: date, months: int) -> date:
    year, month = divmod(day.month - 1 + months, 12)
    last = (date(day.year + year + (month == 11), (month + 1) % 12 + 1, 1) - ONE_DAY).day
    return date(day.year + year, month + 1, min(day.day, last))


def _claim_fault(row: ClaimRow, known: Known) -> tuple[str, Text] | None:
    if known.kinds.get(row.facility) != Kind.PUSKESMAS:
        return "facility", Text("harus puskesmas terdaftar", "must be a registered puskesmas")
    if row.criterion not in in_force(known.checklist, row.claimed_on):
        return "criterion", Text("tidak ada di daftar periksa hari itu", "not on the checklist of that day")
    if not (row.note or row.link or row.file):
        return "note", Text("sertakan bukti: note, link, atau file", "give evidence: note, link or file")
    if row.file and known.files.get(row.file) != row.facility:
        return "file", Text("berkas itu tidak ada pada puskesmas ini", "this puskesmas has no such file")
    if row.valid_until and row.valid_until < row.claimed_on:
        return "valid_until", Text("sebelum claimed_on", "before claimed_on")
    if row.verified_on and row.verified_on < row.claimed_on:
        return "verified_on", Text("sebelum claimed_on", "before claimed_on")
    if row.returned_on and row.returned_on < (row.verified_on or row.claimed_on):
        return "returned_on", Text("sebelum diajukan atau diverifikasi", "before it was claimed or verified")
    if (row.returned_on is None) != (row.reason is None):
        return "reason", Text("isi alasan bila dikembalikan, dan hanya bila", "a reason goes with sending back, only")
    for column in ("claimed_on", "verified_on", "returned_on"):
        if (getattr(row, column) or date.min) > known.today:
            return column, Text(f"paling akhir hari ini, {known.today}", f"at the latest today, {known.today}")
    return None


def _order_fault(row: ClaimRow, before: Mapping[int, Row]) -> tuple[str, Text] | None:
    """Numbers follow one another, and what was decided stays as it is."""
    same = before.get(row.number)
    if same is None:
        last = max(before, default=0)
        if row.number != last + 1:
            return "number", Text(f"nomor berikutnya {last + 1}", f"the next number is {last + 1}")
        if last and not _decided(before[last]):
            return "number", Text("pengajuan sebelumnya menunggu Dinkes", "the claim before waits for the office")
        return None
    given = row.model_dump()
    if _decided(same) and any(given[c] != same[c] for c in EVIDENCE):
        return "number", Text("sudah diputus; ajukan yang baru", "decided already; claim anew")
    for column in VERDICT:
        if same[column] is not None and given[column] != same[column]:
            return column, Text("sudah diputus dan tidak diubah", "decided already; it is not changed")
    if same["returned_on"] is not None and same["verified_on"] is None and row.verified_on:
        return "verified_on", Text("sudah dikembalikan; ajukan yang baru", "sent back already; claim anew")
    return None


def _decided(claim: Row) -> bool:
    return claim["verified_on"] is not None or claim["returned_on"] is not None


def in_force(checklist: Iterable[Row], on: date) -> dict[str, Row]:
    """The criteria in force on a day, by code."""
    return {c["code"]: c for c in checklist if c["valid_from"] <= on <= (c["valid_until"] or date.max)}


def state_of(claim: Row, on: date) -> ClaimState:
    """What a claim is on a day."""
    if claim["returned_on"] is not None and claim["returned_on"] <= on:
        return ClaimState.RETURNED
    if claim["verified_on"] is None or claim["verified_on"] > on:
        return ClaimState.CLAIMED
    return ClaimState.EXPIRED if (claim["valid_until"] or date.max) < on else ClaimState.VERIFIED


Days = tuple[date, date]
"""First and last day, both included; date.max is open."""


def met(claims_: Iterable[Row]) -> list[Days]:
    """The days one criterion is met by its claims, spans that touch put together."""
    spans = []
    for claim in claims_:
        if claim["verified_on"] is not None:
            end = claim["valid_until"] or date.max
            if claim["returned_on"] is not None:
                end = min(end, claim["returned_on"] - ONE_DAY)
            if claim["verified_on"] <= end:
                spans.append((claim["verified_on"], end))
    return joined(spans)


def joined(spans: Iterable[Days]) -> list[Days]:
    """Spans in order, those that overlap or touch as one."""
    out: list[Days] = []
    for start, end in sorted(spans):
        if out and (out[-1][1] == date.max or start <= out[-1][1] + ONE_DAY):
            out[-1] = (out[-1][0], max(out[-1][1], end))
        else:
            out.append((start, end))
    return out


@dataclass(frozen=True)
class Progress:
    """A puskesmas on its way: the days each criterion is met, and its claims."""

    checklist: Sequence[Row]
    claims: Sequence[Row]

    @property
    def spans(self) -> dict[str, list[Days]]:
        """The days each claimed criterion is met."""
        ordered = sorted(self.claims, key=lambda c: c["criterion"])
        return {code: met(list(group)) for code, group in groupby(ordered, key=lambda c: c["criterion"])}

    def periods(self) -> list[Days]:
        """The days all required criteria in force are met."""
        spans = self.spans
        edges = {date.min}
        for start, end in [s for found in spans.values() for s in found]:
            edges |= {start, _after(end)}
        for c in self.checklist:
            edges |= {c["valid_from"], _after(c["valid_until"] or date.max)}
        ordered = [*sorted(edges), date.max]
        whole = [
            (start, date.max if following == date.max else following - ONE_DAY)
            for start, following in pairwise(ordered)
            if start != date.max and self._all_met(start, spans)
        ]
        return joined(whole)

    def _all_met(self, on: date, spans: Mapping[str, list[Days]]) -> bool:
        needed = [code for code, c in in_force(self.checklist, on).items() if c["required"]]
        return bool(needed) and all(covering(spans.get(code, ()), on) for code in needed)

    def stage(self, on: date) -> Stage:
        """How far it is on a day."""
        if covering(self.periods(), on):
            return Stage.IMPLEMENTS
        begun = any(c["claimed_on"] <= on for c in self.claims)
        return Stage.PARTIAL if begun else Stage.NOT_STARTED


def _after(day: date) -> date:
    return day if day == date.max else day + ONE_DAY


def covering(spans: Iterable[Days], on: date) -> Days | None:
    """The span a day lies in."""
    return next((s for s in spans if s[0] <= on <= s[1]), None)


def month_ends(year: int, today: date) -> list[date]:
    """The last day of each month of a year, today instead of the running month's; none that lie ahead."""
    firsts = [date(year, m, 1) for m in range(2, 13)] + [date(year + 1, 1, 1)]
    ends = [f - ONE_DAY for f in firsts]
    return [min(e, today) for n, e in enumerate(ends, 1) if date(year, n, 1) <= today]


def percent(part: int, whole: int | None) -> float | None:
    """Reached against target; over 100 is legal."""
    return round(100 * part / whole, 2) if whole else None
