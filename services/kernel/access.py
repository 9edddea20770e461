"""The access log: one row per request and person, durable before the answer leaves, sealed in hashed blocks.

A block's hash covers the hash before it and every row of its span, so a changed or cut row shows;
the chain's head is published outside the database every ten minutes (`publish`), so that a cut tail shows too.
`chain` proves all of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from services.kernel import metrics
from services.kernel.auth import Actor
from services.kernel.db import Connection, Database, Tx

COLUMNS = "actor, role, facility, person_id, action, what, purpose, outcome, request_id, origin, resources"
LISTED = 50
"""References one row names; of more it keeps how many, and where they lie."""


@cache
def refs(type_: str, id_: str, receipt: str) -> str:
    """SQL aggregate for `resources`: "Type/id Type/id"; beyond `LISTED` the count and the receipts that give them back.

    The arguments are SQL expressions.
    """
    return f"""CASE WHEN count(*) <= {LISTED} THEN string_agg({type_} || '/' || {id_}, ' ' ORDER BY {receipt})
        ELSE count(*) || ' receipt ' || min({receipt}) || '-' || max({receipt}) END"""


@dataclass(frozen=True, slots=True)
class Access:
    """One person's data shown (read), searched or changed (write), or that being refused.

    `what` names the kind of thing ("Patient/$everything", "Observation", "referral"), never its content;
    `resources` the things themselves ("Observation/id", "referral/id").
    """

    actor: Actor
    person_id: str | None
    action: str
    what: str
    outcome: str = "allowed"
    resources: Sequence[str] = ()

    def listed(self) -> str | None:
        """The column `resources`: at most `LISTED` references, then how many more."""
        more = len(self.resources) - LISTED
        return " ".join((*self.resources[:LISTED], *([f"+{more}"] if more > 0 else []))) or None


_LOG = f"""
INSERT INTO access_pending ({COLUMNS})
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                     $9::text[], $10::text[], $11::text[])
"""


async def log(tx: Tx, rows: Sequence[Access]) -> None:
    """Write access rows in the transaction (or autocommitted statement) of `tx`."""
    if rows:
        await tx.execute(_LOG, *columns(rows))


def columns(rows: Sequence[Access]) -> list[list[Any]]:
    """Access rows as the arrays of `_LOG`, for statements that write them together with something else."""
    return [
        [r.actor.subject for r in rows],
        [r.actor.role for r in rows],
        [r.actor.facility for r in rows],
        [r.person_id for r in rows],
        [r.action for r in rows],
        [r.what for r in rows],
        [r.actor.purpose for r in rows],
        [r.outcome for r in rows],
        [r.actor.request_id for r in rows],
        [r.actor.origin for r in rows],
        [r.listed() for r in rows],
    ]


async def refuse(db: Database, rows: Sequence[Access]) -> None:
    """Log refusals in a commit of their own: the business transaction they stopped has rolled back."""
    async with db.reading() as conn:
        await log(conn, rows)
    db.signal()


_AT = """to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US')"""
CANON = f"""CASE WHEN origin IS NULL AND resources IS NULL
    THEN concat_ws('|', position, {_AT}, actor, role, coalesce(facility, ''), coalesce(person_id, ''), action, what,
                   purpose, outcome, request_id)
    ELSE json_build_array(position, {_AT}, {COLUMNS})::text END"""
"""What is hashed of a row. Rows of releases before `origin` and `resources` keep the form they were hashed in."""
DIGEST = f"substr(sha256(convert_to({CANON}, 'UTF8')), 1, 4)"
"""Four bytes a row, kept with the block: they do not prove, but tell which row differs when the block's hash does."""

_SEAL = f"""
WITH taken AS (
    DELETE FROM access_pending WHERE id IN (SELECT id FROM access_pending ORDER BY id LIMIT 5000) RETURNING *
), top AS (SELECT coalesce(max(position), 0) AS position FROM access_log
), placed AS (
    INSERT INTO access_log (position, at, {COLUMNS})
    SELECT top.position + row_number() OVER (ORDER BY id), at, {COLUMNS} FROM taken, top RETURNING *
), prior AS (
    SELECT coalesce(max(number), 0) AS number,
           coalesce((SELECT hash FROM access_block ORDER BY number DESC LIMIT 1), ''::bytea) AS hash FROM access_block
), block AS (
    SELECT min(position) AS first, max(position) AS last,
           convert_to(string_agg({CANON}, E'\\n' ORDER BY position), 'UTF8') AS body,
           string_agg({DIGEST}, ''::bytea ORDER BY position) AS digests
    FROM placed
)
INSERT INTO access_block (number, first, last, hash, digests)
SELECT prior.number + 1, first, last, sha256(prior.hash || body), digests FROM prior, block WHERE first IS NOT NULL
RETURNING last - first + 1
"""


async def seal(conn: Connection, service: str) -> int:
    """Move committed access rows into the log and chain them; how many (at most 5,000 a call)."""
    count = int(await conn.fetchval(_SEAL) or 0)
    if count:
        metrics.SEALED.labels(service, "access").inc(count)
    return count


async def chain_head(conn: Connection) -> dict[str, Any]:
    """The chain's newest block: number, last position, hash in hex."""
    row = await conn.fetchrow(
        "SELECT number, last, encode(hash, 'hex') AS hash FROM access_block ORDER BY number DESC LIMIT 1"
    )
    return dict(row) if row else {"number": 0, "last": 0, "hash": ""}


async def publish(conn: Connection, folder: Path, service: str, day: str) -> None:
    """Write the chain's head into a file outside the database when it has moved: one file a day, a line each time."""
    top = await chain_head(conn)
    _append_once(folder / f"{service}-{day}.txt", f"{top['number']} {top['last']} {top['hash']}\n")


def _append_once(target: Path, line: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("a+") as file:
        file.seek(0)
        if not file.read().endswith(line):
            file.write(line)


_OF_PERSON = f"""(
    SELECT at, {COLUMNS} FROM access_log WHERE person_id = ANY($1::text[]) AND at >= $2 AND at < $3
    UNION ALL SELECT at, {COLUMNS} FROM access_pending WHERE person_id = ANY($1::text[]) AND at >= $2 AND at < $3
) r"""
_WHO_READ = f"SELECT * FROM {_OF_PERSON} ORDER BY at DESC FETCH FIRST $4 ROWS WITH TIES"
_COUNTED = f"""
SELECT facility, (at AT TIME ZONE $4)::date AS day, outcome, purpose, count(*) AS n, min(at) AS first, max(at) AS last
FROM {_OF_PERSON} GROUP BY 1, 2, 3, 4
"""


BEGINNING, END = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Span:
    """Whose rows, and of which time: from `since` until before `until`."""

    persons: Sequence[str]
    since: datetime = BEGINNING
    until: datetime = END


async def who_read(conn: Connection, span: Span, limit: int) -> list[dict[str, Any]]:
    """Newest first: the accesses to a person's data that this service logged, sealed or not yet.

    Rows of the same moment as the last are given too, so that `until` = that moment is where the next page begins.
    """
    return [dict(r) for r in await conn.fetch(_WHO_READ, span.persons, span.since, span.until, limit)]


async def counted(conn: Connection, span: Span, zone: str) -> list[dict[str, Any]]:
    """How many accesses there were in a span of time, by facility, local day, outcome and purpose."""
    return [dict(r) for r in await conn.fetch(_COUNTED, span.persons, span.since, span.until, zone)]
