"""Round trips to the database are counted: a create or a read is at most two besides BEGIN and COMMIT."""

import asyncio
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from services.kernel.app import App
from tests.service.records.bodies import BASE, NIK, bundle, encounter, nik, patient, systolic
from tests.service.records.conftest import own_record

records = own_record(still=True)
"""Without jobs and followers: every statement that is asked is of the request."""


@pytest.fixture
def counting(records: App) -> Callable[..., Any]:
    @contextmanager
    def count() -> Any:
        asked: list[str] = []

        def note(query: Any) -> None:
            if not query.query.lstrip().upper().startswith(("BEGIN", "COMMIT")):
                asked.append(query.query)

        connections = [h._con for h in records.state.service.db.pool._holders if h._con is not None]
        for conn in connections:
            conn.add_query_logger(note)
        yield asked
        for conn in connections:
            conn.remove_query_logger(note)

    return count


async def test_round_trips(caller: Callable[..., httpx.AsyncClient], counting: Callable[..., Any]) -> None:
    a, number = caller("KLINIK-A"), nik()
    person = (await a.post(f"{BASE}/Patient", json=patient(number))).json()["id"]
    wishes: list[tuple[str, int, Callable[[], Any]]] = [
        ("create Observation", 1, lambda: a.post(f"{BASE}/Observation", json=systolic(person))),
        ("create Encounter", 1, lambda: a.post(f"{BASE}/Encounter", json=encounter(person))),
        ("create Patient", 2, lambda: a.post(f"{BASE}/Patient", json=patient(nik()))),
        ("transaction of 10", 2, lambda: a.post(BASE, json=bundle(nik()))),
        ("read", 1, lambda: a.get(f"{BASE}/Patient/{person}")),
        ("search by identifier", 1, lambda: a.get(f"{BASE}/Patient", params={"identifier": f"{NIK}|{number}"})),
        (
            "search by patient, code, date",
            1,
            lambda: a.get(f"{BASE}/Observation?patient={person}&code=8480-6&date=2026"),
        ),
        ("everything", 1, lambda: a.get(f"{BASE}/Patient/{person}/$everything")),
    ]
    for what, most, wish in wishes:
        for _ in range(3 if "search" in what else 0):
            await wish()  # a search asked for the first times is prepared aside, which the driver does not note
        with counting() as asked:
            answer = await wish()
            await asyncio.sleep(0)  # the driver notes a statement one turn of the loop later
        assert answer.status_code in (200, 201), answer.text
        assert 1 <= len(asked) <= most, (what, asked)
