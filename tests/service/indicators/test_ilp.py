"""The ILP panel: what the network and the referrals say of themselves, asked by the reader's own rights."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import httpx
import pytest

from services.kernel.app import App
from tests.service.indicators.world import TODAY, Stage, Write, condition, patient, pressure, procedure, who

Caller = Callable[..., httpx.AsyncClient]
EXACT = {"used": "exact", "value": "1/9", "other": "printed", "other_index": 90.56}


def result(facility: str | None, index: float | None, n: int) -> dict[str, Any]:
    return {
        "facility": facility, "name": None, "period": "2026-S1", "n": n, "struck": 0, "served": 1000, "minimum": 278,
        "too_few": n < 278, "index": index, "grade": "A", "says": None, "weight": EXACT, "interval": None,
        "elements": [], "worst": [], "source": "Permenpan-RB 14/2017",
    }  # fmt: skip


def figures() -> dict[str, Any]:
    from services.referrals.contract import Numbers

    nothing = dict.fromkeys(Numbers.model_fields)
    said = nothing | {"sent": 40, "answered": 30, "in_time": 27, "accepted": 25, "arrived": 20, "closed": 18,
                      "back_referred": 9}  # fmt: skip
    return {"since": "2026-01-01", "until": "2026-11-21", "by": "sender", "counts": "referrals", "all": said,
            "link": "/v1/referrals?figure=sent", "rows": [], "withheld": 0}  # fmt: skip


RULE = {"valid_from": "2020-01-01", "regulation": "Permenkes 19/2024", "puskesmas_per_kecamatan": 1}
NONE_OF = (
    "kecamatan_with_several", "villages_uncovered", "puskesmas_without_villages", "across_kecamatan",
    "villages_without_pustu", "villages_without_posyandu", "unlinked",
)  # fmt: skip
EMPTY: dict[str, Any] = {name: [] for name in NONE_OF}
SAID: Mapping[str, Any] = {
    "/v1/territory/rule": {
        "on": "2026-11-21", "rule": RULE, "met": False, "kecamatan": 9, "villages": 100, **EMPTY,
        "kecamatan_without": [{"code": "141009", "name": "Pulau Merbau", "puskesmas": []}],
    },
    "/v1/readiness": {
        "district": {"on": "2026-11-21", "target": 10, "reached": 12, "percent": 120.0, "of": 31}, "items": [],
    },
    "/v1/workforce/district": {
        "on": "2026-11-21", "puskesmas": 10, "complete": 6, "complete_with_plan": 7, "enough": 2,
        "kinds": [{"profession": "gizi", "have": 7, "needed": 10, "gap": 3, "lacking": 3}],
    },
    "/v1/agreements/coverage": [
        {"kind": "tpmd", "members": 28, "with_agreement": 25, "sees_record": 20, "without": 3, "expiring": 1},
        {"kind": "total", "members": 40, "with_agreement": 30, "sees_record": 20, "without": 10, "expiring": 1},
    ],
    "/v1/surveys/trend": {"facility": None, "points": [
        {"period": "2026-S1", "n": 300, "index": 91.48, "grade": "A", "too_few": False},
        {"period": "2027-S1", "n": 0, "index": None, "grade": None, "too_few": None}]},
    "/v1/surveys/results": {"district": result(None, 91.48, 300), "items": [result("P1", 88.3, 40)]},
    "/v1/learning/visits": {"items": [
        {"id": "KB-1", "state": "done", "host": "P1", "guests": ["P2"], "topic": "Prolanis", "indicator": "spm-08",
         "planned_on": "2026-03-01", "done_on": "2026-03-02"},
        {"id": "KB-2", "state": "planned", "host": "P2", "guests": ["P1"], "topic": "IDL", "planned_on": "2026-12-01"},
        {"id": "KB-3", "state": "cancelled", "host": "P2", "guests": ["P1"], "topic": "IDL",
         "planned_on": "2026-12-01", "cancelled_on": "2026-10-01"}]},
    "/v1/referrals/figures": figures(),
}  # fmt: skip


@pytest.fixture
def asked(house: App, monkeypatch: pytest.MonkeyPatch) -> list[httpx.Request]:
    """The network and the referrals answer; what they were asked."""
    seen = list[httpx.Request]()

    def answer(request: httpx.Request) -> httpx.Response:
        if "/v1/" not in request.url.path:
            return httpx.Response(503)
        seen.append(request)
        if request.url.path == "/v1/referrals/figures" and "clinician" in request.headers["authorization"]:
            return httpx.Response(403)
        said = SAID.get(request.url.path)
        return httpx.Response(200, json=said) if said is not None else httpx.Response(404)

    monkeypatch.setattr(house.state.service, "http", httpx.AsyncClient(transport=httpx.MockTransport(answer)))
    return seen


async def test_each_number_is_its_owners_and_opens_to_its_list(caller: Caller, asked: list[httpx.Request]) -> None:
    body = (await caller("dinkes-analyst").get("/v1/indicators/ilp")).json()
    said = {n["code"]: (n["value"], n["of"], n["percent"]) for n in body["numbers"]}
    assert said == {
        "kecamatan-puskesmas": (8, 9, 88.89), "puskesmas-ilp": (12, 10, 120.0), "puskesmas-ilp-all": (12, 31, 38.71),
        "nine-kinds": (6, 10, 60.0), "agreements": (30, 40, 75.0), "ikm": (91.48, None, None),
        "learning-visits": (1, 2, 50.0), "referrals-sent": (40, None, None), "referrals-answered": (27, 30, 90.0),
        "referrals-arrived": (20, 25, 80.0), "referrals-closed": (18, 40, 45.0),
        "referrals-back-referred": (9, 18, 50.0),
    }  # fmt: skip
    ikm = next(n for n in body["numbers"] if n["code"] == "ikm")
    assert (ikm["detail"]["n"], ikm["detail"]["minimum"], ikm["detail"]["other_weight"]) == (
        300,
        278,
        {"printed": 90.56},
    )
    assert body["period"] == "2026-S1" and ikm["link"] == "/v1/surveys/results?period=2026-S1"
    assert [v["link"] for v in body["learning"]] == ["/v1/learning/visits/KB-1/follow-up"] and body["absent"] == []
    assert all(n["link"].startswith("/v1/") and n["formula"]["id"] and n["source"] for n in body["numbers"])
    assert {r.headers["authorization"] for r in asked} == {"Bearer None/dinkes-analyst"}, "by the reader's own rights"


async def test_what_is_not_there_is_named(caller: Caller, asked: list[httpx.Request]) -> None:
    body = (await caller("clinician", "K1").get("/v1/indicators/ilp")).json()
    assert [(a["code"], a["reason"]["id"][:10]) for a in body["absent"]] == [("referrals", "Peran Anda")]
    assert asked
    late = await caller("dinkes-admin").get("/v1/indicators/ilp", params={"on": "2027-01-01"})
    assert late.status_code == 422 and late.json()["errors"][0]["pointer"] == "/on"


async def test_a_silent_network_leaves_the_rest(caller: Caller, stage: Stage) -> None:
    for n, at in ((1, "K1"), (2, "P1")):
        await stage.write([
            Write("Patient", f"p{n}", who(n), patient(date(1960, 1, 1))),
            Write("Condition", f"c{n}", who(n), condition("I10", date(2026, 10, 2)), client="P1"),
            Write("Observation", f"b{n}", who(n), pressure(date(2026, 10, 3)), client=at),
            Write("Procedure", f"e{n}", who(n), procedure("409073007", date(2026, 10, 3)), client="P1"),
        ])  # fmt: skip
    body = (await caller("dinkes-admin").get("/v1/indicators/ilp")).json()
    assert {a["code"] for a in body["absent"]} == {
        "kecamatan-puskesmas", "puskesmas-ilp", "nine-kinds", "agreements", "ikm", "learning-visits", "referrals",
    }  # fmt: skip
    share = next(p for p in body["private"] if p["standard"].startswith("spm-08."))
    assert (share["served"], share["private"], share["share"]) == (2, 1, 50.0)
    few = (await caller("dinkes-analyst").get("/v1/indicators/ilp")).json()
    hidden = next(p for p in few["private"] if p["standard"].startswith("spm-08."))
    assert hidden["suppressed"] and hidden["private"] is None
    opened = (await caller("dinkes-admin").get(share["link"])).json()
    assert [u["person_id"] for u in opened["items"]] == [who(1)] and TODAY.year == opened["year"]
