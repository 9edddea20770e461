"""SQL of outcomes: what came of a call or a visit, following its person through merges."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from services.kernel.db import Connection, Tx

COLUMNS = (
    "person_id, id, said_of, kind, way, on_date, by, come_on, served_at, note, village, rest_until, actor, facility,"
    " recorded_at, verdict, answered_by"
)
FULFILLED = """(o.kind = 'died' AND p.dead_on IS NOT NULL
    OR o.kind = 'moved' AND p.village IS DISTINCT FROM o.village)"""
"""SQL condition: the record says by now what was claimed (o: outcome, p: person)."""
_ROW = f"SELECT o.*, {FULFILLED} AS fulfilled FROM outcome o LEFT JOIN person p USING (person_id)"


async def lock(tx: Tx, person: UUID) -> None:
    """One outcome of a person at a time."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 6))", str(person))


async def put(tx: Tx, row: dict[str, Any]) -> None:
    """A new outcome."""
    names = list(row)
    places = ", ".join(f"${n}" for n in range(1, len(names) + 1))
    await tx.execute(f"INSERT INTO outcome ({', '.join(names)}) VALUES ({places})", *row.values())


async def one(conn: Connection, id_: UUID) -> dict[str, Any] | None:
    """An outcome by its id."""
    row = await conn.fetchrow(f"{_ROW} WHERE o.id = $1", id_)
    return dict(row) if row else None


async def of(conn: Connection, person: UUID) -> list[dict[str, Any]]:
    """A person's outcomes, the newest first."""
    return [dict(r) for r in await conn.fetch(f"{_ROW} WHERE o.person_id = $1 ORDER BY recorded_at DESC, id", person)]


async def last_of(conn: Connection, persons: Sequence[UUID]) -> list[dict[str, Any]]:
    """The last outcome of each of these persons, where there is one."""
    sql = f"""SELECT DISTINCT ON (person_id) * FROM ({_ROW} WHERE o.person_id = ANY ($1)) x
        ORDER BY person_id, recorded_at DESC, id"""
    return [dict(r) for r in await conn.fetch(sql, persons)]


async def claims(
    conn: Connection, villages: Sequence[str] | None, after: tuple[Any, UUID] | None, limit: int
) -> list[dict[str, Any]]:
    """Claims that wait for the record's keeper, in these villages (None: anywhere), the oldest first."""
    sql = f"""SELECT x.*, p.village AS lives_in FROM ({_ROW}) x JOIN person p USING (person_id)
    WHERE x.kind IN ('moved', 'died') AND x.verdict IS NULL AND NOT x.fulfilled
      AND (p.village = ANY ($1::text[]) OR $1 IS NULL)
      AND ($2::timestamptz IS NULL OR (x.recorded_at, x.id) > ($2, $3::uuid))
    ORDER BY x.recorded_at, x.id LIMIT $4"""
    return [dict(r) for r in await conn.fetch(sql, villages, *(after or (None, None)), limit)]


async def answer(tx: Tx, id_: UUID, verdict: str, by: str) -> bool:
    """What the keeper says to a claim; False when it was answered before."""
    said = await tx.execute(
        "UPDATE outcome SET verdict = $2, answered_by = $3 WHERE id = $1 AND verdict IS NULL", id_, verdict, by
    )
    return bool(said == "UPDATE 1")


async def village_of(conn: Connection, person: UUID) -> str | None:
    """Where the record says a person lives."""
    found: str | None = await conn.fetchval("SELECT village FROM person WHERE person_id = $1", person)
    return found


async def known(conn: Connection, person: UUID) -> bool:
    """Whether the person is known here."""
    sql = "SELECT EXISTS (SELECT FROM person WHERE person_id = $1) OR EXISTS (SELECT FROM fact WHERE person_id = $1)"
    return bool(await conn.fetchval(sql, person))


_FOLLOW = """
WITH RECURSIVE mine AS (
    SELECT id, said_of, person_id FROM outcome WHERE said_of = ANY ($1) OR person_id = ANY ($1)
), up AS (
    SELECT id, said_of AS person, 0 AS step FROM mine
    UNION ALL SELECT u.id, m.survivor, step + 1 FROM up u JOIN person_merge m ON m.other = u.person
), top AS (
    SELECT DISTINCT ON (id) id, person FROM up ORDER BY id, step DESC
)
UPDATE outcome o SET person_id = t.person FROM top t, mine
WHERE mine.id = t.id AND o.id = t.id AND o.person_id = mine.person_id AND o.person_id <> t.person
"""


async def follow_merges(tx: Tx, persons: Collection[UUID]) -> None:
    """Persons have become one, or two again: what was said of them goes along."""
    await tx.execute(_FOLLOW, persons)
