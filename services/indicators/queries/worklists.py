"""SQL of worklists: everybody for whom something is due or overdue, in order of urgency, across all standards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from services.indicators.queries.outcomes import FULFILLED
from services.indicators.queries.units import MINE
from services.indicators.rules.worklists import Policy, months_before
from services.kernel.db import Connection


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose list: the people of `villages`, or these `persons` (then only those of `villages`, when given); never
    those in `without`."""

    villages: Sequence[str] | None = None
    persons: Sequence[UUID] | None = None
    without: Sequence[UUID] = ()


@dataclass(frozen=True, slots=True)
class Ahead:
    """A thing computed for a day that has not come: the month that runs, the birthday that is near."""

    person_id: UUID
    standard: str
    unit_id: str
    item: str
    due_from: date | None
    due_until: date | None


NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ends."""

    rank: int = -1
    closes: date = date.min
    open: int = 0
    person: UUID = NOBODY


START = Place()


@dataclass(frozen=True, slots=True)
class Asked:
    """The standards read from the standings, each with its years; those whose units pass."""

    years: Mapping[str, Sequence[int]]
    passing: Sequence[str] = ()


def _scoped(row: str, scope: Scope) -> str:
    """Condition over a row with person_id and village; $3 villages, $4 persons, $5 those left out."""
    by_village = f"({row}.village = ANY ($3::text[]) OR $3 IS NULL)"
    by_person = f"{row}.person_id = ANY ($4::uuid[])"
    whose = f"{row}.village = ANY ($3::text[]) AND $4::uuid[] IS NULL"
    if scope.persons is not None:
        whose = f"{by_person} AND {by_village}"
    return f"{whose} AND {row}.person_id <> ALL ($5::uuid[])"


def _things(scope: Scope) -> str:
    """CTE `thing`: $1 standards and $2 years read from the standings, and what was computed ahead ($6 to $11). Of units
    that pass ($13), those whose every item has had its time by $12 are left out."""
    return f"""thing AS MATERIALIZED (
    SELECT s.person_id, q.standard, s.unit_id, m.item, m.due_from, m.due_until, m.at
    FROM unnest($1::text[], $2::int[]) q (standard, year) CROSS JOIN LATERAL (
        SELECT * FROM standing s WHERE {MINE} AND s.standard = q.standard AND s.year = q.year AND s.month = -1
        AND {_scoped("s", scope)} AND (s.standard <> ALL ($13::text[]) OR EXISTS (
            SELECT FROM unnest(s.due_until) x WHERE x IS NULL OR x >= $12))
    ) s, unnest(s.missing, s.due_from, s.due_until) WITH ORDINALITY m (item, due_from, due_until, at)
    UNION ALL
    SELECT * FROM unnest($6::uuid[], $7::text[], $8::text[], $9::text[], $10::date[], $11::date[]) WITH ORDINALITY
)"""


def _parameters(asked: Asked, scope: Scope, ahead: Sequence[Ahead], day: date) -> list[Any]:
    """$1 to $13."""
    pairs = [(standard, year) for standard, years in asked.years.items() for year in years]
    columns = [[getattr(a, f.name) for a in ahead] for f in fields(Ahead)]
    return [
        [s for s, _ in pairs],
        [y for _, y in pairs],
        scope.villages,
        scope.persons,
        list(scope.without),
        *columns,
        day,
        asked.passing,
    ]


_RANKED = f"""
ranked AS MATERIALIZED (
    SELECT l.*, CASE WHEN n_open > 0 AND closes <= $14 THEN 1 WHEN state = 'lost' THEN 2
                     WHEN state = 'late' AND n_open > 0 THEN 3 WHEN state = 'due' THEN 4 ELSE 5 END AS rank,
           CASE WHEN o.kind IN ('moved', 'died') AND o.verdict IS NULL AND NOT {FULFILLED} THEN 'claimed'
                WHEN o.rest_until >= $12 THEN CASE o.kind WHEN 'refused' THEN 'refused' ELSE 'resting' END END AS hold
    FROM (
        SELECT t.person_id, coalesce(t.closes, 'infinity') AS closes, t.n_open,
               CASE WHEN m.person_id IS NOT NULL OR t.cared AND (c.last_on IS NULL OR c.last_on < $16) THEN 'lost'
                    WHEN t.n_late > 0 THEN 'late' ELSE 'due' END AS state
        FROM (
            SELECT person_id, min(due_until) FILTER (WHERE open) AS closes, count(*) FILTER (WHERE open)::int AS n_open,
                   count(*) FILTER (WHERE due_until < $12)::int AS n_late,
                   coalesce(bool_or(open AND split_part(standard, '.', 1) = ANY ($15::text[])), false) AS cared
            FROM (SELECT *, (due_from IS NULL OR due_from <= $12) AND (due_until IS NULL OR due_until >= $12) AS open
                  FROM thing) x GROUP BY person_id
        ) t
        LEFT JOIN (
            SELECT DISTINCT person_id FROM thing WHERE split_part(item, ':', 2) = ANY ($17::text[])
            GROUP BY person_id, standard, split_part(item, ':', 1) HAVING count(*) >= cardinality($17::text[])
        ) m USING (person_id)
        LEFT JOIN LATERAL (
            SELECT max(date) AS last_on FROM fact f WHERE f.person_id = t.person_id AND f.date <= $12 AND t.cared
        ) c ON true
        WHERE t.n_open > 0 OR t.n_late > 0
    ) l
    JOIN person p USING (person_id)
    LEFT JOIN LATERAL (
        SELECT * FROM outcome o WHERE o.person_id = l.person_id ORDER BY recorded_at DESC, id LIMIT 1
    ) o ON true
    WHERE p.dead_on IS NULL OR p.dead_on > $12
)"""

_PAGE = """
SELECT c.*, r.* FROM (
    SELECT count(*) FILTER (WHERE hold IS NULL AND state = 'lost')::int AS lost,
           count(*) FILTER (WHERE hold IS NULL AND state = 'late')::int AS late,
           count(*) FILTER (WHERE hold IS NULL AND state = 'due')::int AS due,
           count(*) FILTER (WHERE hold = 'resting')::int AS resting,
           count(*) FILTER (WHERE hold = 'refused')::int AS refused,
           count(*) FILTER (WHERE hold = 'claimed')::int AS claimed FROM ranked
) c LEFT JOIN LATERAL (
SELECT person_id, rank, closes, n_open FROM ranked
WHERE (CASE WHEN $18::bool THEN hold IS NOT NULL ELSE hold IS NULL END) AND (state = $19 OR $19::text IS NULL)
  AND (rank, closes, -n_open, person_id) > ($20::int, $21::date, -$22::int, $23::uuid)
ORDER BY rank, closes, -n_open, person_id LIMIT $24
) r ON true ORDER BY rank, closes, -n_open, person_id"""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked of a list: a state, those off it for now, from where on, how many."""

    state: str | None
    on_hold: bool
    after: Place
    limit: int


async def page(
    conn: Connection, asked: Asked, scope: Scope, ahead: Sequence[Ahead], day: date,
    rule: Policy, wish: Wish,
) -> list[dict[str, Any]]:  # fmt: skip
    """Persons in order of urgency, with the counts of the whole list on every row; at least one row, of nobody when
    the page is empty."""
    this = day.replace(day=1)
    months = [f"{months_before(this, n):%Y-%m}" for n in range(1, rule.missed_months + 1)]
    rows = await conn.fetch(
        f"WITH {_things(scope)}, {_RANKED} {_PAGE}", *_parameters(asked, scope, ahead, day),
        day + timedelta(days=rule.soon_days), list(rule.in_care), months_before(day, rule.no_contact_months), months,
        wish.on_hold, wish.state, wish.after.rank, wish.after.closes, wish.after.open, wish.after.person, wish.limit,
    )  # fmt: skip
    return [dict(r) for r in rows]


async def things(
    conn: Connection, asked: Asked, persons: Sequence[UUID], ahead: Sequence[Ahead], day: date
) -> list[dict[str, Any]]:
    """Everything these persons miss, in the order of the standards."""
    scope = Scope(persons=persons)
    sql = f"WITH {_things(scope)} SELECT * FROM thing ORDER BY person_id, standard, unit_id, at"
    return [dict(r) for r in await conn.fetch(sql, *_parameters(asked, scope, ahead, day))]


async def having(conn: Connection, standard: str, year: int, scope: Scope) -> list[UUID]:
    """Persons of a scope with a unit in a standard and year, served or not."""
    sql = f"""SELECT DISTINCT person_id FROM standing s WHERE {MINE} AND standard = $1 AND year = $2
        AND {_scoped("s", scope)}"""
    rows = await conn.fetch(sql, standard, year, scope.villages, scope.persons, list(scope.without))
    return [r["person_id"] for r in rows]


async def born_since(conn: Connection, since: date, until: date, scope: Scope) -> list[UUID]:
    """Living persons of a scope born after `since`, until a day."""
    sql = f"""SELECT person_id FROM person p WHERE birth_date > $1 AND birth_date <= $2
        AND (dead_on IS NULL OR dead_on > $2) AND {_scoped("p", scope)}"""
    rows = await conn.fetch(sql, since, until, scope.villages, scope.persons, list(scope.without))
    return [r["person_id"] for r in rows]


_PROVIDERS = """
SELECT person_id FROM encounter WHERE coalesce(provider, client) = $1 AND start > $2
UNION
SELECT m.person_id FROM member m WHERE m.registered_facility = $1 AND m.checked_on = (
    SELECT max(n.checked_on) FROM member n WHERE n.person_id = m.person_id AND n.checked_on <= $3)
"""


async def of_provider(conn: Connection, facility: str, since: date, day: date) -> list[UUID]:
    """Who came to a facility since a day, or is registered there with JKN."""
    return [r["person_id"] for r in await conn.fetch(_PROVIDERS, facility, since, day)]


async def why_of_provider(
    conn: Connection, facility: str, since: date, day: date, persons: Sequence[UUID]
) -> dict[str, list[str | None]]:
    """By which visits these persons are such a facility's; None: by their registration with JKN."""
    rows = await conn.fetch(
        """SELECT person_id, 'Encounter/' || encounter_id AS ref FROM encounter
            WHERE coalesce(provider, client) = $1 AND start > $2 AND person_id = ANY ($4)
        UNION ALL
        SELECT m.person_id, NULL FROM member m
        WHERE m.registered_facility = $1 AND m.person_id = ANY ($4) AND m.checked_on = (
            SELECT max(n.checked_on) FROM member n WHERE n.person_id = m.person_id AND n.checked_on <= $3)""",
        facility, since, day, persons,
    )  # fmt: skip
    found = dict[str, list[str | None]]()
    for r in rows:
        found.setdefault(str(r["person_id"]), []).append(r["ref"])
    return found


async def facility(conn: Connection, code: str) -> dict[str, Any] | None:
    """A facility with its kind and village, and how many posyandu that village has."""
    row = await conn.fetchrow(
        "SELECT f.*, (SELECT count(*) FROM facility o WHERE o.village = f.village AND o.kind = 'posyandu' AND o.active)"
        " AS posyandu FROM facility f WHERE f.code = $1",
        code,
    )
    return dict(row) if row else None


async def persons(conn: Connection, ids: Sequence[UUID], day: date) -> dict[UUID, dict[str, Any]]:
    """What the list says of these persons, with the day of the last recorded anything."""
    sql = """SELECT q.person_id, p.birth_date, p.sex, p.village, p.dead_on, (
            SELECT max(date) FROM fact f WHERE f.person_id = q.person_id AND f.date <= $2) AS last_on
        FROM unnest($1::uuid[]) q (person_id) LEFT JOIN person p USING (person_id)"""
    return {r["person_id"]: dict(r) for r in await conn.fetch(sql, ids, day)}


async def recent(conn: Connection, ids: Sequence[UUID], day: date) -> list[tuple[str, date, str]]:
    """(person, day, resource) of the last dozen recorded things of each of these persons, the newest first."""
    sql = """SELECT q.person_id::text, f.date, f.ref FROM unnest($1::uuid[]) q (person_id) CROSS JOIN LATERAL (
            SELECT DISTINCT date, resource_type || '/' || resource_id AS ref FROM fact f
            WHERE f.person_id = q.person_id AND f.date <= $2 ORDER BY date DESC LIMIT 12) f
        ORDER BY f.date DESC"""
    return [tuple(r) for r in await conn.fetch(sql, ids, day)]
