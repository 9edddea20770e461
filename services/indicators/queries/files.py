"""SQL of the small tables the office loads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson

from services.kernel.db import Connection, Tx


@dataclass(frozen=True, slots=True)
class File:
    """One version of a small table."""

    version: int
    valid_from: date
    rows: list[dict[str, Any]]


_IN_FORCE = """SELECT version, valid_from, body FROM loaded_file WHERE name = $1 AND valid_from <= $2
ORDER BY valid_from DESC, version DESC LIMIT 1"""


async def in_force(conn: Connection, name: str, day: date) -> File | None:
    """The version that counts on a day: the one last valid from it, and of these the newest."""
    row = await conn.fetchrow(_IN_FORCE, name, day)
    return File(row["version"], row["valid_from"], orjson.loads(row["body"])) if row else None


_PUT = """INSERT INTO loaded_file (name, version, valid_from, body, loaded_by)
SELECT $1::text, coalesce(max(version), 0) + 1, $2::date, $3::text, $4::text FROM loaded_file
WHERE name = $1::text RETURNING version"""


async def put(tx: Tx, name: str, valid_from: date, rows: Sequence[Mapping[str, Any]], loaded_by: str) -> int:
    """Keep a new version; its number."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtext('loaded_file'), hashtext($1::text))", name)
    body = orjson.dumps(list(rows)).decode()
    return int(await tx.fetchval(_PUT, name, valid_from, body, loaded_by))
