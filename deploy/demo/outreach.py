"""What came of calls and visits to some of those on a puskesmas' worklist, so that every state of the list is seen."""

import asyncio
from typing import Any

import httpx

from deploy.demo.door import bearer, fine

PATIENCE = 10.0
"""Seconds for the numbers to know the people who were just loaded."""
SAID: tuple[dict[str, Any], ...] = (
    {"kind": "moved", "way": "home-visit", "by": "Kader Posyandu Melati", "note": "Rumah kosong, kata tetangga pindah"},
    {"kind": "reached", "way": "home-visit", "by": "Kader Posyandu Melati", "note": "Akan datang ke posyandu"},
    {"kind": "refused", "way": "call"},
    {"kind": "served-elsewhere", "way": "call", "note": "Katanya sudah di bidan; minta buku KIA"},
)


async def load(http: httpx.AsyncClient, staff: dict[str, Any]) -> int:
    """Record them, unless some were recorded before; how many."""
    account = staff["demo.puskesmas"]
    own = {"Authorization": await bearer(http, "demo.puskesmas", account["password"])}
    if fine(await http.get("/v1/worklists/claims", headers=own), "claims")["items"]:
        return 0
    persons, before = list[str](), -1
    for _ in range(int(PATIENCE * 2)):
        found = fine(await http.get("/v1/worklists", params={"limit": 20}, headers=own), "worklist")
        persons = [line["person_id"] for line in found["items"]]
        if len(persons) == before > 0:  # no more have come
            break
        before = len(persons)
        await asyncio.sleep(0.5)
    persons = persons[-len(SAID) :]
    for person, body in zip(persons, SAID, strict=False):
        headers = own | {"Idempotency-Key": f"demo-{body['kind']}"}
        fine(await http.post(f"/v1/worklists/{person}/outcomes", json=body, headers=headers), "outcome")
    return len(persons)
