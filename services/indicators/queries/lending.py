"""SQL of what is said of one and counts for another: where a child was born stands on the child and counts for its
mother; what kind of facility gave a visit counts for whoever delivered there.

The mother's copy lies among her own facts, so that everything about her is computed from rows of hers.
"""

from collections.abc import Collection
from uuid import UUID

from services.indicators.queries.facts import COLUMNS, Since, Touch, keep_gone
from services.indicators.reading.facts import BIRTHPLACE, DELIVERY
from services.kernel.db import Tx

_COPIED = [c for c in COLUMNS if c not in ("person_id", "value_date", "taken_at")]
_TO = ["person_id", "value_date", "child_id", *_COPIED]
_OUGHT = f"""
    SELECT c.mother_id AS person_id, c.birth_date AS value_date, c.person_id AS child_id,
           {", ".join(f"f.{name}" for name in _COPIED)}
    FROM person c JOIN fact f USING (person_id)
    WHERE c.person_id = ANY ($1) AND c.mother_id <> c.person_id AND c.birth_date IS NOT NULL AND f.child_id IS NULL
      AND (f.concept = '{BIRTHPLACE}' OR starts_with(f.concept, '{BIRTHPLACE}:'))"""
_TAKE_BACK = f"""
WITH ought AS MATERIALIZED ({_OUGHT}), gone AS (
    DELETE FROM fact l WHERE child_id = ANY ($1) AND NOT EXISTS (
        SELECT FROM ought o
        WHERE ({", ".join(f"o.{c}" for c in _TO)}) IS NOT DISTINCT FROM ({", ".join(f"l.{c}" for c in _TO)}))
    RETURNING l.*
), kept AS ({keep_gone("$2::timestamptz", "gone", "$3::bool")})
SELECT person_id, concept, date FROM gone
"""
_LEND = f"""
INSERT INTO fact ({", ".join(_TO)}, taken_at) SELECT {", ".join(_TO)}, $2 FROM ({_OUGHT}) o
ON CONFLICT (person_id, concept, resource_type, resource_id, seq) DO NOTHING RETURNING person_id, concept, date
"""
_BY_TYPE = f"""
WITH changed AS (
    SELECT code FROM unnest($1::text[], $2::text[]) said (code, type) LEFT JOIN facility f USING (code)
    WHERE f.organization_type IS DISTINCT FROM said.type
)
INSERT INTO recheck (person_id, on_date)
SELECT DISTINCT f.person_id, s.day FROM state s, changed c JOIN fact f ON f.facility = c.code
WHERE f.hosted AND f.concept = '{DELIVERY}' AND s.id = 1 AND s.day IS NOT NULL ON CONFLICT DO NOTHING
"""


def lends(concept: str) -> bool:
    """Whether a child's fact of this concept counts for its mother."""
    return concept.partition(":")[0] == BIRTHPLACE


async def lend(tx: Tx, children: Collection[UUID], since: Since) -> list[Touch]:
    """After these persons, their facts or their mothers came, changed or went: the mothers whose facts changed."""
    gone = await tx.fetch(_TAKE_BACK, children, since.at, since.anew)
    return [Touch(*r) for r in (*gone, *await tx.fetch(_LEND, children, since.at))]


async def types_change(tx: Tx, types: Collection[tuple[str, str | None]]) -> None:
    """Before facilities (code, organization type) are written: who delivered where that is new is computed again."""
    said = await tx.execute(_BY_TYPE, [c for c, _ in types], [t for _, t in types])
    if not said.endswith(" 0"):  # it was so on every day: no month-end stands
        await tx.execute("UPDATE month_end SET marks = marks + 1, marked_at = now()")
