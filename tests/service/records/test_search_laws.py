"""Laws of searching, tried with made-up criteria: pages together are the whole, once; nothing found is hidden; what a
criterion adds only takes away; a negation is the rest."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.service.records.bodies import BASE, encounter, nik, patient, systolic
from tests.service.records.conftest import own_record

Caller = Callable[..., httpx.AsyncClient]
CODES = ["8480-6", "8462-4", "29463-7"]
CRITERIA = st.lists(
    st.sampled_from([
        ("code", "8480-6"), ("code", "8480-6,29463-7"), ("code:not", "8462-4"), ("status", "final"),
        ("status:not", "final"), ("date", "ge2026-03-03"), ("date", "lt2026-03-05"), ("date", "2026-03-01,2026-03-04"),
        ("value-quantity", "gt105"), ("value-quantity", "le110"), ("encounter:missing", "true"),
        ("encounter:missing", "false"), ("performer", "Practitioner/N7"), ("performer:missing", "true"),
        ("patient.gender", "female"), ("patient.gender", "male"), ("patient.name", "siti"),
        ("encounter.status", "finished"), ("_lastUpdated", "ge2020"), ("category:missing", "true"),
    ]), max_size=3,
)  # fmt: skip
ORDERS = st.sampled_from(["", "date", "-date", "_id", "-_lastUpdated", "status,-date", "code", "-value-quantity"])


records = own_record()
"""A record of its own: many persons alike would be in the way of others."""


@pytest.fixture(scope="module")
async def world() -> dict[str, Any]:
    """Filled once by the first test that needs it (clients are made per test)."""
    return {}


async def fill(world: dict[str, Any], caller: Caller) -> str:
    """Twelve persons of two facilities, one shared, with a few readings each; the value all carry to be told apart."""
    if world:
        return str(world["mark"])
    mark = world["mark"] = f"urn:laws:{nik()}"
    a, b = caller("KLINIK-A"), caller("TPMD-B")
    for n in range(12):
        owner = a if n % 2 else b
        body = patient(nik(), gender="male" if n % 3 else "female")
        person = (await owner.post(f"{BASE}/Patient", json=body)).json()["id"]
        if n == 5:
            await b.post(f"{BASE}/Patient", json=body)
        visit = (await owner.post(f"{BASE}/Encounter", json=encounter(person))).json()["id"]
        for k in range(n % 5 + 1):
            reading = systolic(person, str(100 + n + k)) | {
                "identifier": [{"system": mark, "value": f"{n}-{k}"}],
                "meta": {"tag": [{"system": mark, "code": "laws"}]},
                "status": "amended" if k == 1 else "final",
                "code": {"coding": [{"system": "http://loinc.org", "code": CODES[(n + k) % 3]}]},
                "effectiveDateTime": f"2026-03-0{(n + k) % 7 + 1}T08:00:00+07:00",
            }
            reading |= {"encounter": {"reference": f"Encounter/{visit}"}} if k % 2 else {}
            reading |= {"performer": [{"reference": "Practitioner/N7"}]} if k == 2 else {}
            made = await owner.post(f"{BASE}/Observation", json=reading)
            assert made.status_code == 201, made.text
    return str(mark)


async def whole(client: httpx.AsyncClient, items: list[tuple[str, str]]) -> list[str]:
    answer = await client.get(f"{BASE}/Observation?{urlencode([*items, ('_count', '500')])}")
    assert answer.status_code == 200, answer.text
    told = answer.json()
    ids = [e["resource"]["id"] for e in told.get("entry", ())]
    assert told["total"] == len(ids)
    return ids


RUN = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


@RUN
@given(
    criteria=CRITERIA, order=ORDERS, size=st.integers(1, 7), facility=st.sampled_from(["KLINIK-A", "TPMD-B", "PKM-C"])
)
async def test_pages_together_are_the_whole(
    caller: Caller, world: dict[str, Any], criteria: list[tuple[str, str]], order: str, size: int, facility: str
) -> None:
    mark, client = await fill(world, caller), caller(facility)
    items = [("_tag", f"{mark}|laws"), *criteria, *([("_sort", order)] if order else [])]
    all_of_them, paged = await whole(client, items), []
    address = f"{BASE}/Observation?{urlencode([*items, ('_count', str(size)), ('_total', 'accurate')])}"
    while address:
        page = (await client.get(address)).json()
        assert page["total"] == len(all_of_them)
        assert len(page.get("entry", ())) <= size
        paged += [e["resource"]["id"] for e in page.get("entry", ())]
        address = next((link["url"] for link in page["link"] if link["relation"] == "next"), "")
    assert paged == all_of_them and len(set(paged)) == len(paged)


@RUN
@given(criteria=CRITERIA, facility=st.sampled_from(["KLINIK-A", "TPMD-B", "PKM-C"]))
async def test_what_is_found_may_be_read_and_criteria_take_away(
    caller: Caller, world: dict[str, Any], criteria: list[tuple[str, str]], facility: str
) -> None:
    mark, client = await fill(world, caller), caller(facility)
    tag = ("_tag", f"{mark}|laws")
    every = await whole(client, [tag])
    found = await whole(client, [tag, *criteria])
    assert set(found) <= set(every)
    for id_ in found[:3]:
        assert (await client.get(f"{BASE}/Observation/{id_}")).status_code == 200
    for name, value in criteria:
        if ":not" in name:
            other = await whole(client, [tag, (name.removesuffix(":not"), value)])
            assert set(other) | set(await whole(client, [tag, (name, value)])) == set(every)
    assert (every == []) if facility == "PKM-C" else (len(every) > 10)
