"""The referrals made at a visit."""

from datetime import date

from services.kernel.db import Connection
from services.referrals.queries.referrals import HEAD, NAMES, referral
from services.referrals.rules.referrals import Referral

_OF_VISIT = f"""
SELECT {HEAD} FROM referral r {NAMES}
WHERE r.person_id = $1 AND r.from_facility = $2 AND r.state <> 'draft'
  AND (r.encounter = $3 OR r.encounter IS NULL AND (r.sent_at AT TIME ZONE $5)::date = $4)
ORDER BY r.encounter IS NULL, r.opened_at DESC LIMIT 10
"""


async def of_visit(
    conn: Connection, person_id: str, facility: str, encounter: str, day: date, zone: str
) -> list[Referral]:
    """The referrals a facility sent of a person at this visit, or on its day without naming any; the latest first."""
    rows = await conn.fetch(_OF_VISIT, person_id, facility, encounter, day, zone)
    return [referral(r) for r in rows]
