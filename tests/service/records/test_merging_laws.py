"""Whatever was recorded of two persons, in whatever order: merged and taken apart again they are what they were."""

import asyncio
from collections.abc import Callable
from random import Random
from typing import Any

import httpx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.service.records.bodies import BASE, NIK, bundle, encounter, nik, patient, systolic
from tests.service.records.test_merging import VILLAGE, announced, merged, snapshot, undone

Caller = Callable[..., httpx.AsyncClient]
FACILITIES = ("KLINIK-A", "TPMD-B", "PKM-C")


def person(rnd: Random) -> dict[str, Any]:
    """A Patient that says much or little of itself."""
    said = patient("", identifier=[{"system": NIK, "value": nik()}, {"system": "urn:uji:rm", "value": nik()}])
    said |= {"address": [VILLAGE], "telecom": [{"system": "phone", "value": "1"}], "deceasedBoolean": False}
    said |= {"maritalStatus": {"text": "Kawin"}, "active": True}
    gone = rnd.sample(["identifier", "name", "birthDate", "address", "telecom", "deceasedBoolean", "active"], 3)
    return {k: v for k, v in said.items() if k not in gone}


async def live(rnd: Random, client: httpx.AsyncClient, who: str, done: list[str]) -> None:
    """One thing that happens to somebody at a facility."""
    match rnd.randrange(5):
        case 0:
            await client.post(f"{BASE}/Encounter", json=encounter(who))
        case 1 | 2:
            made = await client.post(f"{BASE}/Observation", json=systolic(who))
            done.append(made.json()["id"])
        case 3 if done:
            id_ = done[-1]
            await client.put(f"{BASE}/Observation/{id_}", json=systolic(who, str(rnd.randrange(90, 200))) | {"id": id_})
        case _ if done:
            await client.delete(f"{BASE}/Observation/{done.pop()}")
        case _:
            await client.post(BASE, json=bundle(nik()))


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32))
async def test_merge_and_undo_is_nothing(caller: Caller, sql: Any, seed: int) -> None:
    rnd, office = Random(seed), caller(None, "dinkes-admin")  # noqa: S311
    people, clients = [], [caller(f) for f in FACILITIES]
    for _ in range(3):
        made = await rnd.choice(clients).post(f"{BASE}/Patient", json=person(rnd))
        assert made.status_code in (200, 201), made.text
        people.append(made.json()["id"])
    done: dict[str, list[str]] = {p: [] for p in people}
    for _ in range(rnd.randrange(12)):
        who = rnd.choice(people)
        await live(rnd, clients[people.index(who)], who, done[who])
    await asyncio.sleep(0)
    before, told = await snapshot(sql, *people), await announced(sql, *people)
    rnd.shuffle(people)
    first, second, third = people
    chain = [await merged(office, first, second)]
    if rnd.random() < 0.6:
        pair = (first, third) if rnd.random() < 0.5 else (third, first)
        chain.append(await merged(office, *pair))
    for merge_id in reversed(chain):
        await undone(office, merge_id)
    assert await snapshot(sql, *people) == before
    assert await announced(sql, *people) == told
