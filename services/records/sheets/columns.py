"""One column of a template: its heading, the word of a visit it fills, how its cells are read. Pure.

Cells are read as Excel leaves them: dates as dd/mm/yyyy or as serial numbers, a decimal comma, an apostrophe before
a text, numbers that lost their zeros. What Excel has destroyed is refused with what to do; nothing is guessed.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from services.kernel.problems import Text

EPOCH = date(1899, 12, 30)
"""Day 0 of Excel's serial dates."""
SERIALS = range(10000, 60000)
"""From 1927; a smaller number is a year somebody typed, not a date."""
_DMY = re.compile(r"^(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4})$", re.ASCII)
_YMD = re.compile(r"^(\d{4})-(\d{2})-(\d{2})(?:[T ]00:00(?::00)?)?$", re.ASCII)
_SCIENTIFIC = re.compile(r"^\d([.,]\d+)?[eE]\+?\d+$", re.ASCII)
_YES = frozenset({"ya", "y", "1", "true", "v", "✓", "x", "sudah", "ada"})
_NO = frozenset({"tidak", "t", "n", "0", "false", "belum", "-"})


class BadCell(Exception):  # noqa: N818 - told to the sender as a fault of the cell
    """A cell that cannot be read: what would be right."""

    def __init__(self, said: str, said_en: str) -> None:
        super().__init__("bad cell")
        self.text = Text(said, said_en)


@dataclass(frozen=True, slots=True)
class Column:
    """`path`: the word it fills ("measurements.weight_kg"); "vaccine:HB0" a dose by its date, "medicine:92000653" a
    quantity handed out."""

    heading: str
    path: str
    kind: str = "text"
    required: bool = False
    choices: Mapping[str, str] | None = None
    help: str = ""
    example: str = ""


def plain(heading: Any) -> str:
    """A heading for comparing: letters and digits only."""
    return re.sub(r"[^a-z0-9]+", "", str(heading or "").lower())


def is_empty(cell: Any) -> bool:
    """Whether nothing was written."""
    return cell is None or (isinstance(cell, str) and cell.strip().strip("'") in ("", "-"))


def read(column: Column, cell: Any) -> Any:
    """A cell as the value of its word. Raises BadCell."""
    if isinstance(cell, str):
        cell = cell.strip().removeprefix("'").strip()
        if cell.startswith(("=", "@")):
            raise BadCell("rumus tidak diterima; tulis nilainya", "no formulas; write the value")
    return _READ[column.kind](column, cell)


def _text(_: Column, cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return str(cell).strip()


def _digits(size: int) -> Any:
    def read_digits(_: Column, cell: Any) -> str:
        if isinstance(cell, int | float) or (isinstance(cell, str) and _SCIENTIFIC.match(cell)):
            raise BadCell(
                f"ditulis sebagai angka, sehingga Excel mengubahnya; jadikan kolom Teks, ketik ulang {size} angka",
                f"written as a number, which Excel alters; format the column as Text and type the {size} digits again",
            )
        digits = re.sub(r"[ .\-]", "", str(cell))
        if not re.fullmatch(rf"[0-9]{{{size}}}", digits):
            raise BadCell(
                f"harus tepat {size} angka; bila nol di depan hilang, format kolom sebagai Teks",
                f"has exactly {size} digits; if leading zeros are lost, format the column as Text",
            )
        return digits

    return read_digits


def _phone(_: Column, cell: Any) -> str:
    if isinstance(cell, int | float):
        raise BadCell(
            "ditulis sebagai angka, nol di depannya hilang; format kolom sebagai Teks",
            "written as a number, which loses its leading zero; format the column as Text",
        )
    return str(cell)


def _day(_: Column, cell: Any) -> str:
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    text = str(int(cell)) if isinstance(cell, int | float) and abs(cell) < SERIALS.stop else str(cell)
    if re.fullmatch(r"[0-9]{5}", text) and int(text) in SERIALS:
        return (EPOCH + timedelta(days=int(text))).isoformat()
    try:
        if found := _DMY.match(text):
            day, month, year = map(int, found.groups())
            return date(year, month, day).isoformat()
        if found := _YMD.match(text):
            return date(*map(int, found.groups())).isoformat()
    except ValueError:
        pass
    raise BadCell(
        "harus tanggal yang ada di kalender: hh/bb/tttt, misalnya 05/03/2026",
        "must be a real date: dd/mm/yyyy, such as 05/03/2026",
    )


def _number(_: Column, cell: Any) -> float:
    if isinstance(cell, (bool, date)):
        raise BadCell("harus bilangan; Excel mengubahnya menjadi tanggal", "must be a number; Excel made it a date")
    if isinstance(cell, int | float):
        return float(cell)
    text = str(cell).replace(" ", "")
    if not re.fullmatch(r"[0-9]{1,15}([.,][0-9]{1,10})?", text):
        raise BadCell("harus bilangan, misalnya 58,4", "must be a number, such as 58.4")
    return float(text.replace(",", "."))


def _whole(column: Column, cell: Any) -> int:
    value = _number(column, cell)
    if not value.is_integer():
        raise BadCell("harus bilangan bulat", "must be a whole number")
    return int(value)


def _yes_no(_: Column, cell: Any) -> bool:
    if isinstance(cell, bool):
        return cell
    said = _text(_, cell).lower()
    if said in _YES:
        return True
    if said in _NO:
        return False
    raise BadCell("isi ya atau tidak", "write ya (yes) or tidak (no)")


def _choice(column: Column, cell: Any) -> str:
    choices = column.choices or {}
    said = plain(_text(column, cell))
    for word, value in choices.items():
        if said in (plain(word), plain(value)) and said:
            return value
    if (exact := _text(column, cell)) in choices.values():
        return exact
    listed = ", ".join(choices)
    raise BadCell(f"harus salah satu dari: {listed}", f"must be one of: {listed}")


def _several(column: Column, cell: Any) -> list[str]:
    said = _text(column, cell)
    if said.lower() in ("tidak ada", "tidak", "nihil"):
        return []
    return list(dict.fromkeys(_choice(column, part) for part in re.split(r"[,;+\n]", said) if part.strip()))


def _words(_: Column, cell: Any) -> list[str]:
    return [part.strip() for part in re.split(r"[;\n]", str(cell)) if part.strip()]


_READ: dict[str, Any] = {
    "text": _text, "nik": _digits(16), "kk": _digits(16), "jkn": _digits(13), "village": _digits(10), "phone": _phone,
    "day": _day, "number": _number, "whole": _whole, "yes": _yes_no, "choice": _choice, "several": _several,
    "words": _words,
}  # fmt: skip
