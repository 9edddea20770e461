"""Who may not see names is not shown the few; the office and a puskesmas at home are shown all."""

from datetime import date

from services.kernel.app import App
from tests.service.indicators.test_numbers import Caller, get, told
from tests.service.indicators.world import Stage, Write, condition, patient, pressure, procedure, who

V1, V2, V3 = "1410011001", "1410011002", "1410022003"
DIAGNOSED = date(2026, 11, 3)


def people(village: str, first: int, unserved: int, served: int) -> list[Write]:
    """So many people with hypertension; who was taught and measured is served."""
    found = list[Write]()
    for n in range(first, first + unserved + served):
        found.append(Write("Patient", f"p{n}", who(n), patient(date(1960, 1, n % 28 + 1), village)))
        found.append(Write("Condition", f"c{n}", who(n), condition("I10", DIAGNOSED), "P1"))
        if n >= first + unserved:
            found.append(Write("Procedure", f"e{n}", who(n), procedure("409073007", DIAGNOSED), "K1"))
            found.append(Write("Observation", f"b{n}", who(n), pressure(DIAGNOSED), "K1"))
    return found


async def test_the_few_are_not_shown(stage: Stage, house: App, caller: Caller) -> None:
    await told(stage, *people(V1, 100, 6, 2))
    await _cards_and_contributors(caller)
    await told(stage, *people(V1, 108, 0, 7), *people(V2, 200, 1, 2), *people(V3, 300, 7, 8))
    path = "/v1/indicators/spm-08"
    exact = await get(caller("dinkes-admin"), path, by="village")
    assert [(r["code"], r["eligible"], r["served"]) for r in exact["rows"]] == [(V1, 15, 9), (V2, 3, 2), (V3, 15, 8)]
    assert not exact["total"]["suppressed"]
    for role, facility in (("dinkes-analyst", None), ("auditor", None), ("clinician", "K1"), ("hospital", "K1")):
        seen = await get(caller(role, facility), path, by="village")
        rows = {r["code"]: r for r in seen["rows"]}
        assert (seen["total"]["eligible"], seen["total"]["served"]) == (33, 19)
        few = rows[V2]
        assert few["suppressed"] and not any(few[k] for k in ("eligible", "served", "coverage", "months", "missing"))
        assert rows[V1]["eligible"] is None and rows[V1]["suppressed"], "else 33 − 15 − 15 gives it away"
        assert (rows[V3]["eligible"], rows[V3]["served"], rows[V3]["suppressed"]) == (15, 8, False)
    staff = {r["code"]: r for r in (await get(caller("puskesmas-staff", "P1"), path, by="village"))["rows"]}
    assert staff[V2] == exact["rows"][1], "its own catchment"
    other = {r["code"]: r for r in (await get(caller("puskesmas-staff", "P2"), path, by="village"))["rows"]}
    assert other[V3] == exact["rows"][2] and other[V1]["eligible"] is other[V2]["eligible"] is None


async def _cards_and_contributors(caller: Caller) -> None:
    analyst, admin = caller("dinkes-analyst"), caller("dinkes-admin")
    card = next(c for c in await get(analyst, "/v1/indicators") if c["id"] == "spm-08")
    assert (card["eligible"], card["served"], card["coverage"], card["suppressed"]) == (8, None, None, True)
    (row,) = (await get(analyst, "/v1/indicators/spm-08", by="facility"))["rows"]
    assert (row["code"], row["units"], row["served"], row["share"]) == ("K1", None, None, None) and row["suppressed"]
    (row,) = (await get(admin, "/v1/indicators/spm-08", by="facility"))["rows"]
    assert (row["units"], row["served"], row["share"], row["suppressed"]) == (2, 2, 100.0, False)
