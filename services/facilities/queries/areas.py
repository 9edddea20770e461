"""SQL of areas."""

from collections.abc import Sequence

from services.facilities.contract import Area, Level
from services.facilities.queries.listing import Chosen, Listing
from services.kernel.db import Connection

AREAS = Listing(
    "area", Area, key=("code",), sorts=("code", "name", "level"), named="name",
    geometry="SELECT json_build_object('type', 'MultiPoint', 'coordinates',"
    " json_agg(json_build_array(longitude, latitude) ORDER BY place.code)) FROM facility place"
    " WHERE starts_with(place.village, area.code) AND longitude IS NOT NULL HAVING count(*) > 0",
)  # fmt: skip
"""No outlines of areas are kept: an area's places are those of its facilities."""


def chosen(parent: str | None, level: Level | None, name: str | None) -> Chosen:
    """Areas directly in another, of a level, by parts of their name."""
    return AREAS.chosen().equal("parent", parent).equal("level", level).named(name)


async def registered(conn: Connection, codes: Sequence[str]) -> set[str]:
    """Those of `codes` that are registered areas."""
    return {r["code"] for r in await conn.fetch("SELECT code FROM area WHERE code = ANY($1::text[])", codes)}
