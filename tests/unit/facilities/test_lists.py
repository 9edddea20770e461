"""Marks and orders of lists, and what files make of cells."""

import importlib
import io
import pkgutil
from datetime import date, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel
from python_calamine import CalamineWorkbook

from services.facilities import queries
from services.facilities.queries.listing import Listing
from services.facilities.rules import exporting, headings, listing, templates
from services.facilities.rules.listing import Asked, Order
from services.kernel.problems import Invalid
from services.kernel.sheets import bare, harmless


class Row(BaseModel):
    code: str
    name: str | None
    number: int
    since: date | None


LIST = Listing("things", Row, key=("code",), sorts=("name", "number", "since"), named="name")
ROWS = st.builds(Row, code=st.text(), name=st.none() | st.text(), number=st.integers(), since=st.none() | st.dates())


@given(ROWS, st.sampled_from(LIST.sorts), st.booleans())
def test_a_mark_holds_what_the_row_was_sorted_by(row: Row, field: str, descending: bool) -> None:
    sort = f"-{field}" if descending else field
    assert listing.order(sort, LIST.sorts) == Order(field, descending)
    try:
        mark = listing.mark(sort, [getattr(row, field), row.code])
    except orjson.JSONEncodeError:  # a lone surrogate, or a number beyond 64 bits: no column holds such
        return
    assert listing.values(mark, sort, Row, (field, "code")) == [getattr(row, field), row.code]
    with pytest.raises(Invalid):
        listing.values(mark, None, Row, (field, "code"))


@given(st.text(max_size=60))
def test_what_is_no_mark_is_told(said: str) -> None:
    with pytest.raises(Invalid) as told:
        listing.values(said, "name", Row, ("name", "code"))
    assert told.value.faults[0].pointer == "/after"


@pytest.mark.parametrize("sort", ["phone", "--name", "name,code", "name DESC; --"])
def test_an_order_that_is_none_is_told(sort: str) -> None:
    with pytest.raises(Invalid):
        listing.order(sort, LIST.sorts)


def test_values_never_become_part_of_a_statement() -> None:
    wild = "'; DROP TABLE facility; --"
    chosen = LIST.chosen().equal("name", wild).among("code", [wild]).named(wild).within("code", wild)
    sql, values = chosen.page(Asked(sort="-name", after=listing.mark("-name", [wild, wild])), 10)
    assert "DROP" not in sql
    assert sum("DROP" in str(v) for v in values) == 6  # once in each condition, twice in the mark
    assert sql.count("$") >= len(values)


def test_a_row_without_the_field_comes_last_and_the_page_after_it_knows() -> None:
    sql, _ = LIST.chosen().page(Asked(sort="-name", after=listing.mark("-name", ["a", "b"])), 5)
    assert "OR searchable(name) IS NULL" in sql
    assert "ORDER BY searchable(name) DESC NULLS LAST, code DESC" in sql
    sql, values = LIST.chosen().page(Asked(sort="name", after=listing.mark("name", [None, "b"])), 5)
    assert "searchable(name) IS NULL AND (code) > ($1::text)" in sql
    assert values == ["b"]


@given(st.builds(str.__add__, st.sampled_from(["", "=", "+", "-", "@", "\t", "\r"]), st.text(max_size=30)))
def test_no_cell_runs_and_each_comes_back(text: str) -> None:
    shown = harmless(text)
    assert not shown.startswith(("=", "+", "-", "@", "\t", "\r"))
    if not text.startswith("'"):
        assert bare(shown) == text


def test_files_say_cells_as_people_read_them() -> None:
    fields = ("code", "active", "valid_from", "latitude", "made", "kinds", "note")
    row: dict[str, Any] = {
        "code": "=1", "active": True, "valid_from": date(2026, 3, 5), "latitude": -0.5,
        "made": datetime(2026, 3, 5, 8, 30), "kinds": ["a", "b"], "note": None,
    }  # fmt: skip
    head = exporting.csv_head(fields).decode("utf-8-sig").strip()
    assert head == "Kode;Aktif;Berlaku mulai;Lintang;Made;Kinds;Note"
    line = exporting.csv_rows([row], fields).decode().strip()
    assert line == """'=1;ya;2026-03-05;-0.5;2026-03-05T08:30:00;"a; b";"""
    book = exporting.Workbook(fields, "x" * 40)
    book.add([row])
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(book.pieces()))).get_sheet_by_index(0).to_python()
    assert sheet[1] == ["=1", "ya", date(2026, 3, 5), -0.5, "2026-03-05T08:30:00", "a; b", ""]


def test_headings_lead_back_to_their_fields() -> None:
    assert len(set(headings.HEADINGS.values())) == len(headings.HEADINGS)
    for name, heading in headings.HEADINGS.items():
        assert headings.field(heading.upper()) == headings.field(name) == name
    assert headings.field(headings.heading("ppk_code")) == "ppk_code"


def test_a_template_of_choices_lists_them() -> None:
    class Filled(BaseModel):
        code: str
        active: bool = True

    class Kind:
        model = Filled
        required = ("code",)

    columns = templates.columns_of(Kind())
    assert [(c.name, c.required, c.choices) for c in columns] == [
        ("code", True, []),
        ("active", False, ["ya", "tidak"]),
    ]
    raw = templates.xlsx_template(columns, "code,active\n01,ya\n", "Uji", "Untuk uji")
    book = CalamineWorkbook.from_filelike(io.BytesIO(raw))
    assert book.sheet_names == ["Isian", "Contoh", "Petunjuk"]
    assert book.get_sheet_by_name("Contoh").to_python() == [["Kode", "Aktif"], ["01", "ya"]]


def test_every_list_of_the_network_sorts_by_fields_it_shows_and_has_a_key() -> None:
    found = {}
    for module in pkgutil.iter_modules(queries.__path__):
        parts = vars(importlib.import_module(f"services.facilities.queries.{module.name}"))
        found |= {f"{module.name}.{n}": each for n, each in parts.items() if isinstance(each, Listing)}
    assert len(found) > 6
    for name, each in found.items():
        fields = set(each.model.model_fields)
        assert fields.issuperset([*each.sorts, *each.key, *each.columns, *filter(None, [each.named])]), name
        assert each.sorts, name
