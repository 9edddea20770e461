"""What receivers did when they were asked before."""

from datetime import datetime

from services.kernel.db import Connection
from services.referrals.contract import Urgency
from services.referrals.rules.candidates import Past

_PAST = """
SELECT g.facility, count(*) AS asked, count(g.answered_at) AS answered,
       count(*) FILTER (WHERE g.answer = 'accepted') AS accepted,
       percentile_cont(0.5) WITHIN GROUP (
           ORDER BY extract(epoch FROM coalesce(g.answered_at, r.closed_at, $3) - g.asked_at) / 60) AS median_minutes
FROM leg g JOIN referral r ON r.id = g.referral_id
WHERE g.asked_at >= $1 AND r.urgency = $2
GROUP BY g.facility
"""


async def past(conn: Connection, since: datetime, urgency: Urgency, now: datetime) -> dict[str, Past]:
    """By receiver: how often it was asked since a time at this urgency, answered and accepted, and how soon."""
    rows = await conn.fetch(_PAST, since, urgency, now)
    return {
        r["facility"]: Past(r["asked"], r["answered"], r["accepted"], max(float(r["median_minutes"]), 0.0))
        for r in rows
    }
