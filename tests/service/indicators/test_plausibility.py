"""The plausibility report and its lists: what is on them, when it leaves them, and who sees which part."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest

from services.indicators.usecases import feed
from services.kernel.app import App
from tests.service.indicators.conftest import KEPT, TODAY
from tests.service.indicators.world import Stage, Write, observation, patient, quantity, who

Caller = Callable[..., httpx.AsyncClient]
DOOR = "/v1/indicators/plausibility"
RECEIVED = datetime(2026, 11, 21, 5, 0, tzinfo=UTC)
BORN, BEFORE = date(2025, 11, 1), date(2025, 10, 31)


async def told(stage: Stage, *writes: Write) -> None:
    """Written and received at noon, local time, of TODAY."""
    async with stage.conn.transaction():
        events = [replace(stage._event(w), at=RECEIVED) for w in writes]
        await feed.take_records(stage.conn, stage.room, events)


async def get(client: httpx.AsyncClient, path: str, **params: Any) -> Any:
    answer = await client.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def timed(name: str, moment: str, client: str = "K1") -> Write:
    """Blood glucose at a moment."""
    said = observation("2345-7", moment, **quantity(100, "mg/dL"))
    return Write("Observation", name, who(1), said, client)


@pytest.fixture
async def mixed(stage: Stage) -> Stage:
    """Person 1, a child, has one of each; person 2's weight came from K2."""
    await told(
        stage,
        Write("Patient", "p1", who(1), patient(BORN, gender="male")),
        Write("Observation", "fat", who(1), observation("29463-7", TODAY, **quantity(900, "kg")), "K1"),
        Write("Observation", "tall", who(1), observation("8306-3", TODAY, **quantity(76, "cm")), "P1"),
        Write("Observation", "odd", who(1), observation("29463-7", TODAY, **quantity(9, "stone")), "K1"),
        Write("Observation", "words", who(1), observation("718-7", TODAY, valueString="tinggi"), "K1"),
        Write("Observation", "late", who(1), observation("718-7", date(2026, 11, 22), **quantity(12, "g/dL")), "K1"),
        Write("Observation", "early", who(1), observation("718-7", BEFORE, **quantity(12, "g/dL")), "K1"),
        timed("zone", "2026-11-21T19:00:00+07:00"),
        Write("Patient", "p2", who(2), patient(date(1990, 1, 1))),
        Write("Observation", "other", who(2), observation("8480-6", TODAY, **quantity(1200, "mm[Hg]")), "K2"),
    )  # fmt: skip
    return stage


EACH = {"absurd": 1, "unknown-unit": 1, "not-a-number": 1, "future": 1, "before-birth": 1, "clock": 1}


async def test_the_report_by_facility(mixed: Stage, caller: Caller) -> None:
    found = await get(caller("dinkes-analyst"), DOOR)
    assert {i["facility"]: i["entries"] for i in found["items"]} == {"K1": EACH, "K2": {"absurd": 1}}
    assert found["total"] == EACH | {"absurd": 2} and found["items"][0]["name"] == "Faskes K1"
    own = await get(caller("clinic-system", "K2"), DOOR, facility="K1")
    assert [i["facility"] for i in own["items"]] == ["K2"], "others see their own alone"


async def test_what_is_mended_leaves_the_list(mixed: Stage, caller: Caller) -> None:
    await told(
        mixed,
        Write("Observation", "fat", who(1), observation("29463-7", TODAY, **quantity(9, "kg")), "K1"),
        Write("Observation", "odd", who(1), None, "K1"),
        Write("Patient", "p1", who(1), patient(BEFORE, gender="male")),
        Write("Observation", "late", who(1), observation("718-7", TODAY, **quantity(12, "g/dL")), "K1"),
    )
    left = (await get(caller("dinkes-admin"), DOOR, facility="K1"))["total"]
    assert left == {"not-a-number": 1, "clock": 1}
    await told(mixed, Write("Patient", "p1", who(1), patient(BORN, gender="male")))
    assert (await get(caller("dinkes-admin"), DOOR, facility="K1"))["total"] == left | {"before-birth": 1}


async def test_entries_open_page_by_page_and_each_look_is_logged(mixed: Stage, caller: Caller) -> None:
    admin, found, after = caller("dinkes-admin"), list[Any](), None
    while True:
        page = await get(admin, f"{DOOR}/entries", limit=2, **({"after": after} if after else {}))
        found += page["items"]
        after = page["next"]
        if after is None:
            break
    assert len(found) == 7 and [e["facility"] for e in found] == ["K1"] * 6 + ["K2"]
    fat = next(e for e in found if e["id"] == "fat")
    assert fat == {"facility": "K1", "person_id": who(1), "type": "Observation", "id": "fat", "concept": "weight",
                   "reason": "absurd", "detail": "900 kg", "on": str(TODAY)}  # fmt: skip
    logged = await mixed.conn.fetch(
        "SELECT person_id, what FROM access_pending UNION SELECT person_id, what FROM access_log"
    )
    assert {(str(r["person_id"]), r["what"]) for r in logged} == {(who(n), "indicator plausibility") for n in (1, 2)}
    only = await get(caller("clinic-system", "K1"), f"{DOOR}/entries", reason="future")
    assert [e["id"] for e in only["items"]] == ["late"]
    assert (await get(caller("clinic-system", "K2"), f"{DOOR}/entries"))["items"] == [], "not its patient any more"
    assert (await admin.get(f"{DOOR}/entries", params={"after": "eA"})).status_code == 400


async def test_a_secret_resource_is_not_on_the_list(mixed: Stage, caller: Caller) -> None:
    KEPT.add("Observation/late")
    try:
        ids = {e["id"] for e in (await get(caller("dinkes-admin"), f"{DOOR}/entries"))["items"]}
    finally:
        KEPT.clear()
    assert "late" not in ids and "fat" in ids


async def test_children_to_measure_again(mixed: Stage, caller: Caller) -> None:
    for client in (caller("dinkes-admin"), caller("puskesmas-staff", "P1"), caller("clinic-system", "K1")):
        (child,) = (await get(client, f"{DOOR}/remeasure"))["items"]
        assert (child["person_id"], child["weight_kg"], child["length_cm"], child["lying"]) == (who(1), 900, 76, True)
        assert child["why"] == ["weight_for_age:outside-tables", "weight_for_height:outside-tables"]
        assert (child["weighed_at"], child["measured_at"]) == ("K1", "P1")
    assert (await get(caller("puskesmas-staff", "P2"), f"{DOOR}/remeasure"))["items"] == []
    assert (await get(caller("dinkes-admin"), f"{DOOR}/remeasure", facility="P2"))["items"] == []
    assert (await caller("dinkes-analyst").get(f"{DOOR}/remeasure")).status_code == 403
    await told(mixed, Write("Observation", "fat", who(1), observation("29463-7", TODAY, **quantity(9, "kg")), "K1"))
    assert (await get(caller("dinkes-admin"), f"{DOOR}/remeasure"))["items"] == []


async def test_a_clock_seven_hours_off(stage: Stage, caller: Caller, house: App) -> None:
    await told(
        stage,
        Write("Patient", "p1", who(1), patient(date(1990, 1, 1))),
        *(timed(f"b{n}", f"2026-11-21T05:0{n}:00+07:00", "K2") for n in range(6)),
        *(timed(f"a{n}", f"2026-11-21T11:5{n}:00+07:00", "K1") for n in range(6)),
    )
    found = {i["facility"]: i for i in (await get(caller("dinkes-admin"), DOOR))["items"]}
    assert found["K2"]["clock"] == {"state": "behind", "records": 6, "off": 6, "hours": 7}
    assert found["K1"]["clock"]["state"] == "in-order" and found["K2"]["entries"] == {}
    await told(stage, *(timed(f"b{n}", f"2026-11-21T05:0{n}:00+07:00", "K2") for n in range(6)))
    again = {i["facility"]: i for i in (await get(caller("dinkes-admin"), DOOR))["items"]}
    assert again["K2"]["clock"]["records"] == 6, "a correction says nothing of the clock"


async def test_a_child_opens_with_its_scores(stage: Stage, caller: Caller) -> None:
    await told(
        stage,
        Write("Patient", "p1", who(1), patient(BORN, gender="male")),
        Write("Observation", "w", who(1), observation("29463-7", TODAY, **quantity(10, "kg")), "K1"),
        Write("Observation", "h", who(1), observation("8308-9", TODAY, **quantity(76, "cm")), "P1"),
    )
    path = f"/v1/indicators/pip-3/units/{who(1)}"
    growth = (await get(caller("dinkes-admin"), path))["growth"]
    assert (growth["length_cm"], growth["lying"], growth["corrected_cm"], growth["age_days"]) == (76, False, 76.7, 385)
    assert set(growth["z"]) == {"weight_for_age", "height_for_age", "weight_for_height"}
    KEPT.add("Observation/h")
    try:
        assert (await get(caller("dinkes-admin"), path))["growth"] is None
    finally:
        KEPT.clear()
