"""SQL of learning visits."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from services.facilities.contract.learning import LearningVisit, VisitState
from services.facilities.queries.listing import Chosen, Listing
from services.kernel.db import Connection

VISITS = Listing(
    "learning_visit", LearningVisit, key=("id",), sorts=("planned_on", "done_on", "host", "id"),
    columns={
        "state": "CASE WHEN done_on IS NOT NULL THEN 'done' WHEN cancelled_on IS NOT NULL THEN 'cancelled'"
        " ELSE 'planned' END",
        "guests": "string_to_array(guests, ' ')",
    },
)  # fmt: skip


def chosen(
    state: VisitState | None, facility: str | None, indicator: str | None, since: date | None, until: date | None
) -> Chosen:
    """Visits in a state, that a facility took part in, about an indicator, planned between two days."""
    found = VISITS.chosen().equal(VISITS.columns["state"], state).equal("indicator", indicator)
    found.where("{} = ANY (host || string_to_array(guests, ' '))", facility)
    return found.where("planned_on >= {}", since).where("planned_on <= {}", until)


async def visits(conn: Connection, ids: Sequence[str] | None) -> dict[str, dict[str, Any]]:
    """Some visits, or all."""
    rows = await conn.fetch("SELECT * FROM learning_visit WHERE $1::text[] IS NULL OR id = ANY($1) ORDER BY id", ids)
    return {r["id"]: dict(r) for r in rows}


async def actions(conn: Connection, visits_: Sequence[str]) -> list[dict[str, Any]]:
    """What was agreed at some visits."""
    sql = "SELECT * FROM learning_action WHERE visit = ANY($1::text[]) ORDER BY visit, number"
    return [dict(r) for r in await conn.fetch(sql, visits_)]


async def places(conn: Connection, on: date) -> dict[str, dict[str, Any]]:
    """Where each puskesmas is on a day, and whether it takes in-patients."""
    sql = """SELECT code, name, latitude, longitude, inpatient FROM facility_version
    WHERE kind = 'puskesmas' AND active AND valid_from <= $1 AND coalesce(valid_until, $1) >= $1"""
    return {r["code"]: dict(r) for r in await conn.fetch(sql, on)}
