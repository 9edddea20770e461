"""SQL of loading the network: what the checks must know, and upserts that touch only what differs."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from services.kernel.db import Connection, Tx

LOCK = 0x4E45_5457
"""One load at a time, so that what was checked still holds when it is written."""

TYPES: dict[str, dict[str, str]] = {
    "area": {"code": "text", "name": "text", "level": "text", "parent": "text"},
    "facility": {
        "code": "text", "name": "text", "kind": "text", "ownership": "text", "satusehat_id": "text",
        "bpjs_code": "text", "registration": "text", "organization_type": "text", "village": "text",
        "latitude": "float8", "longitude": "float8", "phone": "text", "active": "boolean", "valid_from": "date",
    },
    "catchment": {"village": "text", "valid_from": "date", "facility": "text", "valid_until": "date"},
    "practitioner": {
        "id": "text", "facility": "text", "name": "text", "nik": "text", "profession": "text", "str_number": "text",
        "sip_number": "text", "valid_from": "date", "valid_until": "date",
    },
}  # fmt: skip
KEYS = {
    "area": ("code",), "facility": ("code",), "catchment": ("village", "valid_from"),
    "practitioner": ("id", "facility"),
}  # fmt: skip


async def lock(tx: Tx) -> None:
    """Wait for other loads."""
    await tx.execute("SELECT pg_advisory_xact_lock($1)", LOCK)


@lru_cache
def _upsert(table: str, given: frozenset[str]) -> str:
    """Insert all columns; on an existing key change only the columns the file has, and only when they differ."""
    types, keys = TYPES[table], KEYS[table]
    columns = ", ".join(types)
    arrays = ", ".join(f"${n}::{kind}[]" for n, kind in enumerate(types.values(), 1))
    changing = [c for c in types if c in given and c not in keys]
    sets = ", ".join(f"{c} = excluded.{c}" for c in changing)
    before, after = ", ".join(f"t.{c}" for c in changing), ", ".join(f"excluded.{c}" for c in changing)
    return f"""
INSERT INTO {table} AS t ({columns}, version) SELECT {columns}, 1 FROM unnest({arrays}) AS given ({columns})
ON CONFLICT ({", ".join(keys)}) DO UPDATE SET {sets}, version = t.version + 1
WHERE ({before}) IS DISTINCT FROM ({after})
RETURNING t.*
"""


async def upsert(tx: Tx, table: str, rows: Sequence[Any], given: frozenset[str]) -> list[dict[str, Any]]:
    """Load `rows` (objects with the table's columns); the rows that are new or now differ, in order of their key."""
    arrays = [[getattr(row, column) for row in rows] for column in TYPES[table]]
    changed = [dict(r) for r in await tx.fetch(_upsert(table, given), *arrays)]
    return sorted(changed, key=lambda r: tuple(r[k] for k in KEYS[table]))


async def area_codes(conn: Connection, codes: Sequence[str]) -> set[str]:
    """Those of `codes` that are registered areas."""
    return {r["code"] for r in await conn.fetch("SELECT code FROM area WHERE code = ANY($1::text[])", codes)}


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


async def niks(conn: Connection, ids: Sequence[str]) -> dict[str, str | None]:
    """The NIK of the registered practitioners among `ids`."""
    rows = await conn.fetch("SELECT id, max(nik) AS nik FROM practitioner WHERE id = ANY($1::text[]) GROUP BY id", ids)
    return {r["id"]: r["nik"] for r in rows}


async def catchments(conn: Connection, villages: Sequence[str]) -> list[dict[str, Any]]:
    """All catchments of some villages."""
    rows = await conn.fetch(
        "SELECT village, valid_from, valid_until, facility FROM catchment WHERE village = ANY($1::text[])", villages
    )
    return [dict(r) for r in rows]
