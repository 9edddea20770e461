"""Trend, PWS, ranking, years, sets and the JKN contribution: drawn from tallies, equal to what counting says."""

from datetime import date

import httpx

from services.indicators.queries import months as months_sql
from services.indicators.room import room
from services.indicators.usecases import months
from services.kernel.app import App
from tests.service.indicators.test_numbers import Caller, get
from tests.service.indicators.world import Stage, Write, condition, patient, pressure, procedure, who

PATH = "/v1/indicators/spm-08"
V1, V2, V3 = "1410011001", "1410011002", "1410022003"


def served(n: int, village: str, day: date | None, born: date = date(1960, 1, 1)) -> list[Write]:
    """Somebody with hypertension since November's third day or `day`; taught and measured on it."""
    since = date(2026, 11, 3)
    writes = [
        Write("Patient", f"p{n}", who(n), patient(born, village)),
        Write("Condition", f"c{n}", who(n), condition("I10", since), "P1"),
    ]
    if day is not None:
        writes.append(Write("Procedure", f"e{n}", who(n), procedure("409073007", day), "K1"))
        writes.append(Write("Observation", f"b{n}", who(n), pressure(since), "P1"))
    return writes


async def told(stage: Stage, writes: list[Write]) -> None:
    async with stage.conn.transaction():
        await stage.write(writes)


async def test_a_year_and_its_places(stage: Stage, house: App, caller: Caller) -> None:
    """V1 has 10 of 12, all in November; V2 6 of 20; V3 none of 8."""
    plan = [(V1, 10, 2), (V2, 6, 14), (V3, 0, 8)]
    writes, n = list[Write](), 100
    for village, yes, no in plan:
        for i in range(yes + no):
            writes += served(n := n + 1, village, date(2026, 11, 4) if i < yes else None)
    await told(stage, writes)
    admin = caller("dinkes-admin")
    await _trend(admin)
    await _pws(admin)
    await _ranking(admin)
    await _a_problem_has_no_line(admin)
    await _years_and_sets(admin)
    await _against_official(admin)
    await _as_the_analyst_sees_it(caller("dinkes-analyst"))


async def _trend(admin: httpx.AsyncClient) -> None:
    shown = await get(admin, f"{PATH}/trend")
    assert [p["month"] for p in shown["points"]] == list(range(12)) and shown["as_it_stood"]
    assert [(p["served"], p["coverage"]) for p in shown["points"][-2:]] == [(None, None), (16, 40.0)], "not counted yet"
    assert shown["points"][6]["line"] == 50.0 and shown["eligible"] == 40 and not shown["suppressed"]
    narrowed = await get(admin, f"{PATH}/trend", village=V1, goal=90)
    assert narrowed["points"][-1]["served"] == 10 and narrowed["points"][-1]["line"] == 82.5
    past = await get(admin, f"{PATH}/trend", as_of="2026-11-03")
    assert past["points"][-1]["served"] == 0


async def _pws(admin: httpx.AsyncClient) -> None:
    shown = await get(admin, f"{PATH}/pws")
    assert (shown["month"], shown["line"], shown["against"]) == (11, 91.67, "registered")
    bars = [(b["code"], b["coverage"], b["direction"], b["status"], b["short"]) for b in shown["bars"]]
    assert bars == [(V1, 83.33, "up", "Cukup", 1), (V2, 30.0, "up", "Cukup", 13), (V3, 0.0, "same", "Jelek", 8)]
    assert [b["rank"] for b in shown["bars"]] == [1, 2, 3] and shown["bars"][0]["name"] == "Selatpanjang Kota"
    assert shown["whole"]["served"] == 16 and shown["whole"]["this_month"] == 16
    easy = await get(admin, f"{PATH}/pws", goal=50, by="puskesmas")
    assert [(b["code"], b["status"]) for b in easy["bars"]] == [("P1", "Baik"), ("P2", "Jelek")]
    before = await get(admin, f"{PATH}/pws", month=10)
    assert {b["coverage"] for b in before["bars"]} == {0.0}


async def _a_problem_has_no_line(admin: httpx.AsyncClient) -> None:
    shown = await get(admin, "/v1/indicators/pip-3-stunting/pws")
    assert (shown["better"], shown["line"], {b["status"] for b in shown["bars"]}) == ("less", 0, {None})
    card = next(c for c in await get(admin, "/v1/indicators") if c["id"] == "pip-3-stunting")
    assert (card["better"], card["line"], card["status"]) == ("less", 0, None)


async def _ranking(admin: httpx.AsyncClient) -> None:
    shown = await get(admin, f"{PATH}/ranking")
    assert [(r["rank"], r["code"], r["coverage"], r["gap"]) for r in shown["rows"]] == [
        (1, "P1", 50.0, 10.0), (2, "P2", 0.0, -40.0),
    ]  # fmt: skip


async def _years_and_sets(admin: httpx.AsyncClient) -> None:
    shown = (await get(admin, f"{PATH}/years"))["years"]
    assert [(y["year"], y["to_month"], y["total"]["eligible"]) for y in shown] == [(2025, 0, 0), (2026, 16, 40)]
    assert (await get(admin, f"{PATH}/years", count=3, month=10))["years"][-1]["to_month"] == 0
    both = await get(admin, "/v1/indicators/pip-2/sets")
    assert {s["standard"] for s in both["sets"]} == {"pip-2.idl-classic", "pip-2-2023.idl-2023"}
    assert (await get(admin, "/v1/indicators/pip-2-2023/sets"))["id"] == "pip-2" and both["sets"][0]["items"]


async def _against_official(admin: httpx.AsyncClient) -> None:
    row = {"service": "SPM-08", "year": 2026, "village": V1, "value": 8, "source": "Proyeksi"}
    rows = [row, row | {"village": V2, "value": 25}, row | {"village": V3, "value": 10}]
    assert (await admin.put("/v1/targets", json={"items": rows})).status_code == 200
    shown = await get(admin, f"{PATH}/pws")
    assert shown["against"] == "official" and [b["coverage"] for b in shown["bars"]] == [125.0, 24.0, 0.0]
    assert shown["bars"][0]["status"] == "Baik" and shown["whole"]["whole"] == 43
    assert (await get(admin, f"{PATH}/trend"))["points"][-1]["official_coverage"] == 37.21
    assert (await get(admin, f"{PATH}/ranking", by="village"))["rows"][0]["official"]["coverage"] == 125.0


async def _as_the_analyst_sees_it(analyst: httpx.AsyncClient) -> None:
    """In V1 two are not served: who was is not told, nor of V2, which would give it away."""
    bars = (await get(analyst, f"{PATH}/pws"))["bars"]
    assert [(b["code"], b["served"], b["status"], b["suppressed"]) for b in bars] == [
        (V3, 0, "Jelek", False), (V1, None, None, True), (V2, None, None, True),
    ]  # fmt: skip
    rows = (await get(analyst, f"{PATH}/ranking", by="village"))["rows"]
    assert [r["served"] for r in rows] == [0, None, None]


async def test_how_each_month_ended(stage: Stage, house: App, caller: Caller) -> None:
    """Measured in September only: served at its end, no more at October's. The line says what `as_of` says."""
    writes = list[Write]()
    for n in range(300, 306):
        writes += [
            Write("Patient", f"p{n}", who(n), patient(date(1960, 1, 1), V1)),
            Write("Condition", f"c{n}", who(n), condition("I10", date(2026, 9, 2)), "P1"),
            Write("Procedure", f"e{n}", who(n), procedure("409073007", date(2026, 9, 2)), "P1"),
            Write("Observation", f"b{n}", who(n), pressure(date(2026, 9, 2)), "P1"),
        ]
    await told(stage, writes)
    service = house.state.service
    here = room(service)
    kept = next(k for k in here.kept if k.standard.key == "spm-08.permenkes-6-2024")
    for end in (date(2026, 9, 30), date(2026, 10, 31)):
        async with service.db.transaction() as tx:
            await months_sql.open_count(tx, kept.standard.key, end)
        async with service.db.transaction() as tx:
            await months.count(tx, here, kept, end)
    admin, analyst = caller("dinkes-admin"), caller("dinkes-analyst")
    for reader in (admin, analyst):
        shown = await get(reader, f"{PATH}/trend")
        assert [p["served"] for p in shown["points"][8:]] == [None, 6, 0, 0] and shown["as_it_stood"]
        assert (await get(reader, PATH, as_of="2026-09-30"))["total"]["served"] == 6
    await told(stage, [Write("Observation", "late", who(300), pressure(date(2026, 10, 5)), "P1")])
    shown = await get(admin, f"{PATH}/trend")
    assert [p["served"] for p in shown["points"][9:]] == [6, None, 1], "what came late is being counted"
