"""Who may not see names is not shown the few; the office and a puskesmas at home are shown all."""

from dataclasses import replace
from datetime import date
from typing import Any

from services.kernel.app import App
from tests.service.indicators.test_numbers import Caller, get, told
from tests.service.indicators.world import Stage, Write, condition, patient, pressure, procedure, who
from tests.unit.indicators.test_suppression import spanned

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


HOMES = {V1: ("P1", "141001"), V2: ("P1", "141001"), V3: ("P2", "141002")}
Base = tuple[str, str, bool]


def groups(unserved: dict[tuple[str, str], int], served: dict[tuple[str, str], int]) -> list[Write]:
    """So many people by village and sex."""
    found, n = list[Write](), 1000
    for village, sex in unserved:
        here = people(village, n, unserved[village, sex], served[village, sex])
        found += [
            w if w.type != "Patient" else replace(w, resource={**(w.resource or {}), "gender": sex}) for w in here
        ]
        n += 100
    return found


async def test_several_answers_crossed_do_not_give_the_few_back(stage: Stage, house: App, caller: Caller) -> None:
    """Every count of many answers is an equation; no combination of them is a small count."""
    unserved = {(V1, "female"): 9, (V1, "male"): 3, (V2, "female"): 12, (V2, "male"): 8, (V3, "female"): 7,
                (V3, "male"): 6}  # fmt: skip
    served = dict.fromkeys(unserved, 0) | {(V2, "female"): 6, (V3, "male"): 5, (V3, "female"): 9, (V1, "female"): 5}
    await told(stage, *groups(unserved, served))
    analyst, known = caller("dinkes-analyst"), list[dict[Base, int]]()
    narrowings = [{}, *({"village": v} for v in HOMES), {"sex": "male"}, {"sex": "female"}, {"puskesmas": "P1"},
                  {"village": V2, "sex": "male"}, {"puskesmas": "P1", "sex": "male"}]  # fmt: skip
    for said in narrowings:
        for by, cross in (("village", None), ("puskesmas", None), ("sex", None), ("village", "sex"),
                          ("sex", "puskesmas")):  # fmt: skip
            asked = {"by": by, **({"cross": cross} if cross else {}), **said}
            body = await get(analyst, "/v1/indicators/spm-08", **asked)
            for row in [*body["rows"], body["total"]]:
                where = {by: row["code"], **({cross: row["cross"]} if cross else {})} if "code" in row else {}
                known += equations(row, [said, where])
        for path in ("trend", "ranking", "contribution", "years"):
            body = await get(analyst, f"/v1/indicators/spm-08/{path}", **said)
            one = body["years"][-1]["total"] if path == "years" else body.get("total", body)
            known += equations({"served": None, **one}, [said])
    assert len(known) > 40, "there is much to see"
    for (village, sex), few in unserved.items():
        if few < 5:
            assert not spanned(known, {(village, sex, False): 1, (village, sex, True): 1})
    exact = await get(caller("dinkes-admin"), "/v1/indicators/spm-08", village=V2, sex="male")
    assert exact["total"]["eligible"] == 8


def equations(row: dict[str, Any], where: list[dict[str, str]]) -> list[dict[Base, int]]:
    """What a row says: which base counts it sums."""
    places = [
        (v, s) for v, (p, k) in HOMES.items() for s in ("male", "female")
        if all({"village": v, "puskesmas": p, "kecamatan": k, "sex": s}[n] == c for w in where for n, c in w.items())
    ]  # fmt: skip
    found = []
    if row.get("eligible") is not None:
        found.append({(v, s, done): 1 for v, s in places for done in (True, False)})
    if row.get("served") is not None:
        found.append({(v, s, True): 1 for v, s in places})
    return [f for f in found if f]


async def test_parts_of_who_did_the_work_and_months_asked_one_by_one(stage: Stage, house: App, caller: Caller) -> None:
    await told(stage, *people(V1, 100, 6, 3), *people(V2, 200, 7, 6), *people(V3, 300, 5, 8))
    analyst = caller("dinkes-analyst")
    path = "/v1/indicators/spm-08"
    (whole,) = (await get(analyst, path, by="facility"))["rows"]
    parts = (await get(analyst, path, by="facility", cross="village"))["rows"]
    assert whole["units"] == 17 and [p["units"] for p in parts if p["units"]] == [8], "17 − 8 − 6 is few"
    counts = [(await get(analyst, f"{path}/years", month=m))["years"][-1]["to_month"] for m in range(1, 13)]
    assert counts == [0] * 10 + [17, 17]


async def test_the_villages_do_not_add_up_to_a_puskesmas_that_is_hidden(
    stage: Stage, house: App, caller: Caller
) -> None:
    """P2 answers for few; P1 is hidden beside it, so one of its villages must be as well."""
    await told(stage, *people(V1, 100, 9, 0), *people(V2, 200, 12, 0), *people(V3, 300, 3, 0))
    analyst = caller("dinkes-analyst")
    for by, hidden in (("puskesmas", {"P1", "P2"}), ("village", {V1, V2, V3})):
        rows = (await get(analyst, "/v1/indicators/spm-08", by=by))["rows"]
        assert {r["code"] for r in rows if r["eligible"] is None} == hidden
