"""SQL of the rebuild: a new generation of standings and tallies, written in whole sets beside the one that is shown."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from uuid import UUID

from services.indicators.compiler.sql import quoted
from services.indicators.compiler.statements import FACT, PERSON, RESULT, Compiled, Scope, everyones_rechecks
from services.indicators.queries.tallies import TABLES, puts
from services.kernel.db import Connection, Tx

LAST = UUID(int=2**128 - 1)
BUILDER = 6_001
"""Advisory lock of the one process that rebuilds."""

LARGE = "SET LOCAL work_mem = '256MB'; SET LOCAL enable_nestloop = off; SET LOCAL enable_seqscan = on"
"""For statements that read everything once: sorts and hashes in memory, each table read from front to back."""
HAND = """SET work_mem = '400MB'; SET temp_buffers = '64MB'; SET default_statistics_target = 10;
SET enable_nestloop = off"""
"""Of the connections that fill."""
APART = 20_000
"""Persons from which on the copied facts lie in parts, so that a standard reads little beyond what it needs."""


def fill(compiled: Compiled) -> str:
    """$1 years, $2 dates, $3 generation: standings, tallies and rechecks of the persons copied aside.

    Nothing may be there of them yet. In the order of the key, so that the index grows at its end.
    """
    key = quoted(compiled.standard.key)
    return f"""{compiled.result(Scope.COPY)}, put AS (
    INSERT INTO standing (generation, standard, {RESULT})
    SELECT $3::int, {key}, {RESULT} FROM calc ORDER BY year, person_id, unit_id
), {puts("(SELECT 1 AS sign, * FROM calc) c", "$3::int", key)}, soon (person_id, on_date) AS ({compiled.own_rechecks()}
), turning AS (
    INSERT INTO recheck_ahead (standard, person_id, on_date)
    SELECT DISTINCT {key}, person_id, on_date FROM soon, (SELECT max(d) AS d FROM period) top
    WHERE on_date > top.d AND on_date <= make_date(extract(year FROM top.d)::int, 12, 31)
)
SELECT count(*) FROM calc"""


async def run_fill(tx: Tx, sql: str, key: str, periods: Mapping[int, date], generation: int) -> int:
    """Run one standard's `fill`; how many units it has. Never two ranges of one at once: they share tallies."""
    await tx.execute("SELECT pg_advisory_xact_lock($1, hashtext($2))", BUILDER, key)
    return int(await tx.fetchval(sql, list(periods), list(periods.values()), generation) or 0)


async def copy_range(tx: Tx, low: UUID, high: UUID, parts: Sequence[Collection[str]]) -> None:
    """Copy the persons from `low` to `high` and the facts that any standard looks at aside, for this connection alone.

    Facts are many and each standard needs few concepts: read once, they lie in `parts`, by concept.
    """
    await tx.execute("DROP TABLE IF EXISTS fact_copy, person_copy")
    split = " PARTITION BY LIST (concept)" if len(parts) > 1 else ""
    columns = ", ".join(f"{name} {kind}" for name, kind in await _kinds(tx, "fact", FACT))
    await tx.execute(f"CREATE TEMP TABLE fact_copy ({columns}){split}")
    for n, part in enumerate(parts if split else ()):
        values = ", ".join(quoted(c) for c in sorted(part))
        await tx.execute(f"CREATE TEMP TABLE fact_copy_{n} PARTITION OF fact_copy FOR VALUES IN ({values})")
    wanted = ", ".join(quoted(c) for part in parts for c in sorted(part))
    await tx.execute(
        f"INSERT INTO fact_copy SELECT {FACT} FROM fact"
        f" WHERE person_id BETWEEN $1 AND $2 AND date IS NOT NULL AND concept IN ({wanted})",
        low, high,
    )  # fmt: skip
    await tx.execute(
        f"CREATE TEMP TABLE person_copy AS SELECT {PERSON} FROM person WHERE person_id BETWEEN '{low}' AND '{high}'"
    )
    await tx.execute("ANALYZE fact_copy, person_copy")


async def share(tx: Tx, compiled: Collection[Compiled], periods: Mapping[int, date]) -> None:
    """Compute once what standards share, from what is copied aside (tables are made without parameters)."""
    years = f"ARRAY[{', '.join(map(str, periods))}]::int[]"
    days = f"ARRAY[{', '.join(quoted(str(d)) for d in periods.values())}]::date[]"
    for shared in {c.shared for c in compiled if c.shared}:
        scores = shared.scores.replace("$1::int[]", years).replace("$2::date[]", days)
        await tx.execute(f"DROP TABLE IF EXISTS {shared.name}, {shared.facts}")
        await tx.execute(f"CREATE TEMP TABLE {shared.name} AS {scores}; ANALYZE {shared.name}")
        await tx.execute(f"CREATE TEMP TABLE {shared.facts} AS {shared.chosen()}; ANALYZE {shared.facts}")


_KINDS = """
SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute
WHERE attrelid = $1::text::regclass AND attname = ANY ($2)"""


async def _kinds(tx: Tx, table: str, columns: str) -> list[tuple[str, str]]:
    """The columns with their types, in order."""
    names = [name.strip() for name in columns.split(",")]
    kinds = {r[0]: r[1] for r in await tx.fetch(_KINDS, table, names)}
    return [(name, kinds[name]) for name in names]


async def put_rechecks(tx: Tx, bands: Sequence[int], day: date) -> None:
    """The days on which time alone changes something for anybody, until the year ends; laid aside."""
    await tx.execute(LARGE)
    await tx.execute(
        f"INSERT INTO recheck_ahead (standard, person_id, on_date) SELECT '', * FROM ({everyones_rechecks(bands)}) e",
        day, date(day.year, 12, 31),
    )  # fmt: skip


_AHEAD = """
WITH few AS MATERIALIZED (SELECT standard, on_date, person_id FROM recheck_ahead LIMIT $1), gone AS (
    DELETE FROM recheck_ahead a USING few
    WHERE a.standard = few.standard AND a.on_date = few.on_date AND a.person_id = few.person_id
), put AS (
    INSERT INTO recheck (on_date, person_id) SELECT DISTINCT on_date, person_id FROM few ORDER BY 1, 2
    ON CONFLICT DO NOTHING
)
SELECT count(*) FROM few"""


async def take_rechecks(tx: Tx, limit: int) -> int:
    """Bring some of the rechecks laid aside among those that count; how many. A long statement that filled a table
    others write to would make them wait for its end: so they are laid aside first."""
    return int(await tx.fetchval(_AHEAD, limit))


async def ranges(conn: Connection, size: int) -> list[tuple[UUID, UUID]]:
    """The keys of all persons, registered or not, in ranges of about `size` registered ones."""
    cuts = await conn.fetch(
        "SELECT person_id FROM (SELECT person_id, row_number() OVER (ORDER BY person_id) AS n FROM person) p"
        " WHERE n % $1 = 0", size,
    )  # fmt: skip
    ends = [*(r["person_id"] for r in cuts), LAST]
    starts = [UUID(int=0), *(UUID(int=end.int + 1) for end in ends[:-1])]
    return [(low, high) for low, high in zip(starts, ends, strict=True) if low <= high]


async def touch(tx: Tx, persons: Collection[UUID]) -> None:
    """Note persons whose facts changed while a rebuild is under way."""
    await tx.execute("INSERT INTO touched SELECT unnest($1::uuid[]) ON CONFLICT DO NOTHING", persons)


async def untouch(tx: Tx) -> None:
    """A rebuild begins: nobody is touched yet."""
    await tx.execute("DELETE FROM touched")
    await tx.execute("DELETE FROM recheck_ahead")


async def remember(tx: Tx, persons: Collection[UUID], day: date) -> None:
    """What JKN said of these persons on days after `day` is to be looked at again, though the day has turned since."""
    await tx.execute(
        "INSERT INTO recheck (person_id, on_date) SELECT person_id, checked_on FROM member"
        " WHERE person_id = ANY ($1) AND checked_on > $2 ON CONFLICT DO NOTHING",
        persons, day,
    )  # fmt: skip


async def take_touched(tx: Tx, limit: int) -> list[UUID]:
    """Some of those touched, who are so no longer."""
    rows = await tx.fetch(
        "DELETE FROM touched WHERE person_id = ANY (ARRAY(SELECT person_id FROM touched ORDER BY 1 LIMIT $1))"
        " RETURNING person_id", limit,
    )  # fmt: skip
    return [r["person_id"] for r in rows]


async def advance(tx: Tx, generation: int, persons: float) -> bool:
    """So much more is done of this generation; whether it is still the one being built."""
    said = await tx.execute(
        "UPDATE state SET done = least(total, round(done + $2)) WHERE id = 1 AND building = $1", generation, persons
    )
    return said == "UPDATE 1"


async def sole_builder(conn: Connection) -> bool:
    """Whether this connection is now the only one that rebuilds, until it is closed."""
    return bool(await conn.fetchval("SELECT pg_try_advisory_lock($1)", BUILDER))


_PAGES = 1000


async def forget_generations(tx: Tx, keep: Collection[int], month_ends: int, at: int) -> int | None:
    """Delete what belongs to no generation kept, on some pages of the tables from page `at` on; where to go on."""
    most = 0
    for table in ("standing", *TABLES):
        pages = await tx.fetchval(f"SELECT pg_relation_size('{table}') / current_setting('block_size')::int")
        most = max(most, int(pages))
        await tx.execute(
            f"DELETE FROM {table} WHERE ctid >= $1::text::tid AND ctid < $2::text::tid"
            " AND (generation > 0 AND generation <> ALL ($3::int[]) OR generation < 0 AND generation > $4)",
            f"({at},0)", f"({at + _PAGES},0)", list(keep), month_ends,
        )  # fmt: skip
    return at + _PAGES if at + _PAGES < most else None
