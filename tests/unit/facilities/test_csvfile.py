"""Reading CSV: any bytes give rows, refusals or one clear problem; lines are counted as an editor counts them."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.facilities.rules import cells, csvfile
from services.facilities.rules.areas import AreaRow
from services.facilities.rules.catchments import CatchmentRow
from services.facilities.rules.facilities import FacilityRow
from services.kernel.problems import Invalid

COLUMNS = ("code", "name")


def _read(text: str) -> csvfile.Sheet:
    return csvfile.read(text.encode(), COLUMNS, COLUMNS)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for head in (b"", b"code,name\n"):
        try:
            csvfile.read(head + data, COLUMNS, COLUMNS)
        except Invalid as problem:
            assert problem.detail.id != problem.detail.en


FIELD = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8).filter(lambda t: t.strip())


@given(st.lists(st.tuples(FIELD, FIELD)), st.sampled_from(",;\t"), st.sampled_from(["\n", "\r\n"]))
def test_what_was_written_is_read(records: list[tuple[str, str]], separator: str, end: str) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=separator, lineterminator=end).writerows([COLUMNS, *records])
    sheet = _read(out.getvalue())
    assert sheet.refused == []
    expected = [(n, dict(zip(COLUMNS, [f.strip() for f in r], strict=True))) for n, r in enumerate(records, 2)]
    assert sheet.rows == expected


def test_lines_count_blank_lines_and_line_breaks_in_quotes() -> None:
    sheet = _read('\ncode,name\n\n"a","x\ny"\n,\nb,z\nc\nd,"q" r\ne,f,\n"g,h\n')
    assert [line for line, _ in sheet.rows] == [4, 7, 10]
    assert [r.line for r in sheet.refused] == [8, 9, 11]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("code", "a_b"), ("name", "\x07"), ("kind", "warung"), ("ownership", "milik"), ("satusehat_id", "12"),
        ("bpjs_code", "123"), ("village", "141001"), ("latitude", "nan"), ("latitude", "102.5"), ("longitude", "x"),
        ("phone", "rumah"), ("active", "mungkin"), ("valid_from", "31/02/2020"), ("valid_from", "2020-02-30"),
        ("valid_from", "20200101"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named_with_its_line(column: str, value: str) -> None:
    good = {
        "code": "P1", "name": "Puskesmas", "kind": "puskesmas", "ownership": "public", "village": "1410011001",
        "latitude": "1", "longitude": "102",
    }  # fmt: skip
    sheet = csvfile.Sheet(frozenset(good), [(7, good), (8, good | {column: value})], [])
    lines, refused = cells.parse(sheet, FacilityRow)
    assert [line.number for line in lines] == [7]
    assert [(r.line, r.column) for r in refused] == [(8, column)]
    assert value not in refused[0].reason.id


def test_missing_fields_are_each_named() -> None:
    sheet = csvfile.Sheet(frozenset(), [(2, {"village": "14.10.01.1001", "facility": "", "valid_from": ""})], [])
    _, refused = cells.parse(sheet, CatchmentRow)
    assert [(r.column, r.reason.en) for r in refused] == [("facility", "is required"), ("valid_from", "is required")]


def test_dotted_area_codes_lose_their_dots() -> None:
    row = AreaRow.model_validate({"code": "14.10.01", "name": " Tebing   Tinggi ", "level": "kecamatan"})
    assert (row.code, row.name) == ("141001", "Tebing Tinggi")
