"""First answers to requests with an Idempotency-Key."""

from dataclasses import dataclass
from datetime import datetime

from services.kernel.db import Connection


@dataclass(frozen=True, slots=True)
class Kept:
    """The first answer to an idempotent request, and whom it speaks of."""

    fingerprint: str
    referral_id: str
    person_id: str
    status: int
    body: str


_KEPT = "SELECT fingerprint, referral_id, person_id, status, body FROM first_answer WHERE actor = $1 AND key = $2"


async def kept(conn: Connection, actor: str, key: str) -> Kept | None:
    """The first answer given to this actor under this key."""
    row = await conn.fetchrow(_KEPT, actor, key)
    return Kept(**row) if row else None


async def forget(conn: Connection, before: datetime) -> None:
    """Drop the first answers older than `before`."""
    await conn.execute("DELETE FROM first_answer WHERE at < $1", before)
