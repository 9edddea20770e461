"""SQL that keeps standings and tallies: the difference between what is and what ought to be, in one statement."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import orjson

from services.indicators.compiler.sql import quoted
from services.indicators.compiler.statements import RESULT, Compiled, Scope
from services.indicators.queries.tallies import TALLIES, puts
from services.kernel.db import Connection, Tx

HASHED = "SET LOCAL enable_seqscan = off; SET LOCAL enable_nestloop = off; SET LOCAL enable_hashjoin = on"
"""The touched persons' facts are taken out by index once; all else joins small sets. Plans are kept, so said aloud."""


WIDE = "SET LOCAL enable_nestloop = off; SET LOCAL work_mem = '128MB'"
"""The same for statements over everybody, which may read whole tables, and sort what they read in memory."""


@dataclass(frozen=True, slots=True)
class State:
    """What is shown (`generation`, at `day`, by the rules of `fingerprint`) and what is being built beside it."""

    generation: int
    day: date | None
    fingerprint: str
    building: int | None
    building_day: date | None
    at: UUID | None
    done: int
    total: int
    codings: str
    replay_to: int | None
    edition: int
    building_edition: int
    """Which edition of the standards what is shown and what is built are counted by."""


_COLUMNS = "generation, day, fingerprint, building, building_day, at, done, total, codings, replay_to,"
_COLUMNS += " edition, building_edition"
_STATE = f"SELECT {_COLUMNS} FROM state WHERE id = 1"


async def state(conn: Connection) -> State:
    """The present state, without waiting for anyone."""
    return State(**dict(await conn.fetchrow(_STATE) or {}))


async def hold(tx: Tx) -> State:
    """The present state, its lock held: until this transaction ends nobody else changes facts or standings."""
    return State(**dict(await tx.fetchrow(f"{_STATE} FOR UPDATE") or {}))


async def first_state(tx: Tx) -> None:
    """The state row of a new database."""
    await tx.execute(
        "INSERT INTO state (id, generation, fingerprint, done, total, codings) VALUES (1, 1, '', 0, 0, '')"
        " ON CONFLICT DO NOTHING"
    )


async def has_facts(tx: Tx) -> bool:
    """Whether anything was followed yet."""
    return bool(await tx.fetchval("SELECT EXISTS (SELECT FROM fact) OR EXISTS (SELECT FROM patient)"))


async def cursor(conn: Connection, source: str) -> int:
    """How far a feed has been followed."""
    return int(await conn.fetchval("SELECT position FROM follower_cursor WHERE source = $1", source) or 0)


async def rewind(tx: Tx, source: str) -> int:
    """Follow a feed again from its first event; where it stood."""
    position = await cursor(tx, source)
    await tx.execute("UPDATE follower_cursor SET position = 0 WHERE source = $1", source)
    return position


async def change_state(tx: Tx, **to: Any) -> None:
    """Set columns of the state row."""
    names = ", ".join(f"{name} = ${n}" for n, name in enumerate(to, 1))
    await tx.execute(f"UPDATE state SET {names} WHERE id = 1", *to.values())


def increment(compiled: Compiled) -> str:
    """$1 years, $2 dates, $3 persons, $4 generation: bring these persons' standings, and the tallies, up to date."""
    key = quoted(compiled.standard.key)
    columns = ", ".join(f"{c} = excluded.{c}" for c in RESULT.split(", ")[3:])
    return f"""{compiled.result(Scope.PERSONS)}, old AS MATERIALIZED (
    SELECT {RESULT} FROM standing
    WHERE generation = $4 AND standard = {key} AND year = ANY ($1) AND person_id = ANY ($3)
), plus AS MATERIALIZED (SELECT {RESULT} FROM calc EXCEPT SELECT {RESULT} FROM old
), minus AS MATERIALIZED (SELECT {RESULT} FROM old EXCEPT SELECT {RESULT} FROM calc
), gone AS (
    DELETE FROM standing s USING minus m
    WHERE s.generation = $4 AND s.standard = {key} AND s.year = ANY ($1) AND s.person_id = ANY ($3)
      AND s.year = m.year AND s.person_id = m.person_id AND s.unit_id = m.unit_id
      AND NOT EXISTS (SELECT FROM plus p WHERE p.year = m.year AND p.person_id = m.person_id AND p.unit_id = m.unit_id)
), put AS (
    INSERT INTO standing (generation, standard, {RESULT}) SELECT $4, {key}, {RESULT} FROM plus
    ON CONFLICT (generation, standard, year, person_id, unit_id) DO UPDATE SET {columns}
), change AS MATERIALIZED (SELECT 1 AS sign, * FROM plus UNION ALL SELECT -1, * FROM minus
), {puts("change", "$4", key)}, soon (person_id, on_date) AS ({compiled.rechecks()}
), turning AS (
    INSERT INTO recheck (person_id, on_date)
    SELECT DISTINCT person_id, on_date FROM soon, (SELECT max(d) AS d FROM period) top
    WHERE on_date > top.d AND on_date <= make_date(extract(year FROM top.d)::int, 12, 31) ON CONFLICT DO NOTHING
)
SELECT count(*) FROM change"""


async def recompute(tx: Tx, sql: str, periods: Mapping[int, date], persons: Collection[UUID], generation: int) -> int:
    """Run one standard's `increment`; how many standings changed, old and new counted."""
    return int(await tx.fetchval(sql, list(periods), list(periods.values()), persons, generation) or 0)


_DUE = "SELECT DISTINCT person_id FROM recheck WHERE on_date <= $1 ORDER BY person_id LIMIT $2"


async def someone_due(conn: Connection, day: date) -> bool:
    """Whether anyone's day has come."""
    return bool(await conn.fetchval("SELECT EXISTS (SELECT FROM recheck WHERE on_date <= $1)", day))


async def due(tx: Tx, day: date, limit: int) -> list[UUID]:
    """Persons whose day has come."""
    return [r["person_id"] for r in await tx.fetch(_DUE, day, limit)]


async def settled(tx: Tx, day: date, persons: Sequence[UUID]) -> None:
    """Their day has been dealt with."""
    await tx.execute("DELETE FROM recheck WHERE on_date <= $1 AND person_id = ANY ($2)", day, persons)


async def count_persons(conn: Connection) -> int:
    """How many persons there are (those known by facts alone are few and left out)."""
    return int(await conn.fetchval("SELECT count(*) FROM person"))


def verification(compiled: Compiled) -> str:
    """$1 years, $2 dates, $3 generation: standings that differ from those computed from nothing, at most 100."""
    kept = f"""SELECT {RESULT} FROM standing
        WHERE generation = $3 AND standard = {quoted(compiled.standard.key)} AND year = ANY ($1)"""
    return f"""{compiled.result(Scope.ALL)}, kept AS MATERIALIZED ({kept})
SELECT * FROM (
    (SELECT 'lacking' AS what, * FROM (SELECT {RESULT} FROM calc EXCEPT SELECT {RESULT} FROM kept) a)
    UNION ALL (SELECT 'surplus', * FROM (SELECT {RESULT} FROM kept EXCEPT SELECT {RESULT} FROM calc) b)
) d LIMIT 100"""


_STANDINGS = "(SELECT 1 AS sign, * FROM standing WHERE generation = $1) s"


async def tally_differences(conn: Connection, generation: int) -> list[dict[str, Any]]:
    """Tally cells that are not the sum of their standings, at most 100 of each tally."""
    found = list[dict[str, Any]]()
    for tally in TALLIES:
        rows = await conn.fetch(f"{tally.differences(_STANDINGS, '$1')} LIMIT 100", generation)
        found += [{"what": r["what"], "tally": r["tally"]} | orjson.loads(r["row"]) for r in rows]
    return found
