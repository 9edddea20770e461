"""Pages of referrals: what lies in the boxes of a facility."""

from dataclasses import dataclass
from datetime import datetime

from services.kernel.db import Connection
from services.referrals.contract import State
from services.referrals.queries.referrals import HEAD, NAMES, referral
from services.referrals.rules.referrals import Referral

LISTED = HEAD.replace(
    "r.summary",
    "jsonb_build_object('patient', r.summary #> '{resume,patient}') AS summary",
)
"""A list shows of the summary who it is about."""
_OUT, _ALL = "r.from_facility = $1", "$1::text IS NULL"
_OFFICE = f"{_ALL} AND r.owner = 'office'"
_IN = "r.to_facility = $1 AND $1 = ANY (r.asked)"
_BESIDE = """(
    SELECT * FROM referral r
    WHERE cardinality(r.asked) > 1 AND r.asked @> ARRAY[$1] AND r.to_facility <> $1 AND r.closed_at IS NULL OFFSET 0)"""
"""Asked beside others, of whom another stands as the receiver. They are few, and are found first, by their own index:
in the order of the page all that is open in the district would be looked through for them."""

_OPEN = """
(SELECT r.* FROM {among} r
 WHERE {mine} AND r.closed_at IS NULL AND (r.rank, r.opened_at, r.id) > ($2, $3, $4)
       AND ($5::text IS NULL OR r.state = $5) AND ($7::timestamptz IS NULL OR r.due_at <= $7)
       AND ($8::text IS NULL OR r.owner = $8 OR r.owner_facility = $8)
       AND ($9::text IS NULL OR r.from_facility = $9 OR r.to_facility = $9)
 ORDER BY r.rank, r.opened_at, r.id LIMIT $6)
"""


def _open_page(mine: str, *others: str) -> str:
    arms = [_OPEN.format(among="referral", mine=mine), *(_OPEN.format(among=a, mine="true") for a in others)]
    union = " UNION ALL ".join(arms)
    return f"SELECT {LISTED}, r.rank FROM ({union}) r {NAMES} ORDER BY r.rank, r.opened_at, r.id LIMIT $6"


_OPEN_PAGE = {
    "inbox": _open_page(_IN, _BESIDE), "outbox": _open_page(_OUT), "office": _open_page(_OFFICE),
    "district": _open_page(_ALL),
}  # fmt: skip

_ENDED_PAGE = {
    box: f"""
SELECT {LISTED} FROM referral r {NAMES}
WHERE {mine} AND r.closed_at IS NOT NULL AND (r.closed_at, r.id) < ($2, $3)
      AND ($4::text IS NULL OR r.state = $4)
ORDER BY r.closed_at DESC, r.id DESC LIMIT $5
"""
    for box, mine in {"inbox": _IN, "outbox": _OUT, "office": _OFFICE, "district": _ALL}.items()
}

Place = tuple[int, datetime, str]
"""Where a page of open referrals ended: rank, opened_at, id."""


@dataclass(frozen=True, slots=True)
class Only:
    """What of a box is shown: a state; what was due before a moment; what a side or a facility owns; what goes to or
    comes from another facility."""

    state: State | None = None
    due_before: datetime | None = None
    owner: str | None = None
    other: str | None = None


async def open_page(
    conn: Connection, box: str, facility: str | None, only: Only, after: Place, limit: int
) -> tuple[list[Referral], list[Place]]:
    """Open referrals of a box, the most urgent first, then the oldest; and the place of each."""
    narrowed = only.due_before, only.owner, only.other
    rows = await conn.fetch(_OPEN_PAGE[box], facility, *after, only.state, limit, *narrowed)
    return [referral(r) for r in rows], [(r["rank"], r["opened_at"], r["id"]) for r in rows]


async def ended_page(
    conn: Connection, box: str, facility: str | None, state: State | None, after: tuple[datetime, str], limit: int
) -> list[Referral]:
    """Ended referrals of a box, the last ended first."""
    return [referral(r) for r in await conn.fetch(_ENDED_PAGE[box], facility, *after, state, limit)]
