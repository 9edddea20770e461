"""Health workers with their licences, the nine kinds on any day, what ends and what is planned."""

from typing import Any

import asyncpg
import pytest

from tests.service.facilities.conftest import NETWORK, PASSWORD, House
from tests.service.facilities.test_network import AREAS, _feed, _places

FACILITIES = (
    "code,name,kind,ownership,village,valid_from\nP1,Puskesmas Satu,puskesmas,public,1410011001,2020-01-01\n"
    "P2,Puskesmas Dua,puskesmas,public,1410011001,2020-01-01\n"
    "K1,Klinik Satu,klinik-pratama,private,1410011001,2020-01-01\n"
    "K2,Klinik Dua,klinik-pratama,private,1410011001,2020-01-01\n"
)
HEAD = (
    "id,facility,name,nik,profession,employment,str_number,str_valid_until,sip_number,sip_valid_from,sip_valid_until,"
    "valid_from,valid_until\n"
)
DEWI = "100001,P1,dr. Dewi,1499990101800001,dokter,pns,STR1,,SIP1,2024-01-01,2026-12-31,2024-01-01,\n"
NINE = ["dokter", "dokter-gigi", "perawat", "bidan", "kesmas", "sanitarian", "gizi", "farmasi", "atlm"]


@pytest.fixture
async def small(empty: House) -> House:
    """Two puskesmas and two clinics."""
    assert (await empty.load("areas", AREAS)).status_code == 200
    assert (await empty.load("facilities", FACILITIES)).status_code == 200
    return empty


async def _load(house: House, text: str, what: str = "practitioners", mode: str = "all") -> dict[str, Any]:
    answer = await house.load(what, text, mode)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def _get(house: House, path: str, headers: dict[str, str] | None = None, **params: Any) -> dict[str, Any]:
    answer = await house.http.get(f"/v1/{path}", params=params, headers=headers or house.admin)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def _staff(house: House, role: str, facility: str | None) -> dict[str, str]:
    body = {"username": f"a.{role}", "password": PASSWORD, "role": role, "facility": facility, "name": "Uji"}
    answer = await house.http.post("/v1/staff", json=body, headers=house.admin)
    assert answer.status_code == 201, answer.text
    return await house.sign_in(f"a.{role}", PASSWORD)


async def test_one_row_is_a_person_a_placement_and_two_licences(small: House) -> None:
    assert await _load(small, HEAD + DEWI) == {"loaded": 1, "unchanged": 0, "refused": [], "warned": []}
    before = await _feed(small)
    assert [e["type"] for e in before[-4:]] == ["professional", "practitioner", "licence", "licence"]
    assert before[-3]["data"] == {
        "id": "100001", "facility": "P1", "profession": "dokter", "employment": "pns", "valid_from": "2024-01-01",
        "valid_until": None,
    }  # fmt: skip
    assert before[-1]["data"] == {
        "id": "100001", "kind": "sip", "facility": "P1", "valid_from": "2024-01-01", "valid_until": "2026-12-31",
    }  # fmt: skip
    told = str(before[-4:])
    assert not any(word in told for word in ("Dewi", "149999", "STR1", "SIP1"))
    assert (await _load(small, HEAD + DEWI))["unchanged"] == 1
    assert len(await _feed(small)) == len(before)
    renamed = await _load(small, HEAD + DEWI.replace("dr. Dewi", "dr. Dewi Lestari"))
    assert renamed["loaded"] == 1
    assert [e["type"] for e in (await _feed(small))[len(before) :]] == ["professional"]
    (shown,) = (await _get(small, "practitioners"))["items"]
    assert shown == {
        "id": "100001", "facility": "P1", "name": "dr. Dewi Lestari", "profession": "dokter", "employment": "pns",
        "str_number": "STR1", "str_valid_until": None, "sip_number": "SIP1", "sip_valid_until": "2026-12-31",
        "valid_from": "2024-01-01", "valid_until": None, "version": 1,
    }  # fmt: skip


async def test_somebody_may_leave_and_come_back_but_is_not_twice_at_one_place(small: House) -> None:
    left = DEWI.replace(",2024-01-01,\n", ",2024-01-01,2024-12-31\n")
    back = DEWI.replace(",2024-01-01,\n", ",2025-07-01,\n")
    twice = await small.load("practitioners", HEAD + DEWI + back)
    assert (twice.status_code, _places(twice.json())) == (422, [(3, "valid_from")])
    assert (await _load(small, HEAD + left + back))["loaded"] == 2
    for day, count in (("2024-12-31", 1), ("2025-01-01", 0), ("2025-06-30", 0), ("2025-07-01", 1)):
        assert len((await _get(small, "practitioners", on=day))["items"]) == count
    with pytest.raises(asyncpg.ExclusionViolationError):  # the database holds the line by itself
        async with small.service.db.transaction() as tx:
            await tx.execute(
                "INSERT INTO placement (practitioner, facility, valid_from, profession, version)"
                " VALUES ('100001', 'P1', '2026-01-01', 'dokter', 1)"
            )


@pytest.mark.parametrize(
    ("row", "column", "says"),
    [
        ("1,P9,A,,dokter,,,,,,,2024-01-01,\n", "id", "IHS"),
        ("100002,P9,A,,dokter,,,,,,,2024-01-01,\n", "facility", "belum terdaftar"),
        ("100002,P1,A,,tabib,,,,,,,2024-01-01,\n", "profession", "salah satu"),
        ("100002,P1,A,,dokter,,,,,,,,\n", "valid_from", "wajib"),
        ("100002,P1,A,,dokter,,S22,2023-12-31,,,,2024-01-01,\n", "str_valid_until", "STR sudah habis (2023-12-31)"),
        ("100002,P1,A,,dokter,,S22,,X22,,2023-12-31,2024-01-01,\n", "sip_valid_until", "SIP sudah habis"),
        ("100002,P1,A,,dokter,,,2030-01-01,,,,2024-01-01,\n", "str_number", "wajib"),
        ("100001,P1,A,1499990101800002,dokter,,,,,,,2027-01-01,\n", "nik", "NIK lain"),
        ("100001,K1,dr. Dewi,,dokter,,,,SIP1,,,2024-01-01,\n", "sip_number", "tempat praktik lain"),
        ("100002,P1,A,,dokter,,,,,,,2024-01-01,2023-01-01\n", "valid_until", "sebelum"),
        ("100003,P2,B,,dokter,,,,,,,2024-01-01,\n100003,P1,C,,dokter,,,,,,,2024-01-01,\n", "name", "baris 2"),
    ],
)
async def test_a_bad_row_is_refused_with_its_reason_and_nothing_is_half_stored(
    small: House, row: str, column: str, says: str
) -> None:
    await _load(small, HEAD + DEWI)
    events = len(await _feed(small))
    answer = await small.load("practitioners", HEAD + row)
    assert answer.status_code == 422, answer.text
    (refused,) = answer.json()["refused"]
    assert refused["column"] == column
    assert says in refused["reason"]["id"]
    assert len(await _feed(small)) == events


async def test_an_expired_licence_at_entry_is_refused_by_json_too(small: House) -> None:
    row = {"id": "100002", "facility": "P1", "name": "A", "profession": "dokter", "valid_from": "2024-01-01",
           "sip_number": "X22", "sip_valid_until": "2023-12-31"}  # fmt: skip
    answer = await small.http.put("/v1/practitioners", json=row, headers=small.admin)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/sip_valid_until")
    row["sip_valid_until"] = "2024-01-01"
    assert (await small.http.put("/v1/practitioners", json=row, headers=small.admin)).status_code == 204


def _doctor(place: str, number: int, start: str = "2024-01-01", profession: str = "dokter") -> str:
    return f"100001,{place},dr. Dewi,,{profession},,STR1,,SIP{number},,,{start},\n"


async def test_a_doctor_has_at_most_three_sip_at_once_by_a_dated_rule(small: House) -> None:
    four = HEAD + "".join(_doctor(place, n) for n, place in enumerate(("P1", "P2", "K1", "K2"), 1))
    answer = await small.load("practitioners", four)
    assert (answer.status_code, _places(answer.json())) == (422, [(5, "sip_number")])
    assert "PP 28/2024" in answer.json()["refused"][0]["reason"]["id"]
    rest = await _load(small, four, mode="rest")
    assert (rest["loaded"], len(rest["refused"])) == (3, 1)
    by_itself = await small.load(
        "licences", "practitioner,kind,number,facility,valid_from,valid_until\n100001,sip,SIP4,K2,,\n"
    )
    assert _places(by_itself.json()) == [(2, "facility")]  # nobody who works there
    rules = "rule,subject,value,action,regulation,valid_from,valid_until\n"
    old = "sip-limit,dokter,3,refuse,PP 28/2024,2000-01-01,2026-12-31\n"
    await _load(small, rules + old + "sip-limit,dokter,3,warn,Permenkes baru,2027-01-01,\n", "workforce-rules")
    assert (await small.load("practitioners", HEAD + _doctor("K2", 4))).status_code == 422
    late = HEAD.replace("sip_valid_from", "sip_valid_from") + _doctor("K2", 4, "2027-01-01").replace(
        "SIP4,,,", "SIP4,2027-01-01,,"
    )
    told = await _load(small, late)
    assert (told["loaded"], told["refused"], [w["column"] for w in told["warned"]]) == (1, [], ["sip_number"])


async def test_licences_that_end_are_listed_with_names_for_their_own_only(small: House) -> None:
    rows = (
        DEWI
        + "100002,P1,Ns. Andi,,perawat,pppk,STR2,2026-11-30,SIP2,,2027-02-01,2024-01-01,\n"
        + "100003,P2,Bd. Rina,,bidan,kontrak,STR3,,,,,2024-01-01,\n"
        + "100004,P2,Kepala TU,,penunjang,pns,,,,,,2024-01-01,\n"
    )
    await _load(small, HEAD + rows)

    async def listed(headers: dict[str, str] | None = None, **params: Any) -> list[tuple[Any, ...]]:
        page = await _get(small, "workforce/licences", headers, sort="valid_until", **params)
        return [(i["practitioner"], i["kind"], i["state"], i["days_left"]) for i in page["items"]]

    assert await listed(on="2026-11-01", expiring_within=90) == [
        ("100002", "str", "expiring", 29), ("100001", "sip", "expiring", 60), ("100003", "sip", "missing", None),
    ]  # fmt: skip
    assert (await listed(on="2026-12-15", state="expired")) == [("100002", "str", "expired", -15)]
    # without a number of days: the dated rule, 180 for an STR and 90 for a SIP
    assert ("100001", "sip", "expiring", 90) in await listed(on="2026-10-02")
    assert ("100001", "sip", "expiring", 91) not in await listed(on="2026-10-01")
    assert ("100002", "str", "expiring", 180) in await listed(on="2026-06-03")
    # a renewal that follows at once takes the place of what it renews
    renewal = "practitioner,kind,number,facility,valid_from,valid_until\n100001,sip,SIP1B,P1,2027-01-01,2031-12-31\n"
    await _load(small, renewal, "licences")
    assert await listed(on="2026-12-15", facility="P1", kind="sip") == [("100002", "sip", "expiring", 48)]

    own = await _staff(small, "puskesmas-staff", "P1")
    analyst = await _staff(small, "dinkes-analyst", None)
    for headers, names in ((small.admin, {"Ns. Andi", "Bd. Rina"}), (own, {"Ns. Andi", None}), (analyst, {None})):
        items = (await _get(small, "workforce/licences", headers, on="2026-12-15"))["items"]
        assert {i["name"] for i in items} == names


def _set(facility: str, *, but: str = "", end: str = "") -> str:
    """The nine kinds, one each, all licensed until 2026-12-31 at `facility`."""
    return "".join(
        f"2{facility}{n:03},{facility},Orang {n},,{p},pns,S{n}{facility},,N{n}{facility},2024-01-01,2026-12-31,"
        f"2024-01-01,{end}\n"
        for n, p in enumerate(NINE)
        if p != but
    )


async def test_the_nine_kinds_are_counted_on_any_day(small: House) -> None:
    await _load(small, HEAD + _set("P1") + _set("P2", but="dokter-gigi"))
    for day, complete in (("2023-12-31", []), ("2024-01-01", ["P1"]), ("2026-12-31", ["P1"]), ("2027-01-01", [])):
        page = await _get(small, "workforce/gaps", on=day)
        assert [i["facility"] for i in page["items"] if i["complete"]] == complete, day
    second = (await _get(small, "workforce/gaps", on="2026-01-01", facility="P2"))["items"][0]
    assert second["missing"] == ["dokter-gigi"]
    kinds = {k["profession"]: (k["placed"], k["have"], k["needed"], k["gap"]) for k in second["kinds"]}
    assert len(kinds) == 9
    assert (kinds["perawat"], kinds["dokter-gigi"], kinds["gizi"]) == ((1, 1, 5, 4), (0, 0, 1, 1), (1, 1, 1, 0))
    late = (await _get(small, "workforce/gaps", on="2027-01-01", facility="P1"))["items"][0]
    assert {(k["placed"], k["have"]) for k in late["kinds"]} == {(1, 0)}
    only = await _get(small, "workforce/gaps", on="2026-01-01", lacking="dokter-gigi")
    assert [i["facility"] for i in only["items"]] == ["P2"]
    short = await _get(small, "workforce/gaps", on="2026-01-01", sort="-gap", limit=1)
    assert ([i["facility"] for i in short["items"]], short["next"]) == (["P2"], "P2")
    rest = await _get(small, "workforce/gaps", on="2026-01-01", sort="-gap", limit=1, after="P2")
    assert ([i["facility"] for i in rest["items"]], rest["next"]) == (["P1"], None)
    district = await _get(small, "workforce/district", on="2026-01-01")
    assert (district["puskesmas"], district["complete"], district["enough"]) == (2, 1, 0)
    dentists = next(k for k in district["kinds"] if k["profession"] == "dokter-gigi")
    assert (dentists["have"], dentists["needed"], dentists["gap"], dentists["lacking"]) == (1, 2, 1, 1)


async def test_the_need_follows_the_kind_of_puskesmas_and_the_day(small: House) -> None:
    await _load(small, HEAD + _set("P1"))
    await _load(small, "facility,setting,valid_from,valid_until\nP1,perkotaan,2026-01-01,\n", "puskesmas-settings")
    norms = "care,setting,profession,minimum,regulation,valid_from,valid_until\n"
    pattern = "non-ranap,perkotaan,dokter,1,Pola lama,2019-10-31,2026-05-31\n"
    await _load(small, norms + pattern + "non-ranap,perkotaan,dokter,3,Aturan baru,2026-06-01,\n", "staffing-norms")

    async def needed(day: str) -> dict[str, int]:
        (one,) = (await _get(small, "workforce/gaps", on=day, facility="P1"))["items"]
        return {k["profession"]: k["needed"] for k in one["kinds"]}

    assert ((await needed("2025-12-31"))["kesmas"], (await needed("2026-01-01"))["kesmas"]) == (1, 2)
    assert ((await needed("2026-05-31"))["dokter"], (await needed("2026-06-01"))["dokter"]) == (1, 3)
    clash = await small.load("staffing-norms", norms + "non-ranap,perkotaan,dokter,9,Lain,2027-01-01,\n")
    assert (clash.status_code, _places(clash.json())) == (422, [(2, "valid_from")])
    wrong = await small.load("puskesmas-settings", "facility,setting,valid_from\nK1,perkotaan,2026-01-01\n")
    assert _places(wrong.json()) == [(2, "facility")]


async def test_the_trajectory_tells_from_when_whom_and_what_a_plan_changes(small: House) -> None:
    await _load(small, HEAD + _set("P1", end="2026-06-30") + _set("P2").replace("2026-12-31", "2028-12-31"))
    plans = "facility,profession,posts,employment,source,valid_from,valid_until\n"
    await _load(small, plans + "".join(f"P1,{p},1,pppk,Formasi,2026-09-01,\n" for p in NINE), "staffing-plans")
    told = await _get(small, "workforce/trajectory", **{"from": "2026-05-15", "until": "2026-10-01"})
    assert [(m["on"], m["complete"], m["complete_with_plan"]) for m in told["months"]] == [
        ("2026-05-15", 2, 2), ("2026-06-01", 2, 2), ("2026-07-01", 1, 1), ("2026-08-01", 1, 1), ("2026-09-01", 1, 2),
        ("2026-10-01", 1, 2),
    ]  # fmt: skip
    assert {(k["facility"], k["valid_from"], k["valid_until"], k["planned"]) for k in told["lacks"]} == {
        ("P1", "2026-07-01", None, "2026-09-01")
    }
    assert len(told["lacks"]) == 9
    for month in told["months"]:
        assert month == await _get(small, "workforce/district", on=month["on"])
    long = {"from": "1900-01-01", "until": "2026-01-01"}
    answer = await small.http.get("/v1/workforce/trajectory", params=long, headers=small.admin)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/until")


async def test_the_workload_stands_beside_the_minimum(small: House) -> None:
    head = "facility,profession,task,minutes,volume,valid_from,valid_until\n"
    tasks = "P1,dokter,Rawat jalan,15,9600,2026-01-01,\nP1,dokter,Kunjungan rumah,60,600,2026-01-01,2026-06-30\n"
    await _load(small, head + tasks, "workloads")

    async def need(day: str) -> float | None:
        (one,) = (await _get(small, "workforce/gaps", on=day, facility="P1"))["items"]
        found: float | None = next(k["workload"] for k in one["kinds"] if k["profession"] == "dokter")
        return found

    assert [await need(day) for day in ("2025-12-31", "2026-01-01", "2026-07-01")] == [None, 2.5, 2.0]
    rules = "rule,subject,value,action,regulation,valid_from,valid_until\n"
    both = "working-minutes,abk,72000,,ABK,2000-01-01,2026-06-30\nworking-minutes,abk,75000,,ABK baru,2026-07-01,\n"
    await _load(small, rules + both, "workforce-rules")
    assert await need("2026-07-01") == 1.92


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("sip-limit,dukun,3,refuse,X,2020-01-01,\n", "subject"), ("sip-limit,bidan,3,,X,2020-01-01,\n", "action"),
        ("working-minutes,abk,3,warn,X,1990-01-01,1990-01-02\n", "action"),
        ("licence-alarm,sip,x,,X,2020-01-01,\n", "value"),
        ("licence-alarm,sip,9,,X,2020-01-01,2019-01-01\n", "valid_until"),
        ("licence-alarm,sip,9,,X,2020-01-01,\n", "valid_from"),
    ],
)  # fmt: skip
async def test_a_rule_that_makes_no_sense_is_refused(small: House, row: str, column: str) -> None:
    head = "rule,subject,value,action,regulation,valid_from,valid_until\n"
    answer = await small.load("workforce-rules", head + row)
    assert (answer.status_code, _places(answer.json())) == (422, [(2, column)])


async def test_who_may_change_what(small: House) -> None:
    own = await _staff(small, "facility-admin", "P1")
    for path in ("practitioners", "licences", "staffing-norms", "workforce-rules", "workloads", "staffing-plans"):
        answer = await small.http.post(f"/v1/network/{path}", content="", headers={**own, "Content-Type": "text/csv"})
        assert answer.status_code == 403


async def test_the_demo_district_shows_complete_and_incomplete_sets(house: House) -> None:
    for what in ("practitioners", "puskesmas-settings", "staffing-plans", "workloads"):
        assert (await house.load(what, (NETWORK / f"{what}.csv").read_bytes())).status_code == 200
    told = await _get(house, "workforce/trajectory", **{"from": "2024-02-01", "until": "2027-06-01"})
    complete = {m["on"]: (m["complete"], m["complete_with_plan"]) for m in told["months"]}
    assert len(complete) == 41
    days = ("2024-02-01", "2024-08-01", "2025-03-01", "2026-02-01", "2026-11-01", "2027-03-01", "2027-06-01")
    assert [complete[day] for day in days] == [(2, 2), (4, 4), (6, 6), (8, 8), (6, 6), (5, 7), (5, 8)]
    coming = [(k["facility"], k["profession"]) for k in told["lacks"] if k["valid_from"] == "2027-03-01"]
    assert coming == [("P1410060101", "dokter-gigi")]
    ending = await _get(house, "workforce/licences", on="2026-11-01", sort="valid_until", facility="P1410010102")
    assert [(i["profession"], i["days_left"]) for i in ending["items"]] == [("bidan", 60)]
