"""Lists as files: rows as CSV, a workbook or GeoJSON. Cells that would run as a formula are made harmless. Pure."""

import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

import orjson
import xlsxwriter

from services.facilities.rules.headings import heading
from services.kernel.sheets import to_csv

Row = dict[str, Any]
PIECE = 64 * 1024


def csv_head(fields: Sequence[str]) -> bytes:
    """The line of headings, behind the mark by which Excel knows UTF-8."""
    return to_csv([[heading(f) for f in fields]])


def csv_rows(rows: Iterable[Row], fields: Sequence[str]) -> bytes:
    """Lines of rows."""
    return to_csv(([_cell(row[f]) for f in fields] for row in rows), mark=False)


GEOJSON_HEAD = b'{"type":"FeatureCollection","features":['
GEOJSON_END = b"]}"


def features(rows: Iterable[Row], fields: Sequence[str]) -> list[bytes]:
    """Rows as GeoJSON features; one without a place has the geometry null (RFC 7946 3.2)."""
    return [orjson.dumps(_feature(row, fields), default=float, option=orjson.OPT_UTC_Z) for row in rows]


def _feature(row: Row, fields: Sequence[str]) -> dict[str, Any]:
    place = row["geometry"]
    return {
        "type": "Feature", "geometry": orjson.Fragment(place) if place else None,
        "properties": {f: row[f] for f in fields},
    }  # fmt: skip


class Workbook:
    """A workbook of one sheet, written row after row."""

    def __init__(self, fields: Sequence[str], title: str) -> None:
        self._fields, self._out, self._line = fields, io.BytesIO(), 0
        self._book = xlsxwriter.Workbook(self._out, {"constant_memory": True, "strings_to_formulas": False})
        self._day = self._book.add_format({"num_format": "yyyy-mm-dd"})
        self._sheet = self._book.add_worksheet(title[:31])
        self._sheet.freeze_panes(1, 0)
        self._sheet.set_column(0, len(fields) - 1, 18)
        bold = self._book.add_format({"bold": True, "bg_color": "#DDEBF7", "border": 1})
        for n, name in enumerate(fields):
            self._sheet.write_string(0, n, heading(name), bold)

    def add(self, rows: Iterable[Row]) -> None:
        """Write rows below those already there."""
        for row in rows:
            self._line += 1
            for n, name in enumerate(self._fields):
                self._write(n, row[name])

    def _write(self, n: int, value: Any) -> None:
        if isinstance(value, int | float) and not isinstance(value, bool):
            self._sheet.write_number(self._line, n, value)
        elif isinstance(value, date) and not isinstance(value, datetime):
            self._sheet.write_datetime(self._line, n, value, self._day)
        elif value is not None:
            self._sheet.write_string(self._line, n, str(_cell(value)))

    def pieces(self) -> list[bytes]:
        """The finished file, in pieces."""
        self._book.close()
        whole = self._out.getbuffer()
        return [bytes(whole[at : at + PIECE]) for at in range(0, len(whole), PIECE)]


def _cell(value: Any) -> Any:
    match value:
        case bool():
            return "ya" if value else "tidak"
        case datetime():
            return value.isoformat(timespec="seconds")
        case date():
            return value.isoformat()
        case orjson.Fragment():
            return _json(orjson.dumps(value))
        case list() | tuple():
            return "; ".join(str(v) for v in value)
        case _:
            return value


def _json(said: bytes) -> str:
    """JSON in a cell: a list of codes as a file is loaded with them, anything else as it is."""
    found = orjson.loads(said)
    if isinstance(found, list) and all(isinstance(v, str) for v in found):
        return "; ".join(found)
    return orjson.dumps(found).decode() if found else ""
