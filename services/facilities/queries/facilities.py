"""SQL of facilities."""

from collections.abc import Sequence
from typing import Any

from services.facilities.contract import Facility, Kind, Ownership
from services.facilities.queries.listing import Chosen, Listing, place_of
from services.kernel.db import Connection

COLUMNS = (
    "code, name, kind, ownership, satusehat_id, bpjs_code, registration, organization_type, village, latitude, "
    "longitude, phone, active, valid_from, version"
)
_RESOLVE = f"""
SELECT {COLUMNS} FROM facility WHERE code = $1 OR satusehat_id = $1 OR bpjs_code = $1
ORDER BY code = $1 DESC, satusehat_id = $1 DESC NULLS LAST LIMIT 1
"""
FACILITIES = Listing(
    "facility", Facility, key=("code",), named="name",
    sorts=("code", "name", "kind", "ownership", "village", "satusehat_id", "bpjs_code", "valid_from"),
    geometry=place_of("facility.code"),
)  # fmt: skip


async def resolve(conn: Connection, any_code: str) -> dict[str, Any] | None:
    """The facility behind our code, a SATUSEHAT organisation number or a BPJS code (in that order)."""
    row = await conn.fetchrow(_RESOLVE, any_code)
    return dict(row) if row else None


def chosen(
    kinds: Sequence[Kind] | None, ownership: Ownership | None, area: str | None, name: str | None, active: bool | None
) -> Chosen:
    """Facilities of these kinds and owners, within an area, by parts of their name, in operation or not."""
    found = FACILITIES.chosen().among("kind", kinds).equal("ownership", ownership)
    return found.within("village", area).named(name).equal("active", active)


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
