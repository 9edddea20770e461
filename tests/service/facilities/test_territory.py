"""Areas that change, villages that move, the chain of posts, and who answered on which day: on a real database."""

from datetime import date
from typing import Any

import asyncpg
import httpx
import pytest

from services.facilities import peers
from tests.service.facilities.conftest import NETWORK, House

V1, V2, V3 = "1410012006", "1410012016", "1410022003"
"""Two villages of Alah Air, one of Anak Setatah."""
ALAH_AIR, SELATPANJANG = "P1410010102", "P1410010101"


async def get(house: House, path: str, **params: Any) -> Any:
    answer = await house.http.get(f"/v1{path}", params=params, headers=house.admin)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def post(house: House, path: str, body: Any, status: int = 200) -> Any:
    answer = await house.http.post(f"/v1{path}", json=body, headers=house.admin)
    assert answer.status_code == status, answer.text
    return answer.json()


async def load_posts(house: House) -> None:
    for door, name in (("facilities", "posts"), ("links", "links")):
        answer = await house.load(door, (NETWORK / f"{name}.csv").read_bytes())
        assert answer.status_code == 200, answer.text


def split(old: str, *new: tuple[str, str], kind: str = "pemekaran", **more: Any) -> dict[str, Any]:
    rows = [{"code": code, "name": name, "level": "desa"} for code, name in new]
    change = {"kind": kind, "old": [old], "new": rows, **more}
    return {"from_day": "2026-11-01", "regulation": "Perda 3/2026", "changes": [change]}


async def responsible(house: House, village: str, on: str) -> list[tuple[str, str | None]]:
    found = await get(house, "/territory/responsible", village=village, on=on)
    return [(a["village"]["code"], a["puskesmas"] and a["puskesmas"]["code"]) for a in found["answers"]]


# --- villages that move ---------------------------------------------------------------------------------


async def test_a_village_moves_in_one_act_and_the_past_stands(house: House) -> None:
    done = await post(house, "/catchments/moves", {"village": V2, "to": SELATPANJANG, "from_day": "2026-03-02"})
    assert [(c["facility"], c["valid_from"], c["valid_until"]) for c in done["items"]] == [
        (ALAH_AIR, "2020-01-01", "2026-03-01"), (SELATPANJANG, "2026-03-02", None),
    ]  # fmt: skip
    assert await responsible(house, V2, "2026-03-01") == [(V2, ALAH_AIR)]
    assert await responsible(house, "14.10.01.2016", "2026-03-02") == [(V2, SELATPANJANG)]
    assert (await get(house, "/territory/gaps", **{"from": "2020-01-01", "until": "2026-12-31"}))["gaps"] == []
    again = {"village": V2, "to": SELATPANJANG, "from_day": "2026-05-01"}
    await post(house, "/catchments/moves", again, 409)
    for wrong, field in (
        ({"to": "D1410010301"}, "/to"),
        ({"to": "P9"}, "/to"),
        ({"from_day": "2019-01-01"}, "/from_day"),
    ):
        fault = await post(house, "/catchments/moves", again | {"to": ALAH_AIR} | wrong, 422)
        assert fault["errors"][0]["pointer"] == field


async def test_a_catchment_ends_only_with_a_successor_or_a_reason(house: House) -> None:
    end = {"village": V3, "last_day": "2026-06-30"}
    await post(house, "/catchments/ends", end, 409)
    fault = await post(house, "/catchments/ends", end | {"leaving_gap": True}, 422)
    assert fault["errors"][0]["pointer"] == "/reason"
    row = f"village,facility,valid_from,valid_until\n{V3},P1410020101,2020-01-01,2026-06-30\n"
    answer = await house.load("catchments", row)
    assert (answer.status_code, answer.json()["refused"][0]["column"]) == (422, "valid_until")
    assert (await get(house, "/territory/gaps", on="2026-07-01"))["gaps"] == []

    await post(house, "/catchments/ends", end | {"leaving_gap": True, "reason": "Desa dikosongkan"})
    found = await get(house, "/territory/gaps", **{"from": "2026-06-01", "until": "2026-07-10"})
    assert found["villages"] == 101
    (gap,) = found["gaps"]
    assert (gap["village"], gap["first"], gap["last"], gap["days"], gap["reason"]) == (
        V3, "2026-07-01", "2026-07-10", 10, "Desa dikosongkan",
    )  # fmt: skip
    assert await responsible(house, V3, "2026-07-01") == [(V3, None)]
    report = await get(house, "/territory/rule", on="2026-07-01")
    assert ([v["code"] for v in report["villages_uncovered"]], report["met"]) == ([V3], False)


async def test_gaps_ask_a_day_or_a_span_not_both(house: House) -> None:
    for params in ({"on": "2026-01-01", "from": "2026-01-01"}, {"from": "2026-02-01", "until": "2026-01-01"},
                   {"from": "2000-01-01", "until": "2026-01-01"}):  # fmt: skip
        answer = await house.http.get("/v1/territory/gaps", params=params, headers=house.admin)
        assert answer.status_code == 400
    before = await get(house, "/territory/gaps", on="2019-12-31", area="141002")
    assert (before["villages"], len(before["gaps"])) == (12, 12)


# --- areas that change ----------------------------------------------------------------------------------


async def test_a_split_begins_the_new_village_under_the_same_puskesmas(house: House) -> None:
    await post(house, "/areas/changes", split(V1, (V1, "Alah Air"), ("1410012099", "Alah Air Baru")), 201)
    assert await responsible(house, "1410012099", "2026-11-01") == [("1410012099", ALAH_AIR)]
    assert await responsible(house, "1410012099", "2026-10-31") == [(V1, ALAH_AIR)]
    assert len((await get(house, "/areas", parent="141001", on="2026-10-31", limit=1000))["items"]) == 9
    assert len((await get(house, "/areas", parent="141001", on="2026-11-01", limit=1000))["items"]) == 10
    one = await get(house, "/areas/14.10.01.2099", on="2026-11-01")
    assert [a["code"] for a in one["ancestors"]] == ["141001", "1410", "14"]
    assert [(c["old"], c["kind"], c["heir"]) for c in one["predecessors"]] == [(V1, "pemekaran", False)]
    listed = (await get(house, "/areas/changes"))["items"]
    assert [(c["old"], c["new"]) for c in listed] == [(V1, V1), (V1, "1410012099")]


async def test_a_planned_move_goes_on_with_the_villages_of_a_split(house: House) -> None:
    await post(house, "/catchments/moves", {"village": V1, "to": SELATPANJANG, "from_day": "2027-01-01"})
    await post(house, "/areas/changes", split(V1, (V1, "Alah Air"), ("1410012099", "Alah Air Baru")), 201)
    for day, puskesmas in (("2026-11-01", ALAH_AIR), ("2026-12-31", ALAH_AIR), ("2027-01-01", SELATPANJANG)):
        assert await responsible(house, "1410012099", day) == [("1410012099", puskesmas)], day
    assert await responsible(house, V1, "2027-01-01") == [(V1, SELATPANJANG)]


async def test_a_new_code_takes_facilities_along_and_the_old_is_still_understood(house: House) -> None:
    await load_posts(house)
    body = split(V1, ("1410012098", "Alah Air"), kind="penggantian-kode")
    await post(house, "/areas/changes", body, 201)
    assert (await get(house, f"/facilities/{ALAH_AIR}"))["village"] == "1410012098"
    old = await get(house, f"/areas/{V1}", on="2026-11-22")
    assert (old["in_force"], [a["code"] for a in old["current"]]) == (False, ["1410012098"])
    assert (await get(house, f"/areas/{V1}", on="2026-10-31"))["in_force"]
    assert await responsible(house, V1, "2026-11-22") == [("1410012098", ALAH_AIR)]
    # who still has the old code in the address moves with the village: both rows go, in one act
    move = {"village": "1410012098", "to": SELATPANJANG, "from_day": "2027-01-01"}
    done = (await post(house, "/catchments/moves", move))["items"]
    assert {(c["village"], c["facility"]) for c in done if c["valid_from"] == "2027-01-01"} == {
        ("1410012098", SELATPANJANG), (V1, SELATPANJANG),
    }  # fmt: skip
    assert (await get(house, "/territory/gaps", **{"from": "2026-10-01", "until": "2027-03-01"}))["gaps"] == []
    repeated = await post(house, "/areas/changes", body, 422)
    assert repeated["errors"][0]["pointer"] == "/changes/0/old/0"


async def test_names_of_a_day(house: House) -> None:
    await post(house, "/areas/changes", split(V1, (V1, "Alah Air Jaya"), kind="penggantian-nama"), 201)
    assert (await get(house, f"/areas/{V1}", on="2026-10-31"))["name"] == "Alah Air"
    assert (await get(house, f"/areas/{V1}", on="2026-11-01"))["name"] == "Alah Air Jaya"


async def test_an_area_on_which_something_depends_does_not_end(house: House) -> None:
    two = (("1410012097", "Satu"), ("1410012098", "Dua"))
    told = await post(house, "/areas/changes", split(V1, *two), 409)
    assert told["errors"][0]["pointer"] == "/changes/0/facilities"
    assert ALAH_AIR in told["errors"][0]["detail"]
    assert (await get(house, f"/areas/{V1}", on="2026-11-22"))["in_force"]
    strange = split(V1, *two, facilities={ALAH_AIR: V2})
    await post(house, "/areas/changes", strange, 409)
    kecamatan = split("141002", ("141099", "Baru"), kind="penggantian-kode")
    kecamatan["changes"][0]["new"][0]["level"] = "kecamatan"
    told = await post(house, "/areas/changes", kecamatan, 409)
    assert V3 in told["errors"][0]["detail"]
    assert (await house.http.get("/v1/areas/1410012097", headers=house.admin)).status_code == 404
    places = {f["code"]: "1410012098" for f in (await get(house, "/facilities", area=V1))["items"]}
    await post(house, "/areas/changes", split(V1, *two, facilities=places), 201)


async def test_an_area_with_residents_does_not_cease(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The village of Repan is left: no facilities, its catchment ended; records says who still lives there."""
    empty = "1410032010"
    asked: list[list[str]] = []
    living = 7

    async def records(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.params.get_list("village"))
        return httpx.Response(200, json={"residents": living})

    body = {"from_day": "2026-11-01", "regulation": "Perda 4/2026",
            "changes": [{"kind": "penggabungan", "old": [empty], "new": []}]}  # fmt: skip
    told = await post(house, "/areas/changes", body, 503)  # nobody answers under records' name here
    async with httpx.AsyncClient(transport=httpx.MockTransport(records)) as http:
        monkeypatch.setattr(house.service, "http", http)
        told = await post(house, "/areas/changes", body, 409)
        assert [e["pointer"] for e in told["errors"]] == ["/changes/0/old", "/changes"]
        assert "7" in told["errors"][1]["detail"]
        living = 0
        end = {"village": empty, "last_day": "2026-10-31", "leaving_gap": True, "reason": "Desa dihapus"}
        await post(house, "/catchments/ends", end)
        await post(house, "/areas/changes", body, 201)
    assert asked == [[empty]] * 2
    assert peers.RECORDS == "http://records"
    gone = await get(house, f"/areas/{empty}", on="2026-11-01")
    assert (gone["in_force"], gone["current"]) == (False, [])
    assert (await get(house, "/territory/gaps", on="2026-11-01"))["gaps"] == []


async def test_a_file_does_not_end_an_area(house: House) -> None:
    head = "code,name,level,parent,valid_from,valid_until,regulation\n"
    row = f"{V1},Alah Air,desa,141001,2000-01-01,2026-01-31,Kepmendagri 050-145/2022\n"
    answer = await house.load("areas", head + row)
    assert (answer.status_code, answer.json()["refused"][0]["column"]) == (422, "valid_until")
    old = "1410012090,Desa Lama,desa,141001,1990-01-01,1999-12-31,UU 53/1999\n"
    assert (await house.load("areas", head + old)).json()["loaded"] == 1
    assert not (await get(house, "/areas/1410012090"))["in_force"]


# --- the chain ------------------------------------------------------------------------------------------


async def test_the_chain_of_a_puskesmas_and_upwards(house: House) -> None:
    await load_posts(house)
    tree = await get(house, f"/facilities/{SELATPANJANG}/chain", on="2026-03-01")
    kinds = {c["kind"] for c in tree["tree"]["children"]}
    assert kinds == {"pustu", "posyandu"}
    pustu = next(c for c in tree["tree"]["children"] if c["children"])
    assert {c["kind"] for c in pustu["children"]} == {"posyandu"}
    below = await get(house, f"/facilities/{pustu['children'][0]['code']}/chain", on="2026-03-01")
    assert [n["code"] for n in below["above"]] == [pustu["code"], SELATPANJANG]
    assert not (await get(house, f"/facilities/{SELATPANJANG}/chain", on="2023-12-31"))["tree"]["children"]
    who = await get(house, "/territory/responsible", village="1410011003", on="2026-03-01")
    assert who["answers"][0]["pustu"][0]["code"] == "U1410010601"
    assert who["answers"][0]["posyandu"]


async def test_links_that_cannot_be_are_refused(house: House) -> None:
    await load_posts(house)
    head = "child,parent,valid_from,valid_until\n"
    wrong = head + (
        f"Y1410010701,Y1410010702,2025-01-01,\n{SELATPANJANG},{ALAH_AIR},2025-01-01,\n"
        f"Y1410010701,{ALAH_AIR},2025-01-01,\nY1410010701,P9,2020-01-01,2020-02-01\n"
        f"Y1410010701,{ALAH_AIR},2020-01-01,2019-01-01\n"
    )
    answer = await house.load("links", wrong, "rest")
    assert [(r["line"], r["column"]) for r in answer.json()["refused"]] == [
        (2, "parent"), (3, "child"), (4, "valid_from"), (5, "parent"), (6, "valid_from"),
    ]  # fmt: skip
    moved = head + f"Y1410010701,{SELATPANJANG},2024-01-01,2025-12-31\nY1410010701,U1410010601,2026-01-01,\n"
    assert (await house.load("links", moved)).json()["loaded"] == 2
    held = await get(house, "/links", child="Y1410010701", on="2026-01-01")
    assert [item["parent"] for item in held["items"]] == ["U1410010601"]
    one = await house.http.put(
        "/v1/links/Y1410010701/2026-01-01", json={"parent": "D1410010301"}, headers=house.admin
    )  # fmt: skip
    assert (one.status_code, one.json()["errors"][0]["pointer"]) == (422, "/parent")
    for row in (("Y1410010702", SELATPANJANG), ("Y1410010702", "Y1410010702")):  # the database holds the lines itself
        with pytest.raises((asyncpg.ExclusionViolationError, asyncpg.CheckViolationError)):
            async with house.service.db.transaction() as tx:
                await tx.execute(
                    "INSERT INTO link (child, parent, valid_from, version) VALUES ($1, $2, $3, 1)",
                    *row,
                    date(2026, 1, 1),
                )


async def test_a_pustu_with_posyandu_does_not_become_a_clinic(house: House) -> None:
    await load_posts(house)
    row = "code,name,kind,ownership,village\nU1410010601,Pustu,klinik-pratama,public,1410011003\n"
    answer = await house.load("facilities", row)
    assert (answer.status_code, answer.json()["refused"][0]["column"]) == (422, "kind")


# --- the rule -------------------------------------------------------------------------------------------


async def test_the_territory_against_the_rule_of_its_day(house: House) -> None:
    await load_posts(house)
    found = await get(house, "/territory/rule", on="2026-03-01")
    assert found["rule"]["regulation"].startswith("Permenkes 19/2024")
    assert (found["met"], found["kecamatan"], found["villages"]) == (True, 9, 101)
    assert [(k["code"], len(k["puskesmas"])) for k in found["kecamatan_with_several"]] == [("141001", 2)]
    assert found["villages_without_pustu"]
    assert found["unlinked"] == []
    before = await get(house, "/territory/rule", on="2022-01-01")
    assert before["rule"]["regulation"] == "Permenkes 43/2019"
    assert before["villages_without_pustu"] == []
    rule = {"valid_from": "2027-01-01", "regulation": "Permenkes baru", "puskesmas_per_kecamatan": 2}
    answer = await house.http.put("/v1/territory/rules", json=rule, headers=house.admin)
    assert answer.status_code == 200, answer.text
    assert len((await get(house, "/territory/rule", on="2027-01-01"))["kecamatan_without"]) == 8
    assert (await get(house, "/territory/rule", on="2026-12-31"))["met"]
