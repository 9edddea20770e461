"""All kinds of rows that can be proposed by those they speak of: the loader's files by the name of their table."""

from typing import Any

from services.facilities.usecases.facilities import FACILITIES
from services.facilities.usecases.loading import File
from services.facilities.usecases.practitioners import PRACTITIONERS
from services.kernel.problems import Fault, Text, Unprocessable

FILES: dict[str, File[Any]] = {file.table: file for file in (FACILITIES, PRACTITIONERS)}


def file_of(name: str) -> File[Any]:
    """The file of a kind of rows. Raises Unprocessable."""
    if name not in FILES:
        able = ", ".join(FILES)
        text = Text(f"harus salah satu dari {able}", f"must be one of {able}")
        raise Unprocessable(Text("Jenis data tidak dikenal", "Unknown kind of data"), [Fault("/of", text)])
    return FILES[name]


def owner(file: File[Any]) -> str:
    """The column that says whose a row is."""
    return "code" if file is FACILITIES else "facility"
