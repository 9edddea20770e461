"""Learning visits over HTTP: who fits whom, what was agreed, what came of it; indicators present, away or mute."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from services.facilities import peers
from tests.service.facilities.conftest import NETWORK, House
from tests.service.facilities.test_readiness import HOME, OTHER, staff

WEAK, FAR = "P1410020101", "P1410090101"
COVERAGE = {HOME: 80.0, OTHER: 70.0, WEAK: 20.0, FAR: 30.0}
PLAN = {"host": HOME, "guests": [WEAK], "topic": "Prolanis", "indicator": "spm-08", "planned_on": "2026-03-10"}


def told(as_of: str) -> dict[str, Any]:
    """An indicator by puskesmas, as the indicators service says it; it grows by ten points in time."""
    more = 0 if as_of == "2026-03-12" else 10
    both = {"id": "x", "en": "x"}
    empty = {"eligible": 0, "served": 0, "carried_in": 0, "coverage": None, "months": [0] * 13, "missing": {}}
    rows = [
        empty | {"code": c, "name": c, "eligible": 50, "served": int(v / 2), "coverage": v + more}
        for c, v in COVERAGE.items()
    ]
    return {
        "standard": "spm-08.permenkes-6-2024", "id": "spm-08", "set": "permenkes-6-2024", "title": both,
        "formula": both, "regulation": "Permenkes 6/2024", "year": 2026, "as_of": as_of, "by": "puskesmas",
        "total": empty | {"eligible": 200, "served": 100, "coverage": 50.0}, "outside": empty, "rows": rows,
        "items": [],
    }  # fmt: skip


class Indicators(httpx.AsyncBaseTransport):
    """The indicators service as it answers, is away, or never answers."""

    def __init__(self, way: str = "answers") -> None:
        self.way = way
        self.asked: list[httpx.URL] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url)
        assert request.headers["authorization"].startswith("Bearer ")
        if self.way == "away":
            raise httpx.ConnectError("away")
        if self.way == "mute":
            await asyncio.sleep(3600)
        if "spm-99" in request.url.path:
            return httpx.Response(404, json={})
        return httpx.Response(200, json=told(request.url.params.get("as_of", "2026-06-01")))


@contextmanager
def beside(house: House, indicators: Indicators) -> Iterator[Indicators]:
    """The house with that service as its peer."""
    own = house.service.http
    house.service.http = httpx.AsyncClient(transport=own._transport, mounts={"http://indicators": indicators})
    try:
        yield indicators
    finally:
        house.service.http = own


async def planned(house: House, id_: str = "KB-1", **fields: Any) -> None:
    answer = await house.http.put(f"/v1/learning/visits/{id_}", json=PLAN | fields, headers=house.admin)
    assert answer.status_code == 200, answer.text


async def done(house: House, id_: str = "KB-1", who: dict[str, str] | None = None, **fields: Any) -> httpx.Response:
    body = {
        "done_on": "2026-03-12", "learned": "Kader mengantar undangan",
        "agreed": [{"what": "Jadwal Prolanis", "owner": WEAK, "due": "2026-04-30"},
                   {"what": "Papan alur", "owner": WEAK, "due": "2100-01-01"}],
    }  # fmt: skip
    url = f"/v1/learning/visits/{id_}/done"
    return await house.http.post(url, json=body | fields, headers=who or house.admin)


async def test_weak_and_strong_are_matched_with_reasons(house: House) -> None:
    with beside(house, Indicators()) as indicators:
        answer = await house.http.get(
            "/v1/learning/matches", params={"indicator": "spm-08", "period": 2026}, headers=house.admin
        )
        missing = await house.http.get("/v1/learning/matches", params={"indicator": "spm-99"}, headers=house.admin)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    pairs = [(m["weak"]["facility"], m["strong"]["facility"]) for m in found["items"]]
    assert set(pairs) == {(w, s) for w in (WEAK, FAR) for s in (HOME, OTHER)} and pairs[0] == (WEAK, HOME)
    assert found["items"][0]["gap"] == 60.0 and "km" in found["items"][0]["reasons"][1]["id"]
    assert dict(indicators.asked[0].params) == {"by": "puskesmas", "year": "2026"}
    assert missing.status_code == 404


@pytest.mark.parametrize("way", ["away", "mute"])
async def test_without_indicators_it_says_so_and_nothing_hangs(
    house: House, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peers, "TIMEOUT", 0.2)
    await planned(house)
    assert (await done(house)).status_code == 200
    with beside(house, Indicators(way)):
        for url in ("/v1/learning/matches?indicator=spm-08", "/v1/learning/visits/KB-1/follow-up"):
            answer = await asyncio.wait_for(house.http.get(url, headers=house.admin), 5)
            assert answer.status_code == 503 and "indikator" in answer.json()["detail"].lower()
    assert (await house.http.get("/v1/learning/visits/KB-1", headers=house.admin)).status_code == 200


async def test_a_visit_from_its_plan_to_what_came_of_it(house: House) -> None:
    await planned(house)
    await planned(house, topic="Prolanis dan lansia")
    answer = await done(house)
    assert answer.status_code == 200 and answer.json()["state"] == "done", answer.text
    assert [(a["number"], a["state"]) for a in answer.json()["actions"]] == [(1, "late"), (2, "open")]
    guest = await staff(house, "staf.setatah", "puskesmas-staff", WEAK)
    other = await staff(house, "staf.alah", "puskesmas-staff", OTHER)
    url = "/v1/learning/visits/KB-1/actions/1/done"
    assert (await house.http.post(url, json={}, headers=other)).status_code == 403
    acted = await house.http.post(url, json={"done_on": "2026-04-20"}, headers=guest)
    assert acted.json()["actions"][0]["state"] == "done", acted.text
    assert (await house.http.post("/v1/learning/visits/KB-1/actions/7/done", json={}, headers=guest)).status_code == 404
    with beside(house, Indicators()):
        came = (await house.http.get("/v1/learning/visits/KB-1/follow-up", headers=guest)).json()
    assert came["then_on"] == "2026-03-12" and came["actions"] == {"done": 1, "open": 1}
    assert [(m["role"], m["then"]["coverage"], m["change"]) for m in came["moved"]] == [
        ("host", 80.0, 10.0), ("guest", 20.0, 10.0),
    ]  # fmt: skip


async def test_only_who_takes_part_and_the_office_write(house: House) -> None:
    guest = await staff(house, "staf.setatah", "puskesmas-staff", WEAK)
    other = await staff(house, "staf.alah", "puskesmas-staff", OTHER)
    url = "/v1/learning/visits/KB-1"
    assert (await house.http.put(url, json=PLAN, headers=other)).status_code == 403
    assert (await house.http.put(url, json=PLAN, headers=guest)).status_code == 200
    taken = await house.http.put(url, json=PLAN | {"guests": [OTHER], "host": FAR}, headers=other)
    assert taken.status_code == 403
    assert (await done(house, who=other)).status_code == 403
    assert (await house.http.post(f"{url}/cancel", json={"reason": "ombak"}, headers=other)).status_code == 403
    assert (await done(house, who=guest)).status_code == 200


async def test_what_is_wrong_is_refused_whole(house: House) -> None:
    await planned(house)
    foreign = [{"what": "xxx", "owner": OTHER, "due": "2026-04-30"}]
    wrong = await done(house, agreed=foreign)
    assert wrong.status_code == 422 and wrong.json()["errors"][0]["pointer"] == "/owner"
    still = (await house.http.get("/v1/learning/visits/KB-1", headers=house.admin)).json()
    assert still["state"] == "planned" and still["actions"] == []
    assert (await done(house, id_="KB-404")).status_code == 404
    assert (await done(house, done_on="2100-01-01")).json()["errors"][0]["pointer"] == "/done_on"
    assert (await done(house)).status_code == 200
    late = await house.http.post("/v1/learning/visits/KB-1/cancel", json={"reason": "batal"}, headers=house.admin)
    assert late.status_code == 422


async def test_the_list_filters_sorts_and_pages(house: House) -> None:
    for what in ("learning-visits", "learning-actions"):
        for expected in ("loaded", "unchanged"):
            answer = await house.load(what, (NETWORK / f"{what}.csv").read_bytes())
            assert answer.status_code == 200 and answer.json()[expected] >= 6, answer.text

    async def ids(**params: Any) -> list[str]:
        answer = await house.http.get("/v1/learning/visits", params=params, headers=house.admin)
        assert answer.status_code == 200, answer.text
        return [v["id"] for v in answer.json()["items"]]

    assert len(await ids()) == 7
    assert await ids(state="cancelled") == ["KB-2026-03"]
    assert await ids(facility=WEAK) == ["KB-2026-01"]
    assert await ids(facility=HOME, state="done") == ["KB-2025-01", "KB-2026-01"]
    assert await ids(indicator="spm-08") == ["KB-2026-01", "KB-2026-04"]
    assert await ids(since="2026-05-01", until="2026-07-31", sort="-planned_on") == ["KB-2026-03", "KB-2026-02"]
    first = (await house.http.get("/v1/learning/visits", params={"limit": 3}, headers=house.admin)).json()
    assert await ids(limit=10, after=first["next"]) == ["KB-2026-02", "KB-2026-03", "KB-2026-04", "KB-2026-05"]


async def test_what_was_said_there_is_in_no_event(house: House) -> None:
    await planned(house)
    await done(house, learned="Bidan Qonitah menunjukkan caranya")
    async with house.service.db.reading() as conn:
        rows = await conn.fetch("SELECT data FROM event UNION ALL SELECT data FROM event_pending")
    assert any("KB-1" in r["data"] for r in rows) and not any("Qonitah" in r["data"] for r in rows)
