"""Files people open in Excel: workbooks read guarded (size, zip bombs), cells written so that none runs."""

import csv
import io
import pickle
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import xlsxwriter

from services.kernel import workbook
from services.kernel.problems import Invalid, Text, TooLarge

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_UNPACKED = 200 * 1024 * 1024
MOST_RATIO = 200
MOST_COLUMNS = 200
BROKEN = Text(
    "Berkas tidak terbaca; simpan sebagai Excel Workbook (.xlsx) atau CSV, tanpa sandi",
    "The file cannot be read; save it as an Excel workbook (.xlsx) or CSV, without a password",
)
_RISKY = ("=", "+", "-", "@", "\t", "\r")


def xlsx(raw: bytes, most_rows: int, too_large: Text, sheet: str) -> Iterator[tuple[int, list[Any]]]:
    """The rows of a workbook, each with its line: of the sheet of this name, else of the first. Raises Invalid
    (unreadable) and TooLarge."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            unpacked = sum(i.file_size for i in archive.infolist())
        if unpacked > MOST_UNPACKED or unpacked > MOST_RATIO * len(raw):
            raise TooLarge(too_large)
    except (zipfile.BadZipFile, OSError, ValueError):
        raise Invalid(BROKEN) from None
    bounds = [sheet, str(most_rows), str(MOST_COLUMNS)]
    done = subprocess.run(  # noqa: S603 - this very program's reader, no shell
        [sys.executable, "-P", workbook.__file__, *bounds], input=raw, capture_output=True, check=False
    )
    if done.returncode == workbook.BROKEN:
        raise Invalid(BROKEN)
    if done.returncode == workbook.TOO_LARGE or done.returncode < 0:
        raise TooLarge(too_large)
    done.check_returncode()
    yield from enumerate(pickle.loads(done.stdout), 1)  # noqa: S301 - written by our own reader


def harmless(cell: Any) -> str:
    """A cell that Excel shows instead of running."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(_RISKY) and not isinstance(cell, int | float) else text


def bare(cell: str) -> str:
    """What `harmless` was given."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_RISKY) else cell


def to_csv(lines: Iterable[Sequence[Any]], mark: bool = True) -> bytes:
    """Lines as CSV for an Indonesian Excel: semicolons, a byte order mark."""
    out = io.StringIO()
    csv.writer(out, delimiter=";", lineterminator="\r\n").writerows([harmless(c) for c in line] for line in lines)
    return out.getvalue().encode("utf-8-sig" if mark else "utf-8")


def to_xlsx(lines: Iterable[Sequence[Any]], sheet: str) -> bytes:
    """Lines as a workbook of one sheet, the first line its headings. Texts stay texts, whatever they begin with."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        page, bold = book.add_worksheet(sheet[:31]), book.add_format({"bold": True})
        page.freeze_panes(1, 0)
        for row, line in enumerate(lines):
            for column, cell in enumerate(line):
                if isinstance(cell, int | float):
                    page.write_number(row, column, cell)
                elif cell is not None:
                    page.write_string(row, column, str(cell), None if row else bold)
    return out.getvalue()
