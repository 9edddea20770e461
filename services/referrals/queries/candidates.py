"""What receivers did when they were asked before."""

from datetime import datetime

from services.kernel.db import Connection
from services.referrals.contract import Urgency
from services.referrals.rules.candidates import Past

_PAST = """
SELECT a.facility, count(*) AS asked, count(x.verb) AS answered,
       count(*) FILTER (WHERE x.verb IN ('accept', 'arrive')) AS accepted,
       percentile_cont(0.5) WITHIN GROUP (
           ORDER BY extract(epoch FROM coalesce(x.recorded_at, r.closed_at, $3) - s.recorded_at) / 60) AS median_minutes
FROM referral r JOIN referral_step s ON s.referral_id = r.id AND s.verb = 'send'
CROSS JOIN unnest(s.asked) AS a(facility)
LEFT JOIN LATERAL (
    SELECT p.verb, p.recorded_at FROM referral_step p
    WHERE p.referral_id = s.referral_id AND p.number > s.number AND p.side = 'receiver' AND p.facility = a.facility
          AND p.verb IN ('accept', 'decline', 'redirect', 'arrive')
    ORDER BY p.number LIMIT 1) x ON true
WHERE r.opened_at >= $1 AND r.urgency = $2
GROUP BY a.facility
"""


async def past(conn: Connection, since: datetime, urgency: Urgency, now: datetime) -> dict[str, Past]:
    """By receiver: how often it was asked since a time at this urgency, answered and accepted, and how soon."""
    rows = await conn.fetch(_PAST, since, urgency, now)
    return {
        r["facility"]: Past(r["asked"], r["answered"], r["accepted"], max(float(r["median_minutes"]), 0.0))
        for r in rows
    }
