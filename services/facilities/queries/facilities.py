"""SQL of facilities."""

from collections.abc import Sequence
from typing import Any

from services.kernel.db import Connection

COLUMNS = (
    "code, name, kind, ownership, satusehat_id, bpjs_code, registration, organization_type, village, latitude, "
    "longitude, phone, active, valid_from, version"
)
_RESOLVE = f"""
SELECT {COLUMNS} FROM facility WHERE code = $1 OR satusehat_id = $1 OR bpjs_code = $1
ORDER BY code = $1 DESC, satusehat_id = $1 DESC NULLS LAST LIMIT 1
"""
_FACILITIES = f"""
SELECT {COLUMNS} FROM facility
WHERE code > $1 AND ($2::text[] IS NULL OR kind = ANY($2)) AND ($3::text IS NULL OR ownership = $3)
  AND ($4::text IS NULL OR starts_with(village, $4)) AND ($5::text IS NULL OR strpos(lower(name), lower($5)) > 0)
  AND ($6::boolean IS NULL OR active = $6)
ORDER BY code LIMIT $7
"""


async def resolve(conn: Connection, any_code: str) -> dict[str, Any] | None:
    """The facility behind our code, a SATUSEHAT organisation number or a BPJS code (in that order)."""
    row = await conn.fetchrow(_RESOLVE, any_code)
    return dict(row) if row else None


async def facilities(
    conn: Connection, after: str, kinds: list[str] | None, ownership: str | None, area: str | None,
    name: str | None, active: bool | None, limit: int,
) -> list[dict[str, Any]]:  # fmt: skip
    """Facilities in order of their code."""
    rows = await conn.fetch(_FACILITIES, after, kinds, ownership, area, name, active, limit)
    return [dict(r) for r in rows]


async def identifiers(
    conn: Connection, codes: Sequence[str], satusehat: Sequence[str], bpjs: Sequence[str]
) -> dict[str, dict[str, str | None]]:
    """SATUSEHAT and BPJS codes of the facilities that have one of these codes of any kind."""
    rows = await conn.fetch(
        "SELECT code, satusehat_id, bpjs_code FROM facility"
        " WHERE code = ANY($1::text[]) OR satusehat_id = ANY($2::text[]) OR bpjs_code = ANY($3::text[])",
        codes, satusehat, bpjs,
    )  # fmt: skip
    return {r["code"]: {"satusehat_id": r["satusehat_id"], "bpjs_code": r["bpjs_code"]} for r in rows}


async def kinds(conn: Connection, codes: Sequence[str]) -> dict[str, str]:
    """Kinds of the registered facilities among `codes`."""
    rows = await conn.fetch("SELECT code, kind FROM facility WHERE code = ANY($1::text[])", codes)
    return {r["code"]: r["kind"] for r in rows}
