"""What hangs on a facility: loaded and put by the same rules, refused with the reason, asked for any day, found by."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from tests.service.facilities.conftest import NETWORK, House
from tests.service.facilities.test_network import _feed, _places
from tests.service.facilities.test_proposals import staff

FILES = ("services", "competences", "opening-hours", "special-days", "equipment", "beds", "jkn-contracts")
PUSKESMAS, CLINIC, HOSPITAL, OFFICE = "P1410010101", "K1410010201", "R1410010401", "G1410010501"


@pytest.fixture
async def whole(house: House) -> House:
    """The demo network with all that hangs on it, on Wednesday 25 November 2026."""
    house.service.clock = replace(house.service.clock, fixed=date(2026, 11, 25))
    for name in FILES:
        answer = await house.load(name, (NETWORK / f"{name}.csv").read_bytes())
        assert answer.status_code == 200, answer.text
    return house


async def _get(house: House, path: str, **params: Any) -> Any:
    answer = await house.http.get(f"/v1/{path}", params=params, headers=house.admin)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def _codes(house: House, **params: Any) -> list[str]:
    return [f["code"] for f in (await _get(house, "facilities", limit=500, **params))["items"]]


async def test_the_demo_loads_once_and_every_row_is_told(whole: House) -> None:
    feed = await _feed(whole)
    told = {e["type"] for e in feed}
    assert {
        "offered_service", "competence", "opening_hours", "special_day", "equipment", "bed", "jkn_contract",
    } <= told  # fmt: skip
    for name in FILES:
        again = (await whole.load(name, (NETWORK / f"{name}.csv").read_bytes())).json()
        assert (again["loaded"], again["refused"]) == (0, [])
    assert len(await _feed(whole)) == len(feed)


async def test_a_facility_is_shown_with_the_parts_asked_for(whole: House) -> None:
    bare = await _get(whole, f"facilities/{HOSPITAL}")
    assert not {"hours", "services", "beds"} & set(bare)
    found = await _get(whole, f"facilities/{HOSPITAL}", include="hours,services,competences,equipment,beds,jkn")
    assert [h["hours"] for h in found["hours"]] == ["00:00-24:00"] * 7
    assert {"igd-24-jam", "hemodialisa"} <= {s["service"] for s in found["services"]}
    assert sum(b["total"] for b in found["beds"]) == 88
    assert (found["hospital_class"], found["jkn"][0]["kind"], len(found["competences"])) == ("C", "fkrtl", 7)
    assert "special_days" not in found
    wrong = await whole.http.get(f"/v1/facilities/{HOSPITAL}", params={"include": "dokter"}, headers=whole.admin)
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (400, "/include")
    assert "competences" in wrong.json()["errors"][0]["detail"]


async def test_any_day_can_be_asked(whole: House) -> None:
    rows = "facility,unit,care_class,valid_from,total\nP1410030101,umum,umum,2026-06-01,12\n"
    assert (await whole.load("beds", rows)).json()["loaded"] == 1
    for day, total in (("2026-05-31", 8), ("2026-06-01", 12), (None, 12)):
        params = {"on": day} if day else {}
        beds = await _get(whole, "beds", facility="P1410030101", **params)
        assert [b["total"] for b in beds["items"] if b["unit"] == "umum"] == [total]
    assert (await _get(whole, "beds", facility="P1410030101", on="2019-12-31"))["items"] == []
    contracts = await _get(whole, "jkn-contracts", facility=CLINIC)
    assert [c["valid_from"] for c in contracts["items"]] == ["2025-01-01"]
    then = await _get(whole, "jkn-contracts", facility=CLINIC, on="2024-12-31")
    assert [c["valid_from"] for c in then["items"]] == ["2020-01-01"]
    ever = await _get(whole, "jkn-contracts", facility=CLINIC, history=True)
    assert len(ever["items"]) == 2
    assert (await _get(whole, "services", area="141003"))["items"][0]["facility"].endswith("01")


@pytest.mark.parametrize(
    ("name", "text", "places"),
    [
        (
            "services",
            "facility,service,valid_from,valid_until\nP1410010101,kia,2025-01-01,\nP1410010101,sulap,2025-01-01,\n"
            f"{OFFICE},kia,2025-01-01,\nTIDAK-ADA,kia,2025-01-01,\nP1410010101,tb,2019-02-01,2019-01-01\n"
            "P1410010101,radiologi,2026-01-01,\nP1410010101,radiologi,2026-02-01,\n",
            [
                (2, "valid_from"), (3, "service"), (4, "facility"), (5, "facility"), (6, "valid_until"),
                (8, "valid_from"),
            ],
        ),
        (
            "competences",
            "facility,system,code,level,valid_from,valid_until\nR1410010401,icd10,I2,madya,2025-01-01,\n"
            "R1410010401,icd10,I20-I25,utama,2025-01-01,\nR1410010401,icd9cm,I21,madya,2025-01-01,\n"
            "R1410010401,icd10,I25-I20,madya,2025-01-01,\nR1410010401,icd10,J18,hebat,2025-01-01,\n",
            [(2, None), (3, "valid_from"), (4, None), (5, None), (6, "level")],
        ),
        (
            "opening-hours",
            "facility,weekday,valid_from,hours\nP1410010101,8,2026-01-01,08:00-14:00\n"
            "P1410010101,1,2026-01-01,08:00-25:00\nP1410010101,1,2026-01-01,08:00-14:00 13:00-15:00\n"
            "P1410010101,1,2026-01-01,22:00-06:00 08:00-09:00 05:00-07:00\n",
            [(2, "weekday"), (3, "hours"), (4, "hours"), (5, "hours")],
        ),
        ("special-days", "facility,day,hours\nP1410010101,2026-02-30,tutup\n", [(2, "day")]),
        (
            "equipment",
            "facility,item,checked_on,count,working\nP1410010101,usg,2026-01-01,1,2\nP1410010101,usg,2026-11-26,1,1\n"
            "P1410010101,USG 4D,2026-01-01,1,1\nP1410010101,usg,2026-01-02,-1,0\n",
            [(2, "working"), (3, "checked_on"), (4, "item"), (5, "count")],
        ),
        (
            "beds",
            "facility,unit,care_class,valid_from,total\nD1410010301,umum,umum,2026-01-01,2\n"
            "P1410010101,umum,raja,2026-01-01,2\n",
            [(2, "facility"), (3, "care_class")],
        ),
        (
            "jkn-contracts",
            "facility,valid_from,valid_until,ppk_code,kind,capitation\nP1410010101,2026-01-01,,9914P001,fktp,ya\n"
            "P1410010101,2010-01-01,2010-12-31,9914P001,fkrtl,tidak\nR1410010401,2010-01-01,2010-12-31,,fkrtl,ya\n"
            "P1410010101,2011-01-01,2011-12-31,123,fktp,ya\n",
            [(2, "valid_from"), (3, "kind"), (4, "capitation"), (5, "ppk_code")],
        ),
    ],
)  # fmt: skip
async def test_what_is_wrong_is_refused_with_its_place(whole: House, name: str, text: str, places: Any) -> None:
    before = len(await _feed(whole))
    answer = await whole.load(name, text)
    assert answer.status_code == 422, answer.text
    assert _places(answer.json()) == places
    assert len(await _feed(whole)) == before


async def test_one_row_goes_the_way_of_a_files_row(whole: House) -> None:
    url = f"/v1/facilities/{PUSKESMAS}"
    one = {"service": "radiologi", "valid_from": "2026-01-01"}
    answer = await whole.http.put(f"{url}/services", json=one, headers=whole.admin)
    assert answer.status_code == 204, answer.text
    assert PUSKESMAS in await _codes(whole, service="radiologi")
    wrong = await whole.http.put(f"{url}/services", json=one | {"valid_from": "2026-02-01"}, headers=whole.admin)
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/valid_from")
    lacking = await whole.http.put(f"{url}/equipment", json={"item": "usg"}, headers=whole.admin)
    assert [e["pointer"] for e in lacking.json()["errors"]] == ["/checked_on", "/count", "/working"]
    other = await whole.http.put(f"{url}/beds", json={"warna": "biru"}, headers=whole.admin)
    assert "/warna" in [e["pointer"] for e in other.json()["errors"]]


async def test_the_database_keeps_spans_apart_by_itself(whole: House) -> None:
    for sql in (
        "INSERT INTO jkn_contract VALUES ($1, '2026-05-01', NULL, NULL, 'fktp', true, NULL, 1)",
        "INSERT INTO offered_service VALUES ($1, 'kia', '2026-05-01', NULL, 1)",
        "INSERT INTO competence VALUES ($1, 'icd10', 'I10-I15', '2026-05-01', NULL, 'dasar', 1)",
    ):
        with pytest.raises(asyncpg.ExclusionViolationError):
            async with whole.service.db.transaction() as tx:
                await tx.execute(sql, PUSKESMAS)


async def test_facilities_are_found_by_what_they_offer_and_when(whole: House) -> None:
    assert await _codes(whole, service="hemodialisa") == [HOSPITAL]
    assert await _codes(whole, service=["igd-24-jam", "poned"], kind="puskesmas") == [
        "P1410030101", "P1410050101", "P1410080101", "P1410090101",
    ]  # fmt: skip
    assert await _codes(whole, service="kia", on="2019-12-31") == []
    assert (len(await _codes(whole, jkn=True)), len(await _codes(whole, jkn=False))) == (36, 9)


@pytest.mark.parametrize(
    ("at", "code", "open_"),
    [
        ("2026-11-25T08:00", PUSKESMAS, True), ("2026-11-25T07:59", PUSKESMAS, False),
        ("2026-11-25T14:00", PUSKESMAS, False), ("2026-11-29T09:00", PUSKESMAS, False),  # Sunday
        ("2026-12-25T09:00", PUSKESMAS, False), ("2026-12-24T09:00", PUSKESMAS, True),  # Christmas, its own hours
        ("2026-11-25T01:00:00Z", PUSKESMAS, True),  # 08:00 there
        ("2026-11-25T21:30", "D1410010306", True), ("2026-11-26T01:59", "D1410010306", True),  # past midnight
        ("2026-11-26T02:00", "D1410010306", False), ("2026-11-28T01:00", "D1410010306", True),  # Friday's night
        ("2026-11-29T01:00", "D1410010306", False), ("2026-11-25T03:00", HOSPITAL, True),
        ("2026-11-25T08:30", "D1410010301", True), ("2026-11-25T12:00", "D1410010301", False),  # twice a day
    ],
)  # fmt: skip
async def test_open_at(whole: House, at: str, code: str, open_: bool) -> None:
    assert (code in await _codes(whole, open_at=at)) == open_


async def test_a_service_that_never_closes_is_open_at_night(whole: House) -> None:
    night = {"open_at": "2026-11-25T03:00"}
    assert "P1410030101" not in await _codes(whole, **night)
    assert "P1410030101" in await _codes(whole, service="igd-24-jam", **night)


async def test_nearest_first_and_within(whole: House) -> None:
    here = {"near": "0.99688,102.69738"}
    found = await _get(whole, "facilities", sort="distance_km", kind="puskesmas", **here)
    distances = [f["distance_km"] for f in found["items"]]
    assert found["items"][0]["code"] == PUSKESMAS
    assert distances == sorted(distances)
    assert distances[0] < 0.01
    assert abs(next(f["distance_km"] for f in found["items"] if f["code"] == "P1410030101") - 44.3) < 0.5
    assert await _codes(whole, within_km=5, kind="puskesmas", **here) == [PUSKESMAS, "P1410010102"]
    assert len(await _codes(whole, within_km=5, kind="puskesmas", on="2026-03-01", **here)) == 2
    for params in ({"within_km": 5}, {"near": "95,102"}):
        wrong = await whole.http.get("/v1/facilities", params=params, headers=whole.admin)
        assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (400, "/near")


async def test_free_beds_are_told_by_their_own_facility(whole: House) -> None:
    rsud = await staff(whole, "rsud", "hospital", HOSPITAL)
    url, one = f"/v1/facilities/{HOSPITAL}/free-beds", {"unit": "melati", "care_class": "3", "free": 6}
    assert (await whole.http.post(url, json=one, headers=rsud)).status_code == 204
    beds = {b["unit"]: b for b in (await _get(whole, "beds", facility=HOSPITAL))["items"]}
    assert (beds["melati"]["free"], beds["icu"]["free"]) == (6, None)
    told = datetime.fromisoformat(beds["melati"]["reported_at"])
    assert told.astimezone(ZoneInfo("Asia/Jakarta")).date() == date(2026, 11, 25)
    event = (await _feed(whole))[-1]
    assert (event["type"], event["data"]["free"]) == ("free_bed", 6)
    many = await whole.http.post(url, json=one | {"free": 25}, headers=rsud)
    assert (many.status_code, many.json()["errors"][0]["pointer"]) == (422, "/free")
    assert (await whole.http.post(url, json=one | {"unit": "gudang"}, headers=rsud)).status_code == 404
    other = await whole.http.post("/v1/facilities/P1410030101/free-beds", json=one, headers=rsud)
    assert other.status_code == 403


async def test_the_office_adds_a_kind_of_service(whole: House) -> None:
    rows = "code,name,always_open\nakupunktur,Akupunktur,tidak\n"
    assert (await whole.load("service-types", rows)).json()["loaded"] == 1
    one = {"service": "akupunktur", "valid_from": "2026-01-01"}
    answer = await whole.http.put(f"/v1/facilities/{PUSKESMAS}/services", json=one, headers=whole.admin)
    assert answer.status_code == 204
    assert "akupunktur" in [t["code"] for t in (await _get(whole, "service-types"))["items"]]


async def test_the_report_of_codes_tells_what_is_wrong_in_the_demo(whole: House) -> None:
    path = "facilities/codes/mismatches"
    told = await _get(whole, path)
    assert [(m["facility"], m["what"], m["other"]) for m in told["items"]] == [
        ("D1410010305", "licence-ended", None), ("D1410010307", "shared", "D1410010308"),
        ("D1410010308", "shared", "D1410010307"), ("D1410010312", "astray", None),
        ("K1410030201", "ppk-differs", None), ("K1410050201", "missing", None),
    ]  # fmt: skip
    assert told["total"] == 6
    before = await _get(whole, path, on="2025-01-01", what="licence-ended")
    assert before["items"] == []
    ending = await _get(whole, path, on="2025-06-01", what=["licence-ended", "licence-ending"])
    assert [(m["facility"], m["what"]) for m in ending["items"]] == [("D1410010305", "licence-ending")]
    assert [m["facility"] for m in (await _get(whole, path, area="141003"))["items"]] == ["K1410030201"]
    first = await _get(whole, path, limit=4)
    rest = await _get(whole, path, limit=4, after=first["next"])
    assert first["items"] + rest["items"] == told["items"]
    assert rest["next"] is None


async def test_a_facility_may_propose_its_hours_and_equipment(whole: House) -> None:
    petugas = await staff(whole, "petugas", "puskesmas-staff", PUSKESMAS)
    check = {"facility": PUSKESMAS, "item": "usg", "checked_on": "2026-11-20", "count": 1, "working": 0}
    hours = {"hours": "07:30-14:30"}
    for of, key, values in (
        ("equipment", None, check), ("opening-hours", f"{PUSKESMAS}/1/2020-01-01", hours),
    ):  # fmt: skip
        body = {"of": of, "key": key, "values": values}
        made = await whole.http.post("/v1/proposals", json=body, headers=petugas)
        assert made.status_code == 201, made.text
        url = f"/v1/proposals/{made.json()['id']}/approve"
        done = await whole.http.post(url, json={}, headers=whole.admin)
        assert done.status_code == 200, done.text
    usg = await _get(whole, "equipment", facility=PUSKESMAS)
    assert [e["working"] for e in usg["items"] if e["item"] == "usg"] == [0]
    monday = (await _get(whole, "opening-hours", facility=PUSKESMAS))["items"][0]
    assert (monday["weekday"], monday["hours"]) == (1, "07:30-14:30")
    future = {"of": "equipment", "key": None, "values": check | {"checked_on": "2026-11-26"}}
    wrong = await whole.http.post("/v1/proposals", json=future, headers=petugas)
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/values/checked_on")
