"""Counting referrals."""

from datetime import datetime

import asyncpg

from services.kernel.db import Connection

_FIGURES = """
SELECT r.from_facility, r.to_facility, r.state,
       (SELECT f.name FROM facility f WHERE f.code = coalesce(r.from_facility, r.to_facility)) AS name,
       count(*) AS sent, count(r.answered_at) AS answered,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM r.answered_at - r.opened_at)) AS response,
       count(*) FILTER (WHERE r.outcome <> 'cancelled') AS closed,
       count(*) FILTER (WHERE r.outcome = 'cancelled') AS cancelled
FROM referral r
WHERE r.opened_at >= $1 AND r.opened_at < $2
GROUP BY GROUPING SETS ((), (r.from_facility), (r.to_facility), (r.state))
"""


async def figures(conn: Connection, since: datetime, until: datetime) -> list[asyncpg.Record]:
    """Counts of the referrals opened in [since, until): for all, by sender, by receiver and by state."""
    return await conn.fetch(_FIGURES, since, until)
