"""SQL of areas, facilities and catchments."""

from datetime import date
from typing import Any

from services.kernel.db import Connection

FACILITY_COLUMNS = (
    "code, name, kind, ownership, satusehat_id, bpjs_code, registration, organization_type, village, latitude, "
    "longitude, phone, active, valid_from, version"
)

_RESOLVE = f"""
SELECT {FACILITY_COLUMNS} FROM facility WHERE code = $1 OR satusehat_id = $1 OR bpjs_code = $1
ORDER BY code = $1 DESC, satusehat_id = $1 DESC NULLS LAST LIMIT 1
"""
_FACILITIES = f"""
SELECT {FACILITY_COLUMNS} FROM facility
WHERE code > $1 AND ($2::text[] IS NULL OR kind = ANY($2)) AND ($3::text IS NULL OR ownership = $3)
  AND ($4::text IS NULL OR starts_with(village, $4)) AND ($5::text IS NULL OR strpos(lower(name), lower($5)) > 0)
  AND ($6::boolean IS NULL OR active = $6)
ORDER BY code LIMIT $7
"""
_AREAS = """
SELECT code, name, level, parent, version FROM area
WHERE code > $1 AND ($2::text IS NULL OR parent = $2) AND ($3::text IS NULL OR level = $3) ORDER BY code LIMIT $4
"""
_CATCHMENTS = """
SELECT village, facility, valid_from, valid_until, version FROM catchment
WHERE (village, valid_from) > ($1, $2) AND ($3::text IS NULL OR facility = $3) AND ($4::text IS NULL OR village = $4)
  AND ($5::date IS NULL OR daterange(valid_from, valid_until, '[]') @> $5::date)
ORDER BY village, valid_from LIMIT $6
"""


PRACTITIONER_COLUMNS = "id, facility, name, profession, str_number, sip_number, valid_from, valid_until, version"
_PRACTITIONERS = f"""
SELECT {PRACTITIONER_COLUMNS} FROM practitioner
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
    sql = f"SELECT {PRACTITIONER_COLUMNS}, nik FROM practitioner WHERE id = $1 ORDER BY facility"
    return [dict(r) for r in await conn.fetch(sql, id_)]


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


async def areas(
    conn: Connection, after: str, parent: str | None, level: str | None, limit: int
) -> list[dict[str, Any]]:
    """Areas in order of their code."""
    return [dict(r) for r in await conn.fetch(_AREAS, after, parent, level, limit)]


async def catchments(
    conn: Connection, after: tuple[str, date], facility: str | None, village: str | None, on: date | None, limit: int
) -> list[dict[str, Any]]:
    """Catchments in order of village and first day."""
    return [dict(r) for r in await conn.fetch(_CATCHMENTS, *after, facility, village, on, limit)]
