"""ILP units: clusters, leads, services and officers by shift; who may keep them; what is told."""

from typing import Any

import pytest

from tests.service.facilities.conftest import NETWORK, House
from tests.service.facilities.test_network import _feed, _places
from tests.service.facilities.test_workforce import _get, _staff

CODE, PUSTU, POSYANDU = "P1410010101", "U1410010601", "Y1410010703"
MIDWIFE, DOCTOR, CLERK, SECOND = "10009880003", "10009880001", "10009880102", "10009880100"
ROSTER = "facility,service,practitioner,shift,weekdays,starts,ends,valid_from,valid_until\n"
DUTY = {"service": "ibu", "practitioner": MIDWIFE, "shift": "pagi", "weekdays": "senin-rabu", "starts": "07:30",
        "ends": "12:00", "valid_from": "2026-01-05"}  # fmt: skip


@pytest.fixture
async def staffed(house: House) -> House:
    """The demo district with its posts and its workforce, without units."""
    for what, door in (("posts", "facilities"), ("links", "links"), ("practitioners", "practitioners")):
        answer = await house.load(door, (NETWORK / f"{what}.csv").read_bytes())
        assert answer.status_code == 200, answer.text
    return house


async def _put(house: House, what: str, row: dict[str, Any], code: str = CODE, headers: Any = None) -> Any:
    return await house.http.put(f"/v1/facilities/{code}/units/{what}", json=row, headers=headers or house.admin)


async def test_clusters_services_and_officers_of_a_day(staffed: House) -> None:
    lead = {"cluster": "2", "practitioner": MIDWIFE, "decree": "SK/1", "valid_from": "2026-01-05"}
    assert (await _put(staffed, "leads", lead)).status_code == 200
    shown = (await _put(staffed, "rosters", DUTY)).json()
    (cluster,) = shown["clusters"]
    assert (cluster["cluster"], cluster["lead"]["practitioner"], cluster["lead"]["licensed"]) == ("2", MIDWIFE, True)
    (service,) = cluster["services"]
    (officer,) = service["officers"]
    assert (service["service"], officer["weekdays"]) == ("ibu", ["senin", "selasa", "rabu"])
    for day, on_duty in (("2026-01-06", True), ("2026-01-08", False)):
        units = await _get(staffed, f"facilities/{CODE}/units", on=day)
        assert units["clusters"][0]["services"][0]["officers"][0]["on_duty"] is on_duty
    assert (await _get(staffed, f"facilities/{CODE}/units", on="2026-01-04"))["clusters"] == []
    events = [e for e in await _feed(staffed) if e["type"] in ("cluster_lead", "roster")]
    assert [e["data"]["practitioner"] for e in events] == [MIDWIFE, MIDWIFE]
    assert "Handayani" not in str(events)


async def test_a_lead_changes_by_ending_the_one_before(staffed: House) -> None:
    lead = {"cluster": "2", "practitioner": MIDWIFE, "valid_from": "2026-01-05"}
    assert (await _put(staffed, "leads", lead)).status_code == 200
    new = {"cluster": "2", "practitioner": SECOND, "valid_from": "2026-06-01"}
    clash = await _put(staffed, "leads", new)
    assert (clash.status_code, clash.json()["errors"][0]["pointer"]) == (422, "/valid_from")
    assert (await _put(staffed, "leads", {**lead, "valid_until": "2026-05-31"})).status_code == 200
    assert (await _put(staffed, "leads", new)).status_code == 200
    for day, who in (("2026-05-31", MIDWIFE), ("2026-06-01", SECOND)):
        assert (await _get(staffed, f"facilities/{CODE}/units", on=day))["clusters"][0]["lead"]["practitioner"] == who


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"service": "sihir"}, "/service"), ({"practitioner": "10009889999"}, "/practitioner"),
        ({"practitioner": "10009880006"}, "/practitioner"),  # of another puskesmas
        ({"service": "laboratorium"}, "/practitioner"),  # a midwife is not competent
        ({"weekdays": "senin-lusa"}, "/weekdays"), ({"starts": "25:00"}, "/starts"), ({"ends": "07:30"}, "/ends"),
        ({"shift": "subuh"}, "/shift"), ({"valid_from": "2023-12-31"}, "/practitioner"), ({"room": "1"}, "/room"),
        ({"valid_from": "2022-12-31"}, "/service"),  # before there were clusters
    ],
)  # fmt: skip
async def test_a_wrong_duty_is_refused_at_its_field(staffed: House, change: dict[str, Any], pointer: str) -> None:
    answer = await _put(staffed, "rosters", DUTY | change)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer), answer.text
    assert (await _get(staffed, f"facilities/{CODE}/units", on="2026-01-05"))["clusters"] == []


async def test_overlapping_shifts_and_missing_licences_are_told_to_their_own_only(staffed: House) -> None:
    assert (await _put(staffed, "rosters", DUTY)).json()["warnings"] == []
    second = DUTY | {"service": "balita", "weekdays": "rabu kamis", "starts": "11:00"}
    told = (await _put(staffed, "rosters", second)).json()["warnings"]
    assert [(w["kind"], w["practitioner"]) for w in told] == [("overlap", MIDWIFE)]
    assert "rabu" in told[0]["text"]
    row = f"{CODE},balita,{MIDWIFE},siang,rabu,11:30,15:00,2026-01-05,\n"
    loaded = (await staffed.load("rosters", ROSTER + row)).json()
    assert (loaded["loaded"], _places({"refused": loaded["warned"]})) == (1, [(2, "starts")])
    lead = {"cluster": "3", "practitioner": DOCTOR, "valid_from": "2029-01-02"}  # the SIP ends in 2028
    kinds = {(w["kind"], w["cluster"]) for w in (await _put(staffed, "leads", lead)).json()["warnings"]}
    assert {("lead-unlicensed", "3"), ("no-lead", "1")} <= kinds
    csv = f"facility,cluster,practitioner,decree,valid_from,valid_until\n{CODE},4,{DOCTOR},,2029-01-02,\n"
    assert [w["column"] for w in (await staffed.load("cluster-leads", csv)).json()["warned"]] == ["practitioner"]
    clerk = csv.replace(f",4,{DOCTOR}", f",1,{CLERK}")  # needs no licence
    assert (await staffed.load("cluster-leads", clerk)).json()["warned"] == []

    own = await _staff(staffed, "puskesmas-staff", CODE)
    other = await _staff(staffed, "facility-admin", "K1410010201")
    assert (await _get(staffed, f"facilities/{CODE}/units", own, on="2026-01-07"))["warnings"]
    seen = await _get(staffed, f"facilities/{CODE}/units", other, on="2026-01-07")
    assert seen["warnings"] is None
    assert seen["clusters"][0]["services"][0]["officers"][0]["licensed"] is None


async def test_a_night_ends_on_the_next_day_and_the_week_goes_round(staffed: House) -> None:
    night = DUTY | {
        "service": "gawat-darurat",
        "shift": "malam",
        "weekdays": "minggu",
        "starts": "20:00",
        "ends": "08:00",
    }
    assert (await _put(staffed, "rosters", night)).json()["warnings"] == []
    told = (await _put(staffed, "rosters", DUTY)).json()["warnings"]  # Monday 07:30
    assert [w["kind"] for w in told] == ["overlap"]
    assert "senin" in told[0]["text"]


async def test_who_keeps_the_units_of_whom(staffed: House) -> None:
    own = await _staff(staffed, "puskesmas-staff", CODE)
    foreign = await _staff(staffed, "facility-admin", "P1410020101")
    analyst = await _staff(staffed, "dinkes-analyst", None)
    assert (await _put(staffed, "rosters", DUTY, headers=own)).status_code == 200
    assert (await _put(staffed, "rosters", DUTY, headers=foreign)).status_code == 403
    assert (await _put(staffed, "rosters", DUTY, headers=analyst)).status_code == 403
    below = DUTY | {"weekdays": "sabtu"}
    assert (await _put(staffed, "rosters", below, PUSTU, own)).status_code == 200  # its pustu, by the chain
    assert (await _put(staffed, "rosters", below, PUSTU, foreign)).status_code == 403
    crew = {"posyandu": POSYANDU, "coordinator": MIDWIFE, "kader": 5, "valid_from": "2026-01-05"}
    assert (await _put(staffed, "posyandu", crew, headers=own)).json()["errors"][0]["pointer"] == "/facility"
    (post,) = (await _put(staffed, "posyandu", crew, PUSTU, own)).json()["posyandu"]
    assert (post["posyandu"], post["kader"], post["coordinator"]["practitioner"]) == (POSYANDU, 5, MIDWIFE)
    wrong = await _put(staffed, "rosters", DUTY, "K1410010201")
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/facility")
    assert (await _put(staffed, "rosters", DUTY, "X9")).status_code == 404


async def test_a_posyandu_of_others_is_not_taken_over(staffed: House) -> None:
    post = "code,name,kind,ownership,village\nYX,Posyandu X,posyandu,public,1410011001\n"
    assert (await staffed.load("facilities", post)).status_code == 200  # on no chain yet
    own = await _staff(staffed, "puskesmas-staff", CODE)
    foreign = await _staff(staffed, "facility-admin", "P1410010102")
    crew = {"posyandu": "YX", "coordinator": MIDWIFE, "kader": 5, "valid_from": "2026-01-05"}
    assert (await _put(staffed, "posyandu", crew, headers=own)).status_code == 200
    theirs = crew | {"coordinator": "10009880006", "kader": 0}
    taken = await _put(staffed, "posyandu", theirs, "P1410010102", foreign)
    assert (taken.status_code, taken.json()["errors"][0]["pointer"]) == (422, "/posyandu")
    (kept,) = (await _get(staffed, f"facilities/{CODE}/units", on="2026-02-01"))["posyandu"]
    assert (kept["posyandu"], kept["kader"]) == ("YX", 5)
    assert (await _put(staffed, "posyandu", crew | {"kader": 6}, headers=own)).status_code == 200


async def test_services_are_dated_data(staffed: House) -> None:
    head = "service,cluster,name,competent,regulation,valid_from,valid_until\n"
    old = "ibu,2,Ibu,bidan dokter,KMK,2023-01-01,2026-12-31\n"
    new = "ibu,2,Ibu,dokter,KMK baru,2027-01-01,\n"
    assert (await staffed.load("unit-services", head + old + new)).status_code == 200
    assert (await _put(staffed, "rosters", DUTY)).status_code == 200
    late = DUTY | {"valid_from": "2027-01-04", "shift": "siang"}
    assert (await _put(staffed, "rosters", late)).json()["errors"][0]["pointer"] == "/practitioner"
    bad = await staffed.load("unit-services", head + "ibu,9,Ibu,tabib,,2030-01-01,\n")
    assert _places(bad.json()) == [(2, "cluster"), (2, "competent")]


async def test_the_demo_units_load(staffed: House) -> None:
    for what in ("cluster-leads", "rosters", "posyandu-crews"):
        answer = await staffed.load(what, (NETWORK / f"{what}.csv").read_bytes())
        assert answer.status_code == 200, answer.text
        assert answer.json()["loaded"] > 10
        again = (await staffed.load(what, (NETWORK / f"{what}.csv").read_bytes())).json()
        assert again["loaded"] == 0
    for code in (CODE, "P1410010102", "P1410050101", "P1410080101"):
        shown = await _get(staffed, f"facilities/{code}/units", on="2026-11-23")
        assert [c["cluster"] for c in shown["clusters"]] == ["1", "2", "3", "4", "lintas"]
        assert bool(shown["posyandu"]) is code.startswith("P14100101")
    pustu = await _get(staffed, f"facilities/{PUSTU}/units", on="2026-11-23")
    assert {p["posyandu"] for p in pustu["posyandu"]} == {"Y1410010703", "Y1410010704"}
