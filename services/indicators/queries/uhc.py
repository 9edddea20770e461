"""SQL of JKN coverage: residents by what JKN last said of them, and the people of the gap list with their proposals.

The pieces of `queries.kbk` are used: $1 and $2 are the day, $3 the moment of knowledge (null: now).
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.indicators.queries.kbk import ROOT, said
from services.indicators.queries.numbers import PLACE
from services.kernel.db import Connection, Tx

_EVERYBODY = said("SELECT person_id FROM member_said")
_STATUS = "CASE WHEN s.status IN ('active', 'inactive', 'not_found') THEN s.status ELSE 'unknown' END"


async def residents(conn: Connection, day: date) -> list[tuple[str, str, str, int]]:
    """(village or '', segment, status, living people) on a day."""
    rows = await conn.fetch(
        f"""{ROOT}, {_EVERYBODY}
SELECT coalesce(a.code, ''), CASE WHEN s.status IN ('active', 'inactive') THEN coalesce(s.payer, '') ELSE '' END,
       {_STATUS}, count(*)::int
FROM person p LEFT JOIN area a ON a.code = p.village AND length(a.code) = 10 LEFT JOIN said s USING (person_id)
WHERE p.dead_on IS NULL OR p.dead_on > $2 GROUP BY 1, 2, 3""",
        day, day, None,
    )  # fmt: skip
    return [tuple(r) for r in rows]


async def population(conn: Connection, year: int) -> tuple[int | None, dict[str, int]]:
    """The newest year up to this one of which there is a population, and place ('' the district) → people."""
    rows = await conn.fetch(
        """WITH newest AS (
    SELECT DISTINCT ON (place, year, sex, age) place, year, value FROM population WHERE year <= $1
    ORDER BY place, year, sex, age, loaded_at DESC
)
SELECT place, year, sum(value)::int AS people FROM newest WHERE year = (SELECT max(year) FROM newest) GROUP BY 1, 2""",
        year,
    )
    return (rows[0]["year"] if rows else None), {r["place"]: r["people"] for r in rows}


_GAP = f"""{ROOT}, {_EVERYBODY}, {PLACE.replace("($2::date[])[1]", "$2")}, eligible AS MATERIALIZED (
    SELECT t.person_id, array_agg(DISTINCT t.standard::text) AS standards FROM standing t
    WHERE t.generation = (SELECT generation FROM state WHERE id = 1) AND t.year = $4 AND t.standard = ANY ($5::text[])
    GROUP BY 1
), gap AS (
    SELECT e.person_id, e.standards, p.village, p.sex, p.birth_date, l.puskesmas, {_STATUS} AS status, s.checked_on
    FROM eligible e JOIN person p USING (person_id) JOIN place l ON l.village = p.village
    LEFT JOIN said s USING (person_id) WHERE p.dead_on IS NULL OR p.dead_on > $2
)"""


async def gaps(conn: Connection, day: date, year: int, standards: Sequence[str], by: str) -> list[tuple[str, str, int]]:
    """(village, puskesmas or standard; status; eligible people): each once in a row; `total` is one row."""
    key, source = {
        "village": ("village", "gap"), "puskesmas": ("coalesce(puskesmas, '')", "gap"), "total": ("''", "gap"),
        "service": ("standard", "gap CROSS JOIN LATERAL unnest(standards) standard"),
    }[by]  # fmt: skip
    rows = await conn.fetch(
        f"{_GAP} SELECT {key}, status, count(*)::int FROM {source} GROUP BY 1, 2", day, day, None, year, list(standards)
    )
    return [tuple(r) for r in rows]


async def people(
    conn: Connection, day: date, year: int, standards: Sequence[str], wanted: "Wanted", after: UUID, limit: int
) -> list[dict[str, Any]]:
    """People without active JKN, by person: of these villages, this puskesmas, this state, one of these services."""
    rows = await conn.fetch(
        f"""{_GAP} SELECT g.person_id, g.standards, g.village, g.sex, g.status, g.checked_on, o.state AS proposal,
       NULL::text[] AS refs
FROM gap g LEFT JOIN pbi_proposal o ON o.person_id = g.person_id AND o.state IN ('proposed', 'exported')
WHERE g.status <> 'active' AND ($6::text[] IS NULL OR g.village = ANY ($6)) AND ($7::text IS NULL OR g.puskesmas = $7)
  AND ($8::text IS NULL OR g.status = $8) AND ($9::text[] IS NULL OR g.standards && $9)
  AND ($10::uuid[] IS NULL OR g.person_id = ANY ($10)) AND g.person_id > $11
ORDER BY g.person_id LIMIT $12""",
        day, day, None, year, list(standards), wanted.villages, wanted.puskesmas, wanted.state, wanted.services,
        wanted.persons, after, limit,
    )  # fmt: skip
    return [dict(r) for r in rows]


class Wanted:
    """Whom a list may hold; None: no matter."""

    def __init__(
        self, villages: Sequence[str] | None = None, puskesmas: str | None = None, state: str | None = None,
        services: Sequence[str] | None = None, persons: Collection[UUID] | None = None,
    ) -> None:  # fmt: skip
        """Every condition must hold."""
        self.villages, self.puskesmas, self.state = villages, puskesmas, state
        self.services = list(services) if services is not None else None
        self.persons = list(persons) if persons is not None else None


async def propose(tx: Tx, rows: Sequence[tuple[Any, ...]]) -> set[UUID]:
    """Propose (id, person, village, found, facility, by, moment); those for whom it is new."""
    made = await tx.fetch(
        "INSERT INTO pbi_proposal (id, person_id, state, village, found, facility, proposed_by, proposed_at)"
        " SELECT id, person, 'proposed', village, found, facility, by, at FROM unnest($1::uuid[], $2::uuid[],"
        " $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[])"
        " r (id, person, village, found, facility, by, at) ON CONFLICT DO NOTHING RETURNING person_id",
        *zip(*rows, strict=True),
    )  # fmt: skip
    return {r["person_id"] for r in made}


async def proposals(
    conn: Connection, states: Sequence[str], villages: Sequence[str] | None, after: UUID, limit: int
) -> list[dict[str, Any]]:
    """Proposals in these states, by id."""
    rows = await conn.fetch(
        "SELECT *, NULL::text[] AS refs FROM pbi_proposal WHERE state = ANY ($1::text[])"
        " AND ($2::text[] IS NULL OR village = ANY ($2)) AND id > $3 ORDER BY id LIMIT $4",
        list(states), villages, after, limit,
    )  # fmt: skip
    return [dict(r) for r in rows]


async def exported(tx: Tx, ids: Sequence[UUID], at: datetime) -> None:
    """They have gone out; the first time counts."""
    await tx.execute(
        "UPDATE pbi_proposal SET state = 'exported', exported_at = coalesce(exported_at, $2)"
        " WHERE id = ANY ($1) AND state IN ('proposed', 'exported')",
        list(ids), at,
    )  # fmt: skip


async def decide(tx: Tx, person: UUID, state: str, reason: str, by: str, at: datetime) -> dict[str, Any] | None:
    """A person's open proposal comes to its end; None when there is none."""
    row = await tx.fetchrow(
        "UPDATE pbi_proposal SET state = $2, reason = $3, decided_by = $4, decided_at = $5"
        " WHERE person_id = $1 AND state IN ('proposed', 'exported') RETURNING *",
        person, state, reason, by, at,
    )  # fmt: skip
    return dict(row) if row else None
