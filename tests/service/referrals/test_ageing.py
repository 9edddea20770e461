"""The ageing list: who lets what wait, for how long; each number opens to its list, fast among ten thousand."""

import time
from datetime import timedelta
from typing import Any

import pytest

from tests.service.referrals.stage import HOSPITAL, OFFICE, PRACTICE, PUSKESMAS, Stage, token
from tests.service.referrals.test_clock import MINUTE, passes, passes_only

DOCTOR = token("clinician", PRACTICE, "dr-rahmat")
MIDWIFE = token("puskesmas-staff", PUSKESMAS, "bidan-ani")
NURSE = token("hospital", HOSPITAL, "ners-budi")
DINKES = token("dinkes-admin", OFFICE, "dinas")
ANALYST = token("dinkes-analyst", OFFICE)


@pytest.fixture
async def stage(house: Stage) -> Stage:
    """One service for the whole file, as if new."""
    return await house.cleared()


async def aged(stage: Stage, who: dict[str, str], by: str, query: str = "") -> dict[str, Any]:
    answer = await stage.http.get(f"/v1/referrals/ageing?by={by}{query}", headers=who)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def cells(found: dict[str, Any]) -> dict[tuple[str, str], tuple[int, int]]:
    """(facility, state) → open, past due."""
    return {
        (f["facility"], s["state"]): (s["open"], s["open"] - s["in_time"])
        for f in found["facilities"]
        for s in f["states"]
    }


async def four(stage: Stage) -> list[str]:
    """To the puskesmas an emergency, unanswered, and a routine one, accepted; to the hospital one; a draft."""
    ids = [
        await stage.sent(patient=None, person_id="orang-0", urgency="emergency"),
        await stage.sent(patient=None, person_id="orang-1", urgency="routine"),
        await stage.sent(patient=None, person_id="orang-2", to_facility=HOSPITAL),
        await stage.sent(patient=None, person_id="orang-3", to_facility=None, draft=True),
    ]
    assert (await stage.take(ids[1], "accept", MIDWIFE)).status_code == 200
    return ids


async def test_by_each_side(stage: Stage) -> None:
    await four(stage)
    await passes_only(stage, 50 * MINUTE)  # and no clock rings: it is counted what stands
    assert cells(await aged(stage, DINKES, "receiver")) == {
        (PUSKESMAS, "sent"): (1, 1), (PUSKESMAS, "accepted"): (1, 0), (HOSPITAL, "sent"): (1, 0),
    }  # fmt: skip
    assert cells(await aged(stage, DINKES, "sender")) == {
        (PRACTICE, "sent"): (2, 1), (PRACTICE, "accepted"): (1, 0),
    }, "a draft is its writer's own"  # fmt: skip
    assert cells(await aged(stage, DINKES, "owner")) == {
        (PUSKESMAS, "sent"): (1, 1), (HOSPITAL, "sent"): (1, 0), (PRACTICE, "accepted"): (1, 0),
    }  # fmt: skip
    assert cells(await aged(stage, DOCTOR, "sender"))[PRACTICE, "draft"] == (1, 0)
    assert cells(await aged(stage, NURSE, "receiver")) == {(HOSPITAL, "sent"): (1, 0)}, "only the own"
    assert cells(await aged(stage, DOCTOR, "receiver")) == cells(await aged(stage, DINKES, "receiver"))
    found = await aged(stage, ANALYST, "receiver")
    assert (found["open"], found["overdue"], found["all"]["under_1h"]) == (3, 1, 1)
    assert [f["facility"] for f in found["facilities"]] == [PUSKESMAS, HOSPITAL], "most overdue first"
    assert {s["list"] for f in found["facilities"] for s in f["states"]} == {None}
    assert "orang-" not in str(found)
    refused = await stage.http.get(f"/v1/referrals/ageing?facility={HOSPITAL}", headers=DOCTOR)
    assert refused.status_code == 403


@pytest.mark.parametrize(
    ("past", "band"),
    [(0, "in_time"), (0.5, "under_1h"), (2, "under_6h"), (7, "under_1d"), (30, "under_3d"), (80, "under_7d"),
     (200, "over_7d")],
)  # fmt: skip
async def test_bands(stage: Stage, past: float, band: str) -> None:
    await stage.sent(urgency="emergency")
    await passes_only(stage, 14 * MINUTE if not past else 15 * MINUTE + timedelta(hours=past))
    counted = (await aged(stage, DINKES, "owner"))["all"]
    assert {b: n for b, n in counted.items() if n} == {band: 1}


async def test_each_row_opens_to_its_list(stage: Stage) -> None:
    """For every side and reader the list has as many as the row counts, and all it says of being late is so."""
    ids = await four(stage)
    await passes(stage, 20 * MINUTE)
    await passes(stage, 20 * MINUTE)
    assert (await stage.open(ids[0], DINKES))["owner"] == "office"
    for who in (DINKES, DOCTOR, MIDWIFE, NURSE):
        for by in ("sender", "receiver", "owner"):
            for facility in (await aged(stage, who, by))["facilities"]:
                for row in facility["states"]:
                    if who is MIDWIFE and facility["facility"] == OFFICE:
                        continue  # the office's own, from either box
                    listed = (await stage.http.get(row["list"], headers=who)).json()["items"]
                    late = (await stage.http.get(row["list"] + "&overdue=true", headers=who)).json()["items"]
                    assert len(listed) == row["open"], (who, by, facility["facility"], row["list"])
                    assert len(late) == row["open"] - row["in_time"]


async def test_filters_of_the_boxes(stage: Stage) -> None:
    ids = await four(stage)

    async def box(who: dict[str, str], query: str) -> set[str]:
        answer = await stage.http.get(f"/v1/referrals?{query}", headers=who)
        assert answer.status_code == 200, answer.text
        return {r["id"] for r in answer.json()["items"]}

    assert await box(MIDWIFE, "overdue=true") == set()
    await passes(stage, 16 * MINUTE)
    await passes(stage, 16 * MINUTE)
    assert await box(DINKES, "escalated=true") == {ids[0]} == await box(DINKES, "owner=office")
    assert await box(DINKES, "overdue=true") == {ids[0]}
    assert await box(DINKES, f"owner={HOSPITAL}") == {ids[2]}
    assert await box(DOCTOR, f"box=outbox&other={HOSPITAL}") == {ids[2]}
    assert await box(DOCTOR, "box=outbox&owner=sender") == {ids[1], ids[3]}
    clash = await stage.http.get("/v1/referrals?open=false&overdue=true", headers=DINKES)
    assert (clash.status_code, clash.json()["errors"][0]["pointer"]) == (422, "/query/open")


async def test_ten_thousand_open(stage: Stage) -> None:
    """Pages of the rare ones among 10,000 by keyset, none twice, none missed, and the ageing list, in milliseconds."""
    one = await stage.sent(patient=None, person_id="orang-0")
    columns = [
        r["column_name"]
        for r in await stage.rows(
            "SELECT column_name FROM information_schema.columns"
            " WHERE table_name = 'referral' AND table_schema = 'public' AND is_generated = 'NEVER'"
        )
    ]
    new = {
        "id": "gen_random_uuid()::text", "person_id": "'orang-' || n",
        "opened_at": "opened_at + n * interval '1 second'",
        "owner": "CASE WHEN n % 100 = 0 THEN 'office' ELSE owner END",
        "due_at": "CASE WHEN n % 50 = 0 THEN due_at - interval '2 days' ELSE due_at END",
        "ring_at": "ring_at + interval '9 days'",
    }  # fmt: skip
    values = ", ".join(new.get(c, c) for c in columns)
    await stage.rows(
        f"INSERT INTO referral ({', '.join(columns)}) SELECT {values} FROM referral, generate_series(1, 10000) n"
        " WHERE id = $1",
        one,
    )
    await stage.rows("ANALYZE referral")
    for query, wanted in (("overdue=true", 200), ("escalated=true", 100)):
        seen, after, spent = list[str](), "", list[float]()
        while True:
            begun = time.perf_counter()
            page = (await stage.http.get(f"/v1/referrals?{query}&limit=50{after}", headers=MIDWIFE)).json()
            spent.append(time.perf_counter() - begun)
            seen += [r["id"] for r in page["items"]]
            if page["next"] is None:
                break
            after = f"&after={page['next']}"
        assert len(seen) == len(set(seen)) == wanted
        assert min(spent) < 0.1, f"{query}: {min(spent):.3f} s; about 0.02 s on a quiet machine"
    begun = time.perf_counter()
    found = await aged(stage, DINKES, "receiver")
    spent = [time.perf_counter() - begun]
    assert (found["open"], found["overdue"], found["escalated"]) == (10001, 200, 100)
    assert spent[0] < 0.3, spent
