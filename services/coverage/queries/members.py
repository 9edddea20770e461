"""SQL of members and merges."""

from collections.abc import Sequence
from dataclasses import fields

from services.coverage.rules.eligibility import Statement
from services.kernel.db import Connection, Tx

_COLUMNS = ", ".join(f.name for f in fields(Statement))
_VALUES = ", ".join(f"${n}" for n in range(2, len(fields(Statement)) + 2))
_FRESH = ", ".join(f"{f.name} = excluded.{f.name}" for f in fields(Statement))

_SAVE = f"""
INSERT INTO member AS m (person_id, version, {_COLUMNS}) VALUES ($1, 1, {_VALUES})
ON CONFLICT (person_id) DO UPDATE SET {_FRESH}, version = m.version + CASE
    WHEN (m.status, m.payer_code, m.provider_code)
         IS DISTINCT FROM (excluded.status, excluded.payer_code, excluded.provider_code) THEN 1 ELSE 0 END
RETURNING version, (SELECT version FROM member WHERE person_id = $1) AS before
"""


async def save(tx: Tx, person_id: str, said: Statement) -> tuple[int, int | None]:
    """Keep a statement (the row stays locked); its version, and the version before (None when new).

    `before` is read in the statement's snapshot: two checks at once may both see the older one and both tell of
    the same version, which followers take once.
    """
    values = [getattr(said, f.name) for f in fields(Statement)]
    row = await tx.fetchrow(_SAVE, person_id, *values)
    assert row is not None  # noqa: S101 - an upsert without a condition returns its row
    return row["version"], row["before"]


_LAST = f"""
WITH RECURSIVE one AS (
    SELECT $1::text AS person_id UNION
    SELECT CASE WHEN m.other = one.person_id THEN m.survivor ELSE m.other END
    FROM one JOIN person_merge m ON one.person_id IN (m.other, m.survivor)
)
SELECT {_COLUMNS} FROM one JOIN member USING (person_id) ORDER BY checked_at DESC LIMIT 1
"""


async def last_known(conn: Connection, person_id: str) -> Statement | None:
    """The last statement about a person, under whichever of their ids it was made, or None."""
    row = await conn.fetchrow(_LAST, person_id)
    return Statement(**row) if row else None


async def follow_merges(tx: Tx, standing: Sequence[tuple[str, str]], undone: Sequence[str]) -> None:
    """Who has been merged (other, survivor), and who is a person of their own again."""
    await tx.execute("DELETE FROM person_merge WHERE other = ANY ($1::text[])", [*undone, *(o for o, _ in standing)])
    await tx.executemany("INSERT INTO person_merge (other, survivor) VALUES ($1, $2)", standing)
