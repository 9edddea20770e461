"""How old what is open is, by facility and state."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import asyncpg

from services.kernel.db import Connection

BANDS: Sequence[tuple[str, timedelta]] = (
    ("under_1h", timedelta(hours=1)),
    ("under_6h", timedelta(hours=6)),
    ("under_1d", timedelta(days=1)),
    ("under_3d", timedelta(days=3)),
    ("under_7d", timedelta(days=7)),
)
"""Past due by less than this, and by no less than the band before; what is older is `over_7d`."""

SIDES = {
    "sender": ("r.from_facility", "true"),
    "receiver": ("r.to_facility", "r.to_facility = ANY (r.asked)"),
    "owner": ("r.owner_facility", "true"),
}
"""Each side's column, and when a referral is there: with a receiver while it is asked, or has the person."""


def _counts() -> str:
    past, parts = "interval '0'", ["count(*) FILTER (WHERE r.due_at > $1) AS in_time"]
    for name, limit in BANDS:
        until = f"interval '{int(limit.total_seconds())} seconds'"
        parts.append(f"count(*) FILTER (WHERE r.due_at <= $1 - {past} AND r.due_at > $1 - {until}) AS {name}")
        past = until
    return ", ".join([*parts, f"count(*) FILTER (WHERE r.due_at <= $1 - {past}) AS over_7d"])


_AGEING = {
    side: f"""
SELECT {column} AS facility, min(f.name) AS name, r.state, count(*) AS open,
       count(*) FILTER (WHERE r.owner = 'office') AS escalated, {_counts()},
       min(r.due_at) AS oldest_due_at, min(r.opened_at) AS oldest_opened_at
FROM referral r LEFT JOIN facility f ON f.code = {column}
WHERE r.closed_at IS NULL AND {there}
      AND ($2::text IS NULL OR r.from_facility = $2
           OR r.state <> 'draft' AND ($2 = ANY (r.asked) OR r.owner_facility = $2))
      AND (r.state <> 'draft' OR r.owner = 'office' OR r.from_facility = $2)
GROUP BY {column}, r.state ORDER BY {column}, r.state
"""
    for side, (column, there) in SIDES.items()
}


async def ageing(conn: Connection, side: str, now: datetime, party: str | None) -> list[asyncpg.Record]:
    """Open referrals counted by a side's facility and state: those that `party` sends, is asked or owns, or all. A
    draft is its writer's own until the office has it."""
    return await conn.fetch(_AGEING[side], now, party)
