"""The cascade of tuberculosis: steps of the persons of a year, what is not coded, who may see whom."""

from collections.abc import Callable
from datetime import date
from typing import Any

import httpx

from tests.service.indicators.conftest import KEPT
from tests.service.indicators.world import (
    Stage,
    Write,
    condition,
    encounter,
    episode,
    observation,
    patient,
    quantity,
    who,
)

Caller = Callable[..., httpx.AsyncClient]
DOOR = "/v1/surveillance/tb"


async def district(stage: Stage) -> None:
    """Six residents and a stranger, each a step further; one of the year before."""
    villages = ["1410011001", "1410011001", "1410011002", "1410022003", "1410022003", "1410011001", "9999999999"]
    for n, village in enumerate(villages, 1):
        await stage.write([Write("Patient", f"p{n}", who(n), patient(date(1980, 1, 1), village))])
    tcm, bta = observation("88874-3", date(2026, 3, 2)), observation("11477-7", date(2026, 3, 2))
    await stage.write([
        Write("Condition", "s1", who(1), condition("Z03.0", date(2026, 3, 1))),
        Write("Condition", "s2", who(2), condition("Z11.1", date(2026, 3, 1))),
        Write("Observation", "t2", who(2), tcm),
        Write("Condition", "c3", who(3), condition("A15.0", date(2026, 3, 3))),
        Write("Observation", "t3", who(3), bta),
        Write("EpisodeOfCare", "e3", who(3), episode(date(2026, 3, 5), date(2026, 9, 5), "finished", "TB-SO")),
        Write("Observation", "h3", who(3), observation("68961-2", date(2026, 3, 6))),
        Write("Condition", "d3", who(3), condition("E11.9", date(2020, 1, 1))),
        Write("Condition", "c4", who(4), condition("A16.2", date(2026, 4, 1))),
        Write("EpisodeOfCare", "e4", who(4), episode(date(2026, 4, 5), date(2026, 12, 5), "active", "TB-SO")),
        Write("Observation", "g4", who(4), observation("2345-7", date(2026, 5, 1), **quantity(110, "mg/dL"))),
        Write("Condition", "k5", who(5), condition("Z20.1", date(2026, 4, 2))),
        Write("Observation", "t5", who(5), bta),
        Write("Condition", "k6", who(6), condition("Z20.1", date(2026, 4, 2))),
        Write("Observation", "t6", who(6), observation("24648-8", date(2026, 4, 9))),
        Write("Condition", "c7", who(7), condition("A15.0", date(2026, 3, 3))),
        Write("Condition", "old", who(1), condition("A15.0", date(2025, 12, 31))),
    ])  # fmt: skip


def steps(body: dict[str, Any]) -> dict[str, int | None]:
    return {s["step"]: s["value"] for s in body["steps"]}


async def test_each_step_counts_persons_of_the_step_before(caller: Caller, stage: Stage) -> None:
    await district(stage)
    admin = caller("dinkes-admin")
    body = (await admin.get(DOOR, params={"by": "village"})).json()
    assert steps(body) == {
        "screened": 1, "suspect": 6, "tested": 4, "molecular": 1, "case": 2, "treated": 2, "ended": 1, "success": None,
        "hiv-tested": 1, "diabetes-tested": 2, "contact": 2, "contact-tested": 1, "prevention": None,
    }  # fmt: skip
    said = {s["step"]: s for s in body["steps"]}
    assert not said["success"]["coded"] and not said["success"]["suppressed"] and said["success"]["note"]
    assert said["tested"]["percent"] == 66.67 and body["contacts_per_case"] == 1.0
    assert {r["code"]: r["steps"]["suspect"] for r in body["rows"]} == {
        "1410011001": 3, "1410011002": 1, "1410022003": 2
    }  # fmt: skip
    before = (await admin.get(DOOR, params={"as_of": "2026-03-02"})).json()
    assert steps(before)["case"] == 0 and steps(before)["tested"] == 3
    last = (await admin.get(DOOR, params={"year": 2025})).json()
    assert (last["as_of"], steps(last)["case"]) == ("2025-12-31", 1)


async def test_few_are_withheld(caller: Caller, stage: Stage) -> None:
    await district(stage)
    body = (await caller("dinkes-analyst").get(DOOR, params={"by": "puskesmas"})).json()
    assert steps(body)["suspect"] == 6 and steps(body)["case"] is None and body["contacts_per_case"] is None
    assert all(r["steps"]["suspect"] is None for r in body["rows"]), "4 and 2: either tells the other"
    assert {s["link"] for s in body["steps"]} == {None}
    own = (await caller("puskesmas-staff", "P2").get(DOOR, params={"by": "puskesmas"})).json()
    assert {r["code"]: r["steps"]["suspect"] for r in own["rows"]} == {"P1": None, "P2": 2}


async def test_a_step_opens_to_those_the_caller_may_see_by_its_own_record(caller: Caller, stage: Stage) -> None:
    await district(stage)
    admin = caller("dinkes-admin")
    cases = (await admin.get(f"{DOOR}/case/persons")).json()
    assert [(c["person_id"], c["resources"]) for c in cases["items"]] == [
        (who(3), ["Condition/c3"]), (who(4), ["Condition/c4"])
    ]  # fmt: skip
    assert {c["who"] for c in cases["items"]} == {None}
    named = (await admin.get(f"{DOOR}/case/persons", params={"names": True})).json()
    assert [c["who"]["name"] for c in named["items"]] == ["Orang 3", "Orang 4"]
    late = (await admin.get(f"{DOOR}/hiv-tested/persons", params={"state": "missing"})).json()
    assert [c["person_id"] for c in late["items"]] == [who(4)], "a case not yet tested for HIV"
    KEPT.add("Observation/h3")
    try:
        secret = (await admin.get(f"{DOOR}/hiv-tested/persons")).json()
    finally:
        KEPT.clear()
    assert secret["items"] == [] and secret["withheld"] == 1
    staff = (await caller("puskesmas-staff", "P2").get(f"{DOOR}/suspect/persons")).json()
    assert [c["person_id"] for c in staff["items"]] == [who(4), who(5)]
    page = (await admin.get(f"{DOOR}/suspect/persons", params={"limit": 4})).json()
    rest = (await admin.get(f"{DOOR}/suspect/persons", params={"limit": 4, "after": page["next"]})).json()
    assert [c["person_id"] for c in page["items"] + rest["items"]] == [who(n) for n in range(1, 7)]
    logged = await stage.conn.fetch("SELECT person_id, what FROM access_pending UNION ALL "
                                    "SELECT person_id, what FROM access_log")  # fmt: skip
    assert ("surveillance tb case persons", who(3)) in {(r["what"], r["person_id"]) for r in logged}
    assert (await admin.get(f"{DOOR}/success/persons")).status_code == 422
    assert (await caller("dinkes-analyst").get(f"{DOOR}/case/persons")).status_code == 403


async def test_a_visit_at_home_is_known_by_its_class(stage: Stage) -> None:
    home = encounter(date(2026, 5, 5)) | {
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "HH"}
    }
    await stage.write([Write("Encounter", "v1", who(1), home), Write("Encounter", "v2", who(1), home | {
        "class": home["class"] | {"code": "AMB"}})])  # fmt: skip
    rows = await stage.conn.fetch("SELECT resource_id, date FROM fact WHERE concept = 'home_visit'")
    assert [(r["resource_id"], r["date"]) for r in rows] == [("v1", date(2026, 5, 5))]
