"""Bulk exports: the jobs, their parts, and the page of resources a part is made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from services.kernel.auth import Actor
from services.kernel.db import Connection, Tx
from services.records.queries.visible import Asker, sees_all, shown

_BEGIN = f"""
INSERT INTO export_job (id, actor, role, facility, types, since, of_persons, request, state, at, total, expires_at)
SELECT $4, $5::text, $6, $1::text, $7::text[], $8::timestamptz, $9::boolean, $10, 'waiting', $11::timestamptz, (
    SELECT count(*) FROM resource r WHERE r.type = ANY($7::text[]) AND NOT r.deleted
    AND ($8::timestamptz IS NULL OR r.updated_at >= $8) AND (NOT $9 OR r.person_id IS NOT NULL)
    AND {shown("r", Asker("$5", "$1", "$2", "$3"))}
), $11::timestamptz + interval '1 day'
"""


async def begin(
    conn: Connection, actor: Actor, today: date, id_: str, at: datetime, types: Sequence[str], since: datetime | None,
    of_persons: bool, request: str,
) -> None:  # fmt: skip
    """A waiting export, with the number of resources it will give."""
    await conn.execute(
        _BEGIN, actor.facility, sees_all(actor), today, id_, actor.subject, actor.role, list(types), since, of_persons,
        request, at,
    )  # fmt: skip


@dataclass(slots=True)
class Work:
    """An export that has still something to do, locked by who works on it."""

    id: str
    actor: str
    role: str
    facility: str | None
    types: list[str]
    since: datetime | None
    of_persons: bool
    done: int
    parts: int
    after_type: str
    after_id: str


_NEXT = """
SELECT id, actor, role, facility, types, since, of_persons, done, parts, after_type, after_id FROM export_job
WHERE state IN ('waiting', 'running') ORDER BY at LIMIT 1 FOR UPDATE SKIP LOCKED
"""


async def next_work(tx: Tx) -> Work | None:
    """The oldest unfinished export nobody works on."""
    row = await tx.fetchrow(_NEXT)
    return Work(**row) if row else None


_PAGE = f"""
SELECT r.id, r.person_id, r.body FROM resource r
WHERE r.type = $4 AND r.id > $5 AND r.deleted = $6 AND ($7::timestamptz IS NULL OR r.updated_at >= $7)
  AND (NOT $8::boolean OR r.person_id IS NOT NULL) AND {shown("r", Asker("$10", "$1", "$2", "$3"))}
ORDER BY r.id LIMIT $9
"""


async def page(
    tx: Tx, actor: Actor, today: date, work: Work, type_: str, after: str, limit: int, *, deleted: bool = False
) -> Sequence[Any]:
    """The next resources of one type the actor may see, in the order of their ids (which never change)."""
    return await tx.fetch(
        _PAGE, actor.facility, sees_all(actor), today, type_, after, deleted, work.since, work.of_persons, limit,
        actor.subject,
    )  # fmt: skip


async def add_part(
    tx: Tx, work: Work, kind: str, type_: str, count: int, persons: Sequence[str], content: bytes
) -> None:
    """One finished file of an export."""
    await tx.execute(
        "INSERT INTO export_part (export_id, number, kind, type, count, persons, content)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        work.id, work.parts, kind, type_, count, list(persons), content,
    )  # fmt: skip


async def move(tx: Tx, work: Work, state: str) -> None:
    """How far an export is."""
    await tx.execute(
        "UPDATE export_job SET state = $2, done = $3, parts = $4, after_type = $5, after_id = $6 WHERE id = $1",
        work.id, state, work.done, work.parts, work.after_type, work.after_id,
    )  # fmt: skip


async def job(conn: Connection, id_: str) -> dict[str, Any] | None:
    """An export as it stands."""
    row = await conn.fetchrow("SELECT * FROM export_job WHERE id = $1 AND state <> 'cancelled'", id_)
    return dict(row) if row else None


async def parts(conn: Connection, id_: str) -> list[dict[str, Any]]:
    """The files of an export, without their content."""
    rows = await conn.fetch("SELECT number, kind, type, count FROM export_part WHERE export_id = $1 ORDER BY 1", id_)
    return [dict(r) for r in rows]


async def part(conn: Connection, id_: str, number: int) -> tuple[str, bytes] | None:
    """A file's kind (output, deleted) and its content (gzip)."""
    row = await conn.fetchrow("SELECT kind, content FROM export_part WHERE export_id = $1 AND number = $2", id_, number)
    return (row["kind"], row["content"]) if row else None


_STILL = f"""
SELECT r.type || '/' || r.id AS ref, r.person_id FROM unnest($5::text[]) q(ref)
JOIN resource r ON r.type = split_part(q.ref, '/', 1) AND r.id = split_part(q.ref, '/', 2)
WHERE {shown("r", Asker("$4", "$1", "$2", "$3"))}
"""


async def still(conn: Connection, actor: Actor, today: date, refs: Sequence[str]) -> dict[str, str | None]:
    """Those of these resources ("Type/id") that the actor may see now, each with its person."""
    rows = await conn.fetch(_STILL, actor.facility, sees_all(actor), today, actor.subject, list(refs))
    return {r["ref"]: r["person_id"] for r in rows}


async def cancel(tx: Tx, id_: str) -> None:
    """End an export and drop its files."""
    await tx.execute("UPDATE export_job SET state = 'cancelled' WHERE id = $1", id_)
    await tx.execute("DELETE FROM export_part WHERE export_id = $1", id_)


EXPIRE = """
WITH old AS (DELETE FROM export_job WHERE expires_at < now() RETURNING id)
DELETE FROM export_part WHERE export_id IN (SELECT id FROM old)
"""
