"""A file as it came (CSV of any Excel, XLSX) as rows of cells by heading. Guarded: size, zip bombs, too many rows."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from services.kernel import sheets
from services.kernel.problems import Fault, Invalid, Text, TooLarge, Unprocessable
from services.records.sheets.columns import is_empty, plain
from services.records.sheets.templates import EXAMPLE, Template

MOST_BYTES = 20 * 1024 * 1024
MOST_ROWS = 20_000
HEADING_WITHIN = 10
"""The headings stand in one of the first lines: people write a title above them."""
SHEET = "Isian"
_LARGE = Text(
    "Berkas terlalu besar: paling banyak 20 MiB dan 20.000 baris; bagi menjadi beberapa",
    "The file is too large: at most 20 MiB and 20,000 rows; split it",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its line in the file, its cells by the template's heading."""

    line: int
    cells: dict[str, Any]


def rows(raw: bytes, template: Template) -> list[Row]:
    """The filled rows of a file. Raises TooLarge, Invalid (unreadable), Unprocessable (headings)."""
    if len(raw) > MOST_BYTES:
        raise TooLarge(_LARGE)
    if raw.startswith(b"\xd0\xcf\x11\xe0"):
        raise Invalid(sheets.BROKEN)
    lines = sheets.xlsx(raw, MOST_ROWS + HEADING_WITHIN, _LARGE, SHEET) if raw.startswith(b"PK") else _csv(raw)
    return list(_under_headings(lines, template))


def _csv(raw: bytes) -> Iterator[tuple[int, list[Any]]]:
    text = _decoded(raw)
    if "\0" in text:
        raise Invalid(sheets.BROKEN)
    head = "\n".join(text.splitlines()[:HEADING_WITHIN])
    delimiter = max(";,\t|", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for n, cells in enumerate(reader, 1):
            if n > MOST_ROWS + HEADING_WITHIN:
                raise TooLarge(_LARGE)
            if n == 1 and len(cells) == 1 and cells[0].lower().startswith("sep="):
                continue
            yield reader.line_num, list(cells)
    except csv.Error:
        raise Invalid(sheets.BROKEN) from None


def _decoded(raw: bytes) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", "replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def _under_headings(lines: Iterator[tuple[int, list[Any]]], template: Template) -> Iterator[Row]:
    headings: list[str | None] = []
    for line, cells in lines:
        if not headings:
            known = [template.find(c) for c in cells]
            if sum(c is not None for c in known) >= 3:
                headings = _headings(cells, template)
            elif line >= HEADING_WITHIN:
                break
            continue
        said = {h: c for h, c in zip(headings, cells, strict=False) if h is not None and not is_empty(c)}
        name = str(said.get("Nama", ""))
        if said and not name.upper().startswith(EXAMPLE):
            yield Row(line, said)
    if not headings:
        wanted = ", ".join(c.heading for c in template.columns if c.required)
        text = Text(
            f"baris judul tidak ditemukan; unduh templat {template.name}. Judul wajib: {wanted}",
            f"no heading line found; download the template {template.name}. Required headings: {wanted}",
        )
        raise Unprocessable(text, [Fault("/1", text)])


def _headings(cells: list[Any], template: Template) -> list[str | None]:
    """The template's headings of a line; what is unknown, twice or lacking is refused, so that nothing gets lost."""
    found = [template.find(c) for c in cells]
    faults: list[Fault] = []
    for cell, column in zip(cells, found, strict=True):
        if column is None and plain(cell):
            said = Text("judul tidak dikenal; hapus kolomnya atau perbaiki", "unknown heading; remove or mend it")
            faults.append(Fault(f"/{str(cell).strip()[:60]}", said, "unknown-heading"))
    names = [c.heading for c in found if c]
    for name in sorted({n for n in names if names.count(n) > 1}):
        faults.append(Fault(f"/{name}", Text("judul ada dua kali", "the heading stands twice"), "duplicate"))
    for column in template.columns:
        if column.required and column.heading not in names:
            faults.append(Fault(f"/{column.heading}", Text("kolom wajib ada", "the column is required"), "required"))
    if faults:
        said = Text(
            f"Judul kolom tidak cocok dengan templat {template.name}", f"Headings do not fit template {template.name}"
        )
        raise Unprocessable(said, faults)
    return [c.heading if c else None for c in found]
