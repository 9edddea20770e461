"""What a facility still has open of persons it has referred elsewhere; each person shown is logged in the statement."""

from datetime import date
from typing import Any

from services.kernel.access import refs
from services.kernel.auth import Actor
from services.kernel.db import Connection
from services.records.queries.reading import _ACTOR, _actor
from services.records.queries.visible import ASKER, CAME, LOG, purpose
from services.records.referred import STAYS_AWAY

MOST = 200
WHAT = "left-open"
_AWAY = ", ".join(f"'{o}'" for o in sorted(STAYS_AWAY))
_LEFT = f"""
WITH held AS MATERIALIZED (
    SELECT e.type, e.id, e.receipt, e.status, e.date, f.person_id, f.id AS referral, f.to_facility, f.away_since,
           f.state, f.outcome
    FROM referral f JOIN resource e ON e.person_id = f.person_id AND e.type IN ('Encounter', 'EpisodeOfCare')
    WHERE f.from_facility = $3 AND f.away_since > now() - interval '1 year' AND f.kind IS DISTINCT FROM 'partial'
      AND ($8::text IS NULL OR f.id = $8) AND e.client = $3 AND NOT e.deleted
      AND (e.date IS NULL OR e.date <= f.away_since)
      AND (e.type = 'Encounter' AND e.status IN ('arrived', 'triaged', 'in-progress', 'onleave')
           OR e.type = 'EpisodeOfCare' AND e.status IN ('active', 'onhold', 'waitlist')
              AND (f.state <> 'closed' OR f.outcome IN ({_AWAY})))
    ORDER BY f.away_since DESC, e.receipt LIMIT {MOST + 1}
), looked AS (
    {LOG} SELECT {_ACTOR}, h.person_id, 'search', '{WHAT}', {purpose("h.person_id", ASKER)}, 'allowed', {CAME},
                 {refs("type", "id", "receipt")}
    FROM held h GROUP BY h.person_id
)
SELECT h.*, t.name AS to_name FROM held h LEFT JOIN facility t ON t.code = h.to_facility
WHERE $6::boolean IS NOT NULL AND $7::date IS NOT NULL
"""


async def left_open(conn: Connection, actor: Actor, today: date, referral: str | None) -> list[dict[str, Any]]:
    """The actor's own visits and episodes that are open though the person is elsewhere since; of one referral or all.

    A referral for a part of the care (laboratory) leaves the person the sender's; an episode of care goes on when the
    person is back.
    """
    return [dict(r) for r in await conn.fetch(_LEFT, *_actor(actor, today), referral)]
