"""Templates to fill in with a spreadsheet: one per kind of file the network takes. Pure."""

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import Enum
from types import UnionType
from typing import Any, Literal, Protocol, Union, get_args, get_origin

import xlsxwriter
from pydantic import BaseModel

from services.facilities.rules.headings import heading
from services.kernel.rows import SHEET
from services.kernel.sheets import to_csv

FILLED = 2000
"""Rows of the sheet that have drop-down lists."""


class Rows(Protocol):
    """A kind of file: its rows, and which columns must be there."""

    @property
    def model(self) -> type[BaseModel]:
        """The rows."""

    @property
    def required(self) -> tuple[str, ...]:
        """The columns every file has."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a file: the field, its heading, whether it must be there, the words it may hold."""

    name: str
    heading: str
    required: bool
    choices: list[str]

    def as_dict(self) -> dict[str, Any]:
        """The wire form."""
        return asdict(self)


def columns_of(file: Rows) -> list[Column]:
    """The columns of a kind of file."""
    return [
        Column(name, heading(name), name in file.required, _choices(info.annotation))
        for name, info in file.model.model_fields.items()
    ]


def _choices(annotation: Any) -> list[str]:
    if get_origin(annotation) is Literal:
        return [str(a) for a in get_args(annotation)]
    if get_origin(annotation) in (Union, UnionType):
        return [c for a in get_args(annotation) for c in _choices(a)]
    if annotation is bool:
        return ["ya", "tidak"]
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return [str(member.value) for member in annotation]
    return []


def example(text: str) -> tuple[list[str], list[list[str]]]:
    """The fields and the rows of an example file."""
    lines = [line for line in csv.reader(io.StringIO(text)) if line]
    return lines[0], lines[1:]


def csv_template(columns: Sequence[Column], text: str) -> bytes:
    """Headings, and the example's rows to be replaced."""
    fields, rows = example(text)
    kept = _ordered(columns, fields)
    return to_csv([[c.heading for c in kept], *([_cell(fields, row, c) for c in kept] for row in rows)])


def xlsx_template(columns: Sequence[Column], text: str, title: str, told: str) -> bytes:
    """A workbook: the sheet to fill in with drop-down lists, an example, and what each column may hold."""
    fields, rows = example(text)
    kept, out = _ordered(columns, fields), io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False}) as book:
        head = book.add_format({"bold": True, "bg_color": "#DDEBF7", "border": 1})
        needed = book.add_format({"bold": True, "bg_color": "#FCE4D6", "border": 1})
        plain = book.add_format({"num_format": "@"})
        for name, shown in ((SHEET, []), ("Contoh", rows)):
            sheet = book.add_worksheet(name)
            sheet.freeze_panes(1, 0)
            for n, column in enumerate(kept):
                sheet.set_column(n, n, max(14, len(column.heading) + 2), plain)
                sheet.write_string(0, n, column.heading, needed if column.required else head)
                if column.choices and len(",".join(column.choices)) <= 255:
                    sheet.data_validation(1, n, FILLED, n, {"validate": "list", "source": column.choices})
                for line, row in enumerate(shown, 1):
                    sheet.write_string(line, n, _cell(fields, row, column))
        guide = book.add_worksheet("Petunjuk")
        guide.set_column(0, 3, 28)
        for n, said in enumerate((title, told, f"Isi lembar '{SHEET}'; kolom berlatar jingga wajib.")):
            guide.write_string(n, 0, said)
        for n, row in enumerate([["Judul", "Nama kolom", "Wajib", "Pilihan"], *map(_told, kept)], 4):
            for m, cell in enumerate(row):
                guide.write_string(n, m, cell)
    return out.getvalue()


def _ordered(columns: Sequence[Column], fields: Sequence[str]) -> list[Column]:
    """The columns of a file; those of its example where nothing else is told."""
    return list(columns) or [Column(f, heading(f), True, []) for f in fields]


def _cell(fields: Sequence[str], row: Sequence[str], column: Column) -> str:
    return row[fields.index(column.name)] if column.name in fields else ""


def _told(column: Column) -> list[str]:
    return [column.heading, column.name, "ya" if column.required else "", ", ".join(column.choices)]
