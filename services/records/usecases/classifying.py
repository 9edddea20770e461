"""When the list of sensitive codes has changed, everything stored is looked at again, a little at a time."""

import asyncio
from typing import Any

import orjson

from services.kernel.db import Tx
from services.kernel.service import Service
from services.records.fhir import extract
from services.records.queries import classifying as queries
from services.records.sensitive import EDITION, settled

ROWS, REST = 500, 0.05
"""Rows of one transaction, and seconds in between that belong to others."""
_TABLES = ("resource", "resource_history")


async def again(service: Service) -> None:
    """A kernel job: through to the end. A pass that is interrupted goes on where it stood."""
    while True:
        async with service.db.transaction() as tx:
            place = await queries.take(tx, EDITION)
            if place is None:
                return
            await queries.move(tx, EDITION, await _page(tx, place))
        await asyncio.sleep(REST)


async def _page(tx: Tx, place: str) -> str | None:
    """One page from a place; the place after it, None at the end."""
    table, type_, id_, version = orjson.loads(place) if place else (_TABLES[0], "", "", 0)
    rows = await queries.page(tx, table, (type_, id_, version), ROWS)
    await _put(tx, table, [r for r in rows if r["type"] != "Encounter"], {})
    visits = [r for r in rows if r["type"] == "Encounter"]
    await _put(tx, table, visits, await _carried(tx, [r["id"] for r in visits]))
    if len(rows) == ROWS:
        last = rows[-1]
        return orjson.dumps((table, last["type"], last["id"], last["version"])).decode()
    if table == _TABLES[0]:
        return orjson.dumps((_TABLES[1], "", "", 0)).decode()
    return None


async def _put(tx: Tx, table: str, rows: list[Any], carried: dict[tuple[str, str, str | None], set[str]]) -> None:
    changed = []
    for r in rows:
        found = sorted({*_classes(r), *carried.get((r["id"], r["person_id"], r["client"]), ())})
        if found != sorted(r["sensitive"] or ()):
            changed.append((r["type"], r["id"], r["version"], " ".join(found) or None))
    if changed:
        await queries.put(tx, table, changed)


def _classes(row: Any) -> list[str]:
    bounds = [c.bound for c in extract(orjson.loads(row["body"])).sensitive]
    return settled(bounds, row["birth_date"], (row["date"] or row["updated_at"]).date()) if bounds else []


async def _carried(tx: Tx, visits: list[str]) -> dict[tuple[str, str, str | None], set[str]]:
    """What the diagnoses of these visits give them: Conditions come before Encounters, so their classes stand."""
    found: dict[tuple[str, str, str | None], set[str]] = {}
    for c in await queries.diagnoses(tx, visits) if visits else ():
        names = {one.name for one in extract(orjson.loads(c["body"])).sensitive if one.carries}
        found.setdefault((c["encounter_id"], c["person_id"], c["client"]), set()).update(names & set(c["sensitive"]))
    return found
