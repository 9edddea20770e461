"""SQL of reconciliations."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import orjson

from services.facilities.contract.reconciling import Alias, Row, Run
from services.facilities.queries.listing import Chosen, Listing
from services.facilities.rules.aliases import CODES, OURS, Edge, Node
from services.kernel.db import Connection, Tx

RUNS = Listing("reconciliation", Run, key=("id",), sorts=("made_at", "source", "rows"))
ROWS = Listing(
    "reconciliation_row", Row, key=("number",), sorts=("number", "score", "facility"), columns={"theirs": "cells"}
)
ALIASES = Listing(
    "alias", Alias, key=("system", "value", "other_system", "other_value"), sorts=("made_at", "system"),
    columns={"facility": "CASE 'simpul' WHEN system THEN value WHEN other_system THEN other_value END"},
)  # fmt: skip
_COLUMNS = (
    "run, number, line, ref, found, facility, facility_version, cells, diff, score, evidence, why, decision, applied"
)
_ADD_RUN = """
INSERT INTO reconciliation (id, source, area, kinds, rows, seconds, ignored, made_by, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1)
ON CONFLICT (id) DO UPDATE SET rows = excluded.rows, seconds = excluded.seconds, compared_at = now(),
  version = reconciliation.version + 1
RETURNING version
"""
_ADD_ROWS = f"""
INSERT INTO reconciliation_row AS t ({_COLUMNS}, decided_at, decided_by, reason)
SELECT $1, number, line, ref, found, facility, facility_version, cells, diff, score, evidence, why, decision, applied,
  decided_at, decided_by, reason
FROM jsonb_to_recordset($2::jsonb) AS r(
  number int, line int, ref text, found text, facility text, facility_version int, cells jsonb, diff jsonb,
  score float8, evidence jsonb, why jsonb, decision text, applied jsonb, decided_at timestamptz, decided_by text,
  reason text
)
"""
_DECIDE = """
UPDATE reconciliation_row t SET decision = d.decision, decided_at = now(), decided_by = $3, reason = $4,
  applied = d.applied
FROM jsonb_to_recordset($2::jsonb) AS d(number int, decision text, applied jsonb)
WHERE t.run = $1 AND t.number = d.number
"""
_STEPS = """
INSERT INTO reconciliation_step (run, number, verb, by, reason, applied)
SELECT $1, number, verb, $3, $4, applied FROM jsonb_to_recordset($2::jsonb) AS s(number int, verb text, applied jsonb)
"""
_REOPEN = """
UPDATE reconciliation_row t SET decision = NULL, decided_at = NULL, decided_by = NULL, reason = NULL, applied = NULL,
  facility_version = d.version
FROM jsonb_to_recordset($2::jsonb) AS d(number int, version int) WHERE t.run = $1 AND t.number = d.number
"""
_JUDGE = """
INSERT INTO judgement (source, ref, facility, word, said, by) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (source, ref, facility, word) DO UPDATE SET said = excluded.said, by = excluded.by, at = now()
"""


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


def _read(row: Any) -> dict[str, Any]:
    found = dict(row)
    for column in ("cells", "diff", "evidence", "why", "applied"):
        if isinstance(found.get(column), str):
            found[column] = orjson.loads(found[column])
    return found


async def ours(conn: Connection) -> dict[str, dict[str, Any]]:
    """All our facilities, by code."""
    return {r["code"]: dict(r) for r in await conn.fetch("SELECT * FROM facility")}


async def store(tx: Tx, run: dict[str, Any], rows: list[dict[str, Any]]) -> int:
    """A comparison and its rows, undecided ones of an earlier comparison of the same list replaced; its version."""
    version: int = await tx.fetchval(
        _ADD_RUN, run["id"], run["source"], run["area"], run["kinds"], run["rows"], run["seconds"], run["ignored"],
        run["made_by"],
    )  # fmt: skip
    await tx.execute("DELETE FROM reconciliation_row WHERE run = $1 AND decision IS NULL", run["id"])
    await tx.execute(_ADD_ROWS, run["id"], _json(rows))
    return version


async def numbers(conn: Connection, id_: str) -> list[dict[str, Any]]:
    """Rows of an earlier comparison of a list: number, facility, what was found, whether it was decided."""
    sql = "SELECT number, line, facility, decision FROM reconciliation_row WHERE run = $1"
    return [dict(r) for r in await conn.fetch(sql, id_)]


async def run(conn: Connection, id_: str) -> dict[str, Any] | None:
    """A comparison."""
    row = await conn.fetchrow("SELECT * FROM reconciliation WHERE id = $1", id_)
    return dict(row) if row else None


async def counts(conn: Connection, id_: str) -> tuple[dict[str, int], dict[str, int]]:
    """Rows by what was found, and by what was decided."""
    sql = "SELECT {0} AS word, count(*) AS n FROM reconciliation_row WHERE run = $1 AND {0} IS NOT NULL GROUP BY 1"
    found, decided = [await conn.fetch(sql.format(c), id_) for c in ("found", "decision")]
    return {r["word"]: r["n"] for r in found}, {r["word"]: r["n"] for r in decided}


def chosen_runs(source: str | None) -> Chosen:
    """Comparisons of a source."""
    return RUNS.chosen().equal("source", source)


def chosen_rows(run_: str, found: Sequence[str] | None, decided: bool | None, facility: str | None) -> Chosen:
    """Rows of a comparison."""
    rows = ROWS.chosen().equal("run", run_).among("found", found).equal("facility", facility)
    return rows.where("(decision IS NOT NULL) = {}::boolean", decided)


def chosen_aliases(system: str | None, value: str | None, facility: str | None) -> Chosen:
    """Aliases of an id, of a system, of a facility."""
    found = ALIASES.chosen().where("{} IN (system, other_system)", system).where("{} IN (value, other_value)", value)
    ours_ = "('simpul', {}::text) IN ((system, value), (other_system, other_value))"
    return found.where(ours_, facility)


async def held(
    tx: Tx, id_: str, numbers_: Sequence[int] | None, found: Sequence[str] | None, *, decided: bool
) -> list[dict[str, Any]]:
    """Rows in order: those named, or all with (or without) a decision."""
    sql = f"""
SELECT {_COLUMNS} FROM reconciliation_row
WHERE run = $1 AND ($2::int[] IS NULL OR number = ANY($2)) AND ($3::text[] IS NULL OR found = ANY($3))
  AND ((decision IS NOT NULL) = $4 OR $2 IS NOT NULL)
ORDER BY number
"""
    return [_read(r) for r in await tx.fetch(sql, id_, numbers_, found, decided)]


async def lock_run(tx: Tx, id_: str) -> dict[str, Any] | None:
    """A comparison, a version later, that nobody else decides on until this transaction ends."""
    row = await tx.fetchrow("UPDATE reconciliation SET version = version + 1 WHERE id = $1 RETURNING *", id_)
    return dict(row) if row else None


async def decide(tx: Tx, id_: str, rows: list[dict[str, Any]], by: str, reason: str | None) -> None:
    """Write decisions (number, decision, applied) and their steps."""
    await tx.execute(_DECIDE, id_, _json(rows), by, reason)
    steps = [{"number": r["number"], "verb": r["decision"], "applied": r["applied"]} for r in rows]
    await tx.execute(_STEPS, id_, _json(steps), by, reason)


async def reopen(tx: Tx, id_: str, rows: list[dict[str, Any]], by: str, reason: str | None) -> None:
    """Take decisions back (number, version of the facility now)."""
    await tx.execute(_REOPEN, id_, _json(rows))
    await tx.execute(_STEPS, id_, _json([{"number": r["number"], "verb": "undo"} for r in rows]), by, reason)


# --- aliases and judgements -----------------------------------------------------------------------------------


async def edges(conn: Connection) -> list[Edge]:
    """All aliases."""
    rows = await conn.fetch("SELECT system, value, other_system, other_value FROM alias")
    return [((r["system"], r["value"]), (r["other_system"], r["other_value"])) for r in rows]


async def lay(tx: Tx, made: Sequence[Edge], by: str, because: str | None) -> None:
    """Lay aliases that the rules allow."""
    columns = "system, value, other_system, other_value, made_by, because"
    sql = f"INSERT INTO alias ({columns}) VALUES ($1, $2, $3, $4, $5, $6)"
    await tx.executemany(sql, [(*a, *b, by, because) for a, b in made])


async def lift(tx: Tx, gone: Sequence[Edge]) -> list[Edge]:
    """Take aliases away; those that were there."""
    sql = "DELETE FROM alias WHERE (system, value, other_system, other_value) = ($1, $2, $3, $4) RETURNING system"
    return [(a, b) for a, b in gone if await tx.fetchval(sql, *a, *b) is not None]


_PLANNED = """
SELECT DISTINCT ON (v.valid_from) h.row::text FROM facility_version v
JOIN history h ON h.of = 'facility_version' AND h.key = v.code || '/' || v.valid_from
WHERE v.code = $1 AND v.valid_from > $2 AND h.because IS DISTINCT FROM $3 AND h.row IS NOT NULL
ORDER BY v.valid_from, h.version DESC
"""


async def planned(tx: Tx, code: str, after: date, but: str) -> list[dict[str, Any]]:
    """What a facility is to be on later days, by what was recorded last, unless for `but`."""
    return [orjson.loads(r["row"]) for r in await tx.fetch(_PLANNED, code, after, but)]


async def judge(tx: Tx, source: str, said: Sequence[tuple[str, str, str, str]], by: str) -> None:
    """Remember what was said (ref, facility, word, of what)."""
    await tx.executemany(_JUDGE, [(source, *s, by) for s in said])


async def unjudge(tx: Tx, source: str, said: Sequence[tuple[str, str, str]]) -> None:
    """Forget what was said (ref, facility, word)."""
    sql = "DELETE FROM judgement WHERE (source, ref, facility, word) = ($1, $2, $3, $4)"
    await tx.executemany(sql, [(source, *s) for s in said])


async def judgements(conn: Connection, source: str) -> list[dict[str, Any]]:
    """All that was said of a source's rows."""
    sql = "SELECT ref, facility, word, said, at, by FROM judgement WHERE source = $1"
    return [dict(r) for r in await conn.fetch(sql, source)]


async def identified(conn: Connection, nodes: Sequence[Node]) -> list[Edge]:
    """Our facilities' own codes among some ids, as aliases."""
    values = [v for _, v in nodes]
    sql = (
        "SELECT code, satusehat_id, bpjs_code, registration FROM facility"
        " WHERE satusehat_id = ANY($1::text[]) OR bpjs_code = ANY($1) OR registration = ANY($1)"
    )
    rows = await conn.fetch(sql, values)
    return [((OURS, r["code"]), (s, r[c])) for r in rows for s, c in CODES.items() if (s, r[c]) in nodes]
