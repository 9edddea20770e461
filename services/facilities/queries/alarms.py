"""SQL of the alarms of agreements."""

from datetime import date
from typing import Any

from services.facilities.contract.agreements import Alarm
from services.facilities.queries.listing import Chosen, Listing
from services.kernel.db import Connection, Tx

_SOURCE = """(
SELECT l.*, (SELECT jsonb_agg(p.value ->> 'facility') FROM jsonb_array_elements(a.parties) p) AS facilities
FROM agreement_alarm l JOIN agreement a ON a.id = l.agreement) told"""
ALARMS = Listing(_SOURCE, Alarm, key=("id",), sorts=("id", "due_on", "raised_on", "agreement", "kind"))


def chosen(open_: bool | None, kind: str | None, facility: str | None) -> Chosen:
    """Alarms, those not acknowledged or those that are, of a matter, of a party."""
    found = ALARMS.chosen().equal("kind", kind)
    if open_ is not None:
        found.where("acknowledged_at IS NULL" if open_ else "acknowledged_at IS NOT NULL")
    return found.where("facilities @> to_jsonb({}::text)", facility)


async def rule(conn: Connection, name: str, day: date) -> str:
    """A dated value as it stands on a day; empty before the first."""
    found: str | None = await conn.fetchval(
        "SELECT value FROM agreement_rule WHERE name = $1 AND valid_from <= $2 ORDER BY valid_from DESC LIMIT 1",
        name, day,
    )  # fmt: skip
    return found or ""


_DUE = """
WITH standing AS (
    SELECT a.id, a.valid_from, least(a.valid_until, a.terminated_on - 1) AS ends,
           a.terminated_on IS NULL AND NOT EXISTS (SELECT 1 FROM agreement n WHERE n.renews = a.id) AS ending,
           (coalesce((SELECT max(r.held_on) FROM agreement_review r WHERE r.agreement = a.id AND r.kind = 'evaluation'
                      AND r.held_on <= $1), a.valid_from) + a.evaluation_months * interval '1 month')::date AS evaluate
    FROM agreement a
), due AS (
    SELECT id, 'expiring' AS kind, ends AS due_on, min(t.days) AS days
    FROM standing CROSS JOIN unnest($2::int[]) AS t(days)
    WHERE ending AND valid_from <= $1 AND ends >= $1 AND ends - $1 <= t.days GROUP BY id, ends
    UNION ALL
    SELECT id, 'expired', ends, NULL FROM standing WHERE ending AND ends < $1
    UNION ALL
    SELECT id, 'evaluation-overdue', evaluate, NULL FROM standing
    WHERE valid_from <= $1 AND evaluate < $1 AND (ends IS NULL OR ends >= $1)
)
INSERT INTO agreement_alarm (agreement, kind, due_on, days, raised_on)
SELECT id, kind, due_on, days, $1 FROM due d WHERE NOT EXISTS (
    SELECT 1 FROM agreement_alarm a WHERE a.agreement = d.id AND a.kind = d.kind AND a.due_on = d.due_on
    AND a.days IS NOT DISTINCT FROM d.days) ON CONFLICT DO NOTHING
RETURNING id, agreement, kind, due_on, days
"""


async def raise_due(tx: Tx, today: date, thresholds: list[int]) -> list[dict[str, Any]]:
    """Raise what is due and was not raised before; the new alarms, with the version and parties of their agreement."""
    rows = [dict(r) for r in await tx.fetch(_DUE, today, thresholds)]
    about = await tx.fetch(
        "SELECT id, version, parties FROM agreement WHERE id = ANY($1::text[])", [r["agreement"] for r in rows]
    )
    more = {r["id"]: {"version": r["version"], "parties": r["parties"]} for r in about}
    return [r | more[r["agreement"]] for r in rows]


async def acknowledge(tx: Tx, id_: int, by: str, note: str | None) -> bool | None:
    """Mark an alarm as dealt with; False when it was already, None when there is none."""
    done = await tx.fetchval(
        "UPDATE agreement_alarm SET acknowledged_at = now(), acknowledged_by = $2, note = $3"
        " WHERE id = $1 AND acknowledged_at IS NULL RETURNING true",
        id_, by, note,
    )  # fmt: skip
    if done:
        return True
    return False if await tx.fetchval("SELECT true FROM agreement_alarm WHERE id = $1", id_) else None


async def one(conn: Connection, id_: int) -> dict[str, Any]:
    """An alarm."""
    row = await conn.fetchrow(f"SELECT * FROM {_SOURCE} WHERE id = $1", id_)
    assert row is not None  # noqa: S101 - asked for after it was found
    return dict(row)
