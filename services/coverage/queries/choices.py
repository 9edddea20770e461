"""SQL of what facilities chose to tell BPJS."""

from collections.abc import Sequence
from datetime import date

import asyncpg

from services.coverage.contract.maps import Choice, MapKind, NewChoice
from services.coverage.rules.choices import plain
from services.kernel.db import Connection, Tx

_ALL = "SELECT kind, ours, theirs, since FROM bpjs_choice WHERE facility = $1 ORDER BY number"


async def ever(conn: Connection, facility: str) -> list[tuple[MapKind, str, str | None, date | None]]:
    """All that a facility ever chose, in the order it was chosen: `rules.chosen` takes those of a day."""
    rows = await conn.fetch(_ALL, facility)
    return [(MapKind(r["kind"]), r["ours"], r["theirs"], r["since"]) for r in rows]


_ADD = """
INSERT INTO bpjs_choice (facility, kind, ours, theirs, since, by)
SELECT f, k, o, t, s, $6 FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::date[]) n(f, k, o, t, s)
"""


async def add(tx: Tx, rows: Sequence[tuple[str, NewChoice]], by: str) -> None:
    """Note choices (facility, choice), made by somebody."""
    columns = [
        [f for f, _ in rows], [c.kind for _, c in rows], [plain(c.ours) for _, c in rows], [c.theirs for _, c in rows],
        [c.since for _, c in rows],
    ]  # fmt: skip
    await tx.execute(_ADD, *columns, by)


_LISTED = """
SELECT DISTINCT ON (facility, kind, ours) facility, kind, ours, theirs, since, by, at FROM bpjs_choice
WHERE facility = $1 AND ($2::text IS NULL OR kind = $2) AND (since IS NULL OR since <= $3)
ORDER BY facility, kind, ours, coalesce(since, '-infinity') DESC, number DESC
"""
_EVERY = """
SELECT facility, kind, ours, theirs, since, by, at FROM bpjs_choice
WHERE facility = $1 AND ($2::text IS NULL OR kind = $2) ORDER BY kind, ours, number
"""


async def listed(conn: Connection, facility: str, kind: MapKind | None, day: date) -> list[Choice]:
    """The choices that hold on a day, with who made them and when."""
    rows = await conn.fetch(_LISTED, facility, kind, day)
    return [_choice(r) for r in rows if r["theirs"] is not None]


async def history(conn: Connection, facility: str, kind: MapKind | None) -> list[Choice]:
    """Every choice ever made, also those taken back."""
    return [_choice(r) for r in await conn.fetch(_EVERY, facility, kind)]


def _choice(row: asyncpg.Record) -> Choice:
    return Choice.model_validate(dict(row))
