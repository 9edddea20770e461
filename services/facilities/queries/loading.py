"""SQL of loading: upserts that touch only what differs, and what each row was before."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import orjson
from sqlalchemy.dialects.postgresql import dialect

from services.facilities.tables import Base
from services.kernel.db import Tx

LOCK = 0x4E45_5457
"""One load at a time, so that what was checked still holds when it is written."""


async def lock(tx: Tx) -> None:
    """Wait for other loads."""
    await tx.execute("SELECT pg_advisory_xact_lock($1)", LOCK)


@cache
def types(table: str) -> dict[str, str]:
    """The columns a load fills, with their PostgreSQL types: all of the table but its version."""
    postgres = dialect()  # type: ignore[no-untyped-call]
    columns = Base.metadata.tables[table].columns
    return {c.name: c.type.compile(postgres) for c in columns if c.name != "version"}


@cache
def keys(table: str) -> tuple[str, ...]:
    """The columns of the primary key."""
    return tuple(c.name for c in Base.metadata.tables[table].primary_key)


@cache
def key_text(table: str) -> str:
    """SQL of a row's key as one text, as `subject` writes it."""
    return " || '/' || ".join(f"{k}::text" for k in keys(table))


@cache
def _upsert(table: str, given: frozenset[str]) -> str:
    """Insert all columns; on an existing key change only the columns the file has, and only when they differ.

    A row that was taken back and comes again goes on from its last version.
    """
    all_, key = types(table), keys(table)
    columns = ", ".join(all_)
    arrays = ", ".join(f"${n}::{kind}[]" for n, kind in enumerate(all_.values(), 1))
    changing = [c for c in all_ if c in given and c not in key]
    sets = ", ".join(f"{c} = excluded.{c}" for c in changing)
    before, after = ", ".join(f"t.{c}" for c in changing), ", ".join(f"excluded.{c}" for c in changing)
    update = f"DO UPDATE SET {sets}, version = t.version + 1 WHERE ({before}) IS DISTINCT FROM ({after})"
    past = f"SELECT max(h.version) FROM history h WHERE h.of = '{table}' AND h.key = {key_text(table)}"
    return f"""
INSERT INTO {table} AS t ({columns}, version)
SELECT {columns}, coalesce(({past}), 0) + 1 FROM unnest({arrays}) AS given ({columns})
ON CONFLICT ({", ".join(key)}) {update if changing else "DO NOTHING"}
RETURNING t.*
"""


async def upsert(
    tx: Tx, table: str, rows: Sequence[Any], given: frozenset[str], by: str, because: str | None = None
) -> list[dict[str, Any]]:
    """Load `rows` (objects with the table's columns); the rows that are new or now differ, in order of their key.

    Each of them goes into the history, as it stands now, with who (`by`) made it so and what for (`because`).
    """
    arrays = [[getattr(row, column) for row in rows] for column in types(table)]
    changed = [dict(r) for r in await tx.fetch(_upsert(table, given), *arrays)]
    await _remember(tx, table, changed, by, because)
    return sorted(changed, key=lambda r: tuple(r[k] for k in keys(table)))


_REMEMBER = """
INSERT INTO history (of, key, version, recorded_by, because, row)
SELECT $1, key, version, $2, $3, row FROM unnest($4::text[], $5::int[], $6::jsonb[]) AS given (key, version, row)
"""


async def remove(tx: Tx, table: str, key: str, by: str, because: str | None) -> dict[str, Any]:
    """Take a row back that nothing refers to; the row as it was, with the version its absence has in the history.

    Raises ForeignKeyViolationError when something refers to it.
    """
    row = dict(await tx.fetchrow(f"DELETE FROM {table} WHERE {key_text(table)} = $1 RETURNING *", key) or {})
    row["version"] += 1
    await tx.execute(_REMEMBER, table, by, because, [key], [row["version"]], [None])
    return row


async def _remember(tx: Tx, table: str, rows: list[dict[str, Any]], by: str, because: str | None) -> None:
    bodies = [orjson.dumps(row).decode() for row in rows]
    of, versions = [subject(table, r) for r in rows], [r["version"] for r in rows]
    await tx.execute(_REMEMBER, table, by, because, of, versions, bodies)


async def spans(tx: Tx, table: str) -> list[dict[str, Any]]:
    """The keys and days of all rows of a dated table."""
    columns = ", ".join({**dict.fromkeys(keys(table)), "valid_from": None, "valid_until": None})
    return [dict(r) for r in await tx.fetch(f"SELECT {columns} FROM {table}")]


def subject(table: str, row: dict[str, Any]) -> str:
    """A row's key as one text: the subject of its events and its key in the history."""
    return "/".join(str(row[key]) for key in keys(table))
