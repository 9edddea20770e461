"""Histories: of a type and of a resource, since a moment, in pages; each version decided and logged."""

import time
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import httpx

from tests.service.records.bodies import BASE, nik, patient, systolic

Caller = Callable[..., httpx.AsyncClient]


async def registered(client: httpx.AsyncClient) -> str:
    return str((await client.post(f"{BASE}/Patient", json=patient(nik()))).json()["id"])


async def walked(client: httpx.AsyncClient, url: str) -> list[dict[str, Any]]:
    """All entries of all pages."""
    entries: list[dict[str, Any]] = []
    while url:
        page = await client.get(url)
        assert page.status_code == 200, page.text
        entries += page.json().get("entry", [])
        url = next((link["url"] for link in page.json()["link"] if link["relation"] == "next"), "")
    return entries


async def test_a_resource_in_pages(caller: Caller) -> None:
    a = caller("KLINIK-A")
    id_ = (await a.post(f"{BASE}/Observation", json=systolic(await registered(a)))).json()["id"]
    for n in range(4):
        await a.patch(f"{BASE}/Observation/{id_}", json={"note": [{"text": str(n)}]})
    await a.delete(f"{BASE}/Observation/{id_}")
    whole = (await a.get(f"{BASE}/Observation/{id_}/_history")).json()
    assert (whole["total"], [e["request"]["method"] for e in whole["entry"]]) == (6, ["DELETE", *["PUT"] * 4, "POST"])
    paged = await walked(a, f"{BASE}/Observation/{id_}/_history?_count=2")
    assert paged == whole["entry"]
    since = paged[2]["response"]["lastModified"]
    later = (await a.get(f"{BASE}/Observation/{id_}/_history", params={"_since": since})).json()
    assert [e["response"]["etag"] for e in later["entry"]] == ['W/"6"', 'W/"5"', 'W/"4"']
    assert (await a.get(f"{BASE}/Observation/{id_}/_history/6")).status_code == 410
    one = await a.get(f"{BASE}/Observation/{id_}/_history/2")
    assert (one.status_code, one.headers["etag"], one.json()["meta"]["versionId"]) == (200, 'W/"2"', "2")
    assert (await a.get(f"{BASE}/Observation/{id_}/_history/7")).status_code == 404
    assert (await a.get(f"{BASE}/Observation/{id_}/_history?_since=kemarin")).status_code == 400
    assert (await a.get(f"{BASE}/Observation/{id_}/_history?_page=x")).status_code == 400


async def test_a_type_of_the_registry_is_followed(caller: Caller) -> None:
    """mCSD ITI-91: what was created, changed and deleted since the moment the last answer named."""
    a, mark = caller("KLINIK-A"), str(uuid.uuid4())
    first = (await a.get(f"{BASE}/Location/_history?_count=1")).json()
    since = datetime.fromisoformat(first["meta"]["lastUpdated"])
    ids = []
    for n in range(3):
        made = await a.post(f"{BASE}/Location", json={"resourceType": "Location", "name": f"{mark} {n}"})
        ids.append(made.json()["id"])
    await a.put(f"{BASE}/Location/{ids[0]}", json={"resourceType": "Location", "name": f"{mark} baru"})
    await a.delete(f"{BASE}/Location/{ids[1]}")
    for count in (1, 2, 500):
        found = await walked(caller("TPMD-B"), str(httpx.URL(f"{BASE}/Location/_history", params={
            "_since": since.isoformat(), "_count": count})))  # fmt: skip
        mine = [(e["fullUrl"].split("/")[-1], e["request"]["method"]) for e in found if e["fullUrl"][-36:] in ids]
        assert sorted(mine) == sorted(
            [(ids[0], "POST"), (ids[0], "PUT"), (ids[1], "POST"), (ids[1], "DELETE"), (ids[2], "POST")]
        )
        moments = [e["response"]["lastModified"] for e in found]
        assert moments == sorted(moments, reverse=True)
    now = (since + timedelta(days=1)).isoformat().replace("+", "%2B")
    assert "entry" not in (await a.get(f"{BASE}/Location/_history?_since={now}")).json()


async def test_pages_of_a_type_neither_skip_nor_repeat_while_others_write(caller: Caller) -> None:
    a = caller("KLINIK-A")
    ids = [(await a.post(f"{BASE}/Device", json={"resourceType": "Device"})).json()["id"] for _ in range(6)]
    seen: list[str] = []
    url = f"{BASE}/Device/_history?_count=2"
    while url:
        page = (await a.get(url)).json()
        seen += [e["fullUrl"].split("/")[-1] + e["response"]["etag"] for e in page["entry"]]
        for id_ in ids:
            await a.put(f"{BASE}/Device/{id_}", json={"resourceType": "Device", "lotNumber": str(time.monotonic_ns())})
        url = next((link["url"] for link in page["link"] if link["relation"] == "next"), "")
    assert len(seen) == len(set(seen))
    assert {f'{i}W/"1"' for i in ids} <= set(seen)


async def test_a_type_shows_and_logs_only_what_may_be_seen(caller: Caller, sql: Any) -> None:
    a, b = caller("KLINIK-A"), caller("TPMD-B")
    hers, mine = await registered(a), await registered(b)
    hidden = (await a.post(f"{BASE}/Observation", json=systolic(hers))).json()["id"]
    seen = (await b.post(f"{BASE}/Observation", json=systolic(mine))).json()["id"]
    page = await b.get(f"{BASE}/Observation/_history?_count=500")
    assert seen in page.text
    assert hidden not in page.text
    rows = await sql(
        "SELECT resources FROM access_log WHERE person_id = $1 AND what = 'Observation/_history' UNION ALL"
        " SELECT resources FROM access_pending WHERE person_id = $1 AND what = 'Observation/_history'",
        mine,
    )
    assert [r["resources"] for r in rows] == [f"Observation/{seen}/_history/1"]
    assert not await sql("SELECT 1 FROM access_pending WHERE person_id = $1 AND facility = 'TPMD-B'", hers)
