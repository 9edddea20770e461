"""The event log: appended in the business transaction, given positions by one sealer, read by position.

Why a sealer: an identity column alone loses events (a slow transaction commits a lower number late), a lock
around the append serialises commits, and transaction ids do not survive dump and restore. So transactions write
`event_pending`; a single holder of an advisory lock moves what is committed into `event` and numbers it there.
"""

import asyncio
import logging
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson

from services.kernel import access, metrics
from services.kernel.db import Connection, Database, Tx

if TYPE_CHECKING:
    import asyncpg

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to one thing. `data` holds ids, codes, dates and values; never names or numbers
    that identify a person. `kind` is created, changed or deleted; `version` is the thing's own version.

    `data["persons"]`: an event that speaks of several persons (they became one, or two again) names them all."""

    type: str
    kind: str
    subject: str
    version: int
    data: dict[str, Any]
    person_id: str | None = None
    position: int = 0
    at: datetime | None = None

    @property
    def persons(self) -> list[str]:
        """Everyone it speaks of, whose earlier events must have been applied before it."""
        several = self.data.get("persons") or ()
        return list(dict.fromkeys(p for p in (self.person_id, *several) if p))


_APPEND = """
INSERT INTO event_pending (type, kind, subject, version, person_id, data)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::text[], $6::text[])
"""


async def append(tx: Tx, events: Sequence[Event]) -> None:
    """Append events, last in the business transaction, after the rows they speak of are locked."""
    if events:
        await tx.execute(
            _APPEND,
            [e.type for e in events],
            [e.kind for e in events],
            [e.subject for e in events],
            [e.version for e in events],
            [e.person_id for e in events],
            [orjson.dumps(e.data).decode() for e in events],
        )


_SEAL = """
WITH taken AS (
    DELETE FROM event_pending
    WHERE id IN (SELECT id FROM event_pending ORDER BY id LIMIT $1) RETURNING *
), top AS (SELECT coalesce(max(position), 0) AS position FROM event)
INSERT INTO event (position, at, type, kind, subject, version, person_id, data)
SELECT top.position + row_number() OVER (ORDER BY id), at, type, kind, subject, version, person_id, data
FROM taken, top
"""

_READ = """
SELECT position, '{"position":' || position
    || ',"at":"' || to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
    || '","type":' || to_json(type) || ',"kind":' || to_json(kind) || ',"id":' || to_json(subject)
    || ',"version":' || version || ',"person":' || coalesce(to_json(person_id)::text, 'null')
    || ',"data":' || data || '}' AS event
FROM event WHERE position > $1 ORDER BY position LIMIT $2
"""


async def read(conn: Connection, after: int, limit: int, only: str | None = None) -> tuple[list[str], int]:
    """Events after a position as JSON texts (of one type, when `only` names it), and the position of the last of them
    (or `after`)."""
    rows = await conn.fetch(_of_type(_READ, only), after, limit)
    return [r["event"] for r in rows], rows[-1]["position"] if rows else after


async def head(conn: Connection, only: str | None = None) -> int:
    """The highest position given so far (to an event of one type, when `only` names it)."""
    return int(await conn.fetchval(_of_type("SELECT coalesce(max(position), 0) FROM event WHERE position > 0", only)))


def _of_type(sql: str, only: str | None) -> str:
    """The type stands in the text, so that an index on the rows of that type alone is used."""
    return re.sub(r"(position > \S+)", rf"\1 AND type = '{re.sub(r'[^A-Za-z_]', '', only)}'", sql) if only else sql


def parse(raw: dict[str, Any]) -> Event:
    """An event as it came over the feed."""
    return Event(
        type=raw["type"], kind=raw["kind"], subject=raw["id"], version=raw["version"], data=raw["data"],
        person_id=raw["person"], position=raw["position"], at=datetime.fromisoformat(raw["at"]),
    )  # fmt: skip


class Sealer:
    """Gives committed rows their positions. Woken by each commit, and by a slow poll for other processes' rows."""

    LOCK = 0x5EA1
    BATCH = 2000
    POLL = 0.5
    ACCESS_EVERY = 0.5
    """Seconds between two blocks of the access log: fewer, larger blocks cost less."""

    def __init__(self, db: Database, name: str, gap: float) -> None:
        self._db, self._name, self._gap = db, name, gap
        self._wake = asyncio.Event()
        self._sealed = asyncio.Event()
        db.committed = self._wake.set
        self.holder = False
        self.closing = False

    async def run(self) -> None:
        """Seal for ever; a lost connection or another holder is retried every second."""
        while True:
            try:
                conn = await self._db.connect()
                try:
                    await self._hold(conn)
                finally:
                    await conn.close(timeout=2)
            except Exception:
                metrics.FAILED.labels(self._name, "sealer").inc()
                log.warning("sealer interrupted", exc_info=True, extra={"service": self._name})
            await asyncio.sleep(1)

    async def _hold(self, conn: "asyncpg.Connection[asyncpg.Record]") -> None:
        while not await conn.fetchval("SELECT pg_try_advisory_lock($1)", self.LOCK):  # noqa: ASYNC110
            await asyncio.sleep(1)
        self.holder = True
        try:
            await self._seal_for_ever(conn)
        finally:
            self.holder = False

    async def _seal_for_ever(self, conn: "asyncpg.Connection[asyncpg.Record]") -> None:
        loop = asyncio.get_running_loop()
        next_access = loop.time()
        while True:
            self._wake.clear()
            full = await self._events(conn) == self.BATCH
            if loop.time() >= next_access:
                await access.seal(conn, self._name)
                next_access = loop.time() + self.ACCESS_EVERY
            if full:
                continue
            with suppress(TimeoutError):
                async with asyncio.timeout(self.POLL):
                    await self._wake.wait()
                    await asyncio.sleep(self._gap)

    async def _events(self, conn: "asyncpg.Connection[asyncpg.Record]") -> int:
        count = int((await conn.execute(_SEAL, self.BATCH)).rsplit(" ", 1)[-1])
        if count:
            metrics.SEALED.labels(self._name, "event").inc(count)
            self._sealed.set()
            self._sealed = asyncio.Event()
        return count

    def release(self) -> None:
        """Let all who wait go, now and later: the process is closing, and nobody should hold it up."""
        self.closing = True
        self._sealed.set()

    async def wait(self, seconds: float) -> None:
        """Return when something was sealed here, at the latest after `seconds` (then the caller looks itself)."""
        sealed = self._sealed
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await sealed.wait()
