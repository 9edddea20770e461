"""The dated values of the access policy."""

from datetime import date
from typing import Any

from services.kernel.db import Connection, Tx


async def all_values(conn: Connection) -> list[dict[str, Any]]:
    """Every value of every policy, from its day on."""
    rows = await conn.fetch("SELECT name, valid_from, value FROM access_policy ORDER BY name, valid_from")
    return [dict(r) for r in rows]


async def put(tx: Tx, name: str, valid_from: date, value: str) -> None:
    """Set a value from a day on."""
    await tx.execute(
        "INSERT INTO access_policy (name, valid_from, value) VALUES ($1, $2, $3)"
        " ON CONFLICT (name, valid_from) DO UPDATE SET value = excluded.value",
        name, valid_from, value,
    )  # fmt: skip
