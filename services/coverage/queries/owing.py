"""SQL of what is owed to BPJS: put into the outbox's queues, said again, and given another chance."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.kernel.db import Connection, Tx


@dataclass(frozen=True, slots=True)
class Owing:
    """Something said of a subject that is owed to BPJS."""

    id: str
    facility: str
    service: str
    kind: str
    subject: str
    person_id: str | None
    day: date
    skipped: str | None = None
    """Why it is not sent, when it is new and that is certain already."""


_QUEUES = """
INSERT INTO delivery_queue (facility, service, failures)
SELECT DISTINCT f, s, 0 FROM unnest($1::text[], $2::text[]) AS n(f, s) ORDER BY 1, 2 ON CONFLICT DO NOTHING
"""
_BUMP = """wanted = d.wanted + 1, changed_at = now(),
    state = CASE WHEN d.state = 'sending' THEN 'sending' ELSE 'waiting' END,
    due_at = CASE WHEN d.state = 'sending' THEN d.due_at
        WHEN d.state = 'waiting' THEN least(now() + {wait}, greatest(d.due_at, d.created_at + {most}))
        ELSE now() + {wait} END,
    because = CASE WHEN d.state = 'sending' THEN d.because END,
    fields = CASE WHEN d.state = 'sending' THEN d.fields END,
    message = CASE WHEN d.state = 'sending' THEN d.message END"""
_SECONDS, _MOST = "${} * interval '1 second'", "${} * interval '10 seconds'"
_LEFT = """(d.state = 'skipped' AND d.because IN ('given-up', 'closed-month') AND d.sent_at IS NULL
    AND d.no_urut IS NULL AND d.no_kunjungan IS NULL)"""
"""Nothing of it is at BPJS, and it is decided that nothing goes there."""
_OWE = f"""
INSERT INTO delivery AS d (id, facility, service, kind, subject, person_id, day, action, state, because, wanted, sent,
    tried, failed, version, due_at)
SELECT id, facility, service, kind, subject, person_id, day, 'send',
    CASE WHEN because IS NULL THEN 'waiting' ELSE 'skipped' END, because, 1, 0, 0, 0, 0,
    now() + $8 * interval '1 second'
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::date[], $9::text[])
    WITH ORDINALITY AS n(id, facility, service, kind, subject, person_id, day, because, place)
ORDER BY place
ON CONFLICT (kind, subject) DO UPDATE SET person_id = excluded.person_id,
    {_BUMP.format(wait=_SECONDS.format(8), most=_MOST.format(8))}
WHERE NOT {_LEFT} OR (d.because = 'closed-month' AND excluded.because IS NULL)
"""


async def opened(conn: Connection, facility: str, service: str) -> None:
    """See that a facility has its queue."""
    await conn.execute(_QUEUES, [facility], [service])


async def owe(tx: Tx, owed: Sequence[Owing], settle: float) -> None:
    """Put subjects (each once) into their queues; what is there already is looked at again."""
    if not owed:
        return
    await tx.execute(_QUEUES, [o.facility for o in owed], [o.service for o in owed])
    await tx.execute(
        _OWE, [o.id for o in owed], [o.facility for o in owed], [o.service for o in owed], [o.kind for o in owed],
        [o.subject for o in owed], [o.person_id for o in owed], [o.day for o in owed], settle,
        [o.skipped for o in owed],
    )  # fmt: skip


_NOT_OWED = """
SELECT subject FROM unnest($2::text[]) AS n(subject)
WHERE NOT EXISTS (SELECT FROM delivery d WHERE d.kind = $1 AND d.subject = n.subject)
"""


async def not_owed(conn: Connection, kind: str, subjects: Sequence[str]) -> set[str]:
    """Which of these subjects have never been put into the outbox."""
    return {r["subject"] for r in await conn.fetch(_NOT_OWED, kind, subjects)} if subjects else set()


_AGAIN_SAID = _BUMP.format(wait=_SECONDS.format(3), most=_MOST.format(3))
_TOUCH = f"UPDATE delivery d SET {_AGAIN_SAID} WHERE kind = $1 AND NOT {_LEFT} AND "


async def touch(tx: Tx, kind: str, subjects: Sequence[str], settle: float) -> None:
    """Something was said of these subjects, where they are owed: look at them again."""
    if subjects:
        await tx.execute(_TOUCH + "subject = ANY ($2::text[])", kind, subjects, settle)


async def touch_persons(tx: Tx, kind: str, persons: Sequence[str], settle: float, since: date) -> None:
    """Something of these persons is gone, and nobody says of which subject: look at their newer ones again."""
    if persons:
        await tx.execute(_TOUCH + "person_id = ANY ($2::text[]) AND day >= $4", kind, persons, settle, since)


_SENT_BY = """
SELECT f.code FROM facility f LEFT JOIN line l ON l.facility = f.code AND l.service = $2
WHERE f.code = ANY ($1::text[]) AND f.active AND f.bpjs_code IS NOT NULL
  AND (l.sealed IS NOT NULL OR ($3 AND f.kind = ANY ($4::text[])))
"""


async def with_lines(
    conn: Connection, facilities: Sequence[str], service: str, simulated: bool, kinds: Sequence[str]
) -> set[str]:
    """Which of these facilities have a line to a BPJS service; at the simulator all of these kinds have."""
    return {r["code"] for r in await conn.fetch(_SENT_BY, facilities, service, simulated, kinds)}


_AGAIN = """
UPDATE delivery SET state = 'waiting', due_at = now(), failed = 0, changed_at = now()
WHERE state = 'parked' AND because = ANY ($2::text[]) AND ($1::text IS NULL OR facility = $1)
"""


_LOOKED_AT = "UPDATE delivery SET wanted = wanted + 1 WHERE state IN ('waiting', 'sending') AND due_at <= now() AND "
"""Rows that may be looked at just now, by what was known before: they are looked at once more."""


async def again(conn: Connection, facility: str | None, because: Sequence[str]) -> int:
    """Send again what is parked for these reasons; how many."""
    await conn.execute(_LOOKED_AT + "($1::text IS NULL OR facility = $1)", facility)
    return int((await conn.execute(_AGAIN, facility, because)).rsplit(" ", 1)[-1])


_OWED_NOW = """
UPDATE delivery SET state = 'waiting', due_at = now() + $4 * interval '1 second', failed = 0, changed_at = now()
WHERE state = 'skipped' AND because = ANY ($2::text[]) AND person_id = ANY ($1::text[]) AND day >= $3
"""


async def look_again(tx: Tx, persons: Sequence[str]) -> None:
    """Something was said of these persons: what is being looked at just now is looked at once more."""
    if persons:
        await tx.execute(_LOOKED_AT + "person_id = ANY ($1::text[])", persons)


async def owed_now(tx: Tx, persons: Sequence[str], because: Sequence[str], since: date, settle: float) -> None:
    """Look again at what was skipped for these reasons: they may have passed for these persons."""
    if persons:
        await tx.execute(_OWED_NOW, persons, because, since, settle)
