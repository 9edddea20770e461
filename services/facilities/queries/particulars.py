"""SQL of what hangs on a facility."""

from collections.abc import Hashable, Sequence
from datetime import date, datetime
from typing import Any

from services.facilities.contract.capacity import Bed, Equipment, FreeSlot
from services.facilities.contract.hours import OpeningHours, SpecialDay
from services.facilities.contract.jkn import JknContract
from services.facilities.contract.offers import Competence, OfferedService, ServiceType
from services.facilities.queries.listing import Chosen, Listing
from services.facilities.rules.listing import Asked
from services.facilities.rules.spans import Span
from services.kernel.db import Connection

SERVICE_TYPES = Listing("service_type", ServiceType, key=("code",), sorts=("code", "name"), named="name")
SERVICES = Listing(
    "offered_service", OfferedService, key=("facility", "service", "valid_from"),
    sorts=("facility", "service", "valid_from", "valid_until"),
)  # fmt: skip
COMPETENCES = Listing(
    "competence", Competence, key=("facility", "system", "code", "valid_from"),
    sorts=("facility", "code", "level", "valid_from", "valid_until"),
)  # fmt: skip
HOURS = Listing("opening_hours", OpeningHours, key=("facility", "weekday", "valid_from"), sorts=("facility", "weekday"))
SPECIAL_DAYS = Listing("special_day", SpecialDay, key=("facility", "day"), sorts=("facility", "day"))
EQUIPMENT = Listing(
    "equipment", Equipment, key=("facility", "item", "checked_on"), sorts=("facility", "item", "checked_on", "working")
)
_BEDS = "(SELECT b.*, f.free, f.reported_at FROM {} b LEFT JOIN free_bed f USING (facility, unit, care_class)) AS bed"
BEDS = Listing(
    _BEDS.format("bed"), Bed, key=("facility", "unit", "care_class", "valid_from"),
    sorts=("facility", "unit", "care_class", "total", "free"),
)  # fmt: skip
FREE_SLOTS = Listing(
    "free_slot", FreeSlot, key=("facility", "service"), sorts=("facility", "service", "free", "reported_at")
)
CONTRACTS = Listing(
    "jkn_contract", JknContract, key=("facility", "valid_from"),
    sorts=("facility", "valid_from", "valid_until", "ppk_code", "kind"),
)  # fmt: skip

MOST = 2_000
"""Rows of one kind that are shown with their facility."""
_SERIES = {
    "opening_hours": ("weekday", "valid_from"), "equipment": ("item", "checked_on"),
    "bed": ("unit, care_class", "valid_from"),
}  # fmt: skip
"""Tables whose rows hold until the next: of what, and from which day."""


def _latest(table: str) -> str:
    what, start = _SERIES[table]
    return (
        f"(SELECT DISTINCT ON (facility, {what}) * FROM {table} WHERE {start} <= {{0}}"
        f" ORDER BY facility, {what}, {start} DESC)"
    )


def chosen(listing: Listing, on: date | None, facility: str | None, area: str | None = None) -> Chosen:
    """Rows in force on a day (None: all there ever were or are planned), of a facility, of those in an area."""
    found = listing.chosen()
    if on is not None:
        if listing is HOURS or listing is EQUIPMENT:
            found.source(f"{_latest(listing.source)} AS {listing.source}", on)
        elif listing is BEDS:
            found.source(_BEDS.format(_latest("bed")), on).where("total > 0")
        elif listing is SPECIAL_DAYS:
            found.where("day >= {}", on)
        elif listing is not SERVICE_TYPES:
            found.on(on)
    found.equal("facility", facility)
    return found.where("facility IN (SELECT code FROM facility WHERE starts_with(village, {}))", area)


async def rows(conn: Connection, listing: Listing, facility: str, on: date) -> list[dict[str, Any]]:
    """What holds for one facility on a day, in order of its key."""
    sql, values = chosen(listing, on, facility).page(Asked(), MOST)
    return [dict(r) for r in await conn.fetch(sql, *values)]


async def spans(
    conn: Connection, table: str, key: Sequence[str], facilities: Sequence[str]
) -> dict[Hashable, dict[date, Span]]:
    """The registered spans of some facilities, by what must not overlap."""
    sql = f"SELECT {', '.join(key)}, valid_from, valid_until FROM {table} WHERE facility = ANY($1::text[])"
    found: dict[Hashable, dict[date, Span]] = {}
    for row in await conn.fetch(sql, facilities):
        span = Span(row["valid_from"], row["valid_until"] or date.max, "")
        found.setdefault(tuple(row[c] for c in key), {})[span.start] = span
    return found


async def contracts(conn: Connection, day: date) -> list[dict[str, Any]]:
    """The JKN contracts in force on a day."""
    sql = "SELECT * FROM jkn_contract WHERE $1 >= valid_from AND $1 <= coalesce(valid_until, $1)"
    return [dict(r) for r in await conn.fetch(sql, day)]


async def service_types(conn: Connection, codes: Sequence[str]) -> set[str]:
    """Those of `codes` that the office has listed."""
    return {r["code"] for r in await conn.fetch("SELECT code FROM service_type WHERE code = ANY($1::text[])", codes)}


async def beds(conn: Connection, facility: str, unit: str, care_class: str, on: date) -> int | None:
    """How many beds a ward and class has on a day; None: it has none."""
    total: int | None = await conn.fetchval(
        "SELECT total FROM bed WHERE facility = $1 AND unit = $2 AND care_class = $3 AND valid_from <= $4"
        " ORDER BY valid_from DESC LIMIT 1",
        facility, unit, care_class, on,
    )  # fmt: skip
    return total


async def offers(conn: Connection, facility: str, service: str, on: date) -> bool:
    """Whether a facility offers a service on a day."""
    sql = (
        "SELECT EXISTS (SELECT FROM offered_service WHERE facility = $1 AND service = $2"
        " AND $3 >= valid_from AND $3 <= coalesce(valid_until, $3))"
    )
    found: bool = await conn.fetchval(sql, facility, service, on)
    return found


_REPORTS = """
SELECT substr(key, length($1) + 2) AS what, substr(of, 6) AS kind, (row ->> 'free')::int AS free,
       recorded_at AS reported_at, recorded_by AS reported_by
FROM history WHERE of IN ('free_bed', 'free_slot') AND starts_with(key, $1 || '/') AND row IS NOT NULL
      AND ($2::timestamptz IS NULL OR recorded_at < $2) ORDER BY recorded_at DESC, key LIMIT $3
"""


async def reports(conn: Connection, facility: str, before: datetime | None, limit: int) -> list[dict[str, Any]]:
    """What a facility told of its free beds and places before a time, the latest first."""
    return [dict(r) for r in await conn.fetch(_REPORTS, facility, before, limit)]
