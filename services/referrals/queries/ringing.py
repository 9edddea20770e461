"""What the clock takes up: referrals and follow-ups whose time has come."""

from datetime import datetime

import asyncpg

from services.kernel.db import Connection, Tx
from services.referrals.queries.referrals import HEAD, NAMES

_DUE = f"""
SELECT {HEAD}, coalesce(o.active, true) AS owner_active
FROM referral r {NAMES} LEFT JOIN facility o ON o.code = r.owner_facility
WHERE r.closed_at IS NULL AND r.ring_at <= $1 ORDER BY r.ring_at LIMIT $2 FOR UPDATE OF r SKIP LOCKED
"""


async def due(tx: Tx, now: datetime, limit: int) -> list[asyncpg.Record]:
    """Rows (`referrals.referral` reads them) whose clock rings now, the longest awaited first, held until the
    transaction ends; `owner_active` says whether the registry has their owner as active. What another instance or a
    person has in hand is passed over."""
    return await tx.fetch(_DUE, now, limit)


async def later(tx: Tx, referral_id: str, moment: datetime) -> None:
    """Let a referral's clock ring at another moment."""
    await tx.execute("UPDATE referral SET ring_at = $2 WHERE id = $1 AND closed_at IS NULL", referral_id, moment)


_ORPHANS = """
UPDATE referral SET ring_at = $1
WHERE closed_at IS NULL AND owner <> 'office' AND ring_at > $1
      AND owner_facility IN (SELECT code FROM facility WHERE NOT active)
"""


async def orphans(conn: Connection, now: datetime) -> None:
    """Let the clock ring now for what a facility owns that the registry has as inactive: it can act no more."""
    await conn.execute(_ORPHANS, now)
