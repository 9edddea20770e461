"""A workbook as offices send it: its cells as the texts a CSV would have. Pure reading.

A date is read as Excel keeps it, a whole number without its decimals; a number longer than Excel can keep is refused,
because its last digits are no longer those that were typed.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from services.kernel import sheets
from services.kernel.problems import Text

SHEET = "Isian"
_EXACT = 10**15
_LARGE = Text("Berkas terlalu besar; bagi menjadi beberapa", "The file is too large; split it")
_ALTERED = Text(
    "angka lebih dari 15 digit diubah Excel; jadikan kolom Teks lalu ketik ulang",
    "Excel alters numbers of over 15 digits; format the column as Text and type it again",
)


def records(data: bytes, most: int) -> Iterator[tuple[int, list[str] | Text]]:
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
