"""The clock rules that the office has loaded."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import asyncpg
import orjson

from services.kernel.db import Connection, Tx

_HOLDS = "FROM clock_version WHERE valid_from <= $1 ORDER BY valid_from DESC, number DESC LIMIT 1"


async def holding(conn: Connection, day: date) -> int:
    """The number of the version that holds on a day; 0 when none has been loaded for it."""
    return await conn.fetchval(f"SELECT number {_HOLDS}", day) or 0


async def on(conn: Connection, day: date) -> asyncpg.Record | None:
    """The version that holds on a day."""
    return await conn.fetchrow(f"SELECT number, valid_from, loaded_at, loaded_by, rules {_HOLDS}", day)


async def loaded(conn: Connection) -> list[asyncpg.Record]:
    """Every version that was loaded, the last first."""
    return await conn.fetch(
        "SELECT number, valid_from, loaded_at, loaded_by FROM clock_version ORDER BY valid_from DESC, number DESC"
    )


_ADD = """
INSERT INTO clock_version (valid_from, loaded_at, loaded_by, rules) VALUES ($1, $2, $3, $4)
RETURNING number, valid_from, loaded_at, loaded_by, rules
"""


async def add(
    tx: Tx, valid_from: date, loaded_at: datetime, loaded_by: str, rules: Sequence[dict[str, Any]]
) -> asyncpg.Record:
    """Keep a version."""
    row = await tx.fetchrow(_ADD, valid_from, loaded_at, loaded_by, orjson.dumps(list(rules)).decode())
    assert row is not None  # noqa: S101 - RETURNING
    return row
