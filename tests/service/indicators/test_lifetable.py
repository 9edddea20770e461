"""PIP 1 in the running service: what is loaded and checked, whose deaths count, what is refused, who sees the table."""

from collections.abc import Callable
from datetime import date
from typing import Any

import httpx
import pytest

from services.kernel.app import App
from tests.service.indicators.conftest import VILLAGES
from tests.service.indicators.world import Stage, Write, patient, who

Caller = Callable[..., httpx.AsyncClient]
DOOR, HOME = "/v1/indicators/pip-1", "1410011001"
AGES = (0, 1, *range(5, 90, 5))


def people(*years: int, value: int = 1000, **more: Any) -> list[dict[str, Any]]:
    return [
        {"year": y, "sex": s, "age": a, "value": value, "source": "BPS"} | more
        for y in years for s in ("male", "female") for a in AGES
    ]  # fmt: skip


async def put(client: httpx.AsyncClient, items: Any, status: int = 200, path: str = "population", **params: Any) -> Any:
    answer = await client.put(f"{DOOR}/{path}", json={"items": items}, params=params)
    assert answer.status_code == status, answer.text
    return answer.json()


async def get(client: httpx.AsyncClient, **params: Any) -> Any:
    answer = await client.get(DOOR, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def died(n: int, born: date, on: str, village: str | None = HOME, sex: str = "male") -> Write:
    return Write("Patient", f"p{n}", who(n), patient(born, village, gender=sex, deceasedDateTime=on))


async def told(stage: Stage, *writes: Write) -> None:
    async with stage.conn.transaction():
        await stage.write(writes)


async def test_life_expectancy_of_pooled_years(stage: Stage, caller: Caller) -> None:
    admin = caller("dinkes-admin")
    assert "belum dimuat" in (await get(admin))["why"]["id"]
    await put(admin, people(2023, 2024, 2025))
    assert "85" in (await get(admin))["why"]["id"], "an open interval without deaths is refused"
    await told(
        stage,
        *(died(n, date(1935, 1, 1), "2024-06-01") for n in range(1, 7)),
        *(died(n, date(2025, 2, 1), "2025-08-08", sex="female") for n in range(7, 9)),
        died(9, date(1936, 5, 5), "2022-12-31"),
        died(10, date(1936, 5, 5), "2026-01-01"),
        died(11, date(1936, 5, 5), "2025-05-05", "9900000001"),
        died(12, date(2020, 5, 5), "2020-05-04"),
        Write("Patient", "p13", who(13), patient(date(1930, 1, 1), HOME, gender="male", deceasedBoolean=True)),
    )
    found = await get(admin)
    assert (found["from_year"], found["to_year"], found["indicative"], found["why"]) == (2023, 2025, True, None)
    groups = {g["age"]: g for g in found["table"]}
    assert (groups[85]["deaths"], groups[0]["deaths"], found["deaths"]) == (6, 2, 8) and found["unplaced"] == 1
    assert groups[85]["person_years"] == 6000 and found["villages"] == {HOME: 9}
    by_hand = 1 - (2 / 6000) / (1 + 0.9 * 2 / 6000)  # alive at one; then nobody dies until 85
    assert groups[85]["alive"] == pytest.approx(by_hand) and groups[85]["lived"] == pytest.approx(by_hand * 1000)
    assert found["e0"] == pytest.approx(by_hand * 1084 + (1 - 0.9 * (1 - by_hand)), abs=0.001) and found["se"] > 0
    men = await get(admin, sex="male")
    assert {g["age"]: g["deaths"] for g in men["table"] if g["deaths"]} == {85: 6}
    elsewhere = next(v for v in VILLAGES if v != HOME)
    assert "belum dimuat" in (await get(admin, place=elsewhere))["why"]["id"]


async def test_small_cells_are_for_the_office(stage: Stage, caller: Caller) -> None:
    await put(caller("dinkes-admin"), people(2025))
    await told(stage, *(died(n, date(1935, 1, 1), "2025-06-01") for n in range(1, 5)))
    seen = await get(caller("dinkes-analyst"), years=1)
    assert seen["suppressed"] and seen["e0"] and seen["table"] is seen["deaths"] is seen["villages"] is None
    await told(stage, died(5, date(1935, 1, 1), "2025-06-01"))
    seen = await get(caller("dinkes-analyst"), years=1)
    assert seen["deaths"] == 5 and seen["villages"] is None and not seen["suppressed"]


async def test_a_year_that_still_runs_counts_in_part(stage: Stage, caller: Caller) -> None:
    await put(caller("dinkes-admin"), people(2026, value=365))
    await told(stage, died(1, date(1935, 1, 1), "2026-06-01"))
    found = await get(caller("dinkes-admin"), year=2026, years=1)
    assert found["table"][0]["person_years"] == 2 * 325, "until 21 November"


WRONG: list[tuple[Callable[[list[Any]], list[Any]], str]] = [
    (lambda r: r[:3] + r[4:], "/1/age"),
    (lambda r: [*r, r[5]], "/39/age"),
    (lambda r: [*r[:2], r[2] | {"value": -1}, *r[3:]], "/3/value"),
    (lambda r: [r[0] | {"age": 2}, *r[1:]], "/1/age"),
    (lambda r: [r[0] | {"sex": "pria"}, *r[1:]], "/1/sex"),
    (lambda r: [x | {"place": "9901"} for x in r], "/1/place"),
]


async def test_a_wrong_file_loads_nothing(house: App, caller: Caller) -> None:
    admin = caller("dinkes-admin")
    for change, pointer in WRONG:
        found = await put(admin, change(people(2025)), 422)
        assert pointer in {e["pointer"] for e in found["errors"]}
    async with house.state.service.db.reading() as conn:
        assert await conn.fetchval("SELECT count(*) FROM population") == 0


async def test_sudden_changes_are_asked_about_and_the_newest_counts(house: App, caller: Caller) -> None:
    admin = caller("dinkes-admin")
    assert (await put(admin, people(2024)))["loaded"] == 38
    found = await put(admin, people(2025, value=1300), 422)
    assert {e["pointer"] for e in found["errors"]} == {"/confirm"} and "19000 → 24700" in str(found)
    assert (await put(admin, people(2025, value=1300), confirm=True))["loaded"] == 38
    text = "tahun;jenis_kelamin;umur;penduduk;sumber\n" + "".join(
        f"2025;{s};{a};1100;BPS\n" for s in ("male", "female") for a in AGES
    )
    answer = await admin.put(f"{DOOR}/population", content=text, headers={"content-type": "text/csv"})
    assert answer.json() == {"loaded": 38}
    async with house.state.service.db.transaction() as tx:
        newest = await tx.fetchval("SELECT value FROM population WHERE year = 2025 ORDER BY loaded_at DESC LIMIT 1")
        assert newest == 1100 and await tx.fetchval("SELECT count(*) FROM population") == 3 * 38
    assert (await caller("dinkes-analyst").put(f"{DOOR}/population", json={"items": people(2025)})).status_code == 403


async def test_the_value_of_bps_stands_beside_it(house: App, caller: Caller) -> None:
    admin = caller("dinkes-admin")
    rows = [{"year": 2024, "value": 68.1, "source": "BPS"}, {"year": 2025, "value": 6.8, "source": "BPS"}]
    await put(admin, rows, 422, "official")
    await put(admin, [rows[0], rows[0] | {"year": 2025, "value": 68.4}], path="official")
    await put(admin, [rows[0] | {"year": 2025, "value": 68.9}], path="official")
    assert [(o["year"], o["value"]) for o in (await get(caller("auditor")))["official"]] == [(2025, 68.9), (2024, 68.1)]
