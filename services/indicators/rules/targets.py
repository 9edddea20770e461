"""Which rows of a target file may stand: places that are ours, sums that agree, changes that were meant. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pydantic import ValidationError

from services.indicators.contract.targets import TOTAL, SuddenChange, TargetRow
from services.indicators.rules.cells import DISTRICT, Place, official
from services.indicators.rules.policies import Sudden
from services.kernel.errors import faults
from services.kernel.problems import Text
from services.kernel.rows import Refused

Group = tuple[str, int]
"""A service and a year."""
Standing = Mapping[Group, Mapping[str, Mapping[str, Any]]]
"""What counts: place → value, source, version, valid_from."""


@dataclass(frozen=True, slots=True)
class Line:
    """A row that can be read, and where it stands."""

    number: int
    row: TargetRow

    @property
    def group(self) -> Group:
        """What it must add up within."""
        return self.row.service, self.row.year


@dataclass(frozen=True, slots=True)
class Known:
    """What a file is held against. `measured_by`: services without targets of their own; `versions`: all stored."""

    places: Sequence[Place]
    services: frozenset[str]
    measured_by: Mapping[str, str]
    counting: Standing
    versions: Mapping[tuple[str, int, str, str], Mapping[str, Any]]
    sudden: Sudden


@dataclass(slots=True)
class Checked:
    """Rows that may stand, those that may not, and the sudden changes among them."""

    good: list[Line] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    warned: list[Refused] = field(default_factory=list)
    changes: list[SuddenChange] = field(default_factory=list)


def parse(rows: Iterable[tuple[int, Mapping[str, Any]]]) -> tuple[list[Line], list[Refused]]:
    """Rows as they are named, and what is wrong with the others, field by field; an empty cell says nothing."""
    good, bad = list[Line](), list[Refused]()
    for number, said in rows:
        try:
            good.append(Line(number, TargetRow.model_validate({k: v for k, v in said.items() if v not in ("", None)})))
        except ValidationError as error:
            for found in faults(error.errors(include_url=False)):
                bad.append(Refused(number, found.pointer.strip("/").partition("/")[0] or None, found.text))
    return good, bad


def check(lines: Sequence[Line], known: Known, confirm: bool) -> Checked:
    """Every rule of a target file, in order; a refused row is told once."""
    done = Checked()
    fallen = list(_strange(lines, known))
    standing = [line for line in lines if line.number not in {r.line for r in fallen}]
    unequal = list(_unequal(standing, [line for line in lines if line not in standing], known))
    standing = [line for line in standing if line.number not in {r.line for r in unequal}]
    done.changes = list(_sudden(standing, known))
    asked = [] if confirm else list(_asked(standing, done.changes))
    done.good = [x for x in standing if x.number not in {r.line for r in asked} and x.row.place != TOTAL]
    done.refused = [*fallen, *unequal, *asked]
    done.warned = [
        _unused(x, known.measured_by[x.row.service]) for x in done.good if x.row.service in known.measured_by
    ]
    return done


def _unused(line: Line, own: str) -> Refused:
    """Kept, but nothing is measured by it."""
    words = Text(f"disimpan, tetapi yang dipakai sasaran {own}", f"kept, but it is measured by the targets of {own}")
    return Refused(line.number, "service", words, warning=True)


def _strange(lines: Sequence[Line], known: Known) -> Iterator[Refused]:
    """What is wrong with a row by itself or beside another: unknown service, foreign place, twice the same."""
    villages, puskesmas = {p.village for p in known.places}, {p.puskesmas for p in known.places}
    seen = dict[tuple[Any, ...], int]()
    for line in lines:
        row, key = line.row, (*line.group, line.row.place, line.row.version)
        if row.service not in known.services and row.service not in known.measured_by:
            able = ", ".join(sorted(known.services))
            yield _refused(line, "service", f"layanan tidak dikenal; yang ada: {able}", f"unknown; there are: {able}")
        elif not row.place:
            yield _refused(
                line, "village", "isi village atau puskesmas, salah satu", "give village or puskesmas, one of them"
            )
        elif row.village and row.village not in villages | {TOTAL}:
            yield _refused(
                line, "village", "desa tidak terdaftar di kabupaten ini", "the village is not in this district"
            )
        elif row.puskesmas and row.puskesmas not in puskesmas | {TOTAL}:
            yield _refused(line, "puskesmas", "tidak punya wilayah kerja di sini", "answers for no village here")
        elif key in seen:
            yield _refused(line, "service", f"sama dengan baris {seen[key]}", f"the same as row {seen[key]}")
        elif _rewrites(line, known):
            yield _refused(
                line, "version", "versi ini sudah ada dengan isi lain dan tidak berubah lagi; beri nama versi baru",
                "this version exists with other content and never changes; name a new version",
            )  # fmt: skip
        else:
            seen[key] = line.number


def _rewrites(line: Line, known: Known) -> bool:
    row = line.row
    there = known.versions.get((*line.group, row.place, row.version or ""))
    return there is not None and (there["value"], there["source"], there["valid_from"]) != (
        row.value, row.source, row.valid_from,
    )  # fmt: skip


def _unequal(lines: Sequence[Line], fallen: Sequence[Line], known: Known) -> Iterator[Refused]:
    """Sums that do not agree: a puskesmas with its villages, the total with all of them."""
    for group in dict.fromkeys(line.group for line in lines):
        mine = [line for line in lines if line.group == group]
        told = {line.row.place: line for line in mine}
        will = {place: dict(t) for place, t in known.counting.get(group, {}).items()}
        will |= {line.row.place: {"value": line.row.value, "source": "", "version": ""} for line in mine}
        total = will.pop(TOTAL, None)
        wrong = list(_puskesmas(told, will, known.places))
        yield from wrong
        if total is None or wrong:
            continue
        goal = official(will, known.places, "total").get(DISTRICT, {"value": 0})["value"]
        lost = sum(x.row.value for x in fallen if x.group == group and x.row.place != TOTAL)
        if total["value"] not in (goal, goal + lost):
            at = told[TOTAL]
            yield _refused(
                at, "value", f"jumlahnya {goal}, bukan {total['value']}", f"the sum is {goal}, not {total['value']}"
            )
            for line in mine:
                if line is not at:
                    yield _refused(
                        line, None, f"tidak dimuat: jumlah di baris {at.number} tidak cocok",
                        f"not loaded: the total on line {at.number} does not agree",
                    )  # fmt: skip


def _puskesmas(told: Mapping[str, Line], will: Mapping[str, Any], places: Sequence[Place]) -> Iterator[Refused]:
    """A puskesmas with a target of its own whose villages all have one: they must add up, where the file touches it."""
    for puskesmas in {p.puskesmas: None for p in places if p.puskesmas in will}:
        villages = [p.village for p in places if p.puskesmas == puskesmas]
        if not any(v in will for v in villages) or not ({puskesmas, *villages} & told.keys()):
            continue
        goal, found = will[puskesmas or ""]["value"], sum(will[v]["value"] for v in villages if v in will)
        if found == goal or (found < goal and any(v not in will for v in villages)):
            continue
        own = told.get(puskesmas or "")
        if own is not None:
            yield _refused(
                own, "value", f"jumlah desanya {found}, bukan {goal}", f"its villages add up to {found}, not {goal}"
            )
        for village in villages:
            if village in told:
                yield _refused(
                    told[village], "value", f"jumlah desa {puskesmas} {found}, sasaran puskesmasnya {goal}",
                    f"the villages of {puskesmas} add up to {found}, its own target is {goal}",
                )  # fmt: skip


def _sudden(lines: Sequence[Line], known: Known) -> Iterator[SuddenChange]:
    """Against the last version of the year, else of the year before: single places, then their sum."""
    limit = known.sudden
    for group in dict.fromkeys(line.group for line in lines):
        service, year = group
        last = {**known.counting.get((service, year - 1), {}), **known.counting.get(group, {})}
        both = [(x, last[x.row.place]) for x in lines if x.group == group and x.row.place in last]
        found = 0
        for line, before in both:
            change = _change(line.number, group, line.row.place, before["value"], line.row.value, before["version"])
            if _large(change, limit.percent, limit.units):
                found += 1
                yield change
        if both and not found:
            old, new = sum(b["value"] for _, b in both), sum(x.row.value for x, _ in both)
            whole = _change(None, group, TOTAL, old, new, both[0][1]["version"])
            if _large(whole, limit.total_percent, limit.units):
                yield whole


def _change(line: int | None, group: Group, place: str, before: int, after: int, against: str) -> SuddenChange:
    percent = round((after - before) / before * 100, 2) if before else None
    return SuddenChange(
        line=line, service=group[0], year=group[1], place=place, before=before, after=after, percent=percent,
        against=against,
    )  # fmt: skip


def _large(change: SuddenChange, percent: float, units: int) -> bool:
    """Both limits reached; from nothing any percentage is."""
    moved = abs(change.after - change.before)
    return moved > 0 and moved >= units and (change.percent is None or abs(change.percent) >= percent)


def _asked(lines: Sequence[Line], changes: Sequence[SuddenChange]) -> Iterator[Refused]:
    """Rows that wait for a confirmation; of a sum all rows do."""
    by_line = {c.line: c for c in changes if c.line is not None}
    sums = {(c.service, c.year): c for c in changes if c.line is None}
    for line in lines:
        change = by_line.get(line.number) or sums.get(line.group)
        if change is None:
            continue
        what = f"{change.before} → {change.after}"
        if change.percent is not None:
            what += f" ({change.percent:+g} %)"
        where = ("", "") if change.line is not None else ("jumlahnya ", "the sum: ")
        yield _refused(
            line, "value", f"{where[0]}berubah mendadak: {what}; kirim ?confirm=true bila memang begitu",
            f"{where[1]}a sudden change: {what}; send ?confirm=true if it is meant",
        )  # fmt: skip


def _refused(line: Line, column: str | None, words_id: str, words_en: str) -> Refused:
    return Refused(line.number, column, Text(words_id, words_en))


def version_for(lines: Sequence[Line], taken: Iterable[tuple[str, int, str, str]], today: date) -> str:
    """The version of rows that name none: the day, or the day with a number when that one is taken."""
    mine = {(*line.group, line.row.place) for line in lines if not line.row.version}
    used = {version for *place, version in taken if tuple(place) in mine}
    names = (f"{today}" if n == 1 else f"{today}-{n}" for n in range(1, len(used) + 2))
    return next(name for name in names if name not in used)


def unchanged(lines: Sequence[Line], known: Known) -> set[int]:
    """Lines that say what stands already: their version is stored so, or without one the whole group counts so."""
    same = set[int]()
    for group in dict.fromkeys(line.group for line in lines):
        mine = [line for line in lines if line.group == group]
        counting = known.counting.get(group, {})
        plain = [line for line in mine if not line.row.version]
        if all(_says(line.row, counting.get(line.row.place)) for line in plain):
            same |= {line.number for line in plain}
        same |= {x.number for x in mine if x.row.version and (*group, x.row.place, x.row.version) in known.versions}
    return same


def _says(row: TargetRow, there: Mapping[str, Any] | None) -> bool:
    return there is not None and (row.value, row.source, row.valid_from) == (
        there["value"], there["source"], there["valid_from"],
    )  # fmt: skip
