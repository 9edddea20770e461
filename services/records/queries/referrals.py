"""Where each referral stands, who sees it, and the access to the record it gives."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from services.kernel.db import Connection, Tx
from services.records.queries.changes import GRANT


@dataclass(frozen=True, slots=True)
class Stood:
    """What is known of a referral until now."""

    version: int = 0
    parties: frozenset[str] = frozenset()
    away_since: datetime | None = None


async def stood(tx: Tx, id_: str) -> Stood:
    """A referral as it stood before an event, held until the transaction ends."""
    row = await tx.fetchrow("SELECT version, parties, away_since FROM referral WHERE id = $1 FOR UPDATE", id_)
    return Stood(row["version"], frozenset(row["parties"]), row["away_since"]) if row else Stood()


_KEEP = """
INSERT INTO referral (id, task, person_id, from_facility, to_facility, kind, urgency, state, outcome, opened_at,
                      closed_at, away_since, parties, until, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
ON CONFLICT (id) DO UPDATE SET version = excluded.version, task = excluded.task, person_id = excluded.person_id,
    from_facility = excluded.from_facility, to_facility = excluded.to_facility, kind = excluded.kind,
    urgency = excluded.urgency, state = excluded.state, outcome = excluded.outcome, opened_at = excluded.opened_at,
    closed_at = excluded.closed_at, away_since = excluded.away_since, parties = excluded.parties, until = excluded.until
"""
_TOLD = f"""
INSERT INTO event_pending (type, kind, subject, version, person_id, data)
SELECT '{GRANT}', 'created', $2, 1, $2, json_build_object('facility', f)::text FROM unnest($1::text[]) f
"""


async def keep(tx: Tx, row: tuple[Any, ...], person: str | None, new: Collection[str]) -> None:
    """A referral as it stands now; who sees it newly (`new`) is told by a grant."""
    await tx.execute(_KEEP, *row)
    if person and new:
        await told(tx, new, person)


async def told(tx: Tx, facilities: Collection[str], person: str) -> None:
    """Who sees something of a person newly is told by a grant."""
    await tx.execute(_TOLD, sorted(facilities), person)


_UNTIL = """
SELECT $1::timestamptz + value::int * interval '1 day' FROM access_policy WHERE name = 'referral-days'
ORDER BY valid_from <= $2 DESC, CASE WHEN valid_from <= $2 THEN valid_from END DESC, valid_from LIMIT 1
"""


async def seen_until(tx: Tx, ended: datetime, on: date) -> datetime:
    """Until when what a referral opened stays open, by the policy of the day on which it ended."""
    found: datetime = await tx.fetchval(_UNTIL, ended, on)
    return found


async def opened_to(tx: Tx, referral: str) -> frozenset[str]:
    """To whom a referral has opened the record, under whichever person it stood."""
    rows = await tx.fetch(
        "SELECT DISTINCT facility FROM care_relation WHERE reason = 'referral' AND source = $1", referral
    )
    return frozenset(r["facility"] for r in rows)


_SHUT = """
DELETE FROM care_relation WHERE reason = 'referral' AND source = $1
AND NOT (person_id = $2 AND facility = ANY ($3::text[]))
"""
_OPEN = """
INSERT INTO care_relation AS c (person_id, facility, reason, source, until, urgent)
SELECT $2, f, 'referral', $1, $4, $5 FROM unnest($3::text[]) f
ON CONFLICT (person_id, facility, reason, source) DO UPDATE SET until = excluded.until, urgent = excluded.urgent
WHERE (c.until, c.urgent) IS DISTINCT FROM (excluded.until, excluded.urgent)
"""


async def open_record(
    tx: Tx, referral: str, person: str, facilities: Collection[str], until: datetime | None, *, urgent: bool
) -> None:
    """A referral opens the record of this person, and of nobody else, to exactly these facilities."""
    await tx.execute(_SHUT, referral, person, list(facilities))
    await tx.execute(_OPEN, referral, person, list(facilities), until, urgent)


_OF_PERSON = """
SELECT id, from_facility, to_facility, kind, urgency, state, outcome, opened_at, closed_at FROM referral
WHERE person_id = ANY ($1::text[]) AND state <> 'draft' ORDER BY opened_at DESC NULLS LAST, id
"""


async def of_person(conn: Connection, persons: Collection[str]) -> list[dict[str, Any]]:
    """A person's referrals, the newest first."""
    return [dict(r) for r in await conn.fetch(_OF_PERSON, list(persons))]
