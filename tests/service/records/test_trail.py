"""The access log of the record names the very things that were shown or changed, and from where."""

from collections.abc import Callable
from typing import Any

import httpx

from services.kernel.access import LISTED
from tests.service.records.bodies import BASE, encounter, nik, systolic
from tests.service.records.test_secrecy import registered

Caller = Callable[..., httpx.AsyncClient]


async def rows(sql: Any, person: str) -> list[Any]:
    columns = "at, action, what, outcome, origin, resources"
    union = f"SELECT {columns} FROM access_log WHERE person_id = $1 UNION ALL"
    return list(await sql(f"{union} SELECT {columns} FROM access_pending WHERE person_id = $1 ORDER BY at", person))


async def test_what_was_written_read_searched_and_refused_is_named(caller: Caller, sql: Any) -> None:
    a, b = caller("KLINIK-A"), caller("TPMD-B")
    id_ = await registered(a, nik())
    seen = (await a.post(f"{BASE}/Observation", json=systolic(id_))).json()["id"]
    await a.get(f"{BASE}/Observation/{seen}")
    await a.get(f"{BASE}/Observation/{seen}/_history")
    await a.get(f"{BASE}/Observation", params={"patient": id_})
    await a.get(f"{BASE}/Patient/{id_}/$everything")
    await b.get(f"{BASE}/Observation/{seen}")
    await b.get(f"{BASE}/Observation", params={"patient": id_})
    logged = await rows(sql, id_)
    assert [(r["action"], r["what"], r["outcome"], r["resources"]) for r in logged if r["what"] != "Encounter"] == [
        ("write", "Patient", "allowed", f"Patient/{id_}"),
        ("write", "Observation", "allowed", f"Observation/{seen}"),
        ("read", "Observation", "allowed", f"Observation/{seen}"),
        ("read", "Observation", "allowed", f"Observation/{seen}"),
        ("read", "Observation/_history", "allowed", f"Observation/{seen}/_history/1"),
        ("search", "Observation", "allowed", f"Observation/{seen}"),
        ("read", "Patient/$everything", "allowed", f"Patient/{id_} Observation/{seen}"),
        ("read", "Observation", "refused", f"Observation/{seen}"),
        *[("search", "Observation", "refused", None)] * 2,
    ]
    assert {r["origin"] for r in logged} == {"127.0.0.1 python-httpx/0.28.1"}


async def test_a_long_list_is_kept_as_its_receipts_which_give_it_back(caller: Caller, sql: Any) -> None:
    a = caller("KLINIK-A")
    id_ = await registered(a, nik())
    entries = [{"resource": encounter(id_), "request": {"method": "POST", "url": "Encounter"}}] * (LISTED + 5)
    bundle = {"resourceType": "Bundle", "type": "batch", "entry": entries}
    assert (await a.post(BASE, json=bundle)).status_code == 200
    page = (await a.get(f"{BASE}/Patient/{id_}/$everything", params={"_count": 200})).json()
    logged = (await rows(sql, id_))[-1]
    count, _, span = logged["resources"].split(" ")
    assert int(count) == len(page["entry"]) == LISTED + 6
    low, high = (int(n) for n in span.split("-"))
    back = await sql(
        "SELECT id FROM resource WHERE person_id = $1 AND receipt BETWEEN $2 AND $3 ORDER BY receipt", id_, low, high
    )
    assert [r["id"] for r in back] == [e["resource"]["id"] for e in page["entry"]]


async def test_a_search_page_names_what_it_showed_and_no_more(caller: Caller, sql: Any) -> None:
    a = caller("KLINIK-A")
    id_ = await registered(a, nik())
    for _ in range(3):
        await a.post(f"{BASE}/Observation", json=systolic(id_))
    page = (await a.get(f"{BASE}/Observation", params={"patient": id_, "_count": 2})).json()
    shown = {f"Observation/{e['resource']['id']}" for e in page["entry"]}
    assert len(shown) == 2
    assert set((await rows(sql, id_))[-1]["resources"].split(" ")) == shown
