"""All kinds of rows that can be proposed by those they speak of: the loader's files by what a row is called."""

from typing import Any

from services.facilities.queries import loading, rows
from services.facilities.usecases import particulars
from services.facilities.usecases.facilities import FACILITIES
from services.facilities.usecases.loading import File
from services.facilities.usecases.practitioners import PRACTITIONERS
from services.kernel.db import Connection
from services.kernel.problems import Fault, Text, Unprocessable

FILES: dict[str, File[Any]] = {
    "facility": FACILITIES, "practitioner": PRACTITIONERS, "service": particulars.SERVICES,
    "opening-hours": particulars.HOURS, "special-day": particulars.SPECIAL_DAYS, "equipment": particulars.EQUIPMENT,
    "bed": particulars.BEDS,
}  # fmt: skip


def file_of(name: str) -> File[Any]:
    """The file of a kind of rows. Raises Unprocessable."""
    if name not in FILES:
        able = ", ".join(FILES)
        text = Text(f"harus salah satu dari {able}", f"must be one of {able}")
        raise Unprocessable(Text("Jenis data tidak dikenal", "Unknown kind of data"), [Fault("/of", text)])
    return FILES[name]


def key(file: File[Any]) -> tuple[str, ...]:
    """The columns that say which row is meant."""
    return file.key or loading.keys(file.table)


async def current(conn: Connection, file: File[Any], key: str) -> dict[str, Any] | None:
    """A row as it stands, by its key as one text; None when there is none."""
    return await (file.current(conn, key) if file.current else rows.current(conn, file.table, key))


def owner(file: File[Any]) -> str:
    """The column that says whose a row is."""
    return "code" if file is FACILITIES else "facility"
