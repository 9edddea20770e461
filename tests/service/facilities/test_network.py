"""The registry: loading from CSV, what is refused and why, what followers hear, and reading it back."""

from datetime import date
from typing import Any

import asyncpg
import pytest

from services.facilities.contract import Area, Catchment, Facility
from services.facilities.queries import loading
from tests.service.facilities.conftest import NETWORK, PEER_KEY, House

PEER = {"x-peer-key": PEER_KEY}
AREAS = (
    "code,name,level,parent\n14,Riau,provinsi,\n1410,Kepulauan Meranti,kabupaten,14\n"
    "141001,Tebing Tinggi,kecamatan,1410\n1410011001,Selatpanjang Kota,kelurahan,141001\n"
)
HEADER = "code,name,kind,ownership,satusehat_id,bpjs_code,village,latitude,longitude\n"
FACILITIES = HEADER + (
    "P1,Puskesmas Satu,puskesmas,public,100000001,0001P001,1410011001,1.0,102.5\n"
    "P2,Puskesmas Dua,puskesmas,public,100000002,0002P002,1410011001,1.0,102.6\n"
    "D1,dr. Satu,tpmd,private,,,1410011001,,\n"
)


async def _feed(house: House) -> list[dict[str, Any]]:
    """The sealed feed, once all that was written is in it."""
    while True:
        async with house.service.db.reading() as conn:
            if not await conn.fetchval("SELECT count(*) FROM event_pending"):
                break
        await house.service.sealer.wait(0.05)
    answer = await house.http.get("/internal/events", params={"limit": 5000}, headers=PEER)
    found: list[dict[str, Any]] = answer.json()["events"]
    return found


async def _small(house: House) -> None:
    assert (await house.load("areas", AREAS)).json() == {"loaded": 4, "unchanged": 0, "refused": []}
    assert (await house.load("facilities", FACILITIES)).json() == {"loaded": 3, "unchanged": 0, "refused": []}


def _places(body: dict[str, Any]) -> list[tuple[int, str | None]]:
    return [(r["line"], r["column"]) for r in body["refused"]]


async def test_the_demo_network_loads_and_a_second_load_changes_nothing(house: House) -> None:
    feed = await _feed(house)
    kinds = [e["type"] for e in feed]
    assert (kinds.count("area"), kinds.count("facility"), kinds.count("catchment")) == (112, 45, 101)
    assert all(e["kind"] == "created" and e["version"] == 1 and e["person"] is None for e in feed)
    for what, rows in (("areas", 112), ("facilities", 45), ("catchments", 101)):
        again = (await house.load(what, (NETWORK / f"{what}.csv").read_bytes())).json()
        assert again == {"loaded": 0, "unchanged": rows, "refused": []}
    assert len(await _feed(house)) == len(feed)


async def test_a_change_of_one_row_is_one_event_with_a_higher_version(empty: House) -> None:
    await _small(empty)
    before = len(await _feed(empty))
    answer = await empty.load("facilities", FACILITIES.replace("dr. Satu,tpmd", "Klinik Satu,klinik-pratama"))
    assert answer.json() == {"loaded": 1, "unchanged": 2, "refused": []}
    (event,) = (await _feed(empty))[before:]
    assert (event["type"], event["kind"], event["id"], event["version"]) == ("facility", "changed", "D1", 2)
    assert event["data"] == {
        "code": "D1", "name": "Klinik Satu", "kind": "klinik-pratama", "ownership": "private", "satusehat_id": None,
        "bpjs_code": None, "registration": None, "organization_type": "103", "village": "1410011001",
        "active": True, "status": "active", "inpatient": None, "hospital_class": None, "latitude": None,
        "longitude": None, "phone": None, "email": None, "address": None,
        "valid_from": empty.service.clock.today().isoformat(), "valid_until": None,
    }  # fmt: skip


async def test_columns_the_file_lacks_stay_as_they_are(empty: House) -> None:
    await _small(empty)
    short = "code,name,kind,ownership,village,active\nP1,Puskesmas Satu,puskesmas,public,1410011001,tidak\n"
    assert (await empty.load("facilities", short)).json()["loaded"] == 1
    found = (await empty.http.get("/v1/facilities/P1", headers=empty.admin)).json()
    assert (found["satusehat_id"], found["latitude"], found["active"]) == ("100000001", 1.0, False)


async def test_a_broken_row_stops_everything_or_only_itself_as_asked(empty: House) -> None:
    await _small(empty)
    events = len(await _feed(empty))
    broken = HEADER + (
        "K1,Klinik Satu,klinik-pratama,private,,,1410011001,1.0,102.5\n"
        "\n"
        "K2,Klinik Dua,warung,private,,,1410011001,1.0,102.5\n"
        "K3,Klinik Tiga,klinik-pratama,private,,,1410011009,1.0,102.5\n"
        "K4,Klinik Empat,klinik-pratama,private\n"
        "K5,Klinik Lima,klinik-pratama,private,100000002,,1410011001,1.0,102.5\n"
        "K1,Klinik Lagi,klinik-pratama,private,,,1410011001,1.0,102.5\n"
    )
    wrong = [(4, "kind"), (5, "village"), (6, None), (7, "satusehat_id"), (8, "code")]
    answer = await empty.load("facilities", broken)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert _places(body) == wrong
    assert body["loaded"] == 0
    assert body["refused"][4]["reason"] == {"id": "sudah ada di baris 2", "en": "already given on line 2"}
    assert (await empty.http.get("/v1/facilities/K1", headers=empty.admin)).status_code == 404
    assert len(await _feed(empty)) == events

    answer = await empty.load("facilities", broken, "rest")
    assert answer.status_code == 200
    assert answer.json()["loaded"] == 1
    assert _places(answer.json()) == wrong
    assert len(await _feed(empty)) == events + 1


async def test_codes_may_change_hands_in_one_load_but_never_be_shared(empty: House) -> None:
    await _small(empty)
    swapped = FACILITIES.replace("100000001", "x").replace("100000002", "100000001").replace("x", "100000002")
    assert (await empty.load("facilities", swapped)).json()["loaded"] == 2
    taken = HEADER + "D1,dr. Satu,tpmd,private,100000001,,1410011001,,\n"
    answer = await empty.load("facilities", taken)
    assert (answer.status_code, _places(answer.json())) == (422, [(2, "satusehat_id")])


async def test_files_as_offices_send_them(empty: House) -> None:
    areas = AREAS.replace("1410011001", "14.10.01.1001").replace(",", ";").replace("\n", "\r\n")
    assert (await empty.load("areas", b"\xef\xbb\xbf" + areas.encode())).json()["loaded"] == 4
    rows = (
        "Code;Name;Kind;Ownership;Village;Latitude;Longitude;;\r\n"
        ';;;;;;;;\r\n"K1";"Klinik ""Sehat""; cabang\u00a0dua";klinik-pratama;private;1410011001;0,99688;102,69738;;\r\n'
    )
    assert (await empty.load("facilities", rows)).json() == {"loaded": 1, "unchanged": 0, "refused": []}
    found = (await empty.http.get("/v1/facilities/K1", headers=empty.admin)).json()
    assert (found["name"], found["latitude"]) == ('Klinik "Sehat"; cabang dua', 0.99688)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "kosong"),
        (b"code,name,level\n", "parent"),
        (b"code,name,level,parent,hp\n", "ke-5"),
        (b"code,name,level,parent,name\n", "berulang"),
        (b"code,name,level,parent\n14,Riau,provinsi,\n15,J\xe4mbi,provinsi,\n", "Baris 3 bukan UTF-8"),
        (b"code,name,level,parent\n14,Ri\x00au,provinsi,\n", "NUL"),
        (b"PK\x03\x04rest", "tidak terbaca"),
    ],
)
async def test_an_unreadable_file_is_a_clear_problem(empty: House, body: bytes, says: str) -> None:
    answer = await empty.load("areas", body, "rest")
    assert answer.status_code == 400
    assert says in answer.json()["detail"]


async def test_a_form_upload_is_told_how_to_send_the_file(empty: House) -> None:
    files = {"file": ("areas.csv", AREAS)}
    answer = await empty.http.post("/v1/network/areas", files=files, headers=empty.admin)
    assert answer.status_code == 415


async def test_catchments_never_overlap(empty: House) -> None:
    await _small(empty)
    head = "village,facility,valid_from,valid_until\n"
    assert (await empty.load("catchments", head + "1410011001,P1,2020-01-01,\n")).json()["loaded"] == 1
    answer = await empty.load("catchments", head + "1410011001,P2,2025-01-01,\n")
    assert (answer.status_code, _places(answer.json())) == (422, [(2, "valid_from")])
    assert "P1" in answer.json()["refused"][0]["reason"]["en"]
    moved = head + "1410011001,P1,2020-01-01,2024-12-31\n1410011001,P2,2025-01-01,\n"
    assert (await empty.load("catchments", moved)).json()["loaded"] == 2
    wrong = head + (
        "1410011001,P1,2019-01-01,2020-01-01\n"
        "1410011001,D1,2010-01-01,2010-12-31\n"
        "1410011001,P9,2010-01-01,2010-12-30\n"
        "1410011001,P1,2015-01-01,2014-01-01\n"
        "1410011001,P1,2015-02-30,\n"
    )
    assert _places((await empty.load("catchments", wrong)).json()) == [
        (2, "valid_from"), (3, "facility"), (4, "valid_from"), (5, "valid_until"), (6, "valid_from"),
    ]  # fmt: skip
    with pytest.raises(asyncpg.ExclusionViolationError):  # the database holds the line by itself
        async with empty.service.db.transaction() as tx:
            await tx.execute(
                "INSERT INTO catchment (village, facility, valid_from, version) VALUES ($1, 'P1', $2, 1)",
                "1410011001", date(2024, 12, 31),
            )  # fmt: skip
    for day, who in (("2024-12-31", "P1"), ("2025-01-01", "P2"), ("2019-12-31", None)):
        found = await empty.http.get("/v1/catchments", params={"on": day}, headers=empty.admin)
        assert [c["facility"] for c in found.json()["items"]] == ([who] if who else [])


async def test_catchments_are_heard_by_followers(empty: House) -> None:
    await _small(empty)
    await empty.load("catchments", "village,facility,valid_from,valid_until\n1410011001,P1,2020-01-01,\n")
    event = (await _feed(empty))[-1]
    assert (event["type"], event["id"]) == ("catchment", "1410011001/2020-01-01")
    assert event["data"] == {
        "village": "1410011001", "facility": "P1", "valid_from": "2020-01-01", "valid_until": None,
    }  # fmt: skip


async def test_lists_page_through_everything_once(house: House) -> None:
    for what, model, rows in (("facilities", Facility, 45), ("areas", Area, 112), ("catchments", Catchment, 101)):
        seen: list[Any] = []
        after: str | None = ""
        while after is not None:
            params: dict[str, Any] = {"limit": 20, **({"after": after} if after else {})}
            page = (await house.http.get(f"/v1/{what}", params=params, headers=house.admin)).json()
            assert len(page["items"]) <= 20
            seen += [model.model_validate(item).model_dump_json() for item in page["items"]]
            after = page["next"]
        assert len(seen) == len(set(seen)) == rows
        wrong = await house.http.get(f"/v1/{what}", params={"after": "%00"}, headers=house.admin)
        assert wrong.status_code == 400


@pytest.mark.parametrize(
    ("params", "count"),
    [
        ({"kind": "puskesmas"}, 10),
        ({"kind": ["puskesmas", "klinik-pratama"]}, 15),
        ({"ownership": "private", "kind": "tpmd"}, 28),
        ({"name": "selatPANJANG", "kind": "puskesmas"}, 1),
        ({"name": "100%"}, 0),
        ({"area": "14"}, 45),
        ({"area": "1410011001", "kind": "puskesmas"}, 1),
        ({"active": "false"}, 0),
    ],
)
async def test_facilities_are_filtered(house: House, params: dict[str, Any], count: int) -> None:
    answer = await house.http.get("/v1/facilities", params=params, headers=house.admin)
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["items"]) == count


async def test_any_code_leads_to_the_facility(house: House) -> None:
    for code in ("P1410010101", "991410001", "9914P001"):
        for url, headers in ((f"/internal/facilities/{code}", PEER), (f"/v1/facilities/{code}", house.admin)):
            found = await house.http.get(url, headers=headers)
            assert Facility.model_validate(found.json()).code == "P1410010101"
    assert (await house.http.get("/internal/facilities/TIDAK-ADA", headers=PEER)).status_code == 404
    assert (await house.http.get("/internal/facilities/P1410010101", headers=house.admin)).status_code == 403
    parts = (await house.http.get("/v1/areas", params={"parent": "1410"}, headers=house.admin)).json()["items"]
    assert len(parts) == 9
    assert {a["level"] for a in parts} == {"kecamatan"}


async def test_every_row_that_came_with_the_product_has_its_history(empty: House) -> None:
    async with empty.service.db.reading() as conn:
        tables = [r["t"] for r in await conn.fetch(
            "SELECT table_name AS t FROM information_schema.columns WHERE column_name = 'version'"
            " AND table_schema = 'public' AND table_name NOT IN ('history', 'event', 'event_pending') ORDER BY 1"
        )]  # fmt: skip
        rows = {(t, r[0]) for t in tables for r in await conn.fetch(f"SELECT {loading.key_text(t)} FROM {t}")}
        kept = {(r["of"], r["key"]) for r in await conn.fetch("SELECT of, key FROM history")}
    assert {t for t, _ in rows} >= {"territory_rule", "agreement_rule"}
    assert rows == kept
