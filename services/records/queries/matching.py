"""Persons who may be the same: what each is recognised by, candidates by shared keys, the queue of found pairs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.kernel.auth import Actor
from services.kernel.db import Connection, Tx
from services.records.queries.reading import _actor
from services.records.queries.visible import ASKER, CAME, LOG, purpose, shown

MOST = 400
"""Candidates looked at per person; keys are made so that they are a few dozen."""

CANDIDATES = f"SELECT person_id, traits FROM person_traits WHERE keys && $1::int[] LIMIT {MOST}"


async def candidates(conn: Connection, keys: Sequence[int]) -> list[tuple[str, str]]:
    """Persons who share one of these keys, with what they are recognised by (text of `Traits.packed`)."""
    return [(r[0], r[1]) for r in await conn.fetch(CANDIDATES, keys)]


_SHOW = f"""
WITH asked AS (
    SELECT * FROM unnest($8::text[], $9::boolean[]) WITH ORDINALITY q(person_id, tellable, place)
), decided AS (
    SELECT q.person_id, q.tellable, q.place, p.patient_id, r.body, {shown("r", ASKER)} AS allowed
    FROM asked q JOIN person p USING (person_id)
    JOIN resource r ON r.type = 'Patient' AND r.id = p.patient_id AND NOT r.deleted
), ranked AS (
    SELECT *, row_number() OVER (PARTITION BY allowed ORDER BY place) AS rank FROM decided
), looked AS (
    {LOG} SELECT $1, $2, $3, d.person_id, 'search', 'Patient/$match', {purpose("d.person_id", ASKER)},
                 CASE WHEN allowed THEN 'allowed' ELSE 'refused' END, {CAME}, 'Patient/' || patient_id
    FROM ranked d WHERE rank <= $10 OR NOT allowed
    UNION ALL SELECT $1, $2, $3, NULL, 'search', 'Patient/$match', $4, 'allowed', {CAME}, NULL
    WHERE NOT EXISTS (SELECT 1 FROM ranked)
)
SELECT person_id, patient_id, allowed, CASE WHEN allowed THEN body END AS body FROM ranked
WHERE allowed AND rank <= $10 OR NOT allowed AND tellable ORDER BY place
"""


@dataclass(frozen=True, slots=True)
class Shown:
    """A candidate the asker is told of: with the Patient when it may be seen, by its id alone when not."""

    person_id: str
    patient_id: str
    allowed: bool
    body: str | None


async def show(
    conn: Connection, actor: Actor, today: date, persons: Sequence[tuple[str, bool]], count: int
) -> list[Shown]:
    """Of (person, may be told of when hidden), best first: the Patients the actor may see, at most `count`, and the
    ids of those it may only be told of. Every one is logged, also who is not told of; a search without any, too."""
    ids, tellable = [p for p, _ in persons], [t for _, t in persons]
    rows = await conn.fetch(_SHOW, *_actor(actor, today), ids, tellable, count)
    return [Shown(*r) for r in rows]


SHARES = """
SELECT w, count(*) AS n, (SELECT count(*) FROM person_traits) AS persons
FROM person_traits t, unnest(t.words) w GROUP BY w HAVING count(*) > 1
"""
"""How common each word of names is."""

# --- keeping up with Patients -----------------------------------------------------------------------------

AHEAD = 20_000
"""Events passed over in one step at most. A Patient's id is its first person's: after a merge both are looked at."""

_NEXT = f"""
WITH at AS (SELECT position FROM traits_scan FOR UPDATE SKIP LOCKED), found AS (
    SELECT e.position, e.person_id, e.subject FROM at, event e
    WHERE e.position > at.position AND e.position <= at.position + {AHEAD} AND e.type = 'Patient'
    ORDER BY e.position LIMIT $1
)
SELECT at.position AS was,
       CASE WHEN (SELECT count(*) FROM found) = $1 THEN (SELECT max(position) FROM found)
            ELSE LEAST(at.position + {AHEAD}, (SELECT coalesce(max(position), 0) FROM event)) END AS to,
       ARRAY(SELECT person_id FROM found WHERE person_id IS NOT NULL UNION SELECT subject FROM found) AS persons
FROM at
"""
_MOVE = "UPDATE traits_scan SET position = $1"

_PATIENTS = """
SELECT q.person_id, r.body, t.traits FROM unnest($1::text[]) q(person_id)
LEFT JOIN person p USING (person_id)
LEFT JOIN resource r ON r.type = 'Patient' AND r.id = p.patient_id AND r.person_id = p.person_id AND NOT r.deleted
LEFT JOIN person_traits t ON t.person_id = q.person_id
"""

_KEEP = """
WITH gone AS (
    DELETE FROM person_traits WHERE person_id = ANY($5::text[])
), over AS (
    UPDATE identity_review SET state = 'withdrawn' WHERE state IN ('open', 'later') AND reason = 'probable'
    AND (person_id = ANY($5::text[]) OR other_person_id = ANY($5::text[]))
)
INSERT INTO person_traits AS t (person_id, words, keys, traits)
SELECT person_id, string_to_array(words, ' '), keys::int[], traits
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) n(person_id, words, keys, traits)
ON CONFLICT (person_id) DO UPDATE SET words = excluded.words, keys = excluded.keys, traits = excluded.traits
"""

_NEIGHBOURS = f"""
SELECT a.person_id, b.person_id, b.traits FROM unnest($1::text[]) q(person_id)
JOIN person_traits a ON a.person_id = q.person_id
CROSS JOIN LATERAL (SELECT person_id, traits FROM person_traits t
                    WHERE t.keys && a.keys AND t.person_id <> a.person_id LIMIT {MOST}) b
"""


@dataclass(frozen=True, slots=True)
class Step:
    """Events up to `to` speak of these persons' Patients."""

    was: int
    to: int | None
    persons: list[str]


async def next_step(tx: Tx, most: int) -> Step | None:
    """The next persons to look at; None when another process is at it."""
    row = await tx.fetchrow(_NEXT, most)
    return Step(row["was"], row["to"], row["persons"]) if row else None


async def move(tx: Tx, position: int) -> None:
    """Everything up to this event has been looked at."""
    await tx.execute(_MOVE, position)


async def patients(tx: Tx, persons: Sequence[str]) -> list[tuple[str, str | None, str | None]]:
    """Per person: the Patient that speaks for it (None when there is none), and the traits kept until now."""
    return [(r[0], r[1], r[2]) for r in await tx.fetch(_PATIENTS, persons)]


async def keep(tx: Tx, rows: Sequence[tuple[str, str, str, str]], gone: Sequence[str]) -> None:
    """Store (person, words, keys, traits); forget those who are no more."""
    columns = [list(c) for c in zip(*rows, strict=True)] or [[], [], [], []]
    await tx.execute(_KEEP, *columns, gone)


async def neighbours(tx: Tx, persons: Sequence[str]) -> list[tuple[str, str, str]]:
    """(person, somebody who shares a key, that one's traits)."""
    return [(r[0], r[1], r[2]) for r in await tx.fetch(_NEIGHBOURS, persons)]


# --- pairs ------------------------------------------------------------------------------------------------

BASIS = """(SELECT md5(string_agg(traits, '' ORDER BY t.person_id)) FROM person_traits t
    WHERE t.person_id IN ({0}.person_id, {0}.other_person_id))"""

_FOUND = f"""
WITH found AS (
    SELECT f.*, {BASIS.format("f")} AS basis FROM unnest($1::text[], $2::text[], $3::float8[], $4::text[], $5::text[])
    f(person_id, other_person_id, score, grade, evidence)
), known AS (
    UPDATE identity_review v SET score = f.score, grade = f.grade, evidence = f.evidence,
        state = CASE WHEN v.state = 'same' THEN 'different'
                     WHEN v.state IN ('different', 'later', 'withdrawn') AND v.basis IS DISTINCT FROM f.basis
                     THEN 'open' ELSE v.state END,
        basis = CASE WHEN v.state = 'same' THEN f.basis ELSE v.basis END,
        at = CASE WHEN v.state IN ('different', 'later', 'withdrawn') AND v.basis IS DISTINCT FROM f.basis
                  THEN now() ELSE v.at END
    FROM found f WHERE (v.person_id, v.other_person_id) = (f.person_id, f.other_person_id)
                    OR (v.person_id, v.other_person_id) = (f.other_person_id, f.person_id)
    RETURNING f.person_id, f.other_person_id
), withdrawn AS (
    UPDATE identity_review v SET state = 'withdrawn', basis = NULL
    WHERE v.reason = 'probable' AND v.state = 'open'
      AND (v.person_id = ANY($6::text[]) OR v.other_person_id = ANY($6::text[]))
      AND NOT EXISTS (SELECT 1 FROM found f WHERE (f.person_id, f.other_person_id) IN
                      ((v.person_id, v.other_person_id), (v.other_person_id, v.person_id)))
)
INSERT INTO identity_review (person_id, other_person_id, reason, score, grade, evidence)
SELECT person_id, other_person_id, 'probable', score, grade, evidence FROM found f
WHERE NOT EXISTS (SELECT 1 FROM known k WHERE (k.person_id, k.other_person_id) = (f.person_id, f.other_person_id))
ON CONFLICT DO NOTHING
"""


async def found(tx: Tx, pairs: Sequence[tuple[str, str, float, str, str]], looked_at: Sequence[str]) -> None:
    """Put pairs (person, other, score, grade, evidence) into the queue. One decided as different comes again only when
    something of the two has changed; one whose merge was undone counts as decided so; one not found again among the
    persons looked at is withdrawn."""
    columns: list[list[Any]] = [list(c) for c in zip(*pairs, strict=True)] or [[], [], [], [], []]
    await tx.execute(_FOUND, *columns, looked_at)
