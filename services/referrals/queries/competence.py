"""The first level's diagnoses, as followed from the network."""

from collections.abc import Sequence
from datetime import date

from services.kernel.db import Connection, Tx
from services.referrals.rules.competence import FirstLevel

_FOLLOW = """
INSERT INTO first_level_diagnosis AS d (code, valid_from, valid_until, version)
SELECT DISTINCT ON (code, valid_from) code, valid_from, valid_until, version
FROM unnest($1::text[], $2::date[], $3::date[], $4::int[]) AS n(code, valid_from, valid_until, version)
ORDER BY code, valid_from, version DESC
ON CONFLICT (code, valid_from) DO UPDATE SET valid_until = excluded.valid_until, version = excluded.version
WHERE d.version < excluded.version
"""


async def follow(tx: Tx, rows: Sequence[tuple[str, date, date | None, int]]) -> None:
    """Take over rows (code, first day, last day, version) where they are newer than ours."""
    if rows:
        await tx.execute(_FOLLOW, *map(list, zip(*rows, strict=True)))


async def first_level(conn: Connection) -> FirstLevel:
    """The whole list."""
    rows = await conn.fetch("SELECT code, valid_from, valid_until FROM first_level_diagnosis")
    return FirstLevel.of((r["code"], r["valid_from"], r["valid_until"]) for r in rows)
