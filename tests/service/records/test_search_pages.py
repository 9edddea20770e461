"""Order and pages: nothing skipped and nothing twice, also while others write; page marks tell and open nothing."""

import asyncio
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from tests.service.records.bodies import BASE, systolic
from tests.service.records.conftest import own_record
from tests.service.records.test_search import Caller, found, keep, register

records = own_record()
"""A record of its own: many persons alike would be in the way of others."""


async def pages(client: httpx.AsyncClient, query: str) -> list[list[str]]:
    address, shown = f"{BASE}/Observation?{query}", []
    while address:
        answer = (await client.get(address)).json()
        shown.append([e["resource"]["id"] for e in answer.get("entry", ())])
        address = next((link["url"] for link in answer["link"] if link["relation"] == "next"), "")
    return shown


ORDERS = [
    "",
    "date",
    "-date",
    "_lastUpdated",
    "-_lastUpdated",
    "lastUpdated",
    "_id",
    "-date,_id",
    "status,-date",
    "value-quantity",
]


@pytest.mark.parametrize("order", ORDERS)
async def test_order(caller: Caller, order: str) -> None:
    a = caller("KLINIK-A")
    person = await register(a)
    for n in (3, 1, 2, 2, 5):
        at = {"effectiveDateTime": f"2026-03-0{n}T08:00:00+07:00"} if n != 5 else {}
        body = systolic(person, str(100 + n))
        body.pop("effectiveDateTime")
        await keep(a, body | at | {"status": "final" if n % 2 else "amended"})
    paged = await pages(a, urlencode({"patient": person, "_count": 2, **({"_sort": order} if order else {})}))
    whole = await found(a, "Observation", urlencode({"patient": person, **({"_sort": order} if order else {})}))
    assert [i for page in paged for i in page] == whole and len(set(whole)) == 5 and len(paged) == 3
    bodies = [(await a.get(f"{BASE}/Observation/{i}")).json() for i in whole]
    days = [b.get("effectiveDateTime", "") for b in bodies]
    if order == "-date":
        assert days == sorted(days, reverse=True)
    elif order == "date":
        assert days[:4] == sorted(days[:4]) and days[4] == ""
    elif order == "value-quantity":
        assert [b["valueQuantity"]["value"] for b in bodies] == [101, 102, 102, 103, 105]
    elif order == "status,-date":
        assert [b["status"] for b in bodies] == ["amended"] * 2 + ["final"] * 3 and days[2:] == sorted(
            days[2:], reverse=True
        )


@pytest.mark.parametrize("order", ["", "date", "-date", "_lastUpdated", "-_lastUpdated"])
async def test_pages_while_others_write(caller: Caller, order: str) -> None:
    """Of what was there when the search began nothing is skipped and nothing comes twice, though others change the
    very values it is sorted by, create and delete."""
    a = caller("KLINIK-A")
    person = await register(a)

    def body(n: int, day: int) -> dict[str, Any]:
        return systolic(person, str(100 + n)) | {"effectiveDateTime": f"2026-03-{day:02}T08:00:00+07:00"}

    ids = [await keep(a, body(n, n % 27 + 1)) for n in range(30)]
    deleted: set[str] = set()

    async def write() -> None:
        for n, id_ in enumerate(ids * 3):
            if n % 10 == 3:
                await keep(a, body(n, 15))
            elif n % 45 == 7:
                deleted.add(id_)
                await a.delete(f"{BASE}/Observation/{id_}")
            elif id_ not in deleted:
                answer = await a.put(f"{BASE}/Observation/{id_}", json=body(n, (n * 7) % 27 + 1) | {"id": id_})
                assert answer.status_code == 200
            await asyncio.sleep(0)

    sort = {"_sort": order} if order else {}
    first = (await a.get(f"{BASE}/Observation?" + urlencode({"patient": person, "_count": 4, **sort}))).json()
    writing = asyncio.create_task(write())
    await asyncio.sleep(0.05)
    shown = [e["resource"]["id"] for e in first["entry"]]
    address = next(link["url"] for link in first["link"] if link["relation"] == "next")
    while address:
        answer = (await a.get(address)).json()
        shown += [e["resource"]["id"] for e in answer.get("entry", ())]
        address = next((link["url"] for link in answer["link"] if link["relation"] == "next"), "")
    await writing
    assert len(shown) == len(set(shown))
    assert set(shown) <= set(ids) and set(ids) - set(shown) <= deleted


async def test_a_page_mark_is_good_for_one_search_of_one_actor(caller: Caller) -> None:
    a, b = caller("KLINIK-A"), caller("PKM-C")
    person = await register(a)
    for _ in range(2):
        await keep(a, systolic(person))
    first = f"{BASE}/Observation?patient={person}&_count=1"
    links = (await a.get(first)).json()["link"]
    mark = next(link["url"] for link in links if link["relation"] == "next").split("_page=")[1]
    assert person not in mark and (await a.get(f"{first}&_page={mark}")).status_code == 200
    assert (await a.get(f"{first}&_count=2&_page={mark}")).status_code == 200
    for client, address in (
        (b, f"{first}&_page={mark}"), (a, f"{first}&code=8480-6&_page={mark}"), (a, f"{BASE}/Observation?_page={mark}"),
        (a, f"{first}&_page={mark[:-4]}AAAA"), (a, f"{first}&_page=x"), (a, f"{BASE}/Condition?_page={mark}"),
    ):  # fmt: skip
        assert (await client.get(address)).status_code == 400, address
