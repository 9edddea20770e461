"""Members change and are remembered: what is fixed about one, since when, and the monthly lists made of it."""

import csv
import io
from pathlib import Path

import httpx
import pytest

from tests.service.coverage.bpjs_caller import HERE, NIK, THERE, Caller, opened, world

OTHERS = [f"141001410790{8000 + i}" for i in range(6)]


def desk_of(caller: Caller) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(caller.app), base_url="http://127.0.0.1/_control")


@pytest.fixture
def desk(caller: Caller) -> httpx.AsyncClient:
    return desk_of(caller)


async def test_a_members_changes_are_kept_with_their_day(caller: Caller, desk: httpx.AsyncClient) -> None:
    await desk.put(f"/members/{OTHERS[5]}?since=2026-09-05", json={"active": True, "provider": HERE, "prolanis": "DM"})
    await desk.patch(f"/members/{OTHERS[5]}", json={"provider": THERE, "arrears": 42000, "dental": HERE})
    await desk.patch(f"/members/{OTHERS[5]}", json={"active": False, "status_text": "MENUNGGAK", "prb": "DM"})
    told = (await desk.get(f"/members/{OTHERS[5]}")).json()
    now = told["peserta"]
    assert (now["aktif"], now["ketAktif"], now["tunggakan"]) == (False, "MENUNGGAK", 42000)
    assert (now["kdProviderPst"]["kdProvider"], now["kdProviderGigi"]["kdProvider"]) == (THERE, HERE)
    assert (now["pstProl"], now["pstPrb"]) == ("DM", "DM")
    assert told["changes"][0]["since"].startswith("2026-09-05")
    assert len(told["changes"]) == 3
    await desk.delete(f"/members/{OTHERS[5]}")
    told = (await desk.get(f"/members/{OTHERS[5]}")).json()
    assert told["changes"][-1]["fixed"] is None and told["peserta"]["pstPrb"] == ""


async def test_a_change_of_an_earlier_day_does_not_undo_a_later_one(caller: Caller, desk: httpx.AsyncClient) -> None:
    await desk.put(f"/members/{NIK}", json={"active": False})
    await desk.put(f"/members/{NIK}?since=2020-01-01", json={"active": True})
    found = world(caller).by_nik(NIK)
    assert found and found["aktif"] is False


async def test_monthly_lists_differ_by_what_changed(lasting: Caller, tmp_path: Path) -> None:
    desk = desk_of(lasting)
    for nik in OTHERS:
        await desk.put(f"/members/{nik}?since=2026-08-01", json={"provider": HERE, "active": True})
    await desk.patch(f"/members/{OTHERS[0]}?since=2026-09-10", json={"provider": THERE})
    await desk.patch(f"/members/{OTHERS[1]}?since=2026-09-10", json={"active": False})
    assert (await desk.post("/members?since=2026-09-20", json=["1410014107908099"])).status_code == 204
    august, september = [await rows(desk, month) for month in ("2026-08", "2026-09")]
    assert len(august) == 6 and OTHERS[0] in august and OTHERS[0] not in september
    assert (august[OTHERS[1]]["STATUS"], september[OTHERS[1]]["STATUS"]) == ("AKTIF", "TIDAK AKTIF")
    assert list(await rows(desk, "2026-07")) == []
    there = await desk.get(f"/lists/{THERE}/2026-09")
    assert OTHERS[0] in there.text
    world(lasting).close()
    again = opened(tmp_path)
    found = world(again).by_nik(OTHERS[0])
    assert found and found["kdProviderPst"]["kdProvider"] == THERE
    world(again).close()


async def rows(desk: httpx.AsyncClient, month: str) -> dict[str, dict[str, str]]:
    answer = await desk.get(f"/lists/{HERE}/{month}")
    assert answer.status_code == 200
    return {row["NIK"]: row for row in csv.DictReader(io.StringIO(answer.text))}


async def test_what_the_desk_refuses(desk: httpx.AsyncClient) -> None:
    assert (await desk.put("/members/123", json={})).status_code == 422
    assert (await desk.patch(f"/members/{NIK}", json={"aktif": True})).status_code == 422
    assert (await desk.post("/members", json=["123"])).status_code == 422
    assert (await desk.get(f"/lists/{HERE}/2026-13")).status_code == 422
    assert (await desk.get("/members/9999991313130001")).status_code == 404
