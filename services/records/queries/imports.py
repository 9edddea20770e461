"""Import jobs: how far each is, moved in the transaction of each chunk."""

from typing import Any

import orjson

from services.kernel.db import Connection, Tx

_BEGIN = """
INSERT INTO import_job (id, actor, mode, template, trial, state, read, stored, unchanged, refused, report)
VALUES ($1, $2, $3, $4, $5, 'running', 0, 0, 0, 0, '[]')
ON CONFLICT (id) DO UPDATE SET mode = EXCLUDED.mode, template = EXCLUDED.template, trial = EXCLUDED.trial,
    state = 'running', read = 0, stored = 0, unchanged = 0, refused = 0, warned = 0, report = '[]',
    started_at = now(), moved_at = now()
WHERE import_job.actor = EXCLUDED.actor
"""

_MOVE = """
UPDATE import_job SET read = $2, stored = $3, unchanged = $4, refused = $5, warned = $6, report = $7, state = $8,
    moved_at = now()
WHERE id = $1
"""


async def begin(
    conn: Connection, id_: str, actor: str, mode: str, template: str | None = None, trial: bool = False
) -> bool:
    """A running job, new or begun again by the same actor; False when the id is another's."""
    return bool(await conn.execute(_BEGIN, id_, actor, mode, template, trial) == "INSERT 0 1")


async def move(tx: Tx, job: Any, state: str) -> None:
    """Write a job's counts and refused rows."""
    await tx.execute(
        _MOVE,
        job.id,
        job.read,
        job.stored,
        job.unchanged,
        job.refused,
        job.warned,
        orjson.dumps(job.rows).decode(),
        state,
    )


async def job(conn: Connection, id_: str) -> dict[str, Any] | None:
    """A job as it stands."""
    row = await conn.fetchrow("SELECT * FROM import_job WHERE id = $1", id_)
    return {**row, "report": orjson.loads(row["report"])} if row else None


INTERRUPT = (
    "UPDATE import_job SET state = 'interrupted' WHERE state = 'running' AND moved_at < now() - interval '1 minute'"
)
