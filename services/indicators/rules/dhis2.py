"""Our numbers as DHIS2 data values: its periods, its identifiers, the table that maps ours to theirs. Pure."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from services.indicators.contract import DataValue, DataValueSet, Indicator, Mapped, Row
from services.kernel.problems import Fault, Text, Unprocessable
from services.kernel.rows import Sheet

COLUMNS = ("kind", "ours", "theirs")
KINDS = ("dataElement", "orgUnit", "dataSet")
MEASURES = ("registered", "official", "served")
"""What each standard gives: data element `<standard>.<measure>`; the counts, never the percentage."""
DATASET = "simpul"
_UID = re.compile(r"[A-Za-z][A-Za-z0-9]{10}")
_PERIOD = re.compile(r"(\d{4})(?:(0[1-9]|1[0-2])|Q([1-4])|S([12]))?")
SHOWN = 20
MEND = Text("Perbaiki baris berikut; tidak ada yang dimuat", "Mend these lines; nothing was loaded")
Theirs = Mapping[tuple[str, str], str]


def read(sheet: Sheet) -> list[Mapped]:
    """The mapping of a file. Raises Unprocessable naming each line at fault."""
    faults = [fault(r.line, r.column or "-", r.reason) for r in sheet.refused]
    found, seen = list[Mapped](), dict[tuple[str, str], int]()
    for line, cells in sheet.rows:
        key = cells["kind"], cells["ours"]
        if cells["kind"] not in KINDS:
            faults.append(
                fault(line, "kind", Text(f"salah satu dari {', '.join(KINDS)}", f"one of {', '.join(KINDS)}"))
            )
        if not cells["ours"]:
            faults.append(fault(line, "ours", Text("wajib diisi", "is required")))
        if not _UID.fullmatch(cells["theirs"]):
            said = "UID DHIS2: 11 huruf atau angka, diawali huruf", "a DHIS2 UID: 11 letters or digits, a letter first"
            faults.append(fault(line, "theirs", Text(*said)))
        if seen.setdefault(key, line) != line:
            faults.append(fault(line, "ours", Text(f"sama dengan baris {seen[key]}", f"the same as line {seen[key]}")))
        found.append(Mapped(**cells))
    if faults:
        raise Unprocessable(MEND, faults)
    return found


def fault(line: int, column: str, text: Text) -> Fault:
    """What is wrong with a cell of a loaded file."""
    return Fault(f"/{line}/{column}", Text(f"Baris {line}, {column}: {text.id}", f"Line {line}, {column}: {text.en}"))


def days(period: str) -> tuple[date, date] | None:
    """First and last day of a DHIS2 period (2026, 2026Q3, 2026S1, 202610); None when it is none."""
    said = _PERIOD.fullmatch(period)
    if said is None or int(said[1]) < 2000:
        return None
    year, month, quarter, half = int(said[1]), *(int(g) if g else 0 for g in said.groups()[1:])
    first = month or (quarter * 3 - 2 if quarter else half * 6 - 5 if half else 1)
    last = month or quarter * 3 or half * 6 or 12
    end = date(year + last // 12, last % 12 + 1, 1) - timedelta(days=1)
    return date(year, first, 1), end


def values(found: Sequence[Indicator], period: str, theirs: Theirs | None) -> DataValueSet:
    """The counts of every place: cumulative from 1 January to the end of the period. With `theirs`, in their UIDs.

    A number that is withheld is left out. Raises Unprocessable naming what nobody has mapped.
    """
    said = list[DataValue]()
    for one in found:
        for row in one.rows:
            if isinstance(row, Row) and row.code:
                counts = row.eligible, row.official.value if row.official else None, row.served
                said += [
                    DataValue(dataElement=f"{one.standard}.{name}", period=period, orgUnit=row.code, value=str(n))
                    for name, n in zip(MEASURES, counts, strict=True) if n is not None
                ]  # fmt: skip
    if theirs is None:
        return DataValueSet(dataElementIdScheme="CODE", orgUnitIdScheme="CODE", dataValues=said)
    _all_mapped(said, theirs)
    renamed = [
        v.model_copy(update={
            "dataElement": theirs["dataElement", v.dataElement], "orgUnit": theirs["orgUnit", v.orgUnit]})
        for v in said
    ]  # fmt: skip
    return DataValueSet(
        dataElementIdScheme="UID", orgUnitIdScheme="UID", dataSet=theirs.get(("dataSet", DATASET)), dataValues=renamed
    )


def _all_mapped(said: Sequence[DataValue], theirs: Theirs) -> None:
    wanted = dict.fromkeys(
        [("dataElement", v.dataElement) for v in said] + [("orgUnit", v.orgUnit) for v in said]
    )  # fmt: skip
    lacking = [key for key in wanted if key not in theirs]
    if lacking:
        text = Text(
            f"{len(lacking)} kode belum dipetakan; muat dengan PUT /v1/reports/dhis2/mapping",
            f"{len(lacking)} codes are not mapped; load them with PUT /v1/reports/dhis2/mapping",
        )
        missing = [Fault(f"/{kind}", Text(f"belum dipetakan: {ours}", f"not mapped: {ours}")) for kind, ours in lacking]
        raise Unprocessable(text, missing[:SHOWN])
