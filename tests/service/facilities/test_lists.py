"""Every list of the network pages, sorts and finds names, on a real PostgreSQL."""

from typing import Any

import pytest

from services.facilities.queries.accounts import CLIENTS, STAFF
from services.facilities.queries.areas import AREAS as ALL_AREAS
from services.facilities.queries.catchments import CATCHMENTS
from services.facilities.queries.facilities import FACILITIES
from services.facilities.queries.practitioners import PRACTITIONERS
from tests.service.facilities.conftest import NETWORK, House

AREAS = (
    "code,name,level,parent\n14,Riau,provinsi,\n1410,Kepulauan Meranti,kabupaten,14\n"
    "141001,Tebing Tinggi,kecamatan,1410\n1410011001,Selatpanjang Kota,kelurahan,141001\n"
)
HEADER = "code,name,kind,ownership,satusehat_id,village,valid_from\n"
LISTS = {
    "facilities": FACILITIES, "areas": ALL_AREAS, "catchments": CATCHMENTS, "practitioners": PRACTITIONERS,
    "clients": CLIENTS, "staff": STAFF,
}  # fmt: skip


async def _get(house: House, what: str, **params: Any) -> dict[str, Any]:
    answer = await house.http.get(f"/v1/{what}", params=params, headers=house.admin)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def _all(house: House, what: str, **params: Any) -> list[dict[str, Any]]:
    seen: list[dict[str, Any]] = []
    after: str | None = None
    while True:
        page = await _get(house, what, **params, **({"after": after} if after else {}))
        seen += page["items"]
        after = page["next"]
        if after is None:
            return seen


async def _names(house: House, *names: str, since: str = "") -> None:
    rows = [f"F{n:03},{name},posyandu,public,,1410011001,{since}" for n, name in enumerate(names)]
    assert (await house.load("areas", AREAS)).status_code == 200
    assert (await house.load("facilities", HEADER + "\n".join(rows) + "\n")).status_code == 200


@pytest.mark.parametrize("what", LISTS)
async def test_each_list_sorts_by_each_of_its_fields_both_ways_page_by_page(house: House, what: str) -> None:
    await house.load("practitioners", (NETWORK / "practitioners.csv").read_bytes())
    await house.client("P1410010101")
    whole = await _get(house, what, limit=2000, total=True)
    assert whole["total"] == len(whole["items"]) > 0
    assert whole["next"] is None
    for item in whole["items"]:
        assert item == LISTS[what].model.model_validate(item).model_dump(mode="json")
    for sort in (way + field for field in LISTS[what].sorts for way in ("", "-")):
        name = sort.removeprefix("-")
        seen = await _all(house, what, sort=sort, limit=37)
        assert sorted(map(str, seen)) == sorted(map(str, whole["items"]))
        said = [str(i[name]).lower() for i in seen if i[name] is not None]
        assert said == sorted(said, reverse=sort.startswith("-"))
        assert not any(i[name] is not None for i in seen[len(said) :])  # those without it come last


async def test_a_page_goes_on_where_it_ended_whatever_others_write(empty: House) -> None:
    await _names(empty, *[f"Pos {n:02}" for n in range(10)])
    first = await _get(empty, "facilities", sort="name", limit=5)
    assert (await empty.load("facilities", HEADER + "A1,Pos 00a,posyandu,public,,1410011001,\n")).json()["loaded"] == 1
    second = await _get(empty, "facilities", sort="name", limit=5, after=first["next"])
    assert [f["name"] for f in first["items"] + second["items"]] == [f"Pos {n:02}" for n in range(10)]


async def test_an_order_that_is_none_and_a_mark_of_another_are_told(house: House) -> None:
    wrong = await house.http.get("/v1/facilities", params={"sort": "phone"}, headers=house.admin)
    assert wrong.status_code == 400
    assert "code, name, kind" in wrong.json()["detail"]
    assert wrong.json()["errors"][0]["pointer"] == "/sort"
    mark = (await _get(house, "facilities", sort="name", limit=1))["next"]
    for after, sort in ((mark, "-name"), (mark, "code"), ("x", "name"), ("W10", "name"), ("eyJhIjoxfQ", "name")):
        answer = await house.http.get("/v1/facilities", params={"after": after, "sort": sort}, headers=house.admin)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/after"), after


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("melati", ["Posyandu Melati I"]),
        ("I MELA", ["Posyandu Melati I"]),
        ("anggrek", ["Posyandu Ànggrék"]),
        ("ÁNGGREK posy", ["Posyandu Ànggrék"]),
        ("100%", ["Pos 100% Sehat"]),
        ("_", ["Pos_Garis"]),
        ("\\", ["Pos \\ Miring"]),
        ("lati mawar", []),
    ],
)
async def test_names_are_found_by_parts_in_any_order_without_case_or_diacritics(
    empty: House, name: str, found: list[str]
) -> None:
    await _names(empty, "Posyandu Melati I", "Posyandu Ànggrék", "Pos 100% Sehat", "Pos_Garis", "Pos \\ Miring")
    assert [f["name"] for f in (await _get(empty, "facilities", name=name))["items"]] == found


async def test_names_are_sorted_without_case_or_diacritics(empty: House) -> None:
    await _names(empty, "zeta", "Álfa", "BETA", "alfa b")
    assert [f["name"] for f in await _all(empty, "facilities", sort="name", limit=1)] == [
        "Álfa", "alfa b", "BETA", "zeta",
    ]  # fmt: skip


async def test_a_list_that_did_not_change_is_not_sent_again(house: House) -> None:
    first = await house.http.get("/v1/facilities", params={"limit": 2000}, headers=house.admin)
    tag = {"If-None-Match": first.headers["etag"]}
    again = await house.http.get("/v1/facilities", params={"limit": 2000}, headers=house.admin | tag)
    assert (again.status_code, again.content) == (304, b"")
    closing = "code,name,kind,ownership,village,active\nP1410010101,Puskesmas,puskesmas,public,1410011001,tidak\n"
    assert (await house.load("facilities", closing)).json()["loaded"] == 1
    changed = await house.http.get("/v1/facilities", params={"limit": 2000}, headers=house.admin | tag)
    assert (changed.status_code, changed.headers["etag"] == first.headers["etag"]) == (200, False)
