"""A table as offices send it: a workbook, or a CSV with a BOM or not, commas or semicolons, CRLF, quotes. Pure reading.

What breaks one row is reported with its line; what makes the whole file unreadable raises Invalid. A workbook's cells
are the texts a CSV would have: a date as Excel keeps it, a whole number without its decimals; a number longer than
Excel can keep is refused, because its last digits are no longer those that were typed.
"""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from services.kernel import sheets
from services.kernel.problems import Invalid, Text
from services.kernel.sheets import bare

MOST_ROWS = 50_000
SHEET = "Isian"
"""The sheet of a workbook that is read; the first one when there is none of this name."""
_EXACT = 10**15
_SEPARATORS = ",;\t"
UNCLOSED = Text(
    "tanda kutip tidak ditutup; isi berkas sejak baris ini tidak terbaca",
    "an unclosed quote; the file is unreadable from this line on",
)
"""What a row that swallowed the rest of its file comes as."""
_LARGE = Text("Berkas terlalu besar; bagi menjadi beberapa", "The file is too large; split it")
_ALTERED = Text(
    "angka lebih dari 15 digit diubah Excel; jadikan kolom Teks lalu ketik ulang",
    "Excel alters numbers of over 15 digits; format the column as Text and type it again",
)


Records = Iterator[tuple[int, list[str] | Text]]
"""Rows with their lines; a row that cannot be read comes as the Text that says so."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that cannot be loaded: its line in the file, the column at fault (None: the whole row), why.

    `warning`: the row is loaded all the same, and this is told."""

    line: int
    column: str | None
    reason: Text
    warning: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows as texts by column, each with the line it begins on; `columns` are those the file has."""

    columns: frozenset[str]
    rows: list[tuple[int, dict[str, str]]]
    refused: list[Refused]


def plain(heading: str) -> str:
    """A heading as the name of a field."""
    return "_".join(heading.strip().lower().split())


def read(data: bytes, known: Sequence[str], required: Sequence[str], field: Callable[[str], str] = plain) -> Sheet:
    """Read a file whose header row names some of `known` and all of `required`; `field` says which field a heading
    names. Raises Invalid and TooLarge."""
    header, records = opened(data)
    return under(_columns(header, known, required, field), records)


def opened(data: bytes) -> tuple[list[str], Records]:
    """A file's header and the rows below it. Raises Invalid and TooLarge."""
    records = _workbook(data, MOST_ROWS) if data[:2] == b"PK" else _records(_decoded(data))
    _, header = next(records, (0, []))
    if not isinstance(header, list) or not header:
        raise Invalid(Text("Berkas kosong; baris pertama harus tajuk kolom", "Empty file; the first row is the header"))
    return header, records


def under(columns: list[str], records: Records) -> Sheet:
    """The rows by column. Raises Invalid."""
    rows: list[tuple[int, dict[str, str]]] = []
    refused: list[Refused] = []
    for line, record in records:
        if isinstance(record, Text):
            refused.append(Refused(line, None, record))
            continue
        fields = [bare(cell.strip()) for cell in record]
        if len(fields) < len(columns) or any(fields[len(columns) :]):
            refused.append(Refused(line, None, _miscounted(len(fields), len(columns))))
        elif any(fields):
            rows.append((line, dict(zip(columns, fields, strict=False))))
        if len(rows) > MOST_ROWS:
            raise Invalid(
                Text(f"Lebih dari {MOST_ROWS} baris; bagi berkasnya", f"Over {MOST_ROWS} rows; split the file")
            )
    return Sheet(frozenset(columns), rows, refused)


def _decoded(data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Invalid(
            Text(
                f"Baris {line} bukan UTF-8; simpan berkas sebagai 'CSV UTF-8'",
                f"Line {line} is not UTF-8; save the file as 'CSV UTF-8'",
            )
        ) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise Invalid(Text(f"Baris {line} mengandung karakter NUL", f"Line {line} holds a NUL character"))
    return text


class _Records:
    """csv's records with the line each begins on; a record with broken quotes comes as the Text that says so."""

    def __init__(self, text: str) -> None:
        lines = text.splitlines()  # a title may stand above the headings
        telling = next((row for row in lines if any(s in row for s in _SEPARATORS)), "")
        separator = max(_SEPARATORS, key=telling.count)
        self._reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)

    def __iter__(self) -> "_Records":
        return self

    def __next__(self) -> tuple[int, list[str] | Text]:
        while True:
            line = self._reader.line_num + 1
            try:
                record = next(self._reader)
            except csv.Error as error:
                if "unexpected end" in str(error):
                    return line, UNCLOSED
                return line, Text("tanda kutip salah tempat", "a misplaced quote")
            if record:
                return line, record


def _records(text: str) -> Records:
    return _Records(text)


def _columns(
    header: list[str], known: Sequence[str], required: Sequence[str], field: Callable[[str], str]
) -> list[str]:
    columns = [field(name) for name in header]
    while columns and not columns[-1]:
        columns.pop()
    strange = [c for c in columns if c not in known]
    missing = [c for c in required if c not in columns]
    twice = sorted({c for c in columns if columns.count(c) > 1})
    able = ", ".join(known)
    if missing:
        names = ", ".join(missing)
        raise Invalid(Text(f"Kolom kurang: {names}. Yang dikenal: {able}", f"Missing columns: {names}. Known: {able}"))
    if strange:
        at = ", ".join(str(columns.index(c) + 1) for c in strange)
        raise Invalid(
            Text(f"Kolom ke-{at} tidak dikenal. Yang dikenal: {able}", f"Column {at} is not known. Known: {able}")
        )
    if twice:
        names = ", ".join(twice)
        raise Invalid(Text(f"Kolom berulang: {names}", f"Columns given twice: {names}"))
    return columns


def _miscounted(found: int, wanted: int) -> Text:
    return Text(f"{found} isian, padahal tajuk punya {wanted} kolom", f"{found} fields where the header has {wanted}")


def _workbook(data: bytes, most: int) -> Iterator[tuple[int, list[str] | Text]]:
    """The filled rows of a workbook with their lines; a row with a cell that Excel has altered comes as the Text that
    says so. Raises Invalid and TooLarge."""
    for line, cells in sheets.xlsx(data, most + 1, _LARGE, SHEET):
        if any(isinstance(c, int | float) and abs(c) >= _EXACT for c in cells):
            yield line, _ALTERED
        elif any(c not in (None, "") for c in cells):
            yield line, [_text(c) for c in cells]


def _text(cell: Any) -> str:
    match cell:
        case bool():
            return "ya" if cell else "tidak"
        case float() if cell.is_integer():
            return str(int(cell))
        case datetime():
            return cell.date().isoformat() if cell.time() == time() else cell.isoformat(timespec="minutes")
        case date():
            return cell.isoformat()
        case time():
            return cell.isoformat(timespec="minutes")
        case timedelta():
            minutes = int(cell.total_seconds()) // 60
            return f"{minutes // 60:02}:{minutes % 60:02}"
        case None:
            return ""
        case _:
            return str(cell)
