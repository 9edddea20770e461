"""SQL of ILP units."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from services.kernel.db import Connection

_ON = "daterange({0}.valid_from, {0}.valid_until, '[]') @> {1}::date"
_PERSON = """
JOIN professional h ON h.id = {who}
LEFT JOIN LATERAL (
    SELECT profession FROM placement p WHERE p.practitioner = h.id AND p.facility = ANY($3::text[]) AND {on}
    ORDER BY p.facility = $1 DESC LIMIT 1
) p ON true
"""
_HELD = """(p.profession = 'penunjang' OR (
    EXISTS (SELECT FROM licence l WHERE l.practitioner = h.id AND l.kind = 'str' AND {on})
    AND EXISTS (SELECT FROM licence l WHERE l.practitioner = h.id AND l.kind = 'sip' AND l.facility = ANY($3::text[])
                AND {on})))"""
_SOMEBODY = f"h.name, p.profession, {_HELD.format(on=_ON.format('l', '$2'))} AS licensed"
_LEADS = f"""
SELECT u.cluster, u.practitioner, u.decree, u.valid_from, u.valid_until, {_SOMEBODY}
FROM cluster_lead u {_PERSON.format(who="u.practitioner", on=_ON.format("p", "$2"))}
WHERE u.facility = $1 AND {_ON.format("u", "$2")} ORDER BY u.cluster
"""
_OFFICERS = f"""
SELECT u.service, u.practitioner, u.shift, u.weekdays, u.starts, u.ends, u.valid_from, u.valid_until, {_SOMEBODY}
FROM roster u {_PERSON.format(who="u.practitioner", on=_ON.format("p", "$2"))}
WHERE u.facility = $1 AND {_ON.format("u", "$2")} ORDER BY u.service, u.starts, h.name, u.practitioner
"""
_CREWS = f"""
SELECT u.posyandu, f.name AS posyandu_name, u.coordinator AS practitioner, u.kader, u.valid_from, u.valid_until,
       {_SOMEBODY}
FROM posyandu_crew u JOIN facility f ON f.code = u.posyandu
{_PERSON.format(who="u.coordinator", on=_ON.format("p", "$2"))}
WHERE u.facility = $1 AND {_ON.format("u", "$2")} ORDER BY u.posyandu
"""
_SERVICES = f"""
SELECT service, cluster, name, competent FROM unit_service u WHERE {_ON.format("u", "$1")} ORDER BY cluster, service
"""
_ABOVE = f"""
WITH RECURSIVE up AS (
    SELECT child AS code, parent FROM link u WHERE child = ANY($1::text[]) AND {_ON.format("u", "$2")}
    UNION SELECT up.code, u.parent FROM up JOIN link u ON u.child = up.parent AND {_ON.format("u", "$2")}
)
SELECT up.code, up.parent FROM up JOIN facility f ON f.code = up.parent AND f.kind = 'puskesmas'
"""


async def leads(conn: Connection, facility: str, on: date, places: Sequence[str]) -> list[dict[str, Any]]:
    """Who answers for the clusters of a facility on a day; `places`: where their placements and SIP may be."""
    return [dict(r) for r in await conn.fetch(_LEADS, facility, on, places)]


async def officers(conn: Connection, facility: str, on: date, places: Sequence[str]) -> list[dict[str, Any]]:
    """Who serves at a facility on a day."""
    return [dict(r) for r in await conn.fetch(_OFFICERS, facility, on, places)]


async def crews(conn: Connection, facility: str, on: date, places: Sequence[str]) -> list[dict[str, Any]]:
    """Posyandu that are coordinated from a facility on a day."""
    return [dict(r) for r in await conn.fetch(_CREWS, facility, on, places)]


async def services(conn: Connection, on: date) -> list[dict[str, Any]]:
    """Services of the clusters on a day."""
    return [dict(r) for r in await conn.fetch(_SERVICES, on)]


async def all_services(conn: Connection) -> list[dict[str, Any]]:
    """Services of all times."""
    return [dict(r) for r in await conn.fetch("SELECT service, competent, valid_from, valid_until FROM unit_service")]


async def above(conn: Connection, facilities: Sequence[str], on: date) -> dict[str, str]:
    """The puskesmas that a pustu or posyandu hangs on that day, however far up."""
    return {r["code"]: r["parent"] for r in await conn.fetch(_ABOVE, facilities, on)}


async def parent(conn: Connection, child: str, on: date) -> str | None:
    """What a posyandu hangs on directly, on a day."""
    sql = f"SELECT parent FROM link u WHERE child = $1 AND {_ON.format('u', '$2')}"
    found: str | None = await conn.fetchval(sql, child, on)
    return found


async def keeper(conn: Connection, posyandu: str, since: date) -> str | None:
    """From where a posyandu is coordinated by the row that begins on a day."""
    sql = "SELECT facility FROM posyandu_crew WHERE posyandu = $1 AND valid_from = $2"
    found: str | None = await conn.fetchval(sql, posyandu, since)
    return found


async def duties(conn: Connection, practitioners: Sequence[str]) -> list[dict[str, Any]]:
    """All duties of some persons, wherever."""
    rows = await conn.fetch("SELECT * FROM roster WHERE practitioner = ANY($1::text[])", practitioners)
    return [dict(r) for r in rows]
