"""A facility on any day: corrections of the past, plans for the future, codes that pass on, and who recorded what."""

from dataclasses import replace
from datetime import date
from typing import Any

import asyncpg
import pytest

from services.facilities.usecases.facilities import begin_day
from tests.service.facilities.conftest import House
from tests.service.facilities.test_network import AREAS, _feed

HEAD = "code,name,kind,ownership,satusehat_id,bpjs_code,village,valid_from\n"
ONE = HEAD + "P1,Puskesmas Satu,puskesmas,public,100000001,0001P001,1410011001,2020-01-01\n"


@pytest.fixture
async def house(empty: House) -> House:
    """One puskesmas since 2020, seen on 22 November 2026."""
    empty.service.clock = replace(empty.service.clock, fixed=date(2026, 11, 22))
    assert (await empty.load("areas", AREAS)).status_code == 200
    assert (await empty.load("facilities", ONE)).json()["loaded"] == 1
    return empty


async def _put(house: House, code: str, **said: Any) -> dict[str, Any]:
    answer = await house.http.put(f"/v1/facilities/{code}", json=said, headers=house.admin)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def _on(house: House, code: str, day: str | None) -> Any:
    params = {"on": day} if day else {}
    answer = await house.http.get(f"/v1/facilities/{code}", params=params, headers=house.admin)
    return answer.json() if answer.status_code == 200 else answer.status_code


async def test_a_correction_of_the_past_holds_from_its_day_until_what_was_changed_later(house: House) -> None:
    await _put(house, "P1", name="Puskesmas Satu Baru", valid_from="2024-07-01")
    await _put(house, "P1", phone="0763-1", name="Puskesmas Lama", valid_from="2022-03-01")
    for day, name, phone in (
        ("2020-01-01", "Puskesmas Satu", None), ("2022-02-28", "Puskesmas Satu", None),
        ("2022-03-01", "Puskesmas Lama", "0763-1"), ("2024-06-30", "Puskesmas Lama", "0763-1"),
        ("2024-07-01", "Puskesmas Satu Baru", "0763-1"), ("2030-01-01", "Puskesmas Satu Baru", "0763-1"),
        (None, "Puskesmas Satu Baru", "0763-1"),
    ):  # fmt: skip
        found = await _on(house, "P1", day)
        assert (found["name"], found["phone"]) == (name, phone), day
    assert await _on(house, "P1", "2019-12-31") == 404
    then = await _on(house, "P1", "2023-01-01")
    assert (then["valid_from"], then["valid_until"]) == ("2022-03-01", "2024-06-30")
    listed = await house.http.get("/v1/facilities", params={"on": "2023-01-01"}, headers=house.admin)
    assert [f["name"] for f in listed.json()["items"]] == ["Puskesmas Lama"]
    before = await house.http.get("/v1/facilities", params={"on": "2019-12-31"}, headers=house.admin)
    assert before.json()["items"] == []


async def test_a_plan_holds_from_its_midnight_and_followers_hear_it_then(house: House) -> None:
    planned = await _put(house, "P1", status="closed", valid_from="2027-01-01")
    assert (planned["status"], planned["active"]) == ("closed", False)
    now = await _on(house, "P1", None)
    assert (now["status"], now["active"], now["valid_until"]) == ("active", True, "2026-12-31")
    assert (await _on(house, "P1", "2027-01-01"))["active"] is False
    events = len(await _feed(house))
    await begin_day(house.service)
    assert len(await _feed(house)) == events
    house.service.clock = replace(house.service.clock, fixed=date(2027, 1, 1))
    await begin_day(house.service)
    await begin_day(house.service)
    (event,) = (await _feed(house))[events:]
    assert (event["kind"], event["id"], event["data"]["status"]) == ("changed", "P1", "closed")
    assert event["data"]["active"] is False
    assert (await _on(house, "P1", None))["status"] == "closed"
    closed = await house.http.get("/v1/facilities", params={"status": "closed"}, headers=house.admin)
    assert [f["code"] for f in closed.json()["items"]] == ["P1"]


async def test_a_code_that_passes_on_today_is_in_nobodys_way(house: House) -> None:
    """Between midnight and the job that shows the new day."""
    head = "code,name,kind,ownership,bpjs_code,village,valid_from\n"
    rows = "P2,Puskesmas Dua,puskesmas,public,{0},1410011001,{1}\n"
    assert (await house.load("facilities", head + rows.format("", "2020-01-01"))).status_code == 200
    passed = "P1,Puskesmas Satu,puskesmas,public,,1410011001,2026-11-23\n" + rows.format("0001P001", "2026-11-23")
    assert (await house.load("facilities", head + passed)).status_code == 200
    house.service.clock = replace(house.service.clock, fixed=date(2026, 11, 23))
    assert (await _put(house, "P2", phone="0763-7"))["bpjs_code"] == "0001P001"
    assert (await _on(house, "P1", None))["bpjs_code"] is None


async def test_a_facility_to_come_is_planned_until_its_first_day(house: House) -> None:
    new = HEAD + "P2,Puskesmas Dua,puskesmas,public,100000002,,1410011001,2027-02-01\n"
    assert (await house.load("facilities", new)).json()["loaded"] == 1
    now = await _on(house, "P2", None)
    assert (now["status"], now["active"], now["satusehat_id"], now["valid_from"]) == (
        "planned", False, None, "2027-02-01",
    )  # fmt: skip
    assert await _on(house, "P2", "2027-01-31") == 404
    assert (await _on(house, "100000002", "2027-02-01"))["code"] == "P2"
    house.service.clock = replace(house.service.clock, fixed=date(2027, 2, 1))
    await begin_day(house.service)
    now = await _on(house, "100000002", None)
    assert (now["code"], now["status"], now["active"]) == ("P2", "active", True)


async def test_a_code_passes_on_and_still_leads_to_who_had_it(house: House) -> None:
    rows = HEAD + (
        "P1,Puskesmas Satu,puskesmas,public,100000001,,1410011001,2025-01-01\n"
        "K1,Klinik Satu,klinik-pratama,private,,0001P001,1410011001,2025-01-01\n"
    )
    assert (await house.load("facilities", rows)).json() == {"loaded": 2, "unchanged": 0, "refused": []}
    assert (await _on(house, "0001P001", "2024-12-31"))["code"] == "P1"
    assert (await _on(house, "0001P001", "2025-01-01"))["code"] == "K1"
    assert (await _on(house, "0001P001", None))["code"] == "K1"
    early = HEAD + "K1,Klinik Satu,klinik-pratama,private,,0001P001,1410011001,2024-12-31\n"
    answer = await house.load("facilities", early)
    assert answer.status_code == 422
    (refused,) = answer.json()["refused"]
    assert (refused["line"], refused["column"]) == (2, "bpjs_code")
    assert refused["reason"]["en"] == "belongs to facility P1 already, since 2020-01-01 until 2024-12-31"
    with pytest.raises(asyncpg.ExclusionViolationError):  # the database holds the line by itself
        async with house.service.db.transaction() as tx:
            await tx.execute("UPDATE facility_version SET bpjs_code = '0001P001' WHERE code = 'P1'")


async def test_the_history_tells_who_recorded_what_and_from_when_it_holds(house: House) -> None:
    await _put(house, "P1", name="Baru", valid_from="2027-01-01")
    await _put(house, "P1", phone="0763-1", valid_from="2022-01-01")
    answer = await house.http.get("/v1/facilities/P1/history", headers=house.admin)
    told = [(c["valid_from"], c["changed"], c["before"], c["recorded_by"]) for c in answer.json()["items"]]
    assert told[:2] == [
        ("2022-01-01", {"phone": "0763-1"}, {}, "admin"),
        ("2027-01-01", {"name": "Baru"}, {"name": "Puskesmas Satu"}, "admin"),
    ]
    assert (told[2][0], told[2][1]["name"], len(told)) == ("2020-01-01", "Puskesmas Satu", 3)
    times = [c["recorded_at"] for c in answer.json()["items"]]
    assert times == sorted(times, reverse=True)
    first = await house.http.get("/v1/facilities/P1/history", params={"limit": 2}, headers=house.admin)
    rest = await house.http.get(
        "/v1/facilities/P1/history", params={"after": first.json()["next"]}, headers=house.admin
    )
    assert first.json()["items"] + rest.json()["items"] == answer.json()["items"]
    wrong = await house.http.get("/v1/facilities/P1/history", params={"after": "eA"}, headers=house.admin)
    assert wrong.status_code == 400
    assert (await house.http.get("/v1/facilities/P9/history", headers=house.admin)).status_code == 404


async def test_repeating_an_old_file_does_not_undo_what_came_after(house: House) -> None:
    await _put(house, "P1", name="Baru", valid_from="2026-01-01")
    assert (await house.load("facilities", ONE)).json() == {"loaded": 0, "unchanged": 1, "refused": []}
    assert (await _on(house, "P1", None))["name"] == "Baru"


@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        ({"hospital_class": "B"}, "/hospital_class"), ({"nib": "12"}, "/nib"), ({"warna": "biru"}, "/warna"),
        ({"village": "1410011009"}, "/village"), ({"valid_from": "besok"}, "/valid_from"), ({"name": None}, "/name"),
        ({"active": True, "status": "closed"}, "/active"), ({"latitude": 1.0}, "/longitude"),
    ],
)  # fmt: skip
async def test_one_row_is_refused_as_in_a_file(house: House, said: dict[str, Any], pointer: str) -> None:
    before = await _on(house, "P1", None)
    answer = await house.http.put("/v1/facilities/P1", json=said, headers=house.admin)
    assert answer.status_code == 422, answer.text
    assert [e["pointer"] for e in answer.json()["errors"]] == [pointer]
    assert await _on(house, "P1", None) == before


async def test_a_new_facility_needs_what_every_facility_has(house: House) -> None:
    answer = await house.http.put("/v1/facilities/K9", json={"name": "Klinik"}, headers=house.admin)
    assert [e["pointer"] for e in answer.json()["errors"]] == ["/kind", "/ownership", "/village"]
    made = await _put(
        house, "K9", name="Klinik", kind="klinik-pratama", ownership="private", village="14.10.01.1001",
        inpatient=False, nib=9914000000011,
    )  # fmt: skip
    assert (made["inpatient"], made["nib"], made["valid_from"]) == (False, "9914000000011", "2026-11-22")


async def test_what_the_release_before_wrote_is_taken_in(house: House) -> None:
    async with house.service.db.transaction() as tx:  # without versions and without the new columns
        await tx.execute(
            "INSERT INTO facility (code, name, kind, ownership, village, active, version)"
            " VALUES ('K7', 'Klinik Tujuh', 'klinik-pratama', 'private', '1410011001', true, 1)"
        )
    await begin_day(house.service)
    found = await _on(house, "K7", "2026-01-01")
    assert (found["name"], found["status"], found["valid_from"]) == ("Klinik Tujuh", "active", "2000-01-01")
    await _put(house, "K7", phone="0763-7")
    assert (await _on(house, "K7", "2026-11-21"))["phone"] is None
    assert (await _on(house, "K7", None))["phone"] == "0763-7"
