"""Files as people fill them in with a spreadsheet: workbooks, headings in Indonesian, templates."""

import io
from datetime import date, datetime
from typing import Any

import httpx
import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from tests.service.facilities.conftest import House
from tests.service.facilities.test_lists import AREAS

HEAD = ["code", "name", "kind", "ownership", "village", "latitude", "longitude", "active", "valid_from"]


def workbook(*rows: list[Any], sheet: str = "Lembar1") -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        book.add_worksheet("Petunjuk" if sheet != "Lembar1" else sheet)
        page = book.get_worksheet_by_name(sheet) or book.add_worksheet(sheet)
        for line, row in enumerate(rows):
            for n, cell in enumerate(row):
                page.write_datetime(line, n, cell, day) if isinstance(cell, date) else page.write(line, n, cell)
    return out.getvalue()


async def _facility(house: House, code: str) -> dict[str, Any]:
    found: dict[str, Any] = (await house.http.get(f"/v1/facilities/{code}", headers=house.admin)).json()
    return found


async def test_a_workbook_is_read_as_excel_keeps_it(empty: House) -> None:
    assert (
        await empty.load("areas", workbook(*[r.split(",") for r in AREAS.splitlines()], sheet="Isian"))
    ).status_code == 200
    raw = workbook(
        HEAD,
        ["F1", "Pos Satu", "posyandu", "public", 1410011001, 0.99688, 102.69738, True, datetime(2026, 3, 5)],
        [],
        ["F2", "Pos Dua", "posyandu", "public", "14.10.01.1001", 1, "102,5", "tidak", "5/3/2026"],
    )
    assert (await empty.load("facilities", raw)).json() == {"loaded": 2, "unchanged": 0, "refused": []}
    one, two = await _facility(empty, "F1"), await _facility(empty, "F2")
    assert (one["village"], one["latitude"], one["active"], one["valid_from"]) == (
        "1410011001", 0.99688, True, "2026-03-05",
    )  # fmt: skip
    assert (two["latitude"], two["longitude"], two["active"], two["valid_from"]) == (1.0, 102.5, False, "2026-03-05")


async def test_a_workbooks_bad_rows_are_told_by_their_line_as_a_csvs(empty: House) -> None:
    await empty.load("areas", AREAS)
    raw = workbook(
        HEAD, ["F1", "Pos", "warung", "public", "1410011001"], [], ["F2", "Pos", "posyandu", "public", 10**17],
        ["F3", "Pos", "posyandu", "public", "1410011009"], ["F4", "Pos", "posyandu", "public", "1410011001"],
    )  # fmt: skip
    answer = await empty.load("facilities", raw)
    assert answer.status_code == 422
    assert [(r["line"], r["column"]) for r in answer.json()["refused"]] == [(2, "kind"), (4, None), (5, "village")]
    assert "15 digit" in answer.json()["refused"][1]["reason"]["id"]
    assert (await empty.load("facilities", raw, "rest")).json()["loaded"] == 1


async def test_headings_may_be_indonesian(empty: House) -> None:
    await empty.load("areas", AREAS)
    text = "Kode;NAMA;Jenis;Kepemilikan;Kode  desa;Telepon\nF1;Pos;posyandu;public;1410011001;'+62 811\n"
    assert (await empty.load("facilities", text)).json()["loaded"] == 1
    assert (await _facility(empty, "F1"))["phone"] == "+62 811"


@pytest.mark.parametrize("raw", [b"PK\x03\x04rest", b"PK"])
async def test_a_broken_workbook_is_a_clear_problem(empty: House, raw: bytes) -> None:
    answer = await empty.load("areas", raw)
    assert (answer.status_code, "tidak terbaca" in answer.json()["detail"]) == (400, True)


async def test_every_template_comes_back_as_it_was_filled_in(empty: House) -> None:
    listed = (await empty.http.get("/v1/network/templates", headers=empty.admin)).json()["items"]
    assert {"areas", "facilities", "catchments", "practitioners"} <= {t["name"] for t in listed}
    for template in listed:
        assert template["columns"], f"{template['name']}: give its File to loading.csv"
        book, text = [await _template(empty, file) for file in template["files"]]
        pages = CalamineWorkbook.from_filelike(io.BytesIO(book.content))
        rows = pages.get_sheet_by_name("Contoh").to_python()
        assert rows[0] == [c["heading"] for c in template["columns"]]
        assert pages.get_sheet_by_name("Isian").to_python() == rows[:1]
        # the example may name what is not registered here: its columns and cells are read all the same
        for raw in (text.content, workbook(*rows)):
            answer = await empty.load(template["name"], raw)
            assert answer.status_code in (200, 422), (template["name"], answer.text)
    assert (await empty.http.get("/v1/areas", headers=empty.admin)).json()["items"]


async def _template(house: House, file: str) -> httpx.Response:
    answer = await house.http.get(file, headers=house.admin)
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == f'attachment; filename="{file.rpartition("/")[2]}"'
    return answer


async def test_a_template_that_is_none_names_those_there_are(empty: House) -> None:
    answer = await empty.http.get("/v1/network/templates/lain.csv", headers=empty.admin)
    assert (answer.status_code, "facilities" in answer.json()["detail"]) == (404, True)


async def test_two_cells_in_opposite_corners_are_refused_and_the_service_lives(empty: House) -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        page = book.add_worksheet("Isian")
        page.write(0, 0, "code")
        page.write(1_048_575, 16_383, "x")
    assert len(out.getvalue()) < 10_000, "laid out whole it would be 550 GB"
    answer = await empty.load("areas", out.getvalue())
    assert answer.status_code == 413, answer.text
    assert (await empty.load("areas", AREAS)).status_code == 200
