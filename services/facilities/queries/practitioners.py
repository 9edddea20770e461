"""SQL of health workers."""

from collections.abc import Sequence
from typing import Any

from services.facilities.contract import Practitioner, Profession
from services.facilities.queries.listing import Chosen, Listing, place_of
from services.kernel.db import Connection

COLUMNS = "id, facility, name, profession, str_number, sip_number, valid_from, valid_until, version"
PRACTITIONERS = Listing(
    "practitioner", Practitioner, key=("id", "facility"), named="name",
    sorts=("id", "facility", "name", "profession", "valid_from", "valid_until"),
    geometry=place_of("practitioner.facility"),
)  # fmt: skip


def chosen(facility: str | None, profession: Profession | None, name: str | None) -> Chosen:
    """Health workers of a facility, of a profession, by parts of their name."""
    return PRACTITIONERS.chosen().equal("facility", facility).equal("profession", profession).named(name)


async def practitioner(conn: Connection, id_: str) -> list[dict[str, Any]]:
    """All rows of one practitioner, with the NIK."""
    sql = f"SELECT {COLUMNS}, nik FROM practitioner WHERE id = $1 ORDER BY facility"
    return [dict(r) for r in await conn.fetch(sql, id_)]


async def niks(conn: Connection, ids: Sequence[str]) -> dict[str, str | None]:
    """The NIK of the registered practitioners among `ids`."""
    rows = await conn.fetch("SELECT id, max(nik) AS nik FROM practitioner WHERE id = ANY($1::text[]) GROUP BY id", ids)
    return {r["id"]: r["nik"] for r in rows}
