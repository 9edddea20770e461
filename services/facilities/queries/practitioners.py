"""SQL of health workers: who works where, by which licences."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from services.facilities.contract import Practitioner, Profession
from services.facilities.contract.practitioners import Employment
from services.facilities.queries.listing import Chosen, Listing, place_of
from services.kernel.db import Connection

_LATEST = """
LEFT JOIN LATERAL (
    SELECT number, valid_from, valid_until FROM licence l
    WHERE l.practitioner = p.practitioner AND l.kind = '{kind}' AND {place}
    ORDER BY (coalesce(valid_from, '-infinity') <= d.day) DESC, valid_until DESC NULLS FIRST, number LIMIT 1
) {kind} ON true
"""
"""The licence that reaches furthest of those begun by the day."""
_SOURCE = (
    "placement p JOIN professional h ON h.id = p.practitioner CROSS JOIN (SELECT {}::date AS day) d"
    + _LATEST.format(kind="str", place="l.facility IS NULL")
    + _LATEST.format(kind="sip", place="l.facility = p.facility")
)
_COLUMNS = {
    "id": "p.practitioner", "facility": "p.facility", "name": "h.name", "profession": "p.profession",
    "employment": "p.employment", "str_number": "str.number", "str_valid_until": "str.valid_until",
    "sip_number": "sip.number", "sip_valid_until": "sip.valid_until", "valid_from": "p.valid_from",
    "valid_until": "p.valid_until", "version": "p.version",
}  # fmt: skip
PRACTITIONERS = Listing(
    "placement", Practitioner, key=("id", "facility", "valid_from"), named="name", columns=_COLUMNS,
    sorts=("id", "facility", "name", "profession", "employment", "valid_from", "valid_until"),
    geometry=place_of("p.facility"),
)  # fmt: skip


def chosen(
    day: date, facility: str | None, profession: Profession | None, employment: Employment | None, name: str | None,
    on: date | None,
) -> Chosen:  # fmt: skip
    """Health workers of a facility, of a profession, by parts of their name, at work on a day; with the licences of
    that `day`."""
    rows = PRACTITIONERS.chosen().source(_SOURCE, day).equal("p.facility", facility)
    rows.equal("p.profession", profession).equal("p.employment", employment)
    return rows.named(name).on(on, "p.valid_from", "p.valid_until")


async def practitioner(conn: Connection, id_: str, today: date) -> list[dict[str, Any]]:
    """All placements of one practitioner, with the NIK."""
    columns = ", ".join(f"{sql} AS {name}" for name, sql in _COLUMNS.items())
    sql = f"SELECT {columns}, h.nik FROM {_SOURCE.format('$2')} WHERE p.practitioner = $1"
    return [dict(r) for r in await conn.fetch(f"{sql} ORDER BY p.facility, p.valid_from", id_, today)]


FOREVER = "'infinity'"


async def row(conn: Connection, key: str) -> dict[str, Any] | None:
    """One placement as its file tells it, by `id/facility/first day`, with the licences that reach furthest."""
    parts = key.split("/")
    if len(parts) != len(PRACTITIONERS.key):
        return None
    columns = ", ".join(f"{sql} AS {name}" for name, sql in _COLUMNS.items())
    sql = (
        f"SELECT {columns}, h.nik, str.valid_from AS str_valid_from, sip.valid_from AS sip_valid_from"
        f" FROM {_SOURCE.format(FOREVER)} WHERE p.practitioner = $1 AND p.facility = $2"
        " AND p.valid_from::text = $3"
    )
    found = await conn.fetchrow(sql, *parts)
    return dict(found) if found else None


async def niks(conn: Connection, ids: Sequence[str]) -> dict[str, str | None]:
    """The NIK of the registered persons among `ids`."""
    rows = await conn.fetch("SELECT id, nik FROM professional WHERE id = ANY($1::text[])", ids)
    return {r["id"]: r["nik"] for r in rows}


async def placements_of(conn: Connection, ids: Sequence[str]) -> list[dict[str, Any]]:
    """All placements of some persons."""
    rows = await conn.fetch("SELECT * FROM placement WHERE practitioner = ANY($1::text[])", ids)
    return [dict(r) for r in rows]


async def licences_of(conn: Connection, ids: Sequence[str]) -> list[dict[str, Any]]:
    """All licences of some persons."""
    return [dict(r) for r in await conn.fetch("SELECT * FROM licence WHERE practitioner = ANY($1::text[])", ids)]
