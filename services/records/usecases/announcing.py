"""What the record holds already is said once more in its events: after a merge, or when a mother becomes known."""

import asyncio
from collections.abc import Iterable, Sequence

import asyncpg
import orjson

from services.kernel import events
from services.kernel.db import Tx
from services.kernel.events import Event
from services.kernel.service import Service
from services.records import exact, rules
from services.records.contract import MOVED
from services.records.fhir import strip
from services.records.queries import merging as queries
from services.records.room import room

_AT_ONCE = 200
"""Resources announced in one go."""


async def announce(service: Service, tx: Tx, rows: Sequence[asyncpg.Record], person: str | None = None) -> None:
    """Say once more what resources say, under the person they now belong to. Projected ones are not ours to say."""
    told = [r for r in rows if not r["deleted"] and not r["projected"]]
    for n in range(0, len(told), _AT_ONCE):
        await _some(service, tx, told[n : n + _AT_ONCE], person)
        await asyncio.sleep(0)  # others have their turn


async def announce_children(service: Service, tx: Tx, niks: Iterable[str]) -> None:
    """Children are announced with their mother's person, which is another now, or known at last."""
    await announce(service, tx, await queries.children(tx, rules.NIK_IBU, sorted(niks)))


async def _some(service: Service, tx: Tx, told: Sequence[asyncpg.Record], person: str | None) -> None:
    bodies = [exact.loads(r["body"].encode()) for r in told]
    mothers = await queries.owners(tx, rules.NIK, [n for b in bodies if (n := rules.mothers_nik(b))])
    said = []
    for r, body in zip(told, bodies, strict=True):
        stripped = strip(body)
        if r["type"] == "Patient" and (number := rules.mothers_nik(body)):
            stripped["mother"] = mothers.get(number)
        provider = room(service).facility_of(r["organization"])
        data = {"receipt": r["receipt"], "client": r["client"], "provider": provider, "resource": stripped}
        data = orjson.loads(orjson.dumps(data, default=float))
        said.append(Event(r["type"], MOVED, r["id"], r["version"], data, person or r["person_id"]))
    await events.append(tx, said)
