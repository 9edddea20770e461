"""A table as offices send it: a workbook, or a CSV with a BOM or not, commas or semicolons, CRLF, quotes. Pure reading.

What breaks one row is reported with its line; what makes the whole file unreadable raises Invalid.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.facilities.rules import xlsxfile
from services.facilities.rules.headings import field
from services.kernel.problems import Invalid, Text
from services.kernel.sheets import bare

MOST_ROWS = 50_000

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


def read(data: bytes, known: Sequence[str], required: Sequence[str]) -> Sheet:
    """Read a file whose header row names some of `known` and all of `required`, by field or by heading. Raises Invalid
    and TooLarge."""
    header, records = opened(data)
    return under(_columns(header, known, required), records)


def opened(data: bytes) -> tuple[list[str], Records]:
    """A file's header and the rows below it. Raises Invalid and TooLarge."""
    records = xlsxfile.records(data, MOST_ROWS) if data[:2] == b"PK" else _records(_decoded(data))
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
        first = next((row for row in text.splitlines() if row.strip()), "")
        separator = max(",;\t", key=first.count)
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
                    return line, Text(
                        "tanda kutip tidak ditutup; isi berkas sejak baris ini tidak terbaca",
                        "an unclosed quote; the file is unreadable from this line on",
                    )
                return line, Text("tanda kutip salah tempat", "a misplaced quote")
            if record:
                return line, record


def _records(text: str) -> Records:
    return _Records(text)


def _columns(header: list[str], known: Sequence[str], required: Sequence[str]) -> list[str]:
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
