"""Pairs for the review queue: each Patient that came or changed is compared with those it shares keys with.

The record's own sealed events say who: every version is looked at once, in their order, by one process at a time.
Work is in short steps, each with its cursor in one transaction, and rests as long as it worked, so that a bulk load
does not starve those who ask meanwhile.
"""

import asyncio
import time

import orjson

from services.kernel.db import Tx
from services.kernel.service import Service
from services.records import exact
from services.records.matching.compare import GRADES, compare
from services.records.matching.traits import Traits, keys, traits, unpacked
from services.records.matching.weights import weights
from services.records.queries import matching as queries
from services.records.room import room

STEP = 50
BUDGET = 0.5
"""Seconds of work in one turn of the job."""
LISTED = GRADES[:2]
RENEWED = 600.0
"""Seconds after which the shares of names are counted again."""


async def work(service: Service) -> None:
    """One turn of the background job."""
    await renew(service)
    end = time.monotonic() + BUDGET
    while time.monotonic() < end:
        if not await step(service):
            return
        await asyncio.sleep(0)


async def renew(service: Service, after: float = RENEWED) -> None:
    """Count how common the words of names are, when it was long ago or the record has grown by a fifth."""
    here = room(service)
    if time.monotonic() - here.counted_at < after and here.seen < here.persons // 5 + 1000:
        return
    async with service.db.reading() as conn:
        rows = await conn.fetch(queries.SHARES)
    here.common = {r["w"]: r["n"] for r in rows}
    here.persons = rows[0]["persons"] if rows else 0
    here.seen, here.counted_at = 0, time.monotonic()


async def step(service: Service, most: int = STEP) -> bool:
    """Look at the next persons; False when there is nothing left or another process is at it."""
    async with service.db.transaction() as tx:
        now = await queries.next_step(tx, most)
        if now is None or now.to is None or now.to <= now.was:
            return False
        changed = await _keep(tx, now.persons)
        if changed:
            await queries.found(tx, await _pairs(service, tx, changed), list(changed))
        await queries.move(tx, now.to)
    room(service).seen += len(now.persons)
    return True


async def _keep(tx: Tx, persons: list[str]) -> dict[str, Traits]:
    """Store what these persons are recognised by now; those of whom it changed."""
    rows, gone, changed = [], [], {}
    for person, body, kept in await queries.patients(tx, persons):
        patient = exact.loads(body.encode()) if body is not None else None
        if patient is None or patient.get("active") is False:
            gone.append(person)
            continue
        t = traits(patient)
        text = orjson.dumps(t.packed()).decode()
        if text != kept:
            words = " ".join(dict.fromkeys(w for name in t.names for w in name))
            rows.append((person, words, "{" + ",".join(map(str, keys(t))) + "}", text))
            changed[person] = t
    if rows or gone:
        await queries.keep(tx, rows, gone)
    return changed


async def _pairs(service: Service, tx: Tx, changed: dict[str, Traits]) -> list[tuple[str, str, float, str, str]]:
    """The likely pairs of the changed persons, each once, the smaller id first."""
    w, share = weights(service.clock.today()), room(service).share
    found: dict[tuple[str, str], tuple[str, str, float, str, str]] = {}
    for n, (person, other, kept) in enumerate(await queries.neighbours(tx, list(changed))):
        if n % 100 == 99:
            await asyncio.sleep(0)
        one, two = min(person, other), max(person, other)
        likeness = compare(changed[person], unpacked(orjson.loads(kept)), w, share)
        if likeness.grade in LISTED:
            evidence = orjson.dumps([[e.field, e.outcome, e.how, e.weight] for e in likeness.evidence]).decode()
            found[one, two] = (one, two, likeness.score, likeness.grade, evidence)
    return list(found.values())
