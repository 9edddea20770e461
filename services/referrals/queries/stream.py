"""The events of the referrals, as the stream of the boxes reads them."""

import orjson

from services.kernel.db import Connection
from services.kernel.events import Event
from services.referrals.contract import REFERRAL

_CHANGES = f"""
SELECT position, at, type, kind, subject, version, person_id, data FROM event
WHERE position > $1 AND position <= $3 AND type = '{REFERRAL}'
      AND ($4::text IS NULL OR strpos(data, $4) > 0)
ORDER BY position LIMIT $2
"""
END = 2**62


async def changes(conn: Connection, after: int, limit: int, until: int = END, naming: str | None = None) -> list[Event]:
    """What happened in positions (after, until], in order; only what names a code, when `naming` says which."""
    rows = await conn.fetch(_CHANGES, after, limit, until, f'"{naming}"' if naming else None)
    return [Event(**{**row, "data": orjson.loads(row["data"])}) for row in rows]
