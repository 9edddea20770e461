"""Weekly surveillance (SKDR): epidemiological weeks, the file of parameters, when a signal is raised. Pure.

Weeks run from Sunday to Saturday; week 1 is the one that holds 4 January (`reference/domain.md` §9 gives the days; the
numbering is that of the WHO's and CDC's calendars with weeks that begin on Sunday).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

from pydantic import ValidationError

from services.indicators.contract import Rule, Signal, Syndrome, Words
from services.indicators.rules.dhis2 import MEND, fault
from services.kernel.errors import faults as faults_of
from services.kernel.problems import Fault, Text, Unprocessable
from services.kernel.rows import Sheet, read

FILE = Path(__file__).parent.parent / "standards" / "surveillance.tsv"
COLUMNS = (
    "code", "concept", "name_id", "name_en", "episode_days", "until_age_years", "alert", "rising_weeks", "doubles",
    "month_doubles", "fatality_rise", "least", "source",
)  # fmt: skip
PREFIX = "skdr_"
"""Concepts under weekly watch begin so: their facts have an index of their own."""
DAYS = timedelta(days=7)
_WEEK = re.compile(r"(\d{4})-W(\d{2})")
NOTES = (
    Words(
        id="Satu kasus = catatan diagnosis pertama seseorang dalam satu episode; catatan ulang tidak menambah kasus.",
        en="A case is the first record of a diagnosis of a person in an episode; repeated records add none.",
    ),
    Words(
        id="J (flu burung) dan Y (ILI) memakai kode ICD-10 yang sama (J09–J11): angkanya satu, tidak dijumlahkan, dan "
        "hanya petugas yang dapat memisahkannya.",
        en="J (avian influenza) and Y (ILI) share ICD-10 J09–J11: one count shown twice, not to be added; only an "
        "officer can tell them apart.",
    ),
    Words(
        id="T (kluster penyakit yang tidak lazim) tidak punya diagnosis; dilaporkan petugas, tidak dihitung di sini.",
        en="T (cluster of unusual disease) has no diagnosis; it is reported by an officer, not counted here.",
    ),
    Words(
        id="Sinyal bukan KLB: KLB ditetapkan pejabat berwenang. Penyelidikan epidemiologi kurang dari 24 jam.",
        en="A signal is not an outbreak: officials declare one. Investigate within 24 hours.",
    ),
)


def builtin() -> list[Syndrome]:
    """The parameters that hold until the office loads its own."""
    lines = [s for s in FILE.read_text(encoding="utf-8").splitlines() if not s.startswith("#")]
    return parameters(read("\n".join(lines).encode(), COLUMNS, COLUMNS))


def parameters(sheet: Sheet, known: frozenset[str] | None = None) -> list[Syndrome]:
    """The diseases of a file; `known` concepts. Raises Unprocessable naming each line at fault."""
    faults = [fault(r.line, r.column or "-", r.reason) for r in sheet.refused]
    found, lines = list[Syndrome](), dict[str, int]()
    for line, cells in sheet.rows:
        faults += _wrong(line, cells, known, lines)
        given = {k: v for k, v in cells.items() if v and not k.startswith("name_")}
        try:
            found.append(Syndrome.model_validate(given | {"name": {"id": cells["name_id"], "en": cells["name_en"]}}))
        except ValidationError as error:
            faults += [fault(line, f.pointer.strip("/"), f.text) for f in faults_of(error.errors(include_url=False))]
    if not faults and not found:
        faults.append(fault(1, "code", Text("paling sedikit satu penyakit", "at least one disease")))
    if faults:
        raise Unprocessable(MEND, faults)
    for s in found:
        s.shares_with = [o.code for o in found if o.concept == s.concept and o.code != s.code]
    return found


_ENDS = {
    "episode_days": (1, 366), "until_age_years": (0, 150), "alert": (1, 100_000), "rising_weeks": (2, 52),
    "doubles": (1, 1_000), "month_doubles": (1, 1_000), "fatality_rise": (0, 10_000), "least": (1, 100_000),
}  # fmt: skip
"""Between what each parameter lies: beyond, no calendar reaches back so far, and nobody would see the week at all."""


def _wrong(line: int, cells: dict[str, str], known: frozenset[str] | None, lines: dict[str, int]) -> Iterator[Fault]:
    """What the types of the cells do not show."""
    for name in ("code", "concept", "name_id", "name_en", "episode_days", "source"):
        if not cells[name]:
            yield fault(line, name, Text("wajib diisi", "is required"))
    if not cells["concept"].startswith(PREFIX):
        yield fault(line, "concept", Text(f"harus diawali {PREFIX}", f"must begin with {PREFIX}"))
    elif known is not None and cells["concept"] not in known:
        yield fault(line, "concept", Text("tidak ada dalam concepts.tsv", "is not in concepts.tsv"))
    if lines.setdefault(cells["code"], line) != line:
        first = lines[cells["code"]]
        yield fault(line, "code", Text(f"sama dengan baris {first}", f"the same as line {first}"))
    for name, (least, most) in _ENDS.items():
        try:
            beyond = bool(cells[name]) and not least <= float(cells[name]) <= most
        except ValueError:
            continue  # told by its type
        if beyond:
            yield fault(line, name, Text(f"antara {least} dan {most}", f"between {least} and {most}"))


def sunday(day: date) -> date:
    """The first day of the week of a day."""
    return day - timedelta(days=day.isoweekday() % 7)


def week_of(day: date) -> str:
    """A day's epidemiological week: 2026-W46."""
    first = sunday(day)
    year = (first + timedelta(days=3)).year  # the year in which most of its days lie
    return f"{year}-W{(first - sunday(date(year, 1, 4))).days // 7 + 1:02}"


def first_day(week: str) -> date | None:
    """The Sunday of a week; None when there is no such week."""
    said = _WEEK.fullmatch(week)
    if said is None or not 2000 <= int(said[1]) <= 2100 or int(said[2]) < 1:
        return None
    first = sunday(date(int(said[1]), 1, 4)) + (int(said[2]) - 1) * DAYS
    return first if week_of(first) == week else None


@dataclass(frozen=True, slots=True)
class Counts:
    """What is known of one disease at one place: cases by week (the last is the one looked at), deaths of these, of
    the month so far, and of the whole year before."""

    weeks: Sequence[int]
    deaths: Sequence[int]
    month: int
    last_year: int


def signals(s: Syndrome, c: Counts, today: date, shown: bool = True) -> list[Signal]:
    """The signals of a week. With `shown` false the reason holds no number that was counted."""
    now, before, mean = c.weeks[-1], (c.weeks[-2] if len(c.weeks) > 1 else 0), c.last_year / 12
    found = list[tuple[Rule, str, str, str]]()
    if s.alert is not None and now >= s.alert:
        found.append((Rule.ALERT, f"Batas sinyal {s.alert} tercapai", f"Alert level {s.alert} reached", str(now)))
    if now and now >= s.least:
        if s.rising_weeks and _rising(c.weeks, s.rising_weeks):
            id_, en = f"Naik {s.rising_weeks} minggu berturut-turut", f"Rising for {s.rising_weeks} weeks"
            found.append((Rule.RISING, id_, en, " → ".join(map(str, c.weeks[-s.rising_weeks - 1 :]))))
        if s.doubles and before and now >= s.doubles * before:
            id_, en = f"Sedikitnya {s.doubles:g} kali minggu lalu", f"At least {s.doubles:g} times the week before"
            found.append((Rule.DOUBLED, id_, en, f"{before} → {now}"))
        if s.month_doubles and mean and c.month >= s.month_doubles * mean:
            id_ = f"Bulan ini sedikitnya {s.month_doubles:g} kali rata-rata bulan tahun lalu"
            en = f"The month has at least {s.month_doubles:g} times last year's monthly mean"
            found.append((Rule.MONTH, id_, en, f"{mean:.1f} → {c.month}"))
        if s.fatality_rise and _deadlier(c, s.fatality_rise):
            id_ = f"Angka kematian kasus naik sedikitnya {s.fatality_rise:g} %"
            en = f"Case fatality rose by at least {s.fatality_rise:g} %"
            found.append((Rule.FATALITY, id_, en, f"{c.deaths[-2] / before:.1%} → {c.deaths[-1] / now:.1%}"))
    by = today + timedelta(days=1)
    return [
        Signal(rule=rule, reason=Words(id=f"{id_}: {n}" if shown else id_, en=f"{en}: {n}" if shown else en),
               investigate_by=by)
        for rule, id_, en, n in found
    ]  # fmt: skip


def _deadlier(c: Counts, rise: float) -> bool:
    """Whether of this week's cases so many percent more died than of the week before's, some of whom had."""
    if len(c.weeks) < 2 or not c.deaths[-2] or not c.weeks[-2]:
        return False
    return c.deaths[-1] * c.weeks[-2] * 100 >= c.deaths[-2] * c.weeks[-1] * (100 + rise)


def _rising(weeks: Sequence[int], times: int) -> bool:
    last = weeks[-times - 1 :]
    return len(last) == times + 1 and all(a < b for a, b in pairwise(last))
