"""SQL of catchments."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from services.facilities.contract import Catchment
from services.facilities.queries.listing import Chosen, Listing, place_of
from services.kernel.db import Connection

CATCHMENTS = Listing(
    "catchment", Catchment, key=("village", "valid_from"), sorts=("village", "facility", "valid_from", "valid_until"),
    geometry=place_of("catchment.facility"),
)  # fmt: skip


def chosen(facility: str | None, village: str | None, on: date | None) -> Chosen:
    """Catchments of a puskesmas, of a village, in force on a day."""
    return CATCHMENTS.chosen().equal("facility", facility).equal("village", village).on(on)


async def of_villages(conn: Connection, villages: Sequence[str]) -> list[dict[str, Any]]:
    """All catchments of some villages."""
    rows = await conn.fetch(
        "SELECT village, valid_from, valid_until, facility, gap_reason FROM catchment WHERE village = ANY($1::text[])",
        villages,
    )
    return [dict(r) for r in rows]


async def in_force(conn: Connection, villages: Sequence[str], on: date) -> list[dict[str, Any]]:
    """Catchments of some villages that reach a day or lie after it."""
    rows = await conn.fetch(
        "SELECT village, facility, valid_from, valid_until, gap_reason FROM catchment WHERE village = ANY($1::text[])"
        " AND (valid_until IS NULL OR valid_until >= $2) ORDER BY array_position($1::text[], village), valid_from",
        villages, on,
    )  # fmt: skip
    return [dict(r) for r in rows]
