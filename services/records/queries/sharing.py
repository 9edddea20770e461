"""What private facilities may see by their agreements (decision 0024): the days on which each is barred, settled from
the dated policy, the followed agreements and who owns a facility. `visible.bound` asks for one day."""

from datetime import date
from typing import Any

from services.kernel.db import Tx

POLICY, REQUIRED = "private-agreement", "required"
"""The name of the dated policy, and the value with which a private facility needs an agreement from a day on."""
OPENS = "record"
"""The word of a data clause that lets a member see the shared record."""

_AGREEMENT = """
INSERT INTO agreement (id, facility, sees, valid_from, valid_until)
SELECT $1, p, $3, $4, $5 FROM unnest($2::text[]) AS p
"""


async def agreement(tx: Tx, id_: str, d: dict[str, Any]) -> None:
    """An agreement as it stands now, a row for each of its members; its last day counts a termination in."""
    await tx.execute("DELETE FROM agreement WHERE id = $1", id_)
    members = [p["facility"] for p in d["parties"] if p["role"] == "member"]
    last = d["in_force_until"]
    begin, end = date.fromisoformat(d["valid_from"]), date.fromisoformat(last) if last else None
    if end is None or end >= begin:
        await tx.execute(_AGREEMENT, id_, members, d["member_sees"], begin, end)


_SETTLE = f"""
WITH required AS (
    SELECT coalesce(range_agg(daterange(valid_from, ends)) FILTER (WHERE value = '{REQUIRED}'), '{{}}') AS days
    FROM (SELECT value, valid_from, lead(valid_from) OVER (ORDER BY valid_from) AS ends
          FROM access_policy WHERE name = '{POLICY}') p
), open AS (
    SELECT facility, range_agg(daterange(valid_from, valid_until, '[]')) AS days
    FROM agreement WHERE sees = '{OPENS}' GROUP BY facility
)
INSERT INTO barred AS b (facility, days)
SELECT f.code, CASE WHEN f.ownership = 'private' THEN r.days - coalesce(o.days, '{{}}') ELSE '{{}}' END
FROM facility f CROSS JOIN required r LEFT JOIN open o ON o.facility = f.code
ON CONFLICT (facility) DO UPDATE SET days = excluded.days WHERE b.days <> excluded.days
"""
_TURN = """
WITH turned AS (
    UPDATE barred SET shut = days @> $1::date WHERE shut <> (days @> $1::date) RETURNING facility, shut
)
INSERT INTO event_pending (type, kind, subject, version, person_id, data)
SELECT 'grant', 'created', facility, 1, NULL, json_build_object('facility', facility)::text
FROM turned WHERE NOT shut
"""


async def settle(tx: Tx, today: date) -> None:
    """Say anew on which days each facility is barred, after anything it follows from has changed in `tx`.

    The lock is held until the commit, so that of two changes at one time the later sees the earlier.
    """
    await tx.execute("LOCK TABLE barred IN SHARE ROW EXCLUSIVE MODE")
    await tx.execute(_SETTLE)
    await turn(tx, today)


async def turn(tx: Tx, today: date) -> None:
    """Notice whose days have begun or ended since the last look; who may see again is told by a grant."""
    await tx.execute(_TURN, today)
