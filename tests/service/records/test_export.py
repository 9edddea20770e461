"""Bulk export: progress, files, what deletion leaves, and who may have what."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import orjson
import pytest

from services.kernel.app import App
from services.records.usecases import exports
from tests.service.records.bodies import BASE, encounter, nik, patient, systolic

Caller = Callable[..., httpx.AsyncClient]


async def done(a: httpx.AsyncClient, query: str = "", path: str = "$export") -> dict[str, Any]:
    """The manifest of an export, and the lines of its files under "lines"."""
    begun = await a.get(f"{BASE}/{path}{query}", headers={"prefer": "respond-async"})
    assert begun.status_code == 202, begun.text
    where = begun.headers["content-location"].removeprefix("http://t")
    for _ in range(200):
        answer = await a.get(where)
        if answer.status_code == 200:
            break
        assert answer.headers["x-progress"].split("%")[0].isdigit()
        await asyncio.sleep(0.05)
    manifest: dict[str, Any] = answer.json()
    manifest["lines"], manifest["status"] = [], where
    for part in manifest["output"] + manifest["deleted"]:
        text = (await a.get(part["url"].removeprefix("http://t"))).text
        assert text.count("\n") == part["count"]
        manifest["lines"] += [(part["type"], orjson.loads(line)) for line in text.split("\n") if line]
    return manifest


async def test_an_export_holds_all_one_may_see_and_logs_who_was_read(
    caller: Caller, sql: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "PART", 3)  # so that several parts are made
    a, b = caller("KLINIK-A"), caller("TPMD-B")
    hers = (await a.post(f"{BASE}/Patient", json=patient(nik()))).json()["id"]
    other = (await b.post(f"{BASE}/Patient", json=patient(nik()))).json()["id"]
    ids = [(await a.post(f"{BASE}/Observation", json=systolic(hers))).json()["id"] for _ in range(8)]
    foreign = (await b.post(f"{BASE}/Observation", json=systolic(other))).json()["id"]
    manifest = await done(a, "?_type=Observation,Patient", "Patient/$export")
    found = {(t, r["id"]) for t, r in manifest["lines"]}
    assert {("Observation", i) for i in ids} | {("Patient", hers)} <= found
    assert not {("Observation", foreign), ("Patient", other)} & found
    assert len(manifest["lines"]) == len(found) == sum(p["count"] for p in manifest["output"])
    logged = await sql(
        "SELECT person_id FROM access_pending WHERE what = '$export' AND actor = 'app-KLINIK-A'"
        " UNION SELECT person_id FROM access_log WHERE what = '$export' AND actor = 'app-KLINIK-A'"
    )
    assert hers in {r["person_id"] for r in logged}
    assert (await b.get(manifest["status"])).status_code == 404
    assert (await b.get(manifest["output"][0]["url"].removeprefix("http://t"))).status_code == 404
    assert (await a.delete(manifest["status"])).status_code == 202
    assert (await a.get(manifest["status"])).status_code == 404


async def test_since_gives_what_changed_and_what_was_deleted(caller: Caller) -> None:
    a = caller("KLINIK-A")
    hers = (await a.post(f"{BASE}/Patient", json=patient(nik()))).json()["id"]
    old = (await a.post(f"{BASE}/Encounter", json=encounter(hers))).json()
    await asyncio.sleep(0.01)
    gone = (await a.post(f"{BASE}/Encounter", json=encounter(hers))).json()
    assert (await a.delete(f"{BASE}/Encounter/{gone['id']}")).status_code == 204
    since = gone["meta"]["lastUpdated"].replace("+", "%2B")
    manifest = await done(a, f"?_type=Encounter&_since={since}")
    assert old["id"] not in {r.get("id") for _, r in manifest["lines"]}
    requests = [e["request"] for t, r in manifest["lines"] if t == "Bundle" for e in r["entry"]]
    assert {"method": "DELETE", "url": f"Encounter/{gone['id']}"} in requests


async def test_what_cannot_be_exported_is_said(caller: Caller) -> None:
    a = caller("KLINIK-A")
    for query in ("?_type=Nonsense", "?_outputFormat=text/csv", "?_since=kemarin"):
        refused = await a.get(f"{BASE}/$export{query}")
        assert refused.status_code in (400, 422), query
        assert refused.json()["resourceType"] == "OperationOutcome"
    assert (await caller("KLINIK-A", "clinician").get(f"{BASE}/$export")).status_code == 403


async def test_a_crash_in_the_middle_is_taken_up_where_it_was(
    records: App, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    a = caller("KLINIK-A")
    hers = (await a.post(f"{BASE}/Patient", json=patient(nik()))).json()["id"]
    for _ in range(6):
        await a.post(f"{BASE}/Observation", json=systolic(hers))
    monkeypatch.setattr(exports, "PART", 4)
    add, calls = exports._add, []

    async def once(*args: Any) -> None:
        calls.append(args)
        if len(calls) == 2:
            raise ConnectionError("the power went")
        await add(*args)

    monkeypatch.setattr(exports, "_add", once)
    manifest = await done(a, "?_type=Observation")
    ids = [r["id"] for _, r in manifest["lines"]]
    assert len(calls) >= 3
    assert len(ids) == len(set(ids)) >= 6
