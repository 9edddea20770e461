"""SQL of health workers."""

from collections.abc import Sequence
from typing import Any

from services.kernel.db import Connection

COLUMNS = "id, facility, name, profession, str_number, sip_number, valid_from, valid_until, version"
_PRACTITIONERS = f"""
SELECT {COLUMNS} FROM practitioner
WHERE (id, facility) > ($1, $2) AND ($3::text IS NULL OR facility = $3) AND ($4::text IS NULL OR profession = $4)
ORDER BY id, facility LIMIT $5
"""


async def practitioners(
    conn: Connection, after: tuple[str, str], facility: str | None, profession: str | None, limit: int
) -> list[dict[str, Any]]:
    """Practitioners by number and facility."""
    return [dict(r) for r in await conn.fetch(_PRACTITIONERS, *after, facility, profession, limit)]


async def practitioner(conn: Connection, id_: str) -> list[dict[str, Any]]:
    """All rows of one practitioner, with the NIK."""
    sql = f"SELECT {COLUMNS}, nik FROM practitioner WHERE id = $1 ORDER BY facility"
    return [dict(r) for r in await conn.fetch(sql, id_)]


async def niks(conn: Connection, ids: Sequence[str]) -> dict[str, str | None]:
    """The NIK of the registered practitioners among `ids`."""
    rows = await conn.fetch("SELECT id, max(nik) AS nik FROM practitioner WHERE id = ANY($1::text[]) GROUP BY id", ids)
    return {r["id"]: r["nik"] for r in rows}
