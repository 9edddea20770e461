"""The review queue: pages of pairs the asker may see, one pair, what was decided of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.kernel.auth import Actor
from services.kernel.db import Connection, Tx
from services.records.queries.matching import BASIS
from services.records.queries.reading import _actor
from services.records.queries.visible import ASKER, CAME, LOG, known_to, purpose

_COLUMNS = """v.number AS id, v.person_id AS person, v.other_person_id AS other,
    coalesce(pa.patient_id, v.person_id) AS patient_a, coalesce(pb.patient_id, v.other_person_id) AS patient_b,
    v.reason, v.state, v.score, v.grade, v.at"""
_FROM = """identity_review v LEFT JOIN person pa ON pa.person_id = v.person_id
    LEFT JOIN person pb ON pb.person_id = v.other_person_id"""
_BOTH = f"""(num_nonnulls(pa.person_id, pb.person_id) > 0
    AND (pa.person_id IS NULL OR {known_to("v.person_id", ASKER)})
    AND (pb.person_id IS NULL OR {known_to("v.other_person_id", ASKER)}))"""
"""Who was merged into the other is no person of its own any more: then the one who stays decides."""
_STANDS = "(v.state = 'same' OR num_nonnulls(pa.person_id, pb.person_id) = 2)"
_SEEN = f"""{LOG} SELECT $1, $2, $3, q.person, 'read', 'identity-review', {purpose("q.person", ASKER)}, 'allowed',
        {CAME}, string_agg('identity-review/' || q.id, ' ' ORDER BY q.id)"""

_PAGE = f"""
WITH page AS (
    SELECT {_COLUMNS} FROM {_FROM}
    WHERE v.state = ANY($8::text[]) AND ($9::text[] IS NULL OR v.reason = ANY($9))
      AND ($10::text[] IS NULL OR v.grade = ANY($10)) AND ($11::text IS NULL OR $11 IN (v.person_id, v.other_person_id))
      AND v.number < $12 AND {_STANDS} AND {_BOTH}
    ORDER BY v.number DESC LIMIT $13
), looked AS (
    {_SEEN} FROM (SELECT p.id, unnest(ARRAY[p.person, p.other]) AS person
                  FROM (SELECT * FROM page ORDER BY id DESC LIMIT $13 - 1) p) q GROUP BY q.person
)
SELECT * FROM page ORDER BY id DESC
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which pairs: in one of these states; of these reasons and grades, and of this person, when given."""

    states: Sequence[str]
    reasons: Sequence[str] | None = None
    grades: Sequence[str] | None = None
    person: str | None = None


async def page(
    conn: Connection, actor: Actor, today: date, wanted: Wanted, before: int, limit: int
) -> list[dict[str, Any]]:
    """Pairs of whom the actor knows both, newest first, and one more than `limit` to tell whether there is; each
    person of those within it is logged as looked at."""
    what = (wanted.states, wanted.reasons, wanted.grades, wanted.person)
    rows = await conn.fetch(_PAGE, *_actor(actor, today), *what, before, limit + 1)
    return [dict(r) for r in rows]


_ONE = f"""
WITH one AS (
    SELECT {_COLUMNS}, v.decided_at, v.decided_by, v.decided_facility, v.decision_reason,
           ra.body AS body_a, rb.body AS body_b, {_BOTH} AS allowed
    FROM {_FROM} LEFT JOIN resource ra ON ra.type = 'Patient' AND ra.id = coalesce(pa.patient_id, v.person_id)
    LEFT JOIN resource rb ON rb.type = 'Patient' AND rb.id = coalesce(pb.patient_id, v.other_person_id)
    WHERE v.number = $8
), looked AS (
    {_SEEN} FROM (SELECT person, id FROM one WHERE allowed UNION ALL SELECT other, id FROM one WHERE allowed) q
    GROUP BY q.person
)
SELECT * FROM one
"""


async def one(conn: Connection, actor: Actor, today: date, number: int) -> dict[str, Any] | None:
    """One pair with both Patients; `allowed` when the actor may see both, and then logged."""
    row = await conn.fetchrow(_ONE, *_actor(actor, today), number)
    return dict(row) if row else None


_DECIDE = f"""
UPDATE identity_review v SET state = $2, decision_reason = $3, decided_by = $4, decided_facility = $5,
    decided_at = $6, basis = {BASIS.format("v")}
WHERE v.number = $1 AND v.state NOT IN ('same', $2)
"""


async def decide(tx: Tx, number: int, state: str, reason: str, actor: Actor, at: Any) -> bool:
    """Note a decision; False when it stands already or the two have been merged."""
    done = await tx.execute(_DECIDE, number, state, reason, actor.subject, actor.facility, at)
    return str(done) == "UPDATE 1"


_REPORT = """
WITH known AS (
    SELECT number FROM identity_review WHERE (person_id, other_person_id) IN (($1, $2), ($2, $1))
), again AS (
    UPDATE identity_review SET state = 'open', at = now() WHERE number IN (SELECT number FROM known)
    AND state IN ('later', 'different', 'withdrawn')
), fresh AS (
    INSERT INTO identity_review (person_id, other_person_id, reason)
    SELECT least($1, $2), greatest($1, $2), 'reported' WHERE NOT EXISTS (SELECT 1 FROM known)
    ON CONFLICT DO NOTHING RETURNING number
)
SELECT number FROM known UNION ALL SELECT number FROM fresh LIMIT 1
"""


async def report(tx: Tx, person: str, other: str) -> int | None:
    """Put a pair into the queue by hand, or back into it; its number."""
    number: int | None = await tx.fetchval(_REPORT, person, other)
    return number
