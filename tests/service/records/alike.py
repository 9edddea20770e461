"""Persons who look alike, for the tests of $match and of the review queue."""

import asyncio
import itertools
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from services.kernel.app import App
from services.records.usecases import scanning
from tests.service.records.bodies import BASE, NIK

Caller = Callable[..., httpx.AsyncClient]
_rare = itertools.count(1)
HOME, ELSEWHERE = "1410011001", "1410022002"
ADMINISTRATIVE = "https://fhir.kemkes.go.id/r4/StructureDefinition/administrativeCode"


@pytest.fixture(autouse=True)
def no_job(monkeypatch: pytest.MonkeyPatch) -> None:
    """The running record's own turns do nothing here: the tests say when to look."""
    monkeypatch.setattr(scanning, "BUDGET", 0.0)


def rare() -> str:
    """A name nobody else has."""
    n, letters = next(_rare), "bcdfgklmnprstw"
    return "Zul" + "".join(letters[n // 14**i % 14] + v for i, v in enumerate("aiu")) + "man"


def described(name: str, born: str = "1984-03-09", village: str = ELSEWHERE, **more: Any) -> dict[str, Any]:
    place = {"url": ADMINISTRATIVE, "extension": [{"url": "village", "valueCode": village}]}
    return {
        "resourceType": "Patient", "name": [{"text": name}], "gender": "male", "birthDate": born,
        "address": [{"use": "home", "extension": [place]}], **more,
    }  # fmt: skip


def numbered(value: str) -> dict[str, Any]:
    return {"identifier": [{"system": NIK, "value": value}]}


def asked(patient: dict[str, Any], **more: Any) -> dict[str, Any]:
    kinds = {int: "valueInteger", bool: "valueBoolean"}
    parameter = [{"name": "resource", "resource": patient}]
    parameter += [{"name": k, kinds[type(v)]: v} for k, v in more.items()]
    return {"resourceType": "Parameters", "parameter": parameter}


SCANNED = """SELECT NOT EXISTS (SELECT FROM event_pending)
    AND (SELECT position FROM traits_scan) = coalesce((SELECT max(position) FROM event), 0) AS done"""


async def sealed(records: App) -> None:
    """Until all events have their position."""
    service = records.state.service
    for _ in range(500):
        async with service.db.reading() as conn:
            if not await conn.fetchval("SELECT EXISTS (SELECT FROM event_pending)"):
                return
        service.db.signal()
        await asyncio.sleep(0.01)
    raise AssertionError("events are not sealed")


async def scan(records: App) -> None:
    """Until every event has been looked at."""
    service = records.state.service
    await sealed(records)
    await scanning.renew(service, after=0)
    for _ in range(500):
        while await scanning.step(service):
            pass
        async with service.db.reading() as conn:
            if await conn.fetchval(SCANNED):
                return
        await asyncio.sleep(0.01)
    raise AssertionError("the scan does not end")


async def register(client: httpx.AsyncClient, patient: dict[str, Any]) -> str:
    answer = await client.post(f"{BASE}/Patient", json=patient)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def match(client: httpx.AsyncClient, patient: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    answer = await client.post(f"{BASE}/Patient/$match", json=asked(patient, **more))
    assert answer.status_code == 200, answer.text
    assert answer.json()["type"] == "searchset"
    return list(answer.json().get("entry", []))


def grade(entry: dict[str, Any]) -> str:
    return str(next(e["valueCode"] for e in entry["search"]["extension"] if e["url"].endswith("match-grade")))


def evidence(entry: dict[str, Any]) -> dict[str, str]:
    parts = [e["extension"] for e in entry["search"]["extension"] if e["url"].endswith("match-evidence")]
    return {p[0]["valueCode"]: p[1]["valueCode"] for p in parts}


async def looks(sql: Any, person: str) -> list[tuple[str, str]]:
    found = await sql(
        "SELECT action, what, outcome FROM access_pending WHERE person_id = $1 UNION ALL "
        "SELECT action, what, outcome FROM access_log WHERE person_id = $1",
        person,
    )
    return [(r["what"], r["outcome"]) for r in found if r["action"] == "search"]
