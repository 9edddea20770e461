"""SQL of the network's rows, from which the directory is made."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import orjson

from services.kernel.db import Connection, Tx
from services.kernel.events import Event

Rows = list[dict[str, Any]]
_KEEP = """
INSERT INTO network_row AS n (of, key, version, facility, data)
SELECT of, key, version, coalesce(data ->> 'facility', data ->> 'child', CASE of WHEN 'facility' THEN key END), data
FROM unnest($1::text[], $2::text[], $3::int[], $4::jsonb[]) AS given (of, key, version, data)
ON CONFLICT (of, key) DO UPDATE SET version = excluded.version, facility = excluded.facility, data = excluded.data
WHERE n.version <= excluded.version
"""


async def keep(tx: Tx, events: Sequence[Event]) -> None:
    """Keep what the events say last of each row; a deleted one is forgotten."""
    last = {(e.type, e.subject): e for e in events}
    there = [e for e in last.values() if e.kind != "deleted"]
    gone = [key for key, e in last.items() if e.kind == "deleted"]
    await tx.execute(
        _KEEP, [e.type for e in there], [e.subject for e in there], [e.version for e in there],
        [orjson.dumps(e.data).decode() for e in there],
    )  # fmt: skip
    await tx.execute(
        "DELETE FROM network_row WHERE (of, key) IN (SELECT * FROM unnest($1::text[], $2::text[]))",
        [of for of, _ in gone], [key for _, key in gone],
    )  # fmt: skip


async def rows(tx: Tx, of: str, keys: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Rows of a type by their keys."""
    found = await tx.fetch("SELECT key, data FROM network_row WHERE of = $1 AND key = ANY($2::text[])", of, keys)
    return {r["key"]: orjson.loads(r["data"]) for r in found}


async def all_of(tx: Tx, of: str) -> dict[str, dict[str, Any]]:
    """Every row of a type, by its key."""
    found = await tx.fetch("SELECT key, data FROM network_row WHERE of = $1", of)
    return {r["key"]: orjson.loads(r["data"]) for r in found}


async def belonging(tx: Tx, of: str, facilities: Sequence[str]) -> dict[str, Rows]:
    """Rows of a type by the facility they belong to, in the order of their keys."""
    found = await tx.fetch(
        "SELECT facility, data FROM network_row WHERE of = $1 AND facility = ANY($2::text[]) ORDER BY key",
        of, facilities,
    )  # fmt: skip
    by_facility: dict[str, Rows] = {}
    for row in found:
        by_facility.setdefault(row["facility"], []).append(orjson.loads(row["data"]))
    return by_facility


async def organizations(tx: Tx) -> dict[str, str]:
    """The Organization id of every facility, by its code."""
    found = await tx.fetch(
        "SELECT key, coalesce(nullif(data ->> 'satusehat_id', ''), key) AS id FROM network_row WHERE of = 'facility'"
    )
    return {r["key"]: r["id"] for r in found}


async def offices(tx: Tx) -> dict[str, str]:
    """The health office of each kabupaten/kota, by the first four digits of its village."""
    found = await tx.fetch(
        "SELECT left(data ->> 'village', 4) AS district, min(key) AS code FROM network_row"
        " WHERE of = 'facility' AND data ->> 'kind' = 'dinkes' GROUP BY 1"
    )
    return {r["district"]: r["code"] for r in found}


async def under(tx: Tx, districts: Sequence[str]) -> list[str]:
    """The facilities within some kabupaten/kota."""
    found = await tx.fetch(
        "SELECT key FROM network_row WHERE of = 'facility' AND left(data ->> 'village', 4) = ANY($1::text[])", districts
    )
    return [r["key"] for r in found]


async def turning(tx: Tx, since: date, until: date) -> list[tuple[str, str]]:
    """Rows that began or ended in a span of days: type and key."""
    found = await tx.fetch(
        "SELECT of, key FROM network_row WHERE data ->> 'valid_from' BETWEEN $1 AND $2"
        " OR data ->> 'valid_until' BETWEEN $1 AND $2",
        since.isoformat(), until.isoformat(),
    )  # fmt: skip
    return [(r["of"], r["key"]) for r in found]


async def naming(tx: Tx, of: str, facilities: Sequence[str]) -> list[str]:
    """Keys of a type's rows that belong to one of these facilities or name it as parent or party."""
    found = await tx.fetch(
        "SELECT key FROM network_row WHERE of = $1"
        " AND (facility = ANY($2::text[]) OR data ->> 'parent' = ANY($2::text[])"
        " OR EXISTS (SELECT FROM jsonb_path_query(data, '$.parties[*].facility') p"
        " WHERE p #>> '{}' = ANY($2::text[])))",
        of, facilities,
    )  # fmt: skip
    return [r["key"] for r in found]


_VILLAGE = """
SELECT v.key FROM network_row v
JOIN network_row k ON k.of = 'area' AND k.key = left(v.key, 6)
JOIN network_row d ON d.of = 'area' AND d.key = left(v.key, 4)
WHERE v.of = 'area' AND length(v.key) = 10 AND (v.key = $1 OR (
    lower(v.data ->> 'name') = lower($2) AND lower(k.data ->> 'name') = lower($3)
    AND lower(d.data ->> 'name') = regexp_replace(lower($4), '^(kab\\.?|kabupaten|kota) +', '')))
"""


async def village(conn: Connection, code: str, names: tuple[str, str, str]) -> str | None:
    """The one village with this code, or with these names (village, kecamatan, kabupaten/kota), else None."""
    found = await conn.fetch(_VILLAGE, code, *names)
    return str(found[0]["key"]) if len(found) == 1 else None
