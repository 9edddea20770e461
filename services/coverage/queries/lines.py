"""SQL of lines."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from services.kernel.db import Connection, Tx


@dataclass(frozen=True, slots=True)
class LineRow:
    """A row of `line`, with the facility's BPJS code; a facility without a row gives one that holds only that."""

    facility: str
    bpjs_code: str | None
    service: str
    version: int = 0
    base_url: str | None = None
    content_type: str | None = None
    sender: str | None = None
    sender_from: date | None = None
    sealed: bytes | None = field(default=None, repr=False)
    key_id: str | None = None
    state: str = "open"
    because: str | None = None
    state_since: datetime | None = None
    checked_at: datetime | None = None
    changed_by: str | None = None
    changed_at: datetime | None = None


_KEPT = """l.version, l.base_url, l.content_type, l.sender, l.sender_from, l.sealed, l.key_id, l.state, l.because,
    l.state_since, l.checked_at, l.changed_by, l.changed_at"""

_ONE = f"""
SELECT f.code AS facility, f.bpjs_code, $2 AS service, {_KEPT}
FROM facility f LEFT JOIN line l ON l.facility = f.code AND l.service = $2 WHERE f.code = $1
"""


async def one(conn: Connection, facility: str, service: str) -> LineRow | None:
    """The line of a facility to a service, as far as it is kept; None when the facility is not known."""
    row = await conn.fetchrow(_ONE, facility, service)
    return _row(row) if row is not None else None


def _row(row: Any) -> LineRow:
    if row["version"] is None:
        return LineRow(row["facility"], row["bpjs_code"], row["service"])
    return LineRow(**row)


_LISTED = f"""
SELECT f.code AS facility, f.bpjs_code, coalesce(l.service, 'pcare') AS service, {_KEPT}
FROM facility f LEFT JOIN line l ON l.facility = f.code
WHERE ($1::text IS NULL OR f.code = $1) AND (l.facility IS NOT NULL OR (f.active AND f.bpjs_code IS NOT NULL))
ORDER BY f.code, 3
"""


async def listed(conn: Connection, facility: str | None) -> list[LineRow]:
    """The lines kept, of one facility or of all; a facility BPJS knows that has none shows an empty PCare line."""
    return [_row(row) for row in await conn.fetch(_LISTED, facility)]


_HOLD = """
INSERT INTO line AS l (facility, service, version, state, because, state_since) VALUES ($1, $2, 0, 'held', $3, now())
ON CONFLICT (facility, service) DO UPDATE SET state = 'held', because = excluded.because,
    state_since = CASE WHEN l.state = 'held' THEN l.state_since ELSE now() END
WHERE l.version = $4
RETURNING coalesce((SELECT state FROM line WHERE facility = $1 AND service = $2), 'open') AS before
"""


async def hold(tx: Tx, facility: str, service: str, because: str, version: int) -> bool:
    """Hold a line whose credentials of `version` were refused; False when it was held, or has others by now."""
    before: str | None = await tx.fetchval(_HOLD, facility, service, because, version)
    return before == "open"


_OPEN = """
UPDATE line SET state = 'open', because = NULL, checked_at = now(),
    state_since = CASE WHEN state = 'open' THEN state_since ELSE now() END
WHERE facility = $1 AND service = $2 AND version = $3
"""


async def open_again(tx: Tx, facility: str, service: str, version: int) -> None:
    """A line that has proved itself with the credentials of `version` is open."""
    await tx.execute(_OPEN, facility, service, version)


_SAVE = """
INSERT INTO line AS l (facility, service, version, base_url, content_type, sender, sender_from, sealed, key_id, state,
                       state_since, changed_by, changed_at)
VALUES ($1, $2, 1, $3, $4, $5, $6, $7, $8, 'open', now(), $9, now())
ON CONFLICT (facility, service) DO UPDATE SET version = l.version + $10::bool::int, base_url = excluded.base_url,
    content_type = excluded.content_type, sender = excluded.sender, sender_from = excluded.sender_from,
    sealed = excluded.sealed, key_id = excluded.key_id,
    state = CASE WHEN $10 THEN 'open' ELSE l.state END, because = CASE WHEN $10 THEN NULL ELSE l.because END,
    state_since = CASE WHEN $10 THEN now() ELSE l.state_since END,
    checked_at = CASE WHEN $10 THEN NULL ELSE l.checked_at END,
    changed_by = excluded.changed_by, changed_at = now()
"""


async def save(tx: Tx, row: LineRow, by: str, *, anew: bool) -> None:
    """Keep a line as `row` says it; one that signs in `anew` is open again, whatever held it before."""
    await tx.execute(
        _SAVE, row.facility, row.service, row.base_url, row.content_type, row.sender, row.sender_from, row.sealed,
        row.key_id, by, anew,
    )  # fmt: skip


async def lock(tx: Tx, facility: str, service: str) -> None:
    """Let one change of a line, or of what is kept at BPJS over it, wait for another."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended('line/' || $1 || '/' || $2, 0))", facility, service)


async def remove(tx: Tx, facility: str, service: str) -> bool:
    """Forget a line and its secrets; False when there was none."""
    said: str = await tx.execute("DELETE FROM line WHERE facility = $1 AND service = $2", facility, service)
    return said != "DELETE 0"


async def sealed_otherwise(tx: Tx, key_id: str) -> list[LineRow]:
    """The lines whose secrets are sealed under another key than this, or were held for want of theirs, locked."""
    rows = await tx.fetch(
        f"SELECT l.facility, NULL AS bpjs_code, l.service, {_KEPT} FROM line l WHERE l.key_id <> $1"
        " OR (l.key_id IS NOT NULL AND l.because = 'key') FOR UPDATE",
        key_id,
    )
    return [LineRow(**row) for row in rows]


async def reseal(tx: Tx, rows: Sequence[LineRow]) -> None:
    """Keep secrets sealed anew; nothing else of the line changes, but one held for want of its key is open again."""
    await tx.executemany(
        """UPDATE line SET sealed = $3, key_id = $4, state_since = CASE WHEN because = 'key' THEN now() ELSE state_since
               END, state = CASE WHEN because = 'key' THEN 'open' ELSE state END, because = nullif(because, 'key')
           WHERE facility = $1 AND service = $2""",
        [(r.facility, r.service, r.sealed, r.key_id) for r in rows],
    )
