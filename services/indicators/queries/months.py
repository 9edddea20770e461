"""SQL of closed month-ends: their tallies lie beside those of today, under a generation named after the day.

A month-end is counted in the background and marked when something dated on or before it arrives later. It is clean when
no mark came since it was counted; else whoever asks computes it. Marks are written in the transaction of what they are
about, so that a reader's snapshot holds both or neither.
"""

from collections.abc import Collection, Mapping
from datetime import date

from services.indicators.compiler.sql import quoted
from services.indicators.compiler.statements import Compiled, Scope
from services.indicators.queries.building import LARGE
from services.indicators.queries.tallies import TABLES, puts
from services.kernel.db import Connection, Tx


def generation(day: date) -> int:
    """Under which generation the tallies of a month-end lie."""
    return -(day.year * 10_000 + day.month * 100 + day.day)


async def clean(conn: Connection, standard: str, rules: str, day: date) -> bool:
    """Whether the tallies of a month-end stand."""
    return bool(
        await conn.fetchval(
            "SELECT counted = marks AND rules = $2 FROM month_end WHERE standard = $1 AND day = $3",
            standard, rules, day,
        )
    )  # fmt: skip


async def mark(tx: Tx, since: Mapping[str, date]) -> None:
    """Something of these standards came, changed or went that is dated so; what is marked already stays so."""
    await tx.execute(
        "UPDATE month_end m SET marks = marks + 1, marked_at = now()"
        " FROM unnest($1::text[], $2::date[]) s (standard, day)"
        " WHERE m.standard = s.standard AND m.day >= s.day AND (m.counting OR m.counted = m.marks)",
        list(since), list(since.values()),
    )  # fmt: skip


_NEXT = """
SELECT w.standard, w.day FROM unnest($1::text[], $2::text[]) k (standard, rules)
CROSS JOIN unnest($3::date[]) d (day)
CROSS JOIN LATERAL (SELECT k.standard, k.rules, d.day) w
LEFT JOIN month_end m ON m.standard = w.standard AND m.day = w.day
WHERE m.standard IS NULL OR m.counted IS NULL OR m.rules <> w.rules
   OR (m.counted <> m.marks AND m.marked_at < now() - make_interval(secs => $4))
ORDER BY m.counted IS NOT NULL AND m.rules = w.rules, w.day DESC, w.standard LIMIT 1
"""


async def next_due(
    conn: Connection, rules: Mapping[str, str], days: Collection[date], quiet: float
) -> tuple[str, date] | None:
    """A month-end to count: one never counted by these rules (by standard), else one marked and quiet for a while."""
    row = await conn.fetchrow(_NEXT, list(rules), list(rules.values()), list(days), quiet)
    return (row["standard"], row["day"]) if row else None


async def open_count(tx: Tx, standard: str, day: date) -> None:
    """From here on every mark counts. In a transaction of its own, so that whoever marks sees it."""
    await tx.execute(
        "INSERT INTO month_end (standard, day, rules, marks, counting) VALUES ($1, $2, '', 0, true)"
        " ON CONFLICT (standard, day) DO UPDATE SET counting = true",
        standard, day,
    )  # fmt: skip


def counting(compiled: Compiled) -> str:
    """$1 years, $2 dates, $3 generation: the tallies of a month-end, where nothing of them is yet."""
    key = quoted(compiled.standard.key)
    return f"""{compiled.result(Scope.ALL)}, {puts("(SELECT 1 AS sign, * FROM calc) c", "$3::int", key)}
SELECT count(*) FROM calc"""


async def count(tx: Tx, compiled: Compiled, rules: str, year: int, day: date) -> None:
    """Count a month-end anew; it is clean unless a mark came since this began."""
    key = compiled.standard.key
    if not await tx.fetchval("SELECT pg_try_advisory_xact_lock($1, hashtext($2))", generation(day), key):
        return  # another process is at it
    marks = await tx.fetchval("SELECT marks FROM month_end WHERE standard = $1 AND day = $2", key, day)
    for table in TABLES:
        await tx.execute(f"DELETE FROM {table} WHERE generation = $1 AND standard = $2", generation(day), key)
    await tx.execute(LARGE)
    await tx.fetchval(counting(compiled), [year], [day], generation(day))
    await tx.execute(
        "UPDATE month_end SET counted = $3, counting = false, rules = $4, counted_at = now()"
        " WHERE standard = $1 AND day = $2",
        key, day, marks, rules,
    )  # fmt: skip
