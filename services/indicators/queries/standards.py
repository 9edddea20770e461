"""SQL of the care standards an office has loaded: every version of each is kept."""

from typing import Any
from uuid import UUID

from services.kernel.db import Connection, Tx

_LATEST = """
SELECT DISTINCT ON (key) key, text FROM standard_text WHERE edition <= $1 ORDER BY key, edition DESC
"""


async def texts(conn: Connection, edition: int) -> dict[str, str | None]:
    """What was loaded up to an edition, by key; None: withdrawn."""
    return {r["key"]: r["text"] for r in await conn.fetch(_LATEST, edition)}


async def newest(conn: Connection) -> int:
    """The last edition; 0 when nothing was ever loaded."""
    return int(await conn.fetchval("SELECT coalesce(max(edition), 0) FROM standard_text"))


async def put(tx: Tx, key: str, text: str | None, by: str) -> int:
    """Keep a text (None: withdrawn); the new edition. The caller holds the lock of the state."""
    return int(
        await tx.fetchval(
            "INSERT INTO standard_text (edition, key, text, loaded_by)"
            " SELECT coalesce(max(edition), 0) + 1, $1, $2, $3 FROM standard_text RETURNING edition",
            key, text, by,
        )
    )  # fmt: skip


async def versions(conn: Connection, key: str) -> list[dict[str, Any]]:
    """Everything ever loaded under a key, the newest first."""
    return [
        dict(r)
        for r in await conn.fetch("SELECT * FROM standard_text WHERE key = $1 ORDER BY edition DESC", key)
    ]  # fmt: skip


async def some_persons(conn: Connection) -> list[UUID]:
    """A few hundred of those known here: enough that what cannot be computed is seen."""
    return [r["person_id"] for r in await conn.fetch("SELECT person_id FROM person ORDER BY person_id LIMIT 200")]
