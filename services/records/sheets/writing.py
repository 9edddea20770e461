"""Templates as files people open in Excel."""

import io
from typing import Any

import xlsxwriter

from services.kernel.sheets import to_csv
from services.records.sheets.columns import Column
from services.records.sheets.reading import SHEET
from services.records.sheets.templates import Template

FILLED = 2000
"""Rows of the sheet that are formatted and have drop-down lists."""
_TEXTUAL = frozenset({"nik", "kk", "jkn", "village", "phone", "text"})


def csv_template(template: Template) -> bytes:
    """Headings and an example row; a row whose name begins with CONTOH is passed over when it comes back."""
    return to_csv([[c.heading for c in template.columns], [c.example for c in template.columns]])


def xlsx_template(template: Template) -> bytes:
    """A workbook: the sheet to fill in with drop-down lists, an example, and instructions."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False}) as book:
        title = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#DDEBF7", "border": 1})
        needed = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#FCE4D6", "border": 1})
        formats = {
            "text": book.add_format({"num_format": "@"}),
            "day": book.add_format({"num_format": "dd/mm/yyyy"}),
            "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
        }
        sheet = book.add_worksheet(SHEET)
        sheet.freeze_panes(1, 0)
        sheet.set_row(0, 45)
        for n, column in enumerate(template.columns):
            sheet.set_column(n, n, 20 if column.kind in ("nik", "kk") or column.path == "patient.name" else 14,
                             formats["day"] if column.kind == "day" else
                             formats["text"] if column.kind in _TEXTUAL else None)  # fmt: skip
            sheet.write_string(0, n, column.heading, needed if column.required else title)
            _restrict(sheet, n, column)
        example = book.add_worksheet("Contoh")
        for n, column in enumerate(template.columns):
            example.set_column(n, n, 16)
            example.write_string(0, n, column.heading, title)
            example.write_string(1, n, column.example)
        _instructions(book.add_worksheet("Petunjuk"), template, title, formats["wrap"])
    return out.getvalue()


def _restrict(sheet: Any, n: int, column: Column) -> None:
    """A drop-down list for one choice, a hint for everything else."""
    hint = {"input_title": column.heading[:32], "input_message": column.help[:255]} if column.help else {}
    if column.kind == "choice" and column.choices:
        words = list(dict.fromkeys(column.choices.values() if column.path == "patient.sex" else column.choices))
        sheet.data_validation(1, n, FILLED, n, {"validate": "list", "source": words, **hint})
    elif column.kind == "yes":
        sheet.data_validation(1, n, FILLED, n, {"validate": "list", "source": ["ya", "tidak"], **hint})
    elif hint:
        sheet.data_validation(1, n, FILLED, n, {"validate": "any", **hint})


def _instructions(sheet: Any, template: Template, title: Any, wrap: Any) -> None:
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 2, 60, wrap)
    lines = [
        template.title, template.help,
        f"Isi lembar '{SHEET}'. Kolom berlatar jingga wajib. Jangan mengubah judul kolom; kolom boleh dihapus.",
        "Tanggal: hh/bb/tttt. Desimal: koma atau titik. NIK, KK, JKN: kolom Teks, agar angkanya tidak berubah.",
        "Coba dahulu dengan dry_run=true: semua diperiksa dan dilaporkan per baris, tidak ada yang disimpan.",
        "Berkas yang sama aman dikirim ulang: yang sudah tersimpan tidak menjadi ganda.",
    ]  # fmt: skip
    for n, line in enumerate(lines):
        sheet.write_string(n, 0, line)
    first = len(lines) + 1
    for n, heading in enumerate(("Kolom", "Keterangan", "Pilihan")):
        sheet.write_string(first, n, heading, title)
    for n, column in enumerate(template.columns, first + 1):
        sheet.write_string(n, 0, column.heading)
        sheet.write_string(n, 1, column.help, wrap)
        sheet.write_string(n, 2, ", ".join(column.choices or ()), wrap)
