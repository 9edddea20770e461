"""SQL of change requests."""

from datetime import date
from typing import Any

import orjson

from services.facilities.contract.proposals import Proposal
from services.facilities.queries.listing import Chosen, Listing
from services.kernel.db import Connection, Tx

PROPOSALS = Listing(
    "proposal", Proposal, key=("id",), sorts=("made_at", "state", "facility"),
    columns={"fields": "ARRAY(SELECT jsonb_object_keys(cells) ORDER BY 1)"},
)  # fmt: skip

_COLUMNS = "id, of, key, facility, proposer, cells, row_version, state, version, made_at, made_by, applied_version"
_ADD = """
INSERT INTO proposal (id, of, key, facility, proposer, cells, row_version, state, version, made_by)
VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7, $8, 1, $9) ON CONFLICT DO NOTHING RETURNING id
"""
_STEP = """
INSERT INTO proposal_step (proposal, version, verb, state, by, role, reason) VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
_MOVE = """
UPDATE proposal SET state = $2, version = version + 1, cells = coalesce($3::jsonb, cells),
  row_version = CASE WHEN $3 IS NULL THEN row_version ELSE $4::int END, applied_version = $5::int
WHERE id = $1
"""
_UNDER = """
SELECT EXISTS (
  SELECT FROM catchment WHERE village = $1 AND facility = $2 AND daterange(valid_from, valid_until, '[]') @> $3::date
)
"""


def _read(row: Any) -> dict[str, Any]:
    return {**row, "cells": orjson.loads(row["cells"])}


async def add(tx: Tx, row: dict[str, Any]) -> bool:
    """A new proposal; False when this id is taken."""
    cells = orjson.dumps(row["cells"]).decode()
    made = await tx.fetchval(
        _ADD, row["id"], row["of"], row["key"], row["facility"], row["proposer"], cells, row["row_version"],
        row["state"], row["made_by"],
    )  # fmt: skip
    return made is not None


async def step(
    tx: Tx, id_: str, version: int, verb: str, state: str, by: str, role: str, reason: str | None
) -> None:  # fmt: skip
    """Write down a step."""
    await tx.execute(_STEP, id_, version, verb, state, by, role, reason)


async def move(
    tx: Tx, id_: str, state: str, cells: dict[str, str] | None, row_version: int | None, applied: int | None
) -> None:
    """A proposal's next state; with `cells`: asked anew, of the row at `row_version`."""
    body = None if cells is None else orjson.dumps(cells).decode()
    await tx.execute(_MOVE, id_, state, body, row_version, applied)


async def one(conn: Connection, id_: str) -> dict[str, Any] | None:
    """A proposal."""
    row = await conn.fetchrow(f"SELECT {_COLUMNS} FROM proposal WHERE id = $1", id_)
    return _read(row) if row else None


async def held(tx: Tx, id_: str) -> dict[str, Any] | None:
    """A proposal that nobody else moves until this transaction ends."""
    row = await tx.fetchrow(f"SELECT {_COLUMNS} FROM proposal WHERE id = $1 FOR UPDATE", id_)
    return _read(row) if row else None


async def steps(conn: Connection, id_: str) -> list[dict[str, Any]]:
    """All steps of a proposal, in order."""
    sql = "SELECT verb, state, at, by, role, reason FROM proposal_step WHERE proposal = $1 ORDER BY version"
    return [dict(r) for r in await conn.fetch(sql, id_)]


def chosen(seen_by: str | None, states: list[str] | None, of: str | None, facility: str | None) -> Chosen:
    """Proposals; `seen_by`: only those of a facility and those about it."""
    mine = "(proposer = {} OR facility = {})"
    found = PROPOSALS.chosen().where(mine, seen_by, seen_by).among("state", states)
    return found.equal("of", of).equal("facility", facility)


async def answers_for(conn: Connection, puskesmas: str, village: str, on: date) -> bool:
    """Whether a village is in a puskesmas' catchment on a day."""
    return bool(await conn.fetchval(_UNDER, village, puskesmas, on))
