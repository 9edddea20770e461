"""The clock rules of a day, loaded by the office as a whole; the room keeps those of today."""

from datetime import date

import asyncpg
import orjson

from services.kernel.auth import Actor
from services.kernel.problems import Conflict, Text
from services.kernel.service import Service
from services.kernel.sheets import to_csv
from services.referrals.contract.clocks import ClockRule, ClockVersion, ClockVersions
from services.referrals.queries import clocks as queries
from services.referrals.room import load as refresh
from services.referrals.rules import clock_file


async def show(service: Service, day: date | None) -> ClockVersions:
    """The version that holds on a day (today when not said), and all that were ever loaded."""
    async with service.db.reading() as conn:
        found = await queries.on(conn, day or service.clock.today())
        loaded = await queries.loaded(conn)
    version = _version(found).model_dump()
    return ClockVersions.model_validate(version | {"history": [dict(r) for r in loaded]})


async def load(service: Service, actor: Actor, raw: bytes, valid_from: date | None) -> ClockVersion:
    """Let a file of rules hold from a day on, today or later: what held on past days is not rewritten. The same file
    for the same day again changes nothing. Raises Invalid, Conflict; Unprocessable naming each line at fault."""
    given = clock_file.read(raw)
    today = service.clock.today()
    day = valid_from or today
    if day < today:
        raise Conflict(
            Text("Hari yang sudah lewat tidak ditulis ulang; pakai hari ini atau sesudahnya",
                 "Past days are not rewritten; give today or a later day")
        )  # fmt: skip
    wire = [r.model_dump(mode="json") for r in given]
    async with service.db.transaction() as tx:
        found = await queries.on(tx, day)
        if found is None or found["valid_from"] != day or orjson.loads(found["rules"]) != wire:
            found = await queries.add(tx, day, service.clock.now(), actor.subject, wire)
    await refresh(service)
    return _version(found)


def as_csv(version: ClockVersion) -> bytes:
    """A version as the file it could be loaded from."""
    rows = [[r[c] or "" for c in clock_file.COLUMNS] for r in version.model_dump(mode="json")["rules"]]
    return to_csv([clock_file.COLUMNS, *rows])


def _version(found: asyncpg.Record | None) -> ClockVersion:
    if found is None:
        return ClockVersion(number=0, valid_from=None, loaded_at=None, loaded_by=None, rules=clock_file.LINES)
    own = {c: found[c] for c in ("number", "valid_from", "loaded_at", "loaded_by")}
    return ClockVersion(**own, rules=_rules(found))


def _rules(found: asyncpg.Record) -> list[ClockRule]:
    return [ClockRule.model_validate(r) for r in orjson.loads(found["rules"])]
