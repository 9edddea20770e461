"""Numbers as lines for people who work in Excel: headings in Indonesian, then one line a row. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from services.indicators.contract import Card, Contribution, Indicator, Numbers, Row, Week, Weekly
from services.kernel.sheets import XLSX, to_csv, to_xlsx

Form = Literal["json", "csv", "xlsx"]
MEDIA = {"csv": "text/csv; charset=utf-8", "xlsx": XLSX}
MONTHS = ("Bawaan", "Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des")
HIDDEN = "<5"
"""What stands in a cell whose number is withheld; an empty cell means that there is none."""

_CARD = (
    "Standar", "Indikator", "Peraturan", "Berlaku", "Tahun", "Per tanggal", "Sasaran riil", "Dilayani",
    "Capaian riil (%)", "Sasaran resmi", "Capaian resmi (%)", "Sumber sasaran", "Versi sasaran", "Luar wilayah",
)  # fmt: skip
_PLACE = (
    "Kode", "Nama", "Silang", "Nama silang", "Sasaran riil", "Dilayani", "Capaian riil (%)", "Sasaran resmi",
    "Capaian resmi (%)", "Sumber sasaran", "Versi sasaran", *MONTHS,
)  # fmt: skip
_KEY = ("Standar", "Tahun", "Per tanggal")
_DOER = ("Kode", "Nama", "Silang", "Jenis", "Kepemilikan", "Satuan disentuh", "Dilayani", "Bagian (%)")


def to_file(lines: Iterable[Sequence[Any]], form: str, sheet: str) -> bytes:
    """Lines as a file: semicolons and a mark for an Indonesian Excel, or a workbook. Nothing in them runs."""
    return to_csv(lines) if form == "csv" else to_xlsx(lines, sheet)


def catalogue(cards: Sequence[Card]) -> list[Sequence[Any]]:
    """Every indicator in one line."""
    return [_CARD, *(_card(c) for c in cards)]


def _card(c: Card) -> list[Any]:
    return [
        c.standard, c.title.id, c.regulation, "ya" if c.in_force else "tidak", c.year, c.as_of, shown(c.eligible, c),
        shown(c.served, c), c.coverage, *_goal(c), shown(c.outside, c),
    ]  # fmt: skip


def indicator(found: Indicator) -> list[Sequence[Any]]:
    """One indicator: the whole, each row, and those who live elsewhere; or who did the work."""
    key = [found.standard, found.year, found.as_of]
    doers = [r for r in found.rows if isinstance(r, Contribution)]
    if doers:
        return [[*_KEY, *_DOER], *([*key, *_doer(r)] for r in doers)]
    items = sorted({name for n in (found.total, found.outside, *_rows(found)) for name in n.missing or ()})
    lines = [_line(["*", "Jumlah", None, None], found.total, items)]
    lines += [_line([r.code, r.name, r.cross, r.cross_name], r, items) for r in _rows(found)]
    lines.append(_line(["#", "Luar wilayah", None, None], found.outside, items))
    return [[*_KEY, *_PLACE, *(f"Kurang: {name}" for name in items)], *([*key, *line] for line in lines)]


def weekly(found: Week) -> list[Sequence[Any]]:
    """One week of surveillance: each disease in the district, then each place with cases."""
    names = {s.code: s.name.id for s in found.syndromes}
    weeks = [*found.weeks_before, found.week]
    head = ("Kode", "Penyakit", "Tempat", "Nama", *weeks, "Meninggal", "Sinyal")
    lines = [_week("*", "Kabupaten", r, names) for r in found.district]
    return [head, *lines, *(_week(r.place or "", r.name, r, names) for r in found.rows)]


def _week(place: str, name: str | None, r: Weekly, names: Mapping[str, str]) -> list[Any]:
    cases = [shown(n, r) for n in (*r.before, r.cases)]
    return [r.code, names[r.code], place, name, *cases, shown(r.deaths, r), "; ".join(s.reason.id for s in r.signals)]


def _rows(found: Indicator) -> list[Row]:
    return [r for r in found.rows if isinstance(r, Row)]


def _line(place: Sequence[str | None], n: Numbers, items: Sequence[str]) -> list[Any]:
    months = [shown(None, n)] * len(MONTHS) if n.months is None else list(n.months)
    lacking = [shown(n.missing.get(i, 0) if n.missing is not None else None, n) for i in items]
    return [*place, shown(n.eligible, n), shown(n.served, n), n.coverage, *_goal(n), *months, *lacking]


def _doer(c: Contribution) -> list[Any]:
    return [c.code, c.name, c.cross, c.kind, c.ownership, shown(c.units, c), shown(c.served, c), c.share]


def _goal(n: Any) -> list[Any]:
    goal = n.official
    return [goal.value, goal.coverage, goal.source, goal.version] if goal else [None] * 4


def shown(number: float | None, of: Any) -> Any:
    """A number, or the word that says it is withheld."""
    return HIDDEN if number is None and getattr(of, "suppressed", False) else number
