"""Other systems' numbers: kept beside ours, one referral each, found by any."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import orjson

from services.kernel.db import Connection, Tx
from services.referrals.queries.referrals import HEAD, NAMES, referral
from services.referrals.rules.referrals import Referral

_KEEP = """
WITH kept AS (
    INSERT INTO other_number (system, value, referral_id, actor) VALUES ($1, $2, $3, $4)
    ON CONFLICT (system, value) DO NOTHING RETURNING referral_id
)
SELECT referral_id FROM kept UNION ALL SELECT referral_id FROM other_number WHERE system = $1 AND value = $2
"""


async def keep(tx: Tx, system: str, value: str, referral_id: str, actor: str) -> str:
    """Note a number; the id of the referral that it belongs to now, which is another's when it was theirs before."""
    found = await tx.fetchval(_KEEP, system, value, referral_id, actor)
    return str(found) if found else await keep(tx, system, value, referral_id, actor)  # just written by another


async def show(tx: Tx, referral_id: str, numbers: Sequence[dict[str, str]], valid_until: date | None) -> None:
    """What the referral shows of its numbers, and its letter's last day."""
    held = orjson.dumps(numbers).decode()
    await tx.execute("UPDATE referral SET numbers = $2, valid_until = $3 WHERE id = $1", referral_id, held, valid_until)


_FIND = f"""
SELECT {HEAD} FROM referral r {NAMES}
WHERE r.number = $1 OR r.id IN (SELECT referral_id FROM other_number WHERE value = $2)
ORDER BY r.opened_at DESC, r.id LIMIT 20
"""


async def find(conn: Connection, ours: str | None, theirs: str) -> list[Referral]:
    """The referrals with this number: ours, or one that another system gave."""
    return [referral(r) for r in await conn.fetch(_FIND, ours, theirs)]


_LETTER = f"""
SELECT {HEAD}, (SELECT json_agg(json_build_array(p.at, p.recorded_at, p.asked) ORDER BY p.number) FROM referral_step p
                WHERE p.referral_id = r.id AND p.verb = 'send') AS sendings
FROM referral r {NAMES} WHERE r.number = $1
"""


async def letter(conn: Connection, number: str) -> tuple[Referral, list[Any]] | None:
    """The referral with our number, and its sendings: (when, when we were told, whom it asked)."""
    row = await conn.fetchrow(_LETTER, number)
    return (referral(row), orjson.loads(row["sendings"] or "[]")) if row else None
