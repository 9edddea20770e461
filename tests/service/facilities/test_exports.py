"""Lists as files: CSV, workbook and GeoJSON hold every row that fits, and nothing in them runs as a formula."""

import csv
import io
from typing import Any

import httpx
import pytest
from python_calamine import CalamineWorkbook

from services.facilities.usecases import listing
from tests.service.facilities.conftest import House
from tests.service.facilities.test_lists import AREAS, LISTS
from tests.service.facilities.test_sheets import workbook


async def _file(house: House, what: str, form: str, **params: Any) -> httpx.Response:
    answer = await house.http.get(f"/v1/{what}", params={"format": form, **params}, headers=house.admin)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"].startswith(f'attachment; filename="{what}-')
    assert answer.headers["content-disposition"].endswith(f'.{form}"')
    return answer


def _lines(answer: httpx.Response) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))


@pytest.mark.parametrize("what", LISTS)
async def test_every_list_comes_as_csv_and_as_a_workbook_whole(
    house: House, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "BATCH", 7)  # several batches, whatever the list
    items = (await house.http.get(f"/v1/{what}", params={"limit": 2000}, headers=house.admin)).json()["items"]
    lines = _lines(await _file(house, what, "csv", limit=3))
    rows = CalamineWorkbook.from_filelike(io.BytesIO((await _file(house, what, "xlsx")).content))
    sheet = rows.get_sheet_by_index(0).to_python()
    assert len(lines) == len(sheet) == len(items) + 1
    assert lines[0] == sheet[0]
    assert "Nama" in lines[0] or what == "catchments"
    key = LISTS[what].key[0]
    at = list(LISTS[what].model.model_fields).index(key)
    assert [line[at] for line in lines[1:]] == [row[at] for row in sheet[1:]] == [item[key] for item in items]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
async def test_what_is_exported_can_be_loaded_again_and_changes_nothing(house: House, form: str) -> None:
    raw = (await _file(house, "areas", form)).content
    if form == "csv":
        rows = [line[:4] for line in csv.reader(io.StringIO(raw.decode("utf-8-sig")), delimiter=";")]
        raw = "\n".join(";".join(r) for r in rows).encode()
    else:
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(raw)).get_sheet_by_index(0).to_python()
        raw = workbook(*[row[:4] for row in sheet])
    assert (await house.load("areas", raw)).json() == {"loaded": 0, "unchanged": 112, "refused": []}


async def test_a_file_holds_what_the_filters_choose_in_the_order_asked(house: House) -> None:
    lines = _lines(await _file(house, "facilities", "csv", kind="puskesmas", sort="-name"))[1:]
    assert len(lines) == 10
    assert [line[1] for line in lines] == sorted((line[1] for line in lines), reverse=True)
    assert {line[2] for line in lines} == {"puskesmas"}


async def test_no_cell_runs_as_a_formula(empty: House) -> None:
    await empty.load("areas", AREAS)
    names = ["=1+1", "+62", "-2", "@SUM(A1)", "biasa"]
    rows = "".join(f"F{n},{name},posyandu,public,1410011001,-0.5,102.1\n" for n, name in enumerate(names))
    text = "code,name,kind,ownership,village,latitude,longitude\n" + rows
    assert (await empty.load("facilities", text)).status_code == 200
    answer = await _file(empty, "facilities", "csv")
    lines = _lines(answer)
    assert [line[1] for line in lines[1:]] == ["'=1+1", "'+62", "'-2", "'@SUM(A1)", "biasa"]
    assert {line[lines[0].index("Lintang")] for line in lines[1:]} == {"-0.5"}  # a number is no formula
    book = CalamineWorkbook.from_filelike(io.BytesIO((await _file(empty, "facilities", "xlsx")).content))
    assert [row[1] for row in book.get_sheet_by_index(0).to_python()[1:]] == names  # texts, not formulas


async def test_geojson_shows_where_facilities_stand(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "BATCH", 7)
    found = (await _file(house, "facilities", "geojson")).json()
    assert (found["type"], len(found["features"])) == ("FeatureCollection", 45)
    first = next(f for f in found["features"] if f["properties"]["code"] == "P1410010101")
    assert first["geometry"] == {
        "type": "Point", "coordinates": [first["properties"]["longitude"], first["properties"]["latitude"]],
    }  # fmt: skip
    areas = (await _file(house, "areas", "geojson", parent="1410")).json()["features"]
    assert {f["geometry"]["type"] for f in areas if f["geometry"]} == {"MultiPoint"}
    assert sum(len(f["geometry"]["coordinates"]) for f in areas if f["geometry"]) == 45
    catchments = (await _file(house, "catchments", "geojson", facility="P1410010101")).json()["features"]
    assert {str(f["geometry"]) for f in catchments} == {str(first["geometry"])}


async def test_the_accept_header_asks_too_and_a_list_without_places_says_so(house: House) -> None:
    answer = await house.http.get("/v1/areas", headers=house.admin | {"Accept": "text/csv, */*;q=0.1"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    answer = await house.http.get("/v1/areas", headers=house.admin | {"Accept": "*/*"})
    assert answer.headers["content-type"] == "application/json"
    answer = await house.http.get("/v1/staff", params={"format": "geojson"}, headers=house.admin)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/format")
    answer = await house.http.get("/v1/areas", params={"format": "csv", "sort": "x"}, headers=house.admin)
    assert answer.status_code == 400
